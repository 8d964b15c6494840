//! `oomkit recommend`: request and limit for every workload that the snapshots of a host know.

use std::{cell::RefCell, collections::BTreeSet, path::PathBuf};

use clap::Args;
use oomkit_core::{
    document::{Block, Document, Tone, Topic},
    finding::Confidence,
    ident::text,
    limit::Limit,
    workload::Workload,
};
use oomkit_postmortem::{
    measured::Measured,
    recommend::{Advice, Busiest, Policy, Recommendation, Recommender},
};
use oomkit_snap::store::{Entry, Store};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    decode::names::NamesArgs,
    snap::{
        Place,
        answer::{Answer, Cell, Format, Head, Sheet},
        pick::{self, SpanArgs},
        store,
    },
};
use crate::{
    args::Global,
    exit::{self, Code},
    failure::Failure,
    terminal::Terminal,
};

/// The policy where nothing is said.
const USUAL: Policy = Policy { headroom_percent: 25, percentile: 95 };

/// Recommend a memory request and a limit for every workload in a store of snapshots
///
/// Figures are of working sets: what a container or a service uses without the file pages that nobody used lately. The request is enough at 95 of 100 moments, the limit has room above the most that was used. Nothing is said of what was watched for less than an hour or keeps growing.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  oomkit recommend
  oomkit recommend --since -7d --headroom 40
  kubectl get pods -A -o json | oomkit recommend --names - --format json
  oomkit recommend --patches")]
pub(crate) struct RecommendArgs {
    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    span: SpanArgs,

    #[command(flatten)]
    names: NamesArgs,

    /// The room above the most that was used that a limit leaves, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = USUAL.headroom_percent, value_parser = clap::value_parser!(u32).range(0..=1000))]
    headroom: u32,

    /// The share of moments at which the request is enough, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = USUAL.percentile, value_parser = clap::value_parser!(u32).range(1..=100))]
    percentile: u32,

    /// Show the changes to make below the table
    #[arg(long)]
    patches: bool,

    /// The format of the output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// What `oomkit recommend --format json` writes.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RecommendDocument {
    /// The name of this schema.
    #[schemars(extend("const" = "oomkit.recommend/v1"))]
    schema: &'static str,
    /// The room above the most that was used, in percent.
    headroom_percent: u32,
    /// The share of moments at which the request is enough, in percent.
    percentile: u32,
    /// How many snapshots were looked at.
    snapshots: u64,
    /// How many of them cannot be read.
    pub(super) damaged: u64,
    /// The workloads, the largest first.
    workloads: Vec<Recommendation>,
}

/// Runs the verb.
pub(crate) fn run(
    args: RecommendArgs,
    global: &Global,
    terminal: &Terminal,
) -> Result<&'static Code, Failure> {
    let store = store::read(args.place.store)?;
    let entries = args.span.entries(&store)?;
    if entries.is_empty() {
        return Err(pick::empty());
    }
    let gathered = args.names.gather(false, terminal)?;
    gathered.failures.iter().for_each(|failure| terminal.failure(failure));
    let policy = Policy { headroom_percent: args.headroom, percentile: args.percentile };
    let json = summed(&store, &entries, policy, terminal, |workload, host| {
        let mut directories = gathered.directories.iter();
        let known = directories.find_map(|directory| directory.look_up(workload, host, &mut Vec::new()));
        known.into_iter().for_each(|known| workload.learn(known));
    });
    let damaged = json.damaged;
    let sheet = sheet(&json.workloads);
    let document = page(&json.workloads, &sheet, damaged, args.patches);
    let code = Answer { json, topic: Topic::Limits, document, sheet }.write(args.format, global, terminal)?;
    Ok(match (gathered.failures.is_empty(), damaged) {
        (true, 0) => code,
        (false, 0) => &exit::INPUT,
        _ => &exit::STORE,
    })
}

/// Sums up a whole store for another verb, by the usual policy.
pub(super) fn of_store(store: PathBuf, terminal: &Terminal) -> Result<RecommendDocument, Failure> {
    let store = store::read(Some(store))?;
    let entries = store.list().map_err(|error| Failure::store(&error))?;
    if entries.is_empty() {
        return Err(pick::empty());
    }
    Ok(summed(&store, &entries, USUAL, terminal, |_, _| ()))
}

/// Sums up a whole store by the usual policy, for advice about what its host killed.
pub(super) fn measured(store: PathBuf, terminal: &Terminal) -> Result<Measured, Failure> {
    let store = store::read(Some(store))?;
    let entries = store.list().map_err(|error| Failure::store(&error))?;
    if entries.is_empty() {
        return Err(pick::empty());
    }
    let hosts = RefCell::new(BTreeSet::new());
    let summed = summed(&store, &entries, USUAL, terminal, |_, host| {
        hosts.borrow_mut().extend(host.map(str::to_owned));
    });
    Ok(Measured::new(summed.workloads, hosts.into_inner(), USUAL.headroom_percent))
}

/// Looks at snapshots one by one; `teach` adds the names that somebody knows on a host.
fn summed(
    store: &Store,
    entries: &[Entry],
    policy: Policy,
    terminal: &Terminal,
    teach: impl Fn(&mut Workload, Option<&str>),
) -> RecommendDocument {
    let (mut recommender, mut snapshots, mut damaged) = (Recommender::new(), 0, 0);
    let ids = terminal.counted(0..entries.len(), entries.iter().map(|entry| entry.id));
    store.each(ids, |_, snapshot| match snapshot {
        Ok(snapshot) => {
            let host = snapshot.host.name.as_ref().map(|name| text(name.as_bytes()).into_owned());
            recommender.push(&snapshot, |workload| teach(workload, host.as_deref()));
            snapshots += 1;
        }
        Err(_) => damaged += 1,
    });
    RecommendDocument {
        schema: "oomkit.recommend/v1",
        headroom_percent: policy.headroom_percent,
        percentile: policy.percentile,
        snapshots,
        damaged,
        workloads: recommender.finish(policy),
    }
}

