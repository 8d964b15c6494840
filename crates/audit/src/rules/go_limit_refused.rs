//! A soft limit with which a Go program ends at once.

use oomkit_core::rule::Findings;

use super::words::{shown, subject};
use crate::{
    model::{LimitModel, Place},
    quantity::Amount,
    runtimes::go::{Source, limit},
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// `GOMEMLIMIT` is spelled in a way that the runtime of Go cannot read.
    ///
    /// ## Why it matters
    ///
    /// The program ends before its first line, with a fatal error.
    ///
    /// ## Fires
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: registry.example/app:1
    ///     mem_limit: 1g
    ///     environment: {GOMEMLIMIT: 900Mi}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: registry.example/app:1
    ///     mem_limit: 1g
    ///     environment: {GOMEMLIMIT: 900MiB}
    /// ```
    GO_LIMIT_REFUSED {
        code: "OKA085",
        name: "go-limit-refused",
        summary: "a GOMEMLIMIT with which a Go program ends at once",
        severity: Error,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.leaves() {
        let Some(found) = scope.program.as_ref().and_then(|program| limit(program)) else { continue };
        if let Source::Written(Amount::Refused(why)) = &found.value {
            let message = format!("{} has {}: {why}", subject(model, scope), shown(&found.spelled));
            findings.at(found.place, message).remedy("write it as in 900MiB");
        }
    }
}
