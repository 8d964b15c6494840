//! The cause of each run, against what was done to the machine; and the page that shows them.

use std::{collections::BTreeMap, fmt::Write as _, fs};

use oomkit_core::{document::Block, finding::Finding, ident::Pid};
use oomkit_decode::{
    Event,
    view::{Detail, event_document},
};

use crate::support::{Complaints, Log, Run, logs, runs};

/// What the first report of a run must be put down to, by what was done to the machine.
///
/// The first cause is the one that an expert would name first; the others are as true.
const CAUSES: &[(&str, &[&str])] = &[
    ("adj", &["protected-tasks", "many-processes"]),
    ("alloc_task", &["one-process"]),
    ("bigdump", &["one-process"]),
    ("deadlock", &["protected-tasks", "one-process"]),
    ("global", &["one-process"]),
    ("global_names", &["one-process"]),
    ("global_swap", &["one-process"]),
    ("global_uid", &["one-process"]),
    ("highmem", &["many-processes", "one-process"]),
    ("hugepages", &["huge-pages"]),
    ("interleave", &["one-process"]),
    ("interleave_memcg1", &["one-process"]),
    ("interleave_memcg2", &["one-process"]),
    ("lowmem", &["low-zone"]),
    ("memcg1_concurrent", &["one-process"]),
    ("memcg1_docker", &["one-process"]),
    ("memcg1_host", &["one-process"]),
    ("memcg1_k8s", &["one-process"]),
    ("memcg1_memsw", &["one-process"]),
    ("memcg1_names", &["one-process"]),
    ("memcg1_nested", &["one-process"]),
    ("memcg1_nokill", &["protected-tasks", "one-process"]),
    ("memcg1_tmpfs", &["tmpfs-shmem"]),
    ("memcg2_concurrent", &["one-process"]),
    ("memcg2_docker", &["one-process"]),
    ("memcg2_group", &["one-process", "many-processes"]),
    ("memcg2_inodes", &["slab-unreclaimable", "slab-reclaimable"]),
    ("memcg2_k8s", &["one-process"]),
    ("memcg2_names", &["one-process"]),
    ("memcg2_nested", &["one-process"]),
    ("memcg2_nokill", &["protected-tasks", "one-process"]),
    ("memcg2_pipe", &["kernel-memory", "unaccounted"]),
    ("memcg2_shm", &["shared-memory"]),
    ("memcg2_swap", &["one-process"]),
    ("memcg2_tmpfs", &["tmpfs-shmem"]),
    ("mlock", &["mlocked"]),
    ("nodump", &["one-process"]),
    ("notime", &["one-process"]),
    ("numa_cpuset1", &["cpuset-bound"]),
    ("numa_cpuset2", &["cpuset-bound"]),
    ("numa_global", &["one-process"]),
    ("numa_mempolicy", &["mempolicy-bound"]),
    ("pagealloc", &["fragmentation"]),
    ("panic_on_oom", &["one-process"]),
    ("panic_on_oom2_memcg", &["one-process"]),
    ("pgtable", &["page-tables"]),
    ("pipes", &["unaccounted"]),
    ("quiet", &["one-process"]),
    ("shm", &["shared-memory"]),
    ("slab_inodes", &["slab-unreclaimable"]),
    ("sockets", &["unaccounted", "slab-unreclaimable"]),
    ("spoof", &["one-process"]),
    ("swarm", &["many-processes"]),
    ("swarm_big", &["many-processes"]),
    ("sysrq_f", &["requested-by-hand"]),
    ("threads", &["one-process"]),
    ("tmpfs", &["tmpfs-shmem"]),
    ("tmpfs_innocent", &["tmpfs-shmem"]),
    ("zram", &["one-process"]),
    ("zswap", &["one-process"]),
];

/// Scenarios without a cause: nothing ran out of memory.
const WITHOUT: &[&str] = &["sysrq_m"];

/// Consoles that show the kill lines alone, so that nothing can be concluded.
const KILL_LINES_ALONE: &[&str] = &["ubuntu-4.15_amd64_quiet.console.log"];

