//! below: what `below dump system`, `process` and `cgroup` print as JSON or CSV, with `--raw`.
//!
//! Each prints one kind of row, so up to three files tell of one moment; they are read side by side by their
//! `Timestamp`.  Columns go by the titles that below gives them (`render/src/default_configs.rs` of its
//! source); the system's rows name the host and the time of the boot.  The first moment of a recording has
//! no sizes of processes, since below tells them together with rates.

use std::{
    collections::BTreeMap,
    io::{BufRead, Read as _},
    ops::ControlFlow,
};

use jiff::{SignedDuration, Timestamp};
use oomkit_core::{
    ident::{Comm, Pid},
    limit::Limit,
    units::Bytes,
};

use serde_json::Value;

use super::{
    Input, Sample, Seen, Sink,
    kernel::{self, Size},
    objects::{Objects, Part},
};
use crate::{
    name::Name,
    snapshot::{Cgroup, Figures, Hierarchy, Host, Process, StartTicks},
};

/// The longest line of a table.
const LONGEST: u64 = 1 << 20;

/// The columns of a row, by their titles.
type Row = BTreeMap<String, String>;

/// A row of some moment, and the line that it begins in.
struct Dated {
    at: Timestamp,
    row: Row,
    line: u64,
}

/// Reads recordings side by side.
pub(super) fn read(inputs: &[Input<'_>], sink: &mut Sink<'_>) -> ControlFlow<()> {
    let mut sources: Vec<Source<'_>> = inputs.iter().filter_map(|input| Source::open(input, sink)).collect();
    let mut known = Known::default();
    loop {
        let next = sources.iter().filter_map(|source| source.next.as_ref()).map(|dated| dated.at).min();
        let Some(at) = next else { break };
        let mut sample = Sample { at, ..Sample::default() };
        for source in &mut sources {
            while let Some(dated) = source.next.take_if(|dated| dated.at == at) {
                if let Err(what) = add(&mut sample, &mut known, &dated) {
                    sink.problem(source.name, Some(dated.line), what);
                }
                source.advance(sink);
            }
        }
        sample.host = known.host.clone();
        sample.booted = known.booted;
        sink.take(sample)?;
    }
    for source in sources.iter().filter(|source| source.rows == 0) {
        let what =
            "no row with a time in it; print it by `below dump system --raw -O json`, or process, or cgroup";
        sink.problem(source.name, None, what);
    }
    ControlFlow::Continue(())
}

/// What the system's rows tell once and for the moments to come.
#[derive(Default)]
struct Known {
    host: Host,
    booted: Option<Timestamp>,
}

/// Adds a row to the sample of its moment; an error says what is wrong with it.
fn add(sample: &mut Sample, known: &mut Known, dated: &Dated) -> Result<(), &'static str> {
    let row = &dated.row;
    if row.contains_key("Pid") {
        let seen = process(row, dated.at)?.ok_or("a process without a pid or a name")?;
        sample.processes.get_or_insert_default().push(seen);
    } else if let Some(path) = row.get("Full Path") {
        sample.cgroups.get_or_insert_default().push(cgroup(row, path)?);
    } else if row.contains_key("Mem Total") {
        return Err("a control group without its path; ask below for the field full_path");
    } else {
        if let Some(host) = text(row, "Hostname") {
            known.host.name = Some(Name::from(host));
        }
        if let Some(release) = text(row, "Kernel Version") {
            known.host.kernel = Some(Name::from(release));
        }
        if let Some(booted) = number(row, "Boot Time Epoch")? {
            known.booted = i64::try_from(booted).ok().and_then(|second| Timestamp::from_second(second).ok());
        }
        let mut sizes = Vec::new();
        for (title, size) in SIZES {
            sizes.push((*size, bytes(row, title)?));
        }
        sample.machine.meminfo = kernel::meminfo(sizes);
    }
    Ok(())
}

/// Columns of the system that are sizes.
const SIZES: &[(&str, Size)] = &[
    ("Total", Size::Total),
    ("Free", Size::Free),
    ("Available", Size::Available),
    ("Buffers", Size::Buffers),
    ("Cached", Size::Cached),
    ("Swap Cached", Size::SwapCached),
    ("Active", Size::Active),
    ("Inactive", Size::Inactive),
    ("Unevictable", Size::Unevictable),
    ("Mlocked", Size::Locked),
    ("Swap Total", Size::SwapTotal),
    ("Swap Free", Size::SwapFree),
    ("Dirty", Size::Dirty),
    ("Writeback", Size::Writeback),
    ("Anon Pages", Size::Anonymous),
    ("Mapped", Size::Mapped),
    ("Shmem", Size::Shared),
    ("Slab", Size::Slab),
    ("Slab Reclaimable", Size::Reclaimable),
    ("Slab Unreclaimable", Size::Unreclaimable),
    ("Kernel Stack", Size::KernelStacks),
    ("Page Tables", Size::PageTables),
    ("Hugetlb", Size::HugePages),
];

