//! History: what the state needs of the store, read when it is needed.
//!
//! Few snapshots are in memory at a time: the one that is shown, the one before it, and what was
//! shown last.

use std::{collections::VecDeque, rc::Rc};

use oomkit_core::cgroup::lies_in;
use oomkit_snap::{
    facts,
    name::Name,
    snapshot::Snapshot,
    store::{Error, Kind, SnapshotId, Span, Store, Summed},
};

use super::{
    line::{Columns, Line},
    rows::Series,
    state::{Page, State, Way},
};

/// How many snapshots are kept in memory.
const KEPT: usize = 4;

/// How many snapshots in a row are tried where they cannot be read: some hours of them.
const TRIES: usize = 1000;

/// Reads a store for the view.
pub(super) struct History {
    store: Store,
    kept: VecDeque<(SnapshotId, Rc<Snapshot>)>,
    /// What the store's version was when it was read.
    version: i64,
    /// Ten minutes in which control groups may have had kills; read when first asked for.
    deadly: Option<Vec<Span>>,
    /// The number of the snapshot on the page.
    shown: Option<SnapshotId>,
}

impl History {
    /// Takes a store, and reads what it has into the state; the newest snapshot is to be shown.
    pub(super) fn open(store: Store, state: &mut State) -> Result<Self, Error> {
        // Before the rows, so that what is written meanwhile is noticed.
        let version = store.version()?;
        state.line = Line::read(&store)?;
        state.at = state.line.len().saturating_sub(1);
        Ok(Self { store, kept: VecDeque::new(), version, deadly: None, shown: None })
    }

    /// Takes over what others have written since.
    pub(super) fn renew(&mut self, state: &mut State) {
        let read = self.store.version().and_then(|version| {
            let line = (version != self.version).then(|| Line::read(&self.store)).transpose()?;
            Ok((version, line))
        });
        match read {
            Ok((version, Some(line))) => {
                let id = state.tick().map(|tick| tick.id);
                state.line = line;
                state.at = id.map_or(0, |id| state.line.find(id));
                (self.version, self.deadly) = (version, None);
            }
            Ok((_, None)) => {}
            // What was read before is still there to look at.
            Err(error) => state.note = Some(why(&error)),
        }
    }

    /// Reads what the state asks for: the snapshot, its rows, the pictures.
    pub(super) fn settle(&mut self, state: &mut State) {
        if state.tick().map(|tick| tick.id) != self.shown {
            self.turn(state);
            state.arrange();
        }
        let (_, length) = state.zoom.step();
        let window = state.line.window(state.at, length);
        state.chart.window = window;
        state.chart.available = state.line.available(window, state.width);
        let selected = state.selected.as_ref().map(|row| self.most(state, &row.series));
        state.chart.selected = selected.unwrap_or_else(|| Ok(Vec::new())).unwrap_or_else(|error| {
            state.note = Some(why(&error));
            Vec::new()
        });
    }

    /// Turns to the snapshot that is asked for, or to the next one that can be read.
    fn turn(&mut self, state: &mut State) {
        let (start, mut skipped, mut reason) = (state.at, 0_usize, String::new());
        let mut at = Some(start);
        while let (Some(candidate), true) = (at, skipped < TRIES) {
            let Some(id) = state.line.get(candidate).map(|tick| tick.id) else { break };
            match self.read(id) {
                Ok(now) => {
                    let before = state.line.before(candidate).map(|tick| tick.id);
                    let before = before.and_then(|id| self.read(id).ok());
                    state.at = candidate;
                    state.page = Page::Snapshot { now, before };
                    if 0 < skipped {
                        state.note = Some(skipped_note(skipped, start, &reason));
                    }
                    self.shown = Some(id);
                    return;
                }
                Err(why) if skipped == 0 => reason = why,
                Err(_) => {}
            }
            skipped += 1;
            at = match state.way {
                Way::Back => candidate.checked_sub(1),
                Way::Forth => Some(candidate + 1),
            };
        }
        self.shown = state.tick().map(|tick| tick.id);
        state.page = if self.shown.is_some() { Page::Damaged(reason) } else { Page::Empty };
    }

    /// Reads a snapshot, or takes it from the few that are kept.
    fn read(&mut self, id: SnapshotId) -> Result<Rc<Snapshot>, String> {
        if let Some(at) = self.kept.iter().position(|(kept, _)| *kept == id)
            && let Some((id, snapshot)) = self.kept.remove(at)
        {
            self.kept.push_back((id, Rc::clone(&snapshot)));
            return Ok(snapshot);
        }
        let snapshot = self.store.snapshot(id).map(Rc::new).map_err(|error| why(&error))?;
        if KEPT <= self.kept.len() {
            self.kept.pop_front();
        }
        self.kept.push_back((id, Rc::clone(&snapshot)));
        Ok(snapshot)
    }

