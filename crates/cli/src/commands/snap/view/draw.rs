//! Draw: the state on a screen of any size.

use oomkit_core::{
    ident::visible,
    units::{Bytes, WallTime},
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Color, Modifier, Style},
    symbols::bar,
    text::{Line as Text, Span},
    widgets::{Clear, Paragraph, Sparkline, SparklineBar},
};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::{
    rows::Detail,
    state::{Page, State, Tab},
    update::KEYS,
};

mod table;

/// Bars for terminals that know only ASCII.
const LETTERS: bar::Set<'_> = bar::Set {
    full: "#",
    seven_eighths: "#",
    three_quarters: "#",
    five_eighths: "+",
    half: "+",
    three_eighths: "-",
    one_quarter: "-",
    one_eighth: ".",
    empty: " ",
};

/// Draws the state.
pub(super) fn draw(state: &State, frame: &mut Frame<'_>) {
    let area = frame.area();
    let (bars, below) = heights(area.height, state.selected.is_some());
    let [top, chart, selected, tabs] = [1, bars + 2, below, 1].map(Constraint::Length);
    let parts = [top, chart, selected, tabs, Constraint::Min(0), Constraint::Length(1)];
    let [top, chart, selected, tabs, table, foot] = Layout::vertical(parts).areas(area);
    head(state, frame, top);
    available(state, frame, chart);
    if 1 < below {
        of_selected(state, frame, selected);
    }
    frame.render_widget(Paragraph::new(tab_line(state)), tabs);
    match &state.page {
        Page::Damaged(why) => {
            let number = state.at + 1;
            let words = vec![
                Text::styled(format!("Snapshot {number} cannot be read: {why}."), looks(state, Color::Red)),
                Text::from("What could be read of the machine is in the chart; the arrows lead on."),
            ];
            frame.render_widget(Paragraph::new(words), table);
        }
        Page::Empty => frame.render_widget(Paragraph::new("The store has no snapshots."), table),
        Page::Snapshot { .. } => table::draw(state, frame, table),
    }
    frame.render_widget(Paragraph::new(footer(state, foot.width)), foot);
    if state.help {
        help(frame, area);
    }
}

/// Returns the rows of bars for available memory, and the rows for the picture of the selected one.
const fn heights(height: u16, is_selected: bool) -> (u16, u16) {
    match (height, is_selected) {
        (0..12, _) => (1, 0),
        (12..20, false) => (3, 0),
        (12..20, true) => (1, 2),
        (20..36, false) => (6, 0),
        (20..36, true) => (3, 4),
        (36.., false) => (10, 0),
        (36.., true) => (6, 7),
    }
}

fn head(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let host = match &state.page {
        Page::Snapshot { now, .. } => now.host.name.as_ref().map(ToString::to_string),
        Page::Empty | Page::Damaged(_) => None,
    };
    let moment = state.tick().map_or_else(String::new, |tick| local(tick.at, "%Y-%m-%d %H:%M:%S %:z"));
    let position = format!("snapshot {} of {}", grouped(state.at + 1), grouped(state.line.len()));
    let number = state.tick().map_or_else(String::new, |tick| format!(" (number {})", tick.id));
    let width = usize::from(area.width);
    let host = shortened(&host.unwrap_or_else(|| "unnamed host".into()), width / 4);
    // The place of the store is what can best be spared.
    let rest = width.saturating_sub(host.width() + moment.width() + position.width() + 6);
    let number = if number.width() + 8 <= rest { number } else { String::new() };
    let store = from_the_end(&state.store, rest.saturating_sub(number.width()));
    let line = format!("{host}  {store}  {moment}  {position}{number}");
    let bold = Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED);
    frame.render_widget(Paragraph::new(line).style(bold), area);
}

