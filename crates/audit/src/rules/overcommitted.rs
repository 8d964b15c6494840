//! More limits than memory.

use oomkit_core::{rule::Findings, units::Bytes};

use super::words::{list, percent, percent_of, size, subject};
use crate::{
    dialect::Dialect,
    model::{LimitModel, Place, Scope, ScopeKind},
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// The limits of everything that may run at once come to more than the memory of the machines:
    /// replicas are counted, and what runs on each machine once for each.
    /// Services are counted for each project.
    /// The memory is given with `--node-memory` and `--node-count` or in the policy; without it the rule is
    /// silent.
    /// How much is too much, the policy says as `overcommit-percent`.
    ///
    /// ## Why it matters
    ///
    /// Each limit keeps its own container in bounds; together they promise memory that is not there.
    /// When everybody uses what is promised, the kernel kills by score and not by limit.
    ///
    /// ## Fires
    ///
    /// ```yaml compose.yaml node-memory=2Gi
    /// services:
    ///   one: {image: "registry.example/one:1", mem_limit: 1g}
    ///   two: {image: "registry.example/two:1", mem_limit: 1g, deploy: {replicas: 2}}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml node-memory=4Gi
    /// services:
    ///   one: {image: "registry.example/one:1", mem_limit: 1g}
    ///   two: {image: "registry.example/two:1", mem_limit: 1g, deploy: {replicas: 2}}
    /// ```
    OVERCOMMITTED {
        code: "OKA050",
        name: "overcommitted",
        summary: "the limits come to more than the memory of the machines",
        severity: Warning,
        confidence: High,
    }
}

/// Something that is limited, and how much all of its replicas may use.
struct Member<'a> {
    scope: &'a Scope,
    sum: Bytes,
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    let Some(memory) = model.policy.node.memory else { return };
    let count = model.policy.node.count();
    let pods = model.all().filter(|(_, scope)| scope.kind == ScopeKind::Pod).map(|(_, scope)| scope);
    let cluster: Vec<&Scope> = pods.filter(|scope| scope.dialect == Dialect::Kubernetes).collect();
    judge(model, &cluster, Bytes::new(memory.get().saturating_mul(u64::from(count))), findings);
    for (_, project) in model.all().filter(|(_, scope)| scope.kind == ScopeKind::Project) {
        let services: Vec<&Scope> = model.children(project).map(|(_, service)| service).collect();
        judge(model, &services, memory, findings);
    }
}

fn judge(model: &LimitModel, scopes: &[&Scope], memory: Bytes, findings: &mut Findings<'_, Place>) {
    let mut members = Vec::new();
    let mut unlimited = 0_usize;
    for scope in scopes {
        let replicas = model.workload_of(scope).map(|workload| workload.replicas).unwrap_or_default();
        match most(model, scope) {
            Some(most) => {
                members.push(Member { scope, sum: replicas.times(model.policy.node.count(), most) })
            }
            None => unlimited += 1,
        }
    }
    let sum: Bytes = members.iter().map(|member| member.sum).sum();
    let share = percent_of(sum, memory);
    if share <= model.policy.thresholds.overcommit_percent {
        return;
    }
    members.sort_by_key(|member| std::cmp::Reverse(member.sum));
    let names: Vec<String> = members
        .iter()
        .take(3)
        .map(|member| format!("{} with {}", subject(model, member.scope), member.sum))
        .collect();
    let mut message = format!(
        "the limits come to {sum}, {} of the {memory} that there are; the largest are {}",
        percent(share),
        list(&names)
    );
    if 0 < unlimited {
        message += &format!("; {unlimited} more without a limit are not counted");
    }
    let mut places = members.iter().take(5).map(|member| member.scope.place);
    let Some(first) = places.next() else { return };
    findings.at(first, message).and(places).remedy("lower limits, run less, or add memory");
}

/// Returns what a pod or service may use at most; `None` where a part of it has no limit.
fn most(model: &LimitModel, scope: &Scope) -> Option<Bytes> {
    if let Some(own) = size(scope.memory.limit.as_ref()) {
        return Some(own);
    }
    if scope.kind != ScopeKind::Pod {
        return model.ceiling(scope)?.size;
    }
    let mut sum = Bytes::ZERO;
    for (_, child) in model.children(scope).filter(|(_, child)| child.holds_processes() && child.stays()) {
        sum = sum.saturating_add(model.ceiling(child)?.size?);
    }
    Some(sum)
}
