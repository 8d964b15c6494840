//! A capture of this host in one file, which `oomkit audit --root` reads like the host itself.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use oomkit_audit::{Auditor, policy::Policy};
use oomkit_host::{
    Host,
    tree::{Arguments, Folder, Recording},
};
use oomkit_snap::collect::{self, Commands, HostSource};

use crate::{failure::Failure, terminal::Terminal};

/// Writes a capture: all that an audit and a snapshot read, without environments.
///
/// The file is new and its owner's alone, since it names every process of the host.
pub(super) fn write(path: &Path, arguments: Arguments, terminal: &Terminal) -> Result<(), Failure> {
    let shown = path.display();
    let cannot = |error: &io::Error| Failure::host(format!("cannot write {shown}")).because(error);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let file = file.map_err(|error| cannot(&error))?;
    // Half a capture would look like a host that has less, and be in the way of the next one.
    let written = fill(file, arguments, terminal).inspect_err(|_| drop(fs::remove_file(path)));
    written.map_err(|error| cannot(&error))
}

fn fill(file: File, arguments: Arguments, terminal: &Terminal) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    let live = Folder::live();
    let recording = Recording::of(&live);
    let host = Host::over(&recording);
    let mut source = HostSource::new(&host, Commands::Program);
    if let Some(boot) = source.boot_id() {
        let snapshot = collect::take(&mut source, collect::now(boot));
        terminal.detail(&format!("captured {} processes", snapshot.processes.map_or(0, |all| all.len())));
    }
    let mut auditor = Auditor::new(Policy::default());
    auditor.add_host("this host", &host);
    recording.write_masked(&mut out, arguments)?;
    out.flush()?;
    out.get_ref().sync_all()
}
