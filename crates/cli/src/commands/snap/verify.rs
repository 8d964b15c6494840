//! `oomkit snap verify`: what of a store can be read, and what cannot.

use clap::Args;
use oomkit_core::document::{Block, Document, Tone, Topic};
use oomkit_snap::store::{Error, Kind, Options, Store, Verdict};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Place,
    answer::{Answer, Cell, Format, Head, Sheet},
    store, words,
};
use crate::{
    args::Global,
    exit::{self, Code},
    failure::Failure,
    terminal::Terminal,
};

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    place: Place,

    /// The format of the output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// What `oomkit snap verify --format json` writes.
#[derive(Serialize, JsonSchema)]
pub(crate) struct VerifyDocument {
    /// The name of this schema.
    #[schemars(extend("const" = "oomkit.snapshot-verify/v1"))]
    schema: &'static str,
    /// How many snapshots can be read.
    readable: u64,
    /// What is wrong; empty for a sound store.
    problems: Vec<Wrong>,
    /// How many readings of a process were given up in all snapshots because they took too long; no fault of the store.
    given_up: u64,
}

/// Something that is wrong.
#[derive(Serialize, JsonSchema)]
struct Wrong {
    /// The snapshot that it concerns, or `null` for the store as a whole.
    number: Option<i64>,
    /// What is wrong.
    what: String,
}

/// Runs the verb; a store with anything wrong ends with the code for damaged stores.
pub(super) fn run(args: VerifyArgs, global: &Global, terminal: &Terminal) -> Result<&'static Code, Failure> {
    let path = store::path(args.place.store, false)?;
    let store = Store::open_to_read(&path, Options::default()).map_err(|error| unusable(&error))?;
    let verdict = store.verify_counting(|read, all| terminal.count(read, all));
    terminal.clear();
    let verdict = verdict.map_err(|error| unusable(&error))?;
    let code = answer(&verdict).write(args.format, global, terminal)?;
    Ok(if verdict.problems.is_empty() { code } else { &exit::STORE })
}

/// A store of which nothing can be read is not to be verified once more.
fn unusable(error: &Error) -> Failure {
    let failure = Failure::store(error);
    match error.kind() {
        Kind::Damaged => failure.instead(
            "nothing of it can be read; move the file aside, and the next snapshot begins a new one",
        ),
        _ => failure,
    }
}

fn answer(verdict: &Verdict) -> Answer<VerifyDocument> {
    const HEADS: [Head; 2] = [Head::figures("snapshot", "number"), Head::words("what is wrong", "what")];
    let rows = verdict.problems.iter().map(|problem| {
        let number = problem.snapshot.map(|id| id.to_string());
        let words = number.clone().unwrap_or_else(|| "all".into());
        let what = oomkit_core::ident::visible(problem.what.as_bytes()).into_owned();
        vec![Cell::Told { people: words, programs: number.unwrap_or_default() }, Cell::Words(what)]
    });
    let sheet = Sheet::new(&HEADS, rows.collect());
    let mut document = Document::new();
    let readable = match verdict.readable {
        1 => "1 snapshot can be read".to_owned(),
        count => format!("{count} snapshots can be read"),
    };
    if verdict.problems.is_empty() {
        document.push(Block::Answer(Tone::Plain, format!("The store is sound: {readable}")));
    } else {
        document.push(Block::Answer(Tone::Bad, format!("The store is damaged; {readable}")));
        document.push(Block::Table(sheet.table(usize::MAX)));
    }
    document.push(Block::Notes(words::given_up(Some(verdict.given_up)).into_iter().collect()));
    let wrong = |problem: &oomkit_snap::store::Problem| Wrong {
        number: problem.snapshot.map(oomkit_snap::store::SnapshotId::get),
        what: problem.what.clone(),
    };
    let problems = verdict.problems.iter().map(wrong).collect();
    let json = VerifyDocument {
        schema: "oomkit.snapshot-verify/v1",
        readable: verdict.readable,
        problems,
        given_up: verdict.given_up,
    };
    Answer { json, topic: Topic::Snapshots, document, sheet }
}
