//! `oomkit snap trend`: what keeps growing, how fast, and when it reaches its limit.

use std::cmp::Reverse;

use clap::{Args, ValueEnum};
use oomkit_core::{
    document::{Block, Chart, Document, Tone, Topic},
    ident::{Comm, Uid},
    limit::Limit,
    units::{ByteDelta, Bytes},
};
use oomkit_snap::{
    curve,
    snapshot::{ProcessId, Snapshot},
    trend::{Arrival, Doubt, Overview, Point, Rate, Room, Subject, Tracked, Tracker, Until, Verdict},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Place,
    answer::{Answer, Cell, Format, Head, Sheet},
    pick::{self, SpanArgs},
    store, words,
};
use crate::{
    args::Global,
    exit::{self, Code},
    failure::Failure,
    terminal::Terminal,
};

/// How wide the picture of a history is.
const WIDE: usize = 12;

/// How many curves a page draws: the machine's, and those of what grows.
const CURVES: usize = 3;

/// What holds less than this and moves by less is left out of a page.
const SMALL: u64 = 1 << 20;

#[derive(Debug, Args)]
pub(super) struct TrendArgs {
    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    span: SpanArgs,

    /// Whom to look at
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    by: Tracking,

    /// How many rows to show at most
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 20)]
    most: usize,

    /// The format of the output; csv has all rows
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// Who is looked at; the machine always is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Tracking {
    /// Names and control groups
    #[default]
    All,
    /// Each process for itself
    Process,
    /// All processes of a name and a user
    Name,
    /// Control groups
    Cgroup,
    /// The machine alone
    Machine,
}

impl Tracking {
    const fn wants(self, subject: &Subject) -> bool {
        match subject {
            Subject::Machine => true,
            Subject::Process(_) => matches!(self, Self::Process),
            Subject::Name(..) => matches!(self, Self::All | Self::Name),
            Subject::Cgroup(..) => matches!(self, Self::All | Self::Cgroup),
        }
    }
}

/// What `oomkit snap trend --format json` writes.
#[derive(Serialize, JsonSchema)]
pub(crate) struct TrendDocument {
    /// The name of this schema.
    #[schemars(extend("const" = "oomkit.snapshot-trend/v1"))]
    schema: &'static str,
    /// How many snapshots were looked at.
    snapshots: u64,
    /// How many of them cannot be read.
    damaged: u64,
    /// Who was looked at, what needs care first.
    subjects: Vec<TrendRow>,
}

/// Who was looked at, and what it did.
#[derive(Serialize, JsonSchema)]
struct TrendRow {
    #[serde(flatten)]
    tracked: Tracked,
    /// The name of a process.
    comm: Option<String>,
    /// When its room is used up, for what keeps growing.
    arrival: Option<Arrival>,
    /// What it held.
    history: Vec<Point>,
}

/// What was seen in the snapshots of a store.
struct Seen {
    tracked: Vec<Tracked>,
    last: Option<Snapshot>,
    snapshots: u64,
    damaged: u64,
    /// Whether earlier boots were left aside.
    is_later_boot: bool,
}

/// Runs the verb.
pub(super) fn run(args: TrendArgs, global: &Global, terminal: &Terminal) -> Result<&'static Code, Failure> {
    let store = store::read(args.place.store)?;
    let entries = args.span.entries(&store)?;
    // What grew before a boot is gone with it.
    let boot = entries.last().ok_or_else(pick::empty)?.moment.boot_id.clone();
    let ids: Vec<_> =
        entries.iter().filter(|entry| entry.moment.boot_id == boot).map(|entry| entry.id).collect();
    let is_later_boot = ids.len() < entries.len();
    let Overview { mut tracked, last, snapshots, damaged } =
        Tracker::over(&store, terminal.counted(0..ids.len(), ids));
    tracked.retain(|tracked| args.by.wants(&tracked.subject));
    tracked.sort_by_cached_key(|tracked| (urgency(tracked), tracked.subject.clone()));
    let seen = Seen { tracked, last, snapshots, damaged, is_later_boot };
    let code = answer(seen, args.most, terminal.look().unicode).write(args.format, global, terminal)?;
    Ok(if damaged == 0 { code } else { &exit::STORE })
}

