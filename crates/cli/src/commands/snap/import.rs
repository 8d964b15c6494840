//! `oomkit snap import`: what other tools recorded, into the store.

use std::{
    cell::Cell,
    fs::{self, File},
    io::{self, BufRead, BufReader, Read},
    path::PathBuf,
};

use clap::{Args, ValueEnum};
use oomkit_snap::{
    import::{self, Imported, Input, Opener, Tool},
    store::{Durability, Options, Store},
};

use super::{Place, store};
use crate::{
    exit::{self, Code},
    failure::Failure,
    input,
    terminal::Terminal,
};

/// How much of standard input is held: what has to be read twice cannot come by a pipe only.
const HELD: u64 = 256 << 20;

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// What the tool printed, or - for standard input; of below, up to three files of the same time
    #[arg(value_name = "FILE|-", required = true)]
    inputs: Vec<PathBuf>,

    /// The tool that recorded it
    #[arg(long, value_enum, value_name = "TOOL")]
    from: From,

    #[command(flatten)]
    place: Place,
}

/// The tools whose recordings can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum From {
    /// sadf -j FILE -- -r ALL -S -q PSI
    Sysstat,
    /// atop -P PRG,PRM,MEM,SWP,PSI -r FILE
    Atop,
    /// below dump system --raw -O json, and the same for process and cgroup
    Below,
}

impl std::convert::From<From> for Tool {
    fn from(from: From) -> Self {
        match from {
            From::Sysstat => Self::Sysstat,
            From::Atop => Self::Atop,
            From::Below => Self::Below,
        }
    }
}

/// Runs the verb.
pub(super) fn run(args: ImportArgs, terminal: &Terminal) -> Result<&'static Code, Failure> {
    let standard = args.inputs.iter().filter(|path| path.as_os_str() == "-").count();
    if 1 < standard {
        return Err(Failure::usage("standard input can be only one recording"));
    }
    let held = if standard == 0 { Vec::new() } else { held()? };
    let tool: Tool = args.from.into();
    terminal.expect(bytes(&args.inputs, &held).map(|bytes| bytes.saturating_mul(tool.readings())));
    let read = Cell::new(0);
    let watched = Watched { terminal, read: &read };
    let inputs: Vec<Input<'_>> =
        args.inputs.iter().map(|path| input_of(path.clone(), &held, watched)).collect();
    let path = store::path(args.place.store, true)?;
    let options = Options { durability: Durability::LastMayBeLost, ..Options::default() };
    let mut store = Store::open(&path, options).map_err(|error| Failure::store(&error))?;
    let imported = import::import(tool, &inputs, &mut store);
    terminal.clear();
    let imported = imported.map_err(|error| Failure::store(&error))?;
    for problem in &imported.problems {
        terminal.failure(&Failure::input(
            oomkit_core::ident::visible(problem.to_string().as_bytes()).into_owned(),
        ));
    }
    if 0 < imported.more_problems {
        terminal.note(&format!("{} more such problems", imported.more_problems));
    }
    terminal.note(&told(&imported));
    Ok(if imported.problems.is_empty() { &exit::DONE } else { &exit::INPUT })
}

/// Returns how large the recordings are together, where all of that is known.
fn bytes(inputs: &[PathBuf], held: &[u8]) -> Option<u64> {
    let size = |path: &PathBuf| match path.as_os_str() == "-" {
        true => Some(held.len() as u64),
        false => fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|found| found.len()),
    };
    inputs.iter().map(size).sum()
}

/// Shows how much was read of all recordings.
#[derive(Clone, Copy)]
struct Watched<'a> {
    terminal: &'a Terminal,
    read: &'a Cell<u64>,
}

impl<'a> Watched<'a> {
    fn reader(self, inner: impl Read + 'a) -> Box<dyn BufRead + 'a> {
        Box::new(BufReader::new(Reader { watched: self, inner }))
    }
}

struct Reader<'a, R> {
    watched: Watched<'a>,
    inner: R,
}

impl<R: Read> Read for Reader<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Watched { terminal, read } = self.watched;
        terminal.advance(read.get(), None);
        let count = self.inner.read(out)?;
        read.set(read.get().saturating_add(count as u64));
        Ok(count)
    }
}

fn input_of<'a>(path: PathBuf, held: &'a [u8], watched: Watched<'a>) -> Input<'a> {
    let name = input::shown(&path).to_string();
    let open: Box<Opener<'a>> = if path.as_os_str() == "-" {
        Box::new(move || Ok(watched.reader(held)))
    } else {
        Box::new(move || Ok(watched.reader(File::open(&path)?)))
    };
    Input { name, open }
}

/// Reads standard input, since a recording may have to be read twice.
fn held() -> Result<Vec<u8>, Failure> {
    let mut held = Vec::new();
    let read = io::stdin().lock().take(HELD + 1).read_to_end(&mut held);
    read.map_err(|error| Failure::input("standard input cannot be read").because(&error))?;
    if HELD < held.len() as u64 {
        return Err(
            Failure::input("standard input is longer than 256 MiB").hint("write it to a file, and name that")
        );
    }
    Ok(held)
}

/// Says in a line what became of it.
fn told(imported: &Imported) -> String {
    let Imported { written, known, cut, .. } = imported;
    let known = if *known == 0 { String::new() } else { format!(", {known} were there already") };
    let cut = if *cut == 0 {
        String::new()
    } else {
        format!("; the disk is nearly full, so processes were left out of {cut}")
    };
    format!("{written} snapshots imported{known}{cut}")
}
