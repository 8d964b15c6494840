//! A process with much memory that keeps mapping more, and looks at the clock as it does.
//!
//! Whoever walks its page tables holds the lock of its address space meanwhile, and it waits.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use memmap2::{Advice, MmapMut};

/// What is mapped and unmapped, in bytes.
const MAPPING: usize = 64 << 10;
const PAGE: usize = 4096;

/// What the process that measures itself is told.
#[derive(Args)]
pub(crate) struct Options {
    /// Its memory, in MiB
    size: usize,
}

/// How long a mapping took, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stall {
    pub(super) median: f64,
    /// Of a thousand mappings one took longer.
    pub(super) rare: f64,
    pub(super) longest: f64,
}

/// The neighbour, as who started it sees it.
pub(super) struct Neighbour {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Neighbour {
    /// Starts one with so many MiB of memory in pages of 4 KiB.
    pub(super) fn of(size: usize) -> Result<Self> {
        let program = std::env::current_exe()?;
        let mut child = Command::new(program)
            .args(["bench", "neighbour", &size.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let orders = child.stdin.take().context("no input")?;
        let answers = BufReader::new(child.stdout.take().context("no output")?);
        Ok(Self { child, orders, answers })
    }

    /// Lets it map for a while, and returns how long that took.
    pub(super) fn measure(&mut self, time: Duration) -> Result<Stall> {
        writeln!(self.orders, "{}", time.as_millis())?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let mut figures = line.split_whitespace().map(str::parse::<f64>);
        let mut next = || figures.next().with_context(|| format!("no figures in {line:?}"));
        Ok(Stall { median: next()??, rare: next()??, longest: next()?? })
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        // It has nothing to lose.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Is the neighbour: for each number of milliseconds on its input, it maps and answers.
pub(super) fn run(options: &Options) -> Result<()> {
    let mut memory = MmapMut::map_anon(options.size << 20)?;
    // Large pages are walked two hundred times as fast.
    memory.advise(Advice::NoHugePage)?;
    memory.iter_mut().step_by(PAGE).for_each(|byte| *byte = 1);
    for line in std::io::stdin().lines() {
        let time = Duration::from_millis(line?.trim().parse()?);
        let mut times = Vec::new();
        let start = Instant::now();
        while start.elapsed() < time {
            let before = Instant::now();
            drop(MmapMut::map_anon(MAPPING)?);
            times.push(before.elapsed());
            // One that only maps would be at work all the time, and wait for processors above all.
            std::thread::sleep(Duration::from_micros(100));
        }
        let stall = stall(times)?;
        let mut out = std::io::stdout();
        writeln!(out, "{:.1} {:.1} {:.1}", stall.median, stall.rare, stall.longest)?;
        out.flush()?;
    }
    // What is not looked at any more might not be there either.
    if memory.first() != Some(&1) {
        bail!("the memory is gone");
    }
    Ok(())
}

fn stall(mut times: Vec<Duration>) -> Result<Stall> {
    times.sort_unstable();
    let at = |place: usize| times.get(place).map(|time| time.as_secs_f64() * 1e6).context("no time at all");
    let last = times.len().saturating_sub(1);
    Ok(Stall {
        median: at(times.len() / 2)?,
        rare: at(last.min(times.len() / 1000 * 999))?,
        longest: at(last)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_is_longer_than_the_rare() {
        let times = (1..=10_000).rev().map(Duration::from_micros).collect();
        assert_eq!(stall(times).unwrap(), Stall { median: 5001.0, rare: 9991.0, longest: 10_000.0 });
        assert!(stall(Vec::new()).is_err());
    }
}
