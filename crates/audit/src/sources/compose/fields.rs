//! Fields of services: sizes, numbers and texts, with their variables filled in.

use std::borrow::Cow;

use super::variables::{Filled, Variables};
use crate::{
    model::{FileId, Origin, Place, Setting},
    quantity::{Amount, Scalar},
    yaml::{Entry, Value},
};

/// An entry of one of the files.
pub(super) type Located<'d> = (FileId, Entry<'d>);

/// What a scalar is once its variables are filled in.
pub(super) enum Field<'d> {
    /// A scalar, and where it comes from.
    Scalar(Scalar<'d>, Origin),
    /// A variable that is not set.
    Unset(String),
    /// A variable that has to be set before the project starts.
    Required(String),
    /// A list or a mapping.
    Other,
}

/// Fills in the variables of a value.
pub(super) fn field<'d>(value: Value<'d>, variables: &Variables) -> Field<'d> {
    let Some(text) = value.text() else { return Field::Other };
    match variables.fill(text) {
        Filled::Plain => value.scalar().map_or(Field::Other, |scalar| Field::Scalar(scalar, Origin::Written)),
        Filled::Known(text) => Field::Scalar(Scalar::Text(Cow::Owned(text)), Origin::Variable),
        Filled::Unset(name) => Field::Unset(name),
        Filled::Required(name) => Field::Required(name),
    }
}

/// Reads a size; `grammar` is the one of the key.
pub(super) fn amount(
    (file, entry): Located<'_>,
    key: &'static str,
    variables: &Variables,
    grammar: fn(&Scalar<'_>) -> Amount,
) -> Setting<Amount> {
    let (value, origin) = match field(entry.value, variables) {
        Field::Scalar(scalar, origin) => (grammar(&scalar), origin),
        Field::Unset(name) => {
            let reason = format!("the variable {name} is not set here and has no default");
            (Amount::Unknown(reason.into()), Origin::Variable)
        }
        Field::Required(name) => {
            (Amount::Required(format!("the variable {name} has to be set").into()), Origin::Variable)
        }
        Field::Other => (
            Amount::refused("a size is a number or a text, and this is a list or a mapping"),
            Origin::Written,
        ),
    };
    located((file, entry), key, value, origin)
}

/// Reads a text, which may be a number for YAML.
pub(super) fn text(
    (file, entry): Located<'_>,
    key: &'static str,
    variables: &Variables,
) -> Option<Setting<String>> {
    let (text, origin) = filled(entry.value, variables)?;
    Some(located((file, entry), key, text, origin))
}

/// Returns a scalar as a text with its variables filled in, as far as they are known.
pub(super) fn filled(value: Value<'_>, variables: &Variables) -> Option<(String, Origin)> {
    let text = value.text()?;
    Some(match variables.fill(text) {
        Filled::Known(text) => (text, Origin::Variable),
        Filled::Plain | Filled::Unset(_) | Filled::Required(_) => (text.to_owned(), Origin::Written),
    })
}

/// Reads a whole number, which may come from a variable.
pub(super) fn integer(value: Value<'_>, variables: &Variables) -> Option<i64> {
    match field(value, variables) {
        Field::Scalar(Scalar::Int(number), _) => i64::try_from(number).ok(),
        Field::Scalar(Scalar::Text(text), _) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Reads a truth, which may come from a variable.
pub(super) fn truth(value: Value<'_>, variables: &Variables) -> Option<bool> {
    match field(value, variables) {
        Field::Scalar(Scalar::Bool(truth), _) => Some(truth),
        Field::Scalar(Scalar::Text(text), _) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" | "y" => Some(true),
            "false" | "0" | "no" | "off" | "n" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Makes a setting of a value.
pub(super) fn located<T>(
    (file, entry): Located<'_>,
    key: &'static str,
    value: T,
    origin: Origin,
) -> Setting<T> {
    // Nothing is no place to point at, but its key is.
    let mark = if entry.value.is_null() { entry.at } else { entry.value.at() };
    let spelled = entry.value.text().unwrap_or_default().to_owned();
    Setting { value, key: key.into(), spelled, place: Place { file, mark, scope: None }, origin }
}
