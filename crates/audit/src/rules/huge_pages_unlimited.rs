//! Huge pages that are asked for and not limited.

use oomkit_core::rule::Findings;

use super::words::{size, subject};
use crate::model::{LimitModel, Place};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A container asks for huge pages without a limit of the same size, or asks for nothing else.
    ///
    /// ## Why it matters
    ///
    /// Kubernetes refuses the pod: of huge pages, request and limit have to be the same, and there has to
    /// be a request for memory or processor time beside them.
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
    ///         requests: {memory: 1Gi, hugepages-2Mi: 512Mi}
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
    ///         limits: {memory: 1Gi, hugepages-2Mi: 512Mi}
    /// ```
    HUGE_PAGES_UNLIMITED {
        code: "OKA057",
        name: "huge-pages-unlimited",
        summary: "huge pages are asked for in a way that is refused",
        severity: Warning,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.all() {
        for huge in &scope.memory.huge_pages {
            let Some(setting) = huge.request.as_ref().or(huge.limit.as_ref()) else { continue };
            let (asked, most) = (size(huge.request.as_ref()), size(huge.limit.as_ref()));
            let alone = scope.memory.request.is_none() && scope.memory.cpu_request.is_none();
            let why = if asked.is_some() && asked != most {
                "asks for huge pages without a limit of the same size"
            } else if alone {
                "asks for huge pages and for neither memory nor processor time"
            } else {
                continue;
            };
            let message = format!("{} {why}, which is refused", subject(model, scope));
            let other = huge.limit.as_ref().map(|limit| limit.place).filter(|place| *place != setting.place);
            findings
                .at(setting.place, message)
                .and(other)
                .remedy("set request and limit of huge pages to the same size, beside a request for memory");
        }
    }
}
