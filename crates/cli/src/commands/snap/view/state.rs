//! State: what is shown, and nothing that reads or draws.

use std::rc::Rc;

use oomkit_snap::{name::Name, snapshot::Snapshot};

use super::{
    line::{Line, Tick, Window},
    rows::{self, Key, Row, Sort},
};

/// In which direction one moves through time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Way {
    /// To what was before.
    #[default]
    Back,
    /// To what came after.
    Forth,
}

/// Which table is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tab {
    /// Control groups.
    #[default]
    Cgroups,
    /// Processes.
    Processes,
}

/// How much time the chart shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Zoom(usize);

impl Zoom {
    const HOUR: u64 = 3_600_000_000;
    const STEPS: [(&'static str, Option<u64>); 5] = [
        ("1 h", Some(Self::HOUR)),
        ("6 h", Some(6 * Self::HOUR)),
        ("1 d", Some(24 * Self::HOUR)),
        ("7 d", Some(7 * 24 * Self::HOUR)),
        ("all", None),
    ];

    /// Shows less time.
    pub(super) const fn closer(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// Shows more time.
    pub(super) const fn wider(self) -> Self {
        if self.0 + 1 < Self::STEPS.len() { Self(self.0 + 1) } else { self }
    }

    /// Returns what it is called, and its length in microseconds; `None` for all there is.
    pub(super) fn step(self) -> (&'static str, Option<u64>) {
        Self::STEPS.get(self.0).copied().unwrap_or(("all", None))
    }
}

/// A day is what a store has of each minute.
impl Default for Zoom {
    fn default() -> Self {
        Self(2)
    }
}

/// What there is to show of the moment.
#[derive(Clone, Debug, Default)]
pub(super) enum Page {
    /// Nothing was read yet.
    #[default]
    Empty,
    /// A snapshot, and the one before it in the same boot where that can be read.
    Snapshot {
        /// The snapshot.
        now: Rc<Snapshot>,
        /// The one before.
        before: Option<Rc<Snapshot>>,
    },
    /// A snapshot that cannot be read, and why.
    Damaged(String),
}

/// The pictures over time, a figure for each column.
#[derive(Clone, Debug, Default)]
pub(super) struct Chart {
    /// The time that it shows.
    pub(super) window: Window,
    /// The least that was available.
    pub(super) available: Vec<Option<u64>>,
    /// The most that the selected row used; empty where none is selected.
    pub(super) selected: Vec<Option<u64>>,
}

/// What is shown.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Whether to use color.
    pub(super) color: bool,
    /// Whether letters beyond ASCII can be shown.
    pub(super) unicode: bool,
    /// The columns of the screen.
    pub(super) width: usize,
    /// The path of the store, escaped.
    pub(super) store: String,
    /// All snapshots.
    pub(super) line: Line,
    /// Which of them is shown, from 0.
    pub(super) at: usize,
    /// In which direction the last step went, and so where to look for one that can be read.
    pub(super) way: Way,
    /// What there is of it.
    pub(super) page: Page,
    /// Which table is shown.
    pub(super) tab: Tab,
    /// The control group whose processes are shown, and its row, to come back to.
    pub(super) inside: Option<(Name, Row)>,
    /// How rows are sorted.
    pub(super) sort: Sort,
    /// What rows have to hold.
    pub(super) filter: String,
    /// Whether the filter is being written.
    pub(super) typing: bool,
    /// Whether the help is shown.
    pub(super) help: bool,
    /// How much time the chart shows.
    pub(super) zoom: Zoom,
    /// The selected row, as it was when it was last seen.
    pub(super) selected: Option<Row>,
    /// The rows in their order; `None` where the snapshot has none.
    pub(super) rows: Option<Vec<Row>>,
    /// The pictures.
    pub(super) chart: Chart,
    /// What there is to say.
    pub(super) note: Option<String>,
}

impl State {
    /// Returns the snapshot that is shown, as far as its plain row tells.
    pub(super) fn tick(&self) -> Option<&Tick> {
        self.line.get(self.at)
    }

    /// Returns where the selected row stands in the table.
    pub(super) fn position(&self) -> Option<usize> {
        let key = &self.selected.as_ref()?.key;
        self.rows.as_ref()?.iter().position(|row| row.key == *key)
    }

    /// Selects the row at a place in the table.
    pub(super) fn select(&mut self, at: usize) {
        let rows = self.rows.as_deref().unwrap_or_default();
        if let Some(row) = rows.get(at.min(rows.len().saturating_sub(1))) {
            self.selected = Some(row.clone());
        }
    }

    /// Makes the rows anew: after a step, or as they are to be sorted, filtered or looked into.
    pub(super) fn arrange(&mut self) {
        let inside = self.inside.as_ref().map(|(group, _)| group);
        let rows = match (&self.page, self.tab) {
            (Page::Empty | Page::Damaged(_), _) => None,
            (Page::Snapshot { now, before }, Tab::Cgroups) => rows::cgroups(now, before.as_deref()),
            (Page::Snapshot { now, before }, Tab::Processes) => {
                rows::processes(now, before.as_deref(), inside)
            }
        };
        self.rows = rows.map(|mut rows| {
            let text = self.filter.to_lowercase();
            rows.retain(|row| row.has(&text));
            self.sort.apply(&mut rows);
            rows
        });
        if let Some(at) = self.position() {
            self.select(at);
        }
    }

    /// Shows the processes of the selected control group.
    pub(super) fn enter(&mut self) {
        let Some(row) = self.selected.clone() else { return };
        if let Key::Cgroup(path, _) = &row.key {
            self.inside = Some((path.clone(), row));
            self.show(Tab::Processes);
        }
    }

    /// Undoes the last of what narrows the view; the filter, then the look inside of a group, then the selection.
    pub(super) fn leave(&mut self) {
        if !self.filter.is_empty() {
            self.filter.clear();
            self.arrange();
        } else if let Some((_, row)) = self.inside.take() {
            self.show(Tab::Cgroups);
            self.selected = Some(row);
            self.arrange();
        } else {
            self.selected = None;
        }
    }

    /// Shows a table from its top.
    pub(super) fn show(&mut self, tab: Tab) {
        self.tab = tab;
        self.selected = None;
        self.filter.clear();
        self.arrange();
    }
}
