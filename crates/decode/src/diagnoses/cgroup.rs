//! Cgroups at their limits: whose limit it was, and what filled them.

use oomkit_core::rule::Rule;

use crate::case::Case;

/// The diagnoses of this family, by code.
pub(crate) static CGROUP: &[&Rule<Case>] = &[];
