//! `cargo xtask fuzz`: feeds noise to one of the doors that eat bytes.

use std::process::Command;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use xtask::workspace;

/// What to fuzz, and for how long.
#[derive(Args)]
pub(crate) struct Options {
    /// The door
    door: Door,
    /// How long; without it, until something is found
    #[arg(long)]
    seconds: Option<u64>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Door {
    /// One line through the removal of wrappings
    Line,
    /// A whole log through the decoder, in any pieces
    Log,
    /// A pasted word or line through `explain`
    Explain,
    /// Hostile names and texts through every output format
    Render,
}

impl Door {
    const fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Log => "log",
            Self::Explain => "explain",
            Self::Render => "render",
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let installed =
        workspace::cargo(["fuzz", "--version"]).output().is_ok_and(|output| output.status.success());
    if !installed {
        bail!("cargo-fuzz is not installed; `cargo install cargo-fuzz` gets it");
    }
    workspace::run(&mut command(options))
}

fn command(options: &Options) -> Command {
    let mut command = workspace::cargo(["fuzz", "run", options.door.name()]);
    // The sanitizers are unstable flags; this lets the stable compiler take them.
    command.env("RUSTC_BOOTSTRAP", "1");
    if let Some(seconds) = options.seconds {
        command.args(["--", &format!("-max_total_time={seconds}")]);
    }
    command
}
