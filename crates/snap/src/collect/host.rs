//! The source that reads the files of a host, live or captured.

use std::collections::HashMap;

use oomkit_core::ident::Pid;
use oomkit_host::tree::Tree;

use super::{Commands, Missed, Source, cgroups, machine, processes};
use crate::{
    name::Name,
    snapshot::{BootId, Cgroup, Host, Machine, Process},
};

/// Reads the files of a host.
#[derive(Debug)]
pub struct HostSource<'a, T> {
    host: &'a oomkit_host::Host<T>,
    commands: Commands,
    missed: Missed,
    /// The control group of each process, as the groups name their members.
    members: HashMap<Pid, Name>,
}

impl<'a, T: Tree> HostSource<'a, T> {
    /// Starts to read a host.
    #[must_use]
    pub fn new(host: &'a oomkit_host::Host<T>, commands: Commands) -> Self {
        Self { host, commands, missed: Missed::default(), members: HashMap::new() }
    }

    /// Returns the boot that the host runs in; `None` where it does not tell.
    #[must_use]
    pub fn boot_id(&self) -> Option<BootId> {
        self.host.identity().boot_id.known().map(|id| BootId::new(id.as_bytes()))
    }
}

impl<T: Tree> Source for HostSource<'_, T> {
    fn host(&mut self) -> Host {
        let identity = self.host.identity();
        let name = |text: String| Name::from(text.as_str());
        Host {
            name: self.missed.take(identity.hostname).map(name),
            machine_id: self.missed.take(identity.machine_id).map(name),
            kernel: self.missed.take(identity.release).map(name),
            page_size_bytes: self.missed.take(self.host.page_size()),
        }
    }

    fn machine(&mut self) -> Machine {
        machine::read(self.host, &mut self.missed)
    }

    fn cgroups(&mut self) -> Option<Vec<Cgroup>> {
        cgroups::read(self.host, &mut self.missed, &mut self.members)
    }

    fn processes(&mut self) -> Option<Vec<Process>> {
        processes::read(self.host, self.commands, &mut self.missed, &self.members)
    }

    fn missed(&self) -> Missed {
        self.missed
    }
}
