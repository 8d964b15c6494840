//! `cargo xtask bench`: the decoder against plain searching, on logs made for it.
//!
//! Figures of one machine mean little to another, so the ratios stand first.

use std::{fs, path::PathBuf, process::Stdio};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use xtask::workspace;

use crate::say;

mod log;
mod measure;
mod random;
mod report;

use measure::Cost;

/// How much to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// Size of the mixed log, in MiB; the log of nothing but reports has a fifth of it
    #[arg(long, default_value_t = 1024)]
    size: usize,
    /// Reports in the mixed log
    #[arg(long, default_value_t = 250)]
    reports: usize,
    /// Rounds; each runs every program once, and medians are shown
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

/// A program that reads a file.
struct Contender {
    name: &'static str,
    program: PathBuf,
    arguments: Vec<String>,
    /// Where the output goes: grep stops at the first match if it is thrown away.
    output: fn() -> Stdio,
}

/// A log to be read.
struct Subject {
    path: PathBuf,
    megabytes: f64,
    reports: usize,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if options.rounds == 0 {
        bail!("no rounds, no medians");
    }
    workspace::run(&mut workspace::cargo(["build", "--release", "--quiet", "--package", "oomkit"]))?;
    let folder = workspace::target().join("bench");
    fs::create_dir_all(&folder)?;
    let size = options.size << 20;
    let name = format!("mixed-{}-{}.log", options.size, options.reports);
    let mixed = log::mixed(&folder.join(name), size, options.reports)?;
    let dense = log::dense(&folder.join(format!("reports-{}.log", options.size)), size / 5)?;
    for subject in [mixed, dense] {
        compare(&subject, options.rounds)?;
    }
    Ok(())
}

fn compare(subject: &Subject, rounds: usize) -> Result<()> {
    let contenders = contenders(subject);
    let mut costs: Vec<Vec<Cost>> = contenders.iter().map(|_| Vec::new()).collect();
    for round in 0..=rounds {
        for (contender, costs) in contenders.iter().zip(&mut costs) {
            let cost = measure::cost(&contender.program, &contender.arguments, (contender.output)())
                .with_context(|| format!("cannot measure {}", contender.name))?;
            // The first round only warms the cache of files.
            if 0 < round {
                costs.push(cost);
            }
        }
    }
    say(&format!(
        "\n{}: {:.0} MB, {} reports, medians of {rounds} rounds\n",
        subject.path.display(),
        subject.megabytes,
        subject.reports
    ));
    let medians: Vec<Cost> = costs.iter().map(|costs| measure::median(costs)).collect();
    let Some(ours) = medians.first() else { return Ok(()) };
    say(
        "| program | user s | system s | wall s | memory MB | MB per CPU s | reports per CPU s | CPU, oomkit = 1 |",
    );
    say("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (contender, cost) in contenders.iter().zip(&medians) {
        say(&row(contender, cost, ours, subject));
    }
    Ok(())
}

fn row(contender: &Contender, cost: &Cost, ours: &Cost, subject: &Subject) -> String {
    // What is too fast for the clock must not divide by zero.
    let cpu = cost.cpu().max(0.001);
    let reports = f64::from(u32::try_from(subject.reports).unwrap_or(u32::MAX));
    let memory = cost.memory.map_or_else(|| "?".into(), |memory| format!("{memory:.1}"));
    format!(
        "| {} | {:.3} | {:.3} | {:.3} | {memory} | {:.0} | {:.0} | {:.2} |",
        contender.name,
        cost.user,
        cost.system,
        cost.wall,
        subject.megabytes / cpu,
        reports / cpu,
        cpu / ours.cpu().max(0.001)
    )
}

fn contenders(subject: &Subject) -> Vec<Contender> {
    let file = subject.path.display().to_string();
    let patterns = ["invoked oom-killer", "Out of memory", "Killed process"];
    let search = || {
        let patterns = patterns.iter().flat_map(|pattern| ["-e".to_owned(), (*pattern).to_owned()]);
        std::iter::once("-c".to_owned()).chain(patterns).chain([file.clone()]).collect::<Vec<_>>()
    };
    let ours = workspace::target().join("release/oomkit");
    let of_ours = |name, format: &str| Contender {
        name,
        program: ours.clone(),
        arguments: ["decode", &file, "--format", format].map(str::to_owned).to_vec(),
        output: Stdio::null,
    };
    let mut contenders = vec![of_ours("oomkit decode", "text"), of_ours("the same, as NDJSON", "ndjson")];
    for name in ["rg", "grep"] {
        if let Some(program) = measure::installed(name) {
            contenders.push(Contender { name, program, arguments: search(), output: Stdio::piped });
        }
    }
    contenders
}
