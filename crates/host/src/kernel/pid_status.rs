//! `/proc/<pid>/status`: the exact memory of a process, without the lock that its faults need.

use oomkit_core::{
    ident::{Comm, Pid, Uid},
    reading::Reading,
};

use super::{
    fields::{kib, lines, number, parted, signed, words},
    sizes::sizes,
};

sizes! {
    /// A process and its memory; a kernel thread has none, and a process that has ended none any more.
    pub struct PidStatus {
        /// The most address space that it had.
        address_space_peak = "VmPeak",
        /// Its address space.
        address_space = "VmSize",
        /// What it locked.
        locked = "VmLck",
        /// What devices pinned of it.
        pinned = "VmPin",
        /// The most resident memory that it had.
        resident_peak = "VmHWM",
        /// Its resident memory.
        resident = "VmRSS",
        /// Of this, anonymous memory (since Linux 4.5, as the next two).
        resident_anon = "RssAnon",
        /// Of this, pages of files.
        resident_file = "RssFile",
        /// Of this, shared memory and tmpfs.
        resident_shmem = "RssShmem",
        /// The address space of data.
        data = "VmData",
        /// The address space of the main stack.
        stack = "VmStk",
        /// The address space of the program.
        program = "VmExe",
        /// The address space of libraries.
        libraries = "VmLib",
        /// Its page tables.
        page_tables = "VmPTE",
        /// Its page tables of the second level, where they are counted apart (Linux 4.0 to 4.14).
        second_level_page_tables = "VmPMD",
        /// Its memory in swap, shared memory aside.
        swap = "VmSwap",
        /// Its reserved huge pages, which are not resident memory.
        huge_pages = "HugetlbPages",
    }
    with {
        /// The name.
        pub comm: Option<Comm>,
        /// The process id.
        pub pid: Option<Pid>,
        /// The process of a thread.
        pub process: Option<Pid>,
        /// The parent.
        pub parent: Option<Pid>,
        /// The real user.
        pub uid: Option<Uid>,
        /// The user by whose rights it acts.
        pub effective_uid: Option<Uid>,
        /// The threads.
        pub threads: Option<u64>,
        /// Whether it is writing its memory to a core file.
        pub is_dumping_core: Option<bool>,
    }
}

impl PidStatus {
    /// Reads the file.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Reading<Self> {
        let mut read = Self::default();
        for line in lines(bytes) {
            let Some((key, value)) = parted(line, b':') else { continue };
            read.take(key, value);
        }
        if read.pid.is_none() { Reading::malformed(bytes) } else { Reading::Known(read) }
    }

    fn take(&mut self, key: &[u8], value: &[u8]) {
        let pid = || signed(value).map(Pid::new);
        match key {
            b"Name" => self.comm = Some(comm(value.strip_prefix(b"\t").unwrap_or(value))),
            b"Pid" => self.pid = pid(),
            b"Tgid" => self.process = pid(),
            b"PPid" => self.parent = pid(),
            b"Threads" => self.threads = number(value),
            b"CoreDumping" => self.is_dumping_core = number(value).map(|flag| flag != 0),
            b"Uid" => {
                let mut uids = words(value).map(|uid| signed(uid).map(Uid::new));
                self.uid = uids.next().flatten();
                self.effective_uid = uids.next().flatten();
            }
            // A cheap look at the first letters spares most lines a look at all names.
            [b'V', b'm', ..] | [b'R', b's', b's', ..] | b"HugetlbPages" => {
                if let Some(field) = self.field(key) {
                    *field = kib(value);
                }
            }
            _ => {}
        }
    }
}

/// Undoes the escapes of line feeds and backslashes in a name.
fn comm(text: &[u8]) -> Comm {
    if memchr::memchr(b'\\', text).is_none() {
        return Comm::new(text);
    }
    let mut name = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        rest = match rest {
            [b'\\', b'n', after @ ..] => {
                name.push(b'\n');
                after
            }
            [b'\\', b'\\', after @ ..] => {
                name.push(b'\\');
                after
            }
            [byte, after @ ..] => {
                name.push(*byte);
                after
            }
            [] => return Comm::new(&name),
        };
    }
}

#[cfg(test)]
mod tests {
    use oomkit_core::units::Bytes;

    use super::*;

    #[test]
    fn memory_has_exact_sizes() {
        let text =
            b"Name:\ta:b) (c\\n\\\\\xff\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t7\nPid:\t7\nPPid:\t1\n\
            Uid:\t1000\t0\t0\t0\nVmPeak:\t   64868 kB\nVmRSS:\t   23804 kB\nRssAnon:\t   17504 kB\n\
            VmSwap:\t       0 kB\nHugetlbPages:\t       0 kB\nVmNew:\t 1 kB\nThreads:\t13\nCoreDumping:\t0\n";
        let expected = PidStatus {
            comm: Some(Comm::new(b"a:b) (c\n\\\xff")),
            pid: Some(Pid::new(7)),
            process: Some(Pid::new(7)),
            parent: Some(Pid::new(1)),
            uid: Some(Uid::new(1000)),
            effective_uid: Some(Uid::new(0)),
            threads: Some(13),
            is_dumping_core: Some(false),
            address_space_peak: Some(Bytes::new(64868 << 10)),
            resident: Some(Bytes::new(23804 << 10)),
            resident_anon: Some(Bytes::new(17504 << 10)),
            swap: Some(Bytes::ZERO),
            huge_pages: Some(Bytes::ZERO),
            ..PidStatus::default()
        };
        assert_eq!(PidStatus::read(text), Reading::Known(expected));
    }

    #[test]
    fn a_kernel_thread_has_no_memory_and_junk_is_malformed() {
        let read = PidStatus::read(b"Name:\tkworker/u8:1-ev\nPid:\t9\nThreads:\t1\n").known().unwrap();
        assert_eq!(read.sizes().count(), 0);
        for bytes in [&b""[..], b"Pid:\tx\n", b"Name:\ta\n", b"\xff:\xff\n"] {
            assert!(matches!(PidStatus::read(bytes), Reading::Malformed(_)), "{bytes:?}");
        }
    }
}
