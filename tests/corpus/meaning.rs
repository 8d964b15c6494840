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
