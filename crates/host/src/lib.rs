//! A host that can be read: `/proc`, `/sys` and cgroup trees, live or captured.

pub mod names;
pub mod sources;
pub mod tree;
