//! A Java heap that is a bad share of its limit.

use oomkit_core::{rule::Findings, units::Bytes};

use super::words::{percent, shown, subject};
use crate::{
    model::{LimitModel, Place},
    runtimes::jvm::Jvm,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// Nobody sets the heap of a Java virtual machine in a limit of 4 GiB or more, so that it gets a
    /// quarter; or it gets more than 75 % of a limit below 1 GiB.
    ///
    /// ## Why it matters
    ///
    /// Three quarters of a large limit are never used by the heap.
    /// In a small limit what lies outside of the heap does not become smaller with it.
    ///
    /// ## Fires
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web: {image: "eclipse-temurin:21", mem_limit: 8g}
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: eclipse-temurin:21
    ///     mem_limit: 512m
    ///     environment: {JAVA_TOOL_OPTIONS: -XX:MaxRAMPercentage=80}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: eclipse-temurin:21
    ///     mem_limit: 8g
    ///     environment: {JAVA_TOOL_OPTIONS: -Xmx6g}
    ///   small: {image: "eclipse-temurin:21", mem_limit: 1g}
    /// ```
    HEAP_DEFAULT {
        code: "OKA083",
        name: "heap-share",
        summary: "a Java heap is a bad share of its limit",
        severity: Note,
        confidence: Medium,
    }
}

/// From here on a limit is large, and below that it is small.
const LARGE: Bytes = Bytes::new(4 << 30);
const SMALL: Bytes = Bytes::new(1 << 30);

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.leaves() {
        let Some(machine) = scope.program.as_ref().and_then(|program| Jvm::of(program)) else { continue };
        let Some((ceiling, limit)) = model.ceiling(scope).and_then(|ceiling| Some((ceiling, ceiling.size?)))
        else {
            continue;
        };
        // Variables and options outside of the scan may say more, and a lone size says all.
        if machine.written().is_some()
            || machine.heap.is_some()
            || machine.is_openj9
            || machine.blind.is_some()
        {
            continue;
        }
        match &machine.share {
            None if LARGE <= limit => {
                let message = format!(
                    "nobody sets the Java heap of {}: it gets a quarter of {limit}, and the rest is for what is outside of it",
                    subject(model, scope)
                );
                findings
                    .at(ceiling.setting.place, message)
                    .and([scope.place])
                    .remedy("set -XX:MaxRAMPercentage=75, or lower the limit");
            }
            Some(share) => {
                let Some(part) = share.value.filter(|part| 75.0 < *part && limit < SMALL) else { continue };
                let message = format!(
                    "the Java heap of {} gets {} of {limit} ({}), which leaves little for what is outside of it",
                    subject(model, scope),
                    percent(part),
                    shown(&share.spelled)
                );
                findings
                    .at(share.place, message)
                    .and([ceiling.setting.place])
                    .remedy("leave it 60 to 75 % in a limit this small");
            }
            None => {}
        }
    }
}
