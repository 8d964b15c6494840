//! atop: the parseable output of `atop -P PRG,PRM,MEM,SWP,PSI -r FILE`.
//!
//! A line begins with its label, the host, the time in seconds, date, time and the seconds that the sample is
//! for.  `RESET` stands before a sample that counts from the boot on, which tells when that was; `SEP` ends
//! a sample.  The fields are those of `man atop`, "PARSEABLE OUTPUT".

use std::{
    collections::BTreeMap,
    io::{BufRead, Read as _},
    ops::ControlFlow,
};

use jiff::Timestamp;
use oomkit_core::{
    ident::{Comm, Pid, Uid},
    units::{Bytes, KiB, PageSize},
};

use super::{
    Input, Sample, Seen, Sink,
    kernel::{self, Size},
};
use crate::{
    name::Name,
    snapshot::{Percent, Pressure, Process, StartTicks},
};

/// The longest line; command lines are cut by atop itself.
const LONGEST: u64 = 1 << 20;

/// What a sample has so far.
#[derive(Default)]
struct Open {
    sample: Sample,
    is_begun: bool,
    /// Whether the sample counts from the boot on.
    is_reset: bool,
    /// What stands behind the pid of a process's general line, until its memory line tells how long its name is.
    general: BTreeMap<i64, Vec<u8>>,
    processes: Vec<Seen>,
}

/// Reads a recording.
pub(super) fn read(input: &Input<'_>, sink: &mut Sink<'_>) -> ControlFlow<()> {
    let mut reader = match (input.open)() {
        Ok(reader) => reader,
        Err(error) => {
            sink.problem(&input.name, None, format!("cannot be read: {error}"));
            return ControlFlow::Continue(());
        }
    };
    let (mut open, mut booted, mut number, mut samples) = (Open::default(), None, 0, 0_u64);
    let mut line = Vec::new();
    loop {
        line.clear();
        number += 1;
        match reader.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => {
                sink.problem(&input.name, None, format!("cannot be read to its end: {error}"));
                break;
            }
        }
        let text = line.trim_ascii_end();
        if matches!(text, b"SEP" | b"RESET") {
            samples += u64::from(open.is_begun);
            if let Some(sample) = std::mem::take(&mut open).complete(&mut booted) {
                sink.take(sample)?;
            }
            open.is_reset = text == b"RESET";
        } else if let Err(what) = open.take(text) {
            sink.problem(&input.name, Some(number), what);
        }
    }
    // Without its end, a sample may lack some of its processes.
    if open.is_begun {
        sink.problem(&input.name, None, "the last sample has no end, and is left out");
    } else if samples == 0 {
        sink.problem(&input.name, None, "no sample in it; print it by `atop -P PRG,PRM,MEM,SWP,PSI -r FILE`");
    }
    ControlFlow::Continue(())
}

