//! The past of a scope: what a history of snapshots saw of it, and by which name it was found there.

use oomkit_core::{
    limit::Limit,
    units::{ByteDelta, Bytes, Duration},
    workload,
};

use super::{LimitModel, Namespace, Place, Scope};
use crate::dialect::Dialect;

/// What was seen of a workload, copies of it taken together.
#[derive(Clone, Debug)]
pub struct Past {
    /// What the history calls it.
    pub name: String,
    /// What ran there.
    pub workload: workload::Workload,
    /// Where it is told.
    pub place: Place,
    /// At how many moments its working set was seen.
    pub samples: u64,
    /// How long it was watched.
    pub over: Duration,
    /// The largest working set of one copy: its usage without the file pages that nobody used lately.
    pub most: Bytes,
    /// The kernel's own record of its use, page cache included; `None` where that is not told.
    pub peak: Option<Bytes>,
    /// The limit that it had.
    pub limit: Option<Limit>,
    /// How many of its processes were killed for want of memory meanwhile.
    pub kills: u64,
    /// How it grows, if it does not rest.
    pub growth: Option<Growth>,
    /// Whether other scopes answer to the same name, so that it may be the past of one of them.
    pub is_shared: bool,
}

/// How something grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Growth {
    /// The growth in an hour.
    pub per_hour: ByteDelta,
    /// Where it had arrived at the end; `None` where that is not told.
    pub now: Option<Bytes>,
}

/// By which name a scope was recognized, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Namesake {
    /// What runs it: an object of a cluster, a unit, a service, a task.
    Workload,
    /// The pod, whose name a controller made from that of its object.
    Pod,
    /// The image.
    Image,
}

impl Past {
    /// Takes what was seen of another copy, or of the same workload under another name.
    pub(crate) fn join(&mut self, other: &Self) {
        if self.most < other.most {
            (self.most, self.place) = (other.most, other.place);
            (self.peak, self.limit) = (other.peak, other.limit);
        }
        self.samples = self.samples.saturating_add(other.samples);
        self.over = self.over.max(other.over);
        self.kills = self.kills.saturating_add(other.kills);
        self.growth = match (self.growth, other.growth) {
            (Some(one), Some(two)) if one.per_hour < two.per_hour => Some(two),
            (one, two) => one.or(two),
        };
        self.is_shared |= other.is_shared;
    }

    /// Returns the limit that it had, if it was killed and had reached that limit.
    ///
    /// The kernel counts a kill where the victim lived, whosever limit was hit, and so of the machine too.
    pub(crate) fn killed_at(&self) -> Option<Bytes> {
        let limit = self.limit.and_then(Limit::size).filter(|_| 0 < self.kills)?;
        let reached = self.peak.map_or(self.most, |peak| peak.max(self.most));
        // A kill leaves less than the limit behind, and snapshots see only that.
        (u128::from(limit.get()) * 9 <= u128::from(reached.get()) * 10).then_some(limit)
    }
}

impl LimitModel {
    /// Tells by which name a written scope answers to a workload that was seen running, if it does.
    #[must_use]
    pub fn namesake(&self, scope: &Scope, named: &workload::Workload) -> Option<Namesake> {
        let same = |name: &Option<String>, other: &str| name.as_deref() == Some(other);
        if let Some(unit) = &scope.unit {
            return same(&named.unit, &unit.name).then_some(Namesake::Workload);
        }
        let found = match scope.dialect {
            Dialect::Kubernetes => self.in_cluster(scope, named),
            _ if same(&named.service, &scope.name) || same(&named.name, &scope.name) => {
                Some(Namesake::Workload)
            }
            _ => None,
        };
        found.or_else(|| {
            let image = scope.program.as_ref()?.image.as_ref()?;
            same(&named.image, &image.value).then_some(Namesake::Image)
        })
    }

    /// Compares objects of a cluster.
    fn in_cluster(&self, scope: &Scope, named: &workload::Workload) -> Option<Namesake> {
        let may_be = |name: &Option<String>, other: &str| name.as_deref().is_none_or(|name| name == other);
        let workload = self.workload_of(scope)?;
        let object = self.ancestors(scope).last().map_or(scope.name.as_str(), |(_, top)| top.name.as_str());
        // Where a manifest names no namespace, it may be applied to any.
        let in_namespace = match &workload.namespace {
            Namespace::Named(namespace) => may_be(&named.namespace, namespace),
            Namespace::OfFile(_) => true,
        };
        if !in_namespace || !may_be(&named.container, &scope.name) {
            return None;
        }
        if named.owner.as_deref().and_then(|owner| owner.split_once('/')) == Some((&workload.kind, object)) {
            return Some(Namesake::Workload);
        }
        let is_pod = |pod: &String| {
            let rest = pod.strip_prefix(object);
            rest.is_some_and(|rest| rest.is_empty() || is_pod_suffix(rest))
        };
        named.pod.as_ref().is_some_and(is_pod).then_some(Namesake::Pod)
    }
}

/// Tells whether a controller puts this behind a name: `-0`, `-x7k2p`, `-6b8f9d5c4-x7k2p`.
fn is_pod_suffix(rest: &str) -> bool {
    let parts: Vec<&str> = rest.split('-').skip(1).collect();
    let is_made = |part: &&str| {
        !part.is_empty()
            && part.len() <= 10
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            && (part.len() == 5 || part.bytes().any(|b| b.is_ascii_digit()))
    };
    rest.starts_with('-') && matches!(parts.len(), 1 | 2) && parts.iter().all(is_made)
}