fn process(row: &Row, at: Timestamp) -> Result<Option<Seen>, &'static str> {
    let pid = text(row, "Pid").and_then(|pid| pid.parse().ok()).map(Pid::new);
    let (Some(pid), Some(comm)) = (pid, text(row, "Comm")) else { return Ok(None) };
    let mut process = Process::new(pid, StartTicks::default(), Comm::new(comm.as_bytes()));
    process.ppid = text(row, "Ppid").and_then(|pid| pid.parse().ok()).map(Pid::new);
    process.cgroup = text(row, "Cgroup").map(Name::from);
    process.rss_bytes = bytes(row, "RSS")?;
    process.rss_anon_bytes = bytes(row, "Anon")?;
    process.rss_file_bytes = bytes(row, "File")?;
    process.rss_shmem_bytes = bytes(row, "Shmem")?;
    process.swap_bytes = bytes(row, "Swap")?;
    process.pgtables_bytes = bytes(row, "PTE")?;
    process.threads = number(row, "Threads")?;
    let uptime = number(row, "Uptime(sec)")?.and_then(|seconds| i64::try_from(seconds).ok());
    let started = uptime.and_then(|seconds| at.checked_sub(SignedDuration::from_secs(seconds)).ok());
    Ok(Some(Seen { process, started }))
}

fn cgroup(row: &Row, path: &str) -> Result<Cgroup, &'static str> {
    let figures = |names: &[(&str, &str)]| -> Result<Option<Figures>, &'static str> {
        let mut figures = Figures::new();
        for (title, name) in names {
            if let Some(figure) = number(row, title)? {
                figures.insert(Name::from(*name), figure);
            }
        }
        Ok((!figures.is_empty()).then_some(figures))
    };
    // The root has an empty path.
    let slash = if path.starts_with('/') { "" } else { "/" };
    Ok(Cgroup {
        path: Name::new(format!("{slash}{path}").as_bytes()),
        hierarchy: Hierarchy::V2,
        usage_bytes: bytes(row, "Mem Total")?,
        limit_bytes: limit(row, "Mem Max")?,
        high_bytes: limit(row, "Mem High")?,
        low_bytes: limit(row, "Mem Low")?,
        min_bytes: limit(row, "Mem Min")?,
        swap_bytes: bytes(row, "Mem Swap")?,
        swap_limit_bytes: limit(row, "Swap Max")?,
        stat: figures(kernel::STATISTICS)?,
        events: figures(kernel::EVENTS)?,
        ..Cgroup::default()
    })
}

/// Returns a column; `?` is how below prints what it does not know.
fn text<'a>(row: &'a Row, title: &str) -> Option<&'a str> {
    row.get(title).map(String::as_str).filter(|text| !matches!(*text, "" | "?"))
}

fn number(row: &Row, title: &str) -> Result<Option<u64>, &'static str> {
    let Some(text) = text(row, title) else { return Ok(None) };
    // Where below counts signed, less than nothing stands for no reading.
    if text.starts_with('-') {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| "a size that is no plain number; dump it with --raw")
}

fn bytes(row: &Row, title: &str) -> Result<Option<Bytes>, &'static str> {
    Ok(number(row, title)?.map(Bytes::new))
}

/// Returns a limit, of which below counts none as -1, and shows it as `max` without `--raw`.
fn limit(row: &Row, title: &str) -> Result<Option<Limit>, &'static str> {
    match text(row, title) {
        Some("-1" | "max") => Ok(Some(Limit::Max)),
        _ => Ok(bytes(row, title)?.map(Limit::At)),
    }
}

/// A recording, and the row that comes next.
struct Source<'a> {
    name: &'a str,
    kind: Kind<'a>,
    next: Option<Dated>,
    /// Rows of the same object that come behind it, the last first.
    behind: Vec<(Row, u64)>,
    rows: u64,
}

