//! Many events at a glance: who was killed where, how often and why, and what stands out.

use oomkit_core::{
    document::{Block, Column, Document, Table, Tone},
    place::{InputId, LineNo},
    units::WallTime,
    workload::Workload,
};

use super::{
    Detail, answer, context, kind_words, known,
    times::Times,
    words::{DASH, cell, count, name},
};
use crate::{
    Summary,
    case::lapse,
    digest::{CrashLoop, Digest, EventGroup, Overall, Swarm, Trend},
    report::{Event, EventKind, Input, Scope},
};

/// Groups that are shown.
const SHOWN: usize = 20;

const KINDS: &[EventKind] = &[
    EventKind::OomKill,
    EventKind::OomNoVictim,
    EventKind::Panic,
    EventKind::UserspaceKill,
    EventKind::AllocFailure,
    EventKind::MemoryDump,
];

/// What many events come to; its size does not grow with their number.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    digest: Digest,
    times: Times,
    forged: Vec<Forgery>,
}

#[derive(Clone, Debug)]
struct Forgery {
    input: InputId,
    line: LineNo,
    claim: String,
}

impl Overview {
    /// Counts an event; a forged one apart from the others.
    pub fn add(&mut self, event: &Event) {
        self.digest.add(event);
        if !event.forged {
            event.at.into_iter().for_each(|at| self.times.take(at));
        } else if self.forged.len() < SHOWN {
            let claim = answer::headline(event);
            self.forged.push(Forgery { input: event.input, line: event.first_line, claim });
        }
    }

    /// Returns how many events were counted, forged ones left out.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.digest.events()
    }

    /// Returns how many events user space had forged.
    #[must_use]
    pub const fn forged_events(&self) -> u64 {
        self.digest.forged_events()
    }
}

/// Returns the document for many events.
#[must_use]
pub fn overview_document(
    overview: &Overview,
    inputs: &[Input],
    summary: &Summary,
    detail: Detail,
) -> Document {
    let overall = overview.digest.overall();
    let mut document = Document::new();
    document.push(Block::Answer(Tone::Bad, tally_words(&overall, inputs, summary)));
    if let Some(group) = overall.groups.first().filter(|group| 1 < group.events) {
        document.push(Block::Text(Tone::Plain, most_frequent(group)));
    }
    document.push(Block::Text(Tone::Plain, span_words(&overall)));
    if 0 < overall.forged_events {
        let (one, many) = ("more report is", "more reports are");
        let forged = count(overall.forged_events, one, many);
        let words = format!("{forged} from user space and not counted.");
        document.push(Block::Text(Tone::Doubtful, words));
    }
    if let Some(timeline) = overview.times.timeline("events") {
        document.push(Block::Timeline(timeline));
    }
    push_standing_out(&overall.groups, &mut document);
    document.push(Block::Heading("By kind, victim and limit".into()));
    let (shown, rest) = overall.groups.split_at(overall.groups.len().min(SHOWN));
    document.push(Block::Table(group_table(shown)));
    let left_out =
        rest.iter().map(|group| group.events + group.bystanders).sum::<u64>() + overall.ungrouped_events;
    if 0 < left_out {
        let rest = count(left_out, "event", "events");
        document.push(Block::Text(Tone::Quiet, format!("{rest} more, beyond these {} groups.", shown.len())));
    }
    push_coverage(summary, &mut document);
    context::push(summary, inputs, detail, &mut document);
    document
}

fn tally_words(overall: &Overall, inputs: &[Input], summary: &Summary) -> String {
    let kinds = KINDS.iter().filter_map(|kind| {
        let (one, many) = kind_words(*kind);
        let times = overall.kinds.iter().find(|count| count.kind == *kind)?.events;
        Some(count(times, one, many))
    });
    let kinds = kinds.collect::<Vec<_>>().join(", ");
    // Nobody knows how many reports the rate limit has swallowed.
    let least = if 0 < summary.coverage.reports_suppressed && !kinds.is_empty() { "At least " } else { "" };
    let kinds = if kinds.is_empty() { "No events".into() } else { kinds };
    format!("{least}{kinds} in {}.", count(inputs.len() as u64, "input", "inputs"))
}

