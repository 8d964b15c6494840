//! The program `oomkit`: parse, run, exit.

mod args;
mod commands;
mod exit;
mod failure;
mod input;
mod output;
mod terminal;

use std::{
    io,
    panic::{self, PanicHookInfo},
    process::ExitCode,
    sync::Mutex,
};

use clap::Parser as _;

use crate::{
    args::Cli,
    exit::Code,
    failure::{Failure, Kind},
    terminal::Terminal,
};

/// Where the last panic happened and what it said, for the message that follows it.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    let terminal = Terminal::new(&cli.global);
    panic::set_hook(Box::new(remember));
    let run =
        panic::catch_unwind(panic::AssertUnwindSafe(|| commands::run(cli.verb, &cli.global, &terminal)));
    // What is said from here on must not stand behind a half-drawn line.
    terminal.clear();
    let code = match run {
        Ok(Ok(code)) => code,
        Ok(Err(failure)) => complain(&terminal, &failure),
        Err(_) => complain(&terminal, &bug()),
    };
    ExitCode::from(code.number)
}

/// Shows what clap has to say: help, the version, or what is wrong with the arguments.
fn refuse(error: &clap::Error) -> ExitCode {
    let code = match error.print() {
        _ if error.use_stderr() => &exit::USAGE,
        // A closed pipe while help is shown is as quiet as any other.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => &exit::HOST,
        Ok(()) | Err(_) => &exit::DONE,
    };
    ExitCode::from(code.number)
}

fn complain(terminal: &Terminal, failure: &Failure) -> &'static Code {
    if failure.kind() != Kind::Closed {
        terminal.failure(failure);
    }
    failure.code()
}

fn remember(info: &PanicHookInfo<'_>) {
    let said = info.payload_as_str().unwrap_or("no message");
    let place =
        info.location().map_or_else(String::new, |place| format!(" at {}:{}", place.file(), place.line()));
    if let Ok(mut last) = PANIC.lock() {
        *last = Some(format!("panic{place}: {said}"));
    }
}

fn bug() -> Failure {
    let said = PANIC.lock().ok().and_then(|mut last| last.take()).unwrap_or_else(|| "panic".into());
    Failure::new(Kind::Bug, format!("oomkit {} has a bug", env!("CARGO_PKG_VERSION"))).cause(said).hint(
        concat!(
            "please report it, with the input that you gave, at ",
            env!("CARGO_PKG_REPOSITORY"),
            "/issues"
        ),
    )
}
