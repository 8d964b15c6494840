//! sysstat: the JSON of `sadf -j FILE -- -r ALL -S -q PSI`.
//!
//! It has figures of the machine only, and rates where the kernel counts; rates are left out, since a
//! snapshot holds what was counted.  Restarts stand behind the samples, so the text is read twice.

use std::ops::ControlFlow;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use oomkit_core::units::{Bytes, KiB};
use serde::Deserialize;

use super::{
    Input, Sample, Sink,
    kernel::{self, Size},
    objects::{Objects, Part},
};
use crate::{
    name::Name,
    snapshot::{Host, Machine, Percent, Pressure},
};

/// How deep in braces a sample stands: the text, `sysstat`, a host, a sample.
const DEPTH: usize = 4;

/// What stands around the samples of a host.
#[derive(Debug, Default, Deserialize)]
struct About {
    nodename: Option<String>,
    release: Option<String>,
}

/// A sample or a restart.
#[derive(Debug, Deserialize)]
struct Record {
    timestamp: Option<Stamp>,
    boot: Option<Stamp>,
    memory: Option<Memory>,
    psi: Option<Stalls>,
}

#[derive(Debug, Deserialize)]
struct Stamp {
    date: String,
    time: String,
    /// Whether the time is UTC; text in some versions.
    utc: Option<serde_json::Value>,
}

/// Sizes in KiB, as `man sar` has them below `-r` and `-S`.
#[derive(Debug, Deserialize)]
struct Memory {
    memfree: Option<u64>,
    avail: Option<u64>,
    memused: Option<u64>,
    #[serde(rename = "memused-percent")]
    memused_percent: Option<f64>,
    buffers: Option<u64>,
    cached: Option<u64>,
    commit: Option<u64>,
    active: Option<u64>,
    inactive: Option<u64>,
    dirty: Option<u64>,
    anonpg: Option<u64>,
    slab: Option<u64>,
    kstack: Option<u64>,
    pgtbl: Option<u64>,
    vmused: Option<u64>,
    swpfree: Option<u64>,
    swpused: Option<u64>,
    swpcad: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Stalls {
    #[serde(rename = "psi-mem")]
    memory: Option<Stall>,
}

#[derive(Debug, Deserialize)]
struct Stall {
    some_avg10: Option<f64>,
    some_avg60: Option<f64>,
    some_avg300: Option<f64>,
    full_avg10: Option<f64>,
    full_avg60: Option<f64>,
    full_avg300: Option<f64>,
}

/// Reads a recording.
pub(super) fn read(input: &Input<'_>, sink: &mut Sink<'_>) -> ControlFlow<()> {
    let Some((host, restarts)) = look(input, sink) else { return ControlFlow::Continue(()) };
    let mut seen = false;
    let flow = each(input, sink, &mut |part, sink| {
        let Part::Object(bytes, line) = part else {
            if let Part::TooLong(line) = part {
                sink.problem(&input.name, Some(line), "a sample that is too long");
            }
            return ControlFlow::Continue(());
        };
        let record: Record = match serde_json::from_slice(&bytes) {
            Ok(record) => record,
            Err(error) => {
                sink.problem(&input.name, Some(line), format!("no sample: {error}"));
                return ControlFlow::Continue(());
            }
        };
        let Some(stamp) = &record.timestamp else { return ControlFlow::Continue(()) };
        let Some(at) = stamp.instant() else {
            let what = "a time that is not UTC; leave out -T and -t of sadf";
            sink.problem(&input.name, Some(line), what);
            return ControlFlow::Continue(());
        };
        seen = true;
        let booted = restarts.iter().copied().filter(|restart| *restart < at).max();
        sink.take(record.sample(at, booted, &host))
    });
    if !seen && flow.is_continue() {
        sink.problem(&input.name, None, "no sample in it; print it by `sadf -j FILE -- -r ALL -S -q PSI`");
    }
    flow
}

/// Reads what stands around the samples, and when the host was restarted.
fn look(input: &Input<'_>, sink: &mut Sink<'_>) -> Option<(Host, Vec<Timestamp>)> {
    let (mut about, mut restarts) = (About::default(), Vec::new());
    let mut whole = true;
    let _ = each(input, sink, &mut |part, sink| {
        match part {
            Part::Around(bytes, _) => about = serde_json::from_slice(&bytes).unwrap_or_default(),
            Part::Object(bytes, _) => {
                let record = serde_json::from_slice::<Record>(&bytes).ok();
                restarts.extend(record.and_then(|record| record.boot?.instant()));
            }
            Part::TooLong(_) => {}
            Part::Cut(line) => sink.problem(&input.name, Some(line), "the text ends within this"),
        }
        ControlFlow::Continue(())
    })
    .is_break()
    .then(|| whole = false);
    let name = |text: Option<String>| text.map(|text| Name::new(text.as_bytes()));
    whole.then(|| {
        let host = Host { name: name(about.nodename), kernel: name(about.release), ..Host::default() };
        (host, restarts)
    })
}

/// Hands out the parts of a recording; breaks where it cannot be read or `take` does.
fn each(
    input: &Input<'_>,
    sink: &mut Sink<'_>,
    take: &mut dyn FnMut(Part, &mut Sink<'_>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut objects = match (input.open)() {
        Ok(reader) => Objects::new(reader, DEPTH),
        Err(error) => {
            sink.problem(&input.name, None, format!("cannot be read: {error}"));
            return ControlFlow::Break(());
        }
    };
    loop {
        match objects.next() {
            Ok(Some(part)) => take(part, sink)?,
            Ok(None) => return ControlFlow::Continue(()),
            Err(error) => {
                sink.problem(&input.name, None, format!("cannot be read to its end: {error}"));
                return ControlFlow::Continue(());
            }
        }
    }
}

impl Stamp {
    fn instant(&self) -> Option<Timestamp> {
        let is_utc = self.utc.as_ref().is_some_and(|utc| *utc == 1 || *utc == "1" || *utc == true);
        let at: DateTime = format!("{}T{}", self.date, self.time).parse().ok()?;
        is_utc.then(|| at.to_zoned(TimeZone::UTC).ok()).flatten().map(|at| at.timestamp())
    }
}

impl Record {
    fn sample(self, at: Timestamp, booted: Option<Timestamp>, host: &Host) -> Sample {
        let meminfo = self.memory.as_ref().and_then(|memory| kernel::meminfo(memory.sizes()));
        let pressure = self.psi.and_then(|psi| psi.memory).map(|stall| stall.pressure());
        let machine = Machine { meminfo, pressure, ..Machine::default() };
        Sample { at, booted, host: host.clone(), machine, ..Sample::default() }
    }
}

impl Memory {
    fn sizes(&self) -> [(Size, Option<Bytes>); 17] {
        let swap = self.swpfree.zip(self.swpused).map(|(free, used)| free.saturating_add(used));
        [
            (Size::Total, self.total()),
            (Size::Free, self.memfree),
            (Size::Available, self.avail),
            (Size::Buffers, self.buffers),
            (Size::Cached, self.cached),
            (Size::SwapCached, self.swpcad),
            (Size::Active, self.active),
            (Size::Inactive, self.inactive),
            (Size::Dirty, self.dirty),
            (Size::Anonymous, self.anonpg),
            (Size::Slab, self.slab),
            (Size::KernelStacks, self.kstack),
            (Size::PageTables, self.pgtbl),
            (Size::VmallocUsed, self.vmused),
            (Size::Committed, self.commit),
            (Size::SwapTotal, swap),
            (Size::SwapFree, self.swpfree),
        ]
        .map(|(size, kib)| (size, kib.map(|kib| KiB::new(kib).bytes())))
    }

