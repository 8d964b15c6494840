//! The cgroups of Amazon ECS tasks and of Nomad tasks.

use super::{
    Kind,
    container::{in_container, scope},
    runtime,
    shapes::{is_container_id, is_digits, is_hex, is_uid},
};
use crate::workload::Workload;

pub(super) fn ecs(rest: &[&str]) -> Kind {
    let task = |id: &str| Workload { instance: Some(id.to_owned()), ..runtime("ecs") };
    let of_v1 = |id: &str, container: &str| {
        let is_known = is_container_id(container)
            || container.split_once('-').is_some_and(|(task, n)| is_hex(task, 32) && is_digits(n));
        let is_task = is_hex(id, 32) || is_uid(id, '-');
        (is_task && is_known).then(|| Workload { container_id: Some(container.to_owned()), ..task(id) })
    };
    match rest {
        ["ecstasks.slice", slice, after @ ..] => {
            let id = slice.strip_prefix("ecstasks-")?.strip_suffix(".slice").filter(|id| is_hex(id, 32))?;
            let below = after.first().and_then(|name| scope(name.strip_suffix(".scope")?));
            Some(match below {
                Some((engine, monitor, container)) => (in_container(task(id), engine, monitor, container), 3),
                None => (task(id), 2),
            })
        }
        ["ecs", id, container, after @ ..] => match (of_v1(id, container), after.first()) {
            (Some(task), _) => Some((task, 3)),
            (None, Some(deeper)) => Some((of_v1(container, deeper)?, 4)),
            (None, None) => None,
        },
        _ => None,
    }
}

pub(super) fn nomad(rest: &[&str]) -> Kind {
    let task = |name: &str| {
        let (id, task) = name.split_once('.').filter(|(id, task)| is_uid(id, '-') && !task.is_empty())?;
        Some(Workload { instance: Some(id.to_owned()), name: Some(task.to_owned()), ..runtime("nomad") })
    };
    match rest {
        ["nomad.slice", "share.slice" | "reserve.slice", name, ..] => {
            Some((task(name.strip_suffix(".scope")?)?, 3))
        }
        ["nomad", "share" | "reserve", name, ..] => Some((task(name)?, 3)),
        ["nomad", name, ..] => Some((task(name)?, 2)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::workload::path::tests::check;

    #[test]
    fn tasks_are_read() {
        for (path, fields, phrase) in [
            (
                "/ecstasks.slice/ecstasks-HASH.slice/docker-CID.scope",
                "runtime=ecs engine=docker instance=HASH container_id=CID",
                "ECS task HASH, container a1b2c3d4e5f6 (docker)",
            ),
            (
                "/ecs/UID/CID",
                "runtime=ecs instance=UID container_id=CID",
                "ECS task UID, container a1b2c3d4e5f6",
            ),
            (
                "/ecs/prod/HASH/HASH-2381",
                "runtime=ecs instance=HASH container_id=HASH-2381",
                "ECS task HASH, container 36b6d6be73b1",
            ),
            (
                "/nomad.slice/share.slice/UID.web.v2.scope",
                "runtime=nomad instance=UID name=web.v2",
                "Nomad task web.v2, allocation UID",
            ),
            ("/nomad/UID.redis", "runtime=nomad instance=UID name=redis", "Nomad task redis, allocation UID"),
            (
                "/nomad/reserve/UID.redis",
                "runtime=nomad instance=UID name=redis",
                "Nomad task redis, allocation UID",
            ),
        ] {
            check(path, fields, phrase);
        }
    }
}
