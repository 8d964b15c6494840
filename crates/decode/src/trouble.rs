//! Other trouble, gathered in bounded memory: the first and the last of each kind, and what stands
//! before an event.
//!
//! Lines of one kind about one subject are one entry with a count.  A flood of subjects keeps the
//! first ones, the last ones and those near an event; how many lines went with the others is counted.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use bstr::BString;
use jiff::SignedDuration;
use oomkit_core::{
    ident::{text as lossless, visible},
    place::{InputId, LineNo},
    units::{SinceBoot, WallTime},
};

use crate::clock::Clock;
use crate::draft::Line;
use crate::kernel::context::{Trouble, boot::Boot};
use crate::record::WallStamp;
use crate::report::{Context, ContextKind};

mod repeats;
#[cfg(test)]
mod tests;

use repeats::Repeats;

/// The first subjects of a kind that are kept.
const FIRST: usize = 32;
/// The last subjects of a kind that are kept beside them.
const LAST: usize = 32;
/// Subjects whose last lines are remembered for an event that follows.
const RECENT: usize = 64;
/// Subjects that an event is told of.
const BEFORE_EVENT: usize = 16;
/// How long before an event trouble may have something to do with it.
const BEFORE: SignedDuration = SignedDuration::from_mins(10);
/// The same in lines, where the log has no stamps.
const LINES_BEFORE: u64 = 2_000;
/// The longest silence within a series; what comes later is another incident.
const SILENCE: SignedDuration = SignedDuration::from_hours(48);
/// How far stamps may run backwards within a series: programs are not written down in order.
const BACKWARDS: SignedDuration = SignedDuration::from_mins(-60);
/// How far a line may stand from the one that it goes on with.
const GOES_ON: u64 = 64;
/// Hosts whose kernels are remembered.
const HOSTS: usize = 64;
/// The longest line that is kept.
const LONGEST: usize = 1024;

/// Where and when a line was written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moment {
    pub(crate) input: InputId,
    pub(crate) line: LineNo,
    pub(crate) since_boot: Option<SinceBoot>,
    /// People's clock, and whether the year was assumed.
    pub(crate) wall: Option<(WallTime, bool)>,
}

impl Moment {
    /// Returns how long after another moment this one is, on whichever clock both have.
    fn since(&self, other: &Self) -> Option<SignedDuration> {
        if let (Some((now, _)), Some((then, _))) = (self.wall, other.wall) {
            return Some(now.instant().duration_since(then.instant()));
        }
        let micros = |at: SinceBoot| i64::try_from(at.micros()).ok().map(SignedDuration::from_micros);
        micros(self.since_boot?)?.checked_sub(micros(other.since_boot?)?)
    }

    /// Tells whether this moment is shortly after another one.
    fn is_shortly_after(&self, other: &Self) -> bool {
        self.since(other).map_or_else(
            || self.line.get().saturating_sub(other.line.get()) <= LINES_BEFORE,
            // Processors do not write in the order of their stamps.
            |since| (SignedDuration::from_secs(-10)..=BEFORE).contains(&since),
        )
    }
}

/// What one line told first.
#[derive(Debug)]
struct Told {
    trouble: Trouble,
    host: Option<BString>,
    text: BString,
    moment: Moment,
}

impl Told {
    fn is_about(&self, trouble: &Trouble, host: Option<&BString>) -> bool {
        self.trouble.kind == trouble.kind
            && self.trouble.subject == trouble.subject
            && self.host.as_ref() == host
    }
}

/// Lines of one kind about one subject.
#[derive(Debug)]
struct Series {
    first: Rc<Told>,
    last: Moment,
    count: u64,
    near_event: bool,
}

impl Series {
    fn begin(told: Rc<Told>) -> Self {
        let last = told.moment.clone();
        Self { first: told, last, count: 1, near_event: false }
    }

    fn go_on(&mut self, moment: &Moment) {
        self.count += 1;
        self.last.clone_from(moment);
    }

    /// Tells whether a moment may belong to the same incident.
    fn may_go_on_at(&self, moment: &Moment) -> bool {
        moment.since(&self.last).is_none_or(|since| (BACKWARDS..=SILENCE).contains(&since))
    }

