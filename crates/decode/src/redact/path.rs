//! Paths: each step that is not everybody's gets a pseudonym, so that what lies below what can still
//! be seen.

use super::{
    ids::id_in,
    names::{Kind, Names},
};

/// Steps that say nothing of whose they are.
const EVERYBODYS: &[&str] = &[
    "-",
    "-.slice",
    ".",
    "..",
    "\u{2026}",
    "app.slice",
    "background.slice",
    "besteffort",
    "burstable",
    "cgroup",
    "cgroup.procs",
    "cpu",
    "cpuset",
    "dev",
    "dmesg",
    "docker",
    "etc",
    "fs",
    "guaranteed",
    "home",
    "init.scope",
    "kern.log",
    "kmsg",
    "kubepods",
    "kubepods-besteffort.slice",
    "kubepods-burstable.slice",
    "kubepods.slice",
    "log",
    "lxc",
    "machine.slice",
    "machine",
    "memory",
    "messages",
    "mnt",
    "opt",
    "proc",
    "root",
    "run",
    "session.slice",
    "shm",
    "srv",
    "sys",
    "syslog",
    "system",
    "system.slice",
    "tmp",
    "unified",
    "user",
    "user.slice",
    "usr",
    "var",
];

/// What stands before and after an id in a step that says nothing else.
const BEFORE: &[&str] = &[
    "",
    "cri-containerd-",
    "crio-",
    "crio-conmon-",
    "docker-",
    "kubepods-besteffort-pod",
    "kubepods-burstable-pod",
    "kubepods-pod",
    "libpod-",
    "libpod-conmon-",
    "pod",
];
const AFTER: &[&str] = &["", ".scope", ".slice"];

/// Steps that hold a user's id, as what stands before and after it.
const OF_USERS: &[(&str, &str)] =
    &[("user-", ".slice"), ("user@", ".service"), ("user-runtime-dir@", ".service")];

/// Returns a path in which nobody's own names stand.
pub(super) fn path(path: &str, names: &mut Names) -> String {
    let is_kernels = ["/proc/", "/sys/"].iter().any(|start| path.starts_with(start));
    if is_kernels && !path.starts_with("/sys/fs/cgroup/") {
        return path.to_owned();
    }
    let mut before = "";
    let mut steps: Vec<String> = Vec::new();
    for own in path.split('/') {
        steps.push(match own.parse::<i64>() {
            Ok(uid) if before == "user" => names.of_uid(uid).to_string(),
            _ => step(own, names),
        });
        before = own;
    }
    steps.join("/")
}

/// Returns one step of a path.
pub(super) fn step(own: &str, names: &mut Names) -> String {
    if own.is_empty() || EVERYBODYS.contains(&own) {
        return own.to_owned();
    }
    for (before, after) in OF_USERS {
        let uid = own.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        if let Some(uid) = uid.and_then(|uid| uid.parse().ok()) {
            return format!("{before}{}{after}", names.of_uid(uid));
        }
    }
    if let Some((before, id, after)) = id_in(own)
        && BEFORE.contains(&before)
        && AFTER.contains(&after)
    {
        let kind = if before.ends_with("pod") { Kind::Pod } else { Kind::Container };
        return format!("{before}{}{after}", names.of_id(kind, id));
    }
    names.of(Kind::Path, own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_below_what_can_still_be_seen() {
        let mut names = Names::default();
        for (own, redacted) in [
            ("/", "/"),
            ("/shop/web", "/path-1/path-2"),
            ("/shop", "/path-1"),
            ("/system.slice/web", "/system.slice/path-2"),
            (
                "/user.slice/user-1000.slice/user@1000.service",
                "/user.slice/user-100001.slice/user@100001.service",
            ),
            ("/run/user/1000/bus", "/run/user/100001/path-3"),
            ("/proc/sys/vm/overcommit_memory", "/proc/sys/vm/overcommit_memory"),
            ("/sys/fs/cgroup/shop/memory", "/sys/fs/cgroup/path-1/memory"),
            (
                "/kubepods.slice/kubepods-burstable-pod0f6a1c2e_7b3d_4a5f_9c8e_2d1b0a9f8e7d.slice",
                "/kubepods.slice/kubepods-burstable-podpod-1.slice",
            ),
            (
                "/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "/docker/container-1",
            ),
            ("logs/kern.log", "path-4/kern.log"),
        ] {
            assert_eq!(path(own, &mut names), redacted);
        }
    }
}
