//! `oomkit snap install`: what takes a snapshot periodically, written and enabled.

mod units;

use std::{
    env,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use clap::Args;
use jiff::SignedDuration;

use super::Place;
use crate::{
    args::Global,
    exit::{self, Code},
    failure::Failure,
    input,
    output::Output,
    terminal::Terminal,
};
use units::{File, MARK, Plan, Way};

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("by").args(["systemd", "cron"]).required(true)))]
pub(super) struct InstallArgs {
    #[command(flatten)]
    place: Place,

    /// Use a timer of systemd
    #[arg(long)]
    systemd: bool,

    /// Use a file in /etc/cron.d
    #[arg(long)]
    cron: bool,

    /// Use a service that stays and takes more snapshots when trouble begins (snap watch), in place of the timer
    #[arg(long, conflicts_with = "cron")]
    watch: bool,

    /// How far apart snapshots are taken: 30s, 1min, 5min; cron knows whole minutes only
    #[arg(long, value_name = "TIME", default_value = "1min")]
    every: String,

    /// Print what would be written, and change nothing
    #[arg(long, conflicts_with = "uninstall")]
    print: bool,

    /// Disable and remove what was installed; the snapshots stay
    #[arg(long)]
    uninstall: bool,

    /// Write below this folder, as for a package, and enable nothing
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,

    /// What is to be run, where it will not stand where this program stands now, as in a package
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// Runs the verb.
pub(super) fn run(args: InstallArgs, global: &Global, terminal: &Terminal) -> Result<&'static Code, Failure> {
    let program = program(args.program)?;
    let way = match (args.systemd, args.watch) {
        (false, _) => Way::Cron,
        (true, false) => Way::Timer,
        (true, true) => Way::Watch,
    };
    let plan =
        Plan { program: &program, store: args.place.store.as_deref(), every: every(&args.every)?, way };
    let files = plan.files().map_err(|why| Failure::usage(why).hint("see oomkit snap install --help"))?;
    if args.print {
        return print(&files, global);
    }
    let root = args.root.as_deref().unwrap_or(Path::new("/"));
    let enabled = way.enabled().filter(|_| args.root.is_none());
    if args.uninstall {
        if let Some(unit) = enabled {
            systemctl(&["disable", "--now", unit])?;
        }
        for file in &files {
            remove(&root.join(file.path), terminal)?;
        }
    } else {
        for file in &files {
            put(&root.join(file.path), &file.text, terminal)?;
        }
    }
    let Some(unit) = enabled else { return Ok(&exit::DONE) };
    systemctl(&["daemon-reload"])?;
    if !args.uninstall {
        systemctl(&["enable", "--now", unit])?;
        terminal.note(&format!("{unit} is enabled; `oomkit snap list` shows what it takes"));
    }
    Ok(&exit::DONE)
}

/// Returns the program that is to be run: the one that was named, or this one.
fn program(named: Option<PathBuf>) -> Result<PathBuf, Failure> {
    match named {
        Some(path) if path.is_absolute() => Ok(path),
        Some(_) => Err(Failure::usage("--program has to be an absolute path").hint("write /usr/bin/oomkit")),
        None => env::current_exe()
            .map_err(|error| Failure::host("where this program stands is not known").because(&error)),
    }
}

fn print(files: &[File], global: &Global) -> Result<&'static Code, Failure> {
    let mut output = Output::open(global.output.as_deref())?;
    for file in files {
        let text = format!("# /{}\n{}\n", file.path, file.text);
        io::Write::write_all(&mut output, text.as_bytes()).map_err(|error| Failure::output(&error))?;
    }
    output.commit()?;
    Ok(&exit::DONE)
}

/// Reads how far apart snapshots are taken, in seconds.
pub(super) fn every(text: &str) -> Result<u64, Failure> {
    let seconds = text.trim().parse::<SignedDuration>().ok().map(|every| every.as_secs());
    // More than a day apart is no history of memory.
    seconds
        .and_then(|seconds| u64::try_from(seconds).ok())
        .filter(|every| (1..=86_400).contains(every))
        .ok_or_else(|| {
            Failure::usage(format!("--every {text:?} is no time between one second and a day"))
                .hint("write 30s, 1min or 5min")
        })
}

/// Writes a file, unless one stands there that somebody else wrote.
fn put(path: &Path, text: &str, terminal: &Terminal) -> Result<(), Failure> {
    let trouble = |error: io::Error| {
        let failure = Failure::host(format!("cannot write {}", input::shown(path))).because(&error);
        match error.kind() {
            io::ErrorKind::PermissionDenied => {
                failure.hint("run it as root, or print the files with --print")
            }
            _ => failure,
        }
    };
    match fs::read(path) {
        Ok(bytes) if !bytes.starts_with(MARK.as_bytes()) => return Err(foreign(path)),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(trouble(error)),
        _ => {}
    }
    let folder = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder).map_err(trouble)?;
    let mut output = Output::open(Some(path))?;
    io::Write::write_all(&mut output, text.as_bytes()).map_err(|error| Failure::output(&error))?;
    output.commit()?;
    // Whatever the mask of the user is, a service manager and people may read it.
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).map_err(trouble)?;
    terminal.note(&format!("wrote {}", input::shown(path)));
    Ok(())
}

/// Removes a file that was written by this program; one that is gone is no trouble.
fn remove(path: &Path, terminal: &Terminal) -> Result<(), Failure> {
    let trouble =
        |error: io::Error| Failure::host(format!("cannot remove {}", input::shown(path))).because(&error);
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(trouble(error)),
        Ok(bytes) if !bytes.starts_with(MARK.as_bytes()) => return Err(foreign(path)),
        Ok(_) => {}
    }
    fs::remove_file(path).map_err(trouble)?;
    terminal.note(&format!("removed {}", input::shown(path)));
    Ok(())
}

fn foreign(path: &Path) -> Failure {
    Failure::host(format!("{} was not written by oomkit, and is left alone", input::shown(path)))
}

fn systemctl(arguments: &[&str]) -> Result<(), Failure> {
    let asked = || format!("systemctl {}", arguments.join(" "));
    let ran = Command::new(OsStr::new("systemctl")).args(arguments).output();
    let ran = ran.map_err(|error| {
        Failure::host(format!("cannot run {}", asked())).because(&error).hint("without systemd, use --cron")
    })?;
    if ran.status.success() {
        return Ok(());
    }
    let said = oomkit_core::ident::visible(ran.stderr.trim_ascii()).into_owned();
    Err(Failure::host(format!("{} failed", asked())).cause(said))
}