impl Open {
    /// Takes a line; an error says what is wrong with it.
    fn take(&mut self, line: &[u8]) -> Result<(), &'static str> {
        let Some((head, rest)) = Head::read(line) else { return Err("no line of atop's parseable output") };
        if self.is_begun && self.sample.at != head.at {
            return Err("a line of another moment than those before it");
        }
        let done = match head.label {
            b"PRG" => split(rest).and_then(|(pid, rest)| {
                self.general.insert(number(pid)?, rest.to_vec());
                Some(())
            }),
            b"PRM" => self.process(rest),
            label => {
                let fields: Vec<&str> = std::str::from_utf8(rest).unwrap_or_default().split(' ').collect();
                self.system(label, &fields)
            }
        };
        done.ok_or("fields that are missing, or are no numbers")?;
        if !self.is_begun {
            self.is_begun = true;
            self.sample.at = head.at;
            self.sample.host.name = Some(Name::new(head.host));
            self.sample.booted = self
                .is_reset
                .then(|| head.at.checked_sub(jiff::SignedDuration::from_secs(head.interval)).ok())
                .flatten();
        }
        Ok(())
    }

    fn system(&mut self, label: &[u8], fields: &[&str]) -> Option<()> {
        let page: u64 = match label {
            b"MEM" | b"SWP" => fields.first()?.parse().ok()?,
            _ => 0,
        };
        let pages = |at: usize| Some(Bytes::new(fields.get(at)?.parse::<u64>().ok()?.checked_mul(page)?));
        let machine = &mut self.sample.machine;
        let sizes: Vec<(Size, Option<Bytes>)> = match label {
            b"MEM" => {
                pages(1)?;
                self.sample.host.page_size_bytes = PageSize::new(Bytes::new(page));
                [
                    (Size::Total, 1),
                    (Size::Free, 2),
                    (Size::Cached, 3),
                    (Size::Buffers, 4),
                    (Size::Slab, 5),
                    (Size::Dirty, 6),
                    (Size::Reclaimable, 7),
                    (Size::Shared, 9),
                    (Size::PageTables, 20),
                ]
                .map(|(size, at)| (size, pages(at)))
                .into()
            }
            b"SWP" => [
                (Size::SwapTotal, 1),
                (Size::SwapFree, 2),
                (Size::Committed, 4),
                (Size::CommitLimit, 5),
                // The third field was always 0 before atop 2.6; what it stands for now is told once more here.
                (Size::SwapCached, 6),
            ]
            .map(|(size, at)| (size, pages(at)))
            .into(),
            b"PSI" => {
                machine.pressure = pressure(fields);
                return Some(());
            }
            // Whoever printed more than was asked for loses nothing.
            _ => return Some(()),
        };
        if let Some(told) = kernel::meminfo(sizes) {
            machine.meminfo.get_or_insert_default().sizes.extend(told.sizes);
        }
        Some(())
    }

    fn process(&mut self, rest: &[u8]) -> Option<()> {
        let (pid, rest) = split(rest)?;
        let pid: i64 = number(pid)?;
        // The fields behind the name hold no parenthesis.
        let (name, fields) = rest.rsplit_once_at(b") ")?;
        let name = name.strip_prefix(b"(")?;
        let fields: Vec<&str> = std::str::from_utf8(fields).ok()?.split(' ').collect();
        let kib = |at: usize| Some(KiB::new(fields.get(at)?.parse().ok()?).bytes());
        let resident = kib(3)?;
        let is_thread = fields.get(14) == Some(&"n");
        if is_thread || fields.first() == Some(&"E") {
            return Some(());
        }
        let mut process = Process::new(Pid::new(pid), StartTicks::default(), Comm::new(name));
        process.rss_bytes = Some(resident);
        process.swap_bytes = kib(12);
        // Nobody has no share at all in what it maps: it was not measured.
        process.pss_bytes = kib(15).filter(|share| *share != Bytes::ZERO);
        let general = self.general.remove(&pid);
        let general = general.as_deref().and_then(|line| General::read(line, name));
        let started = general.as_ref().and_then(|general| general.started);
        if let Some(general) = general {
            process.uid = general.uid;
            process.threads = general.threads;
            process.ppid = general.ppid;
            process.cgroup = general.cgroup;
        }
        self.processes.push(Seen { process, started });
        Some(())
    }

    /// Ends the sample; `None` where there is none.
    fn complete(self, booted: &mut Option<Timestamp>) -> Option<Sample> {
        let Self { mut sample, is_begun, processes, .. } = self;
        if sample.booted.is_some() {
            *booted = sample.booted;
        }
        sample.booted = *booted;
        sample.processes = (!processes.is_empty()).then_some(processes);
        is_begun.then_some(sample)
    }
}

/// What every line begins with.
struct Head<'a> {
    label: &'a [u8],
    host: &'a [u8],
    at: Timestamp,
    interval: i64,
}

impl<'a> Head<'a> {
    fn read(line: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (label, rest) = split(line)?;
        let is_label = label.len() == 3 && label.iter().all(u8::is_ascii_alphabetic);
        is_label.then_some(())?;
        let (host, rest) = split(rest)?;
        let (epoch, rest) = split(rest)?;
        let (_date, rest) = split(rest)?;
        let (_time, rest) = split(rest)?;
        let (interval, rest) = split(rest)?;
        let at = Timestamp::from_second(number(epoch)?).ok()?;
        Some((Self { label, host, at, interval: number(interval)? }, rest))
    }
}

/// What the general line of a process tells.
struct General {
    uid: Option<Uid>,
    threads: Option<u64>,
    started: Option<Timestamp>,
    ppid: Option<Pid>,
    cgroup: Option<Name>,
}

impl General {
    /// Reads what stands behind the pid; the name comes from the memory line, since both hold any letters.
    fn read(line: &[u8], name: &[u8]) -> Option<Self> {
        let rest = line.strip_prefix(b"(")?.strip_prefix(name)?.strip_prefix(b") ")?;
        let text = String::from_utf8_lossy(rest);
        let mut before = text.splitn(8, ' ');
        let mut fields = [""; 7];
        for field in &mut fields {
            *field = before.next()?;
        }
        let [_state, uid, _gid, _tgid, threads, _exit, started] = fields;
        let behind = before.next().unwrap_or_default();
        Some(Self {
            uid: uid.parse().ok().map(Uid::new),
            threads: threads.parse().ok(),
            started: started.parse().ok().and_then(|second| Timestamp::from_second(second).ok()),
            ppid: ppid(behind),
            cgroup: cgroup(behind),
        })
    }
}

