//! `oomkit snap show`: where the memory was at a moment.

use clap::Args;
use oomkit_core::{
    account::Account,
    document::{Bar, Block, Caption, Chart, Document, Fill, Tone, Topic},
    units::Bytes,
};
use oomkit_snap::{
    attribute,
    held::Held,
    name::Name,
    snapshot::{Cgroup, Process, Snapshot},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Place,
    answer::{Answer, Cell, Format, Head, Sheet},
    course,
    pick::{self, Picked},
    store, words,
};
use crate::{args::Global, exit::Code, failure::Failure, terminal::Terminal};

/// How many processes and control groups a page names.
const MOST: usize = 15;

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    place: Place,

    /// The number of a snapshot, or a time, of which the last snapshot before it is taken: -1h, 'yesterday 15:45' [default: the newest]
    #[arg(value_name = "NUMBER|TIME", allow_hyphen_values = true)]
    snapshot: Option<String>,

    /// The format of the output; csv has the processes
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// What `oomkit snap show --format json` writes.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SnapshotDocument {
    /// The name of this schema.
    #[schemars(extend("const" = "oomkit.snapshot/v1"))]
    schema: &'static str,
    /// The snapshot.
    #[serde(flatten)]
    snapshot: Snapshot,
}

/// Runs the verb.
pub(super) fn run(args: ShowArgs, global: &Global, terminal: &Terminal) -> Result<&'static Code, Failure> {
    let store = store::read(args.place.store)?;
    let picked = pick::pick(&store, args.snapshot.as_deref())?;
    // A curve is drawn from all rows of the machine, which programs do not ask for.
    let course = if args.format.is_page() { course::chart(&store, &picked.snapshot.moment)? } else { None };
    answer(picked, course).write(args.format, global, terminal)
}

fn answer(picked: Picked, course: Option<Chart>) -> Answer<SnapshotDocument> {
    let sheet = processes(picked.snapshot.processes.as_deref().unwrap_or_default());
    let document = page(&picked, course, &sheet);
    Answer {
        json: SnapshotDocument { schema: "oomkit.snapshot/v1", snapshot: picked.snapshot },
        topic: Topic::Snapshots,
        document,
        sheet,
    }
}

fn page(picked: &Picked, course: Option<Chart>, sheet: &Sheet) -> Document {
    let snapshot = &picked.snapshot;
    let host = snapshot.host.name.as_ref().map_or_else(|| "an unnamed host".to_owned(), Name::to_string);
    let at = snapshot.moment.at();
    let mut document =
        Document::new().with_caption(Caption { what: format!("memory of {host}"), when: at.to_string() });
    document.push(Block::Answer(Tone::Plain, format!("The memory of {host} at {at}")));
    match attribute::machine(&snapshot.machine) {
        Some(account) => {
            document.push(Block::Heading(format!("Where the memory was: {}", account.whole())));
            document.push(Block::Bars(bars(&account)));
        }
        None => {
            document.push(Block::Text(Tone::Doubtful, "How large the machine is could not be read.".into()));
        }
    }
    if let Some(course) = course {
        document.push(Block::Heading("How it came to this".into()));
        document.push(Block::Chart(course));
    }
    if let Some(processes) = &snapshot.processes {
        document.push(Block::Heading(format!("The largest of {} processes", processes.len())));
        document.push(Block::Table(sheet.table(MOST)));
    }
    if let Some(cgroups) = &snapshot.cgroups {
        document.push(Block::Heading(format!("The largest of {} control groups", cgroups.len())));
        document.push(Block::Table(groups(cgroups).table(MOST)));
    }
    document.push(Block::Notes(picked.note().into_iter().chain(notes(snapshot)).collect()));
    document
}

fn bars(account: &Account) -> Vec<Bar> {
    let whole = account.whole();
    let mut bars: Vec<Bar> = account
        .parts()
        .iter()
        .enumerate()
        // The first part is what is free.
        .map(|(at, part)| {
            let fill = if at == 0 { Fill::Free } else { Fill::Used };
            Bar::of(part.name.as_str(), part.bytes, whole, Tone::Plain).filled(fill)
        })
        .collect();
    let residue = account.residue();
    let (name, fill) = if residue.get() < 0 {
        ("counted twice", Fill::Excess)
    } else {
        ("not accounted for", Fill::Unknown)
    };
    bars.push(Bar::of(name, residue.magnitude(), whole, Tone::Quiet).filled(fill));
    bars
}

