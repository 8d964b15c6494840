//! The decoder against plain searching, on logs made for it.

use std::process::Stdio;

use anyhow::Result;
use clap::Args;

use super::{Contender, Subject, compare, folder, log, measure, ours};

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

pub(super) fn run(options: &Options) -> Result<()> {
    let folder = folder()?;
    let size = options.size << 20;
    let name = format!("mixed-{}-{}.log", options.size, options.reports);
    let mixed = log::mixed(&folder.join(name), size, options.reports)?;
    let dense = log::dense(&folder.join(format!("reports-{}.log", options.size)), size / 5)?;
    for subject in [mixed, dense] {
        compare(&subject, &contenders(&subject), options.rounds)?;
    }
    Ok(())
}

fn contenders(subject: &Subject) -> Vec<Contender> {
    let file = subject.path.display().to_string();
    let patterns = ["invoked oom-killer", "Out of memory", "Killed process"];
    let search = || {
        let patterns = patterns.iter().flat_map(|pattern| ["-e".to_owned(), (*pattern).to_owned()]);
        std::iter::once("-c".to_owned()).chain(patterns).chain([file.clone()]).collect::<Vec<_>>()
    };
    let of_ours = |name, format: &str| {
        Contender::new(name, ours(), ["decode", &file, "--format", format].map(str::to_owned).to_vec())
    };
    let mut contenders = vec![of_ours("oomkit decode", "text"), of_ours("the same, as NDJSON", "ndjson")];
    for name in ["rg", "grep"] {
        if let Some(program) = measure::installed(name) {
            contenders.push(Contender { output: Stdio::piped, ..Contender::new(name, program, search()) });
        }
    }
    contenders
}
