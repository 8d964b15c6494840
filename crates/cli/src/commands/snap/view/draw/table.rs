//! Table: the rows that the screen has room for, with the selected one among them.

use oomkit_core::units::Bytes;
use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    style::{Modifier, Style},
    widgets::{Cell, Paragraph, Row as Line, Table},
};
use unicode_width::UnicodeWidthStr as _;

use super::{
    super::{
        rows::{Detail, Row},
        state::{State, Tab},
    },
    from_the_end,
};

const OF_CGROUPS: [&str; 5] = ["usage", "growth", "limit", "of limit", "cgroup"];
const OF_PROCESSES: [&str; 7] = ["its own", "growth", "resident", "swap", "pid", "process", "cgroup"];

/// Draws the table.
pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let Some(rows) = &state.rows else {
        let what = match state.tab {
            Tab::Cgroups => "Control groups are not in this snapshot.",
            Tab::Processes => "Processes are not in this snapshot.",
        };
        frame.render_widget(Paragraph::new(what), area);
        return;
    };
    if rows.is_empty() {
        let why = if state.filter.is_empty() { "Nothing to show." } else { "No row holds this text." };
        frame.render_widget(Paragraph::new(why), area);
        return;
    }
    // The first line is the head; the selected row stands in the middle where there are more.
    let room = usize::from(area.height.saturating_sub(1));
    let position = state.position();
    let first = position.map_or(0, |at| at.saturating_sub(room / 2)).min(rows.len().saturating_sub(room));
    // A name has 15 bytes, and more letters only where some of them had to be escaped.
    let widest = rows.iter().skip(first).take(room).map(|row| row.name.width()).max().unwrap_or(0);
    let names = if widest < 16 { 16 } else { 32 };
    let (heads, widths): (&[&str], &[Constraint]) = match state.tab {
        Tab::Cgroups => (&OF_CGROUPS, &[LONG, LONG, LONG, SHORT, Constraint::Fill(1)]),
        Tab::Processes => {
            (&OF_PROCESSES, &[LONG, LONG, LONG, LONG, SHORT, Constraint::Length(names), Constraint::Fill(1)])
        }
    };
    let taken: u16 =
        widths.iter().map(|width| if let Constraint::Length(width) = width { width + 1 } else { 0 }).sum();
    let rest = usize::from(area.width.saturating_sub(taken));
    let lines = rows.iter().enumerate().skip(first).take(room).map(|(at, row)| {
        let style =
            if position == Some(at) { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
        Line::new(cells(row, rest)).style(style)
    });
    let figures = widths.iter().filter(|width| matches!(width, &&LONG | &&SHORT)).count();
    let head = heads
        .iter()
        .enumerate()
        .map(|(at, head)| if at < figures { figure((*head).to_owned()) } else { Cell::new(*head) });
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let table = Table::new(lines, widths).header(Line::new(head).style(bold)).column_spacing(1);
    frame.render_widget(table, area);
}

/// The width of a size with its sign.
const LONG: Constraint = Constraint::Length(10);
/// The width of a process id or a share.
const SHORT: Constraint = Constraint::Length(8);

/// Makes the cells of a row; `rest` is the width of the last one, whose end tells most.
fn cells(row: &Row, rest: usize) -> Vec<Cell<'static>> {
    let growth = figure(row.growth.map_or_else(unknown, |growth| growth.to_string()));
    match &row.detail {
        Detail::Cgroup { limit } => {
            let limit = limit.map_or_else(unknown, |limit| limit.to_string());
            let share = row.share().map_or_else(String::new, |share| format!("{share} %"));
            vec![
                size(row.usage),
                growth,
                figure(limit),
                figure(share),
                Cell::new(from_the_end(&row.name, rest)),
            ]
        }
        Detail::Process { pid, resident, swap, cgroup } => vec![
            size(row.usage),
            growth,
            size(*resident),
            size(*swap),
            figure(pid.clone()),
            Cell::new(row.name.clone()),
            Cell::new(from_the_end(cgroup, rest)),
        ],
    }
}

fn size(size: Option<Bytes>) -> Cell<'static> {
    figure(size.map_or_else(unknown, |size| size.to_string()))
}

/// What is not known is not zero.
fn unknown() -> String {
    "-".into()
}

fn figure(text: String) -> Cell<'static> {
    Cell::new(ratatui::text::Line::from(text).right_aligned())
}
