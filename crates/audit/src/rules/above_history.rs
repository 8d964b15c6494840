//! A limit many times what was ever used.

use oomkit_core::{
    rule::Findings,
    units::{Bytes, Duration},
};

use super::{
    past,
    words::{as_written, subject},
};
use crate::model::{LimitModel, Place};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// The limit is more than four times the most that snapshots saw in use in a week or more.
    /// What keeps growing or was killed meanwhile is left out, and so are limits that are less than 64 MiB too
    /// large.
    ///
    /// ## Why it matters
    ///
    /// Limits are what the sums of a machine rest on: with room that nobody uses, they say that a machine is full
    /// when it is not, and a leak has a long way to go before anything stops it.
    ///
    /// ## Fires
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryMax=4G
    /// ```
    ///
    /// ```json usage.json beside
    /// {"schema": "oomkit.recommend/v1", "workloads": [
    ///   {"name": "unit example.service", "workload": {"unit": "example.service"}, "samples": 14400, "seconds": 864000,
    ///    "used": {"most_bytes": 734003200}, "limit_bytes": "max", "kills": 0, "advice": {"kind": "set"}}
    /// ]}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```ini
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryMax=1G
    /// ```
    ///
    /// ```json usage.json beside
    /// {"schema": "oomkit.recommend/v1", "workloads": [
    ///   {"name": "unit example.service", "workload": {"unit": "example.service"}, "samples": 14400, "seconds": 864000,
    ///    "used": {"most_bytes": 734003200}, "limit_bytes": "max", "kills": 0, "advice": {"kind": "set"}}
    /// ]}
    /// ```
    ABOVE_HISTORY {
        code: "OKA075",
        name: "limit-far-above-history",
        summary: "a limit is many times what was used",
        severity: Note,
        confidence: Medium,
    }
}

/// From so many times on a limit is far above what was used.
const TIMES: u64 = 4;

/// The time that a history has to last, so that a busy day of the week is in it.
const WEEK: Duration = Duration::from_seconds(7 * 86_400);

/// A limit that is less than this too large is no matter.
const SPARE: u64 = 64 << 20;

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.leaves() {
        let Some(past) = scope.past.as_deref().filter(|past| past::lasts(past, WEEK)) else { continue };
        if past.growth.is_some() || 0 < past.kills || past.is_shared || past.most == Bytes::ZERO {
            continue;
        }
        let Some(limit) = scope.memory.limit.as_ref().filter(|limit| limit.value.applies()) else { continue };
        let Some(size) = model.size_of(limit) else { continue };
        let is_far = past.most.get().saturating_mul(TIMES) < size.get();
        if !is_far || size.get() - past.most.get() < SPARE {
            continue;
        }
        let message = format!(
            "{} has {}, {} times the {} that it used at most ({})",
            subject(model, scope),
            as_written(limit),
            size.get() / past.most.get(),
            past.most,
            past::watched(past)
        );
        let remedy = format!("{} is the most that was used and a quarter more", past::with_room(past.most));
        findings.at(limit.place, message).and([past.place]).remedy(remedy);
    }
}