/// Returns the parent, which stands behind the command line: that holds any letters, so the last closing
/// parenthesis counts that figures follow.
fn ppid(behind: &str) -> Option<Pid> {
    let ends = behind.rmatch_indices(") ").map(|(at, end)| behind.get(at + end.len()..).unwrap_or_default());
    let mut figures = ends.filter_map(|fields| {
        let fields: Vec<&str> = fields.split(' ').take(11).collect();
        let all = fields.len() == 11 && fields.iter().all(|field| field.parse::<i64>().is_ok());
        all.then(|| fields.first()?.parse().ok()).flatten()
    });
    figures.next().map(Pid::new)
}

/// Returns the control group, which stands last; empty where there is no unified hierarchy.
fn cgroup(behind: &str) -> Option<Name> {
    let (_, path) = behind.strip_suffix(')')?.rsplit_once(" (/")?;
    Some(Name::new(format!("/{path}").as_bytes()))
}

fn pressure(fields: &[&str]) -> Option<Pressure> {
    (fields.first() == Some(&"y")).then_some(())?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of time is small")]
    let share = |at: usize| {
        let percent: f64 = fields.get(at)?.parse().ok()?;
        (0.0..=100.0).contains(&percent).then(|| Percent::from_hundredths((percent * 100.0).round() as u64))
    };
    // Three averages and a sum each: of the processor, then of memory for some and for all.
    Some(Pressure {
        some_avg10: share(5),
        some_avg60: share(6),
        some_avg300: share(7),
        full_avg10: share(9),
        full_avg60: share(10),
        full_avg300: share(11),
        ..Pressure::default()
    })
}

fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = line.iter().position(|byte| *byte == b' ')?;
    Some((line.get(..at)?, line.get(at + 1..)?))
}

fn number(field: &[u8]) -> Option<i64> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// Parts bytes at the last place where something stands.
trait LastSplit {
    fn rsplit_once_at(&self, what: &[u8]) -> Option<(&[u8], &[u8])>;
}

impl LastSplit for [u8] {
    fn rsplit_once_at(&self, what: &[u8]) -> Option<(&[u8], &[u8])> {
        let at = self.windows(what.len()).rposition(|window| window == what)?;
        Some((self.get(..at)?, self.get(at + what.len()..)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_parentheses_and_blanks_are_read_whole() {
        let mut open = Open::default();
        let head = "vm 1796111647 2026/12/01 07:54:07 5";
        for line in [
            format!(
                "PRG {head} 7 (a (b) S 9 9) S 1000 0 7 3 0 1796111642 (./a (b) 1 2 3) 5 0 1 0 0 0 0 0 0 0 0 y 0 0 - - (/user.slice/a b)"
            ),
            format!(
                "PRM {head} 7 (a (b) S 9 9) S 4096 24328 19240 2764 11608 12152 2930 0 2180 15136 132 12 7 y 0 0 -3 -3 -3 -3"
            ),
            // A thread and a process that has ended are no processes.
            format!("PRM {head} 8 (x) S 4096 1 1 1 1 1 1 1 1 1 1 1 7 n 0 0 -3 -3 -3 -3"),
            format!("PRM {head} 9 (x) E 4096 1 1 1 1 1 1 1 1 1 1 1 9 y 0 0 -3 -3 -3 -3"),
        ] {
            open.take(line.as_bytes()).unwrap();
        }
        let sample = open.complete(&mut None).unwrap();
        let seen = sample.processes.unwrap();
        let [Seen { process, started }] = &seen[..] else { panic!("{seen:?}") };
        let mut expected = Process::new(Pid::new(7), StartTicks::default(), Comm::new(b"a (b) S 9 9"));
        expected.uid = Some(Uid::new(1000));
        expected.ppid = Some(Pid::new(5));
        expected.threads = Some(3);
        expected.cgroup = Some(Name::from("/user.slice/a b"));
        expected.rss_bytes = Some(KiB::new(19240).bytes());
        expected.swap_bytes = Some(KiB::new(12).bytes());
        assert_eq!(*process, expected);
        assert_eq!(started.unwrap().as_second(), 1_796_111_642);
    }

    #[test]
    fn broken_lines_are_refused() {
        for line in [
            "",
            "PRM",
            "PRM vm x 2026/12/01 07:54:07 5 7 (a) S",
            "PRM vm 1796111647 2026/12/01 07:54:07 5 7 (a) S 4096",
            "MEM vm 1796111647 2026/12/01 07:54:07 5 4096 many",
        ] {
            assert!(Open::default().take(line.as_bytes()).is_err(), "{line}");
        }
    }
}
