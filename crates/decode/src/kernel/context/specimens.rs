//! Lines of trouble as the kernel and programs print them, with what they tell; and lines that only look so.

mod harmless;
mod kernel;
mod programs;

pub(crate) use harmless::{HARMLESS, HARMLESS_OF_PROGRAMS};
pub(crate) use kernel::KERNEL;
pub(crate) use programs::PROGRAMS;

use crate::report::ContextKind as Kind;

/// A line of the kernel, its kind, whom it befell, and what it tells beyond that.
pub(crate) type OfKernel = (&'static str, Kind, &'static str, &'static str);
/// A program, a line of it, its kind, whom it befell, and what it tells beyond that.
pub(crate) type OfProgram = (&'static str, &'static str, Kind, &'static str, &'static str);
