//! The same workload is killed again and again.

use oomkit_core::{place::Evidence, rule::Findings, units::Bytes};

use crate::case::{Case, Past, Who, lapse, percent};
use crate::report::EventKind;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// A victim of the same name in the same pod or cgroup was killed at least twice before within the hour, by other process ids and at about the same size.
    /// Where many processes of that name live side by side, they are no restarts, and neither are kills that follow each other within five seconds, or within one where each victim fills half of the limit.
    /// The name of a global victim with no cgroup in the log has to do alone.
    ///
    /// ## Why it matters
    ///
    /// Something starts it again, and it grows into the same wall.
    /// Each round costs the work that it did, and nothing will change by itself.
    ///
    /// ## Fires
    ///
    /// ```log
    /// [ 1000.000000] java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// [ 1000.000000] memory: usage 524288kB, limit 524288kB, failcnt 10
    /// [ 1000.000000] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,mems_allowed=0,oom_memcg=/system.slice/shop.service,task_memcg=/system.slice/shop.service,task=java,pid=501,uid=0
    /// [ 1000.000000] Memory cgroup out of memory: Killed process 501 (java) total-vm:4000000kB, anon-rss:520000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:1200kB oom_score_adj:0
    /// [ 1600.000000] java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// [ 1600.000000] memory: usage 524288kB, limit 524288kB, failcnt 10
    /// [ 1600.000000] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,mems_allowed=0,oom_memcg=/system.slice/shop.service,task_memcg=/system.slice/shop.service,task=java,pid=613,uid=0
    /// [ 1600.000000] Memory cgroup out of memory: Killed process 613 (java) total-vm:4000000kB, anon-rss:521000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:1200kB oom_score_adj:0
    /// [ 2230.000000] java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// [ 2230.000000] memory: usage 524288kB, limit 524288kB, failcnt 10
    /// [ 2230.000000] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,mems_allowed=0,oom_memcg=/system.slice/shop.service,task_memcg=/system.slice/shop.service,task=java,pid=702,uid=0
    /// [ 2230.000000] Memory cgroup out of memory: Killed process 702 (java) total-vm:4000000kB, anon-rss:522000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:1200kB oom_score_adj:0
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `ubuntu-5.15_amd64_swarm_big`
    /// - `debian-6.1_amd64_memcg2_concurrent`
    /// - `ubuntu-5.15_amd64_memcg2_names`
    ///
    /// ```log
    /// [ 1000.000000] java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// [ 1000.000000] memory: usage 524288kB, limit 524288kB, failcnt 10
    /// [ 1000.000000] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,mems_allowed=0,oom_memcg=/system.slice/shop.service,task_memcg=/system.slice/shop.service,task=java,pid=501,uid=0
    /// [ 1000.000000] Memory cgroup out of memory: Killed process 501 (java) total-vm:4000000kB, anon-rss:520000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:1200kB oom_score_adj:0
    /// [ 1600.000000] java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// [ 1600.000000] memory: usage 524288kB, limit 524288kB, failcnt 10
    /// [ 1600.000000] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,mems_allowed=0,oom_memcg=/system.slice/shop.service,task_memcg=/system.slice/shop.service,task=java,pid=613,uid=0
    /// [ 1600.000000] Memory cgroup out of memory: Killed process 613 (java) total-vm:4000000kB, anon-rss:521000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:1200kB oom_score_adj:0
    /// [ 9230.000000] java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
    /// [ 9230.000000] memory: usage 524288kB, limit 524288kB, failcnt 10
    /// [ 9230.000000] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,mems_allowed=0,oom_memcg=/system.slice/shop.service,task_memcg=/system.slice/shop.service,task=java,pid=702,uid=0
    /// [ 9230.000000] Memory cgroup out of memory: Killed process 702 (java) total-vm:4000000kB, anon-rss:522000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:1200kB oom_score_adj:0
    /// ```
    CRASH_LOOP {
        code: "OKD509",
        name: "crash-loop",
        summary: "the same workload is killed again and again",
        severity: Warning,
        confidence: Medium,
    }
}

