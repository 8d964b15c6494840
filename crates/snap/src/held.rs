//! Held: what a process, a group of them or a control group holds, as far as it is known.

use oomkit_core::units::{ByteDelta, Bytes};
use schemars::JsonSchema;
use serde::Serialize;

use crate::snapshot::{Cgroup, Process};

/// The memory that somebody holds, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Held {
    /// How many processes this is; `None` for what is no process.
    pub processes: Option<u64>,
    /// Memory in all, where its kinds are not known or are not told apart.
    pub whole_bytes: Option<Bytes>,
    /// Resident anonymous memory.
    pub anonymous_bytes: Option<Bytes>,
    /// Resident pages of files.
    pub file_bytes: Option<Bytes>,
    /// Resident shared memory, which each of its users counts.
    pub shared_bytes: Option<Bytes>,
    /// Memory in swap.
    pub swap_bytes: Option<Bytes>,
    /// Page tables.
    pub page_tables_bytes: Option<Bytes>,
    /// Resident memory with what is shared divided among its users; `None` unless it was read of all processes.
    pub pss_bytes: Option<Bytes>,
    /// Resident memory that no other process shares; `None` unless it was read of all processes.
    pub uss_bytes: Option<Bytes>,
}

impl Held {
    /// Returns what nobody else pays for and only its end gives back: anonymous, swap, page tables.
    ///
    /// Where the kinds are not known, it is all there is. `None` where that is not known either.
    #[must_use]
    pub fn own(&self) -> Option<Bytes> {
        let Some(anonymous) = self.anonymous_bytes else { return self.whole_bytes };
        Some([Some(anonymous), self.swap_bytes, self.page_tables_bytes].into_iter().flatten().sum())
    }

    /// Adds what another one holds; what is known of only one of the two counts for both.
    pub fn add(&mut self, other: &Self) {
        self.processes = self.processes.map(|count| count + other.processes.unwrap_or(0)).or(other.processes);
        // These are read of a few processes only, and a sum of those few would be taken for that of all.
        let (has_memory, adds_memory) = (self.whole_bytes.is_some(), other.whole_bytes.is_some());
        for (sum, part) in [(&mut self.pss_bytes, other.pss_bytes), (&mut self.uss_bytes, other.uss_bytes)] {
            *sum = match (has_memory, adds_memory) {
                (false, _) => part,
                (true, false) => *sum,
                (true, true) => sum.zip(part).map(|(sum, part)| sum.saturating_add(part)),
            };
        }
        for (sum, part) in [
            (&mut self.whole_bytes, other.whole_bytes),
            (&mut self.anonymous_bytes, other.anonymous_bytes),
            (&mut self.file_bytes, other.file_bytes),
            (&mut self.shared_bytes, other.shared_bytes),
            (&mut self.swap_bytes, other.swap_bytes),
            (&mut self.page_tables_bytes, other.page_tables_bytes),
        ] {
            *sum = sum.map(|sum| sum.saturating_add(part.unwrap_or_default())).or(part);
        }
    }

    /// Returns the same without what is read of a few processes only, and so may be missing at any time.
    #[must_use]
    pub const fn without_shares(self) -> Self {
        Self { pss_bytes: None, uss_bytes: None, ..self }
    }

    /// Returns how much more is held than before, where both are known.
    #[must_use]
    pub fn growth_from(&self, before: &Self) -> Option<ByteDelta> {
        Some(self.own()?.minus(before.own()?))
    }
}

impl From<&Process> for Held {
    fn from(process: &Process) -> Self {
        Self {
            processes: Some(1),
            whole_bytes: process.rss_bytes,
            anonymous_bytes: process.rss_anon_bytes,
            file_bytes: process.rss_file_bytes,
            shared_bytes: process.rss_shmem_bytes,
            swap_bytes: process.swap_bytes,
            page_tables_bytes: process.pgtables_bytes,
            pss_bytes: process.pss_bytes,
            uss_bytes: process.uss_bytes,
        }
    }
}

/// A control group is charged for all that it uses, so its usage stands for the whole.
impl From<&Cgroup> for Held {
    fn from(cgroup: &Cgroup) -> Self {
        Self { whole_bytes: cgroup.usage_bytes, swap_bytes: cgroup.swap_bytes, ..Self::default() }
    }
}

impl From<Bytes> for Held {
    fn from(size: Bytes) -> Self {
        Self { whole_bytes: Some(size), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_not_taken_for_zero() {
        let size = |bytes| Some(Bytes::new(bytes));
        let nothing = Held::default();
        let whole = Held { whole_bytes: size(9), ..nothing };
        let kinds = Held { whole_bytes: size(9), anonymous_bytes: size(4), swap_bytes: size(1), ..nothing };
        for (held, own) in [(nothing, None), (whole, size(9)), (kinds, size(5))] {
            assert_eq!(held.own(), own);
        }
        assert_eq!(kinds.growth_from(&nothing), None);
        let mut sum = nothing;
        sum.add(&kinds);
        sum.add(&kinds);
        assert_eq!((sum.own(), sum.shared_bytes), (size(10), None));
    }

    #[test]
    fn shares_of_some_are_no_sum_of_all() {
        let size = |bytes| Some(Bytes::new(bytes));
        let nothing = Held::default();
        let unread = Held { processes: Some(1), whole_bytes: size(9), ..nothing };
        let read = Held { pss_bytes: size(4), uss_bytes: size(2), ..unread };
        let kernel = Held { processes: Some(1), ..nothing };
        for (parts, pss, uss) in [
            (vec![read], size(4), size(2)),
            (vec![read, read], size(8), size(4)),
            (vec![kernel, read, kernel], size(4), size(2)),
            (vec![read, unread], None, None),
            (vec![unread, read], None, None),
            (vec![read, Held { uss_bytes: None, ..read }], size(8), None),
            (vec![kernel], None, None),
        ] {
            let mut sum = nothing;
            for part in &parts {
                sum.add(part);
            }
            assert_eq!((sum.pss_bytes, sum.uss_bytes), (pss, uss), "{parts:?}");
        }
    }
}