/// Returns what sorts subjects: what is there, what reaches its limit first, then what grows fastest, then the
/// largest.
fn urgency(tracked: &Tracked) -> impl Ord + use<> {
    let soon = arrival(tracked).map_or(u64::MAX, |arrival| arrival.likely.micros());
    let rate = growth(tracked).map_or(0, |rate| rate.per_hour_bytes.get());
    (tracked.ended.is_some(), Reverse(0 < rate), soon, Reverse(rate), Reverse(now(tracked)))
}

/// Returns how fast a subject grows, or grew until it ended.
const fn growth(tracked: &Tracked) -> Option<Rate> {
    match tracked.trend.verdict {
        Verdict::Grows(rate) | Verdict::GrowsInRounds(rate) => Some(rate),
        _ => None,
    }
}

fn arrival(tracked: &Tracked) -> Option<Arrival> {
    tracked.trend.fills(tracked.room?.bytes)
}

/// Returns what a subject holds at the last moment at which it was seen, if it has not ended since.
fn now(tracked: &Tracked) -> Option<Bytes> {
    let last = tracked.pieces.iter().flatten().next_back().filter(|_| tracked.ended.is_none());
    last.map(|point| point.size)
}

fn comm_of(last: Option<&Snapshot>, id: &ProcessId) -> Option<String> {
    let is_it = |process: &&oomkit_snap::snapshot::Process| {
        process.pid == id.pid && process.start_ticks == id.start_ticks
    };
    last?.processes.as_ref()?.iter().find(is_it).map(|process| process.comm.to_string())
}

impl Seen {
    /// Names a subject: a process by its name too, where the last snapshot has it, and a name by its user,
    /// where several have one of it.
    fn name(&self, tracked: &Tracked) -> String {
        let words = words::subject(&tracked.subject);
        match &tracked.subject {
            Subject::Process(id) => match comm_of(self.last.as_ref(), id) {
                Some(comm) => format!("{comm} ({words})"),
                None => words,
            },
            Subject::Name(comm, uid) if self.is_of_several(comm) => match uid {
                Some(uid) => format!("{words} (user {uid})"),
                None => format!("{words} (user not known)"),
            },
            _ => words,
        }
    }

    fn is_of_several(&self, comm: &Comm) -> bool {
        let same = |tracked: &&Tracked| matches!(&tracked.subject, Subject::Name(other, _) if other == comm);
        1 < self.tracked.iter().filter(same).count()
    }
}

fn answer(seen: Seen, most: usize, unicode: bool) -> Answer<TrendDocument> {
    let sheet = sheet(&seen, unicode);
    let document = page(&seen, &sheet, most);
    let Seen { tracked, last, snapshots, damaged, .. } = seen;
    let row = |tracked: Tracked| TrendRow {
        comm: match &tracked.subject {
            Subject::Process(id) => comm_of(last.as_ref(), id),
            _ => None,
        },
        arrival: arrival(&tracked),
        history: tracked.pieces.iter().flatten().copied().collect(),
        tracked,
    };
    let subjects = tracked.into_iter().map(row).collect();
    let json = TrendDocument { schema: "oomkit.snapshot-trend/v1", snapshots, damaged, subjects };
    Answer { json, topic: Topic::Snapshots, document, sheet }
}