/// Draws what was available, and below it the times with a mark at the moment.
fn available(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let [title, picture, times] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(0), Constraint::Length(1)]).areas(area);
    let tick = state.tick();
    let (free, total) = (tick.and_then(|tick| tick.available), tick.and_then(|tick| tick.total));
    let name = format!("available memory: {}", size(free));
    let name = total.map_or(name.clone(), |total| format!("{name} of {total}"));
    // Right of it stands how much time is shown.
    let zoom = format!("{} (+ -)", state.zoom.step().0);
    spread(frame, title, &name, &zoom);
    let most = total.map(Bytes::get).or_else(|| state.chart.available.iter().flatten().max().copied());
    bars(state, frame, picture, &state.chart.available, most, Color::Green);
    let edge = |at: Option<usize>| {
        let tick = at.and_then(|at| state.line.get(at));
        tick.map_or_else(String::new, |tick| local(tick.at, "%m-%d %H:%M"))
    };
    let inside = state.line.inside(state.chart.window);
    let (mut left, mut right) = (edge(Some(inside.start)), edge(inside.end.checked_sub(1)));
    let Some(tick) = tick else { return };
    let width = usize::from(times.width);
    let column = state.chart.window.column(tick.elapsed, width);
    // At the edges, the mark stands for the time that the first line of the screen has.
    if column <= left.width() {
        left.clear();
    }
    if width < column + right.width() + 2 {
        right.clear();
    }
    spread(frame, times, &left, &right);
    let x = times.x.saturating_add(u16::try_from(column).unwrap_or(u16::MAX));
    let mark = if state.unicode { "\u{25b2}" } else { "^" };
    let at = Rect { x, width: 1, ..times }.intersection(times);
    frame.render_widget(Paragraph::new(mark).style(looks(state, Color::Yellow)), at);
}

/// Draws what the selected row used.
fn of_selected(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let Some(row) = &state.selected else { return };
    let [title, picture] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    let name = from_the_end(&row.name, usize::from(area.width) / 2);
    let (name, now) = match &row.detail {
        Detail::Cgroup { .. } => (name, row.usage),
        // Single processes have no sums, and the picture must not be taken for that of one.
        Detail::Process { .. } => (format!("all processes of this user named {name}"), None),
    };
    let most = state.chart.selected.iter().flatten().max().copied();
    let now = match (state.position(), now) {
        (None, _) => ": not in this table".into(),
        (Some(_), Some(now)) => format!(": {now}"),
        (Some(_), None) => String::new(),
    };
    let right = most
        .map_or("no sums of this time".into(), |most| format!("most in ten minutes: {}", Bytes::new(most)));
    spread(frame, title, &format!("{name}{now}"), &right);
    bars(state, frame, picture, &state.chart.selected, most, Color::Cyan);
}

fn bars(
    state: &State,
    frame: &mut Frame<'_>,
    area: Rect,
    cells: &[Option<u64>],
    most: Option<u64>,
    color: Color,
) {
    let marked = state.tick().map(|tick| state.chart.window.column(tick.elapsed, cells.len()));
    let bar = |(at, cell): (usize, &Option<u64>)| {
        let is_marked = marked == Some(at);
        SparklineBar::from(*cell).style(is_marked.then(|| looks(state, Color::Yellow)))
    };
    let set = if state.unicode { bar::NINE_LEVELS } else { LETTERS };
    let line = Sparkline::default()
        .data(cells.iter().enumerate().map(bar))
        .max(most.unwrap_or(1).max(1))
        .bar_set(set)
        .absent_value_symbol(" ")
        .style(looks(state, color));
    frame.render_widget(line, area);
}

fn tab_line(state: &State) -> Text<'static> {
    let count = state.rows.as_ref().map_or_else(String::new, |rows| format!(" ({})", grouped(rows.len())));
    let tab = |tab: Tab, name: &str| {
        if tab == state.tab {
            Span::styled(format!("[{name}{count}]"), Style::new().add_modifier(Modifier::BOLD))
        } else {
            Span::raw(format!(" {name} "))
        }
    };
    let mut line = vec![tab(Tab::Cgroups, "cgroups"), Span::raw(" "), tab(Tab::Processes, "processes")];
    line.push(Span::raw(format!("  by {}", state.sort.name())));
    if let Some((group, _)) = &state.inside {
        line.push(Span::raw(format!("  in {group}")));
    }
    if !state.filter.is_empty() && !state.typing {
        line.push(Span::raw(format!("  with \"{}\"", shown(&state.filter))));
    }
    Text::from(line)
}

