//! A report of a machine or of a cgroup out of memory, with numbers that belong together.

use super::random::Random;

/// The candidates of a report.
const TASKS: u64 = 120;

/// The head of a report of a machine; `{N}` are filled in.
const GLOBAL: &str = include_str!("report/global.txt");
/// The head of a report of a cgroup.
const MEMCG: &str = include_str!("report/memcg.txt");

/// Returns the text of a report, without any wrapping; every third is about a cgroup.
pub(super) fn text(random: &mut Random, number: usize) -> String {
    let memcg = number % 3 == 2;
    let pid = 10_000 + random.below(20_000);
    let rss = 400_000 + random.below(200_000);
    let head = if memcg { MEMCG } else { GLOBAL };
    let mut text = head.replace("{PID}", &pid.to_string());
    text.push_str("Tasks state (memory values in pages):\n");
    text.push_str("[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n");
    let tasks = if memcg { 4 } else { TASKS };
    for task in 0..tasks {
        let (id, size) = (300 + task * 37, 200 + random.below(9_000));
        text.push_str(&row(id, size * 11, size, "worker"));
    }
    text.push_str(&row(pid, rss + 90_000, rss, "python3"));
    text.push_str(&kill(memcg, pid, rss));
    text
}

fn row(pid: u64, total: u64, rss: u64, name: &str) -> String {
    let tables = (rss / 512 + 20) * 4096;
    format!("[{pid:7}]  1000 {pid:5} {total:8} {rss:8} {tables:8}        0             0 {name}\n")
}

fn kill(memcg: bool, pid: u64, rss: u64) -> String {
    let (whose, prefix) = if memcg {
        ("oom_memcg=/docker/9f1c,task_memcg=/docker/9f1c", "Memory cgroup out of memory")
    } else {
        ("global_oom,task_memcg=/user.slice/user-1000.slice/session-4.scope", "Out of memory")
    };
    let constraint = if memcg { "CONSTRAINT_MEMCG" } else { "CONSTRAINT_NONE" };
    let (total, anon, tables) = ((rss + 90_000) * 4, rss * 4, (rss / 512 + 20) * 4);
    format!(
        "oom-kill:constraint={constraint},nodemask=(null),cpuset=/,mems_allowed=0,{whose},task=python3,pid={pid},uid=1000\n\
         {prefix}: Killed process {pid} (python3) total-vm:{total}kB, anon-rss:{anon}kB, file-rss:0kB, shmem-rss:0kB, \
         UID:1000 pgtables:{tables}kB oom_score_adj:0\n\
         oom_reaper: reaped process {pid} (python3), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_whole_and_differ() {
        let mut random = Random::new(1);
        let (first, third) = (text(&mut random, 0), text(&mut random, 2));
        assert!(!first.contains('{') && !third.contains('{'));
        assert!(first.contains("Mem-Info:") && third.contains("Memory cgroup stats"));
        assert_ne!(first, text(&mut random, 0));
    }
}