fn sheet(seen: &Seen, unicode: bool) -> Sheet {
    const HEADS: [Head; 14] = [
        Head::words("who", "subject"),
        Head::words("what it does", "verdict"),
        Head::figures("an hour", "per_hour_bytes"),
        Head::figures("", "per_hour_low_bytes"),
        Head::figures("", "per_hour_high_bytes"),
        Head::figures("now", "held_bytes"),
        Head::figures("limit", "limit_bytes"),
        Head::figures("reached in", "reached_in_seconds"),
        Head::words("", "until"),
        Head::words("history", ""),
        Head::figures("", "snapshots"),
        Head::figures("", "restarts"),
        Head::figures("", "uid"),
        Head::figures("", "pid"),
    ];
    let row = |tracked: &Tracked| {
        let rate = rate(&tracked.trend.verdict);
        let points: Vec<Point> = tracked.pieces.iter().flatten().copied().collect();
        let limit = tracked.limit_bytes.and_then(Limit::size);
        let reached = arrival(tracked).map(|arrival| arrival.likely);
        let (uid, pid) = match &tracked.subject {
            Subject::Name(_, uid) => (uid.map(Uid::get), None),
            Subject::Process(id) => (None, Some(id.pid.get())),
            Subject::Machine | Subject::Cgroup(..) => (None, None),
        };
        let verdict = says(&tracked.trend.verdict);
        vec![
            Cell::Words(seen.name(tracked)),
            Cell::Told { people: seen.shown(tracked, &verdict), programs: verdict },
            told(rate.map(|rate| rate.per_hour_bytes)),
            Cell::Change(rate.map(|rate| rate.low_bytes)),
            Cell::Change(rate.map(|rate| rate.high_bytes)),
            maybe(now(tracked)),
            maybe(limit),
            Cell::Told {
                people: reached.map(|reached| reached.to_string()).unwrap_or_default(),
                programs: reached
                    .map(|reached| (reached.micros() / 1_000_000).to_string())
                    .unwrap_or_default(),
            },
            Cell::Words(arrival(tracked).and(tracked.room).map_or("", until).to_owned()),
            Cell::Told { people: words::spark(&points, WIDE, unicode), programs: String::new() },
            Cell::count(Some(tracked.trend.points)),
            Cell::count(Some(tracked.trend.restarts)),
            Cell::Number(uid),
            Cell::Number(pid),
        ]
    };
    let is_worth = |tracked: &&Tracked| {
        tracked.subject == Subject::Machine
            || rate(&tracked.trend.verdict).is_some()
            || now(tracked).is_some_and(|size| SMALL <= size.get())
    };
    Sheet::new(&HEADS, seen.tracked.iter().filter(is_worth).map(row).collect())
}

/// Says what is reached first, for programs.
const fn until(room: Room) -> &'static str {
    match room.until {
        Until::Limit => "limit",
        Until::MachineFull => "machine-full",
    }
}

/// A size of which people read nothing where there is none.
fn maybe(size: Option<Bytes>) -> Cell {
    Cell::Told {
        people: size.map(|size| size.to_string()).unwrap_or_default(),
        programs: size.map(|size| size.get().to_string()).unwrap_or_default(),
    }
}

/// A change of which people read nothing where there is none.
fn told(change: Option<ByteDelta>) -> Cell {
    Cell::Told {
        people: change.map(|change| change.to_string()).unwrap_or_default(),
        programs: change.map(|change| change.get().to_string()).unwrap_or_default(),
    }
}

const fn rate(verdict: &Verdict) -> Option<Rate> {
    match verdict {
        Verdict::Grows(rate) | Verdict::GrowsInRounds(rate) | Verdict::Shrinks(rate) => Some(*rate),
        _ => None,
    }
}

fn says(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Grows(_) => "grows".to_owned(),
        Verdict::GrowsInRounds(_) => "grows in rounds".to_owned(),
        Verdict::Shrinks(_) => "shrinks".to_owned(),
        Verdict::Settled { by_bytes } => format!("settled, {by_bytes}"),
        Verdict::Stepped { by_bytes, .. } => format!("stepped by {by_bytes}"),
        Verdict::Level => "level".to_owned(),
        Verdict::Uncertain { why: Doubt::TooFew } => "too few snapshots".to_owned(),
        Verdict::Uncertain { why: Doubt::MayBeChance } => "may be chance".to_owned(),
        Verdict::Uncertain { why: Doubt::TooFewRounds } => "up and down".to_owned(),
    }
}

impl Seen {
    /// Says what a subject does, or did before it ended, with its restarts.
    fn shown(&self, tracked: &Tracked, verdict: &str) -> String {
        let ended = tracked.ended.zip(self.last.as_ref());
        let words = match (ended, growth(tracked)) {
            (Some((at, last)), Some(_)) => format!("grew, ended {} ago", last.moment.boot_clock.since(at)),
            (Some((at, last)), None) => format!("ended {} ago", last.moment.boot_clock.since(at)),
            (None, _) => verdict.to_owned(),
        };
        match tracked.trend.restarts {
            0 => words,
            1 => format!("{words}, 1 restart"),
            count => format!("{words}, {count} restarts"),
        }
    }
}

