//! What happens to pods when they are admitted: defaults of the namespace, requests, classes.

use std::collections::HashMap;

use crate::{
    dialect::Dialect,
    model::{
        ConfigMap, EnvValue, LimitModel, LimitRange, Memory, Namespace, Origin, Qos, Scope, ScopeId, Setting,
        Sparse, Variable,
    },
    quantity::Amount,
};

/// Applies to every pod what admission would.
pub(super) fn settle(model: &mut LimitModel) {
    resolve_variables(model);
    settle_pods(model);
}

/// Puts in the values of variables that come from config maps of the same namespace.
fn resolve_variables(model: &mut LimitModel) {
    if model.config_maps.is_empty() {
        return;
    }
    let maps = std::mem::take(&mut model.config_maps);
    let mut by_name: HashMap<&str, Vec<&ConfigMap>> = HashMap::new();
    for map in &maps {
        by_name.entry(&map.name).or_default().push(map);
    }
    let containers: Vec<(ScopeId, Namespace)> = model
        .leaves()
        .filter(|(_, scope)| scope.dialect == Dialect::Kubernetes)
        .filter_map(|(id, scope)| Some((id, model.workload_of(scope)?.namespace.clone())))
        .collect();
    for (id, namespace) in containers {
        let Some(program) = model.scope_mut(id).and_then(|scope| scope.program.as_mut()) else { continue };
        let find = |name: &str| {
            let named = by_name.get(name).into_iter().flatten();
            named.copied().find(|map| map.namespace == namespace)
        };
        for variable in &mut program.variables {
            if let EnvValue::Key { map, key } = &variable.value {
                let found = find(map).and_then(|map| map.keys.iter().find(|(name, ..)| name == key));
                (variable.value, variable.place) = match found {
                    Some((_, value, place)) => (EnvValue::Literal(value.clone()), place.of(id)),
                    None => (EnvValue::Elsewhere, variable.place),
                };
            }
        }
        let taken = program.maps.iter().filter_map(|from| Some((from, find(&from.map)?)));
        let taken = taken.flat_map(|(from, map)| {
            map.keys.iter().map(|(key, value, place)| Variable {
                name: format!("{}{key}", from.prefix),
                value: EnvValue::Literal(value.clone()),
                place: place.of(id),
            })
        });
        // What the container sets itself outranks what it takes as a whole.
        let own = std::mem::take(&mut program.variables);
        program.variables = taken.chain(own).collect();
    }
    model.config_maps = maps;
}

fn settle_pods(model: &mut LimitModel) {
    let pods: Vec<ScopeId> = model
        .all()
        .filter(|(_, scope)| scope.dialect == Dialect::Kubernetes && scope.pod.is_some())
        .map(|(id, _)| id)
        .collect();
    for pod in pods {
        let Some(scope) = model.scope(pod) else { continue };
        let children = scope.children.clone();
        let ranges: Vec<LimitRange> = match model.workload_of(scope) {
            Some(workload) => {
                let same = |range: &&LimitRange| range.namespace == workload.namespace;
                model.limit_ranges.iter().filter(same).cloned().collect()
            }
            None => Vec::new(),
        };
        for child in &children {
            let Some(child) = model.scope_mut(*child) else { continue };
            ranges.iter().for_each(|range| fill(&mut child.memory, range));
            derive_request(&mut child.memory);
        }
        if let Some(pod) = model.scope_mut(pod) {
            derive_request(&mut pod.memory);
        }
        let Some(scope) = model.scope(pod) else { continue };
        let qos = class(scope, &model.children(scope).map(|(_, child)| child).collect::<Vec<_>>());
        if let Some(pod) = model.scope_mut(pod).and_then(|scope| scope.pod.as_mut()) {
            pod.qos = Some(qos);
        }
    }
}

/// Fills in what a namespace gives; a key that is there, even as nothing, is left alone.
fn fill(memory: &mut Memory, range: &LimitRange) {
    let default = |setting: &Option<Setting<Amount>>| {
        setting
            .as_ref()
            .filter(|setting| setting.value.applies())
            .map(|setting| setting.as_from(Origin::Default))
    };
    let cpu =
        |setting: &Option<Setting<u64>>| setting.as_ref().map(|setting| setting.as_from(Origin::Default));
    let given = &range.container;
    memory.limit = memory.limit.take().or_else(|| default(&given.default));
    memory.request = memory.request.take().or_else(|| default(&given.default_request));
    memory.cpu_limit = memory.cpu_limit.take().or_else(|| cpu(&given.cpu_default));
    memory.cpu_request = memory.cpu_request.take().or_else(|| cpu(&given.cpu_default_request));
}

/// A limit without a request is a request as well.
fn derive_request(memory: &mut Sparse<Memory>) {
    // Only what is written to is taken room for.
    if let (None, Some(limit)) = (&memory.request, &memory.limit) {
        memory.request = Some(limit.as_from(Origin::Derived));
    }
    if let (None, Some(limit)) = (&memory.cpu_request, &memory.cpu_limit) {
        memory.cpu_request = Some(limit.as_from(Origin::Derived));
    }
}

/// Returns the class of a pod; the resources of the pod itself decide where it has any.
fn class(pod: &Scope, containers: &[&Scope]) -> Qos {
    let asks = |memory: &Memory| {
        let amount = |setting: &Option<Setting<Amount>>| {
            setting.as_ref().is_some_and(|setting| !matches!(setting.value, Amount::Void(_)))
        };
        let cpu = |setting: &Option<Setting<u64>>| setting.as_ref().is_some_and(|setting| setting.value != 0);
        amount(&memory.limit) || amount(&memory.request) || cpu(&memory.cpu_limit) || cpu(&memory.cpu_request)
    };
    let members: Vec<&Memory> = if asks(&pod.memory) {
        vec![&pod.memory]
    } else {
        containers.iter().filter(|scope| scope.holds_processes()).map(|scope| &*scope.memory).collect()
    };
    if !members.iter().any(|memory| asks(memory)) {
        return Qos::BestEffort;
    }
    if members.iter().all(|memory| is_guaranteed(memory)) { Qos::Guaranteed } else { Qos::Burstable }
}

/// Tells whether all of it is limited, and all of the limits set aside.
fn is_guaranteed(memory: &Memory) -> bool {
    let size = |setting: &Option<Setting<Amount>>| setting.as_ref().and_then(|setting| setting.value.size());
    let cpu = |setting: &Option<Setting<u64>>| {
        setting.as_ref().map(|setting| setting.value).filter(|cpu| *cpu != 0)
    };
    let equal =
        size(&memory.limit) == size(&memory.request) && cpu(&memory.cpu_limit) == cpu(&memory.cpu_request);
    size(&memory.limit).is_some() && cpu(&memory.cpu_limit).is_some() && equal
}
