//! The machine: its memory and the settings that decide what happens when that is out.

use std::fmt::Display;

use oomkit_core::{reading::Reading, units::Bytes};
use oomkit_host::{Host, tree::Tree};

use crate::{
    dialect::Dialect,
    model::{LimitModel, Machine, Mount, MountKind, Observed, Origin, Place, ScopeId, Setting},
    quantity::Amount,
};

/// Reads the machine of a host, cgroups and processes aside.
pub(super) fn read(host: &Host<&dyn Tree>, scope: ScopeId, model: &mut LimitModel) -> Machine {
    let meminfo = host.meminfo().known().unwrap_or_default();
    let line = meminfo.total.map_or_else(String::new, |total| format!("{total} of memory"));
    let place = model.add_host_file("/proc/meminfo", &line).of(scope);
    let mut kept = |name: &str, value: Reading<i64>| keep(name, value, scope, model);
    let panic_on_oom = kept("vm/panic_on_oom", host.setting("vm/panic_on_oom"));
    let overcommit = kept("vm/overcommit_memory", host.setting("vm/overcommit_memory"));
    let min_free = kept("vm/min_free_kbytes", host.setting("vm/min_free_kbytes"));
    let min_free = min_free.map(|Observed { value, place }| Observed {
        value: Bytes::new(value.max(0).cast_unsigned().saturating_mul(1024)),
        place,
    });
    let crash_memory = host.crash_memory().known().map(|value| Observed {
        value,
        place: model.add_host_file("/sys/kernel/kexec_crash_size", &value.get().to_string()).of(scope),
    });
    push_mounts(host, scope, model);
    Machine {
        scope,
        version: None,
        is_hybrid: false,
        is_whole: true,
        protects_recursively: false,
        disables_accounting: host.disables_accounting(),
        memory: meminfo.total,
        available: meminfo.available,
        swap: meminfo.swap_total,
        commit_limit: meminfo.commit_limit,
        huge_pages: meminfo.huge_pages,
        place,
        page_size: host.page_size().known(),
        crash_memory,
        dump_service: host.dump_service(),
        panic_on_oom,
        overcommit,
        min_free,
        processes: Vec::new(),
    }
}

/// Keeps a setting with the file that has it.
fn keep<V: Copy + Display>(
    name: &str,
    value: Reading<V>,
    scope: ScopeId,
    model: &mut LimitModel,
) -> Option<Observed<V>> {
    let value = value.known()?;
    let place = model.add_host_file(&format!("/proc/sys/{name}"), &value.to_string()).of(scope);
    Some(Observed { value, place })
}

/// Adds the file systems that live in memory.
fn push_mounts(host: &Host<&dyn Tree>, scope: ScopeId, model: &mut LimitModel) {
    let mounts = host.mounts().known().unwrap_or_default();
    let found: Vec<Mount> = mounts
        .iter()
        // A folder of one that is mounted once more is not another one.
        .filter(|mount| mount.kind == b"tmpfs" && mount.root == b"/")
        .map(|mount| {
            let name = oomkit_core::ident::visible(&mount.point).into_owned();
            let place: Place = model.add_host_file("/proc/1/mountinfo", "").of(scope);
            let setting = |size: Bytes| Setting {
                value: Amount::Size(size),
                key: "size".into(),
                spelled: size.to_string(),
                place,
                origin: Origin::Written,
            };
            Mount { name, kind: MountKind::Tmpfs, size: mount.size().map(setting), place }
        })
        .collect();
    if let Some(host) = model.scope_mut(scope) {
        debug_assert_eq!(host.dialect, Dialect::Live);
        host.mounts = found;
    }
}
