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

    /// Returns the cost of one of so many equal parts; memory is not divided, since all parts share it.
    pub(super) fn each_of(self, parts: u32) -> Self {
        let part = |seconds: f64| seconds / f64::from(parts.max(1));
        Self { user: part(self.user), system: part(self.system), wall: part(self.wall), ..self }
    }
}

/// Returns where a program is installed.
pub(super) fn installed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// Runs a program and looks at the clock.
pub(super) fn cost(program: &Path, arguments: &[String], output: Stdio) -> Result<Cost> {
    // The shell's clock knows milliseconds but no memory; GNU time knows memory but only hundredths.
    let mut command = Command::new("bash");
    command.args(["-c", "TIMEFORMAT='%3U %3S %3R'; time \"$@\"", "bash"]);
    if let Some(time) = installed("time") {
        command.arg(time).args(["-f", "%M"]);
    }
    let output = command.arg(program).args(arguments).stdout(output).stderr(Stdio::piped()).output()?;
    if !output.status.success() {
        bail!("it failed: {}", output.status);
    }
    let words = String::from_utf8_lossy(&output.stderr);
    parse(&words).with_context(|| format!("no figures in {words:?}"))
}

/// Reads the last line, and the memory from the line before it.
fn parse(words: &str) -> Option<Cost> {
    let mut lines = words.lines().rev();
    let mut seconds = lines.next()?.split_whitespace().map(|word| word.parse::<f64>().ok());
    let kib = lines.next().and_then(|line| line.trim().parse::<f64>().ok());
    Some(Cost {
        user: seconds.next()??,
        system: seconds.next()??,
        wall: seconds.next()??,
        memory: kib.map(|kib| kib * 1024.0 / 1e6),
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
        assert_eq!(parse("1.500 0.250 2.000\n"), Some(cost));
        assert_eq!(parse("warning: x\n1.500 0.250 2.000\n"), Some(cost));
        assert_eq!(parse("1000\n1.500 0.250 2.000\n"), Some(Cost { memory: Some(1.024), ..cost }));
        assert_eq!(parse("Command exited"), None);
    }

    #[test]
    fn a_part_costs_its_share_of_time_and_all_of_the_memory() {
        let cost = Cost { user: 2.0, system: 4.0, wall: 20.0, memory: Some(7.0) };
        let part = Cost { user: 1.0, system: 2.0, wall: 10.0, memory: Some(7.0) };
        assert_eq!((cost.each_of(2), cost.each_of(1)), (part, cost));
    }

    #[test]
    fn the_median_is_taken_of_each_figure() {
        let of = |user| Cost { user, ..Cost::default() };
        assert_eq!(median(&[of(3.0), of(1.0), of(2.0)]), of(2.0));
    }
}
