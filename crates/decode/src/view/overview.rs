//! Many events at a glance: counted by kind, scope, victim and cgroup, in bounded memory.

use std::{cmp::Reverse, collections::BTreeMap};

use oomkit_core::{
    document::{Block, Column, Document, Table, Tone},
    place::{InputId, LineNo},
    units::{Bytes, WallTime},
};

use super::{
    answer, kind_words, none,
    times::Times,
    victims,
    words::{cell, count, name},
};
use crate::{
    Summary,
    report::{Event, EventKind, Input, Scope},
};

/// Groups that are kept; events of further groups are only counted.
const KEPT: usize = 2048;
/// Groups that are shown.
const SHOWN: usize = 20;
/// The longest cgroup path that is kept whole, in letters.
const PATH: usize = 512;

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
    events: u64,
    kinds: BTreeMap<&'static str, u64>,
    groups: BTreeMap<Key, Tally>,
    beyond: u64,
    span: Span,
    times: Times,
    forged: Vec<Forgery>,
    forged_events: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    kind: &'static str,
    victim: String,
    whose: String,
}

#[derive(Clone, Debug, Default)]
struct Tally {
    events: u64,
    span: Span,
    biggest: Option<Bytes>,
}

/// The first and the last moment of those that are known.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    first: Option<WallTime>,
    last: Option<WallTime>,
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
        if event.forged {
            self.forged_events += 1;
            if self.forged.len() < SHOWN {
                let claim = answer::headline(event);
                self.forged.push(Forgery { input: event.input, line: event.first_line, claim });
            }
            return;
        }
        self.events += 1;
        *self.kinds.entry(kind_words(event.kind).0).or_default() += 1;
        self.span.take(event.at);
        event.at.into_iter().for_each(|at| self.times.take(at));
        let key = Key { kind: kind_words(event.kind).0, victim: victim(event), whose: whose(event) };
        if self.groups.len() < KEPT || self.groups.contains_key(&key) {
            let tally = self.groups.entry(key).or_default();
            tally.events += 1;
            tally.span.take(event.at);
            tally.biggest = tally.biggest.max(biggest(event));
        } else {
            self.beyond += 1;
        }
    }

    /// Returns how many events were counted, forged ones left out.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// Returns how many events user space had forged.
    #[must_use]
    pub const fn forged_events(&self) -> u64 {
        self.forged_events
    }
}

impl Span {
    fn take(&mut self, at: Option<WallTime>) {
        let Some(at) = at else { return };
        if self.first.is_none_or(|first| at.instant() < first.instant()) {
            self.first = Some(at);
        }
        if self.last.is_none_or(|last| last.instant() < at.instant()) {
            self.last = Some(at);
        }
    }
}

fn victim(event: &Event) -> String {
    let killer = event.killer.as_ref().and_then(|killer| killer.target.as_deref());
    match (event.victims.first(), killer) {
        (Some(victim), _) => victim.comm.to_string(),
        (None, Some(target)) => name(target).chars().take(PATH).collect(),
        (None, None) => "-".into(),
    }
}

fn biggest(event: &Event) -> Option<Bytes> {
    event.victims.iter().filter_map(|victim| victims::weight(event, victim)).max()
}

fn whose(event: &Event) -> String {
    let memcg = event.memcg.as_ref().and_then(|memcg| memcg.path.as_deref());
    let named = event.constraint.as_ref().and_then(|constraint| constraint.oom_memcg.as_deref());
    let label = |path: &str| event.workload.as_ref().and_then(|workload| workload.label_of(path));
    match (event.scope, memcg.or(named)) {
        (Scope::Memcg, Some(path)) if label(path).is_some() => {
            label(path).unwrap_or_default().chars().take(PATH).collect()
        }
        (Scope::Memcg, Some(path)) => name(path).chars().take(PATH).collect(),
        (Scope::Memcg, None) => "a cgroup".into(),
        (Scope::Global, _) => "the machine".into(),
        (Scope::Cpuset, _) => "a cpuset".into(),
        (Scope::Mempolicy, _) => "a memory policy".into(),
        (Scope::Sysrq, _) => "asked for by hand".into(),
        (Scope::Unknown, _) => "-".into(),
    }
}

