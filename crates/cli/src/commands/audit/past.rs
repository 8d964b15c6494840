//! The past: the same inputs as a revision of git has them, read from its objects.
//!
//! Nothing is checked out: what is not committed stays as it is, and nothing is written.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    ffi::{OsStr, OsString},
    io::{self, BufRead, BufReader, Read, Write as _},
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use globset::GlobSet;
use oomkit_audit::{
    Auditor,
    sources::{self, Surroundings},
};
use oomkit_core::ident::visible;

use super::plan::{LARGEST, globs, shown};
use crate::{failure::Failure, terminal::Terminal};

/// What is to be read of the past.
pub(super) struct Past {
    roots: Vec<Root>,
    exclude: GlobSet,
}

/// An input as the revision has it.
struct Root {
    /// The folder in which git is asked.
    folder: PathBuf,
    /// The commit, by its id, which no option can be mistaken for.
    commit: String,
    files: Vec<Blob>,
}

/// A file of a revision.
struct Blob {
    name: String,
    id: String,
}

impl Past {
    /// Looks up what `revision` has of the inputs, without what the globs exclude.
    pub(super) fn new(inputs: &[OsString], revision: &str, exclude: &[String]) -> Result<Self, Failure> {
        let mut past = Self { roots: Vec::new(), exclude: globs(exclude)? };
        for input in inputs {
            if input == "-" {
                return Err(Failure::usage("--diff-against has no earlier standard input to compare with")
                    .hint("--baseline compares with an audit that was kept"));
            }
            let root = past.root(Path::new(input), revision)?;
            past.roots.push(root);
        }
        Ok(past)
    }

    fn root(&self, input: &Path, revision: &str) -> Result<Root, Failure> {
        let is_folder = input.is_dir();
        let parent = input.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = if is_folder { input } else { parent.unwrap_or(Path::new(".")) }.to_path_buf();
        let commit = commit(&folder, revision)?;
        let mut ask = git(&folder);
        ask.args(["ls-tree", "-r", "-z", &commit]);
        // Given as a path, so that no name is taken for an option.
        let name = if is_folder { OsStr::new(".") } else { input.file_name().unwrap_or_default() };
        let listing = answer(ask.arg(Path::new(".").join(name)), "cannot list the files of the revision")?;
        let entries = listing.split(|byte| *byte == 0);
        let files = entries.filter_map(|entry| self.blob(&folder, entry, is_folder)).collect();
        Ok(Root { folder, commit, files })
    }

    /// Reads `100644 blob ID<tab>PATH`; links and submodules hold no manifests of their own.
    fn blob(&self, folder: &Path, entry: &[u8], is_found: bool) -> Option<Blob> {
        let tab = entry.iter().position(|byte| *byte == b'\t')?;
        let (what, path) = (std::str::from_utf8(entry.get(..tab)?).ok()?, entry.get(tab + 1..)?);
        let mut words = what.split(' ');
        let (mode, _, id) = (words.next()?, words.next()?, words.next()?);
        let path = folder.join(OsStr::from_bytes(path));
        let name = shown(&path);
        let is_wanted = !is_found || (sources::is_candidate(&name) && !self.exclude.is_match(&path));
        (mode.starts_with("100") && is_wanted).then(|| Blob { name, id: id.to_owned() })
    }

    /// Gives the files of the past to an auditor.
    pub(super) fn read(&self, auditor: &mut Auditor, terminal: &Terminal) -> Result<(), Failure> {
        let names = self.roots.iter().flat_map(|root| root.files.iter().map(|file| file.name.clone()));
        let around = Around { names: names.collect(), commit: RefCell::default() };
        for root in &self.roots {
            around.commit.replace(root.commit.clone());
            let mut objects = Objects::open(&root.folder)?;
            for file in &root.files {
                match objects.read(&file.id).map_err(|error| unreadable(&file.name).because(&error))? {
                    Some(bytes) => _ = auditor.add(&file.name, &bytes, &around),
                    None => terminal.note(&format!("{} of the revision is larger than 64 MiB", file.name)),
                }
            }
        }
        Ok(())
    }
}

/// The files around an audited one, as the revision has them.
struct Around {
    names: BTreeSet<String>,
    commit: RefCell<String>,
}

impl Surroundings for Around {
    fn read(&self, name: &str) -> Option<Vec<u8>> {
        let path = Path::new(name);
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let object = format!("{}:./{}", self.commit.borrow(), path.file_name()?.to_str()?);
        answer(git(folder).args(["cat-file", "blob", &object]), "").ok()
    }

    fn list(&self, folder: &str) -> Vec<String> {
        let mut ask = git(Path::new(folder));
        ask.args(["ls-tree", "-z", "--name-only"]).arg(&*self.commit.borrow());
        let listing = answer(&mut ask, "").unwrap_or_default();
        let names = listing.split(|byte| *byte == 0).filter(|name| !name.is_empty());
        names.map(|name| format!("{folder}/{}", String::from_utf8_lossy(name))).collect()
    }

    fn is_input(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}

/// A git that prints objects as they are asked for.
struct Objects {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Objects {
    fn open(folder: &Path) -> Result<Self, Failure> {
        let mut command = git(folder);
        command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| no_git(&error))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(questions), Some(answers)) => {
                Ok(Self { child, questions, answers: BufReader::new(answers) })
            }
            _ => Err(Failure::host("git has no input or no output")),
        }
    }

    /// Returns an object, unless it is too large.
    fn read(&mut self, id: &str) -> io::Result<Option<Vec<u8>>> {
        writeln!(self.questions, "{id}")?;
        self.questions.flush()?;
        let mut head = String::new();
        self.answers.read_line(&mut head)?;
        // `ID blob SIZE`, then the bytes, then a line feed.
        let size = head.split_whitespace().nth(2).and_then(|size| size.parse::<u64>().ok());
        let size = size.ok_or_else(|| io::Error::other("git does not have it"))?;
        let mut object = (&mut self.answers).take(size + 1);
        if LARGEST < size {
            io::copy(&mut object, &mut io::sink())?;
            return Ok(None);
        }
        let mut bytes = Vec::new();
        object.read_to_end(&mut bytes)?;
        if bytes.pop() != Some(b'\n') {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Some(bytes))
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        // A child that has ended already refuses, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn commit(folder: &Path, revision: &str) -> Result<String, Failure> {
    let peeled = format!("{revision}^{{commit}}");
    let mut ask = git(folder);
    ask.args(["rev-parse", "--verify", "--end-of-options", &peeled]);
    let said =
        format!("--diff-against {revision:?} is no revision of the repository around {}", shown(folder));
    let id = answer(&mut ask, &said)?;
    Ok(String::from_utf8_lossy(&id).trim().to_owned())
}

fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

/// Returns what git prints; `failing` says what it means if it refuses.
fn answer(command: &mut Command, failing: &str) -> Result<Vec<u8>, Failure> {
    let output = command.stderr(Stdio::piped()).output().map_err(|error| no_git(&error))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let failure = Failure::usage(failing);
    Err(said
        .lines()
        .take(4)
        .fold(failure, |failure, line| failure.cause(format!("git: {}", visible(line.as_bytes())))))
}

fn no_git(error: &io::Error) -> Failure {
    Failure::host("cannot run git, which --diff-against needs").because(error)
}

fn unreadable(name: &str) -> Failure {
    Failure::host(format!("cannot read {name} of the revision"))
}
