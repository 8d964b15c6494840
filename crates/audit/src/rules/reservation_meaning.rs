//! A reservation that means two things.

use oomkit_core::rule::Findings;

use super::words::{list, shown};
use crate::{
    dialect::Dialect,
    model::{LimitModel, Place, Scope, ScopeId},
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A service has a memory reservation, and nobody says which hierarchy of cgroups the machines have.
    ///
    /// ## Why it matters
    ///
    /// With cgroup v1 it is what the service is shrunk to when memory is short; with v2 it is what the
    /// service is spared from.
    /// The same file protects on one host and exposes on another.
    ///
    /// ## Fires
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 512m
    ///     mem_reservation: 256m
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml cgroup=v2
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 512m
    ///     mem_reservation: 256m
    /// ```
    RESERVATION_MEANING {
        code: "OKA034",
        name: "reservation-meaning",
        summary: "a reservation means something else on cgroup v1 and v2",
        severity: Note,
        confidence: High,
    }
}

/// The services of a project that have a reservation, each with its place.
type Members<'a> = Vec<(&'a Scope, Place)>;

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    if model.policy.node.cgroup.is_some() {
        return;
    }
    let mut projects: Vec<(Option<ScopeId>, Members<'_>)> = Vec::new();
    for (_, scope) in model.leaves().filter(|(_, scope)| scope.dialect == Dialect::Compose) {
        let Some(request) = scope.memory.request.as_ref().filter(|request| request.value.applies()) else {
            continue;
        };
        match projects.iter_mut().find(|(project, _)| *project == scope.parent) {
            Some((_, members)) => members.push((scope, request.place)),
            None => projects.push((scope.parent, vec![(scope, request.place)])),
        }
    }
    for (_, members) in projects {
        let names: Vec<String> = members.iter().map(|(scope, _)| shown(&scope.name)).collect();
        let mut places = members.iter().map(|(_, place)| *place);
        let Some(first) = places.next() else { continue };
        let message = format!(
            "the reservation of {} spares it on hosts with cgroup v2, and is what it is shrunk to on hosts with v1",
            list(&names)
        );
        findings.at(first, message).and(places).remedy("say in the policy which of the two the hosts have");
    }
}
