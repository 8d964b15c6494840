//! What fills a cgroup: the larger half is a fact, less of it is a matter of thresholds.

use oomkit_core::{
    finding::{Confidence, Finding, Severity},
    units::Bytes,
};

use crate::case::{Case, CgroupFigures, at_least};

/// Returns the figures of a full cgroup, a part and the whole, where the part is large enough.
pub(super) fn part_of(
    case: &Case,
    part: fn(&CgroupFigures) -> Option<Bytes>,
    percent: u64,
) -> Option<(&CgroupFigures, Bytes, Bytes)> {
    let (cgroup, whole) = case.full_cgroup()?;
    let part = part(cgroup)?;
    at_least(part, percent, whole).then_some((cgroup, part, whole))
}

/// Returns a statistic of a full cgroup and the whole, where the statistic is large enough.
pub(super) fn stat(case: &Case, name: &str, percent: u64) -> Option<(Bytes, Bytes)> {
    let (_, whole) = case.full_cgroup()?;
    let size = case.stat(name)?;
    at_least(size, percent, whole).then_some((size, whole))
}

/// Takes a finding back a step where the part is not most of the whole.
pub(super) fn weigh(finding: &mut Finding, part: Bytes, whole: Bytes, confidence: Confidence) {
    if at_least(part, 50, whole) {
        return;
    }
    finding.severity(Severity::Warning).confidence(confidence);
    if confidence == Confidence::Low {
        finding.message.push_str(" (where that is too much is a rule of thumb)");
    }
}
