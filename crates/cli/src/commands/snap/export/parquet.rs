//! `--to parquet`: a file for each table, day and host.

use std::{
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use oomkit_snap::{
    export::{Day, Parquet, Table, Workloads},
    store::{Entry, Store},
};

use crate::{failure::Failure, input::shown, output::Staged, terminal::Terminal};

/// Which files are to be written.
pub(super) struct Plan<'a> {
    /// The folder of the export.
    pub(super) folder: &'a Path,
    /// The tables.
    pub(super) tables: Vec<Table>,
    /// Whether days that are not over are written too.
    pub(super) open_days: bool,
    /// Whether files that are there are written again.
    pub(super) again: bool,
}

/// What became of the files.
#[derive(Default)]
struct Tally {
    written: u64,
    there: u64,
    open: u64,
    damaged: u64,
    /// How many snapshots are done, of how many.
    done: Range<usize>,
}

impl Plan<'_> {
    /// Writes the files, and returns how many snapshots could not be read.
    pub(super) fn run(
        &self,
        store: &Store,
        entries: &[Entry],
        workloads: &mut Workloads<'_>,
        terminal: &Terminal,
    ) -> Result<u64, Failure> {
        let now = Timestamp::now();
        let (days, unread) = Day::of(store, entries);
        let mut tally = Tally { done: 0..entries.len(), ..Tally::default() };
        for (id, error) in &unread {
            terminal.failure(&Failure::store(error).cause(format!("snapshot {id} is left out")));
            tally.damaged += 1;
        }
        for day in &days {
            let is_over = day.is_over(now);
            if is_over || self.open_days {
                self.day(store, (day, is_over), workloads, &mut tally, terminal)?;
            } else {
                tally.open += 1;
            }
            tally.done.start += day.snapshots.len();
        }
        terminal.note(&tally.words());
        Ok(tally.damaged)
    }

    /// Writes the files of a day that are to be written; all of them in one pass over its snapshots.
    fn day(
        &self,
        store: &Store,
        (day, is_over): (&Day, bool),
        workloads: &mut Workloads<'_>,
        tally: &mut Tally,
        terminal: &Terminal,
    ) -> Result<(), Failure> {
        let mut files = Vec::new();
        for table in &self.tables {
            let path = if is_over { day.path(*table) } else { day.open_path(*table) };
            let path = self.folder.join(path);
            if is_over && !self.again && path.exists() {
                tally.there += 1;
            } else {
                files.push(File::open(*table, path)?);
            }
        }
        if files.is_empty() {
            return Ok(());
        }
        let mut read = 0;
        tally.damaged += super::each(store, &day.snapshots, tally.done.clone(), terminal, |snapshot| {
            read += 1;
            files.iter_mut().try_for_each(|file| {
                file.rows.push(snapshot, workloads).map_err(|error| cannot(&file.path, &error))
            })
        })?;
        // A day of which nothing can be read is no day without processes.
        if read == 0 {
            return Ok(());
        }
        for file in files {
            file.finish()?;
            tally.written += 1;
        }
        if is_over {
            self.tables.iter().try_for_each(|table| remove(&self.folder.join(day.open_path(*table))))?;
        }
        Ok(())
    }
}

/// A file under construction.
struct File {
    path: PathBuf,
    rows: Parquet<Staged>,
}

impl File {
    fn open(table: Table, path: PathBuf) -> Result<Self, Failure> {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
        let rows = Parquet::new(table, Staged::open(&path)?).map_err(|error| cannot(&path, &error))?;
        Ok(Self { path, rows })
    }

    fn finish(self) -> Result<(), Failure> {
        let (file, _) = self.rows.finish().map_err(|error| cannot(&self.path, &error))?;
        file.commit()
    }
}

fn cannot(path: &Path, error: &io::Error) -> Failure {
    Failure::host(format!("cannot write {}", shown(path))).because(error)
}

/// Removes what a day had before it was over, if it had anything.
fn remove(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Failure::host(format!("cannot remove {}", shown(path))).because(&error))
        }
        _ => Ok(()),
    }
}

impl Tally {
    fn words(&self) -> String {
        let mut words = match self.written {
            1 => "1 file written".to_owned(),
            count => format!("{count} files written"),
        };
        if 0 < self.there {
            words.push_str(&format!("; {} are there already (--again writes them anew)", self.there));
        }
        if 0 < self.open {
            words.push_str("; a day that is not over is left out (--open-days writes it too)");
        }
        words
    }
}
