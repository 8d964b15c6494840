//! The kernel listed its unreclaimable slab caches, and which are the largest.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::ident::visible;

use crate::case::Case;
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The report has the list of unreclaimable slab caches, which the kernel prints exactly when they hold more than all memory of processes and files.
    ///
    /// ## Why it matters
    ///
    /// The name of the largest cache often names the culprit: a file system, the network, a driver.
    ///
    /// ## Fires
    ///
    /// - `debian-6.12_amd64_slab_inodes`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    SLAB_CACHES {
        code: "OKD007",
        name: "slab-caches",
        summary: "the largest slab caches",
        severity: Warning,
        confidence: High,
    }
}

/// What the objects of a cache are, by how its name begins.
const MEANINGS: &[(&str, &str)] = &[
    ("dentry", "names of files that were looked up"),
    ("kmalloc", "unnamed allocations, often of a driver"),
    ("task_struct", "processes and threads: there are too many"),
    ("mm_struct", "processes: there are too many"),
    ("skbuff", "network packets that nobody fetched"),
    ("TCP", "TCP connections"),
    ("UDP", "UDP sockets"),
    ("sock_inode_cache", "sockets"),
    ("vm_area_struct", "memory mappings: a process has too many"),
    ("filp", "open files"),
    ("radix_tree_node", "indexes of the page cache"),
    ("xa_node", "indexes of the page cache"),
    ("buffer_head", "blocks of file systems"),
    ("bio", "requests to disks"),
    ("ext4_inode_cache", "inodes of ext4"),
    ("xfs_inode", "inodes of XFS"),
    ("shmem_inode_cache", "inodes of tmpfs: very many small files"),
    ("inode_cache", "inodes"),
    ("nf_conntrack", "tracked connections of the firewall"),
];

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(first) = case.event.slab.first() else { return };
    let named = case.event.slab.iter().take(3).map(|cache| {
        let meaning = meaning(&cache.name).map_or_else(String::new, |meaning| format!(" ({meaning})"));
        format!("{}{meaning} {}", visible(cache.name.as_bytes()), cache.total_bytes)
    });
    let said = format!(
        "unreclaimable kernel objects held more than all processes and files; the largest caches: {}",
        named.collect::<Vec<_>>().join(", ")
    );
    findings.at(case.proof(Part::Slab, &first.name), said);
}

fn meaning(cache: &str) -> Option<&'static str> {
    let known = MEANINGS.iter().find(|(start, _)| cache.starts_with(start));
    let inodes = cache.ends_with("_inode_cache").then_some("inodes of a file system");
    known.map(|(_, meaning)| *meaning).or(inodes)
}
