//! What is concluded from a log, against what was done to the machine.

use oomkit_core::{finding::Severity, ident::Pid};
use oomkit_decode::{Event, report::Verdict};

use crate::support::{Complaints, Log, Run, logs};

#[test]
fn recomputed_scores_are_the_kernels() {
    let mut c = Complaints::default();
    // A kill by hand stops nobody: the chosen one went on growing between its choice and its row.
    for (_, log) in logs().filter(|(run, _)| run.truth.scenario != "sysrq_f") {
        for event in log.decoded().counted() {
            // Up to 5.0 the kernel prints the score of whom it chose.
            let Some((pid, score)) = event.selected.as_ref().and_then(|x| Some((x.pid, x.score?))) else {
                continue;
            };
            let Some(task) = event.tasks.iter().find(|task| task.pid == pid || task.tgid == Some(pid)) else {
                continue;
            };
            let place = format!("line {} score of {pid}", event.first_line);
            match (task.badness, task.badness_range) {
                (Some(badness), _) => c.same(&log.file, place, badness, score),
                (None, Some([low, high])) if (low..=high).contains(&score) => c.checked(),
                (None, Some(range)) => {
                    c.add(&log.file, format!("{place}: {score} lies outside of {range:?}"))
                }
                // The size of swap is not in the log of a cgroup; no score is better than a wrong one.
                (None, None) if event.machine.is_none() => {}
                (None, None) => {
                    c.add(&log.file, format!("{place}: not recomputed, though all of it is there"))
                }
            }
        }
    }
    c.settle();
}

#[test]
fn no_choice_of_the_kernel_is_questioned_without_a_reason() {
    let mut c = Complaints::default();
    for (run, log) in logs() {
        for event in log.decoded().counted() {
            let Some(choice) = &event.choice else { continue };
            if choice.verdict == Verdict::Questioned && choice.reasons.is_empty() {
                c.add(&log.file, format!("line {}: questioned, and no word why", event.first_line));
            }
            if run.truth.scenario == "global" {
                // One hog, nobody protected that is larger: the choice is plain.
                c.same(
                    &log.file,
                    format!("line {} verdict", event.first_line),
                    choice.verdict,
                    Verdict::Confirmed,
                );
            }
            if run.truth.scenario == "alloc_task" && choice.verdict == Verdict::Confirmed {
                c.add(
                    &log.file,
                    format!("line {}: confirmed, though the asking task was killed", event.first_line),
                );
            }
            c.checked();
        }
    }
    c.settle();
}

#[test]
fn cgroup_paths_say_who_runs_there() {
    let mut c = Complaints::default();
    for (run, log) in logs() {
        for (i, event) in log.decoded().counted().into_iter().enumerate() {
            let Some(path) = run.truth.reports.get(i).and_then(|report| report.task_memcg.as_deref()) else {
                continue;
            };
            let workload = event.workload.clone().unwrap_or_default();
            let place = format!("line {} workload", event.first_line);
            let runtime = match path {
                _ if path.contains("kubepods") => "kubernetes",
                _ if path.contains("docker") => "docker",
                _ if path.ends_with(".service") => "systemd",
                _ => continue,
            };
            c.same(&log.file, &place, workload.runtime.as_deref(), Some(runtime));
            if runtime == "kubernetes" {
                c.same(&log.file, &place, workload.qos.as_deref(), Some("burstable"));
                c.same(
                    &log.file,
                    &place,
                    workload.pod_uid.as_deref(),
                    Some("0f6a1c2e-7b3d-4a5f-9c8e-2d1b0a9f8e7d"),
                );
            }
            if let Some(id) = &workload.container_id {
                c.same(&log.file, &place, id.len() == 64 && path.contains(id.as_str()), true);
            } else {
                c.same(&log.file, &place, runtime, "systemd");
            }
        }
    }
    c.settle();
}

