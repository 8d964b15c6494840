//! Workloads: what the paths of control groups say, each path read once.

use std::{collections::HashMap, fmt};

use oomkit_core::{ident::text, workload::Workload};

use crate::{name::Name, snapshot::Host};

/// Adds what somebody knows of a workload of a host, which may have no name.
pub type Teacher<'t> = Box<dyn Fn(&mut Workload, Option<&str>) + 't>;

/// How many paths are remembered; a host that makes new ones all the time must not fill the memory.
const REMEMBERED: usize = 1 << 14;

/// What the paths of control groups say.
pub struct Workloads<'t> {
    teach: Teacher<'t>,
    host: Host,
    known: HashMap<Name, Option<Workload>>,
}

impl<'t> Workloads<'t> {
    /// Starts with whoever knows the names of containers.
    #[must_use]
    pub fn new(teach: Teacher<'t>) -> Self {
        Self { teach, host: Host::default(), known: HashMap::new() }
    }

    /// Turns to a host: what was known of another one does not hold for it.
    pub(super) fn visit(&mut self, host: &Host) {
        if self.host != *host {
            self.known.clear();
            self.host = host.clone();
        }
    }

    /// Returns what a path says, with what is known besides.
    pub(super) fn of(&mut self, path: &Name) -> Option<Workload> {
        if let Some(known) = self.known.get(path) {
            return known.clone();
        }
        let mut workload = std::str::from_utf8(path.as_bytes()).ok().and_then(Workload::of_path);
        if let Some(workload) = &mut workload {
            let host = self.host.name.as_ref().map(|name| text(name.as_bytes()));
            (self.teach)(workload, host.as_deref());
        }
        if REMEMBERED <= self.known.len() {
            self.known.clear();
        }
        self.known.insert(path.clone(), workload.clone());
        workload
    }
}

/// Nobody knows more than the paths say.
impl Default for Workloads<'_> {
    fn default() -> Self {
        Self::new(Box::new(|_, _| ()))
    }
}

impl fmt::Debug for Workloads<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workloads").field("known", &self.known.len()).finish_non_exhaustive()
    }
}
