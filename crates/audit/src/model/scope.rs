//! A scope: whatever can have a memory limit, from a namespace down to a container.

use oomkit_core::ident::OomScoreAdj;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Given, Live, Part, Past, Place, Pod, Program, Setting, Sparse, Swap, Unit, Workload};
use crate::{
    dialect::Dialect,
    quantity::{Amount, Reason},
};

/// The position of a scope in the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(u32);

impl ScopeId {
    pub(super) fn new(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a scope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeKind {
    /// What one object of a cluster starts: a deployment, a job.
    Workload,
    /// Containers that live and die together.
    Pod,
    /// A container.
    Container,
    /// The services of one Compose file.
    Project,
    /// A service of Compose.
    Service,
    /// The units of one machine or folder.
    Host,
    /// A slice of systemd.
    Slice,
    /// A unit of systemd that runs processes.
    Unit,
    /// A job of Nomad.
    Job,
    /// A group of tasks.
    Group,
    /// A task of Nomad.
    Task,
    /// A task definition of ECS.
    TaskDefinition,
    /// A cgroup of a live host.
    Cgroup,
}

/// What a container is for in its pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// It runs for as long as the pod does.
    #[default]
    Regular,
    /// It runs before the others and ends.
    Init,
    /// It starts before the others and stays.
    Sidecar,
    /// It was put into a running pod by hand, and cannot have limits.
    Ephemeral,
}

/// Something that can have a memory limit.
#[derive(Debug)]
pub struct Scope {
    /// What it lies in.
    pub parent: Option<ScopeId>,
    /// What lies in it.
    pub children: Vec<ScopeId>,
    /// What it is.
    pub kind: ScopeKind,
    /// What it is for in its pod.
    pub role: Role,
    /// The format that it was read from.
    pub dialect: Dialect,
    /// Its name.
    pub name: String,
    /// Its name in full, such as `Deployment/default/web/containers/app`.
    pub path: String,
    /// Where it stands.
    pub place: Place,
    /// The first line of all that is written about it.
    pub first_line: u32,
    /// A cgroup that it asks to lie in, and that is no scope of the model.
    pub lies_in: Option<Setting<String>>,
    /// Whether a part of it is not at hand, so that what is missing may be there.
    pub is_partial: bool,
    /// Whether it only changes what another file describes, and runs nothing itself.
    pub is_patch: bool,
    /// What it may use.
    pub memory: Sparse<Memory>,
    /// How it fares when memory runs out.
    pub oom: Sparse<Oom>,
    /// What it runs.
    pub program: Option<Box<Program>>,
    /// File systems that live in memory.
    pub mounts: Vec<Mount>,
    /// What makes it a workload.
    pub workload: Option<Box<Workload>>,
    /// What makes it a pod.
    pub pod: Option<Box<Pod>>,
    /// What makes it a unit.
    pub unit: Option<Box<Unit>>,
    /// What was seen of it on a live host.
    pub live: Option<Box<Live>>,
    /// What a history saw of it, where one was given.
    pub past: Option<Box<Past>>,
    /// Settings that the platform logs and passes over, each with the reason.
    pub passed_over: Vec<Setting<Reason>>,
    /// The limit that a misspelt or misplaced key was meant to set.
    pub meant: Option<Setting<Amount>>,
    /// Whether Compose limits it in `deploy.resources`, where its memory has to stand then, too.
    pub limits_in_deploy: bool,
}

impl Scope {
    /// Starts a scope without settings.
    #[must_use]
    pub fn new(kind: ScopeKind, dialect: Dialect, path: String, place: Place) -> Self {
        Self {
            parent: None,
            children: Vec::new(),
            kind,
            role: Role::Regular,
            dialect,
            name: path.rsplit('/').next().unwrap_or_default().into(),
            path,
            place,
            first_line: place.mark.line,
            lies_in: None,
            is_partial: false,
            is_patch: false,
            memory: Sparse::default(),
            oom: Sparse::default(),
            program: None,
            mounts: Vec::new(),
            workload: None,
            pod: None,
            unit: None,
            live: None,
            past: None,
            passed_over: Vec::new(),
            meant: None,
            limits_in_deploy: false,
        }
    }

    /// Puts the scope below another one.
    #[must_use]
    pub fn below(self, parent: ScopeId) -> Self {
        Self { parent: Some(parent), ..self }
    }

    /// Tells whether it is one of those that are counted: it runs processes of its own.
    #[must_use]
    pub fn holds_processes(&self) -> bool {
        match self.kind {
            _ if self.is_patch => false,
            ScopeKind::Container => self.role != Role::Ephemeral,
            ScopeKind::Service | ScopeKind::Unit | ScopeKind::Task => true,
            ScopeKind::Cgroup => self.live.as_ref().is_some_and(|live| live.is_counted),
            _ => false,
        }
    }

    /// Tells whether it runs for as long as what it belongs to.
    #[must_use]
    pub fn stays(&self) -> bool {
        self.role != Role::Init
    }

