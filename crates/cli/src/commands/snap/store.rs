//! Where the store is.

use std::{env, fs, os::unix::fs::DirBuilderExt as _, path::PathBuf};

use oomkit_snap::store::{Options, Store};

use crate::failure::Failure;

/// Returns the path of the store; the folder of the usual one is made where it is to be written.
pub(crate) fn path(given: Option<PathBuf>, make: bool) -> Result<PathBuf, Failure> {
    if let Some(path) = given {
        return Ok(path);
    }
    let folder = folder().ok_or_else(|| {
        Failure::usage("it is not known where this user keeps files").hint("name a store with --store FILE")
    })?;
    if make {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        made.map_err(|error| Failure::host(format!("cannot make {}", folder.display())).because(&error))?;
    }
    Ok(folder.join("snapshots.db"))
}

fn folder() -> Option<PathBuf> {
    if rustix::process::geteuid().is_root() {
        return Some("/var/lib/oomkit".into());
    }
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))?;
    Some(state.join("oomkit"))
}

/// Opens the store for reading.
pub(crate) fn read(given: Option<PathBuf>) -> Result<Store, Failure> {
    let path = path(given, false)?;
    Store::open_to_read(&path, Options::default()).map_err(|error| Failure::store(&error))
}
