//! Tables in text: the one place that lays out rows and columns.
//!
//! `prettytable` aligns; it neither wraps, nor knows a width, nor may it see an escape sequence,
//! so cells are made safe and short before, and colored by whole rows after.

use std::borrow::Cow;

use oomkit_core::document::{Align, Table};
use prettytable::{
    Cell, Row,
    format::{Alignment, FormatBuilder, LinePosition, LineSeparator},
};

use crate::{
    safe::{columns, shortened, spelled},
    style::Characters,
};

/// Stands for every column of a cell while `prettytable` aligns it: its idea of how wide a letter is
/// comes from an older Unicode than ours.
const STAND_IN: char = 'x';
/// The room between two columns, and what a column of words is not cut below: ample, then tight.
const ROOMS: [Room; 2] = [Room { gap: 2, least: 15 }, Room { gap: 1, least: 9 }];

#[derive(Clone, Copy)]
struct Room {
    gap: usize,
    least: usize,
}

/// One line of a table that is laid out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A line of the head, or the rule below it.
    Head(String),
    /// A row, by its number.
    Row(usize, String),
}

impl Line {
    /// Returns the line as it is printed.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Head(line) | Self::Row(_, line) => line,
        }
    }
}

/// Lays out a table in at most `width` columns; `None` where its figures do not fit.
pub(crate) fn lay_out(table: &Table, width: usize, characters: Characters) -> Option<Vec<Line>> {
    let rows: Vec<Vec<Cow<'_, str>>> = table
        .rows
        .iter()
        .map(|row| table.columns.iter().enumerate().map(|(at, _)| cell(row, at, characters)).collect())
        .collect();
    let titles: Vec<Cow<'_, str>> =
        table.columns.iter().map(|column| spelled(&column.title, characters)).collect();
    let (gap, widths) =
        ROOMS.into_iter().find_map(|room| Some((room.gap, fit(table, &titles, &rows, width, room)?)))?;

    let mut head = Vec::new();
    for (title, room) in titles.iter().zip(&widths) {
        head.push(textwrap::wrap(title, textwrap::Options::new(*room).break_words(true)));
    }
    let head_lines = head.iter().map(Vec::len).max().unwrap_or(0);
    let mut pretty = prettytable::Table::new();
    pretty.set_format(format(characters, gap));
    pretty.set_titles(line(table, head.iter().map(|title| title.join("\n"))));
    let mut short_rows = Vec::new();
    for row in &rows {
        let short = row.iter().zip(&widths).map(|(cell, room)| shortened(cell, *room, characters));
        let short: Vec<Cow<'_, str>> = short.collect();
        pretty.add_row(line(table, short.iter().map(|cell| STAND_IN.to_string().repeat(columns(cell)))));
        short_rows.push(short);
    }

    let mut printed = Vec::new();
    pretty.print(&mut printed).ok()?;
    Some(lines(&String::from_utf8_lossy(&printed), head_lines, gap, &short_rows))
}

fn cell<'a>(row: &'a [String], at: usize, characters: Characters) -> Cow<'a, str> {
    row.get(at).map_or(Cow::Borrowed(""), |cell| spelled(cell, characters))
}

fn line(table: &Table, cells: impl Iterator<Item = String>) -> Row {
    let aligned = cells.zip(&table.columns).map(|(cell, column)| {
        let alignment = match column.align {
            Align::Left => Alignment::LEFT,
            Align::Right => Alignment::RIGHT,
        };
        Cell::new_align(&cell, alignment)
    });
    Row::new(aligned.collect())
}

fn format(characters: Characters, gap: usize) -> prettytable::format::TableFormat {
    let rule = match characters {
        Characters::Unicode => '\u{2500}',
        Characters::Ascii => '-',
    };
    FormatBuilder::new()
        .padding(0, gap)
        .separator(LinePosition::Title, LineSeparator::new(rule, rule, rule, rule))
        .build()
}