/// What the first report of a run may be put down to, by what was done to the machine.
///
/// No cause is always allowed, for nothing may be certain enough; a wrong one is not.
const CAUSES: &[(&str, &[&str])] = &[
    ("global", &["one-process"]),
    ("global_uid", &["one-process"]),
    ("global_names", &["one-process", "many-processes"]),
    ("threads", &["one-process"]),
    ("numa_global", &["one-process"]),
    ("nodump", &["one-process"]),
    ("notime", &["one-process"]),
    ("spoof", &["one-process"]),
    ("global_swap", &["one-process", "swap-full"]),
    ("zram", &["one-process", "swap-full"]),
    ("zswap", &["one-process", "swap-full"]),
    ("swarm", &["many-processes"]),
    ("swarm_big", &["many-processes"]),
    ("bigdump", &["one-process"]),
    ("tmpfs", &["tmpfs-shmem"]),
    ("tmpfs_innocent", &["tmpfs-shmem"]),
    ("shm", &["shared-memory", "tmpfs-shmem"]),
    ("mlock", &["mlocked", "one-process"]),
    ("hugepages", &["huge-pages"]),
    ("pgtable", &["page-tables"]),
    ("slab_inodes", &["slab-unreclaimable", "slab-reclaimable"]),
    ("lowmem", &["low-zone", "slab-unreclaimable", "slab-reclaimable"]),
    ("sockets", &["unaccounted", "slab-unreclaimable"]),
    ("pipes", &["unaccounted"]),
    ("sysrq_f", &["requested-by-hand"]),
    ("numa_cpuset1", &["cpuset-bound"]),
    ("numa_cpuset2", &["cpuset-bound"]),
    ("numa_mempolicy", &["mempolicy-bound"]),
    ("deadlock", &["protected-tasks", "one-process"]),
];

/// What the first report of a cgroup's run is put down to; here a cause has to be named.
const CAUSES_OF_CGROUPS: &[(&str, &[&str])] = &[
    ("memcg1_host", &["one-process"]),
    ("memcg1_docker", &["one-process"]),
    ("memcg2_docker", &["one-process"]),
    ("memcg1_k8s", &["one-process"]),
    ("memcg2_k8s", &["one-process"]),
    ("memcg1_names", &["one-process"]),
    ("memcg2_names", &["one-process"]),
    ("memcg1_nested", &["one-process"]),
    ("memcg2_nested", &["one-process"]),
    ("memcg1_concurrent", &["one-process"]),
    ("memcg2_concurrent", &["one-process"]),
    ("memcg2_group", &["one-process"]),
    ("memcg1_memsw", &["one-process"]),
    ("memcg2_swap", &["one-process"]),
    ("memcg1_nokill", &["protected-tasks", "one-process"]),
    ("memcg2_nokill", &["protected-tasks", "one-process"]),
    ("panic_on_oom2_memcg", &["one-process"]),
    ("interleave_memcg1", &["one-process"]),
    ("interleave_memcg2", &["one-process"]),
    ("memcg2_shm", &["shared-memory"]),
    ("memcg1_tmpfs", &["tmpfs-shmem"]),
    ("memcg2_tmpfs", &["tmpfs-shmem"]),
    ("memcg2_inodes", &["slab-unreclaimable"]),
    ("memcg2_pipe", &["kernel-memory"]),
];

#[test]
fn causes_fit_what_was_done_to_the_machine() {
    let mut c = Complaints::default();
    for (run, log) in logs().filter(|(_, log)| log.flavour == "plain") {
        let of = |table: &'static [(&str, &[&str])]| {
            table.iter().find(|(scenario, _)| *scenario == run.truth.scenario).map(|(_, causes)| *causes)
        };
        let (of_machine, of_cgroup) = (of(CAUSES), of(CAUSES_OF_CGROUPS));
        let Some(causes) = of_machine.or(of_cgroup) else {
            // A limit that is hit has a reason, and every scenario of it tells which.
            c.same(&log.file, "scenario without causes", run.truth.scenario.starts_with("memcg"), false);
            continue;
        };
        let Some(event) = first(run, log) else { continue };
        let place = format!("line {}", event.first_line);
        match event.cause.as_deref() {
            Some(cause) if causes.contains(&cause) => c.checked(),
            Some(cause) => c.add(&log.file, format!("{place}: {cause} is none of {causes:?}")),
            None if of_cgroup.is_some() => {
                c.add(&log.file, format!("{place}: no cause, not even {causes:?}"))
            }
            None => c.checked(),
        }
    }
    c.settle();
}

/// Returns the event of the first report; forged lines come first where they cannot be told.
fn first(run: &Run, log: &'static Log) -> Option<&'static Event> {
    let trigger = run.truth.reports.first().and_then(|report| report.trigger_pid);
    let asked =
        |event: &&Event| event.trigger.as_ref().and_then(|asking| asking.pid).map(Pid::get) == trigger;
    log.decoded().counted().into_iter().find(asked)
}

/// Dumps that nobody touched are sound: these doubts are for damage alone.
#[test]
fn no_doubt_is_cast_on_what_the_kernel_printed() {
    let mut c = Complaints::default();
    for (_, log) in logs() {
        for event in log.decoded().counted() {
            let doubts = event.findings.iter().filter(|finding| finding.code.starts_with("OKD9"));
            for doubt in doubts.filter(|doubt| Severity::Note < doubt.severity) {
                c.add(&log.file, format!("line {}: {}: {}", event.first_line, doubt.name, doubt.message));
            }
            c.checked();
        }
    }
    c.settle();
}
