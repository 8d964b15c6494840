//! The rules, by code; each is a file here and a line in the table.

use oomkit_core::{
    finding::Finding,
    rule::{self, Page},
};

use crate::model::{LimitModel, Place};

mod words;

oomkit_core::rules! { LimitModel;
    /// Every rule, in the order of the documentation.
    RULES = [
        limit_missing::LIMIT_MISSING,
        best_effort::BEST_EFFORT,
        init_unlimited::INIT_UNLIMITED,
        limit_void::LIMIT_VOID,
        limit_variable::LIMIT_VARIABLE,
        value_refused::VALUE_REFUSED,
        size_impossible::SIZE_IMPOSSIBLE,
        request_above_limit::REQUEST_ABOVE_LIMIT,
        oom_kill_disabled::OOM_KILL_DISABLED,
        not_read::NOT_READ,
    ]
}

/// Returns the page of every rule, by code.
#[must_use]
pub fn pages() -> Vec<Page> {
    RULES.iter().map(|rule| rule.page()).collect()
}

/// Runs all rules, and sorts what they say by file and line.
pub(crate) fn judge(model: &LimitModel) -> Vec<Finding<Place>> {
    let mut findings = rule::run(RULES, model);
    findings.sort_by_key(|finding| {
        let place = finding.evidence.first().copied();
        (place.map(|place| (place.file, place.mark)), finding.code)
    });
    findings
}
