//! As much swap again as memory.

use oomkit_core::{finding::Severity, rule::Findings, units::Bytes};

use super::words::{list, shown};
use crate::{
    dialect::Dialect,
    model::{LimitModel, Place, Scope, ScopeId, Swap},
    quantity::Amount,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A service has a memory limit and says nothing of swap, so that Docker and Podman let it use as much
    /// swap again.
    /// It is a note where nobody says whether the machines have swap, and nothing where the policy says
    /// that they have none.
    ///
    /// ## Why it matters
    ///
    /// A limit of 512 MiB is one of 1 GiB where there is swap.
    /// A leak is then slow before it is deadly, and everything else on the disk is slow with it.
    ///
    /// ## Fires
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 512m
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 512m
    ///     memswap_limit: 512m
    /// ```
    ///
    /// ```yaml compose.yaml swap=0
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 512m
    /// ```
    SWAP_DOUBLED {
        code: "OKA020",
        name: "swap-doubled",
        summary: "a limit allows as much swap again as memory",
        severity: Note,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    if model.policy.node.swap == Some(Bytes::ZERO) {
        return;
    }
    let mut projects: Vec<(Option<ScopeId>, Vec<&Scope>)> = Vec::new();
    for (_, scope) in model.leaves().filter(|(_, scope)| is_doubled(scope)) {
        match projects.iter_mut().find(|(project, _)| *project == scope.parent) {
            Some((_, members)) => members.push(scope),
            None => projects.push((scope.parent, vec![scope])),
        }
    }
    for (_, members) in projects {
        let names: Vec<String> = members.iter().map(|scope| shown(&scope.name)).collect();
        let limits = members.iter().filter_map(|scope| scope.memory.limit.as_ref()).map(|limit| limit.place);
        let mut limits = limits.collect::<Vec<_>>().into_iter();
        let Some(first) = limits.next() else { continue };
        let may = if members.len() == 1 { "may use" } else { "may each use" };
        let message = format!("{} {may} as much swap as memory, since nothing is said of swap", list(&names));
        let finding = findings.at(first, message);
        let key = if members.iter().any(|scope| scope.dialect == Dialect::Quadlet) {
            "--memory-swap"
        } else {
            "memswap_limit"
        };
        finding.and(limits).remedy(format!("set {key} to the same size as the limit"));
        if model.policy.node.swap.is_some() {
            finding.severity(Severity::Warning);
        }
    }
}

fn is_doubled(scope: &Scope) -> bool {
    let limited = scope.memory.limit.as_ref().is_some_and(|limit| limit.value.applies());
    let unsaid = match scope.memory.swap.as_ref().map(|swap| &swap.value) {
        None | Some(Swap::Total(Amount::Void(_))) => true,
        Some(_) => false,
    };
    matches!(scope.dialect, Dialect::Compose | Dialect::Quadlet) && limited && unsaid
}