    /// Returns all memory, which sysstat prints only as the whole of a percentage.
    ///
    /// What counts as used has changed between versions (`man sar`, `kbmemused`), so the percentage says
    /// which sum is the whole; where none is, it is not known.
    fn total(&self) -> Option<u64> {
        let (used, free, percent) = (self.memused?, self.memfree?, self.memused_percent?);
        let rest = [self.buffers, self.cached, self.slab].into_iter().map(Option::unwrap_or_default);
        let sums = [used.checked_add(free)?, rest.fold(used.checked_add(free)?, u64::saturating_add)];
        #[expect(clippy::cast_precision_loss, reason = "a percentage has four digits")]
        let fits = |sum: &u64| (used as f64 * 100.0 / *sum as f64 - percent).abs() < 0.006;
        let mut fitting = sums.into_iter().filter(fits);
        fitting.next().filter(|first| fitting.all(|other| other == *first))
    }
}

impl Stall {
    fn pressure(&self) -> Pressure {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of time is small"
        )]
        let share = |percent: Option<f64>| {
            percent
                .filter(|percent| 0.0 <= *percent)
                .map(|percent| Percent::from_hundredths((percent * 100.0).round() as u64))
        };
        Pressure {
            some_avg10: share(self.some_avg10),
            some_avg60: share(self.some_avg60),
            some_avg300: share(self.some_avg300),
            full_avg10: share(self.full_avg10),
            full_avg60: share(self.full_avg60),
            full_avg300: share(self.full_avg300),
            ..Pressure::default()
        }
    }
}
