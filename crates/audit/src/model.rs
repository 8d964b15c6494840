//! LimitModel: a forest of scopes with every memory setting located, whatever format it came from.
//!
//! Sources fill the model and never judge; rules judge it and never see a format.

mod ceiling;
mod fragment;
mod live;
mod machine;
mod past;
mod program;
mod scope;
mod setting;
mod sparse;
mod suppression;
mod unit;
mod workload;

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use oomkit_core::{place::LineNo, rule::Model, units::Bytes};

pub use ceiling::Ceiling;
pub use fragment::{Assignment, Fragment};
pub use live::{Granted, Kinds, Live, LiveFiles};
pub use machine::{Machine, Observed, Process};
pub use past::{Growth, Namesake, Past};
pub use program::{EnvValue, MapRef, Program, Variable};
pub use scope::{HugePages, Memory, Mount, MountKind, Oom, Role, Scope, ScopeId, ScopeKind};
pub use setting::{Given, Origin, Setting, Swap};
pub use sparse::{Part, Sparse};
pub use suppression::{Reach, Suppression, Until};
pub use unit::{OomPolicy, Unit};
pub use workload::{ConfigMap, Kubelet, LimitRange, Namespace, Pod, Qos, Quota, Range, Replicas, Workload};

use crate::{dialect::Dialect, policy::Policy, yaml::Mark};

/// The position of a file in the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// A file that was looked at.
#[derive(Clone, Debug)]
pub struct File {
    /// The name as it was asked for or found.
    pub name: String,
    /// Its text, kept to be quoted; empty where no source reads the file.
    pub text: Arc<str>,
    /// What it turned out to be.
    pub dialect: Option<Dialect>,
    /// Why it could not be read, if it could not.
    pub error: Option<String>,
    /// Whether it is one of the many files of a live host, which stands for them all.
    pub is_of_host: bool,
    /// Whether a kustomization lays patches over what it describes.
    pub is_patched: bool,
    /// Where its lines begin, once somebody asked for one.
    starts: OnceLock<Vec<usize>>,
}

impl File {
    /// Returns a line by its number, from 1.
    #[must_use]
    pub fn line(&self, number: u32) -> Option<&str> {
        let starts = self.starts.get_or_init(|| {
            let ends = memchr::memchr_iter(b'\n', self.text.as_bytes()).map(|end| end + 1);
            std::iter::once(0).chain(ends).collect()
        });
        let start = *starts.get(usize::try_from(number).ok()?.checked_sub(1)?)?;
        let rest = self.text.get(start..)?;
        let line = rest.split('\n').next().unwrap_or(rest);
        Some(line.strip_suffix('\r').unwrap_or(line))
    }
}

/// Where something stands, and what it is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// Line, column and width.
    pub mark: Mark,
    /// The scope that it belongs to, where it belongs to one.
    pub scope: Option<ScopeId>,
}

impl Place {
    /// Returns the line.
    #[must_use]
    pub const fn line(self) -> LineNo {
        LineNo::new(self.mark.line as u64)
    }

    /// Returns the same place as one of a scope.
    #[must_use]
    pub const fn of(self, scope: ScopeId) -> Self {
        Self { scope: Some(scope), ..self }
    }
}

/// Something that a source could not take as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What sort of trouble.
    pub kind: ProblemKind,
    /// What exactly, as a sentence without its full stop.
    pub what: String,
}

/// Sorts of trouble that a source can meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// A document or file that is not well formed.
    Broken,
    /// A template that becomes a document only when it is rendered.
    Template,
    /// Something that is named and not at hand: a file, a variable, a parameter.
    Unresolved,
    /// A key that stands twice; tells where it stood first.
    Duplicate(Place),
    /// More than a reader is willing to follow.
    Exhausted,
    /// An object or file that the platform refuses for something else than a size; tells what it contradicts.
    Rejected(Option<Place>),
    /// A key that the platform passes over, so that what it says is not in force.
    Ineffective,
}

/// Everything that was written about memory, as far as it was read.
#[derive(Debug, Default)]
pub struct LimitModel {
    /// The files, each once.
    pub files: Vec<File>,
    /// The files by name.
    names: HashMap<String, FileId>,
    /// The scopes; a parent stands before its children.
    pub scopes: Vec<Scope>,
    /// What sources could not take.
    pub problems: Vec<Problem>,
    /// Comments and annotations that ask to be silent.
    pub suppressions: Vec<Suppression>,
    /// Defaults and bounds of namespaces.
    pub limit_ranges: Vec<LimitRange>,
    /// Budgets of namespaces.
    pub quotas: Vec<Quota>,
    /// Variables that pods may take from namespaces.
    pub config_maps: Vec<ConfigMap>,
    /// What kubelets are told.
    pub kubelets: Vec<Kubelet>,
    /// Unit files and drop-ins that are not put together yet.
    pub fragments: Vec<Fragment>,
    /// What a history saw of workloads, whether a scope answers to them or not.
    pub pasts: Vec<Past>,
    /// The live host, where one was read.
    pub machine: Option<Box<Machine>>,
    /// Thresholds and facts that the project sets.
    pub policy: Policy,
    /// The limits of all that stays, summed up once somebody asked.
    sum_of_limits: OnceLock<Bytes>,
}