enum Kind<'a> {
    Json(Objects<Box<dyn BufRead + 'a>>),
    Csv { reader: Box<dyn BufRead + 'a>, titles: Vec<String>, line: u64 },
}

impl<'a> Source<'a> {
    fn open(input: &'a Input<'_>, sink: &mut Sink<'_>) -> Option<Self> {
        let first = (input.open)().and_then(|mut reader| {
            let first = reader.fill_buf()?.iter().find(|byte| !byte.is_ascii_whitespace()).copied();
            Ok((reader, first))
        });
        let (reader, first) = match first {
            Ok(opened) => opened,
            Err(error) => {
                sink.problem(&input.name, None, format!("cannot be read: {error}"));
                return None;
            }
        };
        let kind = match first {
            Some(b'[' | b'{') => Kind::Json(Objects::new(reader, 1)),
            _ => Kind::Csv { reader, titles: Vec::new(), line: 0 },
        };
        let mut source = Self { name: &input.name, kind, next: None, behind: Vec::new(), rows: 0 };
        source.advance(sink);
        Some(source)
    }

    /// Goes on to the next row that has a time.
    fn advance(&mut self, sink: &mut Sink<'_>) {
        loop {
            let next = self.behind.pop();
            let (row, line) =
                match next.map_or_else(|| self.kind.rows(), |(row, line)| Ok(Some((Ok(vec![row]), line)))) {
                    Ok(Some((Ok(rows), line))) => {
                        let mut rows = rows.into_iter();
                        let Some(first) = rows.next() else { continue };
                        self.behind.extend(rows.rev().map(|row| (row, line)));
                        (first, line)
                    }
                    Ok(Some((Err(what), line))) => {
                        sink.problem(self.name, Some(line), what);
                        continue;
                    }
                    Ok(None) => return,
                    Err(error) => {
                        sink.problem(self.name, None, format!("cannot be read to its end: {error}"));
                        return;
                    }
                };
            let second = text(&row, "Timestamp").and_then(|second| second.parse().ok());
            match second.and_then(|second| Timestamp::from_second(second).ok()) {
                Some(at) => {
                    self.rows += 1;
                    self.next = Some(Dated { at, row, line });
                    return;
                }
                None => sink.problem(self.name, Some(line), "a row without a Timestamp"),
            }
        }
    }
}

/// Rows and the line that they begin in, or what is wrong with them.
type Found = Option<(Result<Vec<Row>, String>, u64)>;

impl Kind<'_> {
    fn rows(&mut self) -> std::io::Result<Found> {
        match self {
            Self::Json(objects) => Ok(match objects.next()? {
                Some(Part::Object(bytes, line)) => Some((of_json(&bytes), line)),
                Some(Part::TooLong(line)) => Some((Err("a row that is too long".into()), line)),
                Some(Part::Cut(line)) => Some((Err("the text ends within this row".into()), line)),
                Some(Part::Around(..)) | None => None,
            }),
            Self::Csv { reader, titles, line } => loop {
                let mut bytes = Vec::new();
                if reader.by_ref().take(LONGEST).read_until(b'\n', &mut bytes)? == 0 {
                    return Ok(None);
                }
                *line += 1;
                let text = String::from_utf8_lossy(&bytes);
                let text = text.trim_end_matches(['\n', '\r']);
                if text.is_empty() {
                    continue;
                }
                // Each field ends with a comma, and none is quoted.
                let fields = text.strip_suffix(',').unwrap_or(text).split(',').map(str::to_owned);
                if titles.is_empty() {
                    *titles = fields.collect();
                    continue;
                }
                let fields: Vec<String> = fields.collect();
                if fields.len() != titles.len() {
                    let what =
                        "another number of fields than titles; a name with a comma is read from -O json";
                    return Ok(Some((Err(what.into()), *line)));
                }
                let row = titles.iter().cloned().zip(fields).collect();
                return Ok(Some((Ok(vec![row]), *line)));
            },
        }
    }
}

/// Reads an object; a control group has those below it within it.
fn of_json(bytes: &[u8]) -> Result<Vec<Row>, String> {
    let mut waiting: Vec<serde_json::Map<String, Value>> =
        vec![serde_json::from_slice(bytes).map_err(|error| format!("no row: {error}"))?];
    let mut rows = Vec::new();
    while let Some(mut object) = waiting.pop() {
        if let Some(Value::Array(children)) = object.remove("children") {
            waiting.extend(children.into_iter().filter_map(|child| match child {
                Value::Object(child) => Some(child),
                _ => None,
            }));
        }
        let plain = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        rows.push(object.into_iter().map(|(title, value)| (title, plain(value))).collect());
    }
    Ok(rows)
}
