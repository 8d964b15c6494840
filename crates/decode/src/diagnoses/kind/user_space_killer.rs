//! A program in user space killed, not the kernel.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::ident::visible;

use crate::case::Case;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// The line is that of systemd-oomd, earlyoom, nohang, oomd, lmkd or the kubelet.
    ///
    /// ## Why it matters
    ///
    /// Its own thresholds decide, and the kernel's rules do not apply.
    ///
    /// ## Fires
    ///
    /// ```log
    /// May 10 15:45:51 host earlyoom[612]: sending SIGTERM to process 4242 uid 1000 "chrome": badness 862, VmRSS 1834 MiB
    /// ```
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    USER_SPACE_KILLER {
        code: "OKD118",
        name: "user-space-killer",
        summary: "a program in user space killed",
        severity: Note,
        confidence: High,
    }
}

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let Some(killer) = case.event.killer.as_ref() else { return };
    let remedy = match killer.name.as_str() {
        "systemd-oomd" => {
            "its thresholds are ManagedOOMSwap=, ManagedOOMMemoryPressure= and their limits; `oomctl` shows them"
        }
        "earlyoom" => "its thresholds are the options -m and -s; --avoid protects by name",
        "kubelet" => "its thresholds are evictionHard and evictionSoft; pods above their request go first",
        _ => "see its own configuration for the thresholds",
    };
    let said =
        format!("{} killed on its own thresholds; the kernel did not", visible(killer.name.as_bytes()));
    findings.at(case.line(case.event.first_line), said).remedy(remedy);
}
