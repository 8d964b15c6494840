//! What the asking task was doing, by the functions of its call trace.

use oomkit_core::{place::Evidence, rule::Findings};

use crate::case::{Case, calls_itself};
use crate::report::{Part, Scope};

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The call trace is read from the allocator outwards, and the first function that is known tells what the task was doing.
    /// A task that merely touches new memory of its own is mentioned where it is also the one that holds most.
    ///
    /// ## Why it matters
    ///
    /// It supports or weakens a cause: who writes to a tmpfs, forks, or reads its program back in at that moment is telling.
    /// But the asking task only came last, so this is an indication and never a cause.
    ///
    /// ## Fires
    ///
    /// - `debian-6.12_amd64_tmpfs`
    /// - `ubuntu-5.4_amd64_pgtable`
    /// - `ubuntu-5.15_amd64_slab_inodes`
    /// - `debian-6.12_amd64_memcg2_pipe`
    ///
    /// ## Stays silent
    ///
    /// - `debian-7.2_amd64_sysrq_f`
    /// - `debian-6.18_amd64_nodump`
    CALL_TRACE {
        code: "OKD601",
        name: "call-trace",
        summary: "what the asking task was doing",
        severity: Note,
        confidence: Low,
    }
}

/// Functions that tell what a task was doing.
struct Doing {
    /// The functions; `*` at the end stands for any further letters.
    functions: &'static [&'static str],
    /// What it was doing, after "was".
    words: &'static str,
    /// What that supports, or weakens.
    supports: &'static str,
    /// When it is worth a word.
    when: fn(&Case) -> bool,
}

/// What is found on the way out of the allocator; the first function of the trace that is in any row decides.
const DOINGS: &[Doing] = &[
    Doing {
        functions: &["bpf_out_of_memory", "bpf_handle_oom"],
        words: "handled by a BPF program that decides whom to kill",
        supports: "the kernel's own rule may not explain the choice",
        when: |_| true,
    },
    Doing {
        functions: &[
            "obj_cgroup_charge*",
            "__memcg_kmem_charge*",
            "memcg_kmem_charge*",
            "memcg_charge_kernel_stack",
        ],
        words: "using kernel memory that is charged to its cgroup",
        supports: "this would fit kernel memory in the cgroup: pipes, sockets, files, stacks",
        when: |_| true,
    },
    Doing {
        functions: &[
            "mem_cgroup_charge*",
            "__mem_cgroup_charge*",
            "charge_memcg",
            "try_charge*",
            "mem_cgroup_try_charge*",
        ],
        words: "charged for a page by its cgroup",
        supports: "a cgroup's limit was hit, though the log has lost the lines that say so",
        when: |case| case.event.scope == Scope::Unknown,
    },
    Doing {
        functions: &["shmem_alloc_inode", "shmem_get_inode", "shmem_mknod", "__shmem_get_inode"],
        words: "making a file in a tmpfs",
        supports: "files are slab, even where they are empty",
        when: |_| true,
    },
    Doing {
        functions: &["shmem_*"],
        words: "writing to a tmpfs or to shared memory",
        supports: "this would fit a tmpfs or shared memory that grew",
        when: |_| true,
    },
    Doing {
        functions: &["pipe_write", "anon_pipe_write", "alloc_pipe_info"],
        words: "writing into a pipe",
        supports: "pages in pipes are in no counter of the machine's",
        when: |_| true,
    },
    Doing {
        functions: &[
            "sk_page_frag_refill",
            "skb_page_frag_refill",
            "tcp_sendmsg*",
            "__alloc_skb",
            "alloc_skb_with_frags",
            "sock_alloc_send_pskb",
            "unix_stream_sendmsg",
        ],
        words: "filling a socket's buffer",
        supports: "this would fit slow readers, or very many connections",
        when: |_| true,
    },
    Doing {
        functions: &["pte_alloc_one*", "__pte_alloc*", "__pmd_alloc", "__pud_alloc", "pmd_alloc_one"],
        words: "adding page tables",
        supports: "this would fit a large or sparse mapping",
        when: |_| true,
    },
    Doing {
        functions: &[
            "copy_process*",
            "dup_task_struct",
            "alloc_thread_stack_node",
            "_do_fork",
            "kernel_clone",
        ],
        words: "starting a process or thread",
        supports: "this would fit very many processes; old kernels want several pages in one piece for a stack",
        when: |_| true,
    },
    Doing {
        functions: &[
            "filemap_fault",
            "page_cache_ra_*",
            "read_pages",
            "do_swap_page",
            "swapin_readahead",
            "swap_cluster_readahead",
            "__do_page_cache_readahead",
            "page_cache_async_readahead",
            "page_cache_sync_readahead",
        ],
        words: "reading back a page of a file, of its program or of swap",
        supports: "this would fit thrashing, where what is thrown out is needed again at once",
        when: |_| true,
    },
    Doing {
        functions: &[
            "do_anonymous_page",
            "wp_page_copy",
            "do_wp_page",
            "do_huge_pmd_anonymous_page",
            "do_cow_fault",
            "alloc_anon_folio",
        ],
        words: "touching new memory of its own",
        supports: "the process that holds most was still growing",
        when: calls_itself,
    },
    Doing {
        functions: &[
            "generic_perform_write",
            "iomap_write*",
            "iomap_file_buffered_write",
            "ext4_write_begin",
            "ext4_da_write_begin",
            "ext4_buffered_write_iter",
            "xfs_file_buffered_write",
            "btrfs_buffered_write",
            "create_empty_buffers",
            "block_write_begin",
        ],
        words: "writing to a file",
        supports: "this would fit file pages that are written faster than the disk takes them",
        when: |_| true,
    },
    Doing {
        functions: &[
            "alloc_inode",
            "new_inode*",
            "iget_locked",
            "d_alloc*",
            "getname*",
            "alloc_empty_file",
            "ext4_alloc_inode",
        ],
        words: "opening or making a file",
        supports: "this would fit very many inodes and dentries",
        when: |_| true,
    },
];

