//! Advice: the limit to write, from what is known of a program.

use oomkit_core::units::Bytes;

use super::{
    past,
    words::{as_written, shown, size, written},
};
use crate::{
    dialect::Dialect,
    model::{LimitModel, Scope},
    runtimes::{go, jvm::Jvm, node::Node},
};

/// Returns what sizes are rounded up to: a quarter more is to stay about a quarter more.
const fn step(size: u64) -> u64 {
    match size >> 20 {
        0..64 => 4 << 20,
        64..512 => 16 << 20,
        _ => 64 << 20,
    }
}

/// Where nothing is known of a program, this is as good a beginning as any, and is said to be one.
const START: Bytes = Bytes::new(512 << 20);

/// Says which limit to write for a scope, ready to be pasted.
pub(super) fn limit(model: &LimitModel, scope: &Scope) -> String {
    let (size, why) = sized(scope);
    let paste = paste(scope, size);
    let mut advice = match scope.dialect {
        Dialect::Live => format!("{paste} ({why})"),
        _ => format!("write {paste} ({why})"),
    };
    if let Some(room) = room(model) {
        advice += &format!(
            "; beside the limits of the others {} are left on {} machine",
            written(scope.dialect, room),
            if scope.dialect == Dialect::Live { "this" } else { "a" }
        );
    }
    advice
}

/// Returns the limit and the request to write, as the platform spells them.
pub(super) fn suggested(scope: &Scope) -> (String, String) {
    let limit = written(scope.dialect, sized(scope).0);
    let request = size(scope.memory.request.as_ref()).map(|request| written(scope.dialect, request));
    (limit.clone(), request.unwrap_or(limit))
}

/// Returns the limit to write, and why it is this one.
fn sized(scope: &Scope) -> (Bytes, String) {
    known(scope).unwrap_or_else(|| {
        let why = "a place to begin, not a measurement: take a quarter more than it has used at most";
        (START, why.into())
    })
}

/// Returns a limit that follows from what the program is told, and how.
fn known(scope: &Scope) -> Option<(Bytes, String)> {
    if let Some((meant, size)) = scope.meant.as_ref().and_then(|meant| Some((meant, meant.value.size()?))) {
        return Some((size, format!("the size of {}", as_written(meant))));
    }
    let program = scope.program.as_ref();
    if let Some(machine) = program.and_then(|program| Jvm::of(program))
        && let Some((heap, found)) = machine.written()
    {
        // What lies outside of the heap takes a quarter of all as a rule.
        return Some((
            scaled(heap, 4, 3),
            format!("the heap of {} and a third of it for the rest", shown(&found.spelled)),
        ));
    }
    if let Some(limit) = program.and_then(|program| go::limit(program))
        && let go::Source::Written(amount) = &limit.value
        && let Some(soft) = amount.size()
    {
        return Some((
            scaled(soft, 10, 9),
            format!("{} and a ninth of it for the rest", shown(&limit.spelled)),
        ));
    }
    if let Some(heap) = program.and_then(|program| Node::of(program)).and_then(|node| node.heap)
        && let Some(size) = heap.value
    {
        return Some((
            scaled(size, 3, 2),
            format!("the heap of {} and half of it for the rest", shown(&heap.spelled)),
        ));
    }
    if let Some(past) = scope.past.as_deref().filter(|past| past::is_long(past)) {
        let why = format!("the {} that it used at most in {}, and a quarter more", past.most, past.over);
        return Some((past::with_room(past.most), why));
    }
    if let Some(peak) = scope.live.as_ref().and_then(|live| live.peak()) {
        return Some((
            scaled(peak, 5, 4),
            format!("its peak of {peak}, page cache included, and a quarter more"),
        ));
    }
    let request = size(scope.memory.request.as_ref())?;
    let key = scope.memory.request.as_ref().map(|request| request.key.clone()).unwrap_or_default();
    Some((scaled(request, 5, 4), format!("its {key} and a quarter more")))
}

/// Returns what is left on one machine beside the limits of all others, if its memory is known.
fn room(model: &LimitModel) -> Option<Bytes> {
    let whole = model.policy.node.allocatable()?;
    // What is asked about has no limit, so all of the sum is that of others.
    let left = whole.get().checked_sub(model.sum_of_limits().get())?;
    Some(Bytes::new(left >> 20 << 20)).filter(|left| *left != Bytes::ZERO)
}

/// Returns the lines to paste, on one.
fn paste(scope: &Scope, limit: Bytes) -> String {
    let limit_text = written(scope.dialect, limit);
    match scope.dialect {
        Dialect::Kubernetes => {
            let (_, request) = suggested(scope);
            format!("resources: {{requests: {{memory: {request}}}, limits: {{memory: {limit_text}}}}}")
        }
        Dialect::Systemd => format!("MemoryMax={limit_text} below [Service]"),
        Dialect::Quadlet => {
            format!("PodmanArgs=--memory={limit_text} --memory-swap={limit_text} below [Container]")
        }
        Dialect::Nomad => {
            let own = scope.memory.limit.as_ref().and_then(|limit| limit.key.strip_prefix("resources."));
            format!("{} = {limit_text} in resources, which counts MiB", own.unwrap_or("memory"))
        }
        Dialect::Ecs => format!("\"memory\": {limit_text}"),
        Dialect::Compose if scope.limits_in_deploy => {
            format!("deploy.resources.limits.memory: {limit_text} and memswap_limit: {limit_text}")
        }
        Dialect::Compose => format!("mem_limit: {limit_text} and memswap_limit: {limit_text}"),
        Dialect::Live | Dialect::History => live(scope, limit),
    }
}

/// Says how the limit of a running cgroup is set by whoever manages it.
fn live(scope: &Scope, limit: Bytes) -> String {
    let text = written(Dialect::Systemd, limit);
    let workload = scope.live.as_ref().and_then(|live| live.workload.as_ref());
    let runtime = workload.and_then(|workload| workload.runtime.as_deref());
    match (runtime, workload) {
        (Some("kubernetes"), _) => {
            format!("write resources.limits.memory: {} in its manifest", written(Dialect::Kubernetes, limit))
        }
        (Some(engine @ ("docker" | "podman")), Some(workload)) => {
            let id = workload.container_id.as_deref().unwrap_or_default();
            let name = workload.container.as_deref().or_else(|| id.get(..12)).unwrap_or("<container>");
            let size = written(Dialect::Compose, limit);
            format!("run {engine} update --memory {size} --memory-swap {size} {}", shown(name))
        }
        (_, Some(workload)) if workload.container_id.is_none() && workload.unit.is_some() => {
            let unit = workload.unit.as_deref().unwrap_or_default();
            let user = if workload.user.is_some() { "--user " } else { "" };
            format!("run systemctl {user}set-property {} MemoryMax={text}", shown(unit))
        }
        _ => {
            let key = scope
                .memory
                .limit
                .as_ref()
                .map_or(super::words::limit_key(Dialect::Live), |limit| &limit.key);
            format!("write {text} into its {key}")
        }
    }
}

fn scaled(size: Bytes, times: u64, over: u64) -> Bytes {
    let size = size.get().saturating_mul(times) / over;
    Bytes::new(size.div_ceil(step(size)).saturating_mul(step(size)))
}
