//! Disks, and the connections to those that are far away.
//!
//! Sources: `block/blk-core.c`, `fs/buffer.c`, `drivers/scsi/`, `drivers/ata/libata-eh.c`, `drivers/nvme/`,
//! `drivers/md/`, `drivers/ide/` (up to Linux 5.13), `net/sunrpc/`, `fs/nfs/`.

use super::{Trouble, after_any, between, has, until};
use crate::kernel::fields::split_once;
use crate::report::ContextKind as Kind;

pub(super) fn read(text: &[u8]) -> Option<Trouble> {
    match text.first()? {
        b'c' => connection(text).or_else(|| block(text)),
        b's' => session(text).or_else(|| scsi(text)),
        b'a' => ata(text),
        b'n' => nvme(text).or_else(|| nfs(text)).or_else(|| block(text)),
        b'm' => raid(text),
        b'd' => multipath(text).or_else(|| block(text)),
        b'h' => ide(text),
        b'r' => {
            let (port, rest) = split_once(text, b": blocked FC remote port time out")?;
            let trouble = Trouble::of(Kind::StorageConnection).about(port).with(after_any(rest, &[": "]));
            if port.starts_with(b"rport-") { Some(trouble) } else { None }
        }
        .or_else(|| block(text)),
        b'B' | b'I' | b'b' | b'e' | b'l' | b'p' | b't' | b'k' | b'z' | b'i' | b'o' => block(text),
        _ => None,
    }
}

/// `blk_update_request: I/O error, dev sda, sector 2048 op 0x0:(READ) …`, `Buffer I/O error on dev dm-0, …`.
fn block(text: &[u8]) -> Option<Trouble> {
    if let Some(rest) = text.strip_prefix(b"Buffer I/O error on dev") {
        let device = rest.strip_prefix(b"ice").unwrap_or(rest);
        let (device, detail) = split_once(device, b", ").unwrap_or((device, b""));
        return Some(Trouble::of(Kind::IoError).about(device).with(detail));
    }
    if let Some(device) = text.strip_prefix(b"lost page write due to I/O error on ") {
        return Some(Trouble::of(Kind::IoError).about(device));
    }
    let text = after_any(text, &["blk_update_request: ", "print_req_error: ", "end_request: "]);
    let head = text.get(..64).unwrap_or(text);
    let (what, _) = split_once(head, b" error, dev ")?;
    let (_, rest) = split_once(text, b" error, dev ")?;
    let (device, rest) = split_once(rest, b", sector ")?;
    let is_word = what.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'/'));
    let mode = between(rest, ":(", ")").map(<[u8]>::to_ascii_lowercase);
    let detail = match mode {
        Some(mode) => [what, b" error, ", &mode, b", sector ", until(rest, &[" "])].concat(),
        None => [what, b" error, sector ", until(rest, &[" "])].concat(),
    };
    is_word.then(|| Trouble::of(Kind::IoError).about(device).with(&detail))
}

/// `connection4:0: detected conn error (1020)`, `connection4:0: ping timeout of 5 secs expired, …`.
fn connection(text: &[u8]) -> Option<Trouble> {
    let (connection, words) = split_once(text, b": ")?;
    let known = words.starts_with(b"detected conn error") || words.starts_with(b"ping timeout of ");
    let known = known && connection.starts_with(b"connection");
    known.then(|| Trouble::of(Kind::StorageConnection).about(connection).with(until(words, &[", "])))
}

/// `session3: session recovery timed out after 120 secs`.
fn session(text: &[u8]) -> Option<Trouble> {
    let (session, words) = split_once(text, b": ")?;
    let known = session.starts_with(b"session") && words.starts_with(b"session recovery timed out");
    known.then(|| Trouble::of(Kind::StorageConnection).about(session).with(words))
}

