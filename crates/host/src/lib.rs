//! A host that can be read: `/proc`, `/sys` and cgroup trees, live or captured.
