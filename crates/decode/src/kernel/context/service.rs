//! Lines of programs in user space that tell of memory, of services lost, and of disks.
//!
//! The lines by which a program announces a kill of its own are read by [`super::super::killers`].

use super::{Trouble, after_any, between, has, program_name, until};
use crate::kernel::fields::split_once;
use crate::report::ContextKind as Kind;

/// Reads a line that a program wrote, of which only its own trouble is believed.
#[must_use]
pub fn read_program(program: &[u8], text: &[u8]) -> Option<Trouble> {
    let text = text.trim_ascii();
    match program_name(program) {
        b"systemd" => systemd(text),
        b"systemd-coredump" => core_dump(text),
        name if name.starts_with(b"systemd-") => {
            let late = text.starts_with(b"Failed to ") && text.ends_with(b"timed out");
            late.then(|| Trouble::of(Kind::UnitTimeout).about(name).with(text))
        }
        b"earlyoom" => {
            let words = text.strip_prefix(b"low memory! at or below ")?;
            Some(Trouble::of(Kind::LowMemory).with(words))
        }
        b"kubelet" | b"hyperkube" | b"kubelite" | b"k3s" | b"k3s-agent" | b"rke2" => kubelet(text),
        b"containerd" | b"dockerd" | b"docker" => container(text),
        b"conmon" | b"crio" => {
            let known = has(text, "OOM received") || has(text, "OOM event received");
            known.then(|| Trouble::of(Kind::ContainerOom))
        }
        b"nomad" => has(text, "\"OOM Killed").then(|| Trouble::of(Kind::ContainerOom)),
        b"node-problem-detector" => has(text, "OOMKilling").then(|| Trouble::of(Kind::ContainerOom)),
        b"kdump" | b"kdump.sh" | b"kdumpctl" | b"kdump-config" => kdump(text),
        b"iscsid" => {
            let (_, rest) = split_once(text, b"Kernel reported iSCSI connection ")?;
            let connection = [b"connection", until(rest, &[" "])].concat();
            Some(Trouble::of(Kind::StorageConnection).about(&connection).with(rest).going_on())
        }
        b"multipathd" => {
            let (map, paths) = split_once(text, b": remaining active paths: ")?;
            (paths == b"0").then(|| Trouble::of(Kind::StorageConnection).about(map).with(b"no path is left"))
        }
        b"smartd" => {
            let (device, words) = split_once(text.strip_prefix(b"Device: ")?, b", ")?;
            let fails = has(words, "unreadable (pending) sectors") || has(words, "FAILED SMART self-check");
            fails.then(|| Trouble::of(Kind::DeviceError).about(until(device, &[" "])).with(words))
        }
        _ => None,
    }
}

/// What systemd says of a unit: `<unit>: <words>`, or in older ones `<unit> <words>`.
fn systemd(text: &[u8]) -> Option<Trouble> {
    if let Some(what) = text.strip_prefix(b"Failed to start ") {
        // The unit and its description, or the description alone.
        return Some(Trouble::of(Kind::UnitStartFailed).about(what.strip_suffix(b".").unwrap_or(what)));
    }
    if let Some(what) = text.strip_prefix(b"Dependency failed for ") {
        return Some(Trouble::of(Kind::UnitDependencyFailed).about(what.strip_suffix(b".").unwrap_or(what)));
    }
    if let Some(what) = text.strip_prefix(b"Timed out waiting for ") {
        return Some(Trouble::of(Kind::UnitTimeout).about(what.strip_suffix(b".").unwrap_or(what)));
    }
    if let Some(rest) = text.strip_prefix(b"Unit ") {
        let unit = rest.strip_suffix(b" entered failed state.").filter(|unit| !unit.contains(&b' '))?;
        return Some(Trouble::of(Kind::UnitFailed).about(unit));
    }
    let (unit, words) = split_once(text, b" ")?;
    let unit = unit.strip_suffix(b":").unwrap_or(unit);
    if !unit.contains(&b'.') {
        return None;
    }
    unit_words(unit, words)
}

