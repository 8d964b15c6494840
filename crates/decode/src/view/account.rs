//! Where the memory was: the account as bars, with what nobody claims.

use oomkit_core::{
    account::{Account, Part},
    document::{Bar, Block, Document, Fill, Tone},
    units::{ByteDelta, Bytes, Share},
};

use super::{
    Case,
    words::{name, short_path},
};
use crate::resolve::balance::parts_of_machine;

/// A residue of more than this share of the whole deserves a second look.
const LARGE: f64 = 0.1;

pub(super) fn show(case: &Case<'_>, document: &mut Document) {
    let Some(account) = &case.event.account else { return at_least(case, document) };
    let whole = account.whole();
    // A path that fills three lines stands in the section on the cgroup.
    let of = match account.of().split_once(' ') {
        Some((kind, path)) => format!("{} {}", name(kind), short_path(path)),
        None => name(account.of()).into_owned(),
    };
    document.push(Block::Heading(format!("Where the memory was: {of}, {whole}")));
    document.push(Block::Bars(bars(account, case.is_full())));
}

/// Returns the parts of an account and its residue as bars; those of nothing only in full.
pub(super) fn bars(account: &Account, is_full: bool) -> Vec<Bar> {
    let whole = account.whole();
    let parts = account.parts().iter().filter(|part| is_full || part.bytes != Bytes::ZERO);
    let mut bars: Vec<Bar> = parts.map(|part| bar(part, whole)).collect();
    bars.push(residue(account.residue(), whole));
    bars
}

/// Without the whole, the counters still tell what is large, and that there is at least so much.
fn at_least(case: &Case<'_>, document: &mut Document) {
    let parts = case.event.machine.as_ref().map(parts_of_machine).unwrap_or_default();
    let sum: Bytes = parts.iter().map(|part| part.bytes).sum();
    if parts.len() < 4 {
        return;
    }
    document.push(Block::Heading(format!(
        "Where the memory was: {sum} by the counters; the whole is not in the log"
    )));
    document.push(Block::Bars(parts.iter().map(|part| bar(part, sum)).collect()));
}

fn bar(part: &Part, whole: Bytes) -> Bar {
    let fill = if part.name == "free" { Fill::Free } else { Fill::Used };
    Bar::of(name(&part.name), part.bytes, whole, Tone::Plain).filled(fill)
}

fn residue(residue: ByteDelta, whole: Bytes) -> Bar {
    let size = residue.magnitude();
    let share = Share::of(size, whole).map_or(0.0, Share::fraction);
    let tone = if LARGE < share { Tone::Doubtful } else { Tone::Quiet };
    if residue.get() < 0 {
        let (label, value) = ("counted twice".into(), residue.to_string());
        Bar { label, value, share: -share, tone, fill: Fill::Excess }
    } else {
        let (label, value) = ("not accounted for".into(), size.to_string());
        Bar { label, value, share, tone, fill: Fill::Unknown }
    }
}
