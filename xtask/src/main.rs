//! `cargo xtask`: the workspace's own verbs.

use std::{io::Write as _, process::ExitCode};

use anyhow::{Result, bail};
use clap::{Parser, Subcommand};
use xtask::{codegen, tidy, workspace};

mod bench;
mod bless;
mod check;
mod dist;
mod fleet;
mod format;
mod fuzz;

/// What can be done with this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Run all that CI runs, in the same order
    Check,
    /// Format all files of Rust, those that macros declare among them
    Format {
        /// Fail if something would change, and change nothing
        #[arg(long)]
        check: bool,
    },
    /// Hold the files against the rules of this house that clippy cannot see
    Tidy,
    /// Write all that is derived from code
    Codegen {
        /// Fail if something would change, and change nothing
        #[arg(long)]
        check: bool,
    },
    /// Accept the present output of the tests as expected, and show what changed
    Bless {
        /// Only tests whose names contain this
        filter: Option<String>,
    },
    /// Measure the program against others, in one run
    #[command(subcommand)]
    Bench(bench::Options),
    /// Make the packages of this machine's kind: a tarball, a .deb and an .rpm, in target/dist
    Dist(dist::Options),
    /// Run the queries of docs/fleet.md with DuckDB and PySpark, on a fleet that is made up
    Fleet(fleet::Options),
    /// Feed noise to one of the doors that eat bytes
    Fuzz(fuzz::Options),
}

fn main() -> ExitCode {
    match run(Arguments::parse().verb) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(verb: Verb) -> Result<()> {
    match verb {
        Verb::Check => check::run(),
        Verb::Format { check } => format::run(check),
        Verb::Tidy => tidied(),
        Verb::Codegen { check } => generated(check),
        Verb::Bless { filter } => bless::run(filter.as_deref()),
        Verb::Bench(options) => bench::run(&options),
        Verb::Dist(options) => dist::run(&options),
        Verb::Fleet(options) => fleet::run(&options),
        Verb::Fuzz(options) => fuzz::run(&options),
    }
}

fn tidied() -> Result<()> {
    let files = tidy::read(&workspace::root())?;
    let complaints = tidy::complaints(&files);
    for complaint in &complaints {
        say(&complaint.to_string());
    }
    if !complaints.is_empty() {
        bail!("{} complaints", complaints.len());
    }
    say(&format!("tidy: {} files, no complaints", files.len()));
    Ok(())
}

fn generated(check: bool) -> Result<()> {
    let (root, program) = (workspace::root(), codegen::build()?);
    if !check {
        for path in codegen::write(&root, &program)? {
            say(&format!("wrote {path}"));
        }
        return Ok(());
    }
    match codegen::drifted(&root, &program)?.as_slice() {
        [] => Ok(()),
        drifted => {
            bail!("no longer what the program writes: {}; run `cargo xtask codegen`", drifted.join(", "))
        }
    }
}

/// Tells the developer something; where nobody listens, that is no failure.
fn say(words: &str) {
    let _ = writeln!(std::io::stderr(), "{words}");
}