/// Returns the document for many events.
#[must_use]
pub fn overview_document(overview: &Overview, inputs: &[Input], summary: &Summary) -> Document {
    let mut groups: Vec<(&Key, &Tally)> = overview.groups.iter().collect();
    groups.sort_by_key(|(_, tally)| Reverse((tally.events, tally.biggest)));
    let mut document = Document::new();
    document.push(Block::Answer(Tone::Bad, tally_words(overview, inputs)));
    if let Some((key, tally)) = groups.first().filter(|(_, tally)| 1 < tally.events) {
        document.push(Block::Text(Tone::Plain, most_frequent(key, tally)));
    }
    document.push(Block::Text(Tone::Plain, span_words(overview.span)));
    if 0 < overview.forged_events {
        let (one, many) = ("more report is", "more reports are");
        let forged = count(overview.forged_events, one, many);
        let words = format!("{forged} from user space and not counted.");
        document.push(Block::Text(Tone::Doubtful, words));
    }
    if let Some(timeline) = overview.times.timeline("events") {
        document.push(Block::Timeline(timeline));
    }
    document.push(Block::Heading("By kind, victim and limit".into()));
    document.push(Block::Table(group_table(&groups)));
    let (shown, rest) = groups.split_at(groups.len().min(SHOWN));
    let left_out = rest.iter().map(|(_, tally)| tally.events).sum::<u64>() + overview.beyond;
    if 0 < left_out {
        let rest = count(left_out, "event", "events");
        document.push(Block::Text(Tone::Quiet, format!("{rest} more, beyond these {} groups.", shown.len())));
    }
    push_coverage(summary, &mut document);
    none::push_context(summary, &mut document);
    document
}

fn tally_words(overview: &Overview, inputs: &[Input]) -> String {
    let kinds = KINDS.iter().filter_map(|kind| {
        let (one, many) = kind_words(*kind);
        overview.kinds.get(one).map(|times| count(*times, one, many))
    });
    let kinds = kinds.collect::<Vec<_>>().join(", ");
    let kinds = if kinds.is_empty() { "No events".into() } else { kinds };
    format!("{kinds} in {}.", count(inputs.len() as u64, "input", "inputs"))
}

fn most_frequent(key: &Key, tally: &Tally) -> String {
    let biggest = tally.biggest.map_or_else(String::new, |size| format!(", at most {size}"));
    let times = count(tally.events, "time", "times");
    format!("Most often: {} of {} ({}), {times}{biggest}.", key.kind, key.victim, key.whose)
}

fn span_words(span: Span) -> String {
    match (span.first, span.last) {
        (Some(first), Some(last)) if first == last => format!("At {first}."),
        (Some(first), Some(last)) => format!("From {first} to {last}."),
        _ => "The times of day are not in the log.".into(),
    }
}

fn group_table(groups: &[(&Key, &Tally)]) -> Table {
    let mut columns = vec![Column::figures("events")];
    columns.extend(["kind", "victim", "whose memory"].map(Column::words));
    columns.extend([Column::figures("biggest"), Column { shrinks: false, ..Column::words("when") }]);
    let rows = groups.iter().take(SHOWN).map(|(key, tally)| {
        vec![
            tally.events.to_string(),
            key.kind.to_owned(),
            key.victim.clone(),
            key.whose.clone(),
            cell(tally.biggest),
            cell(when(tally.span)),
        ]
    });
    Table { rows: rows.collect(), columns, marked: Vec::new() }
}

/// Returns a span in the few letters that a table has room for: no seconds, no offset.
fn when(span: Span) -> Option<String> {
    let to_minute = |at: WallTime| -> (String, String) {
        let at = at.to_string();
        let (day, time) = at.split_once('T').unwrap_or((&at, ""));
        (day.to_owned(), time.chars().take("15:45".len()).collect())
    };
    let (first_day, first_time) = to_minute(span.first?);
    let (last_day, last_time) = to_minute(span.last?);
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
    let reports = count(overview.forged_events, "report was", "reports were");
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
    let left_out = overview.forged_events.saturating_sub(overview.forged.len() as u64);
    if 0 < left_out {
        document.push(Block::Text(Tone::Quiet, format!("And {left_out} more.")));
    }
    document
}
