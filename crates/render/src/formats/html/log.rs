//! The log at the foot: every line with its number, so that proofs can point to it.

use std::collections::BTreeSet;

use maud::{Markup, html};
use oomkit_core::document::{Log, LogLine};

use super::{article::Place, letter::text};

/// A log of so many lines is shown open.
const SHORT: usize = 40;

/// Writes a log, folded away where it is long.
pub(super) fn show(log: &Log, place: &Place<'_>) -> Markup {
    let cited = log.lines.iter().filter(|line| line.cited).count();
    let mut seen = BTreeSet::new();
    html! {
        details.log open[log.lines.len() <= SHORT] {
            summary {
                (log.lines.len()) " lines of " (text(&log.input))
                @if 0 < cited { "; what is said rests on the " (cited) " marked ones" }
            }
            @for chunk in log.lines.chunk_by(|one, other| one.part == other.part) {
                div.chunk {
                    @if let Some(first) = chunk.first() { p.over { (first.part) } }
                    ol { @for line in chunk { (self::line(line, seen.insert(line.number), place)) } }
                }
            }
        }
        @if 0 < log.left_out {
            p.quiet { (log.left_out) " more lines were too many to be kept." }
        }
    }
}

fn line(line: &LogLine, is_first: bool, place: &Place<'_>) -> Markup {
    html! {
        li id=[is_first.then(|| place.line_id(line.number))] class=[line.cited.then_some("cited")] {
            span.number { (line.number) } code { (text(&line.text)) }
        }
    }
}