    /// Returns what is shown of the series.
    fn context(&self) -> Context {
        let Told { trouble, host, text, moment } = &*self.first;
        Context {
            kind: trouble.kind,
            subject: trouble.subject.clone(),
            detail: trouble.detail.clone(),
            input: moment.input,
            line: moment.line,
            at: moment.wall.map(|(at, _)| at),
            at_year_assumed: moment.wall.is_some_and(|(_, assumed)| assumed),
            since_boot_seconds: moment.since_boot,
            host: host.as_ref().map(|host| visible(host).into_owned()),
            message: lossless(text).into_owned(),
            count: self.count,
            last_input: self.last.input,
            last_line: self.last.line,
            last_at: self.last.wall.map(|(at, _)| at),
            last_since_boot_seconds: self.last.since_boot,
        }
    }
}

/// The series of one kind.
#[derive(Debug, Default)]
struct Room {
    first: Vec<Series>,
    last: VecDeque<Series>,
}

impl Room {
    /// Returns the series, the newest first.
    fn iter_mut(&mut self) -> impl Iterator<Item = &mut Series> {
        self.last.iter_mut().rev().chain(self.first.iter_mut().rev())
    }

    /// Keeps a new series; returns how many lines had to go for it.
    fn push(&mut self, series: Series) -> u64 {
        if self.first.len() < FIRST {
            self.first.push(series);
            return 0;
        }
        self.last.push_back(series);
        if self.last.len() <= LAST {
            return 0;
        }
        let dispensable = self.last.iter().position(|series| !series.near_event).unwrap_or(0);
        self.last.remove(dispensable).map_or(0, |series| series.count)
    }
}

/// The trouble of all inputs.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    input: InputId,
    /// Reads the stamps of the input.
    clock: Option<Clock>,
    rooms: BTreeMap<ContextKind, Room>,
    recent: VecDeque<Series>,
    repeats: Repeats,
    /// Crash kernels that are running: the host, the line that says so, and its text.
    crash_kernels: VecDeque<(Option<BString>, LineNo, BString)>,
    /// Lines of series that had to make room for others.
    pub(crate) left_out: u64,
}

impl Collector {
    /// Starts an input.
    pub(crate) fn begin(&mut self, input: InputId) {
        self.input = input;
        self.recent.clear();
        self.crash_kernels.clear();
    }

    /// Takes what is known of the input's stamps before its first line is read.
    pub(crate) fn set_clock(&mut self, clock: Clock) {
        self.clock = Some(clock);
    }

    fn moment(&self, line: &Line<'_>, own: Option<&WallStamp<'static>>) -> Moment {
        let read = |stamp| self.clock.as_ref().and_then(|clock| clock.read(stamp));
        let wall = own.or(line.wall).and_then(read).map(|moment| (moment.at, moment.assumed.year));
        Moment { input: self.input, line: line.no, since_boot: line.since_boot, wall }
    }

    /// Takes a line in.
    pub(crate) fn take(&mut self, trouble: Trouble, host: Option<&BString>, line: &Line<'_>) {
        let moment = self.moment(line, trouble.wall.as_ref());
        let text = line.text;
        if self.repeats.seen(host, &moment, text) {
            return;
        }
        let room = self.rooms.entry(trouble.kind).or_default();
        if trouble.goes_on && room.iter_mut().any(|series| goes_on(series, &trouble, host, &moment)) {
            return;
        }
        // Each boot is one by itself.
        let collapses = trouble.kind != ContextKind::Boot;
        let same = |series: &&mut Series| collapses && series.first.is_about(&trouble, host);
        let known = room.iter_mut().find(same).filter(|series| series.may_go_on_at(&moment));
        let first = if let Some(series) = known {
            series.go_on(&moment);
            Rc::clone(&series.first)
        } else {
            let text = BString::from(text.get(..LONGEST).unwrap_or(text));
            let first = Rc::new(Told { trouble, host: host.cloned(), text, moment: moment.clone() });
            self.left_out += room.push(Series::begin(Rc::clone(&first)));
            first
        };
        self.remember(&first, &moment);
    }

