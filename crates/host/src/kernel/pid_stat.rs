//! `/proc/<pid>/stat`: who a process is, and when it started.

use oomkit_core::{
    ident::{Comm, Pid},
    reading::Reading,
    units::Pages,
};

use super::fields::{number, signed};

/// The flag of threads that belong to the kernel.
const KERNEL_THREAD: u64 = 0x0020_0000;

/// A process, of which pid and start are a name that no other one has in the same boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PidStat {
    /// The process id.
    pub pid: Pid,
    /// The name, in all its bytes.
    pub comm: Comm,
    /// The state by its letter: `R`, `S`, `D`, `Z` and others.
    pub state: char,
    /// The parent.
    pub parent: Pid,
    /// Whether the kernel owns it, and so it has no memory of its own.
    pub is_kernel_thread: bool,
    /// Faults that needed no disk.
    pub minor_faults: u64,
    /// Faults that needed one.
    pub major_faults: u64,
    /// The threads.
    pub threads: u64,
    /// The clock ticks from boot to its start.
    pub start_ticks: u64,
    /// The resident pages, which Linux 6.2 and later only estimate here; `status` is exact.
    pub resident: Option<Pages>,
    /// Where its program lies, for who may know that.
    pub image: Option<Image>,
}

/// Where a program lies in the address space of its process.
///
/// A process that starts another program gets a new address space, laid out at random and by the
/// sizes of that program; so two of these are the same as long as it runs the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
    /// The address of the first of its instructions.
    pub code_start: u64,
    /// The address behind the last of them.
    pub code_end: u64,
    /// The address at which its stack begins.
    pub stack_start: u64,
}

/// Takes three addresses; to those who may not know them, the kernel prints 0 for the last.
fn image(code_start: Option<u64>, code_end: Option<u64>, stack_start: Option<u64>) -> Option<Image> {
    let stack_start = stack_start.filter(|address| *address != 0)?;
    Some(Image { code_start: code_start?, code_end: code_end?, stack_start })
}

impl PidStat {
    /// Reads the file.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Reading<Self> {
        stat(bytes).map_or_else(|| Reading::malformed(bytes), Reading::Known)
    }
}

/// Reads `4711 (name) S 1 …`, where the name may hold parentheses, so that the last one ends it.
fn stat(bytes: &[u8]) -> Option<PidStat> {
    let (pid, after) = bytes.split_at_checked(memchr::memchr(b'(', bytes)?)?;
    let (name, rest) = after.split_at_checked(memchr::memrchr(b')', after)?)?;
    let mut fields = rest.strip_prefix(b") ")?.split(|b| *b == b' ');
    let state = match fields.next()? {
        [state] if state.is_ascii_alphabetic() => char::from(*state),
        _ => return None,
    };
    // The numbers of the manual page, less the three that are taken: `nth` counts from where it stands.
    let mut skip = |fields_between: usize| fields.nth(fields_between);
    let parent = signed(skip(0)?)?;
    let flags = number(skip(4)?)?;
    let minor_faults = number(skip(0)?)?;
    let major_faults = number(skip(1)?)?;
    let threads = number(skip(7)?)?;
    let start_ticks = number(skip(1)?)?;
    let resident = skip(1).and_then(number).map(Pages::new);
    let [code_start, code_end, stack_start] = [1, 0, 0].map(|between| skip(between).and_then(number));
    Some(PidStat {
        pid: Pid::new(i64::try_from(number(pid)?).ok()?),
        comm: Comm::new(name.strip_prefix(b"(")?),
        state,
        parent: Pid::new(parent),
        is_kernel_thread: flags & KERNEL_THREAD != 0,
        minor_faults,
        major_faults,
        threads,
        start_ticks,
        resident,
        image: image(code_start, code_end, stack_start),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: &str = "1 0 0 0 -1 4194560 100 0 7 0 1 2 0 0 20 0 13 0 55 66424832 5951 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

    fn text(name: &[u8]) -> Vec<u8> {
        [b"4711 (", name, b") S ", REST.as_bytes()].concat()
    }

    #[test]
    fn names_keep_their_bytes_and_parentheses() {
        for name in [&b"java"[..], b"a) R 1 (b", b"", b" ", b"\xff\xfe", b"two\nlines", b"((", b"))"] {
            let expected = PidStat {
                pid: Pid::new(4711),
                comm: Comm::new(name),
                state: 'S',
                parent: Pid::new(1),
                is_kernel_thread: false,
                minor_faults: 100,
                major_faults: 7,
                threads: 13,
                start_ticks: 55,
                resident: Some(Pages::new(5951)),
                image: None,
            };
            assert_eq!(PidStat::read(&text(name)), Reading::Known(expected), "{name:?}");
        }
    }

    #[test]
    fn where_a_program_lies_is_known_to_those_who_may_know_it() {
        let told = |addresses: &str| {
            let text = text(b"a");
            let text = String::from_utf8(text).unwrap().replace(" 1 1 0 0", &format!(" {addresses} 0"));
            PidStat::read(text.as_bytes()).known().unwrap().image
        };
        let image = Image { code_start: 94_000, code_end: 95_000, stack_start: 140_000 };
        assert_eq!(told("94000 95000 140000"), Some(image));
        assert_eq!(told("1 1 0"), None);
        // This test may know where it lies itself.
        let own = std::fs::read("/proc/self/stat").unwrap();
        let own = PidStat::read(&own).known().unwrap().image.unwrap();
        let here = where_a_program_lies_is_known_to_those_who_may_know_it as *const () as u64;
        assert!((own.code_start..own.code_end).contains(&here), "{own:?} {here}");
    }

    #[test]
    fn every_cut_is_malformed_and_nothing_panics() {
        let whole = text(b"a b");
        let start = whole.windows(4).position(|window| window == b" 55 ").unwrap();
        for end in 0..whole.len() {
            let read = PidStat::read(&whole[..end]);
            assert_eq!(matches!(read, Reading::Malformed(_)), end <= start + 1, "{end}: {read:?}");
        }
        for bytes in [
            &b"("[..],
            b")",
            b"1 (a)",
            b"1 (a) ",
            b"1 (a) S",
            b"(a) S 1 ",
            b"\xff (a) S 1 ",
            b") (",
            b"1 (a)\xc3\xa9S 1",
        ] {
            assert!(matches!(PidStat::read(bytes), Reading::Malformed(_)), "{bytes:?}");
        }
    }
}
