//! File systems that found an error, shut down, or went on without writing.
//!
//! Sources: `fs/ext4/super.c`, `fs/jbd2/`, `fs/xfs/xfs_fsops.c`, `fs/xfs/xfs_message.c`, `fs/btrfs/messages.c`;
//! the words of XFS before Linux 3.0 and of ext2 and ext3 are read as well.

use super::{Trouble, after_any, between, has, memory, until};
use crate::kernel::fields::{rsplit_once, split_once};
use crate::report::ContextKind as Kind;

pub(super) fn read(text: &[u8]) -> Option<Trouble> {
    match text.first()? {
        b'E' => ext(text),
        b'J' | b'A' => journal(text),
        b'R' if text.starts_with(b"Remounting filesystem read-only") => {
            Some(Trouble::of(Kind::RemountReadOnly).in_plain_words())
        }
        b'X' => xfs(text),
        b'F' => old_xfs(text).or_else(|| fat(text)),
        b'x' => old_xfs_function(text),
        b'I' => old_xfs_io(text),
        b'P' => {
            let please = text.strip_prefix(b"Please ")?;
            let please = after_any(please, &["umount the filesystem", "unmount the filesystem"]);
            let known = has(please, " rectify the problem");
            known.then(|| Trouble::of(Kind::FilesystemShutdown).going_on())
        }
        b'B' => btrfs(text),
        _ => None,
    }
}

/// `EXT4-fs error (device sda1): …`, `EXT4-fs (sda1): Remounting filesystem read-only`.
fn ext(text: &[u8]) -> Option<Trouble> {
    let rest = text.strip_prefix(b"EXT")?;
    let (version, rest) = split_once(rest, b"-fs ")?;
    if !matches!(version, b"2" | b"3" | b"4") {
        return None;
    }
    if let Some(rest) = rest.strip_prefix(b"error ").or_else(|| rest.strip_prefix(b"warning ")) {
        let (device, words) = split_once(rest.strip_prefix(b"(device ")?, b")")?;
        let words = after_any(words, &[": ", " in ", ", "]);
        return Some(Trouble::of(Kind::FilesystemError).about(device).with(words));
    }
    let (device, words) = split_once(rest.strip_prefix(b"(")?, b"): ")?;
    if words.starts_with(b"Remounting filesystem read-only") {
        return Some(Trouble::of(Kind::RemountReadOnly).about(device));
    }
    if words.starts_with(b"shut down requested") {
        return Some(Trouble::of(Kind::FilesystemShutdown).about(device));
    }
    let fails = has(words, "I/O error") || has(words, "failed") || has(words, "Detected aborted journal");
    fails.then(|| Trouble::of(Kind::FilesystemError).about(device).with(words))
}

/// `Aborting journal on device sda1-8.`, `JBD2: Error -5 detected when updating journal superblock for sda1-8.`
fn journal(text: &[u8]) -> Option<Trouble> {
    let (device, detail) = match text.strip_prefix(b"Aborting journal on device ") {
        Some(device) => (device, &b"journal aborted"[..]),
        None => {
            let rest = text.strip_prefix(b"JBD2: ").filter(|rest| has(rest, "rror"))?;
            (rsplit_once(rest, b" ")?.1, until(rest, &[" detected", " while"]))
        }
    };
    Some(Trouble::of(Kind::FilesystemError).about(device.strip_suffix(b".").unwrap_or(device)).with(detail))
}

