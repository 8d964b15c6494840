//! The candidates: who is large, who belongs together, who is protected.

use std::collections::BTreeMap;

use oomkit_core::{
    ident::{Comm, OomScoreAdj, Pid, Uid},
    place::Evidence,
    units::Bytes,
};

use crate::kernel::task;
use crate::report::{Event, Part, Task, Victim};

/// Candidates whose adjustment is this low are protected in earnest.
const PROTECTED: i16 = -900;

/// So many tasks of one name are a crowd, in which no one is to blame.
pub(super) const CROWD: usize = 5;

/// Candidates that share a name or a user.
#[derive(Clone, Debug)]
pub(crate) struct TaskGroup {
    /// What they share, in words: `httpd`, or `user 1000`.
    pub(crate) name: String,
    /// How many there are.
    pub(crate) tasks: u64,
    /// Their memory and swap together, as far as it is not shared.
    pub(crate) memory: Bytes,
    /// The page tables of all of them.
    pub(crate) page_tables: Bytes,
    /// Where the largest of them stands among the candidates.
    pub(crate) largest: usize,
}

/// What the task table comes to.
#[derive(Clone, Debug, Default)]
pub(crate) struct TaskFigures {
    /// Where the largest candidate stands, by memory and swap.
    largest: Option<usize>,
    /// The groups of one name, largest first.
    pub(crate) names: Vec<TaskGroup>,
    /// The groups of one user, largest first.
    pub(crate) users: Vec<TaskGroup>,
    /// The memory of all candidates together, as far as it is not shared.
    pub(crate) memory: Bytes,
    /// Their memory in swap together.
    pub(crate) swap: Bytes,
    /// The memory of the protected ones together.
    pub(crate) protected: Bytes,
    /// Whether there is a task table at all.
    pub(crate) known: bool,
}

impl TaskFigures {
    pub(super) fn of(event: &Event) -> Self {
        let mut figures = Self { known: !event.tasks.is_empty(), ..Self::default() };
        let mut names: BTreeMap<&Comm, TaskGroup> = BTreeMap::new();
        let mut users: BTreeMap<Uid, TaskGroup> = BTreeMap::new();
        let mut heaviest = Bytes::ZERO;
        for (at, task) in event.tasks.iter().enumerate() {
            let memory = own_memory(task);
            figures.memory = figures.memory.saturating_add(memory);
            figures.swap = figures.swap.saturating_add(task.swap_bytes.unwrap_or_default());
            if is_protected(task) {
                figures.protected = figures.protected.saturating_add(memory);
            }
            let weight = weight(task);
            if figures.largest.is_none() || heaviest < weight {
                (figures.largest, heaviest) = (Some(at), weight);
            }
            let group = |name: String| TaskGroup {
                name,
                tasks: 0,
                memory: Bytes::ZERO,
                page_tables: Bytes::ZERO,
                largest: at,
            };
            names.entry(&task.comm).or_insert_with(|| group(task.comm.to_string())).take(
                at,
                task,
                &event.tasks,
            );
            if let Some(uid) = task.uid {
                users.entry(uid).or_insert_with(|| group(format!("user {uid}"))).take(at, task, &event.tasks);
            }
        }
        figures.names = largest_first(names.into_values());
        figures.users = largest_first(users.into_values());
        figures
    }
}

impl TaskGroup {
    fn take(&mut self, at: usize, task: &Task, tasks: &[Task]) {
        self.tasks += 1;
        self.memory = self.memory.saturating_add(own_memory(task));
        self.page_tables = self.page_tables.saturating_add(task.pgtables_bytes.unwrap_or_default());
        if tasks.get(self.largest).map(weight) < Some(weight(task)) {
            self.largest = at;
        }
    }
}

fn largest_first(groups: impl Iterator<Item = TaskGroup>) -> Vec<TaskGroup> {
    let mut groups: Vec<TaskGroup> = groups.collect();
    groups.sort_by(|a, b| b.memory.cmp(&a.memory).then_with(|| a.name.cmp(&b.name)));
    groups
}

impl super::Case {
    /// Returns the candidate with the most memory and swap.
    pub(crate) fn largest_task(&self) -> Option<&Task> {
        self.tasks.largest.and_then(|at| self.event.tasks.get(at))
    }

    /// Returns the victim where no row is as large: it is in none of them, and its kill alone tells of it.
    pub(crate) fn largest_by_kill(&self) -> Option<&Victim> {
        let victim = self.victim().filter(|victim| self.task(victim.pid).is_none())?;
        let size = size_by_kill(victim)?;
        self.largest_task().is_none_or(|task| weight(task) < size).then_some(victim)
    }

    /// Returns the row of the candidate with the most memory in swap; `None` where none has any.
    pub(crate) fn largest_swap(&self) -> Option<Evidence> {
        let swap = |task: &&Task| task.swap_bytes.unwrap_or_default();
        let most = self.event.tasks.iter().max_by_key(swap).filter(|task| swap(task) != Bytes::ZERO);
        most.map(|task| self.proof_of_task(task))
    }

    /// Tells whether the log holds all rows of the table: a header before them, what follows behind
    /// them, and no sign that lines were lost or belong to another report.
    pub(crate) fn table_is_whole(&self) -> bool {
        let event = &self.event;
        let mut rows = event.lines.iter().filter(|(_, part, _)| *part == Part::Tasks).take(2);
        let headed = rows.any(|(_, _, text)| task::read_header(text).is_some()) && !event.tasks.is_empty();
        let over = [Part::Choice, Part::Kill].iter().any(|part| event.lines.find(*part, "").is_some());
        let all = event.tasks.len() as u64 == event.task_rows && event.lines.left_out() == 0;
        headed
            && over
            && all
            && !event.task_table.lacks_rows()
            && !event.lines.are_mixed()
            && event.lines.lost().is_none()
    }

    /// Returns the largest candidate of a group.
    pub(crate) fn largest_of(&self, group: &TaskGroup) -> Option<&Task> {
        self.event.tasks.get(group.largest)
    }

    /// Returns the adjustment of a process, from its row or its kill.
    pub(crate) fn adjustment(&self, pid: Pid) -> Option<OomScoreAdj> {
        let of_row = self.task(pid).and_then(|task| task.oom_score_adj);
        let victim = || self.event.victims.iter().find(|victim| victim.pid == pid);
        of_row.or_else(|| victim().and_then(|victim| victim.oom_score_adj))
    }
}

/// Returns what the kernel weighs: resident memory and swap.
pub(crate) fn weight(task: &Task) -> Bytes {
    task.rss_bytes.unwrap_or_default().saturating_add(task.swap_bytes.unwrap_or_default())
}

/// Returns what the kill line says that the victim had resident.
pub(crate) fn size_by_kill(victim: &Victim) -> Option<Bytes> {
    victim.rss_bytes.or(victim.anon_rss_bytes)
}

/// Returns the memory that is a task's own, so that a sum over tasks counts nothing twice.
///
/// Before Linux 6.8 the table does not part anonymous from shared pages, and all that is resident is
/// taken, which is too much where tasks share memory.
pub(crate) fn own_memory(task: &Task) -> Bytes {
    let resident = task.rss_anon_bytes.or(task.rss_bytes).unwrap_or_default();
    resident.saturating_add(task.swap_bytes.unwrap_or_default())
}

/// Tells whether a task is protected in earnest, or for good.
pub(crate) fn is_protected(task: &Task) -> bool {
    task.oom_score_adj.is_some_and(|adj| adj.get() <= PROTECTED)
}