    /// Makes all places below it places of this scope.
    pub(super) fn adopt(&mut self, id: ScopeId) {
        self.place = self.place.of(id);
        self.lies_in.iter_mut().for_each(|outside| outside.adopt(id));
        self.memory.filled().into_iter().for_each(|memory| memory.adopt(id));
        self.oom.filled().into_iter().for_each(|oom| oom.adopt(id));
        self.passed_over.iter_mut().for_each(|setting| setting.adopt(id));
        self.meant.iter_mut().for_each(|setting| setting.adopt(id));
        if let Some(unit) = &mut self.unit {
            unit.adopt(id);
        }
        if let Some(live) = &mut self.live {
            live.files.adopt(id);
        }
        for mount in &mut self.mounts {
            mount.place = mount.place.of(id);
            if let Some(size) = &mut mount.size {
                size.adopt(id);
            }
        }
        if let Some(program) = &mut self.program {
            program.adopt(id);
        }
    }
}

/// What a scope may use.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The hard limit.
    pub limit: Option<Setting<Amount>>,
    /// What a scheduler sets aside, or a soft limit.
    pub request: Option<Setting<Amount>>,
    /// The line above which it is slowed.
    pub high: Option<Setting<Amount>>,
    /// What is reclaimed only when nothing else is left.
    pub low: Option<Setting<Amount>>,
    /// What is never reclaimed.
    pub min: Option<Setting<Amount>>,
    /// How much swap it may use.
    pub swap: Option<Setting<Swap>>,
    /// Processor time that is set aside, in thousandths; decides on the class of a pod.
    pub cpu_request: Option<Setting<u64>>,
    /// Processor time at most, in thousandths.
    pub cpu_limit: Option<Setting<u64>>,
    /// Settings that cgroup v2 has no place for, by their keys.
    pub legacy: Vec<Setting<()>>,
    /// Huge pages, which are counted apart, each size for itself.
    pub huge_pages: Vec<HugePages>,
}

/// Huge pages of one size.
#[derive(Clone, Debug, Default)]
pub struct HugePages {
    /// What is asked for.
    pub request: Option<Setting<Amount>>,
    /// What may be used.
    pub limit: Option<Setting<Amount>>,
}

impl Part for Memory {
    const EMPTY: &'static Self = &Self::new();

    fn is_empty(&self) -> bool {
        let cpu = [&self.cpu_request, &self.cpu_limit].into_iter().flatten().next();
        let lists = self.legacy.is_empty() && self.huge_pages.is_empty();
        self.amounts().next().is_none() && self.swap.is_none() && cpu.is_none() && lists
    }

    fn new() -> Self {
        Self::new()
    }
}

impl Memory {
    const fn new() -> Self {
        Self {
            limit: None,
            request: None,
            high: None,
            low: None,
            min: None,
            swap: None,
            cpu_request: None,
            cpu_limit: None,
            legacy: Vec::new(),
            huge_pages: Vec::new(),
        }
    }

    /// Returns every size of it that somebody set.
    #[must_use = "iterators are lazy"]
    pub fn amounts(&self) -> impl Iterator<Item = &Setting<Amount>> {
        let plain = [&self.limit, &self.request, &self.high, &self.low, &self.min];
        let huge = self.huge_pages.iter().flat_map(|huge| [&huge.request, &huge.limit]);
        plain.into_iter().chain(huge).flatten()
    }

    fn adopt(&mut self, id: ScopeId) {
        let amounts = [&mut self.limit, &mut self.request, &mut self.high, &mut self.low, &mut self.min];
        let huge = self.huge_pages.iter_mut().flat_map(|huge| [&mut huge.request, &mut huge.limit]);
        amounts.into_iter().chain(huge).flatten().for_each(|setting| setting.adopt(id));
        self.legacy.iter_mut().for_each(|setting| setting.adopt(id));
        if let Some(swap) = &mut self.swap {
            swap.adopt(id);
        }
        [&mut self.cpu_request, &mut self.cpu_limit].into_iter().flatten().for_each(|cpu| cpu.adopt(id));
    }
}

/// How a scope fares when memory runs out.
#[derive(Clone, Debug, Default)]
pub struct Oom {
    /// The adjustment of its score.
    pub adj: Option<Setting<Given<OomScoreAdj>>>,
    /// Whether all of it is killed together.
    pub group: Option<Setting<bool>>,
    /// Whether its processes hang instead of being killed.
    pub kill_disable: Option<Setting<bool>>,
    /// Whether it is started anew after a kill, where that is said.
    pub restart: Option<Setting<bool>>,
}

impl Part for Oom {
    const EMPTY: &'static Self = &Self::new();

    fn is_empty(&self) -> bool {
        let flags = [&self.group, &self.kill_disable, &self.restart];
        self.adj.is_none() && flags.into_iter().flatten().next().is_none()
    }

    fn new() -> Self {
        Self::new()
    }
}

impl Oom {
    const fn new() -> Self {
        Self { adj: None, group: None, kill_disable: None, restart: None }
    }

    fn adopt(&mut self, id: ScopeId) {
        if let Some(adj) = &mut self.adj {
            adj.adopt(id);
        }
        let flags = [&mut self.group, &mut self.kill_disable, &mut self.restart];
        flags.into_iter().flatten().for_each(|flag| flag.adopt(id));
    }
}

/// A file system that lives in memory.
#[derive(Clone, Debug)]
pub struct Mount {
    /// Its name or where it is mounted.
    pub name: String,
    /// What it is.
    pub kind: MountKind,
    /// How large it may become; `None` where nobody said.
    pub size: Option<Setting<Amount>>,
    /// Where it stands.
    pub place: Place,
}

/// What a file system in memory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MountKind {
    /// An `emptyDir` volume of a pod.
    EmptyDir,
    /// A tmpfs.
    Tmpfs,
    /// `/dev/shm`.
    SharedMemory,
}
