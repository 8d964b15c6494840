//! The kernel's own ring buffer, `/dev/kmsg`: one read is one record.

use std::{
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Read as _},
    os::unix::fs::OpenOptionsExt as _,
    thread,
    time::Instant,
};

use rustix::fs::OFlags;

use super::{
    Reader,
    follow::{PACE, Silence},
};
use crate::failure::Failure;

/// Where the ring buffer is.
pub(super) const PATH: &str = "/dev/kmsg";
/// Larger than any record: with less room than a record needs, the kernel refuses to give it.
const RECORD: usize = 16 * 1024;

/// Reads the ring buffer; with `follow`, waits for more.
pub(crate) fn read(reader: &mut Reader<'_>, follow: bool) -> Result<(), Failure> {
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or(0);
    match OpenOptions::new().read(true).custom_flags(flags).open(PATH) {
        Ok(file) => {
            reader.sink.begin(PATH, None)?;
            let trouble = records(reader, file, follow)?;
            reader.sink.end(trouble)
        }
        Err(error) => reader.broken(PATH, refused(&error)),
    }
}

fn records(reader: &mut Reader<'_>, mut file: File, follow: bool) -> Result<Option<Failure>, Failure> {
    let mut record = vec![0; RECORD];
    let mut silence = Silence::default();
    let mut overwritten = 0_u64;
    loop {
        match file.read(&mut record) {
            Ok(0) => return Ok(None),
            Ok(count) => {
                reader.sink.feed(record.get(..count).unwrap_or_default())?;
                silence.broken(Instant::now());
            }
            // The kernel overwrote the record that was next; reading goes on behind the gap, which
            // the decoder sees in the records' numbers.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                overwritten += 1;
                if overwritten == 1 {
                    reader.terminal.note("the kernel overwrote messages before they could be read");
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock && follow => {
                if silence.lasts(Instant::now()) {
                    reader.sink.flush()?;
                }
                thread::sleep(PACE);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Ok(Some(refused(&error))),
        }
    }
}

fn refused(error: &io::Error) -> Failure {
    let failure = Failure::host(format!("cannot read {PATH}")).because(error);
    match error.kind() {
        ErrorKind::PermissionDenied => failure.hint("run as root; see also the sysctl kernel.dmesg_restrict"),
        _ => failure.hint("containers often lack it; try --journal, or name log files"),
    }
}
