//! What the workspace does with itself: tidiness and derived files, for `cargo xtask` and for the tests.
//!
//! Nothing here depends on another crate of the workspace, so it works while they do not build.

pub mod book;
pub mod codegen;
mod pictures;
pub mod tidy;
pub mod workspace;
