//! A size that the Java virtual machine refuses.

use oomkit_core::rule::Findings;

use super::words::{shown, subject};
use crate::{
    model::{LimitModel, Place},
    quantity::Amount,
    runtimes::jvm::Jvm,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// The size of a Java heap is spelled in a way that the machine refuses, or is a share above 100 %.
    ///
    /// ## Why it matters
    ///
    /// The machine ends at once with "Invalid maximum heap size", and the container is started again and
    /// again.
    ///
    /// ## Fires
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: eclipse-temurin:21
    ///     mem_limit: 1g
    ///     command: java -Xmx512Mi -jar app.jar
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: eclipse-temurin:21
    ///     mem_limit: 1g
    ///     command: java -Xmx2048 -jar app.jar
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: eclipse-temurin:21
    ///     mem_limit: 1g
    ///     command: java -Xmx512m -jar app.jar
    /// ```
    HEAP_REFUSED {
        code: "OKA081",
        name: "heap-refused",
        summary: "a heap size that the Java virtual machine refuses",
        severity: Error,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.leaves() {
        let Some(machine) = scope.program.as_ref().and_then(|program| Jvm::of(program)) else { continue };
        let mut say = |spelled: &str, place: Place, why: &str| {
            let message = format!(
                "{} has {}, with which Java does not start: {why}",
                subject(model, scope),
                shown(spelled)
            );
            findings.at(place, message).remedy("write a whole number and one letter, as in -Xmx512m");
        };
        for found in [&machine.heap, &machine.initial].into_iter().flatten() {
            if let Amount::Refused(why) = &found.value {
                say(&found.spelled, found.place, why);
            }
        }
        if let Some(share) = machine.share.as_ref().filter(|share| share.value.is_none()) {
            say(&share.spelled, share.place, "a share lies between 0 and 100");
        }
    }
}
