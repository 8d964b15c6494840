//! The place of a store: nobody else may change it, or put another file where it stands.

use std::{
    fs::{self, OpenOptions},
    io,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use oomkit_core::units::Bytes;

use super::error::{Error, Kind, Trouble};

/// File systems on which a write-ahead log does not work, by the kernel's magic numbers:
/// its index is memory that all users share, and machines share none.
const NETWORK: &[u64] = &[
    0x6969,      // NFS
    0x517b,      // SMB
    0xff53_4d42, // CIFS
    0xfe53_4d42, // SMB2
    0x0102_1997, // 9P
    0x6573_5546, // FUSE, which may be anything
    0x00c3_6400, // Ceph
    0x5346_414f, // AFS
];

const OTHERS_MAY_WRITE: u32 = 0o002;
const GROUP_MAY_WRITE: u32 = 0o020;

/// Returns the path with its folder resolved, after a look at who may write there.
pub(super) fn checked(path: &Path) -> Result<PathBuf, Error> {
    let unsafe_because = |why: &str| Error::new(Kind::Unsafe, path).because(why.to_owned());
    let name = path.file_name().ok_or_else(|| unsafe_because("the path names no file"))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::new(Kind::NoFolder, path),
        _ => Trouble::Io(error).at(path),
    })?;
    let about = fs::metadata(&folder).map_err(|error| Trouble::Io(error).at(path))?;
    let me = rustix::process::geteuid().as_raw();
    if about.mode() & OTHERS_MAY_WRITE != 0 {
        return Err(unsafe_because(
            "others may write to its folder; choose one that is yours, or `chmod o-w` it",
        ));
    }
    // A group of the same number as the user is the user's own on most systems.
    if about.mode() & GROUP_MAY_WRITE != 0 && ![0, me].contains(&about.gid()) {
        return Err(unsafe_because("its group may write to its folder; `chmod g-w` it"));
    }
    if ![0, me].contains(&about.uid()) {
        return Err(unsafe_because("its folder belongs to another user"));
    }
    let store = folder.join(name);
    match fs::symlink_metadata(&store) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(Trouble::Io(error).at(path)),
        Ok(about) if !about.is_file() => return Err(unsafe_because("it is a link, or no file at all")),
        Ok(about) if ![0, me].contains(&about.uid()) => {
            return Err(unsafe_because("it belongs to another user"));
        }
        Ok(about) if about.mode() & (OTHERS_MAY_WRITE | GROUP_MAY_WRITE) != 0 => {
            return Err(unsafe_because("others may write to it; `chmod go-w` it"));
        }
        Ok(_) => {}
    }
    Ok(store)
}

/// Which file stands at a path: its device and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct File(u64, u64);

/// Returns which file stands at a path, if there is one.
pub(super) fn file(path: &Path) -> Option<File> {
    fs::symlink_metadata(path).ok().map(|about| File(about.dev(), about.ino()))
}

/// Makes an empty file that only its owner may read, if there is none.
///
/// SQLite would make it too, but with the rights of the process's mask.
pub(super) fn make(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Tells whether the store's file system is one on which a write-ahead log works.
pub(super) fn takes_wal(path: &Path) -> bool {
    // The magic number is signed on some machines, and its upper half is then nothing but sign.
    let magic = |about: rustix::fs::StatFs| i128::from(about.f_type) & 0xffff_ffff;
    rustix::fs::statfs(path)
        .is_ok_and(|about| !NETWORK.iter().any(|network| i128::from(*network) == magic(about)))
}

/// Returns how much room is left on the store's file system.
pub(super) fn room(path: &Path) -> Option<Bytes> {
    let about = rustix::fs::statvfs(path).ok()?;
    Some(Bytes::new(about.f_bavail.saturating_mul(about.f_frsize)))
}
