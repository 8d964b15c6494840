//! Where the memory went: machines that ran out as a whole.

use crate::case::Case;

oomkit_core::rules! {
    Case;
    /// The diagnoses of a machine's memory, by code.
    MACHINE = [
        one_process::ONE_PROCESS,
    ]
}
