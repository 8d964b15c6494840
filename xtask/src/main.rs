//! The workspace's own verbs.
fn main() {}
