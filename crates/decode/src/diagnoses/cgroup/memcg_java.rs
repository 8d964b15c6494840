//! A Java process grew to its cgroup's limit.

use oomkit_core::{ident::Comm, place::Evidence, rule::Findings};

use crate::case::{Case, at_least, percent};
use crate::diagnoses::fill;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least 80 % of what the cgroup uses is anonymous memory, and the victim, the asking thread or the
    /// largest process has a name that Java gives: `java`, or one of its threads.
    /// A process can have any name, so this is a guess.
    ///
    /// ## Why it matters
    ///
    /// A JVM needs memory beside its heap: classes, compiled code, stacks of threads, direct buffers.
    /// A heap that is as large as the limit leaves no room for these, and no OutOfMemoryError is seen.
    ///
    /// ## Fires
    ///
    /// - `debian-6.18_amd64_memcg2_k8s`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.1_amd64_memcg1_docker`
    /// - `debian-6.12_amd64_memcg2_pipe`
    MEMCG_JAVA {
        code: "OKD321",
        name: "memcg-java",
        summary: "a Java process grew to its cgroup's limit",
        severity: Note,
        confidence: Low,
    }
}

/// Names that Java gives to its threads, or what they begin with; the kernel keeps 15 letters.
const THREADS: &[&str] = &[
    "C1 CompilerThre",
    "C2 CompilerThre",
    "G1 ",
    "GC Thread#",
    "VM Thread",
    "http-nio-",
    "Signal Dispatch",
    "Finalizer",
    "DestroyJavaVM",
];

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((cgroup, ..)) = fill::part_of(case, |cgroup| cgroup.anon, 80) else { return };
    let Some(limit) =
        cgroup.limit.filter(|limit| cgroup.usage.is_some_and(|usage| at_least(usage, 90, *limit)))
    else {
        return;
    };
    let victim = case.victim().map(|victim| (&victim.comm, case.proof_of_kill(victim)));
    let largest = case.largest_task().map(|task| (&task.comm, case.proof_of_task(task)));
    let asking =
        case.event.trigger.as_ref().and_then(|trigger| Some((trigger.comm.as_ref()?, case.proof_of_head())));
    let mut names = [victim, largest, asking].into_iter().flatten();
    let Some((comm, proof)) = names.find(|(comm, _)| is_java(comm)) else { return };
    let said = format!(
        "{comm} looks like Java, whose heap and all that it needs beside it did not fit into {limit}"
    );
    findings.at(proof, said).and([case.proof_of_limit()]).remedy(format!(
        "keep the heap at three quarters of the limit at most (-XX:MaxRAMPercentage=75, or -Xmx{}m), and see with \
         -XX:NativeMemoryTracking=summary and `jcmd PID VM.native_memory` what the rest is",
        percent(limit, 75).get() >> 20
    ));
}

fn is_java(comm: &Comm) -> bool {
    let name = comm.as_bytes();
    name == b"java" || THREADS.iter().any(|thread| name.starts_with(thread.as_bytes()))
}
