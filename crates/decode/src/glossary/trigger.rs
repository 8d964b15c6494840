//! The head of a report: the trigger line, the cpuset line, the processor line and the taint letters.

use super::Word;

const OOM: &str = "mm/oom_kill.c";
const DUMP: &str = "lib/dump_stack.c";
const TAINT: &str = "kernel/panic.c";

pub(super) const WORDS: &[Word] = words! {
    "gfp_mask" ["gfp", "mode"]: "bit mask", "always", OOM;
        "What kind of memory was asked for and what the kernel may do to get it, as bits. "
        "The layout of the bits has changed five times; kernels since 4.6 print the names as well, and only those can be trusted.";
    "order": "power of two of pages", "always", OOM;
        "The size of the allocation: 2^order pages in one piece, so 0 is a single page and 3 is eight. "
        "-1 means that somebody asked for the kill through SysRq-f (since 4.3).";
    "nodemask": "list of nodes", "4.9", OOM;
        "The nodes that a memory policy allows for this allocation, or `(null)` where there is no policy. "
        "It stands in the trigger line from 4.9 to 4.20 and in the `oom-kill:` line since.";
    "oom_score_adj": "-1000 to 1000", "2.6.36", "fs/proc/base.c";
        "The adjustment of a task's score, in thousandths of all memory: -1000 is never killed, 1000 is killed first. "
        "In the trigger line it belongs to the task that asked, in the task table and the kill line to the candidate or victim.";
    "oom_adj" ["oomkilladj"]: "-17 to 15", "2.6.11 to 3.6", "fs/proc/base.c";
        "The adjustment of old, a shift of the score by powers of two; -17 means never. "
        "Its successor is the adjustment in thousandths, `oom_score_adj`.";
    "cpuset": "name of a cpuset", "2.6.29", "kernel/cgroup/cpuset.c";
        "The last part of the path of the cpuset cgroup that the task lives in; `/` is the root. "
        "In containers it is often the id of the container.";
    "mems_allowed": "list of nodes", "2.6.29", "kernel/cgroup/cpuset.c";
        "The NUMA nodes that the cpuset allows. "
        "If they are fewer than the machine has, memory may be free elsewhere and yet out of reach.";
    "COMPACTION is disabled!!!": "", "4.9", OOM;
        "The kernel was built without compaction and the allocation wanted several pages in one piece.";
    "pid" ["process id"]: "process or thread id", "always", DUMP;
        "The id of a task in the initial pid namespace; inside of a container the same task has another one. "
        "In the head of a report it is a thread id, in the task table the id of the thread that owns the memory.";
    "comm" ["name", "command name"]: "at most 15 bytes", "always", "fs/exec.c";
        "The name of a thread, which it may choose freely: spaces, brackets and bytes that are no text occur. "
        "It is neither a path nor necessarily the name of the program.";
    "uid": "user id", "always", OOM;
        "The user that a task runs as, seen from the initial user namespace. "
        "The task table and the kill line have the real id, the processor line (since 6.11) the effective one.";
    "cpu": "number of a processor", "always", DUMP;
        "In the head of a report, the processor on which the trigger ran. "
        "The task table of 2.6.25 to 3.5 has a column of this name with the processor that a task last ran on.";
    "Kdump" ["kdump: loaded"]: "", "4.17", DUMP;
        "A crash kernel is loaded, so a panic would leave a dump of memory behind.";
    "Hardware name": "", "3.10", DUMP;
        "Vendor, product, board and firmware, as the machine's tables or the device tree tell them.";
    "Workqueue": "", "3.10", "kernel/workqueue.c";
        "The work queue and function that the kernel thread was working for when it asked for memory.";
    "Call Trace" ["Backtrace"]: "", "always", "kernel/stacktrace.c";
        "The functions that led to the allocation, innermost first; an entry with `?` may be a leftover of an earlier call. "
        "It tells a page fault from a system call, and a cgroup's limit from an exhausted machine.";
    "preemption model" ["PREEMPT"]: "", "6.16", "kernel/sched/core.c";
        "How willingly the kernel interrupts its own work, printed behind the build number.";
    "build-id": "40 hexadecimal digits", "5.13", DUMP;
        "The fingerprint of the kernel image, for finding its debug symbols.";
    "Tainted" ["Not tainted"]: "letters", "always", TAINT;
        "Whether something has happened since boot that makes the kernel's own developers doubt a report; each letter stands for one such thing. "
        "It says nothing about memory.";
    "PROPRIETARY_MODULE" ["[P]", "taint P"]: "", "always", TAINT;
        "Taint letter P: a module under a proprietary license was loaded; G in the same place says that there was none.";
    "taint G" ["[G]"]: "", "always", TAINT;
        "All loaded modules have licenses that go with the kernel's; the opposite of P.";
    "FORCED_MODULE" ["[F]", "taint F"]: "", "always", TAINT;
        "Taint letter F: a module was loaded by force.";
    "CPU_OUT_OF_SPEC" ["[S]", "taint S"]: "", "always", TAINT;
        "Taint letter S: the kernel runs on a processor or in a setup that it was not made for.";
    "FORCED_RMMOD" ["[R]", "taint R"]: "", "always", TAINT;
        "Taint letter R: a module was removed by force.";
    "MACHINE_CHECK" ["[M]", "taint M"]: "", "always", TAINT;
        "Taint letter M: a processor reported a machine check, which can be faulty memory.";
    "BAD_PAGE" ["[B]", "taint B"]: "", "always", TAINT;
        "Taint letter B: a page was found in a state that it must not have, a sign of faulty memory or of a bug.";
    "USER" ["[U]", "taint U"]: "", "2.6.21", TAINT;
        "Taint letter U: user space asked for the taint.";
    "DIE" ["[D]", "taint D"]: "", "2.6.24", TAINT;
        "Taint letter D: the kernel has already died once since boot, with an oops or a BUG.";
    "OVERRIDDEN_ACPI_TABLE" ["[A]", "taint A"]: "", "2.6.25", TAINT;
        "Taint letter A: a table of the firmware was replaced.";
    "WARN" ["[W]", "taint W"]: "", "2.6.26", TAINT;
        "Taint letter W: a warning with a trace was printed earlier.";
    "CRAP" ["[C]", "taint C"]: "", "2.6.28", TAINT;
        "Taint letter C: a driver from the staging folder was loaded.";
    "FIRMWARE_WORKAROUND" ["[I]", "taint I"]: "", "2.6.35", TAINT;
        "Taint letter I: a severe bug of the firmware is being worked around.";
    "OOT_MODULE" ["[O]", "taint O"]: "", "3.2", TAINT;
        "Taint letter O: a module from outside of the kernel's tree was loaded.";
    "UNSIGNED_MODULE" ["[E]", "taint E"]: "", "3.15", TAINT;
        "Taint letter E: a module without a valid signature was loaded.";
    "SOFTLOCKUP" ["[L]", "taint L"]: "", "3.17", TAINT;
        "Taint letter L: a processor was stuck in the kernel for many seconds, which heavy reclaim can cause.";
    "LIVEPATCH" ["[K]", "taint K"]: "", "4.0", TAINT;
        "Taint letter K: the kernel was patched while running.";
    "AUX" ["[X]", "taint X"]: "", "4.15", TAINT;
        "Taint letter X: for distributions to use as they like.";
    "RANDSTRUCT" ["[T]", "taint T"]: "", "4.17", TAINT;
        "Taint letter T: the kernel was built with shuffled structures; on RHEL 6 and 7 the letter marks a technology preview.";
    "TEST" ["[N]", "taint N"]: "", "6.0", TAINT;
        "Taint letter N: a test of the kernel was run.";
    "FWCTL" ["[J]", "taint J"]: "", "6.15", TAINT;
        "Taint letter J: user space used a debugging interface of a device's firmware.";
};
