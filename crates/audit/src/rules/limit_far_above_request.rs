//! A limit many times its request.

use oomkit_core::{rule::Findings, units::Bytes};

use super::words::{as_written, size, subject};
use crate::{
    dialect::Dialect,
    model::{LimitModel, Origin, Place},
    policy::Policy,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// The memory limit is more than four times the request, or as many times as the policy says.
    ///
    /// ## Why it matters
    ///
    /// The scheduler counts the request alone.
    /// A machine that is full by requests can be asked for four times its memory by limits, and when that
    /// happens, what is above its request dies first.
    ///
    /// ## Fires
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1
    ///       resources:
    ///         requests: {memory: 128Mi}
    ///         limits: {memory: 1Gi}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///     - name: app
    ///       image: registry.example/app:1
    ///       resources:
    ///         requests: {memory: 256Mi}
    ///         limits: {memory: 1Gi}
    /// ```
    LIMIT_FAR_ABOVE_REQUEST {
        code: "OKA015",
        name: "limit-far-above-request",
        summary: "a limit is many times its request",
        severity: Warning,
        confidence: Medium,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    let most = model.policy.thresholds.limit_to_request;
    for (_, scope) in model.leaves().filter(|(_, scope)| scope.dialect != Dialect::Compose && scope.stays()) {
        let (Some(request), Some(limit)) = (&scope.memory.request, &scope.memory.limit) else { continue };
        let (Some(asked), Some(used)) = (size(Some(request)), size(Some(limit))) else { continue };
        if request.origin != Origin::Written || limit.origin != Origin::Written || asked.get() < 1 << 20 {
            continue;
        }
        let ratio = super::words::percent_of(used, asked) / 100.0;
        if most < ratio {
            let message = format!(
                "{} has {}, {ratio:.0} times its request of {asked}: it is placed as a small one and may grow large",
                subject(model, scope),
                as_written(limit)
            );
            findings
                .at(limit.place, message)
                .and([request.place])
                .remedy("raise the request to what it uses in steady state, or lower the limit");
        }
    }
}

/// Returns the least request, in whole MiB, beside which a limit is not many times too large.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a quotient of a size is a size, and is rounded up to whole MiB"
)]
pub(super) fn least(policy: &Policy, limit: Bytes) -> Bytes {
    const MIB: u64 = 1 << 20;
    let mebibytes = (limit.get() as f64 / policy.thresholds.limit_to_request / MIB as f64).ceil() as u64;
    Bytes::new(mebibytes.saturating_mul(MIB)).min(limit)
}
