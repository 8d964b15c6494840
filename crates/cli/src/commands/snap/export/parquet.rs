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

/// What is said of files that lack snapshots.
const INCOMPLETE: &str = "without snapshots that could not be read";

/// What became of the files.
#[derive(Default)]
struct Tally {
    written: u64,
    /// How many of those lack snapshots that cannot be read.
    incomplete: u64,
    there: u64,
    /// How many of those lack snapshots that could not be read when they were written.
    incomplete_there: u64,
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
            if !is_over {
                files.push(File::open(*table, self.folder.join(day.open_path(*table)))?);
            } else if let Some(is_whole) = self.there(day, *table)?.filter(|_| !self.again) {
                tally.there += 1;
                tally.incomplete_there += u64::from(!is_whole);
            } else {
                files.push(File::open(*table, self.folder.join(day.path(*table)))?);
            }
        }
        if files.is_empty() {
            return Ok(());
        }
        let mut read = 0;
        let damaged = super::each(store, &day.snapshots, tally.done.clone(), terminal, |snapshot| {
            read += 1;
            files.iter_mut().try_for_each(|file| {
                file.rows.push(snapshot, workloads).map_err(|error| cannot(&file.path, &error))
            })
        })?;
        tally.damaged += damaged;
        // A day of which nothing can be read is no day without processes.
        if read == 0 {
            return Ok(());
        }
        let is_incomplete = is_over && (0 < damaged || !day.is_whole);
        for file in files {
            if is_over {
                self.close(day, file, is_incomplete)?;
            } else {
                file.finish()?;
            }
            tally.written += 1;
            tally.incomplete += u64::from(is_incomplete);
        }
        Ok(())
    }

    /// Tells whether a day that is over has its file, and whether that is whole.
    ///
    /// An export that was ended between writing a file and removing the one in whose place it stands has
    /// left both, of which the fuller one stays.
    fn there(&self, day: &Day, table: Table) -> Result<Option<bool>, Failure> {
        let names = [day.path(table), day.incomplete_path(table), day.open_path(table)];
        let [whole, incomplete, open] = names.map(|name| self.folder.join(name));
        let is_whole = match (whole.exists(), incomplete.exists()) {
            (false, false) => return Ok(None),
            (is_whole, _) => is_whole,
        };
        if is_whole {
            remove(&incomplete)?;
        }
        remove(&open)?;
        Ok(Some(is_whole))
    }

    /// Ends the file of a day that is over, by a name that tells whether it lacks anything.
    fn close(&self, day: &Day, mut file: File, is_incomplete: bool) -> Result<(), Failure> {
        let table = file.table;
        let mut names = [day.path(table), day.incomplete_path(table), day.open_path(table)];
        if is_incomplete {
            names.swap(0, 1);
        }
        let [name, others @ ..] = names.map(|name| self.folder.join(name));
        file.path = name;
        file.finish()?;
        // Readers take all files of a folder, and would read the day twice.
        others.iter().try_for_each(|path| remove(path))
    }
}

/// A file under construction.
struct File {
    table: Table,
    path: PathBuf,
    rows: Parquet<Staged>,
}

impl File {
    fn open(table: Table, path: PathBuf) -> Result<Self, Failure> {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
        let rows = Parquet::new(table, Staged::open(&path)?).map_err(|error| cannot(&path, &error))?;
        Ok(Self { table, path, rows })
    }

    fn finish(self) -> Result<(), Failure> {
        let (mut file, _) = self.rows.finish().map_err(|error| cannot(&self.path, &error))?;
        file.rename(&self.path);
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
        if 0 < self.incomplete {
            let count = self.incomplete;
            words.push_str(&format!(
                ", {count} of them {INCOMPLETE}, as their names say; no export writes them anew without --again"
            ));
        }
        if 0 < self.there {
            words.push_str(&format!("; {} are there already (--again writes them anew)", self.there));
        }
        if 0 < self.incomplete_there {
            words.push_str(&format!(", {} of them {INCOMPLETE}", self.incomplete_there));
        }
        if 0 < self.open {
            words.push_str("; a day that is not over is left out (--open-days writes it too)");
        }
        words
    }
}
