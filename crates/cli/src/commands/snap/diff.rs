//! `oomkit snap diff`: who grew, shrank, came and went between two moments.

use clap::Args;
use oomkit_core::{
    cgroup::lies_in,
    document::{Block, Document, Tone, Topic},
    units::ByteDelta,
};
use oomkit_snap::{
    attribute::{self, Shift},
    diff::{Change, Diff, Fate},
    facts::{self, RisingCount},
    group::{By, Holder},
    held::Held,
    name::Name,
    snapshot::{Duration, Host, Snapshot},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Place,
    answer::{Answer, Cell, Format, Head, Sheet},
    pick::{self, Picked},
    store,
    top::{GroupArgs, pid},
    words,
};
use crate::{args::Global, exit::Code, failure::Failure, terminal::Terminal};

/// What changed by less is not worth a word in the answer.
const NOISE: u64 = 1 << 20;

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    #[command(flatten)]
    place: Place,

    /// The first snapshot, by its number or by a time
    #[arg(value_name = "NUMBER|TIME", allow_hyphen_values = true)]
    before: String,

    /// The second one [default: the newest]
    #[arg(value_name = "NUMBER|TIME", allow_hyphen_values = true)]
    after: Option<String>,

    #[command(flatten)]
    group: GroupArgs,

    /// The format of the output; csv has all rows
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// What `oomkit snap diff --format json` writes.
#[derive(Serialize, JsonSchema)]
pub(crate) struct DiffDocument {
    /// The name of this schema.
    #[schemars(extend("const" = "oomkit.snapshot-diff/v1"))]
    schema: &'static str,
    /// The numbers of the two snapshots.
    numbers: [i64; 2],
    /// How the machine's memory was spent otherwise; `null` where its size is not known.
    machine_shift: Option<Shift>,
    /// What changed.
    #[serde(flatten)]
    diff: Diff,
}

/// Runs the verb.
pub(super) fn run(args: DiffArgs, global: &Global, terminal: &Terminal) -> Result<&'static Code, Failure> {
    let store = store::read(args.place.store)?;
    let before = pick::pick(&store, Some(&args.before))?;
    let after = pick::pick(&store, args.after.as_deref())?;
    let diff = Diff::between(&before.snapshot, &after.snapshot, args.group.by.into());
    let account = |picked: &Picked| attribute::machine(&picked.snapshot.machine);
    let shift = account(&before).zip(account(&after)).map(|(before, after)| Shift::between(&before, &after));
    let sheet = sheet(&diff);
    let document = page([&before, &after], &diff, shift.as_ref(), &sheet, args.group.most);
    let numbers = [before.id.get(), after.id.get()];
    let json = DiffDocument { schema: "oomkit.snapshot-diff/v1", numbers, machine_shift: shift, diff };
    Answer { json, topic: Topic::Snapshots, document, sheet }.write(args.format, global, terminal)
}

fn sheet(diff: &Diff) -> Sheet {
    let (title, key) = words::head(diff.by);
    let mut heads = vec![
        Head::words(title, key),
        Head::words("what", "fate"),
        Head::figures("by", "change_bytes"),
        Head::figures("before", "before_bytes"),
        Head::figures("after", "after_bytes"),
    ];
    if diff.by == By::Process {
        heads.insert(0, Head::figures("pid", "pid"));
    }
    // A size that is not known on a side where somebody was is not taken for nothing.
    let size = |held: &Option<Held>| match held {
        None => Cell::Told { people: "\u{2014}".into(), programs: String::new() },
        Some(held) => Cell::Size(held.own()),
    };
    let row = |change: &Change<Holder>| {
        let mut row = vec![
            words::holder_cell(&change.key),
            Cell::Words(fate(change.fate()).into()),
            Cell::Change(change.growth()),
            size(&change.before),
            size(&change.after),
        ];
        if diff.by == By::Process {
            row.insert(0, pid(&change.key));
        }
        row
    };
    // What is as large as before, only in other kinds, is no news for people.
    let rows = diff.holders.iter().flatten().filter(|change| change.growth().is_some());
    Sheet::new(&heads, rows.map(row).collect())
}

const fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Came => "came",
        Fate::Grew => "grew",
        Fate::Changed => "changed",
        Fate::Shrank => "shrank",
        Fate::Went => "went",
    }
}

