//! `cargo xtask check`: all that CI runs, in the same order.

use anyhow::Result;
use xtask::workspace::{self, cargo};

use crate::{format, generated, say, tidied};

pub(crate) fn run() -> Result<()> {
    step("format", || format::run(true))?;
    step("clippy", || with_cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    step("tests", || with_cargo(&["test", "--workspace"]))?;
    step("documentation", || with_cargo(&["doc", "--workspace", "--no-deps"]))?;
    step("derived files", || generated(true))?;
    step("tidiness", tidied)
}

fn step(title: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    say(&format!("== {title}"));
    work()
}

fn with_cargo(arguments: &[&str]) -> Result<()> {
    workspace::run(cargo(arguments).env("RUSTDOCFLAGS", "-D warnings"))
}
