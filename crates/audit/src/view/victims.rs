//! Who dies first, as tables: for the machine, and for each limit.

use oomkit_core::{
    document::{Block, Column, Document, Table, Tone},
    ident::visible,
    units::Bytes,
};

use super::Extent;
use crate::{
    model::{LimitModel, Scope},
    simulate::{self, Prediction, Victim},
};

/// How many victims are named of each, and how many limits, before there are too many to read.
const FEW: (usize, usize) = (8, 20);

/// Shows the order of victims of a live host.
#[must_use]
pub fn document(model: &LimitModel, extent: Extent) -> Document {
    let predictions = simulate::predict(model);
    let mut document = Document::new();
    document.push(Block::Heading("Who dies first".into()));
    let Some((machine, limits)) = predictions.split_first() else {
        let what = "The scores of the processes could not be computed: the size of a page, or of the memory, is not known.";
        document.push(Block::Text(Tone::Doubtful, what.into()));
        return document;
    };
    let why = "The order in which the kernel would kill at this moment, by its own scores; each kill changes the sizes, and so the order.";
    document.push(Block::Text(Tone::Quiet, why.into()));
    let most = if extent == Extent::All { (usize::MAX, usize::MAX) } else { FEW };
    show(
        model,
        machine,
        &format!("If the machine is out of memory ({})", machine.total),
        most.0,
        &mut document,
    );
    for limit in limits.iter().take(most.1) {
        let name = model.scope(limit.scope).map_or_else(String::new, name);
        show(model, limit, &format!("If {name} is at its limit ({})", limit.total), most.0, &mut document);
    }
    if let Some(more) = limits.len().checked_sub(most.1).filter(|more| 0 < *more) {
        let what = format!("{more} more limits are not shown; --full shows them.");
        document.push(Block::Text(Tone::Doubtful, what));
    }
    document
}

fn name(scope: &Scope) -> String {
    let workload = scope.live.as_ref().and_then(|live| live.workload.as_ref());
    workload.map_or_else(|| visible(scope.path.as_bytes()).into_owned(), |workload| workload.describe())
}

fn show(model: &LimitModel, prediction: &Prediction<'_>, title: &str, most: usize, document: &mut Document) {
    document.push(Block::Detail(title.to_owned()));
    let rows = prediction.victims.iter().take(most).enumerate().map(|(at, victim)| row(model, at, victim));
    let columns = vec![
        Column::figures(""),
        Column::figures("score"),
        Column::figures("adj"),
        Column::figures("its own"),
        Column::figures("pid"),
        Column::words("process"),
        Column::words("runs in"),
    ];
    if !prediction.victims.is_empty() {
        document.push(Block::Table(Table { columns, rows: rows.collect(), marked: vec![0] }));
    }
    let mut notes = Vec::new();
    let more = prediction.victims.len().saturating_sub(most);
    if 0 < more {
        notes.push(format!("{more} more come after these"));
    }
    if 0 < prediction.spared {
        notes.push(format!("{} are never killed", prediction.spared));
    }
    if 0 < prediction.unknown {
        notes.push(format!("{} could not be read, and may come anywhere", prediction.unknown));
    }
    if let Some(group) = group(model, prediction) {
        notes.push(group);
    }
    document.push(Block::Notes(notes));
}

/// Says what else dies with the first victim.
fn group(model: &LimitModel, prediction: &Prediction<'_>) -> Option<String> {
    let first = model.scope(prediction.victims.first()?.process.scope?)?;
    let around = std::iter::once(first).chain(model.ancestors(first).map(|(_, above)| above));
    let whole = around.filter(|scope| scope.oom.group.as_ref().is_some_and(|group| group.value)).last()?;
    Some(format!("the first one takes all of {} with it", name(whole)))
}

fn row(model: &LimitModel, at: usize, victim: &Victim<'_>) -> Vec<String> {
    let Victim { process, score, .. } = victim;
    let home = process.scope.and_then(|scope| model.scope(scope));
    vec![
        (at + 1).to_string(),
        score.to_string(),
        process.claim.map_or_else(String::new, |claim| claim.adj.to_string()),
        process.held.map_or_else(|| "not known".to_owned(), |held: Bytes| held.to_string()),
        process.pid.to_string(),
        process.comm.to_string(),
        home.map_or_else(|| "not known".to_owned(), name),
    ]
}
