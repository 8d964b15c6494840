//! `oomkit snap top`: who held the most at a moment.

use clap::{Args, ValueEnum};
use oomkit_core::{
    document::{Block, Document, Ranked, Tone, Topic},
    units::{Bytes, Share},
};
use oomkit_snap::{
    facts,
    group::{self, By, Holder},
    held::Held,
    snapshot::{Moment, Snapshot},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Place,
    answer::{Answer, Cell, Format, Head, Sheet},
    pick::{self, Picked},
    store, words,
};
use crate::{args::Global, exit::Code, failure::Failure, terminal::Terminal};

#[derive(Debug, Args)]
pub(super) struct TopArgs {
    #[command(flatten)]
    place: Place,

    /// The number of a snapshot, or a time, of which the last snapshot before it is taken [default: the newest]
    #[arg(value_name = "NUMBER|TIME", allow_hyphen_values = true)]
    snapshot: Option<String>,

    #[command(flatten)]
    group: GroupArgs,

    /// What to sort by
    #[arg(long, value_enum, default_value_t, value_name = "KIND")]
    sort: Kind,

    /// The format of the output; csv has all rows
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// How processes are taken together, and how many are shown.
#[derive(Debug, Args)]
pub(super) struct GroupArgs {
    /// What to take processes together by
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub(super) by: Grouping,

    /// How many rows to show at most
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 20)]
    pub(super) most: usize,
}

/// What processes are taken together by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Grouping {
    /// Each process for itself
    Process,
    /// All processes of a name
    #[default]
    Name,
    /// All processes of a user
    User,
    /// What a control group is charged for, the groups below it included
    Cgroup,
    /// All processes that are in a control group itself, those of the groups below it left out
    Members,
    /// All processes of a systemd unit
    Unit,
    /// All processes of a pod
    Pod,
}

impl From<Grouping> for By {
    fn from(grouping: Grouping) -> Self {
        match grouping {
            Grouping::Process => Self::Process,
            Grouping::Name => Self::Name,
            Grouping::User => Self::User,
            Grouping::Cgroup => Self::Cgroup,
            Grouping::Members => Self::Members,
            Grouping::Unit => Self::Unit,
            Grouping::Pod => Self::Pod,
        }
    }
}

/// The kinds of memory to sort by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// What only its end gives back: anonymous memory, swap and page tables
    #[default]
    Own,
    /// Resident anonymous memory
    Anon,
    /// Resident pages of files
    File,
    /// Resident shared memory
    Shmem,
    /// Memory in swap
    Swap,
    /// Page tables
    Pgtables,
    /// Resident memory with what is shared divided among its users, where it was read of all
    Pss,
    /// Resident memory that nobody shares, where it was read of all
    Uss,
}

impl Kind {
    fn size(self, held: &Held) -> Option<Bytes> {
        match self {
            Self::Own => held.own(),
            Self::Anon => held.anonymous_bytes,
            Self::File => held.file_bytes,
            Self::Shmem => held.shared_bytes,
            Self::Swap => held.swap_bytes,
            Self::Pgtables => held.page_tables_bytes,
            Self::Pss => held.pss_bytes,
            Self::Uss => held.uss_bytes,
        }
    }
}

/// What is said where nothing but resident memory is known.
const RESIDENT: &str = "what each has of its own is not known; what is shared is resident for each of its users, \
     so that it counts more than once in a sum";

/// What `oomkit snap top --format json` writes.
#[derive(Serialize, JsonSchema)]
pub(crate) struct TopDocument {
    /// The name of this schema.
    #[schemars(extend("const" = "oomkit.snapshot-top/v1"))]
    schema: &'static str,
    /// The number of the snapshot.
    number: i64,
    #[serde(flatten)]
    moment: Moment,
    /// By what processes were taken together.
    by: By,
    /// Who held memory, the largest first; `null` where the snapshot does not know.
    holders: Option<Vec<TopRow>>,
}

/// Who held memory, and how much.
#[derive(Serialize, JsonSchema)]
struct TopRow {
    #[serde(flatten)]
    holder: Holder,
    /// What only its end gives back: anonymous memory, swap and page tables; for a control group, its usage.
    own_bytes: Option<Bytes>,
    #[serde(flatten)]
    held: Held,
}

/// Runs the verb.
pub(super) fn run(args: TopArgs, global: &Global, terminal: &Terminal) -> Result<&'static Code, Failure> {
    let by = args.group.by.into();
    if by == By::Cgroup && !matches!(args.sort, Kind::Own | Kind::Swap) {
        return Err(Failure::usage("control groups are sorted by their usage or by swap")
            .hint("--by members adds up the processes of each group, of which all kinds are known"));
    }
    let store = store::read(args.place.store)?;
    let picked = pick::pick(&store, args.snapshot.as_deref())?;
    let mut rows: Option<Vec<(Holder, Held)>> =
        group::held(&picked.snapshot, by).map(|held| held.into_iter().collect());
    if let Some(rows) = &mut rows {
        // Tasks of the kernel have no memory of their own, and would only stand here as not known.
        rows.retain(|(_, held)| held.own().is_some());
        let key = |held: &Held| (args.sort.size(held), held.own());
        rows.sort_by(|a, b| key(&b.1).cmp(&key(&a.1)).then_with(|| a.0.cmp(&b.0)));
    }
    let sheet = sheet(by, rows.as_deref().unwrap_or_default());
    let sizes: Vec<Option<Bytes>> = rows.iter().flatten().map(|(_, held)| args.sort.size(held)).collect();
    let mut document = page(&picked, &sheet, rows.is_some(), &sizes, args.group.most);
    if is_resident_alone(by, rows.as_deref().unwrap_or_default()) {
        document.push(Block::Notes(vec![RESIDENT.to_owned()]));
    }
    let json = TopDocument {
        schema: "oomkit.snapshot-top/v1",
        number: picked.id.get(),
        moment: picked.snapshot.moment,
        by,
        holders: rows.map(|rows| {
            let row = |(holder, held): (Holder, Held)| TopRow { holder, own_bytes: own(by, &held), held };
            rows.into_iter().map(row).collect()
        }),
    };
    Answer { json, topic: Topic::Snapshots, document, sheet }.write(args.format, global, terminal)
}