fn page(picked: [&Picked; 2], diff: &Diff, shift: Option<&Shift>, sheet: &Sheet, most: usize) -> Document {
    let mut document = Document::new();
    document.push(Block::Answer(Tone::Plain, headline(diff)));
    if let Some(shift) = shift {
        let known = |(name, delta): &(String, ByteDelta)| {
            (NOISE <= delta.magnitude().get()).then(|| (name.clone(), delta.to_string()))
        };
        let mut facts: Vec<(String, String)> = shift.parts.iter().filter_map(known).collect();
        facts.extend(known(&("not accounted for".into(), shift.residue_bytes)));
        if !facts.is_empty() {
            document.push(Block::Heading("Where the machine's memory went".into()));
            document.push(Block::Facts(facts));
        }
    }
    if diff.holders.is_some() {
        document.push(Block::Heading("Who changed".into()));
        document.push(Block::Table(sheet.table(most)));
    } else {
        document.push(Block::Text(Tone::Doubtful, "Who changed is not known to both snapshots.".into()));
    }
    let mut notes = notes(picked, diff, sheet, most);
    notes.extend(shift.and_then(unshared));
    document.push(Block::Notes(notes));
    document
}

/// Says in one line who grew the most.
fn headline(diff: &Diff) -> String {
    let (from, to) = (diff.before.at(), diff.after.at());
    let grown = |change: &&Change<Holder>| {
        change.growth().is_some_and(|growth| 0 < growth.get() && NOISE <= growth.magnitude().get())
    };
    let most = diff.holders.iter().flatten().find(grown);
    match most.and_then(|change| Some((change, change.growth()?))) {
        Some((change, growth)) => format!(
            "From {from} to {to}, {} {} the most: {growth}",
            words::whose(&change.key),
            if change.fate() == Fate::Came { "came and holds" } else { "grew" }
        ),
        None if diff.holders.is_none() => format!("From {from} to {to}, who grew is not known"),
        None => format!("From {from} to {to}, nobody grew by 1 MiB or more"),
    }
}

fn notes(picked: [&Picked; 2], diff: &Diff, sheet: &Sheet, most: usize) -> Vec<String> {
    let mut notes: Vec<String> = picked.into_iter().filter_map(Picked::note).collect();
    let left = sheet.len().saturating_sub(most);
    if 0 < left {
        notes.push(format!("{left} more are left out; --most shows more, --format csv all"));
    }
    let [before, after] = picked.map(|picked| &picked.snapshot);
    if let Some([before, after]) = hosts(&before.host, &after.host) {
        notes.push(format!("these are two hosts: {before} and {after}"));
    } else if diff.before.boot_id != diff.after.boot_id {
        notes.push("the machine was started anew in between, so no process is the same".into());
    } else if diff.after.boot_clock < diff.before.boot_clock {
        notes.push("the first of the two is the later one".into());
    }
    notes.extend(kills(before, after));
    match diff.after.clock_step_micros(&diff.before) {
        Some(step) if 1_000_000 < step.unsigned_abs() => {
            let way = if step < 0 { "back" } else { "ahead" };
            let by = Duration::from_micros(step.unsigned_abs());
            notes.push(format!("the wall clock was set {way} by {by} in between"));
        }
        _ => {}
    }
    notes
}

/// Names two hosts that are not one; `None` where nothing says so.
fn hosts(before: &Host, after: &Host) -> Option<[String; 2]> {
    let differ = |of: fn(&Host) -> Option<&Name>| of(before).zip(of(after)).map(|(one, other)| one != other);
    let are_two = differ(|host| host.machine_id.as_ref()).or(differ(|host| host.name.as_ref()));
    let named = |host: &Host| host.name.as_ref().map_or_else(|| "an unnamed one".into(), Name::to_string);
    are_two?.then(|| [named(before), named(after)])
}

/// Says what was killed between two snapshots, and in which groups; a group's kills count for those above it too.
fn kills(before: &Snapshot, after: &Snapshot) -> Option<String> {
    let groups = facts::killed_between(before, after);
    let is_lowest = |path: &Name| {
        !groups.iter().any(|(other, _)| *other != path && lies_in(other.as_bytes(), path.as_bytes()))
    };
    let named: Vec<String> =
        groups.iter().filter(|(path, _)| is_lowest(path)).map(|(path, _)| path.to_string()).collect();
    let mut count = RisingCount::default();
    let of_machine = [before, after].map(|snapshot| facts::kills_of_machine(&snapshot.machine));
    let is_one_boot = before.moment.boot_id == after.moment.boot_id;
    let risen =
        of_machine.into_iter().filter(|_| is_one_boot).filter_map(|kills| count.rise_to(kills)).last();
    let total = match risen {
        Some(1) => "1 OOM kill".to_owned(),
        Some(risen) => format!("{risen} OOM kills"),
        None if named.is_empty() => return None,
        None => "OOM kills".to_owned(),
    };
    let place = if named.is_empty() { String::new() } else { format!(" in {}", named.join(", ")) };
    Some(format!("{total}{place} in between"))
}

/// Names the parts of the machine's memory that only one of two snapshots knows.
fn unshared(shift: &Shift) -> Option<String> {
    let names = shift.not_known.join(", ");
    (!names.is_empty())
        .then(|| format!("known to only one of the two, and so among what is not accounted for: {names}"))
}
