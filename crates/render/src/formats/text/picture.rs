//! Pictures in letters: bars, gauges, panels and a timeline.

use std::fmt;

use oomkit_core::document::{Bar, Chart, Gauge, Panel, Ranked, Timeline, Tone};

use super::{INDENT, Page, Picture};
use crate::{
    figures::{self, levels, parts, percent, side_by_side, with_roles},
    letters::{block, column, scale},
    safe::{columns, shortened, spelled},
    style::Paint,
};

impl Page<'_> {
    pub(super) fn bars(&mut self, bars: &[Bar], indent: usize) -> fmt::Result {
        let characters = self.style.characters();
        let labels: Vec<_> = bars.iter().map(|bar| spelled(&bar.label, characters)).collect();
        let values: Vec<_> = bars.iter().map(|bar| spelled(&bar.value, characters)).collect();
        let widest =
            |texts: &[std::borrow::Cow<'_, str>]| texts.iter().map(|text| columns(text)).max().unwrap_or(0);
        let value_room = widest(&values);
        let share_room = bars.iter().map(|bar| percent(bar).len()).max().unwrap_or(0);
        let least = indent + value_room + 2 + share_room + 2;
        if self.style.width() < least + LABEL {
            let deeper = " ".repeat(indent + INDENT);
            return bars.iter().try_for_each(|bar| {
                let line = format!("{}: {}, {}", bar.label, bar.value, percent(bar));
                self.paragraph(Paint::Body(bar.tone), &line, &" ".repeat(indent), &deeper)
            });
        }
        let label_room = widest(&labels).min(self.style.width() - least);
        let bar_room = self.style.width().saturating_sub(least + label_room + 2).min(BAR);
        for ((bar, label), value) in bars.iter().zip(&labels).zip(&values) {
            let label = shortened(label, label_room, characters);
            let mut line = " ".repeat(indent) + &label;
            line += &" ".repeat((label_room + 2).saturating_sub(columns(&label)));
            line += &" ".repeat(value_room.saturating_sub(columns(value)));
            line += value;
            line += &format!("  {:>share_room$}", percent(bar));
            if LEAST_BAR <= bar_room {
                line += "  ";
                line += &block(bar.share, bar_room, characters);
            }
            self.put(Paint::Body(bar.tone), &line)?;
        }
        Ok(())
    }

    /// Writes a table with a bar beside each row, and what else is to be said of it.
    pub(super) fn ranked(&mut self, ranked: &Ranked, indent: usize) -> fmt::Result {
        let picture = |share: &f64| -> Picture<'_> {
            let share = *share;
            Box::new(move |room, characters| block(share, room, characters))
        };
        self.table(&with_roles(ranked), &ranked.shares.iter().map(picture).collect::<Vec<_>>(), indent)
    }

    /// Writes levels and marks as a table with a scale beside each row, and below what they are made of.
    pub(super) fn gauges(&mut self, gauges: &[Gauge], indent: usize) -> fmt::Result {
        let pictures = gauges
            .iter()
            .map(|gauge| -> Picture<'_> { Box::new(move |room, characters| scale(gauge, room, characters)) });
        self.table(&levels(gauges), &pictures.collect::<Vec<_>>(), indent)?;
        let notes =
            gauges.iter().flat_map(|gauge| gauge.notes.iter().map(|note| format!("{}: {note}", gauge.label)));
        notes.into_iter().try_for_each(|note| self.note(&note, indent))?;
        let Some(made_of) = gauges.iter().find(|gauge| !gauge.parts.is_empty()) else { return Ok(()) };
        self.out.write_char('\n')?;
        let deeper = " ".repeat(indent);
        self.paragraph(Paint::Body(Tone::Quiet), &made_of.parts_are, &deeper, &deeper)?;
        self.table(&parts(gauges), &[], indent)
    }

    /// Writes things side by side: a column for each, a row for each part.
    pub(super) fn panels(&mut self, panels: &[Panel], indent: usize) -> fmt::Result {
        self.table(&side_by_side(panels), &[], indent)
    }

    /// Writes a line of columns, one for each step.
    pub(super) fn timeline(&mut self, timeline: &Timeline, indent: usize) -> fmt::Result {
        let Timeline { from, to, step, counts, .. } = timeline;
        let room = self.style.width().saturating_sub(indent).max(1);
        // Of more steps than there is room for, neighbors are counted together.
        let together = counts.len().div_ceil(room).max(1);
        let counts: Vec<u64> = counts.chunks(together).map(|steps| steps.iter().sum()).collect();
        let most = counts.iter().copied().max().unwrap_or(0);
        let line: String = counts.iter().map(|count| column(*count, most, self.style.characters())).collect();
        let indent = " ".repeat(indent);
        self.put(Paint::Body(Tone::Bad), &(indent.clone() + &line))?;
        let step = if together == 1 { step.clone() } else { format!("{together} times {step}") };
        let words = format!("{from} to {to}; a column is {step}; the highest counts {most}");
        self.paragraph(Paint::Body(Tone::Quiet), &words, &indent, &indent)
    }

    /// Writes rows of columns, with the sizes at their left and the time below them.
    pub(super) fn chart(&mut self, chart: &Chart, indent: usize) -> fmt::Result {
        let characters = self.style.characters();
        let outer = " ".repeat(indent);
        self.paragraph(Paint::Body(Tone::Plain), &chart.title, &outer, &outer)?;
        let room = self.style.width().saturating_sub(indent);
        figures::chart(chart, room, characters).iter().try_for_each(|line| {
            let line = format!("{outer}{line}");
            self.put(Paint::Body(Tone::Quiet), &line)
        })
    }
}

/// The room that a bar's label needs at least.
const LABEL: usize = 6;
/// The longest bar.
const BAR: usize = 50;
/// The shortest bar that tells anything.
const LEAST_BAR: usize = 5;
