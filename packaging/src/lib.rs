//! What oomkit is shipped in: a tarball, a `.deb` and an `.rpm`, made without any program but cargo.
//!
//! Stands apart from `xtask`, so that its verbs do not wait for the libraries that write packages.

pub mod about;
pub mod archive;
pub mod content;
pub mod debian;
pub mod notices;
pub mod program;
pub mod redhat;
pub mod tarball;
pub mod trial;