fn footer(state: &State, width: u16) -> Text<'static> {
    if state.typing {
        let cursor = if state.unicode { "\u{2588}" } else { "_" };
        return Text::from(format!("/{}{cursor}", shown(&state.filter)));
    }
    if let Some(note) = &state.note {
        return Text::styled(shortened(note, usize::from(width)), looks(state, Color::Yellow));
    }
    let keys = "arrows [ ]: move  k K: kills  Enter, Esc: in, out  Tab  s: sort  /  ?: help  q: quit";
    Text::from(keys).style(Style::new().add_modifier(Modifier::DIM))
}

fn help(frame: &mut Frame<'_>, area: Rect) {
    let widest = KEYS.iter().map(|(keys, _)| keys.len()).max().unwrap_or(0);
    let mut lines: Vec<Text<'_>> =
        KEYS.iter().map(|(keys, what)| Text::from(format!(" {keys:widest$}  {what} "))).collect();
    lines.insert(0, Text::styled(" Keys", Style::new().add_modifier(Modifier::BOLD)));
    lines.push(Text::from(" Any key closes this."));
    let width = lines.iter().map(Text::width).max().and_then(|width| u16::try_from(width).ok()).unwrap_or(0);
    let height = u16::try_from(lines.len()).unwrap_or(0);
    let place =
        area.centered(Constraint::Length(width.min(area.width)), Constraint::Length(height.min(area.height)));
    frame.render_widget(Clear, place);
    frame.render_widget(Paragraph::new(lines).style(Style::new().add_modifier(Modifier::REVERSED)), place);
}

/// Writes two texts at both ends of a line; the right one gives way.
fn spread(frame: &mut Frame<'_>, area: Rect, left: &str, right: &str) {
    frame.render_widget(Paragraph::new(left.to_owned()), area);
    let room = usize::from(area.width).saturating_sub(left.width() + 1);
    if right.width() <= room {
        frame.render_widget(Paragraph::new(Text::from(right.to_owned()).right_aligned()), area);
    }
}

/// Returns a color where the terminal may have some, else letters that stand out.
fn looks(state: &State, color: Color) -> Style {
    match (state.color, color) {
        (true, color) => Style::new().fg(color),
        (false, Color::Yellow | Color::Red) => Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED),
        (false, _) => Style::new(),
    }
}

/// Shows a moment as the clock on the host's wall had it.
fn local(at: WallTime, pattern: &str) -> String {
    at.local().strftime(pattern).to_string()
}

fn size(size: Option<Bytes>) -> String {
    size.map_or_else(|| "not known".into(), |size| size.to_string())
}

/// Shows a count with its thousands set apart.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if 0 < at && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

fn shown(text: &str) -> String {
    visible(text.as_bytes()).into_owned()
}

/// Cuts a text at its end to a width.
fn shortened(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut room = width.saturating_sub(2);
    let fits = |letter: &char| {
        let wide = letter.width().unwrap_or(0);
        let is_in = wide <= room;
        room = room.saturating_sub(wide);
        is_in
    };
    let cut: String = text.chars().take_while(fits).collect();
    if width < 2 { cut } else { cut + ".." }
}

/// Cuts a path at its beginning to a width: its end tells most.
fn from_the_end(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut room = width.saturating_sub(2);
    let mut kept = Vec::new();
    for letter in text.chars().rev() {
        let wide = letter.width().unwrap_or(0);
        if room < wide {
            break;
        }
        room -= wide;
        kept.push(letter);
    }
    let cut: String = kept.into_iter().rev().collect();
    if width < 2 { cut } else { format!("..{cut}") }
}
