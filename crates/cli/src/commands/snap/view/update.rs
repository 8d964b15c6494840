//! Update: what each key does to the state.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::state::{State, Tab, Way};

/// An hour in microseconds.
const HOUR: i64 = 3_600_000_000;

/// The longest text that is looked for.
const LONGEST: usize = 200;

/// All keys, with what they do, as the help shows them.
pub(super) const KEYS: &[(&str, &str)] = &[
    ("left, right", "the snapshot before, the one after"),
    ("[ ] or PageUp, PageDown", "an hour back, an hour on"),
    ("Home, End", "the first snapshot, the last one"),
    ("k, K", "the next snapshot after an OOM kill, the one before"),
    ("up, down", "select a row, and chart it"),
    ("Enter", "the processes of the selected cgroup"),
    ("Backspace, Esc", "back"),
    ("Tab", "cgroups or processes"),
    ("s", "sort by usage, by growth since the snapshot before, by name"),
    ("/", "show only rows that hold a text"),
    ("+ -", "chart less time, more time"),
    ("?", "this help"),
    ("q", "quit"),
];

/// What is left to do after a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// Show the state as it is now.
    Show,
    /// Look for a kill.
    Kill(Way),
    /// End.
    Quit,
}

/// Takes a key.
pub(super) fn update(state: &mut State, key: KeyEvent) -> Wish {
    state.note = None;
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        // In raw mode the terminal sends no signal.
        return if key.code == KeyCode::Char('c') { Wish::Quit } else { Wish::Show };
    }
    if state.help {
        state.help = false;
        return if key.code == KeyCode::Char('q') { Wish::Quit } else { Wish::Show };
    }
    if state.typing {
        write(state, key.code);
        return Wish::Show;
    }
    match key.code {
        KeyCode::Char('q') => return Wish::Quit,
        KeyCode::Char('k') => return Wish::Kill(Way::Forth),
        KeyCode::Char('K') => return Wish::Kill(Way::Back),
        KeyCode::Char('?') => state.help = true,
        KeyCode::Char('/') => state.typing = true,
        KeyCode::Char('+' | '=') => state.zoom = state.zoom.closer(),
        KeyCode::Char('-') => state.zoom = state.zoom.wider(),
        code => {
            if !travel(state, code) {
                look(state, code);
            }
        }
    }
    Wish::Show
}

/// Moves through time; returns whether the key is one for that.
fn travel(state: &mut State, code: KeyCode) -> bool {
    let last = state.line.len().saturating_sub(1);
    let (to, way) = match code {
        KeyCode::Left => (state.at.saturating_sub(1), Way::Back),
        KeyCode::Right => (state.at.saturating_add(1).min(last), Way::Forth),
        KeyCode::Char('[') | KeyCode::PageUp => (state.line.away(state.at, -HOUR), Way::Back),
        KeyCode::Char(']') | KeyCode::PageDown => (state.line.away(state.at, HOUR), Way::Forth),
        // From an end there is only one way to look for a snapshot that can be read.
        KeyCode::Home => (0, Way::Forth),
        KeyCode::End => (last, Way::Back),
        _ => return false,
    };
    (state.at, state.way) = (to, way);
    true
}

/// Changes the table.
fn look(state: &mut State, code: KeyCode) {
    match code {
        KeyCode::Up => state.select(state.position().map_or(0, |at| at.saturating_sub(1))),
        KeyCode::Down => state.select(state.position().map_or(0, |at| at.saturating_add(1))),
        KeyCode::Enter => state.enter(),
        KeyCode::Backspace | KeyCode::Esc => state.leave(),
        KeyCode::Tab | KeyCode::BackTab => {
            state.inside = None;
            state.show(match state.tab {
                Tab::Cgroups => Tab::Processes,
                Tab::Processes => Tab::Cgroups,
            });
        }
        KeyCode::Char('s') => {
            state.sort = state.sort.next();
            state.arrange();
        }
        _ => {}
    }
}

/// Writes the filter.
fn write(state: &mut State, code: KeyCode) {
    match code {
        KeyCode::Char(letter) if state.filter.len() < LONGEST => state.filter.push(letter),
        KeyCode::Backspace => {
            state.filter.pop();
        }
        KeyCode::Enter => state.typing = false,
        KeyCode::Esc => {
            state.typing = false;
            state.filter.clear();
        }
        _ => return,
    }
    state.arrange();
}
