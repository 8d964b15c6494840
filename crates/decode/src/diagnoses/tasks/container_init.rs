//! Whether a container goes on without its victim.

use oomkit_core::{
    finding::{Confidence, Severity},
    place::Evidence,
    rule::Findings,
};

use crate::case::Case;
use crate::report::{EventKind, Task};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The victim was killed at the limit of its own container, and the table, which then lists that container, shows whether an older process lives in it.
    /// Age is taken from the process ids, which may have wrapped.
    /// An init or a shell that started the victim ends with it, as a rule.
    ///
    /// ## Why it matters
    ///
    /// With its first process a container ends, with exit code 137, and is started again.
    /// When another process dies, the container goes on, and Kubernetes may show neither a restart nor OOMKilled.
    ///
    /// ## Fires
    ///
    /// ```log
    /// java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// memory: usage 524288kB, limit 524288kB, failcnt 10
    /// Tasks state (memory values in pages):
    /// [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
    /// [    700]     0   700      655      100    28672        0             0 tini
    /// [    720]     0   720     4000      600    28672        0             0 supervisord
    /// [    731]     0   731   900000   129000  2097152        0             0 java
    /// oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,mems_allowed=0,oom_memcg=/docker/3f2b7c9a51e04d86b0aa7c1d5e9f8823c4d6e7f8091a2b3c4d5e6f708192a3b4,task_memcg=/docker/3f2b7c9a51e04d86b0aa7c1d5e9f8823c4d6e7f8091a2b3c4d5e6f708192a3b4,task=java,pid=731,uid=0
    /// Memory cgroup out of memory: Killed process 731 (java) total-vm:3600000kB, anon-rss:516000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:2048kB oom_score_adj:0
    /// ```
    ///
    /// - `ubuntu-6.8_amd64_memcg1_docker`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-6.1_amd64_memcg2_nested`
    CONTAINER_INIT {
        code: "OKD512",
        name: "container-init",
        summary: "whether the container goes on without its victim",
        severity: Note,
        confidence: Medium,
    }
}

/// Programs that start another one and end with it.
const STARTERS: [&[u8]; 9] =
    [b"tini", b"dumb-init", b"docker-init", b"catatonit", b"sh", b"bash", b"dash", b"ash", b"su-exec"];

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let group = case.event.oom_group.is_some() || case.event.victims.len() != 1;
    if case.event.task_table.lacks_rows()
        || !case.is_cgroup()
        || case.event.kind != EventKind::OomKill
        || group
        || !is_own_limit(case)
    {
        return;
    }
    let Some(victim) = case.victim().and_then(|victim| case.task(victim.pid)) else { return };
    let Some([oldest, second]) = oldest(&case.event.tasks) else { return };
    let own = format!("{} (pid {})", victim.comm, victim.pid);
    let of = format!("{} (pid {})", oldest.comm, oldest.pid);
    let (own_life, shared_life) = (
        process(oldest) == process(victim),
        STARTERS.contains(&oldest.comm.as_bytes()) && process(second) == process(victim),
    );
    let said = if own_life {
        format!(
            "{own} is the first process of its container: the container ended with it, with exit code 137"
        )
    } else if shared_life {
        format!(
            "{own} is what {of} started as the main process of its container, which mostly ends with it, with exit code 137"
        )
    } else {
        format!(
            "{own} is not the main process of its container, which began with {of}: the container goes on without it, and \
             neither a restart nor OOMKilled may be shown"
        )
    };
    let finding = findings.at(case.proof_of_task(victim), said);
    if !own_life {
        finding.and([case.proof_of_task(oldest)]);
    }
    if !own_life && !shared_life {
        finding.severity(Severity::Warning).remedy(
            "let the first process end when such a child dies, or check the health of the child; with \
             memory.oom.group=1 the kernel kills the container as a whole",
        );
    }
    if case.event.tasks.len() == 1 {
        finding.confidence(Confidence::High);
    }
}

/// Returns the oldest two by their process ids; the sandbox of a pod is no process of a container's.
fn oldest(tasks: &[Task]) -> Option<[&Task; 2]> {
    let of_container = || tasks.iter().filter(|task| task.comm.as_bytes() != b"pause");
    let first = of_container().min_by_key(|task| process(task))?;
    let others = of_container().filter(|task| process(task) != process(first));
    Some([first, others.min_by_key(|task| process(task)).unwrap_or(first)])
}

fn process(task: &Task) -> oomkit_core::ident::Pid {
    task.tgid.unwrap_or(task.pid)
}

/// Tells whether the limit was that of the container itself, so that the table lists nobody else.
fn is_own_limit(case: &Case) -> bool {
    let path = case.cgroup.as_ref().and_then(|cgroup| cgroup.path.as_deref());
    let id = case.event.workload.as_ref().and_then(|workload| workload.container_id.as_deref());
    path.zip(id).is_some_and(|(path, id)| path.contains(id))
}
