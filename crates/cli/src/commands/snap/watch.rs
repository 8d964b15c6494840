//! `oomkit snap watch`: stays, takes the regular snapshots, and more when trouble begins.

use std::{
    os::{fd::AsFd as _, unix::net::UnixStream},
    time::Duration,
};

use clap::Args;
use oomkit_snap::{
    snapshot::Percent,
    watch::{Next, Rates, Remark, Watch},
};
use rustix::mm::{MlockAllFlags, mlockall};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    low_level::pipe,
};

use super::{
    Place, install,
    take::{KeepArgs, Taker},
};
use crate::{
    exit::{self, Code},
    failure::Failure,
    terminal::Terminal,
};

/// How many snapshots may fail one after the other until it ends, so that somebody notices.
const FAILURES: usize = 3;

#[derive(Debug, Args)]
pub(super) struct WatchArgs {
    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    keep: KeepArgs,

    /// How far apart regular snapshots are: 30s, 1min, 5min
    #[arg(long, value_name = "TIME", default_value = "1min")]
    every: String,

    /// From which share of a second on it is trouble that some task waits for memory, in percent; or none
    #[arg(long, value_name = "PERCENT|none", default_value = "15", value_parser = share)]
    pressure: Share,

    /// How many snapshots trouble may ask for at once, a second apart; beyond them it gets one for each minute
    #[arg(long, value_name = "COUNT", default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=600))]
    burst: u32,
}

/// From which share on pressure is trouble; `None` where it never is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Share(Option<Percent>);

/// Reads a share: `15`, `15%`, `2.5`, `none`.
fn share(text: &str) -> Result<Share, String> {
    let text = text.trim();
    if text == "none" {
        return Ok(Share(None));
    }
    let percent = text.strip_suffix('%').unwrap_or(text).trim_end().parse::<f64>().ok();
    let hundredths =
        percent.map(|percent| (percent * 100.0).round()).filter(|share| (1.0..=10_000.0).contains(share));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was looked at")]
    let share = hundredths.map(|share| Share(Some(Percent::from_hundredths(share as u64))));
    share.ok_or_else(|| "write a share between 0.01 and 100 percent, or none".into())
}

/// Runs the verb.
pub(super) fn run(args: &WatchArgs, terminal: &Terminal) -> Result<&'static Code, Failure> {
    let every = Duration::from_secs(install::every(&args.every)?);
    let stop = signals()?;
    let mut taker = Taker::new(&args.place, &args.keep, true)?;
    let host = taker.host();
    let (mut watch, remark) = Watch::new(&host, Rates::new(every, args.burst), args.pressure.0);
    match remark {
        None => {}
        Some(Remark::PressureIsAsked) => {
            terminal.note("the kernel does not wake this program on memory pressure; it looks each second");
        }
        Some(Remark::NoPressure) => {
            terminal.note(
                "the kernel does not tell of memory pressure; limits and kills are watched all the same",
            );
        }
    }
    stay(terminal);
    let (mut is_first, mut failures) = (true, 0);
    loop {
        let Next::Take(reason) = watch.next(stop.as_fd()) else { return Ok(&exit::DONE) };
        match taker.take(reason, terminal) {
            Ok(snapshot) => {
                watch.taken(&snapshot);
                (is_first, failures) = (false, 0);
            }
            // A disk that is full for a moment, or a store that is in use, does not end what is to see the next one.
            Err(failure) if !is_first && failures + 1 < FAILURES => {
                failures += 1;
                terminal.failure(&failure);
            }
            Err(failure) => return Err(failure),
        }
    }
}

/// Keeps this program in memory.
///
/// When memory runs short, the kernel drops pages of programs, and reads them back from a disk that is
/// busy with those of all others; what is to watch this must not wait for it. What is mapped now is
/// the program itself. Of what it asks for later nothing is locked, so that no limit can refuse it.
fn stay(terminal: &Terminal) {
    if let Err(error) = mlockall(MlockAllFlags::CURRENT | MlockAllFlags::ONFAULT) {
        terminal.detail(&format!("this program may not be kept in memory: {error}"));
    }
}

/// Returns what can be read from as soon as this program is asked to end.
fn signals() -> Result<UnixStream, Failure> {
    let cannot = |error: std::io::Error| Failure::host("cannot wait for signals").because(&error);
    let (stop, asked) = UnixStream::pair().map_err(cannot)?;
    for signal in [SIGTERM, SIGINT] {
        pipe::register(signal, asked.try_clone().map_err(cannot)?).map_err(cannot)?;
    }
    Ok(stop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_percents() {
        for (text, expected) in [
            ("15", Some(Some(1_500))),
            (" 15 % ", Some(Some(1_500))),
            ("2.5%", Some(Some(250))),
            ("100", Some(Some(10_000))),
            ("none", Some(None)),
            ("0", None),
            ("101", None),
            ("NaN", None),
            ("-1", None),
            ("", None),
        ] {
            let read = share(text).ok().map(|share| share.0.map(Percent::hundredths));
            assert_eq!(read, expected, "{text:?}");
        }
    }
}