fn most_frequent(group: &EventGroup) -> String {
    let biggest = group.biggest_bytes.map_or_else(String::new, |size| format!(", at most {size}"));
    let times = count(group.events, "time", "times");
    let kind = kind_words(group.kind).0;
    format!("Most often: {kind} of {} ({}), {times}{biggest}.", victim(group), whose(group))
}

fn span_words(overall: &Overall) -> String {
    match (overall.first_at, overall.last_at) {
        (Some(first), Some(last)) if first == last => format!("At {first}."),
        (Some(first), Some(last)) => format!("From {first} to {last}."),
        _ => "The times of day are not in the log.".into(),
    }
}

fn victim(group: &EventGroup) -> String {
    group.victim.as_deref().map_or_else(|| DASH.to_owned(), |victim| name(victim).into_owned())
}

/// Says whose memory it was, by the names that the answer to a single event has.
fn whose(group: &EventGroup) -> String {
    let runs = group.label.clone().or_else(|| group.workload.as_ref().map(Workload::describe));
    match (group.scope, runs, group.cgroup.as_deref()) {
        (Scope::Memcg, Some(runs), _) => runs,
        (Scope::Memcg, None, Some(path)) => name(path).into_owned(),
        (Scope::Memcg, None, None) => "a cgroup".into(),
        (Scope::Global, ..) => "the machine".into(),
        (Scope::Cpuset, ..) => "a cpuset".into(),
        (Scope::Mempolicy, ..) => "a memory policy".into(),
        (Scope::Sysrq, ..) => "asked for by hand".into(),
        (Scope::Unknown, ..) => DASH.into(),
    }
}

/// Says what is more than a row of the table: loops, swarms, and who died by accident.
fn push_standing_out(groups: &[EventGroup], document: &mut Document) {
    let notes: Vec<String> = groups
        .iter()
        .flat_map(|group| {
            let looped = group.crash_loop.as_ref().map(|found| loop_words(group, found));
            let swarm = group.swarm.as_ref().map(|swarm| swarm_words(group, swarm));
            [looped, swarm, bystander_words(group)]
        })
        .flatten()
        .take(SHOWN)
        .collect();
    if !notes.is_empty() {
        document.push(Block::Heading("What stands out".into()));
        document.push(Block::Notes(notes));
    }
}

fn loop_words(group: &EventGroup, found: &CrashLoop) -> String {
    let every =
        found.every_seconds.map_or_else(String::new, |every| format!(", about every {}", lapse(every)));
    let sizes = match (found.trend, found.first_bytes, found.last_bytes) {
        (Some(Trend::Growing), Some(first), Some(last)) => format!(", growing from {first} to {last}"),
        (Some(Trend::Shrinking), Some(first), Some(last)) => format!(", shrinking from {first} to {last}"),
        (Some(Trend::Steady), _, Some(last)) => format!(", each time at about {last}"),
        _ => String::new(),
    };
    let kills = count(group.events, "kill", "kills");
    format!("{} ({}) is in a crash loop: {kills}{every}{sizes}", victim(group), whose(group))
}

fn swarm_words(group: &EventGroup, swarm: &Swarm) -> String {
    let filled = if group.scope == Scope::Memcg { "the cgroup" } else { "the machine" };
    format!(
        "{} of {}: together they filled {filled}; up to {} at once held {} of {}",
        count(group.events, "kill", "kills"),
        victim(group),
        swarm.most_tasks,
        swarm.together_bytes,
        swarm.whole_bytes
    )
}

fn bystander_words(group: &EventGroup) -> Option<String> {
    (0 < group.bystanders).then(|| {
        let names = group.bystander_names.iter().map(|comm| name(comm)).collect::<Vec<_>>().join(", ");
        let more = if (group.bystander_names.len() as u64) < group.bystanders { " and others" } else { "" };
        let bystanders = count(group.bystanders, "bystander", "bystanders");
        format!(
            "{} was killed, and {bystanders} after it, while its memory was on its way back: {names}{more}",
            victim(group)
        )
    })
}

