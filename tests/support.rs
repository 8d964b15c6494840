//! What the tests share: fixtures, the decoder in one call, subsets of JSON, and lists of complaints.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use jiff::{Timestamp, tz::TimeZone};
use oomkit_decode::{Decoder, Event, Input, Options, report::EventKind};
use serde::Deserialize;
use serde_json::Value;

pub(crate) use oomkit_decode::Summary;

/// What a log decodes to.
pub(crate) struct Decoded {
    pub(crate) events: Vec<Event>,
    pub(crate) summary: Summary,
    pub(crate) input: Input,
}

impl Decoded {
    /// The events that count: user space cannot add one by writing to the kernel's log.
    pub(crate) fn counted(&self) -> Vec<&Event> {
        self.events.iter().filter(|event| !event.forged).collect()
    }
}

/// Decodes one input.
pub(crate) fn decode(bytes: &[u8]) -> Decoded {
    decode_in_blocks(bytes, &[])
}

/// Decodes one input that is fed in blocks of these sizes, and what is left in one more.
pub(crate) fn decode_in_blocks(bytes: &[u8], sizes: &[usize]) -> Decoded {
    let mut events = Vec::new();
    let mut take = |event| events.push(event);
    let mut decoder = decoder();
    decoder.begin("fixture", None);
    let mut rest = bytes;
    for size in sizes {
        let (block, after) = rest.split_at((*size).min(rest.len()));
        decoder.feed(block, &mut take);
        rest = after;
    }
    decoder.feed(rest, &mut take);
    let input = decoder.end(None, &mut take);
    let summary = decoder.finish(&mut take);
    Decoded { events, summary, input }
}

/// Returns a decoder that knows nothing but the log, and lives late in 2026.
pub(crate) fn decoder() -> Decoder {
    let now: Timestamp = "2026-12-24T12:00:00Z".parse().unwrap();
    Decoder::new(Options { page_size: None, now, zone: TimeZone::UTC, names: Vec::new() })
}

/// Returns the number of lines, where the last one may lack its end.
pub(crate) fn lines_of(bytes: &[u8]) -> u64 {
    let ends = bytes.iter().filter(|byte| **byte == b'\n').count();
    (ends + usize::from(bytes.last().is_some_and(|byte| *byte != b'\n'))) as u64
}

/// One real run: its truth, and its logs in each flavour.
pub(crate) struct Run {
    pub(crate) name: String,
    pub(crate) truth: Truth,
    pub(crate) logs: Vec<Log>,
}

/// One log of a run.
pub(crate) struct Log {
    pub(crate) file: String,
    pub(crate) flavour: String,
    pub(crate) bytes: Vec<u8>,
    decoded: OnceLock<Decoded>,
}

impl Log {
    /// What the log decodes to; every test looks at the same result.
    pub(crate) fn decoded(&self) -> &Decoded {
        self.decoded.get_or_init(|| decode(&self.bytes))
    }
}

/// Returns every run, the plain log first.
pub(crate) fn runs() -> &'static [Run] {
    static RUNS: OnceLock<Vec<Run>> = OnceLock::new();
    RUNS.get_or_init(|| {
        let mut logs: BTreeMap<String, Vec<Log>> = BTreeMap::new();
        let mut truths = BTreeMap::new();
        for path in files(&folder("logs")) {
            let file = name_of(&path).trim_end_matches(".zst").to_owned();
            let bytes = zstd::decode_all(fs::File::open(&path).unwrap()).unwrap();
            if let Some(run) = file.strip_suffix(".truth.json") {
                let truth: Truth = serde_json::from_slice(&bytes).unwrap_or_else(|e| panic!("{file}: {e}"));
                truths.insert(run.to_owned(), truth);
                continue;
            }
            let stem = file.trim_end_matches(".jsonl").trim_end_matches(".log");
            let (run, flavour) = split_flavour(stem);
            let log =
                Log { file: file.clone(), flavour: flavour.to_owned(), bytes, decoded: OnceLock::new() };
            let of_run = logs.entry(run.to_owned()).or_default();
            if flavour == "plain" { of_run.insert(0, log) } else { of_run.push(log) }
        }
        assert!(truths.keys().eq(logs.keys()), "a run needs both a log and a truth");
        truths
            .into_iter()
            .zip(logs.into_values())
            .map(|((name, truth), logs)| Run { name, truth, logs })
            .collect()
    })
}

