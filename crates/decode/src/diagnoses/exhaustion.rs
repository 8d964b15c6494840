//! Whether the memory was really gone: the allocator's own test, replayed.

use oomkit_core::rule::Rule;

use crate::case::Case;

/// The diagnoses of this family, by code.
pub(crate) static EXHAUSTION: &[&Rule<Case>] = &[];