fn group_table(groups: &[EventGroup]) -> Table {
    let has_hosts =
        groups.iter().any(|group| group.host != groups.first().and_then(|first| first.host.clone()));
    let mut columns = vec![Column::figures("events")];
    columns.extend(["kind", "victim", "whose memory"].map(Column::words));
    columns.extend(has_hosts.then(|| Column::words("host")));
    columns.extend([Column::words("cause"), Column::figures("biggest")]);
    columns.push(Column { shrinks: false, ..Column::words("when") });
    let rows = groups.iter().map(|group| {
        let mut row = vec![events(group), kind_words(group.kind).0.to_owned(), victim(group), whose(group)];
        row.extend(has_hosts.then(|| cell(group.host.as_deref().map(name))));
        row.extend([cell(cause(group)), cell(group.biggest_bytes), cell(when(group))]);
        row
    });
    known(Table { rows: rows.collect(), columns, marked: Vec::new() })
}

/// Counts the events, and with a plus the bystanders among them.
fn events(group: &EventGroup) -> String {
    match group.bystanders {
        0 => group.events.to_string(),
        more => format!("{}+{more}", group.events),
    }
}

/// Returns the cause that most events have, of those that have one.
fn cause(group: &EventGroup) -> Option<String> {
    let mut known = group.causes.iter().filter_map(|count| count.cause.as_deref());
    let first = known.next()?;
    let others = known.any(|cause| cause != first);
    Some(if others { format!("{}, …", name(first)) } else { name(first).into_owned() })
}

/// Returns a span in the few letters that a table has room for: no seconds, no offset.
fn when(group: &EventGroup) -> Option<String> {
    let to_minute = |at: WallTime| -> (String, String) {
        let at = at.to_string();
        let (day, time) = at.split_once('T').unwrap_or((&at, ""));
        (day.to_owned(), time.chars().take("15:45".len()).collect())
    };
    let (first_day, first_time) = to_minute(group.first_at?);
    let (last_day, last_time) = to_minute(group.last_at?);
    Some(if first_day != last_day {
        format!("{first_day} to {last_day}")
    } else if first_time != last_time {
        format!("{first_day} {first_time} to {last_time}")
    } else {
        format!("{first_day} {first_time}")
    })
}

fn push_coverage(summary: &Summary, document: &mut Document) {
    let coverage = &summary.coverage;
    let mut notes = Vec::new();
    if 0 < coverage.duplicate_events {
        let events = count(coverage.duplicate_events, "event stands", "events stand");
        notes.push(format!("{events} in the inputs twice, counted once."));
    }
    if 0 < coverage.reports_suppressed {
        let reports = count(coverage.reports_suppressed, "report", "reports");
        notes.push(format!("The kernel suppressed {reports}, so the counts are lower bounds."));
    }
    if 0 < coverage.messages_lost {
        let lost = count(coverage.messages_lost, "kernel message", "kernel messages");
        notes.push(format!("{lost} went missing, as the log itself says."));
    }
    if !notes.is_empty() {
        document.push(Block::Heading("Remarks".into()));
        document.push(Block::Notes(notes));
    }
}

/// Returns the document for reports that user space wrote.
#[must_use]
pub fn forged_document(overview: &Overview, inputs: &[Input]) -> Document {
    let mut document = Document::new();
    let reports = count(overview.forged_events(), "report was", "reports were");
    let answer = format!("{reports} written by user space, not by the kernel.");
    document.push(Block::Answer(Tone::Doubtful, answer));
    let meaning = "They are listed and never counted; whoever may write to /dev/kmsg can write such lines.";
    document.push(Block::Text(Tone::Plain, meaning.into()));
    let lines = overview.forged.iter().map(|forgery| {
        let input = inputs.get(forgery.input.get() as usize);
        let input = input.map_or("an input".into(), |input| name(&input.name));
        (format!("{input}:{}", forgery.line), format!("claims: {}", forgery.claim))
    });
    document.push(Block::Lines(lines.collect()));
    let left_out = overview.forged_events().saturating_sub(overview.forged.len() as u64);
    if 0 < left_out {
        document.push(Block::Text(Tone::Quiet, format!("And {left_out} more.")));
    }
    document
}
