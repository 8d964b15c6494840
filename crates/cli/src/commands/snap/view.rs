//! `oomkit snap view`: a browser through the history of a store, on the whole screen.
//!
//! [`state`] is what is shown, [`mod@update`] what a key does to it, [`mod@draw`] how it looks; [`history`]
//! reads what is needed for it. Nothing here writes to the store.

mod draw;
mod hangup;
mod history;
mod line;
mod rows;
mod state;
mod update;

use std::{
    env,
    io::{self, IsTerminal as _},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use clap::Args;
use oomkit_core::ident::visible;
use ratatui::{
    DefaultTerminal,
    crossterm::event::{self, Event, KeyEvent, KeyEventKind},
};
use signal_hook::{
    consts::{SIGHUP, SIGTERM},
    flag,
};

use self::{
    draw::draw,
    history::History,
    state::State,
    update::{Wish, update},
};
use super::{Place, pick, store};
use crate::{
    args::Global,
    exit::{self, Code},
    failure::Failure,
    terminal::Terminal,
};

/// How long to wait for a key before looking whether others have written.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(super) struct ViewArgs {
    #[command(flatten)]
    place: Place,
}

/// Runs the verb.
pub(super) fn run(args: ViewArgs, global: &Global, terminal: &Terminal) -> Result<&'static Code, Failure> {
    has_screen(global)?;
    let store = store::read(args.place.store)?;
    let look = terminal.look();
    let mut state = State {
        color: look.color,
        unicode: look.unicode,
        store: visible(store.path().as_os_str().as_encoded_bytes()).into_owned(),
        ..State::default()
    };
    let mut history = History::open(store, &mut state).map_err(|error| Failure::store(&error))?;
    if state.line.len() == 0 {
        return Err(pick::empty());
    }
    let ended = ended().map_err(|error| broken(&error))?;
    hangup::watch().map_err(|error| broken(&error))?;
    // The screen is given back by this guard, and in a panic by the hook that comes with `try_init`.
    let mut screen = Screen::open().map_err(|error| broken(&error))?;
    browse(&mut screen.0, &mut history, &mut state, &ended).map_err(|error| broken(&error))?;
    Ok(&exit::DONE)
}

/// Refuses where there is no screen to fill, or no keys to hear.
fn has_screen(global: &Global) -> Result<(), Failure> {
    let hint = "print one moment instead with: oomkit snap show TIME";
    if global.output.is_some() {
        return Err(Failure::usage("a view cannot be written to a file").hint(hint));
    }
    let is_dumb = env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    if is_dumb || !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        let failure = Failure::host("there is no terminal to view the snapshots in");
        return Err(failure.hint(hint));
    }
    Ok(())
}

fn broken(error: &io::Error) -> Failure {
    Failure::host("cannot use the terminal").because(error)
}

/// The screen, which is given back when this goes away.
struct Screen(DefaultTerminal);

impl Screen {
    fn open() -> io::Result<Self> {
        ratatui::try_init().map(Self).inspect_err(|_| {
            // It may have come half of the way.
            let _ = ratatui::try_restore();
        })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // A terminal that is gone has no use for being put right.
        let _ = ratatui::try_restore();
    }
}

/// Returns what becomes true when somebody ends this program, whose terminal is to be given back then.
fn ended() -> io::Result<Arc<AtomicBool>> {
    let ended = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGHUP] {
        flag::register(signal, Arc::clone(&ended))?;
    }
    Ok(ended)
}

/// Shows the state and takes keys, until it is enough or the program is ended.
fn browse(
    screen: &mut DefaultTerminal,
    history: &mut History,
    state: &mut State,
    ended: &AtomicBool,
) -> io::Result<()> {
    while !ended.load(Ordering::Relaxed) {
        state.width = usize::from(screen.size()?.width);
        history.settle(state);
        screen.draw(|frame| draw(state, frame))?;
        if !event::poll(PATIENCE)? {
            history.renew(state);
            continue;
        }
        // A key that is held down sends more than can be shown; all that wait are taken at once.
        loop {
            if take(history, state)? == Wish::Quit {
                return Ok(());
            }
            if !event::poll(Duration::ZERO)? {
                break;
            }
        }
    }
    Ok(())
}

/// Takes one event.
fn take(history: &mut History, state: &mut State) -> io::Result<Wish> {
    match event::read()? {
        Event::Key(key) if key.kind != KeyEventKind::Release => Ok(obey(history, state, key)),
        _ => Ok(Wish::Show),
    }
}

/// Does what a key asks for, but for what the next showing does anyway.
fn obey(history: &mut History, state: &mut State, key: KeyEvent) -> Wish {
    let wish = update(state, key);
    if let Wish::Kill(way) = wish {
        history.seek_kill(state, way);
    }
    wish
}

#[cfg(test)]
mod tests;
