//! Answers: one answer in all formats, as a page for people and as figures for programs.

use std::io::{self, Write};

use clap::ValueEnum;
use oomkit_core::{
    document::{Column, Document, Table, Topic},
    ident::no_formula,
    units::{ByteDelta, Bytes},
};
use serde::Serialize;

use super::super::decode::show::{Format as ShowFormat, Show};
use crate::{
    args::Global,
    exit::{self, Code},
    failure::Failure,
    output::{Output, Plain},
    terminal::Terminal,
};

/// The formats of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
    /// For tickets and wikis
    Markdown,
    /// A page that needs nothing else
    Html,
    /// The rows alone, in bytes
    Csv,
}

impl Format {
    /// Tells whether people read it, and so want pictures.
    pub(crate) const fn is_page(self) -> bool {
        matches!(self, Self::Text | Self::Markdown | Self::Html)
    }
}

/// An answer in all its forms.
pub(crate) struct Answer<J> {
    /// For programs.
    pub(crate) json: J,
    /// What a page of it is about.
    pub(crate) topic: Topic,
    /// For people.
    pub(crate) document: Document,
    /// The rows, all of them.
    pub(crate) sheet: Sheet,
}

impl<J: Serialize> Answer<J> {
    /// Writes the answer in a format.
    pub(crate) fn write(
        self,
        format: Format,
        global: &Global,
        terminal: &Terminal,
    ) -> Result<&'static Code, Failure> {
        let mut output = Output::open(global.output.as_deref())?;
        let page = match format {
            Format::Json | Format::Csv => None,
            Format::Text => Some(ShowFormat::Text),
            Format::Markdown => Some(ShowFormat::Markdown),
            Format::Html => Some(ShowFormat::Html),
        };
        let written = match page {
            Some(page) => {
                let mut show = Show::new(page, terminal.look());
                show.document(&mut output, self.document.on(self.topic)).and_then(|()| show.end(&mut output))
            }
            None if format == Format::Csv => self.sheet.csv(&mut output),
            None => serde_json::to_writer_pretty(Plain(&mut output), &self.json)
                .map_err(io::Error::from)
                .and_then(|()| output.write_all(b"\n")),
        };
        written.map_err(|error| Failure::output(&error))?;
        output.commit()?;
        Ok(&exit::DONE)
    }
}

/// A cell: what people read, and what programs read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Words, already without anything that a terminal must not see.
    Words(String),
    /// A number.
    Number(Option<i64>),
    /// A size.
    Size(Option<Bytes>),
    /// By how much a size changed.
    Change(Option<ByteDelta>),
    /// Something of which people read other words than programs.
    Told { people: String, programs: String },
}

impl Cell {
    /// A count, which is never below zero.
    pub(crate) fn count(count: Option<u64>) -> Self {
        Self::Number(count.and_then(|count| i64::try_from(count).ok()))
    }

    /// Returns what people read.
    fn shown(&self) -> String {
        let known = match self {
            Self::Words(words) => Some(words.clone()),
            Self::Number(number) => number.map(|number| number.to_string()),
            Self::Size(size) => size.map(|size| size.to_string()),
            Self::Change(change) => change.map(|change| change.to_string()),
            Self::Told { people, .. } => Some(people.clone()),
        };
        known.unwrap_or_else(|| "not known".into())
    }

    /// Returns what programs read: sizes in bytes, and nothing for what is not known.
    fn raw(&self) -> String {
        match self {
            Self::Words(words) => no_formula(words).into_owned(),
            Self::Number(number) => number.map(|number| number.to_string()).unwrap_or_default(),
            Self::Size(size) => size.map(|size| size.get().to_string()).unwrap_or_default(),
            Self::Change(change) => change.map(|change| change.get().to_string()).unwrap_or_default(),
            Self::Told { programs, .. } => no_formula(programs).into_owned(),
        }
    }
}

/// A column, with its head for people and its key for programs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    title: &'static str,
    key: &'static str,
    is_figure: bool,
}

impl Head {
    /// A column of words.
    pub(crate) const fn words(title: &'static str, key: &'static str) -> Self {
        Self { title, key, is_figure: false }
    }

    /// A column of figures; the key ends with their unit.
    pub(crate) const fn figures(title: &'static str, key: &'static str) -> Self {
        Self { title, key, is_figure: true }
    }
}

/// Rows under heads; a head without a title is for programs alone, one without a key for people.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sheet {
    heads: Vec<Head>,
    rows: Vec<Vec<Cell>>,
}

impl Sheet {
    /// Takes rows, each with one cell for a head.
    pub(crate) fn new(heads: &[Head], rows: Vec<Vec<Cell>>) -> Self {
        Self { heads: heads.to_vec(), rows }
    }

    /// Returns how many rows there are.
    pub(crate) const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns the first rows as a table for people.
    pub(crate) fn table(&self, most: usize) -> Table {
        let is_shown = |at: usize| self.heads.get(at).is_some_and(|head| !head.title.is_empty());
        let column = |head: &Head| {
            if head.is_figure { Column::figures(head.title) } else { Column::words(head.title) }
        };
        let row = |row: &Vec<Cell>| {
            row.iter().enumerate().filter(|(at, _)| is_shown(*at)).map(|(_, cell)| cell.shown()).collect()
        };
        Table {
            columns: self.heads.iter().filter(|head| !head.title.is_empty()).map(column).collect(),
            rows: self.rows.iter().take(most).map(row).collect(),
            marked: Vec::new(),
        }
    }

    /// Writes all rows as CSV (RFC 4180), with the keys first.
    fn csv(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(out);
        let is_told = |at: usize| self.heads.get(at).is_some_and(|head| !head.key.is_empty());
        let keys = self.heads.iter().map(|head| head.key).filter(|key| !key.is_empty());
        writer.write_record(keys)?;
        for row in &self.rows {
            let cells = row.iter().enumerate().filter(|(at, _)| is_told(*at)).map(|(_, cell)| cell.raw());
            writer.write_record(cells)?;
        }
        writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_formulas_and_what_is_not_known_is_nothing() {
        const HEADS: [Head; 3] =
            [Head::words("name", "name"), Head::figures("held", "held_bytes"), Head::words("", "id")];
        let row =
            |name: &str, size| vec![Cell::Words(name.into()), Cell::Size(size), Cell::Words("-7".into())];
        let rows = vec![row("=cmd|' /C calc'!A0", None), row("a,\"b\"", Some(Bytes::new(2048)))];
        let sheet = Sheet::new(&HEADS, rows);
        let mut out = Vec::new();
        sheet.csv(&mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "name,held_bytes,id\n'=cmd|' /C calc'!A0,,-7\n\"a,\"\"b\"\"\",2048,-7\n"
        );
        let table = sheet.table(1);
        assert_eq!(table.rows, [["=cmd|' /C calc'!A0", "not known"]]);
    }
}
