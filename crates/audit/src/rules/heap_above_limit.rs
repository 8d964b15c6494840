//! A Java heap that does not fit into its limit.

use oomkit_core::{finding::Severity, rule::Findings};

use super::words::{percent, percent_of, shown, subject, written};
use crate::{
    model::{LimitModel, Place},
    runtimes::jvm::Jvm,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// The heap of a Java virtual machine may become as large as the memory limit, which is an error, or
    /// takes more than 80 % of it, or what the policy says as `heap-percent`.
    /// Options are taken from where the machine takes them, the strongest last: `JAVA_TOOL_OPTIONS`,
    /// `JDK_JAVA_OPTIONS`, variables of images such as `JAVA_OPTS` and `KAFKA_HEAP_OPTS`, the command line,
    /// `_JAVA_OPTIONS`; config maps of the scan are looked up.
    ///
    /// ## Why it matters
    ///
    /// Outside of the heap live classes, code, the stacks of threads and direct buffers.
    /// A heap as large as the limit fills until the kernel kills the machine, with no error in its log.
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
    ///       command: [java, -Xmx1g, -jar, app.jar]
    ///       resources:
    ///         limits: {memory: 1Gi}
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: eclipse-temurin:21
    ///     mem_limit: 1g
    ///     environment:
    ///       JAVA_TOOL_OPTIONS: -XX:MaxRAMPercentage=95
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
    ///       command: [java, -Xmx768m, -jar, app.jar]
    ///       env:
    ///         - {name: JAVA_TOOL_OPTIONS, value: -Xmx2g}
    ///       resources:
    ///         limits: {memory: 1Gi}
    /// ```
    HEAP_ABOVE_LIMIT {
        code: "OKA080",
        name: "heap-above-limit",
        summary: "a Java heap leaves no room within the limit",
        severity: Warning,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    let most = model.policy.thresholds.heap_percent;
    for (_, scope) in model.leaves() {
        let Some(machine) = scope.program.as_ref().and_then(|program| Jvm::of(program)) else { continue };
        let Some((ceiling, limit)) = model.ceiling(scope).and_then(|ceiling| Some((ceiling, ceiling.size?)))
        else {
            continue;
        };
        let share = machine.percent(limit);
        let (spelled, place, size) = match (machine.written(), &machine.share) {
            (Some((size, found)), _) => (&found.spelled, found.place, Some(size)),
            (None, Some(share)) => (&share.spelled, share.place, None),
            (None, None) => continue,
        };
        let Some(share) = share.filter(|share| most < *share) else { continue };
        let share = size.map_or(share, |size| percent_of(size, limit));
        let message = format!(
            "{} may have a heap of {} of its memory limit ({} in {limit})",
            subject(model, scope),
            percent(share),
            shown(spelled)
        );
        let finding = findings.at(place, message);
        let room = oomkit_core::units::Bytes::new(((limit.get() / 4 * 3) >> 20) << 20);
        finding.and([ceiling.setting.place]).remedy(format!(
            "give the heap at most three quarters of the limit, {} here, or use -XX:MaxRAMPercentage=75",
            written(scope.dialect, room)
        ));
        if 100.0 <= share {
            finding.severity(Severity::Error);
        }
    }
}
