//! Stage: how far a report has come, told by the part that a fact belongs to.

use crate::kernel::{Fact, marker::Marker};
use crate::report::Part;

/// How far a report has come; the kernel prints its parts in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    #[default]
    Head,
    Stack,
    Cgroup,
    MemInfo,
    Tasks,
    Chosen,
    Killed,
}

/// Returns the part of a report that a fact belongs to.
pub(crate) fn stage(fact: &Fact) -> Stage {
    match fact {
        Fact::Unknown
        | Fact::Trigger(_)
        | Fact::Failure(_)
        | Fact::SlubCache(_)
        | Fact::SlubNode(_)
        | Fact::Cpuset(_) => Stage::Head,
        Fact::Stack(_) => Stage::Stack,
        Fact::Usage(_) | Fact::TaskIn(_) | Fact::StatsFor(_) => Stage::Cgroup,
        Fact::MemInfo
        | Fact::Counters(_)
        | Fact::FreePages(_)
        | Fact::Zone(_)
        | Fact::LowmemReserve(_)
        | Fact::Buddy(_)
        | Fact::HugePages(_)
        | Fact::Total(_)
        | Fact::SlabHead
        | Fact::SitesHead
        | Fact::Protection(_) => Stage::MemInfo,
        Fact::TaskBanner | Fact::TaskHeader(_) | Fact::TaskRow => Stage::Tasks,
        Fact::Summary(_) | Fact::SummaryPiece | Fact::Selection(_) => Stage::Chosen,
        Fact::Marker(Marker::NobodyToKill | Marker::OomPanic(_)) => Stage::Killed,
        Fact::Marker(_) => Stage::Head,
        Fact::Kill(_) | Fact::Group(_) | Fact::Exiting(..) | Fact::Reaped(_) => Stage::Killed,
    }
}

/// Returns which lines of a report a fact stands among.
pub(crate) fn part(fact: &Fact) -> Part {
    match fact {
        Fact::Trigger(_) | Fact::Failure(_) | Fact::Cpuset(_) => Part::Head,
        Fact::Stack(_) => Part::Stack,
        Fact::Usage(_) | Fact::TaskIn(_) | Fact::Protection(_) => Part::Cgroup,
        Fact::StatsFor(_) => Part::Stat,
        Fact::MemInfo | Fact::Counters(_) | Fact::FreePages(_) => Part::Counters,
        Fact::Zone(_) | Fact::LowmemReserve(_) => Part::Zone,
        Fact::Buddy(_) => Part::FreeList,
        Fact::HugePages(_) => Part::HugePages,
        Fact::Total(_) => Part::Total,
        Fact::SlubCache(_) | Fact::SlubNode(_) | Fact::SlabHead => Part::Slab,
        Fact::SitesHead => Part::Sites,
        Fact::TaskBanner | Fact::TaskHeader(_) | Fact::TaskRow => Part::Tasks,
        Fact::Summary(_) | Fact::SummaryPiece | Fact::Selection(_) => Part::Choice,
        Fact::Kill(_) | Fact::Group(_) | Fact::Exiting(..) | Fact::Reaped(_) => Part::Kill,
        Fact::Marker(_) | Fact::Unknown => Part::Marker,
    }
}
