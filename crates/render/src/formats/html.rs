//! HTML: one self-contained page, without scripts, for light, dark and paper.

use std::fmt;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use oomkit_core::document::{Align, Bar, Block, Document, Table, Tone};

use super::percent;
use crate::{safe::shown, style::Style};

/// Looks: the colors follow the reader's system; a bar is a background, so it prints where asked.
const LOOKS: &str = include_str!("html.css");

/// Writes a document as a page.
pub(crate) fn write(document: &Document, _style: &Style, out: &mut dyn fmt::Write) -> fmt::Result {
    let title = document.blocks().iter().find_map(|block| match block {
        Block::Answer(_, text) => Some(shown(text)),
        _ => None,
    });
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title.as_deref().unwrap_or("oomkit")) }
                style { (PreEscaped(LOOKS)) }
            }
            body { main { @for item in document.blocks() { (block(item)) } } }
        }
    };
    out.write_str(&page.into_string())?;
    out.write_char('\n')
}

fn block(block: &Block) -> Markup {
    match block {
        Block::Answer(tone, text) => html! { h1 class=(class(*tone)) { (shown(text)) } },
        Block::Heading(text) => html! { h2 { (shown(text)) } },
        Block::Text(tone, text) => html! { p class=(class(*tone)) { (shown(text)) } },
        Block::Facts(facts) => html! {
            dl { @for (name, value) in facts { dt { (shown(name)) } dd { (shown(value)) } } }
        },
        Block::Table(rows) => table(rows),
        Block::Bars(parts) => bars(parts),
        Block::Notes(notes) => html! { ul { @for note in notes { li { (shown(note)) } } } },
        Block::Lines(lines) => html! {
            pre { @for (place, text) in lines {
                @if !place.is_empty() { span.place { (shown(place)) } " " }
                (shown(text)) "\n"
            } }
        },
    }
}

fn table(table: &Table) -> Markup {
    let side = |at: usize| match table.columns.get(at).map(|column| column.align) {
        Some(Align::Right) => "right",
        Some(Align::Left) | None => "left",
    };
    html! {
        div.scroll { table {
            thead { tr {
                @for (at, column) in table.columns.iter().enumerate() {
                    th scope="col" class=(side(at)) { (shown(&column.title)) }
                }
            } }
            tbody { @for (number, row) in table.rows.iter().enumerate() {
                tr class=[table.marked.contains(&number).then_some("marked")] {
                    @for (at, cell) in row.iter().enumerate() { td class=(side(at)) { (shown(cell)) } }
                }
            } }
        } }
    }
}

fn bars(bars: &[Bar]) -> Markup {
    html! {
        div.scroll { table.bars { tbody { @for bar in bars {
            tr class=(class(bar.tone)) {
                td { (shown(&bar.label)) }
                td.right { (shown(&bar.value)) }
                td.right { (percent(bar)) }
                td.bar {
                    div style=(format!("width:{:.2}%", bar.share.clamp(0.0, 1.0) * 100.0)) {}
                }
            }
        } } } }
    }
}

const fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Bad => "bad",
        Tone::Doubtful => "doubtful",
        Tone::Quiet => "quiet",
    }
}