    /// Returns the most that a row used in each column, from sums of ten minutes.
    fn most(&self, state: &State, series: &Series) -> Result<Vec<Option<u64>>, Error> {
        let window = state.chart.window;
        let mut columns = Columns::new(window, state.width);
        let of = match series {
            Series::Cgroup(path, hierarchy) => Summed::Cgroup(path, *hierarchy),
            Series::Name(comm, uid) => Summed::Name(comm, *uid),
        };
        for (boot, first, last) in state.line.pieces(window) {
            self.store.most(of, boot, (first.clock, last.clock), |span, most| {
                // Sums hold for their ten minutes, as far as snapshots were taken in them.
                let start = span.start.max(first.clock).since(first.clock).micros();
                let end = span.end().min(last.clock).since(first.clock).micros();
                let place = first.elapsed + start..first.elapsed + end;
                columns.fill(place, most.get(), u64::max);
            })?;
        }
        Ok(columns.cells)
    }

    /// Moves to the nearest snapshot in which a count of kills has risen since the one before.
    pub(super) fn seek_kill(&mut self, state: &mut State, way: Way) {
        let machine = nearest(state.line.deadly().iter().copied(), state.at, way);
        let group = match self.killed_in_group(state, way) {
            Ok(group) => group,
            Err(error) => {
                state.note = Some(why(&error));
                return;
            }
        };
        let found = match way {
            Way::Back => machine.max(group),
            Way::Forth => [machine, group].into_iter().flatten().min(),
        };
        let Some(found) = found else {
            let direction = match way {
                Way::Back => "before",
                Way::Forth => "after",
            };
            state.note = Some(format!("no OOM kill was counted {direction} this snapshot"));
            return;
        };
        (state.at, state.way) = (found, way);
        self.settle(state);
        if state.at == found {
            state.note = Some(self.kill_note(state));
        }
    }

    /// Finds the nearest snapshot in which a control group's count has risen.
    fn killed_in_group(&mut self, state: &State, way: Way) -> Result<Option<usize>, Error> {
        let spans = match self.deadly.take() {
            Some(spans) => spans,
            None => self.store.deadly_spans()?,
        };
        let mut ranges: Vec<_> =
            spans.iter().map(|span| state.line.within(&span.boot_id, span.start, span.end())).collect();
        self.deadly = Some(spans);
        if way == Way::Back {
            ranges.reverse();
        }
        for range in ranges {
            let mut candidates: Vec<usize> = range.filter(|at| is_beyond(*at, state.at, way)).collect();
            if way == Way::Back {
                candidates.reverse();
            }
            if let Some(found) = candidates.into_iter().find(|at| self.has_killed(state, *at)) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn has_killed(&mut self, state: &State, at: usize) -> bool {
        self.pair(state, at).is_some_and(|(before, now)| !facts::killed_between(&before, &now).is_empty())
    }

    /// Reads a snapshot and the last one before it in the same boot that can be read.
    fn pair(&mut self, state: &State, at: usize) -> Option<(Rc<Snapshot>, Rc<Snapshot>)> {
        let now = self.read(state.line.get(at)?.id).ok()?;
        let mut earlier = at;
        for _ in 0..TRIES {
            let before = state.line.before(earlier)?.id;
            if let Ok(before) = self.read(before) {
                return Some((before, now));
            }
            earlier -= 1;
        }
        None
    }

    /// Says where kills were counted.
    fn kill_note(&mut self, state: &State) -> String {
        let mut parts = Vec::new();
        if let Some((before, now)) = self.pair(state, state.at) {
            let groups = facts::killed_between(&before, &now);
            // A group counts the kills of those below it too; the lowest ones tell where it was.
            let is_lowest = |path: &Name| !groups.iter().any(|(other, _)| lies_below(other, path));
            let lowest = groups.iter().filter(|(path, _)| is_lowest(path));
            parts.extend(lowest.map(|(path, kills)| format!("{kills} in {path}")));
        }
        if let (Some(kills), true) = (state.tick().and_then(|tick| tick.killed), parts.is_empty()) {
            parts.push(format!("{kills} on the machine"));
        }
        format!("OOM kills since the snapshot before: {}", parts.join(", "))
    }
}

fn lies_below(path: &Name, other: &Name) -> bool {
    path != other && lies_in(path.as_bytes(), other.as_bytes())
}

fn is_beyond(at: usize, from: usize, way: Way) -> bool {
    match way {
        Way::Back => at < from,
        Way::Forth => from < at,
    }
}

/// Returns the nearest one beyond a place; they are in order.
fn nearest(mut places: impl DoubleEndedIterator<Item = usize>, from: usize, way: Way) -> Option<usize> {
    match way {
        Way::Back => places.rfind(|at| *at < from),
        Way::Forth => places.find(|at| from < *at),
    }
}

fn why(error: &Error) -> String {
    match error.kind() {
        Kind::Missing | Kind::NoSnapshot => "it was deleted meanwhile".into(),
        Kind::Damaged => "it is damaged; `oomkit snap verify` tells what can be read".into(),
        _ => error.to_string(),
    }
}

fn skipped_note(count: usize, first: usize, reason: &str) -> String {
    match count {
        1 => format!("snapshot {} cannot be read, and was skipped: {reason}", first + 1),
        count => {
            format!("{count} snapshots from {} on cannot be read, and were skipped: {reason}", first + 1)
        }
    }
}
