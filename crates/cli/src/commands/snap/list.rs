//! `oomkit snap list`: which snapshots a store has.

use clap::Args;
use oomkit_core::document::{Block, Tone, Topic};
use oomkit_snap::{
    snapshot::{Moment, Reason},
    store::Entry,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Place,
    answer::{Answer, Cell, Format, Head, Sheet},
    pick::SpanArgs,
    store, words,
};
use crate::{args::Global, exit::Code, failure::Failure, terminal::Terminal};

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    span: SpanArgs,

    /// The format of the output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// What `oomkit snap list --format json` writes.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SnapshotsDocument {
    /// The name of this schema.
    #[schemars(extend("const" = "oomkit.snapshots/v1"))]
    schema: &'static str,
    /// The snapshots, the oldest first.
    snapshots: Vec<Listed>,
}

/// A snapshot in the list.
#[derive(Serialize, JsonSchema)]
struct Listed {
    /// Its number in the store.
    number: i64,
    #[serde(flatten)]
    moment: Moment,
    /// Why it was taken besides the regular ones; `null` for a regular one.
    reason: Option<Reason>,
    /// Whether its processes were left out since the disk was nearly full.
    processes_left_out: bool,
}

/// Runs the verb.
pub(super) fn run(args: ListArgs, global: &Global, terminal: &Terminal) -> Result<&'static Code, Failure> {
    let store = store::read(args.place.store)?;
    answer(&args.span.entries(&store)?).write(args.format, global, terminal)
}

fn answer(entries: &[Entry]) -> Answer<SnapshotsDocument> {
    const HEADS: [Head; 4] = [
        Head::figures("number", "number"),
        Head::words("time", "time"),
        Head::words("boot", "boot_id"),
        Head::words("remark", "remark"),
    ];
    let row = |entry: &Entry| {
        let boot = entry.moment.boot_id.to_string();
        let cut = entry.cut.then(|| "processes left out".to_owned());
        let remarks: Vec<String> = entry.reason.as_ref().map(words::reason).into_iter().chain(cut).collect();
        vec![
            Cell::Number(Some(entry.id.get())),
            Cell::Words(entry.moment.at().to_string()),
            Cell::Told { people: boot.chars().take(8).collect(), programs: boot },
            Cell::Words(remarks.join(", ")),
        ]
    };
    let sheet = Sheet::new(&HEADS, entries.iter().map(row).collect());
    let words = match entries.len() {
        1 => "1 snapshot".to_owned(),
        count => format!("{count} snapshots"),
    };
    let document = [Block::Answer(Tone::Plain, words), Block::Table(sheet.table(usize::MAX))];
    let listed = |entry: &Entry| Listed {
        number: entry.id.get(),
        moment: entry.moment.clone(),
        reason: entry.reason.clone(),
        processes_left_out: entry.cut,
    };
    let snapshots = entries.iter().map(listed).collect();
    Answer {
        json: SnapshotsDocument { schema: "oomkit.snapshots/v1", snapshots },
        topic: Topic::Snapshots,
        document: document.into_iter().collect(),
        sheet,
    }
}
