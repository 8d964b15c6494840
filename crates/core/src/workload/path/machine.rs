//! The cgroups of LXC containers, of nspawn machines and of virtual machines.

use super::{Kind, runtime};
use crate::workload::Workload;

pub(super) fn read(rest: &[&str]) -> Kind {
    let named = |kind: &str, name: &str| Workload { name: Some(unescape(name)), ..runtime(kind) };
    match rest {
        ["lxc", name, ..] => Some((named("lxc", name), 2)),
        ["machine.slice", name, ..] => {
            if let Some(machine) = name.strip_prefix("machine-").and_then(|name| name.strip_suffix(".scope"))
            {
                let name = unescape(machine);
                let of_libvirt = name.starts_with("qemu-") || name.starts_with("lxc-");
                return Some((named(if of_libvirt { "libvirt" } else { "nspawn" }, machine), 2));
            }
            let machine = name.strip_prefix("systemd-nspawn@")?.strip_suffix(".service")?;
            Some((Workload { unit: Some((*name).to_owned()), ..named("nspawn", machine) }, 2))
        }
        [name, ..] => match (name.strip_prefix("lxc.payload."), name.strip_prefix("lxc.monitor.")) {
            (Some(name), _) => Some((named("lxc", name), 1)),
            (_, Some(name)) => Some((Workload { monitor: true, ..named("lxc", name) }, 1)),
            _ => None,
        },
        [] => None,
    }
}

/// Undoes systemd's `\x2d` for the bytes that it escapes, which are printable.
fn unescape(name: &str) -> String {
    let mut parts = name.split("\\x");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (byte.filter(u8::is_ascii_graphic), part.get(2..)) {
            (Some(byte), Some(rest)) => {
                out.push(char::from(byte));
                out.push_str(rest);
            }
            _ => {
                out.push_str("\\x");
                out.push_str(part);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::workload::path::tests::check;

    #[test]
    fn machines_are_read() {
        for (path, fields, phrase) in [
            ("/lxc.payload.build-7", "runtime=lxc name=build-7", "LXC container build-7"),
            ("/lxc.monitor.build-7", "runtime=lxc name=build-7 monitor", "monitor of LXC container build-7"),
            (
                "/lxc/101/ns/system.slice/ssh.service",
                "runtime=lxc unit=ssh.service name=101",
                "LXC container 101, unit ssh.service",
            ),
            (
                "/machine.slice/machine-qemu\\x2d3\\x2dsid.scope/libvirt/emulator",
                "runtime=libvirt name=qemu-3-sid",
                "virtual machine qemu-3-sid",
            ),
            (
                "/machine.slice/systemd-nspawn@deb.service/payload",
                "runtime=nspawn unit=systemd-nspawn@deb.service name=deb",
                "nspawn machine deb, unit systemd-nspawn@deb.service",
            ),
        ] {
            check(path, fields, phrase);
        }
    }
}
