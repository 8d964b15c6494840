//! What is concluded from a log, against what was done to the machine.

use oomkit_decode::report::Verdict;

use crate::support::{Complaints, logs};

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
    ("memcg2_shm", &["shared-memory", "tmpfs-shmem"]),
    ("memcg1_tmpfs", &["tmpfs-shmem"]),
    ("memcg2_tmpfs", &["tmpfs-shmem"]),
    ("mlock", &["mlocked", "one-process"]),
    ("hugepages", &["huge-pages"]),
    ("pgtable", &["page-tables"]),
    ("slab_inodes", &["slab-unreclaimable", "slab-reclaimable"]),
    ("lowmem", &["low-zone"]),
    ("pagealloc", &["fragmentation"]),
    ("adj", &["protected-tasks", "many-processes"]),
    ("alloc_task", &["one-process"]),
    ("memcg2_inodes", &["slab-unreclaimable", "slab-reclaimable"]),
    ("sockets", &["unaccounted", "slab-unreclaimable"]),
    ("pipes", &["unaccounted"]),
    ("memcg2_pipe", &["unaccounted"]),
    ("sysrq_f", &["requested-by-hand"]),
    ("numa_cpuset1", &["cpuset-bound"]),
    ("numa_cpuset2", &["cpuset-bound"]),
    ("numa_mempolicy", &["mempolicy-bound"]),
    ("deadlock", &["protected-tasks", "one-process"]),
    ("memcg1_nokill", &["protected-tasks", "one-process"]),
    ("memcg2_nokill", &["protected-tasks", "one-process"]),
    ("memcg1_docker", &["one-process"]),
    ("memcg2_docker", &["one-process"]),
    ("memcg1_k8s", &["one-process"]),
    ("memcg2_k8s", &["one-process"]),
];

#[test]
fn causes_fit_what_was_done_to_the_machine() {
    let mut c = Complaints::default();
    for (run, log) in logs().filter(|(_, log)| log.flavour == "plain") {
        let Some((_, causes)) = CAUSES.iter().find(|(scenario, _)| *scenario == run.truth.scenario) else {
            continue;
        };
        // Forged lines come first where they cannot be told.
        let trigger = run.truth.reports.first().and_then(|report| report.trigger_pid);
        let counted = log.decoded().counted();
        let asked = |pid: Option<oomkit_core::ident::Pid>| pid.map(|pid| pid.get()) == trigger;
        let Some(event) = counted.iter().find(|event| asked(event.trigger.as_ref().and_then(|t| t.pid)))
        else {
            continue;
        };
        match event.cause.as_deref() {
            Some(cause) if causes.contains(&cause) => c.checked(),
            Some(cause) => {
                c.add(&log.file, format!("line {}: {cause} is none of {causes:?}", event.first_line))
            }
            None => {}
        }
        c.checked();
    }
    c.settle();
}
