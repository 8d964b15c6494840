//! A size in which nothing can run.

use oomkit_core::{rule::Findings, units::Bytes};

use super::words::{as_written, subject};
use crate::{
    dialect::Dialect,
    model::{LimitModel, Origin, Place, Scope, Setting},
    quantity::Amount,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A memory limit of less than 4 MiB, or of less than the 6 MiB that Docker asks for, and any size
    /// that is a part of a byte, such as `512m` in Kubernetes, where `m` is a thousandth.
    ///
    /// ## Why it matters
    ///
    /// Nothing starts in it: the container is killed at once, or not even created.
    /// The letter was probably meant to be another one.
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
    ///         limits: {memory: 512m}
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 4m
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
    ///         requests: {memory: 1Mi}
    ///         limits: {memory: 4Mi}
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: nginx:1.27
    ///     mem_limit: 512m
    /// ```
    SIZE_IMPOSSIBLE {
        code: "OKA011",
        name: "size-impossible",
        summary: "a size in which nothing can run",
        severity: Error,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.all() {
        for setting in scope.memory.amounts().filter(|setting| is_written(setting)) {
            let limit = scope.memory.limit.as_ref().is_some_and(|limit| std::ptr::eq(limit, setting));
            let Some(why) = why(scope, setting, limit) else { continue };
            let message = format!("{} has {}: {why}", subject(model, scope), as_written(setting));
            let finding = findings.at(setting.place, message);
            finding.and([scope.place]);
            match meant(&setting.spelled).filter(|_| scope.dialect == Dialect::Kubernetes) {
                Some(meant) => finding.remedy(format!("write {meant} if that was meant")),
                None => finding.remedy("give the size the unit that was meant"),
            };
        }
    }
}

fn is_written(setting: &Setting<Amount>) -> bool {
    matches!(setting.origin, Origin::Written | Origin::Variable)
}

/// Says what is wrong with a size.
fn why(scope: &Scope, setting: &Setting<Amount>, limit: bool) -> Option<String> {
    match (&setting.value, scope.dialect) {
        (Amount::Fraction(size), _) if setting.spelled.trim_end_matches('"').trim().ends_with('m') => {
            Some(format!("m is a thousandth here, so this is {size}"))
        }
        (Amount::Fraction(size), _) => Some(format!("this is {size}, parts of a byte rounded up")),
        (Amount::Size(size), dialect) if limit && *size < least(dialect) => {
            let least = least(dialect);
            Some(match dialect {
                Dialect::Compose | Dialect::Ecs => {
                    format!("Docker refuses a limit of less than {least}, and this is {size}")
                }
                _ => {
                    format!("nothing starts in less than {least}, and this is {size}")
                }
            })
        }
        _ => None,
    }
}

const fn least(dialect: Dialect) -> Bytes {
    match dialect {
        Dialect::Compose | Dialect::Ecs => Bytes::new(6 << 20),
        _ => Bytes::new(4 << 20),
    }
}

/// Returns the same number with the unit that was probably meant.
fn meant(spelled: &str) -> Option<String> {
    let number = spelled.trim().trim_end_matches('m');
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| format!("{number}Mi"))
}
