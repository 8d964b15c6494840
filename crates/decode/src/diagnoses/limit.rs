//! A higher limit: how high, and in the words of whoever manages the cgroup.

use oomkit_core::{
    ident::visible,
    units::{Bytes, Share},
    workload::Workload,
};

use crate::case::{CgroupFigures, percent};

const MIB: u64 = 1 << 20;

/// Returns a limit that leaves a fifth above what was used, rounded up to a figure that reads well.
pub(super) fn roomier(used: Bytes) -> Bytes {
    let wanted = used.saturating_add(percent(used, 20)).get();
    // Steps of a sixteenth to an eighth of the figure: 77 MiB become 80, 1229 become 1280.
    let step = wanted.checked_ilog2().map_or(MIB, |bits| ((1_u64 << bits) >> 4).max(MIB));
    Bytes::new(wanted.checked_next_multiple_of(step).unwrap_or(u64::MAX))
}

/// Says where to set a limit of memory, and to what.
pub(super) fn of_memory(cgroup: &CgroupFigures, limit: Bytes) -> String {
    let (short, binary) = (short(limit), format!("{}i", short(limit)));
    let Some(owner) = &cgroup.owner else { return file(cgroup, &short) };
    match (owner.runtime.as_deref().unwrap_or_default(), &owner.container_id) {
        ("kubernetes", Some(_)) => format!("`resources.limits.memory: {binary}` of the container"),
        ("kubernetes", None) if owner.pod_uid.is_some() => format!(
            "`resources.limits.memory` of its containers, whose sum is the pod's limit, so that they add up to \
             {binary}"
        ),
        ("kubernetes", None) => {
            "the node's memory for pods: a larger node, fewer pods, or less in `kubeReserved` \
                                 and `systemReserved` of the kubelet"
                .into()
        }
        ("docker" | "podman" | "containerd", _) => {
            let low = short.to_lowercase();
            format!("`--memory {low}` (in a Compose file `mem_limit: {low}`)")
        }
        ("systemd", _) => format!("`MemoryMax={short}` of {}", unit(owner)),
        ("nomad", _) => format!("`memory = {}` of the task's `resources`", limit.get() / MIB),
        ("ecs", _) => format!("`\"memory\": {}` of the container definition", limit.get() / MIB),
        ("lxc", _) if cgroup.is_v1 == Some(true) => format!("`lxc.cgroup.memory.limit_in_bytes = {short}`"),
        ("lxc", _) => format!("`lxc.cgroup2.memory.max = {short}`"),
        _ => file(cgroup, &short),
    }
}

/// Says where to set a limit of memory and swap together, which only version 1 has, and to what.
pub(super) fn of_both(cgroup: &CgroupFigures, limit: Bytes) -> String {
    let short = short(limit);
    match cgroup.owner.as_ref().and_then(|owner| owner.runtime.as_deref()) {
        Some("docker" | "podman") => format!("`--memory-swap {}`", short.to_lowercase()),
        Some("lxc") => format!("`lxc.cgroup.memory.memsw.limit_in_bytes = {short}`"),
        _ => format!("`memory.memsw.limit_in_bytes` to {short}"),
    }
}

/// Says how large a part of a limit is; a limit of nothing has no parts.
pub(super) fn of_limit(used: Bytes, limit: Bytes) -> String {
    match Share::of(used, limit) {
        Some(share) => format!("{used}, {share} of its limit of {limit}"),
        None => format!("{used}, with a limit of {limit}"),
    }
}

fn unit(owner: &Workload) -> String {
    owner.unit.as_ref().map_or_else(|| "the unit".into(), |unit| visible(unit.as_bytes()).into_owned())
}

fn file(cgroup: &CgroupFigures, limit: &str) -> String {
    let file = match cgroup.is_v1 {
        Some(true) => "memory.limit_in_bytes",
        Some(false) => "memory.max",
        None => "memory.max (memory.limit_in_bytes in cgroup v1)",
    };
    format!("`{limit}` in {file} of the cgroup")
}

/// Spells a whole number of MiB as `80M` or `2G`, which systemd and the kernel read in powers of 1024.
fn short(limit: Bytes) -> String {
    match limit.get() / MIB {
        mib if mib != 0 && mib.is_multiple_of(1024) => format!("{}G", mib / 1024),
        mib => format!("{mib}M"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mib(count: u64) -> Bytes {
        Bytes::new(count * MIB)
    }

    #[test]
    fn new_limits_leave_a_fifth_and_read_well() {
        for (used, limit, spelled) in [
            (0, 0, "0M"),
            (1, 2, "2M"),
            (24, 29, "29M"),
            (64, 80, "80M"),
            (80, 96, "96M"),
            (512, 640, "640M"),
            (854, 1088, "1088M"),
            (1024, 1280, "1280M"),
            (4096, 5120, "5G"),
        ] {
            assert_eq!(
                (roomier(mib(used)), short(roomier(mib(used)))),
                (mib(limit), spelled.into()),
                "{used}"
            );
        }
        assert_eq!(roomier(Bytes::new(u64::MAX)), Bytes::new(u64::MAX));
    }

    #[test]
    fn limits_are_spelled_for_those_who_set_them() {
        let id = "a1b2c3d4e5f60718293a4b5c6d7e8f90112233445566778899aabbccddeeff00";
        let pod = "/kubepods/burstable/pod0f6a1c2e-7b3d-4a5f-9c8e-2d1b0a9f8e7d";
        for (path, spelled) in [
            (format!("{pod}/{id}"), "`resources.limits.memory: 80Mi` of the container"),
            (
                pod.to_owned(),
                "`resources.limits.memory` of its containers, whose sum is the pod's limit, so that they add up \
                 to 80Mi",
            ),
            (format!("/docker/{id}"), "`--memory 80m` (in a Compose file `mem_limit: 80m`)"),
            ("/system.slice/a.service".into(), "`MemoryMax=80M` of a.service"),
            ("/a".into(), "`80M` in memory.max (memory.limit_in_bytes in cgroup v1) of the cgroup"),
        ] {
            let owner = Workload::of_path(&path);
            let cgroup = CgroupFigures { path: Some(path), owner, ..CgroupFigures::default() };
            assert_eq!(of_memory(&cgroup, mib(80)), spelled);
        }
    }
}
