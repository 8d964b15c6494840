//! Shares: what processes have of the memory that they share (PSS), and what each has alone (USS).
//!
//! The kernel walks the page tables of a process for it and holds the lock that the process needs
//! for its faults, so this is the one part of a snapshot that its processes can notice. It therefore
//! has a budget, and goes to the largest first; each reading is given up where it takes too long.

use std::{cmp::Reverse, collections::HashMap, time::Duration};

use oomkit_core::{ident::Pid, reading::Reading, units::Bytes};
use oomkit_host::{
    aside::{Aside, Bounds, Task},
    processes::{self, Parts},
    tree::Tree,
};

use super::Missed;
use crate::snapshot::{Process, StartTicks};

/// Of which processes shares are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shares {
    /// Of none.
    Nothing,
    /// Of the largest that fit into [`Shares::BUDGET`], none of which is stalled beyond [`Shares::STALL`].
    #[default]
    Auto,
    /// Of so many of the largest, however long that takes them.
    Top(usize),
    /// Of all, however long that takes them.
    All,
}

impl Shares {
    /// The processor time that [`Shares::Auto`] may take for one snapshot.
    pub const BUDGET: Duration = Duration::from_millis(10);

    /// What reading one process may take with [`Shares::Auto`]; it may have to wait for as long.
    ///
    /// A process of more than some 150 MiB in pages of 4 KiB is never touched. Of such a one PSS is
    /// mostly what is resident, and the others would get nothing of the budget.
    pub const STALL: Duration = Duration::from_micros(2_500);

    fn bounds(self) -> Bounds {
        match self {
            Self::Auto => Bounds { wall: Duration::from_secs(1), cpu: Some(Self::BUDGET) },
            Self::Nothing | Self::Top(_) | Self::All => Bounds { wall: Duration::from_secs(30), cpu: None },
        }
    }

    /// Returns whom to ask, the largest first; tasks of the kernel have no memory of their own.
    fn tasks(self, processes: &[Process]) -> Vec<Task> {
        let size = |process: &Process| process.rss_bytes.filter(|size| *size != Bytes::ZERO);
        let mut sized: Vec<(Reverse<Bytes>, Pid)> =
            processes.iter().filter_map(|process| Some((Reverse(size(process)?), process.pid))).collect();
        sized.sort_unstable();
        let (most, stall) = match self {
            Self::Nothing => (0, Duration::MAX),
            Self::Top(most) => (most, Duration::MAX),
            Self::Auto => (REACHED, Self::STALL),
            Self::All => (usize::MAX, Duration::MAX),
        };
        let tasks = sized.into_iter().map(|(Reverse(size), pid)| task(pid, size));
        tasks.filter(|task| task.expected <= stall).take(most).collect()
    }
}

/// How many processes a budget is offered; it reaches some 200, and more only where most are denied.
const REACHED: usize = 1_000;

/// Says what reading a process should take.
///
/// Measured: 57 to 65 ns for each resident page of 4 KiB, and 50 µs for what has nearly none. Huge
/// pages take far less, which nothing tells beforehand.
fn task(pid: Pid, resident: Bytes) -> Task {
    let expected = Duration::from_micros((resident.get() >> 16).saturating_add(50));
    Task { pid, expected, patience: Duration::from_millis(250) + 4 * expected }
}

/// What a process has of what it shares, and what it has alone.
#[derive(Clone, Copy, Debug)]
struct Share {
    pss: Option<Bytes>,
    uss: Option<Bytes>,
}

/// What was told of a process, and who it was then; `None` where it has ended.
type Answer = Option<(StartTicks, Reading<Share>)>;

/// Adds their shares to processes, as far as the budget goes.
pub(super) fn read(aside: &mut Aside, shares: Shares, missed: &mut Missed, processes: &mut [Process]) {
    let tasks = shares.tasks(processes);
    if tasks.is_empty() {
        return;
    }
    let told = aside.read(tasks, shares.bounds(), share);
    missed.given_up += told.given_up;
    let mut answers: HashMap<Pid, (StartTicks, Share)> = HashMap::new();
    for (pid, answer) in told.answers {
        // Who has ended meanwhile has been counted as alive, and its share is not known.
        let Some((start, share)) = answer else { continue };
        if let Some(share) = missed.take(share) {
            answers.insert(pid, (start, share));
        }
    }
    for process in processes {
        if let Some((start, share)) = answers.get(&process.pid)
            && *start == process.start_ticks
        {
            (process.pss_bytes, process.uss_bytes) = (share.pss, share.uss);
        }
    }
}

fn share(tree: &dyn Tree, pid: Pid) -> Answer {
    let parts = Parts { stat: true, smaps_rollup: true, ..Parts::default() };
    let read = processes::one(tree, pid, parts)?;
    let start = StartTicks::new(read.stat.known()?.start_ticks);
    Some((start, read.smaps_rollup.map(|read| Share { pss: read.share, uss: read.unshared() })))
}

#[cfg(test)]
mod tests {
    use oomkit_core::ident::Comm;

    use super::*;

    fn process(pid: i64, mib: Option<u64>) -> Process {
        let mut process = Process::new(Pid::new(pid), StartTicks::new(1), Comm::default());
        process.rss_bytes = mib.map(|mib| Bytes::new(mib << 20));
        process
    }

    #[test]
    fn the_largest_come_first_and_tasks_of_the_kernel_never() {
        let processes = [
            process(1, Some(4)),
            process(2, None),
            process(3, Some(0)),
            process(4, Some(900)),
            process(5, Some(4)),
        ];
        let pids = |shares: Shares| -> Vec<i64> {
            shares.tasks(&processes).iter().map(|task| task.pid.get()).collect()
        };
        for (shares, expected) in [
            (Shares::Nothing, &[][..]),
            (Shares::Auto, &[1, 5]),
            (Shares::Top(2), &[4, 1]),
            (Shares::Top(9), &[4, 1, 5]),
            (Shares::All, &[4, 1, 5]),
        ] {
            assert_eq!(pids(shares), expected, "{shares:?}");
        }
    }

    #[test]
    fn no_process_is_stalled_for_long_unless_asked_for() {
        let fits = |mib: u64, shares: Shares| !shares.tasks(&[process(1, Some(mib))]).is_empty();
        assert!(fits(1, Shares::Auto) && fits(150, Shares::Auto) && !fits(160, Shares::Auto));
        assert!(fits(160, Shares::Top(1)) && fits(1 << 20, Shares::All));
        let giant = task(Pid::new(1), Bytes::new(200 << 30));
        assert!(Duration::from_secs(3) < giant.expected && 4 * giant.expected < giant.patience);
    }
}
