//! `cargo xtask dist`: makes packages, by a program of its own, whose libraries nothing else needs.

use anyhow::Result;
use clap::Args;
use xtask::workspace;

/// What the program for packages is told.
#[derive(Args)]
pub(crate) struct Options {
    /// Unpack each package into an empty root and run the program there
    #[arg(long = "try")]
    tried: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let mut command = workspace::cargo(["run", "--quiet", "--package", "packaging", "--"]);
    if options.tried {
        command.arg("--try");
    }
    workspace::run(&mut command)
}
