//! Words that rules share: how scopes are called, and how sizes are written on each platform.

use oomkit_core::{ident::visible, units::Bytes};

use crate::{
    dialect::Dialect,
    model::{LimitModel, Origin, Role, Scope, ScopeKind, Setting},
    quantity::Amount,
};

/// Names a scope as a reader would look for it.
pub(super) fn subject(model: &LimitModel, scope: &Scope) -> String {
    let name = shown(&scope.name);
    match scope.kind {
        ScopeKind::Container => {
            let role = match scope.role {
                Role::Regular => "container",
                Role::Init => "init container",
                Role::Sidecar => "sidecar",
                Role::Ephemeral => "ephemeral container",
            };
            match owner(model, scope) {
                Some(owner) => format!("{role} {name} of {owner}"),
                None => format!("{role} {name}"),
            }
        }
        ScopeKind::Service => format!("service {name}"),
        ScopeKind::Task => format!("task {name}"),
        ScopeKind::Unit | ScopeKind::Slice => name,
        ScopeKind::Cgroup => match scope.live.as_ref().and_then(|live| live.workload.as_ref()) {
            Some(workload) => workload.describe(),
            None => format!("cgroup {}", shown(&scope.path)),
        },
        _ => shown(&scope.path),
    }
}

/// Names the object that a scope belongs to.
pub(super) fn owner(model: &LimitModel, scope: &Scope) -> Option<String> {
    // A container that a service runs is known by that service.
    let unit = scope.unit.as_ref().filter(|_| scope.kind == ScopeKind::Container);
    let top = || model.ancestors(scope).last().map(|(_, top)| shown(&top.path));
    unit.map(|unit| shown(&unit.name)).or_else(top)
}

/// Makes a name safe to be shown.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 120;
    let text = visible(text.as_bytes());
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.into_owned(),
    }
}

/// Returns a size as it is written in a format.
pub(super) fn written(dialect: Dialect, size: Bytes) -> String {
    let (unit, shift) = match size.get() {
        bytes if bytes % (1 << 30) == 0 => ("G", 30),
        bytes if bytes % (1 << 20) == 0 => ("M", 20),
        bytes if bytes % (1 << 10) == 0 => ("K", 10),
        _ => ("", 0),
    };
    let number = size.get() >> shift;
    match (dialect, unit) {
        // Counted in MiB, without a unit.
        (Dialect::Ecs | Dialect::Nomad, _) => (size.get() >> 20).to_string(),
        (_, "") => number.to_string(),
        (Dialect::Kubernetes, unit) => format!("{number}{unit}i"),
        (Dialect::Compose | Dialect::Quadlet, unit) => format!("{number}{}", unit.to_ascii_lowercase()),
        (Dialect::Systemd | Dialect::Live | Dialect::History, unit) => format!("{number}{unit}"),
    }
}

/// Returns how the limit is called on a platform.
pub(super) const fn limit_key(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Kubernetes => "resources.limits.memory",
        Dialect::Compose => "mem_limit",
        Dialect::Systemd => "MemoryMax=",
        Dialect::Quadlet => "Memory=",
        Dialect::Nomad => "resources.memory",
        Dialect::Ecs => "memory",
        Dialect::Live | Dialect::History => "memory.max",
    }
}

/// Returns a setting as it was written, such as `mem_limit: 1e9`.
pub(super) fn as_written<T>(setting: &Setting<T>) -> String {
    let value = shown(&setting.spelled);
    match setting.origin {
        Origin::Default => format!("{} {value}, which the namespace gives,", setting.key),
        _ if value.is_empty() => format!("an empty {}", setting.key),
        _ if setting.key.ends_with('=') => format!("{}{value}", setting.key),
        _ => format!("{} {value}", setting.key),
    }
}

/// Lists names, the first few of them by name.
pub(super) fn list(names: &[String]) -> String {
    const MOST: usize = 4;
    let shown = names.get(..MOST.min(names.len())).unwrap_or_default();
    match (names.len(), shown.split_last()) {
        (_, None) => String::new(),
        (1, Some((only, _))) => only.clone(),
        (count, Some(_)) if MOST < count => format!("{} and {} more", shown.join(", "), count - MOST),
        (_, Some((last, others))) => format!("{} and {last}", others.join(", ")),
    }
}

/// Returns a share in whole percent.
pub(super) fn percent(share: f64) -> String {
    format!("{share:.0} %")
}

/// Returns one size as a share of another, in percent.
#[expect(clippy::cast_precision_loss, reason = "a share is shown in whole percent")]
pub(super) fn percent_of(part: Bytes, whole: Bytes) -> f64 {
    if whole == Bytes::ZERO { 0.0 } else { part.get() as f64 * 100.0 / whole.get() as f64 }
}

/// Returns the size of a setting that applies.
pub(super) fn size(setting: Option<&Setting<Amount>>) -> Option<Bytes> {
    setting.and_then(|setting| setting.value.size())
}
