//! The lines about a memory cgroup: who ran into which limit, and how far.

use super::Word;

const MEMCG: &str = "mm/memcontrol.c";
const V1: &str = "mm/memcontrol-v1.c";

pub(super) const WORDS: &[Word] = words! {
    "Task in" ["killed as a result of limit of"]: "", "2.6.30 to 4.20", MEMCG;
        "Names the cgroup of the victim and then the cgroup whose limit was hit. "
        "Kernels up to 2.6.35 name the cgroup of the asking task in the first place.";
    "Memory limit reached of cgroup": "", "4.1 to 4.20", MEMCG;
        "Names the cgroup whose limit was hit where no victim is known.";
    "memory" ["memory: usage"]: "kB", "2.6.30", MEMCG;
        "The use, the limit and the failures of the cgroup whose limit was hit, for memory of every kind that is charged to it.";
    "memory+swap" ["memsw"]: "kB", "2.6.30", V1;
        "Use, limit and failures of memory and swap together. "
        "Since 5.3 the line means that the hierarchy is of version 1.";
    "kmem": "kB", "3.8", V1;
        "Use, limit and failures of kernel memory, of version 1. "
        "Under version 2 older kernels print the line too, and it means nothing there.";
    "swap" ["swap: usage"]: "kB in the line of this name; bytes in version 1 statistics", "5.3", MEMCG;
        "Use, limit and failures of swap alone; since 5.3 the line means that the hierarchy is of version 2. "
        "In the statistics of version 1 it is the swap in use.";
    "usage": "kB", "2.6.30", MEMCG;
        "What is charged to the cgroup and everything below it.";
    "limit": "kB", "2.6.30", MEMCG;
        "The hard limit. "
        "A number close to 9007199254740988 means that there is none, and its last digits tell the page size.";
    "failcnt": "count", "2.6.30", MEMCG;
        "How often the limit stood in the way of a charge; most of these ended well, after some reclaim. "
        "Under version 2 it is the count of `max` events (since 6.15).";
    "Memory cgroup stats for": "", "3.9", MEMCG;
        "Introduces the statistics of a cgroup and names it. "
        "Until 5.2 there is one line for each cgroup of the subtree, in KiB; since 5.3 there is one list for the limited cgroup, in bytes.";
    "memory.max": "bytes", "4.5", MEMCG;
        "The hard limit of a cgroup: reaching it means reclaim, and failing that, a kill inside of the group.";
    "memory.limit_in_bytes": "bytes", "2.6.25", V1;
        "The hard limit of a cgroup of version 1.";
    "memory.high": "bytes", "4.5", MEMCG;
        "The level above which the tasks of a cgroup are slowed down and reclaimed from, without ever being killed for it.";
    "memory.low": "bytes", "4.5", MEMCG;
        "Memory that reclaim leaves to a cgroup as long as there is anything else to take.";
    "memory.min": "bytes", "4.18", MEMCG;
        "Memory that reclaim never takes from a cgroup, even if that means an OOM kill elsewhere.";
    "memory.swap.max": "bytes", "4.5", MEMCG;
        "The limit of swap of a cgroup of version 2, apart from the limit of memory.";
    "memory.memsw.limit_in_bytes": "bytes", "2.6.29", V1;
        "The limit of memory and swap together of a cgroup of version 1.";
    "memory.oom.group" ["oom.group", "are going to be killed due to memory.oom.group set"]: "", "4.19", MEMCG;
        "With this switch the kernel kills every process of the cgroup instead of only one.";
    "memory.oom_control" ["oom_kill_disable"]: "", "2.6.34", V1;
        "A switch of version 1 that turns kills off: tasks at the limit then wait, possibly for ever.";
    "Memory cgroup min protection" ["min protection", "low protection"]: "kB", "6.19", MEMCG;
        "How much memory is protected by `memory.min` and by `memory.low` in all cgroups together, and so out of reach for reclaim.";
};