/// Returns every log of every run.
pub(crate) fn logs() -> impl Iterator<Item = (&'static Run, &'static Log)> {
    runs().iter().flat_map(|run| run.logs.iter().map(move |log| (run, log)))
}

fn split_flavour(stem: &str) -> (&str, &str) {
    // Kernel versions hold dots, flavours hold none and come last.
    const FLAVOURS: &[&str] = &[
        "console",
        "console-full",
        "dmesg-T",
        "dmesg-e",
        "dmesg-iso",
        "dmesg-r",
        "dmesg-x",
        "journal-json",
        "journal-mono",
        "journal-short",
        "kmsg",
        "rsyslog",
    ];
    match stem.rsplit_once('.') {
        Some((run, flavour)) if FLAVOURS.contains(&flavour) => (run, flavour),
        _ => (stem, "plain"),
    }
}

/// A short log and what must come out of it.
pub(crate) struct Sample {
    pub(crate) file: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) expect: Expect,
}

/// What must come out of a short log.
#[derive(Deserialize)]
pub(crate) struct Expect {
    /// Each event, in order, as a subset of its JSON.
    pub(crate) events: Vec<Value>,
    /// The other trouble, in order, all of it, each as a subset of its JSON.
    #[serde(default)]
    pub(crate) context: Option<Vec<Value>>,
    /// A subset of the coverage.
    #[serde(default)]
    pub(crate) coverage: Option<Value>,
    /// Kinds of events that may occur besides, because they claim no kill.
    #[serde(default)]
    pub(crate) kinds: Vec<String>,
}

/// Returns the short logs of a folder.
pub(crate) fn samples(name: &str) -> Vec<Sample> {
    let folder = folder(name);
    let mut samples = Vec::new();
    for path in files(&folder) {
        let file = name_of(&path);
        if file.ends_with(".expect.json") {
            continue;
        }
        let stem = file.strip_suffix(".log").map_or_else(|| file.replace('.', "-"), ToOwned::to_owned);
        let beside = [
            folder.join(format!("{stem}.expect.json")),
            folder.join(format!("{}.expect.json", file.replace('.', "-"))),
        ];
        let expect =
            beside.iter().find(|path| path.exists()).unwrap_or_else(|| panic!("{file} has no expectation"));
        let expect =
            serde_json::from_slice(&fs::read(expect).unwrap()).unwrap_or_else(|e| panic!("{file}: {e}"));
        samples.push(Sample { file: format!("{name}/{file}"), bytes: fs::read(&path).unwrap(), expect });
    }
    assert!(!samples.is_empty(), "{name} holds no sample");
    samples
}

/// Returns the folder of fixtures.
pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(name)
}

/// Returns the files of a folder by name.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Returns the name of a file.
pub(crate) fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Complaints of one test, collected to the end and shown together.
#[derive(Default)]
pub(crate) struct Complaints {
    shown: Vec<String>,
    files: BTreeMap<String, u32>,
    count: usize,
    checks: usize,
}

impl Complaints {
    const SHOWN: usize = 60;
    const SHOWN_OF_A_FILE: u32 = 4;

    /// Complains where what the decoder says is not what the truth says.
    pub(crate) fn same<T: PartialEq + std::fmt::Debug>(
        &mut self,
        file: &str,
        place: impl std::fmt::Display,
        got: T,
        want: T,
    ) {
        self.checks += 1;
        if got != want {
            self.add(file, format!("{place}: {got:?} is not {want:?}"));
        }
    }

    /// Complains.
    pub(crate) fn add(&mut self, file: &str, text: impl Into<String>) {
        self.count += 1;
        let of_file = self.files.entry(file.to_owned()).or_default();
        *of_file += 1;
        if self.shown.len() < Self::SHOWN && *of_file <= Self::SHOWN_OF_A_FILE {
            let mut text: String = text.into();
            if text.len() > 400 {
                text = text.chars().take(400).collect::<String>() + " …";
            }
            self.shown.push(format!("{file}: {text}"));
        }
    }

