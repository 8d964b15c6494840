//! The diagnoses: what rules say of an event, family by family, and what it comes to.
//!
//! The hundreds of a code tell the family: 0 where the memory went, 1 what kind of event it is,
//! 2 whether the memory was really gone, 3 cgroups, 4 the choice of the victim, 5 the candidates,
//! 6 the call trace, 9 whether the dump itself is sound.

use oomkit_core::rule::{self, Page, Rule};

mod cgroup;
mod choice;
mod exhaustion;
mod fill;
mod kind;
mod limit;
mod machine;
mod soundness;
mod tasks;
mod trace;
mod verdict;

pub(crate) use verdict::cause_of;

use crate::case::{Case, History};
use crate::report::Event;

/// The families in the order of speaking: whether the dump can be believed comes before any verdict.
static FAMILIES: &[&[&Rule<Case>]] = &[
    soundness::SOUNDNESS,
    kind::KIND,
    machine::MACHINE,
    cgroup::CGROUP,
    exhaustion::EXHAUSTION,
    choice::CHOICE,
    tasks::TASKS,
    trace::TRACE,
];

/// Returns the page of every diagnosis, by code.
#[must_use]
pub fn pages() -> Vec<Page> {
    let mut pages: Vec<Page> =
        FAMILIES.iter().flat_map(|family| family.iter()).map(|rule| rule.page()).collect();
    pages.sort_by_key(|page| page.code);
    pages
}

/// Returns the names of the diagnoses that may head a story, each once.
pub fn heads() -> impl Iterator<Item = &'static str> {
    verdict::heads()
}

/// Returns the causes that an event may have, by name.
pub fn causes() -> impl Iterator<Item = &'static str> {
    verdict::heads().map(verdict::cause_of)
}

/// Says of an event what the rules find, and remembers it for those to come.
pub(crate) fn examine(event: Event, history: &mut History) -> Event {
    if event.forged {
        let case = Case::new(event, Vec::new());
        let findings = rule::run(soundness::FORGED, &case);
        return Event { findings, ..case.event };
    }
    let before = history.before(&event);
    let case = Case::new(event, before);
    let mut findings = Vec::new();
    for family in FAMILIES {
        findings.extend(rule::run(family, &case));
    }
    verdict::doubt(&mut findings);
    let verdict = verdict::of(&case, &findings);
    if verdict.head == Some("spurious") {
        // Where nothing was short, who held the memory is beside the point.
        findings.retain(|finding| !finding.code.starts_with("OKD0"));
    }
    let mut event = case.event;
    history.add(&event, verdict.cause, verdict.culprit.as_ref());
    verdict::sort(&mut findings, verdict.head);
    event.findings = findings;
    event.cause = verdict.cause.map(str::to_owned);
    event.culprit = verdict.culprit;
    event
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_are_unique_and_in_order() {
        for family in FAMILIES {
            assert!(family.is_sorted_by_key(|rule| rule.code), "{}", family[0].code);
        }
        let pages = pages();
        let mut names: Vec<&str> = pages.iter().map(|page| page.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), pages.len());
        assert!(pages.iter().is_sorted_by(|a, b| a.code < b.code));
    }

    #[test]
    fn pages_have_the_parts_that_readers_expect() {
        for page in pages() {
            for part in ["## What it checks", "## Why it matters", "## Fires", "## Stays silent"] {
                assert!(page.docs.contains(part), "{} has no {part:?}", page.code);
            }
            assert!(page.code.starts_with("OKD") && page.code.len() == 6, "{}", page.code);
        }
    }
}
