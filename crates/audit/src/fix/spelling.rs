//! A size that is refused for its spelling, where it can mean one thing only.

use oomkit_core::units::Bytes;

use super::{
    Change, DECISION, Edit, UNCERTAIN, from_column,
    members::is_json,
    missing::{self, CODE, Sizes},
};
use crate::{
    dialect::Dialect,
    model::{LimitModel, Origin, Place, Scope, Setting, Swap},
    quantity::Amount,
    rules, yaml,
};

/// Why what could be meant in several ways is left alone.
const AMBIGUOUS: &str = "it is not certain what was meant";

/// Returns the change that spells the size of a place as the platform takes it.
pub(super) fn edit(model: &LimitModel, place: Place, code: &'static str) -> Change {
    let scope = place.scope.and_then(|scope| model.scope(scope)).ok_or(AMBIGUOUS)?;
    if let Some(meant) = scope.meant.as_ref().filter(|meant| meant.place == place) {
        if is_limited(scope) {
            return Err("another limit is in force, and it is not certain which was meant");
        }
        if let Some(edit) = renamed(model, meant) {
            return Ok(vec![edit]);
        }
        let size = meant.spelled.clone();
        return missing::edit_to(model, scope, Sizes { limit: size.clone(), request: size });
    }
    let is_meant = |amount: &&Setting<Amount>| amount.place == place;
    let amount = scope.memory.amounts().find(is_meant).ok_or(AMBIGUOUS)?;
    let spelled = amount.spelled.trim();
    let text = respelled(scope.dialect, spelled).filter(|text| text != spelled).ok_or(AMBIGUOUS)?;
    replaced(model, amount, text, code).map(|edit| vec![edit]).ok_or(UNCERTAIN)
}

/// Returns the change that gives the limit of a unit the name that systemd takes; `None` where it has that, or
/// where it is not certain that the key begins a line.
pub(super) fn renamed(model: &LimitModel, setting: &Setting<Amount>) -> Option<Edit> {
    const NAME: &str = "MemoryMax";
    let key = setting.key.strip_suffix('=').filter(|key| *key != NAME)?;
    let place = setting.place;
    let text = model.line_of(place)?;
    let line = text.trim_start();
    line.strip_prefix(key).filter(|rest| rest.trim_start().starts_with('='))?;
    let count = |text: &str| u32::try_from(text.chars().count()).ok();
    let column = count(text)?.checked_sub(count(line)?)? + 1;
    Some(Edit {
        file: place.file,
        line: place.mark.line,
        column,
        width: count(key)?,
        text: NAME.into(),
        code: CODE,
        about: place.mark.line,
    })
}

/// Returns the change that settles a name for cgroup v1.
pub(super) fn modern(model: &LimitModel, place: Place) -> Change {
    let limit = place.scope.and_then(|scope| model.scope(scope)?.memory.limit.as_ref());
    let limit = limit.filter(|limit| limit.place == place).ok_or(DECISION)?;
    renamed(model, limit).map(|edit| vec![edit]).ok_or(UNCERTAIN)
}

fn is_limited(scope: &Scope) -> bool {
    scope.memory.limit.as_ref().is_some_and(|limit| limit.value.applies())
}

/// Returns the changes that put another limit in the place of a scope's, and keep within it what it bounds.
pub(super) fn limit(model: &LimitModel, scope: &Scope, setting: &Setting<Amount>, limit: Bytes) -> Vec<Edit> {
    let text = || rules::written(scope.dialect, limit);
    let Some(edit) = replaced(model, setting, text(), CODE) else { return Vec::new() };
    let memory = &scope.memory;
    // More asked for than allowed is refused, and so is less memory and swap than memory.
    let request = memory.request.as_ref().filter(|request| request.origin == Origin::Written);
    let request = request.filter(|request| request.value.size().is_some_and(|asked| limit < asked));
    let total = memory.swap.as_ref().filter(|swap| {
        let size = match &swap.value {
            Swap::Total(total) => total.size(),
            Swap::Alone(_) => None,
        };
        swap.origin == Origin::Written && size.is_some_and(|total| total < limit)
    });
    let bounded = request.and_then(|request| replaced(model, request, text(), CODE));
    let total = total.and_then(|total| replaced(model, total, text(), CODE));
    [edit].into_iter().chain(bounded).chain(total).collect()
}

/// Returns the change that puts another spelling in the place of a setting's.
pub(super) fn replaced<T>(
    model: &LimitModel,
    amount: &Setting<T>,
    text: String,
    code: &'static str,
) -> Option<Edit> {
    let (place, mark) = (amount.place, amount.place.mark);
    let spelled = Some(amount.spelled.trim()).filter(|spelled| !spelled.is_empty())?;
    let rest = from_column(model, place.file, mark.line, mark.column)?;
    // In quotes, or behind a key on the same line, the size begins later.
    let offset =
        rest.find(spelled).filter(|at| rest.get(..*at).is_some_and(|before| before.chars().count() < 64))?;
    let before = u32::try_from(rest.get(..offset)?.chars().count()).ok()?;
    let width = u32::try_from(spelled.chars().count()).ok()?;
    // JSON takes a number as it is, and nothing else without quotes.
    let is_bare = !rest.get(..offset).is_some_and(|before| before.ends_with('"'));
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let text = if is_bare && !is_number && is_in_json(model, place) { format!("\"{text}\"") } else { text };
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

/// Tells whether a place is in a document that is JSON.
fn is_in_json(model: &LimitModel, place: Place) -> bool {
    let Some(file) = model.file(place.file) else { return false };
    let stream = yaml::read(&file.text);
    let begins_before = |document: &&yaml::Document<'_>| document.start.line <= place.mark.line;
    stream.documents.iter().rfind(begins_before).is_some_and(|document| is_json(&file.text, document))
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