/// `sd 3:0:0:0: [sdb] tag#7 FAILED Result: hostbyte=DID_NO_CONNECT …`, `sd 3:0:0:0: rejecting I/O to offline device`.
fn scsi(text: &[u8]) -> Option<Trouble> {
    let drivers = ["sd ", "scsi", "sr ", "st ", "ses ", "sg "];
    if !drivers.iter().any(|driver| text.starts_with(driver.as_bytes())) {
        return None;
    }
    let (device, words) = split_once(text, b": ")?;
    let device = between(words, "[", "]").filter(|_| words.starts_with(b"[")).unwrap_or(device);
    let trouble = Trouble::of(Kind::DeviceError).about(device);
    for part in ["rejecting I/O to ", "Device offlined - not ready", "Device offlined", "killing request"] {
        if has(words, part) {
            return Some(trouble.with(words));
        }
    }
    if let Some((_, result)) = split_once(words, b"hostbyte=") {
        let result = until(result, &[" "]);
        let failed = result != b"DID_OK" || has(words, "FAILED") || has(words, "DRIVER_SENSE");
        return failed.then(|| trouble.with(result));
    }
    let sense = split_once(words, b"Sense Key : ").map(|(_, sense)| until(sense, &[" [", "["]));
    let sense =
        sense.filter(|sense| matches!(*sense, b"Medium Error" | b"Hardware Error" | b"Aborted Command"));
    sense.map(|sense| trouble.with(sense).going_on())
}

/// `ata1.00: exception Emask 0x0 SAct 0x0 SErr 0x0 action 0x6 frozen`, and what the kernel tries then.
fn ata(text: &[u8]) -> Option<Trouble> {
    let (port, words) = split_once(text.strip_prefix(b"ata")?, b": ")?;
    if !port.first()?.is_ascii_digit() {
        return None;
    }
    let trouble = Trouble::of(Kind::DeviceError).about(&[b"ata", port].concat());
    if words.starts_with(b"exception Emask ") {
        return Some(trouble.with(words));
    }
    let goes_on = words.starts_with(b"failed command: ") || words.starts_with(b"hard resetting link");
    goes_on.then(|| trouble.with(words).going_on())
}

/// `nvme nvme0: I/O 123 QID 4 timeout, aborting`, `nvme nvme0: controller is down; will reset: CSTS=0x3`.
fn nvme(text: &[u8]) -> Option<Trouble> {
    let (device, words) = split_once(text.strip_prefix(b"nvme ")?, b": ")?;
    let known = words.starts_with(b"controller is down; will reset")
        || words.starts_with(b"I/O ") && (has(words, " timeout, ") || has(words, " timeout,"))
        || words.starts_with(b"Device not ready; aborting")
        || words.starts_with(b"Removing after probe failure");
    known.then(|| Trouble::of(Kind::DeviceError).about(device).with(words))
}

/// `nfs: server 192.0.2.7 not responding, still trying`.
fn nfs(text: &[u8]) -> Option<Trouble> {
    let rest = text.strip_prefix(b"nfs: server ")?;
    let (server, words) = split_once(rest, b" not responding, ")?;
    Some(Trouble::of(Kind::StorageConnection).about(server).with(&[b"not responding, ", words].concat()))
}

/// `md/raid1:md0: Disk failure on sdb1, disabling device.`
fn raid(text: &[u8]) -> Option<Trouble> {
    let (array, rest) = split_once(text, b": Disk failure on ")?;
    let (device, words) = split_once(rest, b", ")?;
    let detail = [words.strip_suffix(b".").unwrap_or(words), b", ", array].concat();
    array.starts_with(b"md/").then(|| Trouble::of(Kind::DeviceError).about(device).with(&detail))
}

/// `device-mapper: multipath: Failing path 8:16.`
fn multipath(text: &[u8]) -> Option<Trouble> {
    let (head, path) = split_once(text, b"Failing path ")?;
    let path = path.strip_suffix(b".").unwrap_or(path);
    let known = head.starts_with(b"device-mapper: multipath");
    known.then(|| Trouble::of(Kind::StorageConnection).about(path).with(b"failing path"))
}

/// `hda: dma_intr: status=0x51 { DriveReady SeekComplete Error }`.
fn ide(text: &[u8]) -> Option<Trouble> {
    let (disk, words) = split_once(text, b": ")?;
    let is_disk = disk.len() == 3 && disk.starts_with(b"hd");
    let fails = has(words, ": status=0x") && has(words, " Error }");
    (is_disk && fails).then(|| Trouble::of(Kind::DeviceError).about(disk).with(until(words, &[" {"])))
}
