//! The kernel objects that occur in a report, one reader each.

pub mod context;
pub mod gfp;
pub mod killers;
pub mod stack;
