//! `cargo xtask format`: every file of Rust in the shape that rustfmt gives it.
//!
//! `cargo fmt` follows the modules that it sees declared, and sees none that a macro declares.

use std::process::Command;

use anyhow::Result;
use xtask::workspace;

/// Formats all files; with `check` it only tells which are not.
pub(crate) fn run(check: bool) -> Result<()> {
    let files = workspace::files(&workspace::root())?;
    let files = files.into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs"));
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.args(["--edition", "2024"]).args(check.then_some("--check")).args(files);
    workspace::run(rustfmt.current_dir(workspace::root()))
}
