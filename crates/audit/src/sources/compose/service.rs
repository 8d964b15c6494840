//! Services: their limits in all spellings, replicas, and what Compose refuses.

use oomkit_core::{ident::OomScoreAdj, units::Bytes};

use super::{
    fields::{self, Located},
    layers::{Layers, Project, Service},
    program, storage,
    variables::Variables,
};
use crate::{
    dialect::Dialect,
    model::{
        Given, LimitModel, Memory, Namespace, Oom, Origin, Place, ProblemKind, Replicas, Scope, ScopeId,
        ScopeKind, Setting, Swap, Workload,
    },
    quantity::{Amount, docker},
    sources::Input,
    yaml::Value,
};

/// Reads the services of one project.
pub(super) struct Reader<'a, 'm> {
    pub(super) input: &'a Input<'a>,
    pub(super) project: &'a Project<'a>,
    pub(super) variables: &'a Variables,
    pub(super) model: &'m mut LimitModel,
    pub(super) parent: ScopeId,
}

impl Reader<'_, '_> {
    /// Adds a service.
    pub(super) fn service(&mut self, service: &Service<'_>) {
        let (file, head) = service.head;
        let place = Place { file, mark: head.at, scope: None };
        let path = format!("services/{}", service.name);
        let mut scope = Scope::new(ScopeKind::Service, Dialect::Compose, path, place).below(self.parent);
        scope.name = service.name.into();
        scope.is_partial = service.is_partial;
        let layers = &service.layers;
        scope.lies_in = layers
            .entry("cgroup_parent")
            .and_then(|entry| fields::text(entry, "cgroup_parent", self.variables));
        scope.memory = self.memory(layers).into();
        scope.limits_in_deploy = layers.get("deploy").get("resources").get("limits").has_members();
        scope.oom = self.oom(layers).into();
        scope.mounts = storage::read(layers, self.project, self.variables);
        scope.program = Some(Box::new(program::read(layers, self.variables, self.input)));
        scope.workload = Some(Box::new(Workload {
            kind: "service".into(),
            namespace: Namespace::OfFile(self.input.file),
            replicas: self.replicas(layers),
            ends: false,
            labels: Vec::new(),
        }));
        self.model.push(scope);
    }

    fn memory(&mut self, layers: &Layers<'_>) -> Memory {
        let resources = layers.get("deploy").get("resources");
        let limit = self.pair(layers.entry("mem_limit"), &resources.get("limits"), &LIMIT);
        let request =
            self.pair(layers.entry("mem_reservation"), &resources.get("reservations"), &RESERVATION);
        let swap = layers.entry("memswap_limit").map(|entry| {
            let amount = fields::amount(entry, "memswap_limit", self.variables, docker::amount);
            let total = Swap::Total(amount.value.clone());
            amount.with(total)
        });
        let legacy = ["mem_swappiness", "kernel_memory"].into_iter().filter_map(|key| {
            layers.entry(key).map(|entry| fields::located(entry, key, (), Origin::Written))
        });
        Memory { limit, request, swap, legacy: legacy.collect(), ..Memory::default() }
    }

    /// Reads a size that has two spellings, which must not contradict each other.
    fn pair(
        &mut self,
        plain: Option<Located<'_>>,
        beside: &Layers<'_>,
        keys: &Keys,
    ) -> Option<Setting<Amount>> {
        let plain = plain.map(|entry| fields::amount(entry, keys.plain, self.variables, docker::amount));
        let deploy = beside
            .entry("memory")
            .map(|entry| fields::amount(entry, keys.deploy, self.variables, docker::text_amount));
        if let Some(plain) = &plain
            && let Some(one) = plain.value.size()
        {
            self.compare((plain, one), deploy.as_ref(), beside, keys);
        }
        match (plain, deploy) {
            (Some(plain), Some(deploy)) => {
                // One that is refused has to be told of, and one that applies says more than a void one.
                let is_refused = matches!(deploy.value, Amount::Refused(_));
                Some(if is_refused || !plain.value.applies() { deploy } else { plain })
            }
            (plain, deploy) => plain.or(deploy),
        }
    }

    /// Tells of two spellings that differ; one that is missing beside others of its kind counts as zero.
    fn compare(
        &mut self,
        (plain, one): (&Setting<Amount>, Bytes),
        deploy: Option<&Setting<Amount>>,
        beside: &Layers<'_>,
        keys: &Keys,
    ) {
        let (place, what) = match deploy {
            Some(deploy) => match &deploy.value {
                Amount::Size(other) if *other != one => (deploy.place, format!("{} is {other}", keys.deploy)),
                Amount::Void(_) => (deploy.place, format!("{} is none", keys.deploy)),
                _ => return,
            },
            // The place of the plain one tells enough: there is none of what is missing.
            None if beside.has_members() => {
                (plain.place, format!("{} is not set beside others", keys.deploy))
            }
            None => return,
        };
        let other = (place != plain.place).then_some(plain.place);
        let what =
            format!("{} is {one} and {what}, and Compose refuses a file in which they differ", keys.plain);
        self.model.complain(place, ProblemKind::Rejected(other), what);
    }

    fn oom(&self, layers: &Layers<'_>) -> Oom {
        let adj = layers.entry("oom_score_adj").map(|entry| {
            let number = fields::integer(entry.1.value, self.variables);
            let value = match number.and_then(OomScoreAdj::new) {
                Some(adj) => Given::Known(adj),
                None => Given::Refused("an adjustment is a whole number from -1000 to 1000".into()),
            };
            fields::located(entry, "oom_score_adj", value, Origin::Written)
        });
        let kill_disable = layers.entry("oom_kill_disable").and_then(|entry| {
            let value = fields::truth(entry.1.value, self.variables)?;
            Some(fields::located(entry, "oom_kill_disable", value, Origin::Written))
        });
        let plain = layers.entry("restart");
        let restart = plain.or_else(|| layers.get("deploy").get("restart_policy").entry("condition"));
        let restart = restart.and_then(|entry| fields::text(entry, "restart", self.variables));
        let restart = restart.map(|policy| {
            // Behind a colon stands how often at most.
            let kind = policy.value.split(':').next().unwrap_or_default();
            policy.with(matches!(kind, "always" | "unless-stopped" | "on-failure" | "any"))
        });
        Oom { adj, group: None, kill_disable, restart }
    }

    fn replicas(&self, layers: &Layers<'_>) -> Replicas {
        let deploy = layers.get("deploy");
        let is_global = deploy.entry("mode").is_some_and(|(_, entry)| entry.value.text() == Some("global"));
        if is_global {
            return Replicas::PerNode;
        }
        let entry = deploy.entry("replicas").or_else(|| layers.entry("scale"));
        let number = entry.and_then(|(_, entry)| fields::integer(entry.value, self.variables));
        number.and_then(|number| u32::try_from(number).ok()).map_or(Replicas::Unsaid, Replicas::Count)
    }
}

/// The two spellings of one setting.
struct Keys {
    plain: &'static str,
    deploy: &'static str,
}

const LIMIT: Keys = Keys { plain: "mem_limit", deploy: "deploy.resources.limits.memory" };
const RESERVATION: Keys = Keys { plain: "mem_reservation", deploy: "deploy.resources.reservations.memory" };

/// Returns the members of a value that is a list, or the value itself.
pub(super) fn one_or_many(value: Value<'_>) -> Vec<Value<'_>> {
    if value.is_sequence() { value.items().collect() } else { vec![value] }
}
