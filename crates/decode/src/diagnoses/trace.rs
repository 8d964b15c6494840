//! What the call trace hints at: an indication, and never a cause.

use crate::case::Case;

oomkit_core::rules! {
    Case;
    /// The diagnoses of this family, by code.
    TRACE = [
        call_trace::CALL_TRACE,
    ]
}
