//! Figures: pictures as tables and words, for formats and readers that have no pictures.

use oomkit_core::document::{Bar, Chart, Column, Gauge, Mark, Panel, Ranked, Table, Tone, column};

use crate::{
    letters,
    safe::{columns, shortened, spelled},
    style::Characters,
};

/// How high a chart in letters is, in rows.
const ROWS: usize = 6;
/// How wide one is at most, without what stands beside it.
const WIDEST: usize = 72;
/// How wide one is at least.
const NARROWEST: usize = 12;

/// Returns a bar's share in words; what is there is never shown as nothing.
pub(crate) fn percent(bar: &Bar) -> String {
    let percent = bar.share * 100.0;
    if 0.0 < percent && percent < 0.05 { "<0.1 %".into() } else { format!("{percent:.1} %") }
}

/// Returns a table of ranked rows with what else is to be said of them.
pub(crate) fn with_roles(ranked: &Ranked) -> Table {
    let mut table = ranked.table.clone();
    if !ranked.tags.is_empty() {
        table.columns.push(Column::words("role"));
        for (number, row) in table.rows.iter_mut().enumerate() {
            row.push(ranked.tags_of(number).map(|tag| tag.word.as_str()).collect::<Vec<_>>().join(", "));
        }
    }
    table
}

/// Returns things side by side: a column for each, a row for each part.
pub(crate) fn side_by_side(panels: &[Panel]) -> Table {
    let mut table = Table { columns: vec![Column::words("")], ..Table::default() };
    table.columns.extend(panels.iter().map(|panel| Column::figures(&panel.title)));
    let part = |panel: &Panel, label: &str| {
        panel.parts.iter().find(|part| part.label == label).map(|part| part.value.clone())
    };
    let fact = |panel: &Panel, name: &str| {
        panel.facts.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    };
    let mut add = |label: &str, value: &dyn Fn(&Panel) -> Option<String>| {
        let cells = panels.iter().map(|panel| value(panel).unwrap_or_else(|| "-".into()));
        table.rows.push([label.to_owned()].into_iter().chain(cells).collect());
    };
    for label in distinct(panels.iter().flat_map(|panel| &panel.parts).map(|part| part.label.as_str())) {
        add(label, &|panel| part(panel, label));
    }
    if panels.iter().any(|panel| panel.whole.is_some()) {
        add("the whole", &|panel| panel.whole.clone());
    }
    for name in distinct(panels.iter().flat_map(|panel| &panel.facts).map(|(name, _)| name.as_str())) {
        add(name, &|panel| fact(panel, name));
    }
    table
}

/// Draws a chart in letters: sizes at the left, rows of columns, moments and time below.
pub(crate) fn chart(chart: &Chart, room: usize, characters: Characters) -> Vec<String> {
    let scale = scale(chart);
    let beside = scale.iter().map(|label| columns(&spelled(label, characters))).max().unwrap_or(0);
    let beside = beside.min(room.saturating_sub(NARROWEST + 2));
    let width = room.saturating_sub(beside + 2).clamp(NARROWEST, WIDEST);
    let edge = if characters == Characters::Unicode { '\u{2502}' } else { '|' };
    let mut lines = Vec::new();
    for (label, row) in scale.iter().zip(letters::chart(chart, width, ROWS, characters)) {
        let label = spelled(label, characters);
        let label = shortened(&label, beside, characters);
        let before = " ".repeat(beside.saturating_sub(columns(&label)));
        lines.push(format!("{before}{label} {edge}{row}").trim_end().to_owned());
    }
    let before = " ".repeat(beside + 2);
    for (time, what) in &chart.moments {
        // Words that would run over the edge stand before their sign.
        let (at, what) = (column(*time, width), spelled(what, characters).into_owned());
        let fits = at + 2 + columns(&what) <= width;
        let start = " ".repeat(if fits { at } else { at.saturating_sub(columns(&what) + 1) });
        let sign = if fits { format!("^ {what}") } else { format!("{what} ^") };
        lines.push(format!("{before}{start}{sign}"));
    }
    let (from, to) = (spelled(&chart.from, characters), spelled(&chart.to, characters));
    let between = width.saturating_sub(columns(&from) + columns(&to)).max(2);
    lines.push(format!("{before}{from}{}{to}", " ".repeat(between)));
    lines
}

/// Returns what stands beside each row of a chart: the top, marks where they are, nothing at the bottom.
fn scale(chart: &Chart) -> Vec<String> {
    let mut scale = vec![String::new(); ROWS];
    let marks = chart.marks.iter().map(|mark| {
        let label = [mark.label.as_str(), mark.value.as_str()].join(" ");
        (letters::row_of(mark, ROWS), label.trim().to_owned())
    });
    // A mark says more than the end of the scale.
    let ends = [(0, chart.top.clone()), (ROWS - 1, "0".to_owned())];
    for (row, label) in ends.into_iter().chain(marks) {
        if let Some(place) = scale.get_mut(row) {
            *place = label;
        }
    }
    scale
}

fn distinct<'a>(labels: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    labels.fold(Vec::new(), |mut known, label| {
        if !known.contains(&label) {
            known.push(label);
        }
        known
    })
}

/// Returns levels, marks and states as a table; those that are bad stand out.
pub(crate) fn levels(gauges: &[Gauge]) -> Table {
    let names = distinct(gauges.iter().flat_map(|gauge| &gauge.marks).map(|mark| mark.label.as_str()));
    let level = gauges.iter().find_map(|gauge| gauge.level.as_ref()).map_or("level", |level| &level.label);
    let kept = gauges.iter().find_map(|gauge| gauge.kept.as_ref()).map(|kept| kept.label.as_str());
    let mut columns = vec![Column::words("")];
    columns.extend([level].into_iter().chain(names.iter().copied()).chain(kept).map(Column::figures));
    columns.push(Column::words("state"));
    let value = |mark: Option<&Mark>| mark.map_or("-".into(), |mark| mark.value.clone());
    let rows = gauges.iter().map(|gauge| {
        let mut row = vec![gauge.label.clone(), value(gauge.level.as_ref())];
        row.extend(names.iter().map(|name| value(gauge.marks.iter().find(|mark| mark.label == *name))));
        row.extend(kept.map(|_| value(gauge.kept.as_ref())));
        row.push(gauge.state.clone());
        row
    });
    let rows = rows.collect();
    let marked = gauges.iter().enumerate().filter(|(_, gauge)| gauge.tone == Tone::Bad);
    Table { columns, rows, marked: marked.map(|(at, _)| at).collect() }
}

/// Returns what the levels are made of: a row for each gauge, a column for each part.
pub(crate) fn parts(gauges: &[Gauge]) -> Table {
    let labels = distinct(gauges.iter().flat_map(|gauge| &gauge.parts).map(|part| part.label.as_str()));
    let mut columns = vec![Column::words("")];
    columns.extend(labels.iter().copied().map(Column::figures));
    let rows = gauges.iter().filter(|gauge| !gauge.parts.is_empty()).map(|gauge| {
        let part = |label: &&str| gauge.parts.iter().find(|part| part.label == **label);
        let cells = labels.iter().map(part).map(|part| part.map_or("-".into(), |part| part.value.clone()));
        [gauge.label.clone()].into_iter().chain(cells).collect()
    });
    Table { rows: rows.collect(), columns, marked: Vec::new() }
}
