//! The overview over many events: who was killed where, how often, from when to when.

use std::collections::BTreeMap;

use oomkit_core::{
    document::{Block, Column, Document, Table, Tone},
    ident::visible,
    units::WallTime,
};
use oomkit_decode::Event;
use serde::Serialize;

use super::filter::cgroups;

/// How many groups are shown.
const SHOWN: usize = 20;
/// How many groups are told apart; a log that names ever new cgroups must not fill the memory.
const MOST: usize = 4096;

/// The events so far, in groups.
#[derive(Debug, Default)]
pub(super) struct Overview {
    groups: BTreeMap<Key, Group>,
    events: u64,
    /// Events of groups beyond those that are told apart.
    beyond: u64,
    first: Option<WallTime>,
    last: Option<WallTime>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    kind: String,
    victim: String,
    scope: String,
    cgroup: String,
}

#[derive(Clone, Debug, Default)]
struct Group {
    count: u64,
    last: Option<WallTime>,
}

impl Overview {
    /// Counts an event.
    pub(super) fn add(&mut self, event: &Event) {
        self.events += 1;
        if let Some(at) = event.at {
            let earlier = self.first.is_none_or(|first| at.instant() < first.instant());
            let later = self.last.is_none_or(|last| last.instant() <= at.instant());
            self.first = if earlier { Some(at) } else { self.first };
            self.last = if later { Some(at) } else { self.last };
        }
        let key = Key {
            kind: word(&event.kind),
            victim: event.victims.first().map_or_else(|| "-".into(), |victim| victim.comm.to_string()),
            scope: word(&event.scope),
            cgroup: cgroups(event)
                .next()
                .map_or_else(|| "-".into(), |path| visible(path.as_bytes()).into_owned()),
        };
        if MOST <= self.groups.len() && !self.groups.contains_key(&key) {
            self.beyond += 1;
            return;
        }
        let group = self.groups.entry(key).or_default();
        group.count += 1;
        group.last = event.at.or(group.last);
    }

    /// Returns the overview; the events themselves follow it, the last `following` of them.
    pub(super) fn document(&self, following: usize) -> Document {
        let mut document = Document::new();
        document.push(Block::Answer(Tone::Bad, format!("{} OOM events", self.events)));
        if let (Some(first), Some(last)) = (self.first, self.last) {
            document.push(Block::Facts(vec![
                ("first".into(), first.to_string()),
                ("last".into(), last.to_string()),
            ]));
        }
        let mut groups: Vec<(&Key, &Group)> = self.groups.iter().collect();
        // The sort is stable, so that equal counts keep the order of their names.
        groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.count));
        let left: u64 = groups.iter().skip(SHOWN).map(|(_, group)| group.count).sum::<u64>() + self.beyond;
        groups.truncate(SHOWN);
        document.push(Block::Table(table(&groups)));
        let mut notes = vec![format!("the last {following} events follow; --full shows all of them")];
        if 0 < left {
            notes.push(format!("{left} events of other groups are left out of the table"));
        }
        document.push(Block::Notes(notes));
        document
    }
}

fn table(groups: &[(&Key, &Group)]) -> Table {
    let columns = vec![
        Column::figures("events"),
        Column::words("kind"),
        Column::words("victim"),
        Column::words("scope"),
        Column::words("cgroup"),
        Column::words("last"),
    ];
    let rows = groups
        .iter()
        .map(|(key, group)| {
            vec![
                group.count.to_string(),
                key.kind.clone(),
                key.victim.clone(),
                key.scope.clone(),
                key.cgroup.clone(),
                group.last.map_or_else(|| "-".into(), |last| last.to_string()),
            ]
        })
        .collect();
    Table { columns, rows, marked: Vec::new() }
}

/// Returns the word that JSON uses for a value.
pub(super) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => "-".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::session::testing::event, *};

    #[test]
    fn groups_are_counted_and_the_largest_stand_first() {
        let mut overview = Overview::default();
        overview.add(&event("nginx", "/web", Some("2022-05-10T10:00:00Z")));
        for minute in 10..14 {
            overview.add(&event("java", "/app", Some(&format!("2022-05-10T10:{minute}:00Z"))));
        }
        let document = overview.document(3);
        let Block::Table(table) = &document.blocks()[2] else { panic!("{document:?}") };
        assert_eq!(
            table.rows,
            [
                ["4", "oom-kill", "java", "memcg", "/app", "2022-05-10T10:13:00+00:00"],
                ["1", "oom-kill", "nginx", "memcg", "/web", "2022-05-10T10:00:00+00:00"],
            ]
        );
    }

    #[test]
    fn the_number_of_groups_is_bounded() {
        let mut overview = Overview::default();
        for number in 0..MOST + 10 {
            overview.add(&event("java", &format!("/{number}"), None));
        }
        assert_eq!((overview.groups.len(), overview.beyond), (MOST, 10));
        let notes = overview.document(3).blocks().last().cloned();
        let Some(Block::Notes(notes)) = notes else { panic!("{notes:?}") };
        assert!(notes[1].starts_with("4086 events"), "{notes:?}");
    }
}
