//! A size that is refused for its spelling, where it can mean one thing only.

use super::{Edit, from_column};
use crate::{
    dialect::Dialect,
    model::{LimitModel, Place, Setting},
    quantity::Amount,
};

/// Returns the change that spells the size of a place as the platform takes it.
pub(super) fn edit(model: &LimitModel, place: Place, code: &'static str) -> Option<Edit> {
    let scope = model.scope(place.scope?)?;
    let is_meant = |amount: &&Setting<Amount>| amount.place == place;
    let amount = scope.memory.amounts().find(is_meant)?;
    let spelled = amount.spelled.trim();
    let text = respelled(scope.dialect, spelled).filter(|text| text != spelled)?;
    replaced(model, amount, text, code)
}

/// Returns the change that puts another spelling in the place of a setting's.
pub(super) fn replaced(
    model: &LimitModel,
    amount: &Setting<Amount>,
    text: String,
    code: &'static str,
) -> Option<Edit> {
    let (place, mark) = (amount.place, amount.place.mark);
    let spelled = amount.spelled.trim();
    let rest = from_column(model, place.file, mark.line, mark.column)?;
    // In quotes, or behind a key on the same line, the size begins later.
    let offset =
        rest.find(spelled).filter(|at| rest.get(..*at).is_some_and(|before| before.chars().count() < 64))?;
    let before = u32::try_from(rest.get(..offset)?.chars().count()).ok()?;
    let width = u32::try_from(spelled.chars().count()).ok()?;
    Some(Edit {
        file: place.file,
        line: mark.line,
        column: mark.column + before,
        width,
        text,
        code,
        about: mark.line,
    })
}

/// Returns the same size in the words of a platform; `None` where it could be another one.
fn respelled(dialect: Dialect, spelled: &str) -> Option<String> {
    let end = spelled.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
    let (number, unit) = spelled.split_at(end);
    number.parse::<f64>().ok()?;
    let unit = unit.to_ascii_lowercase();
    let letters: Vec<char> = unit.chars().collect();
    let (letter, is_binary) = match letters.as_slice() {
        [letter] | [letter, 'b'] => (*letter, false),
        [letter, 'i'] | [letter, 'i', 'b'] => (*letter, true),
        _ => return None,
    };
    let upper = "kmgt".contains(letter).then(|| letter.to_ascii_uppercase())?;
    Some(match dialect {
        // Alone, this letter is a thousandth.
        Dialect::Kubernetes if letter == 'm' && letters.len() == 1 => return None,
        Dialect::Kubernetes if is_binary => format!("{number}{upper}i"),
        Dialect::Kubernetes if letter == 'k' => format!("{number}k"),
        Dialect::Kubernetes | Dialect::Systemd => format!("{number}{upper}"),
        Dialect::Compose | Dialect::Quadlet => format!("{number}{letter}"),
        // A count of MiB, without a unit.
        Dialect::Nomad => mebibytes(number.parse().ok()?, letter)?.to_string(),
        // A count of MiB has no unit, and the kernel spells for itself.
        Dialect::Ecs | Dialect::Live | Dialect::History => return None,
    })
}

/// Returns how many MiB a number with a unit is, if it is a whole number of them.
fn mebibytes(number: u64, letter: char) -> Option<u64> {
    match letter {
        'm' => Some(number),
        'g' => number.checked_mul(1024),
        't' => number.checked_mul(1 << 20),
        _ => None,
    }
}
