//! Qos: the quality-of-service class of a pod, by the adjustment that the kubelet gave its processes.

use crate::{finding::Confidence, ident::OomScoreAdj};

/// The quality-of-service class of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qos {
    /// Every container has limits, and requests that equal them.
    Guaranteed,
    /// Some container has a request or a limit.
    Burstable,
    /// No container has any.
    BestEffort,
}

impl Qos {
    /// Returns the name that cgroup paths use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Guaranteed => "guaranteed",
            Self::Burstable => "burstable",
            Self::BestEffort => "besteffort",
        }
    }

    /// Concludes the class from the adjustment of a process that is known to run in a pod.
    ///
    /// The kubelet gives 1000 to best effort, 3 to 999 to burstable by their request (2 when
    /// guaranteed pods had −998), and −997 to guaranteed.  A pod of the priority
    /// `system-node-critical` has −997 whatever its class, and the sandbox of every pod has −998,
    /// so these are less sure; so are all values that the process may have raised itself.
    /// `None` for what the kubelet gives to nobody.
    #[must_use]
    pub fn of_adjustment(adj: OomScoreAdj) -> Option<(Self, Confidence)> {
        Some(match adj.get() {
            1000 => (Self::BestEffort, Confidence::High),
            3..=999 => (Self::Burstable, Confidence::High),
            2 => (Self::Burstable, Confidence::Medium),
            -997 => (Self::Guaranteed, Confidence::Medium),
            -998 => (Self::Guaranteed, Confidence::Low),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjustments_give_the_class_away() {
        use Confidence::{High, Low, Medium};
        for (adj, expected) in [
            (1000, Some((Qos::BestEffort, High))),
            (999, Some((Qos::Burstable, High))),
            (938, Some((Qos::Burstable, High))),
            (3, Some((Qos::Burstable, High))),
            (2, Some((Qos::Burstable, Medium))),
            (1, None),
            (0, None),
            (-996, None),
            (-997, Some((Qos::Guaranteed, Medium))),
            (-998, Some((Qos::Guaranteed, Low))),
            (-999, None),
            (-1000, None),
        ] {
            assert_eq!(Qos::of_adjustment(OomScoreAdj::new(adj).unwrap()), expected, "{adj}");
        }
    }
}