    /// Counts a check that held.
    pub(crate) fn checked(&mut self) {
        self.checks += 1;
    }

    /// Fails where there are complaints, or where nothing was checked at all.
    pub(crate) fn settle(self) {
        let mut text = String::new();
        for line in &self.shown {
            let _ = writeln!(text, "  {line}");
        }
        let hidden = self.count - self.shown.len();
        assert!(
            self.count == 0,
            "{} complaints in {} files, {} checks ({hidden} more not shown)\n{text}",
            self.count,
            self.files.len(),
            self.checks
        );
        assert!(self.checks > 0, "nothing was checked");
    }
}

/// Lists where `got` lacks or contradicts what `want` says; `null` wants absence, lists want their length.
pub(crate) fn subset(want: &Value, got: &Value) -> Vec<String> {
    let mut out = Vec::new();
    compare(want, got, "", &mut out);
    out
}

fn compare(want: &Value, got: &Value, place: &str, out: &mut Vec<String>) {
    match (want, got) {
        (Value::Object(want), Value::Object(got)) => {
            for (key, want) in want {
                let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
                compare(want, got.get(key).unwrap_or(&Value::Null), &place, out);
            }
        }
        (Value::Array(want), Value::Array(got)) => {
            if want.len() != got.len() {
                out.push(format!(
                    "{place}: {} entries instead of {}: {}",
                    got.len(),
                    want.len(),
                    brief(&Value::Array(got.clone()))
                ));
            }
            for (i, (want, got)) in want.iter().zip(got).enumerate() {
                compare(want, got, &format!("{place}[{i}]"), out);
            }
        }
        (Value::Number(want), Value::Number(got)) if want.as_f64() == got.as_f64() => {}
        _ if want == got => {}
        _ => out.push(format!("{place}: {} is not {}", brief(got), brief(want))),
    }
}

/// Returns JSON on one line, cut to a length that can be read.
pub(crate) fn brief(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 160 { text.chars().take(160).collect::<String>() + " …" } else { text }
}

/// Lists where two values of JSON differ.
pub(crate) fn differences(left: &Value, right: &Value) -> Vec<String> {
    fn walk(left: &Value, right: &Value, place: &str, out: &mut Vec<String>) {
        match (left, right) {
            (Value::Object(l), Value::Object(r)) => {
                for key in l.keys().chain(r.keys().filter(|key| !l.contains_key(*key))) {
                    let null = Value::Null;
                    walk(
                        l.get(key).unwrap_or(&null),
                        r.get(key).unwrap_or(&null),
                        &format!("{place}.{key}"),
                        out,
                    );
                }
            }
            (Value::Array(l), Value::Array(r)) if l.len() == r.len() => {
                for (i, (l, r)) in l.iter().zip(r).enumerate() {
                    walk(l, r, &format!("{place}[{i}]"), out);
                }
            }
            _ if left == right => {}
            _ => out.push(format!("{place}: {} is not {}", brief(left), brief(right))),
        }
    }
    let mut out = Vec::new();
    walk(left, right, "", &mut out);
    out
}

/// Tells whether an event is an OOM report, in the wide sense of the truth.
pub(crate) fn is_oom(event: &Event) -> bool {
    matches!(event.kind, EventKind::OomKill | EventKind::OomNoVictim | EventKind::Panic)
}

/// What is known about a run. Texts are Latin-1 views of bytes.
#[derive(Deserialize)]
pub(crate) struct Truth {
    pub(crate) kernel: String,
    pub(crate) page_size_kb: u64,
    pub(crate) scenario: String,
    pub(crate) constraint: Option<String>,
    pub(crate) total_ram_kb: u64,
    pub(crate) swap_total_kb: u64,
    #[serde(default)]
    pub(crate) panic: Option<String>,
    pub(crate) n_oom_reports: usize,
    pub(crate) victims: Vec<TrueVictim>,
    pub(crate) sigkilled_seen_by_init: Vec<Died>,
    pub(crate) victims_are_all_that_died: bool,
    pub(crate) reports: Vec<TrueReport>,
    #[serde(default)]
    pub(crate) not_from_the_kernel: Vec<String>,
    #[serde(default)]
    pub(crate) guest_processes: Vec<GuestProcess>,
}

