//! What the diagnoses say of a report, and what they must not, by what was done to the machine.

use oomkit_decode::Event;

use crate::support::{Complaints, Run, logs};

/// What has to be said of each OOM report of a scenario, and what must not be said of any.
///
/// A figure that a kernel of that age does not print excuses from nothing here.
const SAID: &[(&str, &[&str], &[&str])] = &[
    ("global", &["exhausted", "chosen-by-score"], INNOCENT),
    ("global_uid", &["exhausted", "chosen-by-score"], INNOCENT),
    ("global_swap", &["exhausted", "chosen-by-score"], INNOCENT),
    ("numa_global", &["exhausted", "chosen-by-score"], INNOCENT),
    ("highmem", &["exhausted", "chosen-by-score"], INNOCENT),
    ("lowmem", &["low-zone"], &["fragmentation", "cascade", "crash-loop", "protected-tasks"]),
    ("tmpfs", &["exhausted"], &["fragmentation", "low-zone", "cascade", "crash-loop", "shot-for-adjustment"]),
    ("swarm", &["exhausted"], &["fragmentation", "cascade", "crash-loop", "protected-tasks"]),
    ("deadlock", &["exhausted", "protected-tasks"], &["fragmentation", "cascade", "crash-loop"]),
    ("memcg1_nokill", &["protected-tasks"], &["exhausted", "cascade", "crash-loop"]),
    ("memcg2_nokill", &["protected-tasks"], &["exhausted", "cascade", "crash-loop"]),
    ("alloc_task", &["exhausted"], &["chosen-by-score", "cascade", "crash-loop"]),
    ("numa_cpuset1", &["free-elsewhere"], &["exhausted", "fragmentation", "low-zone"]),
    ("numa_mempolicy", &["free-elsewhere"], &["exhausted", "fragmentation", "low-zone"]),
    ("memcg1_docker", &["container-init"], &["exhausted", "cascade", "crash-loop", "protected-tasks"]),
    ("memcg2_k8s", &["kubernetes-class"], &["exhausted", "cascade", "crash-loop", "protected-tasks"]),
    ("memcg1_concurrent", &["chosen-by-score"], &["cascade", "crash-loop"]),
    ("memcg2_names", &["chosen-by-score"], &["cascade", "crash-loop"]),
    ("memcg2_group", &[], &["container-init", "cascade", "crash-loop"]),
];

/// What is never true where one process simply took all.
const INNOCENT: &[&str] = &[
    "fragmentation",
    "low-zone",
    "protected-tasks",
    "shot-for-adjustment",
    "kill-could-not-help",
    "clamped-scores",
    "choice-questioned",
    "cascade",
    "crash-loop",
    "min-free-kbytes",
    "numa-imbalance",
];

#[test]
fn reports_are_told_as_they_were_made() {
    let mut c = Complaints::default();
    for (run, file, event) in reports() {
        let Some((_, said, unsaid)) = SAID.iter().find(|(scenario, ..)| *scenario == run.truth.scenario)
        else {
            continue;
        };
        for name in *said {
            c.same(file, format!("line {} {name}", event.first_line), says(event, name).is_some(), true);
        }
        for name in *unsaid {
            c.same(file, format!("line {} {name}", event.first_line), says(event, name).is_some(), false);
        }
    }
    c.settle();
}

#[test]
fn a_shield_names_the_larger_one_that_it_spares() {
    let mut c = Complaints::default();
    for (run, file, event) in reports().filter(|(run, ..)| run.truth.scenario == "adj") {
        let largest = run.truth.reports.first().and_then(|report| {
            let protected = report.tasks.iter().filter(|task| task.oom_score_adj <= -900);
            protected.max_by_key(|task| task.rss)
        });
        let largest = largest.expect("a protected task");
        let name = largest.name.as_str();
        let protects = says(event, "protected-tasks").unwrap_or_default();
        c.same(file, format!("line {}: {protects}", event.first_line), protects.contains(name), true);
        if event
            .victims
            .first()
            .is_some_and(|victim| victim.oom_score_adj.is_some_and(|adj| adj.get() == 1000))
        {
            let shot = says(event, "shot-for-adjustment").unwrap_or_default();
            c.same(file, format!("line {}: {shot}", event.first_line), shot.contains(name), true);
        }
    }
    c.settle();
}

#[test]
fn failed_allocations_are_fragmentation_where_pages_were_left() {
    let mut c = Complaints::default();
    for (_, log) in logs().filter(|(run, _)| run.truth.scenario == "pagealloc") {
        for event in &log.decoded().events {
            let place = format!("line {}", event.first_line);
            c.same(&log.file, &place, event.cause.as_deref(), Some("fragmentation"));
            c.same(&log.file, &place, says(event, "exhausted").is_some(), false);
        }
    }
    c.settle();
}

#[test]
fn a_bystander_names_the_kill_before() {
    let mut c = Complaints::default();
    // The reaper leaves page tables, so a victim of that kind takes its time.
    for (run, log) in logs().filter(|(run, _)| run.truth.scenario == "pgtable") {
        let events = log.decoded().counted();
        let [first, second] = events.as_slice() else { continue };
        let said = says(second, "cascade").unwrap_or_default();
        let real = &run.truth.victims[0];
        c.same(&log.file, &said, said.contains(&format!("{} (pid {})", real.comm, real.pid)), true);
        let finding = second.findings.iter().find(|finding| finding.name == "cascade");
        let line = finding.and_then(|finding| finding.evidence.first()).map(|evidence| evidence.line);
        c.same(&log.file, "the line of the kill", line, Some(first.victims[0].line));
        c.same(&log.file, "the first", says(first, "cascade"), None);
        // It is one story, so it has one cause and one to blame.
        c.same(&log.file, "the cause", &second.cause, &first.cause);
        c.same(&log.file, "to blame", &second.culprit, &first.culprit);
    }
    c.settle();
}

fn says(event: &Event, name: &str) -> Option<String> {
    let finding = event.findings.iter().find(|finding| finding.name == name)?;
    Some(finding.message.clone())
}

/// Returns the reports that the kernel wrote and that have a dump, with the files they stand in.
fn reports() -> impl Iterator<Item = (&'static Run, &'static str, &'static Event)> {
    logs().filter(|(_, log)| !log.file.contains("quiet")).flat_map(|(run, log)| {
        let events = log.decoded().counted().into_iter();
        let told = events.filter(|event| crate::support::is_oom(event) && !event.tasks.is_empty());
        told.map(move |event| (run, log.file.as_str(), event))
    })
}
