//! The source that reads the files of a host, live or captured.

use std::{cell::OnceCell, collections::HashMap};

use oomkit_core::ident::Pid;
use oomkit_host::{Identity, aside::Aside, tree::Tree};

use super::{
    Commands, Known, Missed, Programs, Shares, Source, arguments, cgroups, machine, processes, shares,
};
use crate::{
    name::Name,
    snapshot::{BootId, Cgroup, Host, Machine, Process},
};

/// Reads the files of a host.
#[derive(Debug)]
pub struct HostSource<'a, T> {
    host: &'a oomkit_host::Host<T>,
    identity: OnceCell<Identity>,
    commands: Commands,
    programs: Option<&'a mut Programs>,
    aside: Option<&'a mut Aside>,
    shares: Shares,
    known: Option<Known>,
    missed: Missed,
    /// The control group of each process, as the groups name their members.
    members: HashMap<Pid, Name>,
}

impl<'a, T: Tree> HostSource<'a, T> {
    /// Starts to read a host; nothing of it takes the lock of a process.
    #[must_use]
    pub fn new(host: &'a oomkit_host::Host<T>, commands: Commands) -> Self {
        Self {
            host,
            identity: OnceCell::new(),
            commands,
            programs: None,
            aside: None,
            shares: Shares::Nothing,
            known: None,
            missed: Missed::default(),
            members: HashMap::new(),
        }
    }

    /// Lets the programs of processes be remembered from one snapshot to the next.
    #[must_use]
    pub fn with_programs(mut self, programs: &'a mut Programs) -> Self {
        self.programs = Some(programs);
        self
    }

    /// Lets what takes the lock of a process be read aside, by a reader of the same host: shares, and
    /// the command lines of those that are not known.
    #[must_use]
    pub fn with_aside(mut self, aside: &'a mut Aside, shares: Shares, known: Option<Known>) -> Self {
        (self.aside, self.shares, self.known) = (Some(aside), shares, known);
        self
    }

    /// Returns the boot that the host runs in; `None` where it does not tell.
    #[must_use]
    pub fn boot_id(&self) -> Option<BootId> {
        self.identity().boot_id.as_ref().known().map(|id| BootId::new(id.as_bytes()))
    }

    fn identity(&self) -> &Identity {
        self.identity.get_or_init(|| self.host.identity())
    }
}

impl<T: Tree> Source for HostSource<'_, T> {
    fn host(&mut self) -> Host {
        let identity = self.identity().clone();
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
        let programs = self.programs.as_deref_mut();
        let mut processes =
            processes::read(self.host, self.commands, programs, &mut self.missed, &self.members)?;
        if let Some(aside) = &mut self.aside {
            if let Some(known) = &self.known {
                arguments::read(aside, known, &mut self.missed, &mut processes);
            }
            shares::read(aside, self.shares, &mut self.missed, &mut processes);
        }
        Some(processes)
    }

    fn missed(&self) -> Missed {
        self.missed
    }
}
