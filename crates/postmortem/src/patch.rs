//! Patch: the limit as a change of a file, for whatever runs the workload.

use oomkit_audit::{dialect::Dialect, fix, model::Scope, policy::Policy, rules};
use oomkit_core::{units::Bytes, workload::Workload};
use similar::TextDiff;

use crate::{
    figure::Figure,
    incident::{Patch, PatchKind},
    matching::Found,
    who::Who,
};

/// A limit, spelled and put where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proposal {
    /// The limit in the words of the platform.
    pub(crate) spelled: String,
    /// The change of a file, where one is certain.
    pub(crate) patch: Option<Patch>,
}

/// Spells a limit for a workload that was recognised.
pub(crate) fn of_scope(found: &Found<'_>, figure: Figure) -> Proposal {
    let limit = figure.limit;
    let scope = found.scope;
    let spelled = format!("{}{}", key(scope.dialect), rules::written(scope.dialect, limit));
    let patch = match scope.dialect {
        Dialect::Live | Dialect::History => scope
            .live
            .as_ref()
            .and_then(|live| live.workload.as_ref())
            .and_then(|workload| of_workload(workload, limit, request(figure)))
            .and_then(|proposal| proposal.patch),
        _ => diff(found, scope, figure),
    };
    Proposal { spelled, patch }
}

fn diff(found: &Found<'_>, scope: &Scope, figure: Figure) -> Option<Patch> {
    let model = &found.report.model;
    let edits = fix::limit_at(model, scope, figure.limit, figure.request);
    let file = model.file(edits.first()?.file)?;
    let after = fix::applied(&file.text, &edits.iter().collect::<Vec<_>>());
    let text = TextDiff::from_lines(&*file.text, after.as_str())
        .unified_diff()
        .header(&fix::in_patch(&file.name), &fix::in_patch(&file.name))
        .to_string();
    Some(Patch { kind: PatchKind::Diff, file: file.name.clone(), text })
}

/// Spells a limit for somebody who is only known by a log or a snapshot.
pub(crate) fn of_who(who: &Who, figure: Figure) -> Option<Proposal> {
    of_workload(who.workload.as_ref()?, figure.limit, request(figure))
}

/// Returns a request that the audit does not say to be far below the limit.
fn request(figure: Figure) -> Bytes {
    figure.request.max(rules::least_request(&Policy::default(), figure.limit))
}

/// Spells a limit for a workload by its names; what is no plain name is put into no file.
pub(crate) fn of_workload(workload: &Workload, limit: Bytes, request: Bytes) -> Option<Proposal> {
    let size = |dialect| rules::written(dialect, limit);
    let patch = |kind, file: String, text| Some(Patch { kind, file, text });
    if let (Some(owner), Some(container)) = (&workload.owner, &workload.container) {
        let (kind, name) = owner.split_once('/')?;
        let memory = size(Dialect::Kubernetes);
        let request = rules::written(Dialect::Kubernetes, request);
        let spelled = format!("resources.limits.memory: {memory}");
        let is_plain = [kind, name, container].into_iter().all(is_plain);
        let text = format!(
            "spec:\n  template:\n    spec:\n      containers:\n        - name: {container}\n          resources:\n            \
             requests: {{memory: {request}}}\n            limits: {{memory: {memory}}}\n"
        );
        let file = format!("{}-{name}-memory.yaml", kind.to_ascii_lowercase());
        let patch = is_plain.then(|| patch(PatchKind::KubernetesPatch, file, text)).flatten();
        return Some(Proposal { spelled, patch });
    }
    if let Some(service) = &workload.service {
        let memory = size(Dialect::Compose);
        let text = format!("services:\n  {service}:\n    mem_limit: {memory}\n    memswap_limit: {memory}\n");
        let patch =
            is_plain(service).then(|| patch(PatchKind::Override, "compose.override.yaml".into(), text));
        return Some(Proposal { spelled: format!("mem_limit: {memory}"), patch: patch.flatten() });
    }
    let is_service = |unit: &&String| unit.ends_with(".service") && workload.container_id.is_none();
    if let Some(unit) = workload.unit.as_ref().filter(is_service) {
        let memory = size(Dialect::Systemd);
        let folder = if workload.user.is_some() { "/etc/systemd/user" } else { "/etc/systemd/system" };
        let text = format!("[Service]\nMemoryMax={memory}\n");
        let file = format!("{folder}/{unit}.d/50-memory.conf");
        let patch = is_plain(unit).then(|| patch(PatchKind::DropIn, file, text)).flatten();
        return Some(Proposal { spelled: format!("MemoryMax={memory}"), patch });
    }
    None
}

/// Returns how a limit begins on a platform.
fn key(dialect: Dialect) -> String {
    let key = rules::limit_key(dialect);
    if key.ends_with('=') { key.to_owned() } else { format!("{key}: ") }
}

/// Tells whether a name can stand in a file as it is.
fn is_plain(name: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.@\\:".contains(&b);
    !name.is_empty() && name.bytes().all(is_plain) && !name.starts_with(['-', '.', '@', ':'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn every_platform_gets_a_file_of_its_own() {
        let (limit, request) = (Bytes::new(2 << 30), Bytes::new(512 << 20));
        let unit = |unit: &str| Workload { unit: text(unit), ..Workload::default() };
        let pod = Workload { owner: text("Deployment/web"), container: text("app"), ..Workload::default() };
        let service = Workload { service: text("web"), ..Workload::default() };
        for (workload, spelled, file, line) in [
            (
                unit("web.service"),
                "MemoryMax=2G",
                "/etc/systemd/system/web.service.d/50-memory.conf",
                "MemoryMax=2G",
            ),
            (
                pod,
                "resources.limits.memory: 2Gi",
                "deployment-web-memory.yaml",
                "requests: {memory: 512Mi}\n            limits: {memory: 2Gi}",
            ),
            (service, "mem_limit: 2g", "compose.override.yaml", "memswap_limit: 2g"),
        ] {
            let proposal = of_workload(&workload, limit, request).unwrap();
            let patch = proposal.patch.unwrap();
            assert_eq!((proposal.spelled.as_str(), patch.file.as_str()), (spelled, file));
            assert!(patch.text.contains(line), "{}", patch.text);
        }
        // A name from a log is put into no path and no file unless it is plainly one.
        for name in ["../../x.service", "a b.service", "x\n[Service].service"] {
            assert_eq!(of_workload(&unit(name), limit, request).unwrap().patch, None, "{name}");
        }
        assert_eq!(of_workload(&unit("session-1.scope"), limit, request), None);
    }
}
