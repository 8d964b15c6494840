//! Markdown: documents for issues and runbooks, with GitHub's tables.
//!
//! Names come from whoever named a process, so everything that could be markup, a mention or an
//! entity is escaped; width and colors do not matter here.

use std::fmt;

use oomkit_core::document::{Align, Bar, Block, Document, Table, Tone};

use super::percent;
use crate::{safe::shown, style::Style};

/// Writes a document as Markdown.
pub(crate) fn write(document: &Document, _style: &Style, out: &mut dyn fmt::Write) -> fmt::Result {
    for (number, block) in document.blocks().iter().enumerate() {
        if 0 < number {
            out.write_char('\n')?;
        }
        match block {
            Block::Answer(_, text) => writeln!(out, "# {}", escaped(text))?,
            Block::Heading(text) => writeln!(out, "## {}", escaped(text))?,
            Block::Text(Tone::Bad, text) => writeln!(out, "**{}**", escaped(text.trim()))?,
            Block::Text(_, text) => writeln!(out, "{}", escaped(text.trim()))?,
            Block::Facts(facts) => facts
                .iter()
                .try_for_each(|(name, value)| writeln!(out, "- {}: {}", escaped(name), escaped(value)))?,
            Block::Table(table) => write_table(table, out)?,
            Block::Bars(bars) => write_table(&as_table(bars), out)?,
            Block::Notes(notes) => notes.iter().try_for_each(|note| writeln!(out, "- {}", escaped(note)))?,
            Block::Lines(lines) => write_code(lines, out)?,
        }
    }
    Ok(())
}

fn write_table(table: &Table, out: &mut dyn fmt::Write) -> fmt::Result {
    let titles: Vec<_> = table.columns.iter().map(|column| escaped(&column.title)).collect();
    writeln!(out, "| {} |", titles.join(" | "))?;
    let rules = table.columns.iter().map(|column| match column.align {
        Align::Left => "---",
        Align::Right => "---:",
    });
    writeln!(out, "| {} |", rules.collect::<Vec<_>>().join(" | "))?;
    for (number, row) in table.rows.iter().enumerate() {
        let strong = if table.marked.contains(&number) { "**" } else { "" };
        let cells = table.columns.iter().enumerate().map(|(at, _)| {
            let cell = row.get(at).map(|cell| escaped(cell.trim())).unwrap_or_default();
            if cell.is_empty() { cell } else { format!("{strong}{cell}{strong}") }
        });
        writeln!(out, "| {} |", cells.collect::<Vec<_>>().join(" | "))?;
    }
    Ok(())
}

fn as_table(bars: &[Bar]) -> Table {
    use oomkit_core::document::Column;
    let rows = bars
        .iter()
        .map(|bar| vec![bar.label.clone(), bar.value.clone(), percent(bar)]);
    Table {
        columns: vec![Column::words("part"), Column::figures("size"), Column::figures("share")],
        rows: rows.collect(),
        marked: Vec::new(),
    }
}

/// Writes lines as code, in a fence that is longer than any run of backticks in it.
fn write_code(lines: &[(String, String)], out: &mut dyn fmt::Write) -> fmt::Result {
    let shown_lines: Vec<String> = lines
        .iter()
        .map(|(place, text)| match place.as_str() {
            "" => shown(text).into_owned(),
            place => format!("{}  {}", shown(place), shown(text)),
        })
        .collect();
    let longest = shown_lines.iter().map(|line| longest_run(line, '`')).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    writeln!(out, "{fence}text")?;
    shown_lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    writeln!(out, "{fence}")
}

fn longest_run(line: &str, wanted: char) -> usize {
    line.split(|c| c != wanted).map(str::len).max().unwrap_or(0)
}

/// Escapes whatever could be markup.
fn escaped(text: &str) -> String {
    let safe = shown(text);
    let mut out = String::with_capacity(safe.len() + 8);
    let mut letters = safe.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
        // GitHub looks for mentions and issues after escapes are gone; a comment parts them.
        let is_reference = match c {
            '@' => true,
            '#' => letters.peek().is_some_and(char::is_ascii_digit),
            _ => false,
        };
        if is_reference {
            out.push_str("<!-- -->");
        }
    }
    // GitHub makes a link of a bare address.
    at_line_start(out.replace("://", "&#58;//").replace("www.", "www&#46;"))
}

/// Escapes what would begin a list, or underline the line above.
fn at_line_start(mut line: String) -> String {
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    let mut after = line.chars().skip(digits);
    let dot = after.next().is_some_and(|c| matches!(c, '.' | ')'));
    if line.starts_with(['-', '+', '=']) {
        line.insert(0, '\\');
    } else if 0 < digits && dot && after.next().is_none_or(|c| c == ' ') {
        line.insert(digits, '\\');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_become_markup() {
        for (name, safe) in [
            ("a|b", "a\\|b"),
            ("`code`", "\\`code\\`"),
            ("<script>", "&lt;script&gt;"),
            ("__init__", "\\_\\_init\\_\\_"),
            ("@team #12 ![x](http://e.vil)", "@<!-- -->team \\#<!-- -->12 !\\[x\\](http&#58;//e.vil)"),
            ("- item", "\\- item"),
            ("1. item", "1\\. item"),
            ("44.1 GiB", "44.1 GiB"),
            ("two\nlines\x1b[31m", "two\\\\nlines\\\\x1b\\[31m"),
        ] {
            assert_eq!(escaped(name), safe);
        }
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        let mut out = String::new();
        write_code(&[("a:1".into(), "x ````` y".into())], &mut out).unwrap();
        assert_eq!(out, "``````text\na:1  x ````` y\n``````\n");
    }
}