impl Model for LimitModel {
    type Place = Place;
}

impl LimitModel {
    /// Adds a file, unless it is known by its name, and returns its position.
    pub(crate) fn add_file(&mut self, name: &str, text: Arc<str>) -> FileId {
        if let Some(id) = self.names.get(name) {
            return *id;
        }
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.names.insert(name.into(), id);
        self.files.push(File {
            name: name.into(),
            text,
            dialect: None,
            error: None,
            is_of_host: false,
            is_patched: false,
            starts: OnceLock::new(),
        });
        id
    }

    /// Adds a file of a live host, with what it says, and returns the place of that.
    pub(crate) fn add_host_file(&mut self, name: &str, text: &str) -> Place {
        let file = self.add_file(name, text.into());
        if let Some(known) = self.file_mut(file) {
            known.is_of_host = true;
        }
        let width =
            u32::try_from(text.lines().next().unwrap_or_default().chars().count()).unwrap_or(u32::MAX);
        Place { file, mark: Mark { line: 1, column: 1, width: width.max(1) }, scope: None }
    }

    /// Returns a file.
    #[must_use]
    pub fn file(&self, id: FileId) -> Option<&File> {
        self.files.get(id.0 as usize)
    }

    pub(crate) fn file_mut(&mut self, id: FileId) -> Option<&mut File> {
        self.files.get_mut(id.0 as usize)
    }

    /// Adds a scope below its parent and returns its position; its places become places of it.
    pub(crate) fn push(&mut self, mut scope: Scope) -> ScopeId {
        let id = ScopeId::new(self.scopes.len());
        scope.adopt(id);
        if let Some(parent) = scope.parent.and_then(|parent| self.scope_mut(parent)) {
            parent.children.push(id);
        }
        self.scopes.push(scope);
        id
    }

    /// Returns a scope.
    #[must_use]
    pub fn scope(&self, id: ScopeId) -> Option<&Scope> {
        self.scopes.get(id.index())
    }

    pub(crate) fn scope_mut(&mut self, id: ScopeId) -> Option<&mut Scope> {
        self.scopes.get_mut(id.index())
    }

    /// Returns a scope and all that were added after it.
    pub(crate) fn from(&mut self, id: ScopeId) -> impl Iterator<Item = &mut Scope> {
        self.scopes.iter_mut().skip(id.index())
    }

    /// Returns all scopes with their positions.
    #[must_use = "iterators are lazy"]
    pub fn all(&self) -> impl Iterator<Item = (ScopeId, &Scope)> {
        self.scopes.iter().enumerate().map(|(at, scope)| (ScopeId::new(at), scope))
    }

    /// Returns the scopes that hold processes, one by one as people count them.
    #[must_use = "iterators are lazy"]
    pub fn leaves(&self) -> impl Iterator<Item = (ScopeId, &Scope)> {
        self.all().filter(|(_, scope)| scope.holds_processes())
    }

    /// Returns the children of a scope.
    #[must_use = "iterators are lazy"]
    pub fn children<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = (ScopeId, &'a Scope)> {
        scope.children.iter().filter_map(|id| Some((*id, self.scope(*id)?)))
    }

    /// Returns the scopes above a scope, nearest first.
    #[must_use = "iterators are lazy"]
    pub fn ancestors<'a>(&'a self, scope: &Scope) -> impl Iterator<Item = (ScopeId, &'a Scope)> {
        let first = scope.parent;
        std::iter::successors(first.and_then(|id| Some((id, self.scope(id)?))), |(_, scope)| {
            let id = scope.parent?;
            Some((id, self.scope(id)?))
        })
    }

    /// Returns the nearest scope above that is a pod.
    #[must_use]
    pub fn pod_of(&self, scope: &Scope) -> Option<(ScopeId, &Scope, &Pod)> {
        self.ancestors(scope).find_map(|(id, scope)| Some((id, scope, scope.pod.as_deref()?)))
    }

    /// Returns the nearest workload, the scope itself included.
    #[must_use]
    pub fn workload_of<'a>(&'a self, scope: &'a Scope) -> Option<&'a Workload> {
        scope
            .workload
            .as_deref()
            .or_else(|| self.ancestors(scope).find_map(|(_, scope)| scope.workload.as_deref()))
    }

    /// Returns the sum of the limits of all that stays.
    #[must_use]
    pub fn sum_of_limits(&self) -> Bytes {
        *self.sum_of_limits.get_or_init(|| {
            self.leaves()
                .filter(|(_, scope)| scope.stays())
                .filter_map(|(_, scope)| self.ceiling(scope)?.size)
                .sum()
        })
    }

    /// Returns the text of the line that a place stands in.
    #[must_use]
    pub fn line_of(&self, place: Place) -> Option<&str> {
        self.file(place.file)?.line(place.mark.line)
    }

    pub(crate) fn complain(&mut self, place: Place, kind: ProblemKind, what: impl Into<String>) {
        self.problems.push(Problem { place, kind, what: what.into() });
    }
}