#[derive(Deserialize)]
pub(crate) struct Died {
    pub(crate) pid: i64,
}

#[derive(Deserialize)]
pub(crate) struct GuestProcess {
    pub(crate) pid: i64,
    pub(crate) comm: String,
    pub(crate) uid: i64,
    pub(crate) oom_score_adj: i64,
}

#[derive(Clone, Deserialize)]
pub(crate) struct TrueVictim {
    pub(crate) pid: i64,
    pub(crate) comm: String,
    pub(crate) total_vm_kb: Option<u64>,
    pub(crate) anon_rss_kb: Option<u64>,
    pub(crate) file_rss_kb: Option<u64>,
    pub(crate) shmem_rss_kb: Option<u64>,
    pub(crate) uid: Option<i64>,
    pub(crate) pgtables_kb: Option<u64>,
    pub(crate) oom_score_adj: Option<i64>,
    pub(crate) seq: u64,
}

#[derive(Deserialize)]
pub(crate) struct TrueReport {
    pub(crate) kind: String,
    pub(crate) first_seq: u64,
    pub(crate) t_us: u64,
    #[serde(default)]
    pub(crate) tasks: Vec<TrueTask>,
    #[serde(default)]
    pub(crate) tasks_abridged: bool,
    pub(crate) n_tasks_in_dump: u64,
    #[serde(default)]
    pub(crate) usage: BTreeMap<String, Usage>,
    pub(crate) trigger_comm: Option<String>,
    pub(crate) trigger_pid: Option<i64>,
    pub(crate) trigger_cpu: Option<u32>,
    pub(crate) trigger_oom_score_adj: Option<i64>,
    pub(crate) gfp_mask: Option<String>,
    pub(crate) gfp_flags: Option<String>,
    pub(crate) order: Option<i32>,
    pub(crate) nodemask: Option<String>,
    pub(crate) cpuset: Option<String>,
    pub(crate) mems_allowed: Option<String>,
    pub(crate) constraint: Option<String>,
    pub(crate) oom_memcg: Option<String>,
    pub(crate) task_memcg: Option<String>,
    pub(crate) memcg_stats_for: Option<String>,
    pub(crate) chosen_pid: Option<i64>,
    pub(crate) score: Option<i64>,
    pub(crate) pages_ram: Option<u64>,
    pub(crate) total_swap_kb: Option<u64>,
    pub(crate) free_swap_kb: Option<u64>,
    #[serde(default)]
    pub(crate) notices: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct Usage {
    pub(crate) usage_kb: u64,
    pub(crate) limit_kb: u64,
    pub(crate) failcnt: u64,
}

#[derive(Deserialize)]
pub(crate) struct TrueTask {
    pub(crate) pid: i64,
    pub(crate) uid: i64,
    pub(crate) tgid: i64,
    pub(crate) total_vm: u64,
    pub(crate) rss: u64,
    pub(crate) rss_anon: Option<u64>,
    pub(crate) rss_file: Option<u64>,
    pub(crate) rss_shmem: Option<u64>,
    pub(crate) pgtables_bytes: Option<u64>,
    pub(crate) nr_ptes: Option<u64>,
    pub(crate) nr_pmds: Option<u64>,
    pub(crate) swapents: u64,
    pub(crate) oom_score_adj: i64,
    pub(crate) name: String,
}

impl Truth {
    /// Returns the victims of a report, each once, in the order of the log.
    pub(crate) fn victims_of(&self, report: usize) -> Vec<&TrueVictim> {
        let from = self.reports[report].first_seq;
        let to = self.reports.get(report + 1).map_or(u64::MAX, |next| next.first_seq);
        let mut victims: Vec<&TrueVictim> = Vec::new();
        for victim in self.victims.iter().filter(|victim| (from..to).contains(&victim.seq)) {
            if victims.iter().all(|known| known.pid != victim.pid) {
                victims.push(victim);
            }
        }
        victims
    }
}

/// Turns a Latin-1 view back into bytes.
pub(crate) fn bytes_of(latin1: &str) -> Vec<u8> {
    latin1.chars().map(|c| u8::try_from(u32::from(c)).expect("a Latin-1 view")).collect()
}

/// Says that a test could not do what it is for, past the capture of the test runner.
pub(crate) fn skip(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}