#[test]
fn causes_fit_what_was_done_to_the_machine() {
    let mut c = Complaints::default();
    for (run, log) in logs() {
        let scenario = run.truth.scenario.as_str();
        let known = CAUSES.iter().find(|(known, _)| *known == scenario);
        let Some((_, causes)) = known else {
            c.same(&log.file, "a scenario without a cause", WITHOUT.contains(&scenario), true);
            for event in log.decoded().counted() {
                c.same(&log.file, event.first_line, event.cause.as_deref(), None);
            }
            continue;
        };
        let Some(event) = first_of(run, log) else { continue };
        let cause = event.cause.as_deref();
        if KILL_LINES_ALONE.contains(&log.file.as_str()) {
            c.same(&log.file, event.first_line, cause, None);
        } else if !cause.is_some_and(|cause| causes.contains(&cause)) {
            c.add(&log.file, format!("line {}: {cause:?} is none of {causes:?}", event.first_line));
        }
        c.checked();
    }
    c.settle();
}

/// Returns the event of the run's first report; forged lines may stand before it.
fn first_of<'a>(run: &Run, log: &'a Log) -> Option<&'a Event> {
    let trigger = run.truth.reports.first().and_then(|report| report.trigger_pid);
    let asked =
        |event: &&&Event| event.trigger.as_ref().and_then(|trigger| trigger.pid).map(Pid::get) == trigger;
    log.decoded().events.iter().filter(|event| !event.forged).collect::<Vec<_>>().iter().find(asked).copied()
}

#[test]
fn a_cause_rests_on_a_finding_and_a_culprit_on_a_cause() {
    let mut c = Complaints::default();
    for (_, log) in logs() {
        for event in &log.decoded().events {
            let place = format!("line {}", event.first_line);
            if event.cause.is_some() {
                let says =
                    |finding: &Finding| said(event).is_some_and(|said| said.contains(&finding.message));
                c.same(&log.file, format!("{place}: said"), event.findings.iter().any(says), true);
            } else {
                c.same(&log.file, format!("{place}: culprit"), &event.culprit, &None);
            }
            if event.forged {
                c.same(&log.file, format!("{place}: forged"), event.cause.as_deref(), None);
            }
        }
    }
    c.settle();
}

/// Returns what a page says of the cause.
fn said(event: &Event) -> Option<String> {
    let document = event_document(event, "log", Detail::Normal);
    document.blocks().iter().find_map(|block| match block {
        Block::Callout(callout) if callout.title == "Cause" => Some(callout.text.clone()),
        _ => None,
    })
}

const PAGE: &str = "docs/causes.md";

/// The page is derived; `cargo xtask bless` writes it.
#[test]
fn the_page_of_causes_has_not_drifted() {
    let path = crate::support::folder("../..").join(PAGE);
    let text = page();
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        fs::write(&path, &text).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, text, "{PAGE} has drifted; run `cargo xtask bless`");
}

/// Returns the table of what was done to a machine and what the program says of it.
fn page() -> String {
    let mut rows: BTreeMap<&str, BTreeMap<(String, String), Vec<&str>>> = BTreeMap::new();
    for run in runs() {
        let Some(event) = first_of(run, &run.logs[0]) else { continue };
        let cause = event.cause.clone().unwrap_or_else(|| "none".into());
        let culprit = event.culprit.as_ref().map_or_else(|| "none".into(), |culprit| culprit.name.clone());
        let kernel = run.name.split('_').next().unwrap_or_default();
        rows.entry(&run.truth.scenario).or_default().entry((cause, culprit)).or_default().push(kernel);
    }
    let mut page = String::from(
        "<!-- Written by the tests of the corpus; `cargo xtask bless` brings it up to date. -->\n\n\
         # Causes\n\n\
         What was done to a machine on purpose, and what the program says of the first report that followed.\n\
         The scenarios are those of the logs under `tests/fixtures/logs/`, whose README tells how they were made.\n\n\
         | scenario | cause | to blame | kernels |\n| --- | --- | --- | --- |\n",
    );
    for (scenario, answers) in rows {
        for ((cause, culprit), kernels) in answers {
            let _ = writeln!(page, "| {scenario} | {cause} | {culprit} | {} |", kernels.join(", "));
        }
    }
    page
}
