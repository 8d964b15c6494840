//! Fields of objects: quantities and texts, each with the place of its value.

use crate::{
    model::{Origin, Place, Setting},
    quantity::{Amount, kubernetes},
    sources::Input,
    yaml::{Entry, Mark, Value},
};

/// Reads a quantity; `key` is how people call the field.
pub(super) fn amount(input: &Input<'_>, entry: Entry<'_>, key: &'static str) -> Setting<Amount> {
    let value = match (entry.value.scalar(), entry.value.text()) {
        (Some(_), Some(text)) if is_parameter(text) => {
            Amount::Unknown(format!("{text} is filled in when the template is processed").into())
        }
        (Some(scalar), _) => kubernetes::amount(&scalar),
        (None, _) if input.is_placeholder(entry.value.at()) => {
            Amount::Unknown("it is filled in when the template is rendered".into())
        }
        (None, _) => Amount::refused("a quantity is a number with a unit, and this is a list or a mapping"),
    };
    located(input, entry, key, value)
}

/// Reads an amount of processor time.
pub(super) fn cpu(input: &Input<'_>, entry: Entry<'_>, key: &'static str) -> Option<Setting<u64>> {
    let value = kubernetes::thousandths(&entry.value.scalar()?)?;
    Some(located(input, entry, key, value))
}

/// Reads a text.
pub(super) fn text(input: &Input<'_>, entry: Entry<'_>, key: &'static str) -> Option<Setting<String>> {
    let value = entry.value.text().filter(|text| !text.is_empty())?.to_owned();
    Some(located(input, entry, key, value))
}

fn located<T>(input: &Input<'_>, entry: Entry<'_>, key: &'static str, value: T) -> Setting<T> {
    // Nothing is no place to point at, but its key is.
    let mark = if entry.value.is_null() { entry.at } else { entry.value.at() };
    let spelled = entry.value.text().unwrap_or_default().to_owned();
    Setting { value, key: key.into(), spelled, place: input.place(mark), origin: Origin::Written }
}

/// Returns where something that has a name begins, name included where that stands on the same line.
pub(super) fn head(input: &Input<'_>, value: Value<'_>, key: &str) -> Place {
    let begin = value.at();
    let mark = match value.entry(key) {
        Some(entry) if entry.at.line == begin.line && entry.value.at().line == begin.line => {
            let end = entry.value.at().column.saturating_add(entry.value.at().width);
            Mark { width: end.saturating_sub(begin.column).max(1), ..begin }
        }
        _ => begin,
    };
    input.place(mark)
}

/// Tells whether a text is left to be filled in, as in `${MEMORY}`.
fn is_parameter(text: &str) -> bool {
    text.contains("${") || text.contains("{{")
}
