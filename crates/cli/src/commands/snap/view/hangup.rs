//! Hang-up: a terminal that is gone ends the view.
//!
//! The library that hears the keys reads again and again where a terminal has ended, for ever, and looks
//! at nothing else meanwhile.

use std::{io, os::fd::AsFd as _, process, thread};

use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};

use crate::exit;

/// Ends the program once the terminal of standard input is gone; there is nothing left to be put right then.
pub(super) fn watch() -> io::Result<()> {
    let wait = || {
        let stdin = io::stdin();
        // Nothing is asked for: that a terminal is gone is told in any case.
        let mut terminal = [PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::empty())];
        while poll(&mut terminal, None) == Err(Errno::INTR) {}
        if terminal[0].revents().intersects(PollFlags::HUP | PollFlags::ERR) {
            process::exit(exit::DONE.number.into());
        }
    };
    thread::Builder::new().name("oomkit-hangup".into()).spawn(wait).map(drop)
}
