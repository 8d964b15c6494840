//! What rules that look at a history share: when it is long enough, and how it is told.

use oomkit_core::units::{Bytes, Duration};

use super::words::{as_written, shown};
use crate::model::{Ceiling, Past, Scope};

/// What was not watched for this long and at so many moments says nothing of what it needs.
const LEAST: (Duration, u64) = (Duration::from_seconds(86_400), 30);

/// Sizes are rounded up to this.
const STEP: u64 = 16 << 20;

/// Tells whether a history is long enough to say what is needed.
pub(super) fn is_long(past: &Past) -> bool {
    lasts(past, LEAST.0)
}

/// Tells whether a history lasts at least this long, and is no handful of moments.
pub(super) fn lasts(past: &Past, least: Duration) -> bool {
    least <= past.over && LEAST.1 <= past.samples
}

/// Says how long somebody was watched, and under which name where that is not sure.
pub(super) fn watched(past: &Past) -> String {
    let name = shown(&past.name);
    let sure = if past.is_shared { ", as others are called too" } else { "" };
    format!("as {name} in the history{sure}, {} at {} moments", past.over, past.samples)
}

/// Names a limit as it is written, and its owner where that is another scope.
pub(super) fn named(ceiling: &Ceiling<'_>, scope: &Scope) -> String {
    let limit = as_written(ceiling.setting);
    match std::ptr::eq(ceiling.owner, scope) {
        true => limit,
        false => format!("{limit} of {} above it", shown(&ceiling.owner.path)),
    }
}

/// Returns a quarter more, rounded up.
pub(super) fn with_room(size: Bytes) -> Bytes {
    let size = size.get().saturating_mul(5) / 4;
    Bytes::new(size.div_ceil(STEP).saturating_mul(STEP))
}
