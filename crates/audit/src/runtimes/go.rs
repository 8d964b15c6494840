//! Go: the soft limit that its runtime is given.

use super::Found;
use crate::{
    model::{EnvValue, Program},
    quantity::{Amount, go},
};

/// The variable.
const VARIABLE: &str = "GOMEMLIMIT";

/// Where the limit comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source {
    /// It is written.
    Written(Amount),
    /// It is the memory limit of the container, divided by so many bytes.
    Limit {
        /// The divisor.
        divisor: u64,
    },
}

/// Returns the soft limit that a program is given, if one can be seen.
pub(crate) fn limit(program: &Program) -> Option<Found<Source>> {
    let variable = program.variables.iter().rev().find(|variable| variable.name == VARIABLE)?;
    let (value, spelled) = match &variable.value {
        EnvValue::Literal(text) if text.contains('$') => return None,
        EnvValue::Literal(text) => (Source::Written(go::limit(text)), format!("{VARIABLE}={text}")),
        EnvValue::MemoryLimit { divisor } => {
            (Source::Limit { divisor: *divisor }, format!("{VARIABLE} from limits.memory"))
        }
        EnvValue::Key { .. } | EnvValue::Elsewhere => return None,
    };
    Some(Found { value, spelled, place: variable.place })
}
