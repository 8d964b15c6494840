//! Blocks: one piece of a document as markup.

use maud::{Markup, html};
use oomkit_core::document::{Align, Block, Callout, Column, Ranked, Statement, Table};

use super::{
    article::Place,
    chart,
    letter::{class, text},
    log, picture, scale,
};

/// Writes a block.
pub(super) fn show(block: &Block, place: &Place<'_>) -> Markup {
    match block {
        Block::Answer(tone, answer) => html! { h1 class=(class(*tone)) { (text(answer)) } },
        // Headings become sections, and stand here only where a document has nothing before them.
        Block::Heading(title) | Block::Detail(title) | Block::Appendix(title) => {
            html! { h2 { (text(title)) } }
        }
        Block::Text(tone, words) => html! { p class=(class(*tone)) { (text(words)) } },
        Block::Callout(said) => callout(said),
        Block::Steps(steps) => html! {
            div.steps { p.over { (place.words.what_to_do) } ol { @for step in steps { li { (text(step)) } } } }
        },
        Block::Finding(finding) => self::finding(finding, place),
        Block::Facts(facts) => html! {
            dl.facts { @for (name, value) in facts { div { dt { (text(name)) } dd { (text(value)) } } } }
        },
        Block::Table(rows) => table(rows, None, place),
        Block::Ranked(ranked) => table(&ranked.table, Some(ranked), place),
        Block::Bars(parts) => picture::bars(parts),
        Block::Gauges(gauges) => scale::gauges(gauges),
        Block::Panels(panels) => picture::panels(panels),
        Block::Timeline(timeline) => picture::timeline(timeline),
        Block::Chart(held) => chart::chart(held),
        Block::Notes(notes) => html! { ul.notes { @for note in notes { li { (text(note)) } } } },
        Block::Lines(lines) => html! {
            ul.proofs { @for (at, line) in lines {
                li { @if !at.is_empty() { span.place { (text(at)) } " " } code { (text(line)) } }
            } }
        },
        Block::Log(printed) => log::show(printed, place),
    }
}

fn callout(said: &Callout) -> Markup {
    html! {
        div class=(format!("callout {}", class(said.tone))) {
            p.over { (text(&said.title)) }
            p.said { (text(&said.text)) }
            @if !said.note.is_empty() { p.note { (text(&said.note)) } }
        }
    }
}

fn finding(finding: &Statement, place: &Place<'_>) -> Markup {
    html! {
        div class=(format!("finding {}", class(finding.tone))) {
            p.rule {
                span class=(format!("tag {}", class(finding.tone))) { (text(&finding.severity)) }
                " " span.name { (text(&finding.name)) }
                " " span.code { (text(&finding.code)) }
                " " span.sure { (text(&finding.confidence)) }
            }
            p.said { (text(&finding.message)) }
            @if let Some(remedy) = &finding.remedy { p.remedy { b { (place.words.remedy) } (text(remedy)) } }
            @if !finding.proofs.is_empty() {
                ul.proofs { @for proof in &finding.proofs {
                    li {
                        @if let Some(link) = place.link(proof.line) {
                            a.place href=(link) { (text(&proof.place)) }
                        } @else {
                            span.place { (text(&proof.place)) }
                        }
                        " " code { (text(&proof.text)) }
                    }
                } }
            }
        }
    }
}

/// Writes a table in a box of its own, which scrolls where the page is too narrow.
fn table(table: &Table, ranked: Option<&Ranked>, place: &Place<'_>) -> Markup {
    let side = |at: usize| match table.columns.get(at) {
        Some(Column { align: Align::Right, .. }) => "right",
        Some(Column { shrinks: false, .. }) => "short",
        Some(_) | None => "left",
    };
    // What else is to be said of a row stands beside its name.
    let named = table.columns.iter().position(|column| column.shrinks).unwrap_or(0);
    html! {
        div.scroll tabindex="0" role="group" aria-label=(place.words.table) { table {
            thead { tr {
                @for (at, column) in table.columns.iter().enumerate() {
                    th scope="col" class=(side(at)) { (text(&column.title)) }
                }
                @if ranked.is_some() { td.bar {} }
            } }
            tbody { @for (number, row) in table.rows.iter().enumerate() {
                tr class=[table.marked.contains(&number).then_some("marked")] {
                    @for (at, cell) in row.iter().enumerate() {
                        td class=(side(at)) {
                            (text(cell))
                            @if let Some(ranked) = ranked.filter(|_| at == named) {
                                @for tag in ranked.tags_of(number) {
                                    " " span class=(format!("tag {}", class(tag.tone))) { (text(&tag.word)) }
                                }
                            }
                        }
                    }
                    @if let Some(ranked) = ranked {
                        td.bar { (picture::bar(ranked.shares.get(number).copied().unwrap_or(0.0), "c1")) }
                    }
                }
            } }
        } }
    }
}
