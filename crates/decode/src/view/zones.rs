//! Nodes and zones: where free memory was, held against the watermarks.

use oomkit_core::{
    document::{Block, Column, Document, Table, Tone},
    units::{Bytes, Share},
};

use super::{
    Case, machine, push_table,
    words::{cell, name, sum},
};
use crate::report::{FreeList, Machine, Node, Zone};
use crate::resolve::balance::parts_of_machine;

/// The nodes and zones that are shown as a rule.
const USUAL: usize = 12;

pub(super) fn show(case: &Case<'_>, document: &mut Document) {
    let Some(machine) = &case.event.machine else { return };
    let shown = machine.nodes.len().min(case.rows(USUAL));
    push_table(document, "Nodes", nodes(&machine.nodes, shown), machine.nodes.len() - shown);
    if let Some(sentence) = all_full(machine) {
        document.push(Block::Text(Tone::Plain, sentence));
    }
    let shown = telling(&machine.zones, case.rows(USUAL));
    let left_out = machine.zones.len() - shown.len();
    push_table(document, "Zones: free memory and watermarks", zones(&shown), left_out);
    if machine.zones.iter().any(is_below_min) {
        let meaning = "Below min, only the kernel's emergency allocations succeed.";
        document.push(Block::Text(Tone::Quiet, meaning.into()));
    }
    if case.is_full() {
        free_lists(machine, document);
        for node in &machine.nodes {
            machine::counters(&format!("Counters of node {}", node.node), &node.counters, true, document);
        }
        for zone in &machine.zones {
            machine::counters(
                &format!("Counters of zone {}", zone_name(zone)),
                &zone.counters,
                true,
                document,
            );
        }
    }
}

/// Returns the zones to be shown: all of them, or those short of memory first, in the order of the log.
fn telling(zones: &[Zone], room: usize) -> Vec<&Zone> {
    let mut shortest: Vec<(usize, &Zone)> = zones.iter().enumerate().collect();
    shortest.sort_by_key(|(_, zone)| state(zone).unwrap_or(State::AboveHigh));
    shortest.truncate(room);
    shortest.sort_by_key(|(at, _)| *at);
    shortest.into_iter().map(|(_, zone)| zone).collect()
}

fn nodes(nodes: &[Node], shown: usize) -> Table {
    let figures = ["node", "anonymous", "file", "shared", "locked"].map(Column::figures);
    let mut columns = figures.to_vec();
    columns.push(Column::words("reclaim"));
    let rows = nodes.iter().take(shown).map(|node| {
        let size = |key: &str| node.counters.get(key).copied();
        vec![
            node.node.to_string(),
            cell(sum(&[size("active_anon_bytes"), size("inactive_anon_bytes")])),
            cell(sum(&[size("active_file_bytes"), size("inactive_file_bytes")])),
            cell(size("shmem_bytes")),
            cell(size("unevictable_bytes")),
            cell(node.all_unreclaimable.map(reclaim)),
        ]
    });
    Table { rows: rows.collect(), columns, marked: Vec::new() }
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

const fn reclaim(given_up: bool) -> &'static str {
    if given_up { "given up" } else { "still trying" }
}

fn zones(zones: &[&Zone]) -> Table {
    let mut columns = vec![Column::words("zone")];
    columns.extend(["free", "min", "low", "high"].map(Column::figures));
    columns.push(Column::words("state"));
    let rows = zones.iter().map(|zone| {
        vec![
            zone_name(zone),
            cell(zone.free_bytes),
            cell(zone.min_bytes),
            cell(zone.low_bytes),
            cell(zone.high_bytes),
            cell(state(zone).map(State::words)),
        ]
    });
    let marked = zones.iter().enumerate().filter(|(_, zone)| is_below_min(zone));
    Table { rows: rows.collect(), columns, marked: marked.map(|(at, _)| at).collect() }
}

fn zone_name(zone: &Zone) -> String {
    match zone.node {
        Some(node) => format!("{node} {}", name(&zone.name)),
        None => name(&zone.name).into_owned(),
    }
}

fn is_below_min(zone: &Zone) -> bool {
    state(zone) == Some(State::BelowMin)
}

/// Where a zone's free memory stands between its watermarks, the worst first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    BelowMin,
    BelowLow,
    BelowHigh,
    AboveHigh,
}

impl State {
    const fn words(self) -> &'static str {
        match self {
            Self::BelowMin => "below min",
            Self::BelowLow => "below low",
            Self::BelowHigh => "below high",
            Self::AboveHigh => "above high",
        }
    }
}

fn state(zone: &Zone) -> Option<State> {
    let free = zone.free_bytes?;
    let marks = [
        (zone.min_bytes, State::BelowMin),
        (zone.low_bytes, State::BelowLow),
        (zone.high_bytes, State::BelowHigh),
    ];
    let below = marks.into_iter().find(|(mark, _)| mark.is_some_and(|mark| free < mark));
    below.map(|(_, state)| state).or_else(|| zone.high_bytes.map(|_| State::AboveHigh))
}

/// Shows how many free blocks of each size a zone has, and which are kept for lower zones.
fn free_lists(machine: &Machine, document: &mut Document) {
    let zones = machine.zones.iter().filter(|zone| !zone.free_lists.is_empty());
    let facts: Vec<_> = zones
        .map(|zone| {
            let blocks = zone.free_lists.iter().filter(|list| 0 < list.count).map(blocks);
            let blocks = blocks.collect::<Vec<_>>().join(", ");
            let blocks = if blocks.is_empty() { "none".to_owned() } else { blocks };
            (zone_name(zone), blocks)
        })
        .collect();
    if !facts.is_empty() {
        document.push(Block::Heading("Free blocks by size".into()));
        document.push(Block::Facts(facts));
    }
    let reserves = machine.zones.iter().filter(|zone| !zone.lowmem_reserve_bytes.is_empty());
    let reserves: Vec<_> = reserves
        .map(|zone| {
            let sizes = zone.lowmem_reserve_bytes.iter().map(ToString::to_string);
            (zone_name(zone), sizes.collect::<Vec<_>>().join(", "))
        })
        .collect();
    if !reserves.is_empty() {
        document.push(Block::Heading("What requests for higher zones must leave free".into()));
        document.push(Block::Facts(reserves));
    }
}

fn blocks(list: &FreeList) -> String {
    let types = list.types.as_ref().map_or_else(String::new, |types| format!(" ({})", name(types)));
    format!("{} of {}{types}", list.count, list.block_bytes)
}