/// What is left where none of those functions stands in the trace.
const OTHERWISE: &[Doing] = &[
    Doing {
        functions: &["module_alloc", "load_module"],
        words: "loading a kernel module",
        supports: "this would fit a driver",
        when: |_| true,
    },
    Doing {
        functions: &["vmalloc*", "__vmalloc*", "bpf_*"],
        words: "using memory of the kernel's own, for a driver or a BPF program",
        supports: "this would fit the kernel, not a process",
        when: |_| true,
    },
    Doing {
        functions: &["kmem_cache_alloc*", "__kmalloc*", "kmalloc*", "new_slab", "allocate_slab"],
        words: "using an object of the kernel's own",
        supports: "this would fit slab",
        when: |_| true,
    },
];

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let by_hand = matches!(case.event.scope, Scope::Sysrq);
    if by_hand || case.trace.is_empty() || !(case.is_oom() || case.speaks_of_machine()) {
        return;
    }
    let first = DOINGS_IN_ORDER.iter().find_map(|rows| first(case, rows));
    let Some((doing, function)) = first.filter(|(doing, _)| (doing.when)(case)) else { return };
    let who = case.event.trigger.as_ref().and_then(|trigger| trigger.comm.as_ref());
    let who = who.map_or_else(|| "the asking task".to_owned(), ToString::to_string);
    let said = format!("{who} was {} ({function} in its call trace); {}", doing.words, doing.supports);
    findings.at(case.proof(Part::Stack, function), said);
}

const DOINGS_IN_ORDER: [&[Doing]; 2] = [DOINGS, OTHERWISE];

/// Returns the row of the first function in the trace that any row has.
fn first<'a>(case: &'a Case, rows: &'static [Doing]) -> Option<(&'static Doing, &'a str)> {
    // In a cgroup's report, the charge itself says nothing new, and stands in front of all else.
    let told = case.is_cgroup();
    case.trace.iter().find_map(|called| {
        let is_one = |doing: &&Doing| {
            let known = doing.functions.iter().any(|function| crate::case::is(called, function));
            known && !(told && doing.words.starts_with("charged"))
        };
        rows.iter().find(is_one).map(|doing| (doing, called.as_str()))
    })
}
