//! A live host, or a captured one: its cgroups, its processes and its settings.
//!
//! Nothing is claimed here: a host is handed over as one, and each of its files is a place of the model.

mod cgroup;
mod counted;
mod machine;
mod processes;

use std::collections::BTreeMap;

use oomkit_core::{ident::visible, reading::Reading, workload::Directory as _};
use oomkit_host::{
    Host,
    kernel::cgroup_tree::{Forest, Parts},
    names::{HostNames, Whose},
    protection::Kind,
    tree::Tree,
};

use super::Source;
use crate::{
    dialect::Dialect,
    model::{Granted, LimitModel, Machine, Place, ProblemKind, Scope, ScopeId, ScopeKind},
};
use counted::Counted;

pub(super) const SOURCE: Source =
    Source { words: &[], extensions: &[], yaml: false, claims: |_| false, read: |_, _| {}, settle: |_| {} };

/// Reads a host into the model; `name` is what it was asked for as.
pub(crate) fn read<T: Tree>(host: &Host<T>, name: &str, model: &mut LimitModel) {
    // One copy of all this is enough, whatever the tree.
    let host = Host::over(host.tree());
    let scope = push_host(&host, name, model);
    let place = model.scope(scope).map(|scope| scope.place).unwrap_or_default();
    let mut machine = machine::read(&host, scope, model);
    let forest = match host.cgroups(Parts::ALL) {
        Reading::Known(forest) => Some(forest),
        Reading::Absent | Reading::Vanished => {
            let what = "memory is not accounted by cgroups here, so nothing can have a limit";
            model.complain(place, ProblemKind::Unresolved, what);
            None
        }
        unknown @ (Reading::Denied | Reading::Malformed(_)) => {
            let what = format!("the cgroups of this host: {}", unknown.map(|_| ""));
            model.complain(place, ProblemKind::Broken, what);
            None
        }
    };
    let mut ids = Vec::new();
    if let Some(forest) = &forest {
        machine.version = Some(forest.hierarchy.version);
        machine.is_hybrid = forest.hierarchy.unified.is_some();
        machine.is_whole = forest.is_whole;
        machine.protects_recursively = forest.hierarchy.protects_recursively;
        ids = push_cgroups(&host, forest, scope, model);
        note_unread(forest, place, model);
    }
    processes::read(&host, forest.as_ref(), &ids, &mut machine, model);
    leave_out_sandboxes(&machine, model);
    // What the machine is, it knows better than who wrote the policy.
    let node = &mut model.policy.node;
    node.memory = machine.memory.or(node.memory);
    node.swap = machine.swap.or(node.swap);
    model.machine = Some(Box::new(machine));
}

/// Adds the host itself.
fn push_host(host: &Host<&dyn Tree>, name: &str, model: &mut LimitModel) -> ScopeId {
    let place = model.add_host_file(name, "");
    if let Some(file) = model.file_mut(place.file) {
        file.dialect = Some(Dialect::Live);
        file.is_of_host = false;
    }
    let called = host.identity().hostname.known().unwrap_or_else(|| name.to_owned());
    model.push(Scope::new(ScopeKind::Host, Dialect::Live, called, place))
}

/// Adds all cgroups below the host, and returns the scope of each by its place.
fn push_cgroups(
    host: &Host<&dyn Tree>,
    forest: &Forest,
    top: ScopeId,
    model: &mut LimitModel,
) -> Vec<ScopeId> {
    let names = HostNames::new(host.tree(), Whose::All);
    let (granted_min, granted_low) = (forest.granted(Kind::Min), forest.granted(Kind::Low));
    let mut notes = Vec::new();
    let workloads: Vec<_> = forest
        .cgroups
        .iter()
        .map(|cgroup| {
            let mut workload = counted::workload(&visible(&cgroup.path))?;
            if let Some(known) = names.look_up(&workload, None, &mut notes) {
                workload.learn(known);
            }
            Some(workload)
        })
        .collect();
    let counted = Counted::of(forest, &workloads);
    let mut ids: Vec<ScopeId> = Vec::with_capacity(forest.cgroups.len());
    for (place, (cgroup, workload)) in forest.cgroups.iter().zip(workloads).enumerate() {
        let parent = cgroup.parent.and_then(|parent| ids.get(parent).copied()).unwrap_or(top);
        if cgroup.parent.is_none() && forest.is_whole {
            // The root has no limit; what is known of it is known of the machine.
            ids.push(top);
            continue;
        }
        let granted = |of: &[Option<_>]| of.get(place).copied().flatten();
        let seen = cgroup::Seen {
            is_counted: counted.is(place),
            processes: counted.processes(place),
            granted: Granted { min: granted(&granted_min), low: granted(&granted_low) },
            workload,
        };
        let scope = cgroup::scope(forest, cgroup, seen, model).below(parent);
        ids.push(model.push(scope));
    }
    note_killers(forest, &ids, model);
    notes.dedup();
    for note in notes {
        let place = model.scope(top).map(|scope| scope.place).unwrap_or_default();
        model.complain(place, ProblemKind::Unresolved, note);
    }
    ids
}

/// Leaves out what only holds the namespaces of a pod, where nobody knew it by its name.
fn leave_out_sandboxes(machine: &Machine, model: &mut LimitModel) {
    const SANDBOX: &[u8] = b"pause";
    let mut only: BTreeMap<ScopeId, bool> = BTreeMap::new();
    for process in &machine.processes {
        let Some(scope) = process.scope else { continue };
        *only.entry(scope).or_insert(true) &= process.comm.as_bytes() == SANDBOX;
    }
    for (scope, _) in only.into_iter().filter(|(_, only)| *only) {
        if let Some(live) = model.scope_mut(scope).and_then(|scope| scope.live.as_mut()) {
            live.is_counted = false;
        }
    }
}

/// Notes whose limit killed in which cgroup.
fn note_killers(forest: &Forest, ids: &[ScopeId], model: &mut LimitModel) {
    for (place, id) in ids.iter().enumerate() {
        let killer = forest.owner_of_kills(place).and_then(|owner| ids.get(owner).copied());
        if let Some(live) = model.scope_mut(*id).and_then(|scope| scope.live.as_mut()) {
            live.killer = killer;
        }
    }
}

/// Says what of the cgroups could not be read, all in one.
fn note_unread(forest: &Forest, place: Place, model: &mut LimitModel) {
    let unread = |cgroup: &&oomkit_host::kernel::cgroup_tree::Cgroup| {
        let why = |reading: &Reading<()>| matches!(reading, Reading::Denied | Reading::Malformed(_));
        why(&cgroup.limits.max.as_ref().map(|_| ())) || why(&cgroup.listing)
    };
    let mut unread_ones = forest.cgroups.iter().filter(unread);
    if let Some(first) = unread_ones.next() {
        let count = unread_ones.count() + 1;
        let what = format!(
            "the limits of {count} cgroup{} cannot be read, the first is {}; they may be limited or not",
            if count == 1 { "" } else { "s" },
            visible(&first.path)
        );
        model.complain(place, ProblemKind::Unresolved, what);
    }
    if 0 < forest.left_out {
        let what = format!("{} cgroups are too many or too deep, and were not read", forest.left_out);
        model.complain(place, ProblemKind::Exhausted, what);
    }
}
