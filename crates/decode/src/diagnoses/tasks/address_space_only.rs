//! A large address space that is hardly used.

use oomkit_core::{place::Evidence, rule::Findings};

use super::size_of;
use crate::case::Case;
use oomkit_core::units::Bytes;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The victim's address space is a gigabyte or more, and at least twenty times its resident memory.
    ///
    /// ## Why it matters
    ///
    /// Go, Java and sanitizers reserve address space far beyond what they use.
    /// The number total-vm of the kill is no memory, and no sign of a leak.
    ///
    /// ## Fires
    ///
    /// - `ubuntu-5.15_amd64_adj`
    ///
    /// ## Stays silent
    ///
    /// - `ubuntu-6.8_amd64_memcg2_k8s`
    /// - `debian-6.12_amd64_tmpfs`
    ADDRESS_SPACE_ONLY {
        code: "OKD507",
        name: "address-space-only",
        summary: "address space is not memory",
        severity: Note,
        confidence: Medium,
    }
}

/// Nobody wonders about less.
const LARGE: Bytes = Bytes::new(1 << 30);

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(victim) = case.victim().filter(|_| case.is_oom()) else { return };
    let (Some(space), Some(size)) = (victim.total_vm_bytes, size_of(case, victim)) else { return };
    if space < LARGE || size == Bytes::ZERO || space.get() / 20 < size.get() {
        return;
    }
    let said = format!(
        "the {space} of the kill are address space of {} (pid {}), of which {size} were in memory: no sign of a leak by itself",
        victim.comm, victim.pid
    );
    findings.at(case.proof_of_kill(victim), said);
}
