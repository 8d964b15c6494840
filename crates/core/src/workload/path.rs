//! The shapes of cgroup paths, by component, each with the runtime that makes it.

mod cluster;
mod container;
mod kubernetes;
mod machine;
mod shapes;

use self::shapes::{is_container_id, is_unit, user_manager};
use super::Workload;

/// Reads a path; see [`Workload::of_path`].
pub(super) fn read(path: &str) -> Option<Workload> {
    let components: Vec<&str> = path.split('/').filter(|component| !component.is_empty()).collect();
    let mut rest = components.as_slice();
    let mut found: Option<Workload> = None;
    // What systemd says on the way to the next container; a container starts a world of its own.
    let mut unit: Option<&str> = None;
    let mut user: Option<u32> = None;
    while let [component, after @ ..] = rest {
        if let Some((mut kind, taken)) = kind_at(rest) {
            kind.unit = kind.unit.or_else(|| around(unit));
            kind.user = user;
            found = Some(kind);
            unit = None;
            rest = rest.get(taken..).unwrap_or_default();
            continue;
        }
        // systemd puts an underscore before names that the kernel uses itself.
        let component = component.strip_prefix('_').unwrap_or(component);
        if is_unit(component) {
            if let Some(uid) = unit.and_then(user_manager) {
                user = Some(uid);
            }
            unit = Some(component);
        }
        rest = after;
    }
    match (found.or_else(|| unnamed(&components)), unit) {
        (Some(kind), None) => Some(kind),
        (Some(kind), unit) if kind.runtime.is_none() => Some(Workload { unit: around(unit), user, ..kind }),
        (Some(kind), Some(inner))
            if kind.runtime.as_deref() == Some("kubernetes") && kind.pod_uid.is_none() =>
        {
            Some(Workload { unit: around(Some(inner)), ..kind })
        }
        (Some(kind), Some(inner)) => Some(Workload { unit: Some(inner.to_owned()), ..kind }),
        (None, Some(unit)) => Some(Workload { unit: Some(unit.to_owned()), user, ..runtime("systemd") }),
        (None, None) => None,
    }
}

type Kind = Option<(Workload, usize)>;

/// Reads the kind that starts at the first component, and how many components it takes.
fn kind_at(rest: &[&str]) -> Kind {
    kubernetes::read(rest)
        .or_else(|| cluster::ecs(rest))
        .or_else(|| cluster::nomad(rest))
        .or_else(|| container::podman(rest))
        .or_else(|| container::read(rest))
        .or_else(|| machine::read(rest))
}

/// Returns a container that only its id tells: a parent was chosen by hand, as with `--cgroup-parent`.
fn unnamed(components: &[&str]) -> Option<Workload> {
    let id = components.iter().rfind(|component| is_container_id(component))?;
    // The namespace in which containerd keeps a cluster's containers.
    let of_cluster = components.contains(&"k8s.io");
    let engine = of_cluster.then(|| "containerd".to_owned());
    Some(Workload { engine, container_id: Some((*id).to_owned()), ..Workload::default() })
}

/// Returns the unit around a container: a slice only groups, and a user's manager owns.
fn around(unit: Option<&str>) -> Option<String> {
    unit.filter(|unit| !unit.ends_with(".slice") && user_manager(unit).is_none()).map(str::to_owned)
}

fn runtime(name: &str) -> Workload {
    Workload { runtime: Some(name.to_owned()), ..Workload::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CID: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90";
    const OTHER: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    const UID: &str = "0f6a1c2e-3b4d-4e5f-8a9b-0c1d2e3f4a5b";
    const HASH: &str = "36b6d6be73b1065af369b3985edafa09";

    /// Fills in `CID`, `OTHER`, `UID_`, `UID` and `HASH`, and checks the whole workload, fields that are set.
    pub(super) fn check(path: &str, fields: &str, phrase: &str) {
        let fill = |text: &str| {
            text.replace("CID", CID)
                .replace("OTHER", OTHER)
                .replace("UID_", &UID.replace('-', "_"))
                .replace("UID", UID)
                .replace("HASH", HASH)
        };
        let Some(read) = Workload::of_path(&fill(path)) else {
            assert_eq!(fields, "none", "{path}");
            return;
        };
        let json = serde_json::to_value(&read).unwrap();
        let mut set: Vec<String> = Vec::new();
        for key in [
            "runtime",
            "engine",
            "qos",
            "pod_uid",
            "instance",
            "container_id",
            "unit",
            "name",
            "user",
            "monitor",
            "misplaced",
        ] {
            match &json[key] {
                serde_json::Value::Null | serde_json::Value::Bool(false) => {}
                serde_json::Value::Bool(true) => set.push(key.to_owned()),
                serde_json::Value::String(value) => set.push(format!("{key}={value}")),
                value => set.push(format!("{key}={value}")),
            }
        }
        assert_eq!(set.join(" "), fill(fields), "{path}");
        assert_eq!(read.describe(), fill(phrase), "{path}");
    }

    #[test]
    fn units_are_read_last() {
        for (path, fields, phrase) in [
            (
                "/system.slice/system-postgresql.slice/postgresql@15-main.service",
                "runtime=systemd unit=postgresql@15-main.service",
                "unit postgresql@15-main.service",
            ),
            (
                "/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-firefox-2.scope",
                "runtime=systemd unit=app-gnome-firefox-2.scope user=1000",
                "unit app-gnome-firefox-2.scope of user 1000",
            ),
            (
                "/user.slice/user-0.slice/session-3.scope",
                "runtime=systemd unit=session-3.scope",
                "unit session-3.scope",
            ),
            ("/system.slice/_memory.service", "runtime=systemd unit=memory.service", "unit memory.service"),
            ("/system.slice/php.service/worker", "runtime=systemd unit=php.service", "unit php.service"),
            ("/user.slice", "runtime=systemd unit=user.slice", "unit user.slice"),
            ("/", "none", ""),
            ("", "none", ""),
            ("/docker/abc", "none", ""),
            ("/.service/podx/kubepodsx", "none", ""),
            ("/batch/job7", "none", ""),
        ] {
            check(path, fields, phrase);
        }
    }

    #[test]
    fn every_cut_of_a_path_is_read_without_harm() {
        let path = format!("/ecs/{UID}/kubepods-burstable-pod{UID}.slice:crio:{CID}/lxc/\\x2\\x\u{e9}/nomad");
        for end in (0..=path.len()).filter(|&end| path.is_char_boundary(end)) {
            let _ = Workload::of_path(path.split_at(end).0).map(|workload| workload.describe());
        }
    }
}
