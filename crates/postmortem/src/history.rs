//! History: the snapshots of a store that lead up to a kill.

use oomkit_core::{ident::text, units::WallTime};
use oomkit_snap::{
    snapshot::{BootClock, Duration, Process, Snapshot},
    store::Store,
    trend::{Overview, Tracked, Tracker},
};

use crate::{
    clocks::{self, Join, Stamp},
    incident::{Apart, NoGrowth},
    who::Who,
};

/// How far back is looked.
const BACK: Duration = Duration::from_seconds(24 * 3600);

/// What the snapshots of a boot tell of the time before a kill.
#[derive(Debug)]
pub(crate) struct History {
    /// Where the kill lies.
    pub(crate) join: Join,
    /// What everybody did before it.
    pub(crate) tracked: Vec<Tracked>,
    /// The last snapshot before it.
    pub(crate) last: Snapshot,
    /// How many snapshots there are.
    pub(crate) snapshots: u64,
    /// How many more there are that cannot be read.
    pub(crate) damaged: u64,
}

impl History {
    /// Reads what a store has of the day before a moment.
    pub(crate) fn read(
        store: &Store,
        stamp: Stamp,
        host: Option<&str>,
        reading: &mut dyn FnMut(usize, usize),
    ) -> Result<Self, NoGrowth> {
        let entries = store.list().map_err(|_| NoGrowth::Damaged)?;
        let join = clocks::join(&entries, stamp).map_err(|because| NoGrowth::Apart { because })?;
        let is_wanted = |at: BootClock| at <= join.at && join.at.since(at) <= BACK;
        let ids: Vec<_> = entries
            .iter()
            .filter(|entry| entry.moment.boot_id == join.boot && is_wanted(entry.moment.boot_clock))
            .map(|entry| entry.id)
            .collect();
        let all = ids.len();
        let ids = ids.into_iter().enumerate().inspect(|(read, _)| reading(*read, all)).map(|(_, id)| id);
        let Overview { tracked, last, snapshots, damaged } = Tracker::over(store, ids);
        let last = last.ok_or(NoGrowth::Damaged)?;
        if !may_be_of(&last, host) {
            return Err(NoGrowth::Apart { because: Apart::OtherHost });
        }
        Ok(Self { join, tracked, last, snapshots, damaged })
    }

    /// Returns how long before the kill the last snapshot was taken.
    pub(crate) fn last_seen(&self) -> Duration {
        self.join.at.since(self.last.moment.boot_clock)
    }

    /// Returns a moment on people's clock, as the store keeps it.
    pub(crate) fn wall(&self, at: BootClock) -> Option<WallTime> {
        self.last.moment.wall(at)
    }

    /// Returns the process that is meant, as it was last seen.
    ///
    /// Where a name alone is known, all that bear it stand for one another only if they share a control
    /// group: what is called `python3` may be anybody's.
    pub(crate) fn process(&self, who: &Who) -> Option<&Process> {
        let comm = who.comm.as_ref()?;
        let mut named = self.last.processes.iter().flatten().filter(|process| process.comm == *comm);
        if let Some(pid) = who.pid {
            return named.find(|process| process.pid == pid);
        }
        let named: Vec<&Process> = named.collect();
        let group = &named.first()?.cgroup;
        let is_one = named.iter().all(|process| process.cgroup == *group);
        let largest =
            named.iter().copied().max_by_key(|process| process.rss_anon_bytes.or(process.rss_bytes));
        largest.filter(|_| is_one)
    }

    /// Adds to the names of somebody what the snapshots know: its program and its control group.
    pub(crate) fn teach(&self, who: &mut Who) {
        let Some(process) = self.process(who) else { return };
        if who.program.is_none()
            && let Some(line) = &process.command_line
        {
            let program = line.as_bytes().split(|byte| *byte == 0).next().unwrap_or_default();
            who.program = String::from_utf8(program.to_vec()).ok().filter(|program| !program.is_empty());
        }
        if who.cgroup.is_none() {
            who.cgroup =
                process.cgroup.as_ref().and_then(|path| String::from_utf8(path.as_bytes().to_vec()).ok());
        }
        if who.workload.is_none() {
            who.workload = who.cgroup.as_deref().and_then(oomkit_core::workload::Workload::of_path);
        }
        who.adj = who.adj.or(process.oom_score_adj);
    }
}

/// Tells whether a snapshot may be of the host that a log names; either may leave out the domain.
fn may_be_of(snapshot: &Snapshot, host: Option<&str>) -> bool {
    let own = snapshot.host.name.as_ref().map(|name| text(name.as_bytes()));
    let short = |name: &str| name.split('.').next().unwrap_or(name).to_ascii_lowercase();
    own.zip(host).is_none_or(|(own, host)| short(&own) == short(host))
}
