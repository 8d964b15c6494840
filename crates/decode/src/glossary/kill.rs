//! The summary line, the kill line, the reaper, panics and relatives of an OOM kill.

use super::Word;

const OOM: &str = "mm/oom_kill.c";
const PAGE_ALLOC: &str = "mm/page_alloc.c";

pub(super) const WORDS: &[Word] = words! {
    "oom-kill": "", "5.0", OOM;
        "The summary line: what limited the allocation, whose limit it was, and who was chosen.";
    "constraint": "name", "5.0", OOM;
        "What limited the allocation. "
        "Kernels 5.0 and 5.1 always print CONSTRAINT_NONE, whatever it was.";
    "CONSTRAINT_NONE": "", "5.0", OOM;
        "Nothing but the machine itself: the whole machine is out of memory.";
    "CONSTRAINT_CPUSET": "", "5.0", OOM;
        "The nodes that the cpuset allows are out of memory; other nodes may have some left.";
    "CONSTRAINT_MEMORY_POLICY": "", "5.0", OOM;
        "The nodes that a memory policy allows (numactl, mbind) are out of memory; other nodes may have some left.";
    "CONSTRAINT_MEMCG": "", "5.0", OOM;
        "A memory cgroup has reached its limit; the machine may have plenty left.";
    "global_oom": "", "5.0", OOM;
        "The report is about the machine and not about a cgroup's limit.";
    "oom_memcg": "path of a cgroup", "5.0", OOM;
        "The cgroup whose limit was reached, which may stand above the victim's own.";
    "task_memcg": "path of a cgroup", "5.0", OOM;
        "The cgroup that the victim lives in; it tells unit, pod and container.";
    "task": "at most 15 bytes", "5.0", OOM;
        "The name of the chosen process.";
    "Out of memory": "", "always", OOM;
        "Begins the kill line of a machine that is out of memory.";
    "Memory cgroup out of memory": "", "2.6.25", OOM;
        "Begins the kill line of a cgroup at its limit. "
        "Without a report before it, the report was suppressed by the rate limit.";
    "oom_kill_allocating_task" ["Out of memory (oom_kill_allocating_task)"]: "", "2.6.24", OOM;
        "A setting that makes the kernel kill whoever asks instead of looking for the largest. "
        "The score of such a kill is printed as 0.";
    "No available memory" ["No available memory (MPOL_BIND)", "No available memory in cpuset"]: "", "always to 2.6.35", OOM;
        "Begins the kill line when a memory policy or a cpuset limited the allocation.";
    "Kill process" ["or sacrifice child", "or a child"]: "", "always to 5.0", OOM;
        "Says whom the kernel chose and with which score. "
        "It is not yet a kill: the next line may name a child of the chosen process.";
    "score": "thousandths of the memory in question", "always to 5.0", OOM;
        "The share of memory that the chosen process holds, plus its adjustment; it exceeds 1000 where the adjustment is large. "
        "Up to 2.6.35 it is a number without a scale.";
    "anon-rss": "kB", "2.6.33", OOM;
        "Anonymous memory of the victim at the moment of the kill, which is what the kill frees. "
        "In the line of the reaper it is what was left over.";
    "file-rss": "kB", "2.6.33", OOM;
        "File pages that the victim had mapped; they could have been dropped without a kill. "
        "Up to 4.4 shared memory is counted here as well.";
    "shmem-rss": "kB", "4.5", OOM;
        "Shared memory that the victim had mapped. "
        "The kill does not free it as long as somebody else maps it or the file exists.";
    "pgtables": "kB", "5.4", OOM;
        "Page tables of the victim. "
        "Early kernels with this field print bytes and call them kB.";
    "oom_reaper" ["reaped process"]: "", "4.6", OOM;
        "The kernel thread that takes the victim's memory back while the victim is still on its way out. "
        "Its line shows what could not be taken.";
    "unable to reap": "", "4.6", OOM;
        "The reaper could not get at the victim's memory, mostly because somebody held a lock on it.";
    "has mm pinned by": "", "4.8", OOM;
        "Another process uses the same memory and cannot be killed, so the kill frees nothing.";
    "sharing same memory": "", "2.6.38 to 4.3", OOM;
        "A process that shares the victim's memory is killed along with it.";
    "is already exiting": "", "5.9", OOM;
        "The chosen process was on its way out, so nobody else was killed.";
    "no killable processes" ["Out of memory and no killable processes..."]: "", "always", OOM;
        "Everybody left is protected, in the kernel, or gone. "
        "For the machine this ends in a panic, for a cgroup the allocation fails.";
    "System is deadlocked on memory": "", "4.19", OOM;
        "The panic after nobody was found whom the kernel may kill.";
    "panic_on_oom" ["system-wide panic_on_oom is enabled", "compulsory panic_on_oom is enabled", "panic_on_oom is selected"]: "0, 1 or 2", "2.6.18", OOM;
        "A setting that makes the kernel panic instead of killing: 1 unless the allocation was limited to some nodes or a cgroup, 2 always.";
    "callbacks suppressed" ["messages suppressed"]: "count", "always", "lib/ratelimit.c";
        "How many reports the rate limit has swallowed: since 3.4 at most ten in five seconds are printed.";
    "page allocation failure": "", "always", PAGE_ALLOC;
        "An allocation failed without a kill, because it could not wait or did not want one. "
        "It is no OOM kill, though it prints the same counters.";
    "page allocation stalls" ["page allocation stall"]: "ms or seconds", "4.9 to 4.14, again since 7.0", PAGE_ALLOC;
        "An allocation has been trying for this long; reclaim goes on.";
    "VM_FAULT_OOM": "", "always", OOM;
        "A page fault could not get memory and tries again.";
    "Manual OOM execution": "", "always", "drivers/tty/sysrq.c";
        "Somebody asked for a kill through SysRq-f; the machine need not be short of memory.";
    "Show Memory": "", "always", "drivers/tty/sysrq.c";
        "Somebody asked for the counters through SysRq-m; nothing was killed.";
    "OOM killer enabled" ["OOM killer disabled"]: "", "4.12", OOM;
        "Printed around suspend and hibernation; it is not about memory running out.";
    "tried to kill init!": "", "always to 2.6.35", OOM;
        "The choice fell on the first process, which is never killed.";
};