fn unit_words(unit: &[u8], words: &[u8]) -> Option<Trouble> {
    let about = |kind| Trouble::of(kind).about(unit);
    let small = words.to_ascii_lowercase();
    if words.starts_with(b"A process of this unit has been killed by the OOM killer")
        || words.starts_with(b"The kernel OOM killer killed ")
    {
        return Some(about(Kind::UnitOomKill));
    }
    if let Some(killed) = words.strip_prefix(b"systemd-oomd killed ") {
        return Some(about(Kind::UnitOomdKill).with(until(killed, &[" in this unit"])));
    }
    if small.starts_with(b"watchdog timeout") {
        let limit = between(words, "(", ")").unwrap_or_default();
        return Some(about(Kind::UnitWatchdog).with(limit));
    }
    if let Some(how) = small.strip_prefix(b"main process exited, code=") {
        let (code, rest) = split_once(how, b", status=")?;
        let signal = words.get(words.len() - rest.len()..)?;
        return match code {
            b"dumped" => Some(about(Kind::UnitCrashed).with(signal)),
            b"killed" if signal.starts_with(b"9/") => Some(about(Kind::UnitKilled).with(signal)),
            b"killed" if !signal.starts_with(b"15/") => Some(about(Kind::UnitCrashed).with(signal)),
            _ => None,
        };
    }
    if let Some(result) = words.strip_prefix(b"Failed with result '") {
        return match until(result, &["'"]) {
            b"oom-kill" => Some(about(Kind::UnitOomKill).going_on()),
            b"watchdog" => Some(about(Kind::UnitWatchdog).going_on()),
            result => Some(about(Kind::UnitFailed).with(result)),
        };
    }
    let late = has(&small, "operation timed out") || has(&small, "timed out. ") || has(&small, " timed out.");
    late.then(|| about(Kind::UnitTimeout).with(words))
}

/// `Process 77 (java) of user 1000 dumped core.`
fn core_dump(text: &[u8]) -> Option<Trouble> {
    let rest = text.strip_prefix(b"Process ")?;
    let dumped = has(rest, " dumped core") || has(rest, " terminated abnormally without generating a core");
    let (_, comm) = split_once(rest, b" (")?;
    let (comm, _) = split_once(comm, b") of user ")?;
    dumped.then(|| Trouble::of(Kind::CoreDump).about(comm))
}

fn kubelet(text: &[u8]) -> Option<Trouble> {
    if has(text, "System OOM encountered, victim process: ") {
        let process = between(text, "victim process: ", ",").unwrap_or_default();
        return Some(Trouble::of(Kind::SystemOom).about(process));
    }
    let evicts = ["viction manager: attempting to reclaim", "viction manager: must evict pod(s) to reclaim"]
        .iter()
        .any(|part| has(text, part));
    if evicts {
        let named = between(text, "resourceName=\"", "\"").or_else(|| {
            let (_, after) = split_once(text, b" to reclaim ")?;
            Some(until(after, &[" ", "\"", ","]))
        });
        return Some(Trouble::of(Kind::KubeletEviction).about(named.unwrap_or_default()));
    }
    has(text, "OOMKilled").then(|| Trouble::of(Kind::ContainerOom)).or_else(|| container(text))
}

/// `TaskOOM event container_id:\"<id>\"`, older `&TaskOOM{ContainerID:<id>,…}`, `container=<id> … topic=/tasks/oom`.
fn container(text: &[u8]) -> Option<Trouble> {
    if !has(text, "TaskOOM event ") && !has(text, "topic=/tasks/oom") {
        return None;
    }
    let id = ["container_id:", "ContainerID:", "container="].iter().find_map(|key| {
        let (_, id) = split_once(text, key.as_bytes())?;
        let start = id.iter().position(|byte| !matches!(byte, b'\\' | b'"'))?;
        let id = id.get(start..)?;
        let end = id.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(id.len());
        id.get(..end)
    });
    Some(Trouble::of(Kind::ContainerOom).about(id.unwrap_or_default()))
}

/// `kdump: saving vmcore failed, exitcode:137`, `kdump: No memory reserved for crash kernel`.
fn kdump(text: &[u8]) -> Option<Trouble> {
    let words = after_any(text, &["kdump: ", "* "]);
    let complains = has(words, "failed") || words.starts_with(b"No memory reserved for crash kernel");
    complains.then(|| Trouble::of(Kind::Kdump).with(words))
}
