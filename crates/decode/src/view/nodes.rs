//! Nodes, side by side: what each of them holds, and whether reclaim has given up on it.

use std::collections::BTreeSet;

use oomkit_core::{
    account::{Account, Part},
    document::{Bar, Block, Document, Panel, Tone},
    ident::NodeId,
    units::{Bytes, Share},
};

use super::{
    Case, push_left_out,
    words::{detail, sum},
};
use crate::{
    case::less,
    report::{Machine, Node},
    resolve::balance::parts_of_machine,
};

/// The nodes that are shown as a rule.
const USUAL: usize = 12;

/// What a node holds where the log does not tell how large it is: the label, and what it is the sum of.
const PARTS: &[(&str, &[&str])] = &[
    ("anonymous", &["active_anon_bytes", "inactive_anon_bytes", "isolated_anon_bytes"]),
    ("shared memory and tmpfs", &["shmem_bytes"]),
    ("file cache", &["active_file_bytes", "inactive_file_bytes", "isolated_file_bytes"]),
    ("unevictable", &["unevictable_bytes"]),
];

pub(super) fn show(case: &Case<'_>, document: &mut Document) {
    let Some(machine) = &case.event.machine else { return };
    let nodes = nodes(machine);
    if 1 < nodes.len() {
        let shown = nodes.len().min(case.rows(USUAL));
        document.push(detail("Nodes"));
        let panels: Vec<Panel> = nodes.iter().take(shown).map(|node| panel(machine, *node)).collect();
        document.push(Block::Panels(panels));
        push_left_out(document, nodes.len() - shown);
        if let Some(sentence) = all_full(machine) {
            document.push(Block::Text(Tone::Plain, sentence));
        }
        if slab_is_the_machines(machine) {
            let meaning = "Slab is counted for the machine alone, and is part of what no node accounts for.";
            document.push(Block::Text(Tone::Quiet, meaning.into()));
        }
    }
    if case.is_full() {
        for node in &machine.nodes {
            let heading = format!("Counters of node {}", node.node);
            super::machine::counters(&heading, &node.counters, true, document);
        }
    }
}

/// Tells whether the nodes hold slab that their own counters do not tell.
fn slab_is_the_machines(machine: &Machine) -> bool {
    let is_told = |part: &Part| part.name.starts_with("slab");
    let accounts: Vec<&Account> = machine.nodes.iter().filter_map(|node| node.account.as_ref()).collect();
    !accounts.is_empty()
        && !accounts.iter().any(|account| account.parts().iter().any(is_told))
        && parts_of_machine(machine).iter().any(is_told)
}

/// Returns the nodes that the log names, also where it has only their zones.
fn nodes(machine: &Machine) -> BTreeSet<NodeId> {
    let of_zones = machine.zones.iter().filter_map(|zone| zone.node);
    machine.nodes.iter().map(|node| node.node).chain(of_zones).collect()
}

/// Returns a counter of a node; kernels moved them from the zones to the nodes one by one.
fn counter(machine: &Machine, node: NodeId, name: &str) -> Option<Bytes> {
    let own = machine.nodes.iter().find(|own| own.node == node);
    let zones = machine.zones.iter().filter(|zone| zone.node == Some(node));
    own.and_then(|own| own.counters.get(name).copied())
        .or_else(|| zones.filter_map(|zone| zone.counters.get(name).copied()).reduce(Bytes::saturating_add))
}

fn panel(machine: &Machine, number: NodeId) -> Panel {
    let node = machine.nodes.iter().find(|own| own.node == number);
    let account = node.and_then(|node| node.account.as_ref());
    let reclaim = node.and_then(|node| node.all_unreclaimable).map(reclaim);
    Panel {
        title: format!("node {number}"),
        whole: account.map(|account| account.whole().to_string()),
        parts: account.map_or_else(|| parts(machine, number), |account| super::account::bars(account, false)),
        facts: reclaim.map(|state| ("reclaim".to_owned(), state.to_owned())).into_iter().collect(),
    }
}

/// Returns what the counters of a node tell where its zones are missing, as shares of their sum.
fn parts(machine: &Machine, node: NodeId) -> Vec<Bar> {
    let size =
        |names: &[&str]| sum(&names.iter().map(|name| counter(machine, node, name)).collect::<Vec<_>>());
    let shared = counter(machine, node, "shmem_bytes").unwrap_or_default();
    let mut parts: Vec<(&str, Bytes)> = Vec::new();
    for (label, names) in PARTS {
        let Some(size) = size(names) else { continue };
        // Shared memory stands on the lists of the anonymous.
        parts.push((label, if *label == "anonymous" { less(size, shared) } else { size }));
    }
    let whole = parts.iter().map(|(_, size)| *size).sum();
    parts.into_iter().map(|(label, size)| Bar::of(label, size, whole, Tone::Plain)).collect()
}

/// Says whether the kernel still tried to free memory on a node.
pub(super) const fn reclaim(given_up: bool) -> &'static str {
    if given_up { "given up" } else { "still trying" }
}

/// Says so where no node had room left, since a machine may also run out on one node alone.
fn all_full(machine: &Machine) -> Option<String> {
    /// What is free may be this share of what the nodes hold.
    const LITTLE: f64 = 1.0 / 16.0;
    let anonymous = |node: &Node| {
        let size = |key: &str| node.counters.get(key).copied();
        sum(&[size("active_anon_bytes"), size("inactive_anon_bytes")])
    };
    let held: Vec<Bytes> = machine.nodes.iter().filter_map(anonymous).collect();
    let (least, most) = (held.iter().min()?, held.iter().max()?);
    // The same figure as the account's.
    let free = parts_of_machine(machine).into_iter().find(|part| part.name == "free")?.bytes;
    let share = Share::of(free, held.iter().copied().sum())?.fraction();
    // A node that holds little is full of something else, or not full.
    let is_even = Share::of(*least, *most).is_some_and(|share| 0.5 < share.fraction());
    let is_full = 1 < held.len() && held.len() == machine.nodes.len() && is_even && share < LITTLE;
    is_full.then(|| {
        let (who, each) = match (machine.nodes.as_slice(), held.as_slice()) {
            ([first, second], [one, other]) => (
                format!("Both nodes were full: {} and {} hold", first.node, second.node),
                if one.to_string() == other.to_string() {
                    format!("{one} anonymous memory each")
                } else {
                    format!("{one} and {other} anonymous memory")
                },
            ),
            _ => (
                format!("All {} nodes were full: they hold", held.len()),
                format!("{least} to {most} anonymous memory each"),
            ),
        };
        format!("{who} {each}, and {free} are free in all.")
    })
}