/// `XFS (dm-1): …`, `XFS: java(77) possible memory allocation deadlock …`.
fn xfs(text: &[u8]) -> Option<Trouble> {
    let rest = text.strip_prefix(b"XFS")?;
    if let Some(rest) = rest.strip_prefix(b": ") {
        return memory::deadlock(rest);
    }
    let (device, words) = split_once(rest.strip_prefix(b" (")?, b"): ")?;
    if let Some(deadlock) = memory::deadlock(words) {
        return Some(deadlock);
    }
    let trouble = |kind| Trouble::of(kind).about(device);
    if has(words, "force_shutdown(") {
        return Some(trouble(Kind::FilesystemShutdown).with(until(words, &["  ", ". "])));
    }
    if has(words, "hutting down filesystem") {
        return Some(trouble(Kind::FilesystemShutdown).with(until(words, &[". ", ".  "])).going_on());
    }
    if words.starts_with(b"Please ") && has(words, " rectify the problem") {
        return Some(trouble(Kind::FilesystemShutdown).going_on());
    }
    let fails = has(words, "rror") || has(words, "orruption");
    fails.then(|| trouble(Kind::FilesystemError).with(words))
}

/// `Filesystem "hda7": XFS internal error xfs_trans_cancel at line 1163 of file …`.
fn old_xfs(text: &[u8]) -> Option<Trouble> {
    let (device, words) = split_once(text.strip_prefix(b"Filesystem \"")?, b"\": ")?;
    let trouble = |kind| Trouble::of(kind).about(device);
    if has(words, "hutting down filesystem") {
        return Some(trouble(Kind::FilesystemShutdown).with(until(words, &["  ", ". "])).going_on());
    }
    let fails = has(words, "rror") || has(words, "orruption");
    fails.then(|| trouble(Kind::FilesystemError).with(until(words, &[" at line ", "  "])))
}

/// `xfs_force_shutdown(hda7,0x8) called from line 1164 of file …`, `xfs_imap() returned an error 22 on hda7`.
fn old_xfs_function(text: &[u8]) -> Option<Trouble> {
    if let Some(rest) = text.strip_prefix(b"xfs_force_shutdown(") {
        let device = until(rest, &[",", ")"]);
        let (_, called) = split_once(rest, b") ").unwrap_or_default();
        let called = until(called, &[".  ", ". Return"]);
        return Some(Trouble::of(Kind::FilesystemShutdown).about(device).with(called));
    }
    if !text.starts_with(b"xfs_") {
        return None;
    }
    let (function, rest) = split_once(text, b" returned an error ")?;
    let (_, device) = split_once(rest, b" on ")?;
    let device = until(device, &[".", " "]);
    Some(Trouble::of(Kind::FilesystemError).about(device).with(until(function, &[":"])))
}

/// `I/O error in filesystem ("sda1") meta-data dev sda1 block 0x…`.
fn old_xfs_io(text: &[u8]) -> Option<Trouble> {
    let rest = text.strip_prefix(b"I/O error in filesystem (\"")?;
    let (device, words) = split_once(rest, b"\")")?;
    Some(Trouble::of(Kind::FilesystemError).about(device).with(words))
}

/// `FAT-fs (sdb1): error, …`, `FAT-fs (sdb1): Filesystem has been set read-only`.
fn fat(text: &[u8]) -> Option<Trouble> {
    let (device, words) = split_once(text.strip_prefix(b"FAT-fs (")?, b"): ")?;
    if words.starts_with(b"Filesystem has been set read-only") {
        return Some(Trouble::of(Kind::RemountReadOnly).about(device));
    }
    let detail = words.strip_prefix(b"error, ")?;
    Some(Trouble::of(Kind::FilesystemError).about(device).with(detail))
}

/// `BTRFS error (device sda1): …`, `BTRFS info (device sda1: state E): forced readonly`.
fn btrfs(text: &[u8]) -> Option<Trouble> {
    let rest = text.strip_prefix(b"BTRFS")?;
    let device = until(between(rest, "(device ", ")")?, &[":", " "]);
    let words = split_once(rest, b"): ").map_or(rest, |(_, words)| words);
    if has(rest, "forced readonly") {
        return Some(Trouble::of(Kind::RemountReadOnly).about(device));
    }
    let level = rest.trim_ascii_start();
    let level = level.strip_prefix(b": ").unwrap_or(level);
    let fails = level.starts_with(b"error ") || level.starts_with(b"critical ");
    fails.then(|| Trouble::of(Kind::FilesystemError).about(device).with(words))
}