/// Tells head from rows, and cuts the gap that stands after the last column.
fn lines(printed: &str, head_lines: usize, gap: usize, rows: &[Vec<Cow<'_, str>>]) -> Vec<Line> {
    let mut rows = rows.iter().enumerate();
    let mut lines = Vec::new();
    for (number, line) in printed.lines().enumerate() {
        if number < head_lines {
            lines.push(Line::Head(line.trim_end().to_owned()));
        } else if number == head_lines {
            let length = line.chars().count().saturating_sub(gap);
            lines.push(Line::Head(line.chars().take(length).collect()));
        } else if let Some((number, cells)) = rows.next() {
            lines.push(Line::Row(number, filled(line, cells).trim_end().to_owned()));
        }
    }
    lines
}

/// Puts the cells of a row where their stand-ins were laid out.
fn filled(line: &str, cells: &[Cow<'_, str>]) -> String {
    let mut cells = cells.iter().filter(|cell| 0 < columns(cell));
    let mut out = String::with_capacity(line.len());
    let mut within = false;
    for c in line.chars() {
        if c != STAND_IN {
            out.push(c);
        } else if !within {
            out.extend(cells.next().map(AsRef::<str>::as_ref));
        }
        within = c == STAND_IN;
    }
    out
}

/// Finds a width for every column: titles are wrapped first, then words are cut, figures never.
fn fit(
    table: &Table,
    titles: &[Cow<'_, str>],
    rows: &[Vec<Cow<'_, str>>],
    width: usize,
    room: Room,
) -> Option<Vec<usize>> {
    let gaps = room.gap * table.columns.len().saturating_sub(1);
    let width = width.checked_sub(gaps)?;
    let body =
        |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| columns(cell)).max().unwrap_or(0);
    let mut widths: Vec<usize> =
        titles.iter().enumerate().map(|(at, title)| body(at).max(columns(title))).collect();
    if widths.iter().sum::<usize>() <= width {
        return Some(widths);
    }
    for (at, (wide, title)) in widths.iter_mut().zip(titles).enumerate() {
        *wide = body(at).max(title.split(' ').map(columns).max().unwrap_or(0)).max(1);
    }
    while width < widths.iter().sum::<usize>() {
        let widest = widths
            .iter_mut()
            .zip(&table.columns)
            .filter(|(wide, column)| column.shrinks && room.least < **wide)
            .max_by_key(|(wide, _)| **wide)?;
        *widest.0 -= 1;
    }
    Some(widths)
}

#[cfg(test)]
mod tests {
    use oomkit_core::document::Column;

    use super::*;

    fn table() -> Table {
        Table {
            columns: vec![Column::figures("pid"), Column::words("name"), Column::figures("page tables")],
            rows: vec![
                vec!["1".into(), "/a/very/long/path/of/a/cgroup".into(), "1.0 MiB".into()],
                vec!["38581".into(), "\u{65e5}\u{672c}\x1b[31m\n".into()],
            ],
            marked: vec![1],
        }
    }

    fn text(width: usize, characters: Characters) -> String {
        let lines = lay_out(&table(), width, characters).unwrap();
        let text = lines.into_iter().map(|line| match line {
            Line::Head(line) | Line::Row(_, line) => line,
        });
        text.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn columns_stand_below_one_another() {
        assert_eq!(
            text(80, Characters::Unicode),
            "  pid  name                           page tables\n\
             ─────────────────────────────────────────────────\n    \
                 1  /a/very/long/path/of/a/cgroup      1.0 MiB\n\
             38581  日本\\x1b[31m\\n"
        );
    }

    #[test]
    fn a_short_width_wraps_titles_and_cuts_words() {
        assert_eq!(
            text(30, Characters::Ascii),
            "  pid name                page\n                        tables\n\
             ------------------------------\n    \
                 1 /a/very../cgroup 1.0 MiB\n\
             38581 \\u{65e5..b[31m\\n"
        );
    }

    #[test]
    fn letters_of_any_width_keep_their_column() {
        for letter in ('\u{20}'..='\u{1fbff}').filter(|c| c.is_alphanumeric() || !c.is_ascii()) {
            let name = format!("a{letter}b");
            let table = Table {
                columns: vec![Column::words("name"), Column::figures("size")],
                rows: vec![vec![name, "1".into()], vec!["plain words".into(), "2".into()]],
                marked: Vec::new(),
            };
            let lines = lay_out(&table, 80, Characters::Unicode).unwrap();
            for line in lines.iter().skip(2) {
                let Line::Row(_, line) = line else { panic!("a row after the head") };
                assert_eq!(columns(line), 17, "U+{:04x} {line:?}", u32::from(letter));
            }
        }
    }

    #[test]
    fn figures_are_never_cut() {
        assert_eq!(lay_out(&table(), 20, Characters::Unicode), None);
    }
}