/// Returns the pid of a process, for its column.
pub(super) fn pid(holder: &Holder) -> Cell {
    match holder {
        Holder::Process { id, .. } => Cell::Number(Some(id.pid.get())),
        _ => Cell::Number(None),
    }
}

/// Returns what somebody holds alone; `None` where that is not known, whatever is resident.
fn own(by: By, held: &Held) -> Option<Bytes> {
    held.own().filter(|_| by == By::Cgroup || held.anonymous_bytes.is_some())
}

/// Tells whether nothing but resident memory is known of anybody, as of what other tools have recorded.
fn is_resident_alone(by: By, rows: &[(Holder, Held)]) -> bool {
    by != By::Cgroup && !rows.is_empty() && rows.iter().all(|(_, held)| held.anonymous_bytes.is_none())
}

fn sheet(by: By, rows: &[(Holder, Held)]) -> Sheet {
    let (title, key) = words::head(by);
    let (resident, of_its_own) = if is_resident_alone(by, rows) { ("resident", "") } else { ("", "its own") };
    // People see a column of shares only where some were read.
    let some = |share: fn(&Held) -> Option<Bytes>| rows.iter().any(|(_, held)| share(held).is_some());
    let shares = [("PSS", some(|held| held.pss_bytes)), ("USS", some(|held| held.uss_bytes))];
    let [pss, uss] = shares.map(|(title, is_known)| if is_known { title } else { "" });
    let mut heads = vec![
        Head::words(title, key),
        Head::figures(if by == By::Cgroup { "usage" } else { of_its_own }, "own_bytes"),
        Head::figures(resident, "resident_bytes"),
        Head::figures(if by == By::Cgroup { "" } else { "anonymous" }, "anonymous_bytes"),
        Head::figures(if by == By::Cgroup { "" } else { "file" }, "file_bytes"),
        Head::figures(if by == By::Cgroup { "" } else { "shared" }, "shared_bytes"),
        Head::figures("swap", "swap_bytes"),
    ];
    if by != By::Cgroup {
        heads.push(Head::figures(pss, "pss_bytes"));
        heads.push(Head::figures(uss, "uss_bytes"));
        heads.push(Head::figures(if by == By::Process { "" } else { "processes" }, "processes"));
    }
    if by == By::Process {
        heads.insert(0, Head::figures("pid", "pid"));
    }
    let row = |(holder, held): &(Holder, Held)| {
        let mut row = vec![
            words::holder_cell(holder),
            Cell::Size(own(by, held)),
            Cell::Size(held.whole_bytes.filter(|_| by != By::Cgroup)),
            Cell::Size(held.anonymous_bytes),
            Cell::Size(held.file_bytes),
            Cell::Size(held.shared_bytes),
            Cell::Size(held.swap_bytes),
        ];
        if by != By::Cgroup {
            row.push(Cell::Size(held.pss_bytes));
            row.push(Cell::Size(held.uss_bytes));
            row.push(Cell::count(held.processes));
        }
        if by == By::Process {
            row.insert(0, pid(holder));
        }
        row
    };
    Sheet::new(&heads, rows.iter().map(row).collect())
}

fn page(picked: &Picked, sheet: &Sheet, is_known: bool, sizes: &[Option<Bytes>], most: usize) -> Document {
    let snapshot: &Snapshot = &picked.snapshot;
    let at = snapshot.moment.at();
    let mut document = Document::new();
    if !is_known {
        document.push(Block::Answer(Tone::Doubtful, format!("Who held memory at {at} is not known.")));
        return document;
    }
    let machine = facts::memory(&snapshot.machine);
    let of = machine.map_or_else(String::new, |machine| format!(", on a machine of {machine}"));
    document.push(Block::Answer(Tone::Plain, format!("Who held the most at {at}{of}")));
    // Bars are of the machine, or of the largest where nobody knows how large the machine is.
    let whole = machine.or_else(|| sizes.first().copied().flatten()).unwrap_or_default();
    let share =
        |size: &Option<Bytes>| size.and_then(|size| Share::of(size, whole)).map_or(0.0, Share::fraction);
    let table = sheet.table(most);
    let shares = sizes.iter().take(table.rows.len()).map(share).collect();
    document.push(Block::Ranked(Ranked { table, shares, tags: Vec::new() }));
    let left = sheet.len().saturating_sub(most);
    let more = (0 < left).then(|| format!("{left} more are left out; --most shows more, --format csv all"));
    document.push(Block::Notes(picked.note().into_iter().chain(more).collect()));
    document
}
