//! `cargo xtask bench`: the program against others that do part of the same, in one run.
//!
//! Figures of one machine mean little to another, so the ratios stand first.

use std::{fs, path::PathBuf, process::Stdio};

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use xtask::workspace;

use crate::say;

mod audit;
mod crowd;
mod decode;
mod log;
mod measure;
mod neighbour;
mod random;
mod report;
mod snap;

use measure::Cost;

/// What to measure.
#[derive(Subcommand)]
pub(crate) enum Options {
    /// The decoder against plain searching, on logs made for it
    Decode(decode::Options),
    /// The auditor against checkov, on manifests made for it
    Audit(audit::Options),
    /// The collector against ps, atop, sadc and smem, beside processes made for it
    Snap(snap::Options),
    /// Be what `snap` watches: a process with much memory that maps more
    #[command(hide = true)]
    Neighbour(neighbour::Options),
}

/// A program that reads a file.
struct Contender {
    name: &'static str,
    program: PathBuf,
    arguments: Vec<String>,
    /// Where the output goes: grep stops at the first match if it is thrown away.
    output: fn() -> Stdio,
    /// How often one run does its work; what it costs is divided by this.
    times: u32,
}

impl Contender {
    /// A program whose output nobody needs.
    fn new(name: &'static str, program: PathBuf, arguments: Vec<String>) -> Self {
        Self { name, program, arguments, output: Stdio::null, times: 1 }
    }
}

/// What is to be read.
struct Subject {
    path: PathBuf,
    megabytes: f64,
    /// How many things are in it.
    count: usize,
    /// What these are.
    of: &'static str,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if let Options::Neighbour(options) = options {
        return neighbour::run(options);
    }
    workspace::run(&mut workspace::cargo(["build", "--release", "--quiet", "--package", "oomkit"]))?;
    match options {
        Options::Neighbour(_) => Ok(()),
        Options::Decode(options) => decode::run(options),
        Options::Audit(options) => audit::run(options),
        Options::Snap(options) => snap::run(options),
    }
}

/// Returns the folder for what is made to be read, and makes it.
fn folder() -> Result<PathBuf> {
    let folder = workspace::target().join("bench");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Returns the program as it is shipped.
fn ours() -> PathBuf {
    workspace::target().join("release/oomkit")
}

/// Runs programs in turns, and returns the medians of what each costs.
fn medians(contenders: &[Contender], rounds: usize) -> Result<Vec<Cost>> {
    if rounds == 0 {
        bail!("no rounds, no medians");
    }
    let mut costs: Vec<Vec<Cost>> = contenders.iter().map(|_| Vec::new()).collect();
    for round in 0..=rounds {
        for (contender, costs) in contenders.iter().zip(&mut costs) {
            let cost = measure::cost(&contender.program, &contender.arguments, (contender.output)())
                .with_context(|| format!("cannot measure {}", contender.name))?;
            // The first round only warms the cache of files.
            if 0 < round {
                costs.push(cost.each_of(contender.times));
            }
        }
    }
    Ok(costs.iter().map(|costs| measure::median(costs)).collect())
}

fn compare(subject: &Subject, contenders: &[Contender], rounds: usize) -> Result<()> {
    let medians = medians(contenders, rounds)?;
    say(&format!(
        "\n{}: {:.1} MB, {} {}, medians of {rounds} rounds\n",
        subject.path.display(),
        subject.megabytes,
        subject.count,
        subject.of
    ));
    let Some(ours) = medians.first() else { return Ok(()) };
    say(&format!(
        "| program | user s | system s | wall s | memory MB | MB per CPU s | {} per CPU s | CPU, oomkit = 1 |",
        subject.of
    ));
    say("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (contender, cost) in contenders.iter().zip(&medians) {
        say(&row(contender, cost, ours, subject));
    }
    Ok(())
}

fn row(contender: &Contender, cost: &Cost, ours: &Cost, subject: &Subject) -> String {
    // What is too fast for the clock must not divide by zero.
    let cpu = cost.cpu().max(0.001);
    let count = f64::from(u32::try_from(subject.count).unwrap_or(u32::MAX));
    let memory = cost.memory.map_or_else(|| "?".into(), |memory| format!("{memory:.1}"));
    format!(
        "| {} | {:.3} | {:.3} | {:.3} | {memory} | {:.0} | {:.0} | {:.2} |",
        contender.name,
        cost.user,
        cost.system,
        cost.wall,
        subject.megabytes / cpu,
        count / cpu,
        cpu / ours.cpu().max(0.001)
    )
}