fn sheet(workloads: &[Recommendation]) -> Sheet {
    const HEADS: [Head; 11] = [
        Head::words("workload", "workload"),
        Head::figures("usual", "median_bytes"),
        Head::figures("most", "most_bytes"),
        Head::figures("request", "request_bytes"),
        Head::figures("limit", "limit_bytes"),
        Head::figures("limit now", "limit_now_bytes"),
        Head::words("how sure", "confidence"),
        Head::words("remark", "remark"),
        Head::figures("", "seconds"),
        Head::figures("", "samples"),
        Head::figures("", "kills"),
    ];
    let row = |one: &Recommendation| {
        let (request, limit, sure) = match &one.advice {
            Advice::Set { request_bytes, limit_bytes, confidence, .. } => {
                (said(request_bytes), said(limit_bytes), how_sure(*confidence))
            }
            Advice::Grows { .. } | Advice::TooShort | Advice::NotKnown => (unsaid(), unsaid(), ""),
        };
        vec![
            Cell::Words(one.name.clone()),
            Cell::Size(one.used.map(|used| used.median_bytes)),
            Cell::Size(one.used.map(|used| used.most_bytes)),
            request,
            limit,
            match one.limit_bytes {
                Some(Limit::Max) => Cell::Told { people: "none".into(), programs: String::new() },
                limit => Cell::Size(limit.and_then(Limit::size)),
            },
            Cell::Words(sure.to_owned()),
            Cell::Words(remark(one)),
            Cell::count(Some(one.over.micros() / 1_000_000)),
            Cell::count(Some(one.samples)),
            Cell::count(Some(one.kills)),
        ]
    };
    Sheet::new(&HEADS, workloads.iter().map(row).collect())
}

const fn said(size: &oomkit_core::units::Bytes) -> Cell {
    Cell::Size(Some(*size))
}

/// A figure that is left out on purpose.
fn unsaid() -> Cell {
    Cell::Told { people: "\u{2014}".into(), programs: String::new() }
}

const fn how_sure(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "a week or more",
        Confidence::Medium => "a day or more",
        Confidence::Low => "hours only",
    }
}

fn remark(one: &Recommendation) -> String {
    let mut remarks = Vec::new();
    match &one.advice {
        Advice::Grows { rate, .. } => {
            remarks
                .push(format!("grows by {} an hour: find its leak first", rate.per_hour_bytes.magnitude()));
        }
        Advice::TooShort => {
            remarks.push(format!("watched for {} only", one.over));
        }
        Advice::NotKnown => remarks.push("how much of its usage it needs is not known".to_owned()),
        Advice::Set { limit_bytes, .. } => {
            if one.limit_bytes.and_then(Limit::size).is_some_and(|now| now < *limit_bytes) {
                remarks.push("its limit is too low".to_owned());
            }
        }
    }
    match one.kills {
        0 => {}
        1 => remarks.push("was killed once".to_owned()),
        kills => remarks.push(format!("was killed {kills} times")),
    }
    remarks.extend(one.busiest.and_then(busiest));
    remarks.join("; ")
}

/// Names the busiest hour, where it differs from the quietest by half.
fn busiest(busiest: Busiest) -> Option<String> {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let is_apart = busiest.quietest_bytes.get() + busiest.quietest_bytes.get() / 2 < busiest.most_bytes.get();
    let day = DAYS.get(usize::from(busiest.weekday))?;
    is_apart.then(|| format!("most on {day} {:02}:00, at least {}", busiest.hour, busiest.quietest_bytes))
}

fn page(workloads: &[Recommendation], sheet: &Sheet, damaged: u64, patches: bool) -> Document {
    let mut document = Document::new();
    let told = workloads.iter().filter(|one| matches!(one.advice, Advice::Set { .. })).count();
    let all = workloads.len();
    let (tone, answer) = match (told, all) {
        (_, 0) => (Tone::Doubtful, "The snapshots know no workload whose working set can be told".to_owned()),
        (0, _) => (Tone::Doubtful, format!("Nothing is certain of {all} workloads yet")),
        _ => (Tone::Plain, format!("Request and limit for {told} of {all} workloads")),
    };
    document.push(Block::Answer(tone, answer));
    if !workloads.is_empty() {
        document.push(Block::Table(sheet.table(usize::MAX)));
    }
    let patched = workloads.iter().filter_map(|one| match &one.advice {
        Advice::Set { patch, .. } => patch.as_ref(),
        _ => None,
    });
    let mut notes = Vec::new();
    if patches {
        for patch in patched {
            document.push(Block::Heading(patch.file.clone()));
            let lines = patch.text.lines().map(|line| (String::new(), line.to_owned()));
            document.push(Block::Lines(lines.collect()));
        }
    } else if 0 < patched.count() {
        notes.push("--patches shows the changes to make".to_owned());
    }
    if 0 < damaged {
        notes.push(format!("{damaged} snapshots cannot be read; `oomkit snap verify` names them"));
    }
    notes.push(match workloads.is_empty() {
        true => "figures are made of control groups, which `oomkit snap take` keeps; other tools may keep none",
        false => "figures are of working sets: usage without file pages that nobody used lately",
    }.to_owned());
    document.push(Block::Notes(notes));
    document
}