    /// Keeps a line for an event that may follow.
    fn remember(&mut self, first: &Told, moment: &Moment) {
        let same = |series: &Series| series.first.is_about(&first.trouble, first.host.as_ref());
        let known = self.recent.iter().position(same).and_then(|at| self.recent.remove(at));
        let series = match known {
            Some(mut series) if moment.is_shortly_after(&series.last) => {
                series.go_on(moment);
                series
            }
            // What was long ago has nothing to do with what comes now.
            _ => {
                let told = Told {
                    trouble: first.trouble.clone(),
                    host: first.host.clone(),
                    text: first.text.clone(),
                    moment: moment.clone(),
                };
                Series::begin(Rc::new(told))
            }
        };
        self.recent.push_back(series);
        if RECENT < self.recent.len() {
            self.recent.pop_front();
        }
    }

    /// Returns the trouble shortly before an event, and keeps it from having to make room.
    pub(crate) fn before(&mut self, host: Option<&BString>, line: &Line<'_>) -> Vec<Context> {
        if self.recent.is_empty() {
            return Vec::new();
        }
        let moment = self.moment(line, None);
        let near =
            |series: &&Series| series.first.host.as_ref() == host && moment.is_shortly_after(&series.last);
        let found: Vec<&Series> = self.recent.iter().rev().filter(near).take(BEFORE_EVENT).collect();
        for series in &found {
            let (trouble, room) = (&series.first.trouble, self.rooms.get_mut(&series.first.trouble.kind));
            let mut kept = room.into_iter().flat_map(Room::iter_mut);
            if let Some(kept) = kept.find(|kept| kept.first.is_about(trouble, host)) {
                kept.near_event = true;
            }
        }
        found.into_iter().rev().map(Series::context).collect()
    }

    /// Takes a line of a boot, which tells what kind of kernel runs from now on.
    pub(crate) fn boot(&mut self, boot: Boot, host: Option<&BString>, line: LineNo, text: &[u8]) {
        let known = self.crash_kernels.iter().position(|(of, ..)| of.as_ref() == host);
        match (boot, known) {
            (Boot::Begins, Some(known)) => {
                self.crash_kernels.remove(known);
            }
            (Boot::IsCrashKernel, None) => {
                let text = BString::from(text.get(..LONGEST).unwrap_or(text));
                self.crash_kernels.push_back((host.cloned(), line, text));
                if HOSTS < self.crash_kernels.len() {
                    self.crash_kernels.pop_front();
                }
            }
            (Boot::Begins, None) | (Boot::IsCrashKernel, Some(_)) => {}
        }
    }

    /// Returns the line that says that this host's kernel is a crash kernel.
    pub(crate) fn crash_kernel(&self, host: Option<&BString>) -> Option<(LineNo, BString)> {
        let found = self.crash_kernels.iter().find(|(of, ..)| of.as_ref() == host);
        found.map(|(_, line, text)| (*line, text.clone()))
    }

    /// Returns all that was kept, in the order of time as far as the log tells it.
    pub(crate) fn finish(self) -> Vec<Context> {
        let series = self.rooms.into_values().flat_map(|room| room.first.into_iter().chain(room.last));
        let mut contexts: Vec<Context> = series.map(|series| series.context()).collect();
        contexts.sort_by_key(|context| (context.input, context.line));
        // A line without a stamp stands where the lines before it stand.
        let mut latest = None;
        let mut keyed: Vec<_> = contexts
            .into_iter()
            .map(|context| {
                latest = context.at.map(WallTime::instant).or(latest);
                (latest, context)
            })
            .collect();
        keyed.sort_by_key(|(at, _)| *at);
        keyed.into_iter().map(|(_, context)| context).collect()
    }
}

/// Tells whether a line says more of what a series has told already.
fn goes_on(series: &Series, trouble: &Trouble, host: Option<&BString>, moment: &Moment) -> bool {
    let first = &series.first;
    // An oops says in several lines what went wrong, each time in other words.
    let same = trouble.subject.is_none()
        || trouble.subject == first.trouble.subject
        || trouble.kind == ContextKind::Oops;
    same && first.host.as_ref() == host
        && series.last.input == moment.input
        && moment.line.get().saturating_sub(series.last.line.get()) <= GOES_ON
}
