//! Processes that do nothing but be there.

use std::{
    io::{BufRead as _, BufReader},
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, Result, bail};

/// Starts so many processes that sleep, says so, and waits for them.
const SPAWN: &str = r#"for ((n = 0; n < $1; n++)); do sleep 3600 & done; echo ready; wait"#;

/// A group of processes, which ends when this is dropped.
pub(super) struct Crowd {
    leader: Child,
}

impl Crowd {
    /// Starts a group of so many processes, and returns once all are there.
    pub(super) fn of(count: usize) -> Result<Self> {
        let mut shell = Command::new("bash");
        shell.args(["-c", SPAWN, "bash", &count.to_string()]).process_group(0).stdout(Stdio::piped());
        let mut leader = shell.spawn().context("cannot start bash")?;
        let output = leader.stdout.take().context("bash has no output")?;
        let crowd = Self { leader };
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        if line.trim() != "ready" {
            bail!("{count} processes cannot be started here");
        }
        Ok(crowd)
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        // The shell leads the group, so its id is that of the group.
        let group = format!("-{}", self.leader.id());
        // A crowd that is left over ends by itself within the hour.
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.leader.wait();
    }
}
