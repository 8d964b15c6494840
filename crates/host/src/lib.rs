//! A host that can be read: `/proc`, `/sys` and cgroup trees, live or captured.

pub mod aside;
pub mod bounds;
mod host;
pub mod kernel;
pub mod names;
pub mod processes;
pub mod protection;
pub mod sources;
pub mod tree;

pub use host::{Host, Identity};