/// Kills within so many seconds belong together.
const HOUR: f64 = 3600.0;
/// Fewer kills are no loop.
const ROUNDS: usize = 3;
/// So many lines of earlier kills are shown.
const SHOWN: usize = 8;

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    if case.event.kind != EventKind::OomKill || case.before.len() + 1 < ROUNDS {
        return;
    }
    let (Some(victim), Some(who)) = (case.victim(), Who::of(&case.event)) else { return };
    let same =
        case.before.iter().filter(|past| past.kind == EventKind::OomKill && past.who.as_ref() == Some(&who));
    let rounds: Vec<(&Past, f64)> = same
        .filter_map(|past| Some((&**past, past.seconds_to(&case.event).filter(|seconds| *seconds <= HOUR)?)))
        .filter(|(past, _)| past.pid != Some(victim.pid))
        .collect();
    let Some((first, span)) = rounds.first().filter(|_| ROUNDS <= rounds.len() + 1) else { return };
    let Some((least, most)) = sizes(case, &rounds) else { return };
    #[expect(clippy::cast_precision_loss, reason = "there are 64 of them at most")]
    let every = span / rounds.len() as f64;
    let crowd = is_crowd(case) || rounds.iter().any(|(past, _)| past.crowd);
    if crowd || every < life(case, least) || !alike(least, most) {
        return;
    }
    let growth = match (first.size, victim.rss_bytes.or(victim.anon_rss_bytes)) {
        (Some(then), Some(now)) if then.get() / 20 < now.get().abs_diff(then.get()) => {
            format!("from {then} the first time to {now} now")
        }
        (_, Some(now)) => format!("each time at about {now}"),
        _ => "each time at about the same size".to_owned(),
    };
    let said = format!(
        "{} was killed {} times in {}, about every {}, {growth}: it is started again and runs into {}",
        victim.comm,
        rounds.len() + 1,
        lapse(*span),
        lapse(every),
        wall(case)
    );
    let earlier = rounds.iter().rev().take(SHOWN).map(|(past, _)| past.proof.clone());
    findings.at(case.proof_of_kill(victim), said).and(earlier).remedy(remedy(case, most));
}

/// Returns the smallest and the largest of the victims; `None` where a size is not known.
fn sizes(case: &Case, rounds: &[(&Past, f64)]) -> Option<(Bytes, Bytes)> {
    let own = case.victim().and_then(|victim| victim.rss_bytes.or(victim.anon_rss_bytes));
    let sizes: Option<Vec<Bytes>> = rounds.iter().map(|(past, _)| past.size).chain([own]).collect();
    let sizes = sizes?;
    Some((*sizes.iter().min()?, *sizes.iter().max()?)).filter(|(least, _)| *least != Bytes::ZERO)
}

/// Returns for how many seconds a process has to live, that its death is no mere burst of kills.
fn life(case: &Case, least: Bytes) -> f64 {
    match case.cgroup.as_ref().and_then(|cgroup| cgroup.limit) {
        // Alone it fills the limit, so there was no other of its kind at the same time.
        Some(limit) if limit.get() / 2 <= least.get() => 1.0,
        _ => 5.0,
    }
}

/// Sizes alike: the largest is not half as large again as the smallest.
const fn alike(least: Bytes, most: Bytes) -> bool {
    most.get() <= least.get() + least.get() / 2
}

fn is_crowd(case: &Case) -> bool {
    /// So many of a name are no restarts of each other.
    const CROWD: u64 = 5;
    let name = case.victim().map(|victim| victim.comm.to_string()).unwrap_or_default();
    case.tasks.names.iter().any(|group| group.name == name && CROWD <= group.tasks)
}

fn wall(case: &Case) -> String {
    match case.cgroup.as_ref().and_then(|cgroup| cgroup.limit) {
        Some(limit) => format!("the same limit of {limit}"),
        None if case.is_global() => "the end of the machine's memory".to_owned(),
        None => "the same limit".to_owned(),
    }
}

fn remedy(case: &Case, most: Bytes) -> String {
    match case.cgroup.as_ref().and_then(|cgroup| cgroup.limit) {
        Some(limit) => format!(
            "raise the limit to {} for a while: if it stops below that, it needs that much; if it grows into that limit \
             as well, it leaks, and only a fix of the program helps",
            percent(limit, 150)
        ),
        None => format!(
            "limit its memory a little above {most}, so that it dies alone, and look for the leak or the work that makes it \
             grow that far"
        ),
    }
}
