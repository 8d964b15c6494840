//! What running a program costs.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

/// The cost of one run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Cost {
    /// Seconds in the program.
    pub(super) user: f64,
    /// Seconds in the kernel.
    pub(super) system: f64,
    /// Seconds on the clock.
    pub(super) wall: f64,
    /// The largest resident memory in MB, where it could be had.
    pub(super) memory: Option<f64>,
}

impl Cost {
    /// Returns all seconds of processors.
    pub(super) fn cpu(&self) -> f64 {
        self.user + self.system
    }
}

/// Returns where a program is installed.
pub(super) fn installed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// Runs a program with its output thrown away.
pub(super) fn cost(program: &Path, arguments: &[String]) -> Result<Cost> {
    let mut command = match installed("time") {
        Some(time) => {
            let mut command = Command::new(time);
            command.args(["-f", "%U %S %e %M"]);
            command
        }
        // The shell's own clock knows no memory.
        None => {
            let mut command = Command::new("bash");
            command.args(["-c", "TIMEFORMAT='%U %S %R'; time \"$@\"", "bash"]);
            command
        }
    };
    let output =
        command.arg(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).output()?;
    if !output.status.success() {
        bail!("it failed: {}", output.status);
    }
    let words = String::from_utf8_lossy(&output.stderr);
    let last = words.lines().last().unwrap_or_default();
    parse(last).with_context(|| format!("no figures in {last:?}"))
}

fn parse(line: &str) -> Option<Cost> {
    let mut figures = line.split_whitespace().map(|word| word.parse::<f64>().ok());
    Some(Cost {
        user: figures.next()??,
        system: figures.next()??,
        wall: figures.next()??,
        memory: figures.next().flatten().map(|kib| kib * 1024.0 / 1e6),
    })
}

/// Returns the median of each figure by itself.
pub(super) fn median(costs: &[Cost]) -> Cost {
    let middle = |figure: fn(&Cost) -> Option<f64>| {
        let mut figures: Vec<f64> = costs.iter().filter_map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures.get(figures.len() / 2).copied()
    };
    Cost {
        user: middle(|cost| Some(cost.user)).unwrap_or_default(),
        system: middle(|cost| Some(cost.system)).unwrap_or_default(),
        wall: middle(|cost| Some(cost.wall)).unwrap_or_default(),
        memory: middle(|cost| cost.memory),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_with_and_without_memory() {
        let cost = Cost { user: 1.5, system: 0.25, wall: 2.0, memory: None };
        assert_eq!(parse("1.5 0.25 2.0"), Some(cost));
        assert_eq!(parse("1.5 0.25 2.0 1000"), Some(Cost { memory: Some(1.024), ..cost }));
        assert_eq!(parse("Command exited"), None);
    }

    #[test]
    fn the_median_is_taken_of_each_figure() {
        let of = |user| Cost { user, ..Cost::default() };
        assert_eq!(median(&[of(3.0), of(1.0), of(2.0)]), of(2.0));
    }
}