/// Lists processes, the largest first.
fn processes(processes: &[Process]) -> Sheet {
    // People see a column of shares only where some were read.
    let some =
        |share: fn(&Process) -> Option<Bytes>| processes.iter().any(|process| share(process).is_some());
    let pss = if some(|process| process.pss_bytes) { "PSS" } else { "" };
    let heads = [
        Head::figures("pid", "pid"),
        Head::words("process", "comm"),
        Head::figures("its own", "own_bytes"),
        Head::figures("resident", "rss_bytes"),
        Head::figures(pss, "pss_bytes"),
        Head::figures("swap", "swap_bytes"),
        Head::words("cgroup", "cgroup"),
        Head::figures("", "start_ticks"),
        Head::figures("", "ppid"),
        Head::figures("", "uid"),
        Head::figures("", "rss_anon_bytes"),
        Head::figures("", "rss_file_bytes"),
        Head::figures("", "rss_shmem_bytes"),
        Head::figures("", "pgtables_bytes"),
        Head::figures("", "peak_bytes"),
        Head::figures("", "oom_score_adj"),
        Head::figures("", "uss_bytes"),
    ];
    let own = |process: &Process| Held::from(process).own();
    // Tasks of the kernel have no memory of their own, and would only stand here as not known.
    let mut sorted: Vec<&Process> = processes.iter().filter(|process| own(process).is_some()).collect();
    sorted.sort_by_key(|process| (std::cmp::Reverse(own(process)), process.pid));
    let row = |process: &&Process| {
        vec![
            Cell::Number(Some(process.pid.get())),
            Cell::Words(process.comm.to_string()),
            Cell::Size(own(process)),
            Cell::Size(process.rss_bytes),
            Cell::Size(process.pss_bytes),
            Cell::Size(process.swap_bytes),
            named(process.cgroup.as_ref()),
            Cell::count(Some(process.start_ticks.get())),
            Cell::Number(process.ppid.map(oomkit_core::ident::Pid::get)),
            Cell::Number(process.uid.map(oomkit_core::ident::Uid::get)),
            Cell::Size(process.rss_anon_bytes),
            Cell::Size(process.rss_file_bytes),
            Cell::Size(process.rss_shmem_bytes),
            Cell::Size(process.pgtables_bytes),
            Cell::Size(process.peak_bytes),
            Cell::Number(process.oom_score_adj.map(|adj| adj.get().into())),
            Cell::Size(process.uss_bytes),
        ]
    };
    Sheet::new(&heads, sorted.iter().map(row).collect())
}

fn named(name: Option<&Name>) -> Cell {
    name.map_or(Cell::Number(None), |name| Cell::Words(name.to_string()))
}

/// Lists control groups, the largest first.
fn groups(cgroups: &[Cgroup]) -> Sheet {
    const HEADS: [Head; 4] = [
        Head::words("cgroup", "cgroup"),
        Head::figures("usage", "usage_bytes"),
        Head::figures("limit", "limit"),
        Head::figures("peak", "peak_bytes"),
    ];
    let mut sorted: Vec<&Cgroup> = cgroups.iter().collect();
    sorted.sort_by_key(|cgroup| (std::cmp::Reverse(cgroup.usage_bytes), &cgroup.path));
    let row = |cgroup: &&Cgroup| {
        vec![
            Cell::Words(cgroup.path.to_string()),
            Cell::Size(cgroup.usage_bytes),
            cgroup.limit_bytes.map_or(Cell::Number(None), |limit| Cell::Words(limit.to_string())),
            Cell::Size(cgroup.peak_bytes),
        ]
    };
    Sheet::new(&HEADS, sorted.iter().map(row).collect())
}

/// Says what was missed and what it took.
fn notes(snapshot: &Snapshot) -> Vec<String> {
    let cost = &snapshot.cost;
    let why = |reason| format!("it was taken besides the regular ones: {}", words::reason(reason));
    let mut notes: Vec<String> = snapshot.reason.as_ref().map(why).into_iter().collect();
    match cost.processes_vanished {
        None | Some(0) => {}
        Some(1) => notes.push("1 process ended while it was read, and is left out".to_owned()),
        Some(count) => notes.push(format!("{count} processes ended while they were read, and are left out")),
    }
    match cost.denied {
        None | Some(0) => {}
        Some(1) => notes.push("1 file may not be read by this user; what it holds is not known".to_owned()),
        Some(count) => {
            notes.push(format!("{count} files may not be read by this user; what they hold is not known"));
        }
    }
    notes.extend(words::given_up(cost.given_up));
    notes.extend(shares(snapshot.processes.as_deref().unwrap_or_default()));
    if snapshot.processes.is_none() {
        notes.push("processes are not in this snapshot".to_owned());
    }
    if let Some(cpu) = cost.cpu {
        notes.push(format!("taking it took {:.0} ms of processor time", cpu.seconds() * 1000.0));
    }
    notes
}

/// Says of how many processes shares were read; nothing where of none or of all.
///
/// Whether the others were not asked, did not answer or may not be asked by this user, the snapshot does not say.
fn shares(processes: &[Process]) -> Option<String> {
    let with_memory = processes.iter().filter(|process| process.rss_bytes.is_some()).count();
    let read = processes.iter().filter(|process| process.pss_bytes.is_some()).count();
    (0 < read && read < with_memory).then(|| {
        format!(
            "PSS is known of {read} of {with_memory} processes; snap take --pss all asks all that this user may"
        )
    })
}
