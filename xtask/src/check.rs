//! `cargo xtask check`: all that CI runs, in the same order.

use anyhow::Result;
use xtask::workspace::{self, cargo};

use crate::{generated, say, tidied};

pub(crate) fn run() -> Result<()> {
    step("format", &["fmt", "--all", "--check"])?;
    step("clippy", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    step("tests", &["test", "--workspace"])?;
    step("documentation", &["doc", "--workspace", "--no-deps"])?;
    say("== derived files");
    generated(true)?;
    say("== tidiness");
    tidied()
}

fn step(title: &str, arguments: &[&str]) -> Result<()> {
    say(&format!("== {title}"));
    workspace::run(cargo(arguments).env("RUSTDOCFLAGS", "-D warnings"))
}
