//! A number that YAML reads in another base.

use oomkit_core::rule::Findings;

use super::words::{as_written, subject};
use crate::model::{LimitModel, Origin, Place};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A size is a number without quotes that YAML reads in base 8, 16 or 2, or in which it drops
    /// underscores.
    ///
    /// ## Why it matters
    ///
    /// `010000000` is 2 MiB and not ten million: a zero in front makes it octal.
    /// Another reader of the same file may see another number.
    ///
    /// ## Fires
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 0400000000
    /// ```
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
    ///         limits: {memory: 0x20000000}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 536870912
    /// ```
    NUMBER_SURPRISE {
        code: "OKA017",
        name: "number-surprise",
        summary: "a number that YAML reads in another base",
        severity: Warning,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.all() {
        for setting in scope.memory.amounts().filter(|setting| setting.origin == Origin::Written) {
            let Some(size) = setting.value.size() else { continue };
            let Some(how) = how(&setting.spelled, size.get()) else { continue };
            let message = format!(
                "{} has {}, which YAML reads {how}: {} bytes",
                subject(model, scope),
                as_written(setting),
                size.get()
            );
            findings.at(setting.place, message).remedy("write the size with a unit");
        }
    }
}

/// Says how a number is read; a text in quotes is refused by the platforms, or has another value.
fn how(spelled: &str, bytes: u64) -> Option<&'static str> {
    let digits = spelled.trim_start_matches(['+', '-']);
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    match digits.get(..2) {
        Some("0x" | "0X") => Some("in base 16"),
        Some("0b" | "0B") => Some("in base 2"),
        Some("0o" | "0O") => Some("in base 8"),
        Some(start) if start.starts_with('0') && u64::from_str_radix(digits, 8) == Ok(bytes) => {
            Some("in base 8")
        }
        _ if digits.contains('_') => Some("without its underscores"),
        _ => None,
    }
}
