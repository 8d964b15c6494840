//! A request to be silent that is not in order.

use oomkit_core::rule::Findings;

use super::words::shown;
use crate::{
    model::{LimitModel, Place, Suppression, Until},
    suppress,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A comment `# oomkit: ignore[OKA001] reason` or an annotation `oomkit/ignore` names no rule, gives no
    /// reason, has run out, or silences nothing.
    /// A day is given as `until=2027-01-31`; up to and on that day it holds.
    ///
    /// ## Why it matters
    ///
    /// A request that silences nothing hides the next finding, and one without a reason cannot be weighed
    /// by whoever reads it later.
    ///
    /// ## Fires
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web: # oomkit: ignore[OKA041] we need it
    ///     image: nginx:1.27
    ///     mem_limit: 256m
    ///     memswap_limit: 256m
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   # oomkit: ignore[OKA001]
    ///   web:
    ///     image: nginx:1.27
    /// ```
    ///
    /// ```yaml compose.yaml today=2027-06-01
    /// services:
    ///   # oomkit: ignore[OKA001] until the new hosts are there until=2027-01-31
    ///   web:
    ///     image: nginx:1.27
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml today=2027-06-01
    /// services:
    ///   # oomkit: ignore[OKA001] it runs alone on its host until=2027-12-31
    ///   web:
    ///     image: nginx:1.27
    /// ```
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    ///   annotations: {oomkit/ignore: "OKA001, OKA002: it runs alone on its machine"}
    /// spec:
    ///   containers:
    ///     - {name: app, image: "registry.example/app:1"}
    /// ```
    SUPPRESSION_STALE {
        code: "OKA097",
        name: "suppression-stale",
        summary: "a request to be silent has no reason, has run out, or silences nothing",
        severity: Note,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for suppression in &model.suppressions {
        if let Some((message, remedy)) = trouble(model, suppression) {
            findings.at(suppression.place, message).remedy(remedy);
        }
    }
}

fn trouble(model: &LimitModel, suppression: &Suppression) -> Option<(String, &'static str)> {
    let rules = shown(&suppression.rules.join(", "));
    if suppression.rules.is_empty() {
        return Some((
            "this asks to be silent and names no rule, so nothing is silenced".into(),
            "write it as in: oomkit: ignore[OKA001] reason",
        ));
    }
    match &suppression.until {
        Some(Until::Unclear(day)) => {
            return Some((
                format!("{} is no day, so {rules} is not silenced", shown(day)),
                "write it as in until=2027-01-31",
            ));
        }
        Some(Until::Day(day)) if suppress::is_over(model, suppression) => {
            return Some((
                format!("the silence about {rules} ended on {day}"),
                "mend what it was about, or give it another day",
            ));
        }
        _ => {}
    }
    if suppression.silenced == 0 {
        return Some((format!("{rules} has nothing to say here"), "remove it"));
    }
    let unreasoned = suppression.reason.is_empty();
    unreasoned.then(|| {
        (format!("nobody says why {rules} is to be silent here"), "write the reason behind the bracket")
    })
}
