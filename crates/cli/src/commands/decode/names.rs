//! `--names` and `--root`: who is asked for the names of pods and containers.

use std::{
    ffi::OsString,
    io::{self, BufRead},
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use oomkit_core::{
    ident::visible,
    workload::{Directory, Names},
};
use oomkit_host::{
    names::{HostNames, Whose},
    sources,
    tree::Folder,
};

use crate::{failure::Failure, input, terminal::Terminal};

/// Who is asked for names.
#[derive(Debug, Args)]
pub(crate) struct NamesArgs {
    /// Take the names of pods and containers from FILE: what `kubectl get pods -A -o json`, `docker inspect`, `crictl ps -o json`, `podman inspect` or `nomad alloc status -json` printed; `host` takes them from this host, `none` from nobody [default: this host, for its own logs]
    #[arg(long, value_name = "FILE|host|none", help_heading = "Names")]
    names: Vec<OsString>,

    /// Take the names from the files below DIR, the root of the host that wrote the logs
    #[arg(long, value_name = "DIR", help_heading = "Names")]
    root: Option<PathBuf>,
}

/// Those who are asked, in their order, and what could not be read of them.
pub(crate) struct Gathered {
    pub(crate) directories: Vec<Arc<dyn Directory>>,
    pub(crate) failures: Vec<Failure>,
}

impl NamesArgs {
    /// Tells whether standard input holds names.
    pub(crate) fn read_standard_input(&self) -> bool {
        self.names.iter().any(|name| name == "-")
    }

    /// Tells whether anybody is asked.
    pub(crate) fn are_given(&self) -> bool {
        !self.names.is_empty() || self.root.is_some()
    }

    /// Reads the files of names; `is_own` tells whether the logs are surely those of this host.
    pub(crate) fn gather(&self, is_own: bool, terminal: &Terminal) -> Result<Gathered, Failure> {
        let asked = |word: &str| self.names.iter().any(|name| name == word);
        if asked("none") && (1 < self.names.len() || self.root.is_some()) {
            return Err(Failure::usage("--names none cannot be used with other names"));
        }
        let mut names = Names::default();
        let mut failures = Vec::new();
        for file in self.names.iter().filter(|name| *name != "host" && *name != "none") {
            failures.extend(read(Path::new(file), &mut names, terminal));
        }
        if 0 < names.left_out() {
            terminal.note(&format!("{} names were left out, since there are too many", names.left_out()));
        }
        let mut directories: Vec<Arc<dyn Directory>> = Vec::new();
        if 0 < names.containers() + names.pods() {
            directories.push(Arc::new(names));
        }
        if let Some(root) = &self.root {
            let tree = Folder::open(root).map_err(|error| {
                Failure::host(format!("cannot open {}", input::shown(root))).because(&error)
            })?;
            directories.push(Arc::new(HostNames::new(tree, Whose::All)));
        }
        // A file that the user names is no reason to leave out what this host knows of its own logs.
        if asked("host") || self.root.is_none() && !asked("none") {
            let whose = if asked("host") || is_own { Whose::All } else { Whose::OfThisHost };
            directories.push(Arc::new(HostNames::new(Folder::live(), whose)));
        }
        Ok(Gathered { directories, failures })
    }
}

/// Reads a file of names; returns what went wrong, and keeps what went well.
fn read(path: &Path, names: &mut Names, terminal: &Terminal) -> Option<Failure> {
    let name = input::shown(path);
    let opened: io::Result<Box<dyn BufRead>> =
        if path == Path::new("-") { Ok(Box::new(io::stdin().lock())) } else { input::open(path) };
    let mut stream = match opened {
        Ok(stream) => stream,
        Err(error) => return Some(Failure::input(format!("cannot read {name}")).because(&error)),
    };
    let outcome = sources::read(&mut *stream, &name, names);
    terminal
        .detail(&format!("{name}: {} objects with names, {} others", outcome.understood, outcome.strange));
    let found = 0 < outcome.understood;
    if outcome.troubles.is_empty() && (found || outcome.strange == 0) {
        return None;
    }
    let all = if found { "all names" } else { "names" };
    let mut failure = Failure::input(format!("cannot read {all} in {name}"));
    for trouble in &outcome.troubles {
        failure = failure.cause(visible(trouble.to_string().as_bytes()));
    }
    let more = outcome.trouble_count.saturating_sub(outcome.troubles.len() as u64);
    if 0 < more {
        failure = failure.cause(format!("and {more} more"));
    }
    if found {
        return Some(failure);
    }
    if outcome.troubles.is_empty() {
        failure = failure.cause("nothing in it is a pod or a container");
    }
    Some(failure.hint("give what `kubectl get pods -A -o json` or `docker inspect` prints, as JSON"))
}
