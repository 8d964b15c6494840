//! What belongs to objects of a cluster: replicas, namespaces, classes, and defaults of namespaces.

use oomkit_core::units::Bytes;
use schemars::JsonSchema;
use serde::Serialize;

use super::{FileId, Place, Setting};
use crate::quantity::Amount;

/// A namespace as far as it is written.
///
/// Without a name the namespace is chosen when the file is applied, so two such objects are known to
/// share one only if they stand in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// It is written.
    Named(String),
    /// It is chosen for the whole of this file.
    OfFile(FileId),
}

impl Namespace {
    /// Returns the name, or the one that is taken where none is chosen.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::OfFile(_) => "default",
        }
    }
}

/// What one object starts.
#[derive(Clone, Debug)]
pub struct Workload {
    /// The kind of the object, such as `Deployment`.
    pub kind: String,
    /// Its namespace.
    pub namespace: Namespace,
    /// How often it runs.
    pub replicas: Replicas,
    /// Whether it ends by itself.
    pub ends: bool,
    /// Labels of the object and of what it starts.
    pub labels: Vec<(String, String)>,
}

/// How often a workload runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replicas {
    /// So many times.
    Count(u32),
    /// Once on each machine.
    PerNode,
    /// Nobody said; once at least.
    #[default]
    Unsaid,
}

/// What makes a scope a pod.
#[derive(Clone, Debug, Default)]
pub struct Pod {
    /// The class, known once defaults are applied.
    pub qos: Option<Qos>,
    /// The name of the priority class.
    pub priority_class: Option<Setting<String>>,
    /// The one machine that it may run on.
    pub node: Option<String>,
    /// Labels that a machine must have.
    pub node_selector: Vec<(String, String)>,
    /// Labels of the pod.
    pub labels: Vec<(String, String)>,
    /// The pods that it must not share a machine with, each by labels that they all have.
    pub keeps_away: Vec<Vec<(String, String)>>,
    /// Whether it may run on machines that are kept free for it.
    pub tolerates: Vec<String>,
    /// What the platform itself takes for each pod.
    pub overhead: Option<Setting<Amount>>,
}

/// The class that decides who is stopped first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Qos {
    /// Everything is limited, and all of it is set aside.
    Guaranteed,
    /// Something is asked for or limited.
    Burstable,
    /// Nothing is.
    BestEffort,
}

/// What a kubelet is told.
#[derive(Clone, Debug)]
pub struct Kubelet {
    /// Where it stands.
    pub place: Place,
    /// Whether a single process is killed instead of all of a container.
    pub single_process: Option<Setting<bool>>,
    /// What pods may do with swap.
    pub swap_behavior: Option<Setting<String>>,
    /// The memory that has to be free before pods are evicted at once; `None` for the kubelet's default.
    pub eviction: Option<Setting<Amount>>,
    /// What is kept for the machine and its kubelet, summed up.
    pub reserved: Bytes,
}

/// Keys of a config map that may be variables, each with its value and where that stands.
#[derive(Clone, Debug)]
pub struct ConfigMap {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: Namespace,
    /// The keys.
    pub keys: Vec<(String, String, Place)>,
}

/// Defaults and bounds that a namespace sets for each of its containers or pods.
#[derive(Clone, Debug)]
pub struct LimitRange {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: Namespace,
    /// Where it stands.
    pub place: Place,
    /// For containers.
    pub container: Range,
    /// For pods.
    pub pod: Range,
}

/// The members of a range.
#[derive(Clone, Debug, Default)]
pub struct Range {
    /// The limit where none is set.
    pub default: Option<Setting<Amount>>,
    /// The request where none is set.
    pub default_request: Option<Setting<Amount>>,
    /// The most that may be set.
    pub max: Option<Setting<Amount>>,
    /// The least that may be set.
    pub min: Option<Setting<Amount>>,
    /// How many times its request a limit may be, in thousandths.
    pub ratio: Option<Setting<u64>>,
    /// Processor time at most where none is set, in thousandths; decides on the class.
    pub cpu_default: Option<Setting<u64>>,
    /// Processor time set aside where none is asked for, in thousandths.
    pub cpu_default_request: Option<Setting<u64>>,
}

/// A budget of a namespace.
#[derive(Clone, Debug)]
pub struct Quota {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: Namespace,
    /// Where it stands.
    pub place: Place,
    /// The sum of limits.
    pub limits: Option<Setting<Amount>>,
    /// The sum of requests.
    pub requests: Option<Setting<Amount>>,
    /// Whether it holds for some pods only.
    pub scoped: bool,
}

impl Replicas {
    /// Returns how often it runs on `nodes` machines, at least.
    #[must_use]
    pub const fn on(self, nodes: u32) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::PerNode => nodes,
            Self::Unsaid => 1,
        }
    }

    /// Returns a size so many times.
    #[must_use]
    pub fn times(self, nodes: u32, size: Bytes) -> Bytes {
        Bytes::new(size.get().saturating_mul(u64::from(self.on(nodes))))
    }
}
