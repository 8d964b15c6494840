//! Each report of the truth beside the event that it became, and what cannot be asked of either.

use std::fmt::Display;

use oomkit_core::{ident::Comm, units::Bytes};
use oomkit_decode::{Event, report::EventKind};

use crate::support::{Complaints, Log, Run, TrueReport, bytes_of, logs};

/// What a flavour really cannot carry, by the end of the file's name; the reason stands beside it.
pub(super) const EXCEPTIONS: &[(&str, &[Concern], &str)] = &[
    (
        "quiet.console.log",
        &[Concern::Report],
        "a quiet console shows the kill lines alone, so all that stands in the report is missing",
    ),
    (
        "spoof.log",
        &[Concern::Forgery],
        "plain dmesg shows no facility, so words of user space cannot be told from the kernel's",
    ),
    ("spoof.journal-short.log", &[Concern::Forgery], "journalctl's short form shows no facility either"),
    (
        "4.4_amd64_interleave.log",
        &[Concern::Clock],
        "the head is glued to a line of audit without a break, and bears the stamp of that older line",
    ),
];

/// What an exception is about.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Concern {
    /// All that stands in the report before the kill line.
    Report,
    /// Who wrote a line.
    Forgery,
    /// When the report began.
    Clock,
}

pub(super) fn excepted(log: &Log, concern: Concern) -> bool {
    EXCEPTIONS.iter().any(|(end, concerns, _)| log.file.ends_with(end) && concerns.contains(&concern))
}

/// One report of the truth and the event that it became.
pub(super) struct Pair {
    pub(super) run: &'static Run,
    pub(super) log: &'static Log,
    pub(super) index: usize,
    pub(super) report: &'static TrueReport,
    pub(super) event: &'static Event,
}

impl Pair {
    pub(super) fn place(&self, field: impl Display) -> String {
        format!("report {} (line {}) {field}", self.index, self.event.first_line)
    }

    pub(super) fn page(&self, pages: u64) -> u64 {
        pages * self.run.truth.page_size_kb * 1024
    }
}

/// Pairs the reports of a log with its events, each kind in the order of the log.
pub(super) fn pairs_of(run: &'static Run, log: &'static Log) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for class in ["oom", "alloc_failure", "show_mem"] {
        let events: Vec<&'static Event> =
            log.decoded().events.iter().filter(|event| !event.forged && class_of(event) == class).collect();
        let reports: Vec<(usize, &'static TrueReport)> =
            run.truth.reports.iter().enumerate().filter(|(_, report)| report.kind == class).collect();
        if events.len() == reports.len() {
            pairs.extend(reports.into_iter().zip(events).map(|((index, report), event)| Pair {
                run,
                log,
                index,
                report,
                event,
            }));
            continue;
        }
        // The numbers differ, which another test complains about; pair what is surely the same.
        let mut rest = events.as_slice();
        for (index, report) in reports {
            let asked = |event: &&Event| {
                event.trigger.as_ref().and_then(|t| t.pid).map(|pid| pid.get()) == report.trigger_pid
            };
            if let Some(at) = rest.iter().position(asked) {
                pairs.push(Pair { run, log, index, report, event: rest[at] });
                rest = &rest[at + 1..];
            }
        }
    }
    pairs
}

pub(super) fn class_of(event: &Event) -> &'static str {
    match event.kind {
        EventKind::AllocFailure => "alloc_failure",
        EventKind::MemoryDump => "show_mem",
        EventKind::UserspaceKill => "userspace",
        _ => "oom",
    }
}

/// Pairs of all logs; a test over none of them must not pass.
pub(super) fn pairs() -> Vec<Pair> {
    let pairs: Vec<Pair> = logs().flat_map(|(run, log)| pairs_of(run, log)).collect();
    assert!(!pairs.is_empty(), "no log yielded an event");
    pairs
}

/// Pairs of the logs that hold whole reports.
pub(super) fn whole() -> Vec<Pair> {
    pairs().into_iter().filter(|pair| !excepted(pair.log, Concern::Report)).collect()
}

pub(super) fn kib(bytes: Option<Bytes>) -> Option<u64> {
    bytes.map(|bytes| if bytes.get() % 1024 == 0 { bytes.kib() } else { u64::MAX })
}

pub(super) fn get(bytes: Option<Bytes>) -> Option<u64> {
    bytes.map(Bytes::get)
}

/// Tells whether a flavour cannot carry a text whole.
///
/// A line break in a name cuts the kernel's line in two. Where the wrapping stamps each half, the halves
/// cannot be told from two lines; `/dev/kmsg` and the journal's own formats keep the record whole.
pub(super) fn is_cut(log: &Log, text: &str) -> bool {
    text.contains('\n') && !matches!(log.flavour.as_str(), "kmsg" | "journal-json")
}

/// Complains about a name; of one that the flavour cuts, either half will do.
pub(super) fn same_name(c: &mut Complaints, log: &Log, place: String, got: Option<&Comm>, want: &str) {
    let want_bytes = bytes_of(want);
    let got = got.map(Comm::as_bytes);
    if is_cut(log, want) && want_bytes.split(|byte| *byte == b'\n').any(|half| got == Some(half)) {
        return c.checked();
    }
    let shown = |name: &[u8]| name.escape_ascii().to_string();
    c.same(&log.file, place, got.map(shown), Some(shown(&want_bytes)));
}
