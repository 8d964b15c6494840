//! Many processes share a cgroup's memory, and none of them is large.

use oomkit_core::{place::Evidence, rule::Findings, units::Bytes};

use super::memcg_one_process;
use crate::case::{Case, TaskGroup, at_least, less, of_whole};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least half of what the cgroup uses, swap included, is anonymous memory, no process holds half
    /// of that, and the candidates together do.
    ///
    /// ## Why it matters
    ///
    /// There is no single process to blame: the number of workers times their size is what the limit has
    /// to hold.
    /// The kill takes one of them, and the group is full again soon.
    ///
    /// ## Fires
    ///
    /// ```log
    /// php-fpm invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// memory: usage 65536kB, limit 65536kB, failcnt 30
    /// swap: usage 0kB, limit 9007199254740988kB, failcnt 0
    /// Memory cgroup stats for /pool:
    /// anon 62914560
    /// file 0
    /// [  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name
    /// [    501]     0   501     9000     5120     5120        0         0    61440        0             0 php-fpm
    /// [    502]     0   502     9000     5120     5120        0         0    61440        0             0 php-fpm
    /// [    503]     0   503     9000     5120     5120        0         0    61440        0             0 php-fpm
    /// oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/pool,task_memcg=/pool,task=php-fpm,pid=501,uid=0
    /// Memory cgroup out of memory: Killed process 501 (php-fpm) total-vm:36000kB, anon-rss:20480kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:60kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_memcg2_group`
    /// - `debian-6.12_amd64_memcg2_pipe`
    /// - `ubuntu-5.4_amd64_memcg2_tmpfs`
    MEMCG_MANY_PROCESSES {
        code: "OKD327",
        name: "memcg-many-processes",
        summary: "many processes share a cgroup's memory, and none of them is large",
        severity: Error,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some((group, held, whole)) = holders(case) else { return };
    let tasks = case.event.tasks.len();
    let all = format!("{tasks} processes together held {}", of_whole(held, whole));
    let named = 1 < group.tasks && at_least(group.memory, 50, case.tasks.memory);
    let said = if named {
        let each = Bytes::new(group.memory.get() / group.tasks);
        format!("{all}, {} of them named {}, {each} each on average", group.tasks, group.name)
    } else {
        format!("{all}, and none of them half of it")
    };
    let proof = case.largest_of(group).map_or_else(|| case.proof_of_limit(), |task| case.proof_of_task(task));
    let remedy = if named {
        let room = whole.get() / (group.memory.get() / group.tasks).max(1);
        format!(
            "run fewer of {} in this group (at this size {room} fill it: pm.max_children, MaxRequestWorkers, the \
             size of the pool), or raise the limit",
            group.name
        )
    } else {
        "run fewer of them in one group, or raise the limit".into()
    };
    findings.at(proof, said).and([case.proof_of_limit()]).remedy(remedy);
}

/// Returns the largest group of one name, what all candidates hold, and the whole of the cgroup.
pub(super) fn holders(case: &Case) -> Option<(&TaskGroup, Bytes, Bytes)> {
    let (cgroup, used) = case.full_cgroup()?;
    let whole = used.saturating_add(cgroup.swap.unwrap_or_default());
    let anon = cgroup.anon_and_swap().filter(|anon| at_least(*anon, 50, whole))?;
    let held = case.tasks.memory;
    if case.event.tasks.len() < 2 || !at_least(held, 50, anon) || memcg_one_process::largest(case).is_some() {
        return None;
    }
    // One that holds most of what all hold is not one of many.
    let (_, most) = case.largest_owner()?;
    if less(held, most) < most {
        return None;
    }
    // Tables up to Linux 6.7 count shared pages once for each process.
    Some((case.tasks.names.first()?, held.min(anon), whole))
}
