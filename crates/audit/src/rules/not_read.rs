//! A part of the input that was not read.

use oomkit_core::rule::Findings;

use super::words::{as_written, shown, subject};
use crate::{
    model::{LimitModel, Origin, Place, ProblemKind, ScopeKind},
    quantity::Amount,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// Something of the input could not be read or followed: a document that is not well formed, a
    /// template that has not been rendered, a file that another one names and that is not there, a key
    /// that stands twice, a size that is filled in later.
    ///
    /// ## Why it matters
    ///
    /// What was not read was not audited.
    /// Silence about it would look like a clean bill.
    ///
    /// ## Fires
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ```
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// {{- if .Values.labels }}
    ///   labels: {{ toYaml .Values.labels }}
    /// {{- end }}
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
    ///         limits: {memory: 512Mi}
    ///         limits: {cpu: 1}
    /// ```
    ///
    /// ```yaml compose.yaml
    /// include: [monitoring.yaml]
    /// services: {}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: templates}
    /// data:
    ///   page: "{{ .Title }}"
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ```
    NOT_READ {
        code: "OKA096",
        name: "not-read",
        summary: "a part of the input was not read, and so was not audited",
        severity: Warning,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for problem in &model.problems {
        let remedy = match problem.kind {
            ProblemKind::Broken => "mend it; all else was audited",
            ProblemKind::Template => {
                "render it first, as with helm template or kustomize build, and audit the result"
            }
            ProblemKind::Unresolved if model.machine.is_some() => "run it as root, who may read all of it",
            ProblemKind::Unresolved => "name a file or value that is there, or audit the two together",
            ProblemKind::Duplicate(_) => "remove one of the two",
            ProblemKind::Exhausted => "write out what the aliases stand for",
            ProblemKind::Ineffective => "mend it or remove it",
            ProblemKind::Rejected(_) => continue,
        };
        let first = match problem.kind {
            ProblemKind::Duplicate(first) => Some(first),
            _ => None,
        };
        findings.at(problem.place, shown(&problem.what)).and(first).remedy(remedy);
    }
    // What cannot be read of a live host is summed up above.
    for (_, scope) in model.all().filter(|(_, scope)| scope.live.is_none()) {
        if scope.is_partial && !scope.is_patch && scope.kind == ScopeKind::Container {
            let message = format!(
                "the resources of {} are filled in when the template is rendered",
                subject(model, scope)
            );
            findings.at(scope.place, message).remedy("render it first, and audit the result");
        }
        for amount in scope.memory.amounts().filter(|amount| amount.origin == Origin::Written) {
            if let Amount::Unknown(why) = &amount.value {
                let message = format!("{} has {}: {why}", subject(model, scope), as_written(amount));
                findings.at(amount.place, message).remedy("render it first, and audit the result");
            }
        }
    }
}