fn page(seen: &Seen, sheet: &Sheet, most: usize) -> Document {
    let mut document = Document::new();
    let (tone, words) = headline(seen);
    document.push(Block::Answer(tone, words));
    document.push(Block::Table(sheet.table(most)));
    for chart in curves(seen) {
        document.push(Block::Chart(chart));
    }
    let mut notes = Vec::new();
    let left = sheet.len().saturating_sub(most);
    if 0 < left {
        notes.push(format!("{left} more are left out; --most shows more, --format csv all"));
    }
    if 0 < seen.damaged {
        notes.push(format!("{} snapshots cannot be read; `oomkit snap verify` names them", seen.damaged));
    }
    if seen.is_later_boot {
        notes.push("snapshots of earlier boots are left aside".into());
    }
    if seen.tracked.iter().any(|tracked| matches!(tracked.subject, Subject::Cgroup(..))) {
        notes.push("control groups count without their file cache, which is given back before a kill".into());
    }
    notes.push("a rate is said where chance would make it in less than one of a hundred cases".into());
    document.push(Block::Notes(notes));
    document
}

/// Draws what grows, what needs care first, and the machine below it.
fn curves(seen: &Seen) -> Vec<Chart> {
    let Some(last) = &seen.last else { return Vec::new() };
    let is_machine = |tracked: &&Tracked| tracked.subject == Subject::Machine;
    let grows = |tracked: &&Tracked| growth(tracked).is_some();
    let growing =
        seen.tracked.iter().filter(|tracked| grows(tracked) && !is_machine(tracked)).take(CURVES - 1);
    let drawn = growing.chain(seen.tracked.iter().find(is_machine)).filter_map(|tracked| {
        let limit = tracked.limit_bytes.and_then(Limit::size);
        curve::chart(&seen.name(tracked), &tracked.pieces, limit, &[], &last.moment)
    });
    drawn.collect()
}

/// Says in one line what reaches its limit first.
fn headline(seen: &Seen) -> (Tone, String) {
    let snapshots = seen.snapshots;
    let is_enough = seen
        .tracked
        .iter()
        .any(|tracked| !matches!(tracked.trend.verdict, Verdict::Uncertain { why: Doubt::TooFew }));
    if !is_enough {
        return (Tone::Doubtful, format!("{snapshots} snapshots are too few to tell what grows"));
    }
    let growing = || seen.tracked.iter().filter_map(|tracked| Some((tracked, growth(tracked)?)));
    let alive = || growing().filter(|(tracked, _)| tracked.ended.is_none());
    let Some((tracked, rate)) = alive().next() else {
        let words = format!("Nothing keeps growing, by {snapshots} snapshots");
        return (
            Tone::Plain,
            words + &growing().next().map_or_else(String::new, |(tracked, rate)| past(seen, tracked, rate)),
        );
    };
    // Where the machine fills up, who fills it is the answer.
    let fills = |(one, by): &(&Tracked, Rate)| {
        let is_machine_full = one.room.is_some_and(|room| room.until == Until::MachineFull);
        one.subject != Subject::Machine
            && is_machine_full
            && rate.per_hour_bytes.get() / 2 <= by.per_hour_bytes.get()
    };
    let culprit = alive().find(fills).filter(|_| tracked.subject == Subject::Machine);
    let (tracked, rate) = culprit.unwrap_or((tracked, rate));
    let by = rate.per_hour_bytes.magnitude();
    let end = arrival(tracked).zip(tracked.room).map(|(arrival, room)| end(tracked, arrival, room));
    (Tone::Bad, format!("{} grows by {by} an hour{}", seen.name(tracked), end.unwrap_or_default()))
}

/// Says what grew until it ended.
fn past(seen: &Seen, tracked: &Tracked, rate: Rate) -> String {
    format!("; {} grew by {} an hour until it ended", seen.name(tracked), rate.per_hour_bytes.magnitude())
}

/// Says what growth reaches, and when.
fn end(tracked: &Tracked, arrival: Arrival, room: Room) -> String {
    let Arrival { likely, soonest, latest } = arrival;
    let latest = latest.map_or_else(|| "or never".into(), |latest| format!("to {latest}"));
    let what = match (room.until, tracked.limit_bytes.and_then(Limit::size)) {
        (Until::Limit, Some(limit)) => format!("it reaches {limit}"),
        (Until::Limit | Until::MachineFull, _) => "the machine is full".to_owned(),
    };
    format!("; at this rate {what} in {likely} ({soonest} {latest})")
}
