//! A Java virtual machine that does not see its limit.

use oomkit_core::rule::Findings;

use super::words::{shown, subject};
use crate::{
    model::{LimitModel, Place, Program},
    policy::Hierarchy,
    runtimes::jvm::Jvm,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A Java virtual machine is told not to look at limits, or is of a release that cannot: before 8u191,
    /// or, with cgroup v2, before 8u372, 11.0.16 and 15.
    /// The release is taken from the tag of well-known images; a tag that does not tell it is left alone.
    ///
    /// ## Why it matters
    ///
    /// It takes the memory of the whole machine for its own and sizes its heap by that.
    ///
    /// ## Fires
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web: {image: "openjdk:8u151-jre", mem_limit: 1g}
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web: {image: "openjdk:11.0.9", mem_limit: 1g}
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: eclipse-temurin:21
    ///     mem_limit: 1g
    ///     command: java -XX:-UseContainerSupport -jar app.jar
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web: {image: "openjdk:11.0.16", mem_limit: 1g}
    ///   api: {image: "eclipse-temurin:8u392-b08-jre", mem_limit: 1g}
    ///   old: {image: "openjdk:8", mem_limit: 1g}
    ///   own: {image: "openjdk:8u151", mem_limit: 1g, command: java -Xmx512m -jar app.jar}
    /// ```
    JVM_BLIND {
        code: "OKA082",
        name: "jvm-blind",
        summary: "a Java virtual machine does not see its limit",
        severity: Warning,
        confidence: Medium,
    }
}

/// Images whose tags are releases of Java.
const IMAGES: &[&str] = &["openjdk", "java", "eclipse-temurin", "adoptopenjdk", "amazoncorretto"];

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    let v1 = model.policy.node.cgroup == Some(Hierarchy::V1);
    for (_, scope) in model.leaves().filter(|(_, scope)| model.ceiling(scope).is_some()) {
        let Some(program) = scope.program.as_deref() else { continue };
        let Some(machine) = Jvm::of(program).filter(|machine| machine.written().is_none()) else { continue };
        let (place, why) = match (&machine.blind, &program.image) {
            (Some(blind), _) => (blind.place, format!("is told so by {}", shown(&blind.spelled))),
            (None, Some(image)) if is_blind(program, v1) => {
                (image.place, format!("cannot, being {}", shown(&image.value)))
            }
            _ => continue,
        };
        let message =
            format!("the Java of {} does not look at its memory limit: it {why}", subject(model, scope));
        findings.at(place, message).remedy("use a current release, or set the heap with -Xmx");
    }
}

/// Tells whether an image is of a release that does not see limits.
fn is_blind(program: &Program, v1: bool) -> bool {
    let known = program.image_name().is_some_and(|name| IMAGES.contains(&name));
    let Some(tag) = program.image_tag().filter(|_| known) else { return false };
    let number = |text: &str| {
        text.split(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse::<u32>().ok())
    };
    if let Some(update) = tag.strip_prefix("8u").and_then(number) {
        return update < if v1 { 191 } else { 372 };
    }
    let mut parts = tag.split(['.', '-', '_', '+']);
    match (parts.next().and_then(number), parts.next(), parts.next().and_then(number)) {
        (Some(6 | 7 | 9), ..) => true,
        (Some(11), Some("0"), Some(patch)) => !v1 && patch < 16,
        (Some(12..=14), ..) => !v1,
        _ => false,
    }
}
