//! The lines behind the figures: each conclusion names the ones that it rests on.

use oomkit_core::{ident::Pid, place::Evidence};

use super::Case;
use crate::report::{Part, Task, Victim};

impl Case {
    /// Returns the line of a part that holds a word; else the first line of the part, else of the event.
    pub(crate) fn proof(&self, part: Part, word: &str) -> Evidence {
        let lines = &self.event.lines;
        let found = lines.find(part, word).or_else(|| lines.find(part, ""));
        self.line(found.unwrap_or(self.event.first_line))
    }

    /// Returns the line of one of the machine's counters, by its name in the model.
    pub(crate) fn proof_of(&self, counter: &str) -> Evidence {
        self.proof(Part::Counters, &printed(counter))
    }

    /// Returns the line of a statistic of the cgroup.
    pub(crate) fn proof_of_stat(&self, stat: &str) -> Evidence {
        let lines = &self.event.lines;
        let word = |end: &str| lines.find(Part::Stat, &format!("{stat}{end}"));
        let found = word(" ").or_else(|| word(":")).or_else(|| lines.find(Part::Stat, ""));
        found.map_or_else(|| self.proof_of_limit(), |line| self.line(line))
    }

    /// Returns the line of the first of these statistics that the log has.
    pub(crate) fn proof_of_stats(&self, names: &[&str]) -> Evidence {
        let memcg = self.event.memcg.as_ref();
        let has = |name: &&&str| memcg.is_some_and(|memcg| memcg.stat.contains_key(**name));
        names.iter().find(has).map_or_else(|| self.proof_of_limit(), |name| self.proof_of_stat(name))
    }

    /// Returns the line of the head.
    pub(crate) fn proof_of_head(&self) -> Evidence {
        self.proof(Part::Head, "")
    }

    /// Returns the line that tells whose limit it was: the summary, or the cgroup's counter.
    pub(crate) fn proof_of_limit(&self) -> Evidence {
        let lines = &self.event.lines;
        let found = lines.find(Part::Cgroup, "usage").or_else(|| lines.find(Part::Cgroup, ""));
        found.map_or_else(|| self.proof_of_choice(), |line| self.line(line))
    }

    /// Returns the line that tells who was chosen and why, else the kill's.
    pub(crate) fn proof_of_choice(&self) -> Evidence {
        let lines = &self.event.lines;
        let found = lines.find(Part::Choice, "").or_else(|| lines.find(Part::Kill, ""));
        found.map_or_else(|| self.proof_of_head(), |line| self.line(line))
    }

    /// Returns the line of a kill.
    pub(crate) fn proof_of_kill(&self, victim: &Victim) -> Evidence {
        self.line(victim.line)
    }

    /// Returns the line of a candidate.
    pub(crate) fn proof_of_task(&self, task: &Task) -> Evidence {
        self.line(task.line)
    }

    /// Returns the candidate with this process id.
    pub(crate) fn task(&self, pid: Pid) -> Option<&Task> {
        self.event.tasks.iter().find(|task| task.pid == pid || task.tgid == Some(pid))
    }

    /// Returns the first victim, which is the only one but for groups.
    pub(crate) fn victim(&self) -> Option<&Victim> {
        self.event.victims.first()
    }
}

/// Returns how a counter of the model is printed: `shmem_bytes` as `shmem:`.
fn printed(counter: &str) -> String {
    format!("{}:", counter.strip_suffix("_bytes").unwrap_or(counter))
}
