//! `cargo xtask bless`: accepts the present output as expected, and shows what that changes.

use std::process::Command;

use anyhow::Result;
use xtask::workspace::{self, cargo, root};

use crate::say;

pub(crate) fn run(filter: Option<&str>) -> Result<()> {
    let mut test = cargo(["test", "--workspace"]);
    // Two kinds of goldens, two switches: insta's and snapbox's.
    test.env("INSTA_UPDATE", "always").env("SNAPSHOTS", "overwrite");
    if let Some(filter) = filter {
        test.args(["--", filter]);
    }
    let tested = workspace::run(&mut test);
    say("== what changed; read it like code");
    workspace::run(
        Command::new("git").args(["status", "--short", "--", "tests", "crates"]).current_dir(root()),
    )?;
    workspace::run(
        Command::new("git").args(["diff", "--stat", "--", "tests", "crates"]).current_dir(root()),
    )?;
    tested
}
