//! The stack dump: who asked for memory, on what machine, and by which path through the kernel.
//!
//! A line is read by itself; where a dump begins and ends is for its caller to know.
//! Nearly half of all lines of a report pass here, so a line of another kind is turned away by its
//! first bytes and without an allocation.

use bstr::ByteSlice as _;
use memchr::{memchr_iter, memmem};
use oomkit_core::ident::{Comm, Pid, Uid, text as lossless};

mod registers;

/// One line of a stack dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StackLine {
    /// `CPU: … PID: … Comm: …`, the only line of a report with the kernel's release.
    Identification(Identification),
    /// `Hardware name: …`, the value as printed.
    Hardware(String),
    /// `Workqueue: …`, the value as printed.
    Workqueue(String),
    /// `Tainted: [P]=PROPRIETARY_MODULE, …` (since Linux 6.12), the value as printed.
    Taint(String),
    /// `Call Trace:` and its cousins; frames follow.
    TraceStart,
    /// A frame of the trace; [`frame`] tells which.
    Frame,
    /// A change of stacks between frames, such as `<IRQ>`, `</TASK>` or `--- interrupt: 300`.
    Mark,
    /// Registers, or the instructions around the last one.
    Register,
    /// A line that belongs to a dump and says nothing of use: stack words, lists of modules.
    Other,
}

/// Whose stack it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identification {
    /// The processor; not printed by x86 up to Linux 3.9.
    pub cpu: Option<u32>,
    /// The effective user id of the task (since Linux 6.11).
    pub uid: Option<Uid>,
    /// The thread id.
    pub pid: Pid,
    /// The thread's name; cut where the line is.
    pub comm: Comm,
    /// `Not tainted`, or the flags as printed, with the blanks and dashes between them.
    pub taint: Option<String>,
    /// The kernel's release, such as `5.10.0-46-amd64`.
    pub release: Option<String>,
    /// Whether a crash kernel was loaded (since Linux 4.17; RHEL 7).
    pub kdump_loaded: bool,
}

/// One frame of a call trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The function, without offset and size; an address where the kernel knows no name.
    pub function: &'a [u8],
    /// The module that the function belongs to.
    pub module: Option<&'a [u8]>,
    /// Whether the unwinder found the address on the stack but doubts that it is a caller.
    pub guess: bool,
}

/// A line as it is told apart: most are frames, which are not copied.
enum Line<'a> {
    Frame(Frame<'a>),
    Other(StackLine),
}

/// Reads a line of a stack dump; `None` for a line of any other kind.
#[must_use]
pub fn read(text: &[u8]) -> Option<StackLine> {
    line(text).map(|line| match line {
        Line::Frame(_) => StackLine::Frame,
        Line::Other(line) => line,
    })
}

/// Reads a frame of a call trace; `None` for a line of any other kind.
#[must_use]
pub fn frame(text: &[u8]) -> Option<Frame<'_>> {
    match line(text)? {
        Line::Frame(frame) => Some(frame),
        Line::Other(_) => None,
    }
}

fn line(text: &[u8]) -> Option<Line<'_>> {
    let text = text.trim_ascii();
    match text.first()? {
        b'[' => bracketed(text),
        b'(' => bracketed(text.strip_prefix(b"(").filter(|inner| inner.starts_with(b"[<"))?),
        b'<' => mark(text),
        b'?' | b':' => symbolic(text).map(Line::Frame),
        b'-' => {
            let is_mark = text.starts_with(b"--- interrupt: ") || text.starts_with(b"--- Exception: ");
            is_mark.then_some(Line::Other(StackLine::Mark))
        }
        _ => symbolic(text).map(Line::Frame).or_else(|| worded(text).map(Line::Other)),
    }
}

/// Reads a line that begins with a word which is no function.
fn worded(text: &[u8]) -> Option<StackLine> {
    let value = |key: &[u8]| text.strip_prefix(key).map(|value| lossless(value.trim_ascii()).into_owned());
    let is_other = |keys: &[&[u8]]| keys.iter().any(|key| text.starts_with(key)).then_some(StackLine::Other);
    let read = match text.first()? {
        b'C' if text.starts_with(b"CPU: ") => return cpu_line(text),
        b'C' if starts_trace(text, &[b"Call Trace:", b"Call trace:"]) => Some(StackLine::TraceStart),
        b'P' if text.starts_with(b"Pid: ") => return pid_line(text),
        b'H' => value(b"Hardware name: ").map(StackLine::Hardware),
        b'W' => value(b"Workqueue: ").map(StackLine::Workqueue),
        b'T' if text.starts_with(b"Tainted: [") => value(b"Tainted: ").map(StackLine::Taint),
        b'B' if starts_trace(text, &[b"Backtrace:"]) => Some(StackLine::TraceStart),
        b'S' if starts_trace(text, &[b"Stack:", b"Stack from "]) => Some(StackLine::TraceStart),
        b's' if text == b"stack backtrace:" => Some(StackLine::TraceStart),
        b'S' => is_other(&[b"Sched_ext: ", b"Stopper: "]),
        b'M' => is_other(&[b"Modules linked in:"]),
        b'l' => is_other(&[b"last sysfs file: "]),
        _ => None,
    };
    read.or_else(|| registers::is_register(text).then_some(StackLine::Register))
        .or_else(|| registers::are_words(text).then_some(StackLine::Other))
}

fn starts_trace(text: &[u8], headers: &[&[u8]]) -> bool {
    headers.iter().any(|header| text.starts_with(header))
}

/// Reads `CPU: 3 UID: 0 PID: 42 Comm: …`.
fn cpu_line(text: &[u8]) -> Option<StackLine> {
    let (cpu, rest) = number(text.strip_prefix(b"CPU: ")?)?;
    let (uid, rest) = match rest.strip_prefix(b" UID: ").and_then(number) {
        Some((uid, rest)) => (Some(Uid::new(uid)), rest),
        None => (None, rest),
    };
    let named = rest.strip_prefix(b" PID: ").and_then(number).and_then(|(pid, rest)| {
        // A trailing blank is lost where the name is empty and the line ends with it.
        Some((pid, rest.strip_prefix(b" Comm:").map(|rest| rest.strip_prefix(b" ").unwrap_or(rest))?))
    });
    let Some((pid, rest)) = named else {
        // Old arm prints no task in this line: `CPU: 0    Not tainted  (2.6.32 #1)`.
        let rest = rest.trim_ascii_start();
        return (rest.starts_with(b"Not tainted") || rest.starts_with(b"Tainted: "))
            .then_some(StackLine::Other);
    };
    let id = identify(pid, rest);
    Some(StackLine::Identification(Identification { cpu: u32::try_from(cpu).ok(), uid, ..id }))
}

/// Reads `Pid: 2635, comm: …`.
fn pid_line(text: &[u8]) -> Option<StackLine> {
    let (pid, rest) = number(text.strip_prefix(b"Pid: ")?)?;
    let rest = match rest.strip_prefix(b", veid: ").and_then(number) {
        Some((_, rest)) => rest,
        None => rest,
    };
    let mut id = identify(pid, rest.strip_prefix(b", comm: ")?);
    // OpenVZ prints the container's number after the name.
    if let Some((name, _)) = id.comm.as_bytes().rsplit_once_str(" veid: ") {
        id.comm = Comm::new(name);
    }
    Some(StackLine::Identification(id))
}

/// Reads what follows `Comm: `: the name, then the state of the kernel.
///
/// A name may hold blanks and even the words that follow it, so it ends at the first of those words
/// that a release comes after.
fn identify(pid: i64, rest: &[u8]) -> Identification {
    let mut cut = None;
    for at in memchr_iter(b' ', rest) {
        let Some((name, after)) = rest.split_at_checked(at) else { break };
        let Some(state) = state(after) else { continue };
        if state.release.is_some() {
            cut = Some((name, state));
            break;
        }
        cut.get_or_insert((name, state));
    }
    let (name, state) = cut.unwrap_or_else(|| (rest.get(..Comm::LONGEST).unwrap_or(rest), State::default()));
    Identification {
        cpu: None,
        uid: None,
        pid: Pid::new(pid),
        comm: Comm::new(name),
        taint: state.taint.map(|taint| lossless(taint).into_owned()),
        release: state.release.map(|release| lossless(release).into_owned()),
        kdump_loaded: state.kdump_loaded,
    }
}

#[derive(Default)]
struct State<'a> {
    kdump_loaded: bool,
    taint: Option<&'a [u8]>,
    release: Option<&'a [u8]>,
}

/// Reads ` Kdump: loaded Tainted: G        W         6.1.0 …`; `None` where the words are others.
fn state(text: &[u8]) -> Option<State<'_>> {
    let (kdump_loaded, text) = match text.strip_prefix(b" Kdump: loaded") {
        Some(text) => (true, text),
        None => (false, text),
    };
    if let Some(rest) = text.strip_prefix(b" Not tainted") {
        let release =
            rest.split(|&b| b == b' ').find(|token| !token.is_empty()).filter(|token| is_release(token));
        return Some(State { kdump_loaded, taint: Some(b"Not tainted"), release });
    }
    let Some(flags) = text.strip_prefix(b" Tainted: ") else {
        return kdump_loaded.then(|| State { kdump_loaded, ..State::default() });
    };
    let mut end = 0;
    for token in flags.split(|&b| b == b' ') {
        if is_release(token) {
            let taint = flags.get(..end).map(<[u8]>::trim_ascii);
            return Some(State { kdump_loaded, taint, release: Some(token) });
        }
        if !token.iter().all(|b| b.is_ascii_uppercase() || *b == b'-') {
            return None;
        }
        end += token.len() + 1;
    }
    Some(State { kdump_loaded, taint: Some(flags.trim_ascii()), release: None })
}

/// Tells whether a token begins like `5.10`.
fn is_release(token: &[u8]) -> bool {
    let Some((_, rest)) = number(token).filter(|_| token.first().is_some_and(u8::is_ascii_digit)) else {
        return false;
    };
    rest.strip_prefix(b".").and_then(|minor| minor.first()).is_some_and(u8::is_ascii_digit)
}

/// Reads `<TASK>`, or a frame that the mark stands in front of (up to Linux 4.9).
fn mark(text: &[u8]) -> Option<Line<'_>> {
    let end = memchr::memchr(b'>', text.get(..24).unwrap_or(text))?;
    let (mark, rest) = text.split_at_checked(end + 1)?;
    let is_name = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'/' | b'#' | b'_');
    let is_mark = 2 < mark.len() && mark.get(1..end)?.iter().all(is_name);
    match rest.trim_ascii_start() {
        [] => is_mark.then_some(Line::Other(StackLine::Mark)),
        rest @ [b'[', ..] if is_mark => bracketed(rest),
        rest if is_mark => symbolic(rest).map(Line::Frame),
        _ => None,
    }
}

/// Reads a frame with its address: `[<c17e7889>] dump_stack+0x60/0x7a`, or ppc's two of them.
fn bracketed(text: &[u8]) -> Option<Line<'_>> {
    let rest = match text.strip_prefix(b"[<") {
        Some(rest) => address(rest)?.strip_prefix(b">]")?,
        // A row of the task table starts with a bracket too; no pid has eight digits.
        None => {
            let rest = address(text.strip_prefix(b"[")?)?.strip_prefix(b"]")?.trim_ascii_start();
            match rest.strip_prefix(b"[") {
                Some(rest) => address(rest)?.strip_prefix(b"]")?,
                None => return symbolic(rest).filter(|_| !rest.starts_with(b"0x")).map(Line::Frame),
            }
        }
    };
    let rest = rest.trim_ascii_start();
    // arm: `[<c010f2a8>] (unwind_backtrace) from [<c010b344>] (show_stack+0x10/0x14)`.
    let inner = rest.strip_prefix(b"(").and_then(|inner| {
        let (name, after) = symbol(inner);
        (!name.is_empty() && matches!(after, [b')' | b'+', ..])).then(|| Frame::new(name, b""))
    });
    Some(inner.or_else(|| symbolic(rest)).map_or(Line::Other(StackLine::Other), Line::Frame))
}

/// Skips the digits of an address, which has eight or sixteen.
fn address(text: &[u8]) -> Option<&[u8]> {
    let end = text.iter().position(|b| !b.is_ascii_hexdigit())?;
    matches!(end, 8 | 16).then(|| text.get(end..))?
}

/// Reads a frame without its address: `? func+0x48/0x120 [xfs]`, `func from caller+0x18/0x1c`.
fn symbolic(text: &[u8]) -> Option<Frame<'_>> {
    let (is_doubtful, text) = match text.strip_prefix(b"? ") {
        Some(text) => (true, text),
        None => (false, text),
    };
    // x86-64 up to 2.6.18 puts the module first: `:jbd:journal_stop+0x1f/0x2a`.
    let (module, text) = match text.strip_prefix(b":") {
        Some(rest) => {
            let (module, rest) = symbol(rest);
            (Some(module), rest.strip_prefix(b":")?)
        }
        None => (None, text),
    };
    let (name, rest) = symbol(text);
    let is_frame = match rest {
        _ if name.is_empty() => false,
        [b'+', b'0', b'x', digit, ..] => digit.is_ascii_hexdigit(),
        [] => name.strip_prefix(b"0x").is_some_and(address_is_whole),
        [b' ', b'f', b'r', b'o', b'm', b' ', caller @ ..] => {
            matches!(symbol(caller).1, [b'+', b'0', b'x', ..])
        }
        [b' ', ..] => rest.ends_with(b" [inline]"),
        _ => false,
    };
    if !is_frame {
        return None;
    }
    let mut frame = Frame::new(name, rest);
    frame.guess |= is_doubtful;
    frame.module = module.or(frame.module);
    Some(frame)
}

fn address_is_whole(digits: &[u8]) -> bool {
    (8..=16).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit)
}

/// Splits off the symbol at the start of the text.
fn symbol(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$')));
    text.split_at_checked(end.unwrap_or(text.len())).unwrap_or((text, b""))
}

impl<'a> Frame<'a> {
    /// Builds a frame from its symbol and what follows that.
    fn new(name: &'a [u8], after: &'a [u8]) -> Self {
        let module = after.split(|&b| b == b'[').nth(1).and_then(|inner| {
            // A build id may follow the module's name.
            let (name, rest) = symbol(inner);
            let is_module = name != b"inline" && matches!(rest, [b']' | b' ', ..]);
            is_module.then_some(name)
        });
        let guess = memmem::find(after, b"(unreliable)").is_some();
        Self { function: name, module, guess }
    }
}

/// Reads a decimal number at the start of the text; returns what follows it.
fn number(text: &[u8]) -> Option<(i64, &[u8])> {
    let (sign, digits) = match text.strip_prefix(b"-") {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let end = digits.iter().position(|b| !b.is_ascii_digit()).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at_checked(end)?;
    let value: i64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some((sign * value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shows what was read in one line, so that a specimen and its reading stand side by side.
    fn shown(line: &[u8]) -> String {
        let or = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        match read(line) {
            None => "none".to_owned(),
            Some(StackLine::Identification(id)) => format!(
                "cpu {} uid {} pid {} comm <{}> taint <{}> release {}{}",
                id.cpu.map_or(-1, i64::from),
                id.uid.map_or(-1, Uid::get),
                id.pid,
                id.comm,
                or(&id.taint),
                or(&id.release),
                if id.kdump_loaded { " kdump" } else { "" }
            ),
            Some(StackLine::Frame) => {
                let frame = frame(line).expect("read says that it is one");
                let doubt = if frame.guess { "? " } else { "" };
                let module = lossless(frame.module.unwrap_or(b"-"));
                format!("frame {doubt}{} {module}", lossless(frame.function))
            }
            Some(StackLine::Hardware(name)) => format!("hardware <{name}>"),
            Some(StackLine::Workqueue(name)) => format!("workqueue <{name}>"),
            Some(StackLine::Taint(flags)) => format!("taint <{flags}>"),
            Some(other) => format!("{other:?}").to_lowercase(),
        }
    }

    fn check(cases: &[(&str, &str)]) {
        for (line, expected) in cases {
            assert_eq!(shown(line.as_bytes()), *expected, "{line}");
            // A cut of a line may be read as less, never with harm.
            for end in 0..line.len() {
                let _ = read(&line.as_bytes()[..end]);
            }
        }
    }

    #[test]
    fn identifications_are_read_in_every_wording() {
        check(&[
            (
                "CPU: 3 UID: 0 PID: 412 Comm: runc:[2:INIT] Not tainted 6.12.9+deb13-amd64 #1 PREEMPT(lazy)  Debian 6.12.9-1 ",
                "cpu 3 uid 0 pid 412 comm <runc:[2:INIT]> taint <Not tainted> release 6.12.9+deb13-amd64",
            ),
            (
                "CPU: 1 PID: 77 Comm: Web Content Tainted: G        W  OE     5.4.0-81-generic #91-Ubuntu",
                "cpu 1 uid -1 pid 77 comm <Web Content> taint <G        W  OE> release 5.4.0-81-generic",
            ),
            (
                "CPU: 0 PID: 9 Comm: httpd Kdump: loaded Tainted: G               ------------ T 3.10.0-957.el7.x86_64 #1",
                "cpu 0 uid -1 pid 9 comm <httpd> taint <G               ------------ T> release 3.10.0-957.el7.x86_64 kdump",
            ),
            (
                "Pid: 2635, comm: nautilus Tainted: P           2.6.31-20-generic #58-Ubuntu",
                "cpu -1 uid -1 pid 2635 comm <nautilus> taint <P> release 2.6.31-20-generic",
            ),
            (
                "Pid: 801, comm: mysqld veid: 101 Not tainted 2.6.32-042stab068.8 #1 042stab068_8",
                "cpu -1 uid -1 pid 801 comm <mysqld> taint <Not tainted> release 2.6.32-042stab068.8",
            ),
            (
                "CPU: 2 PID: 6 Comm: b Not tainted c Not tainted 4.4.0-9 #1",
                "cpu 2 uid -1 pid 6 comm <b Not tainted c> taint <Not tainted> release 4.4.0-9",
            ),
            (
                "CPU: 2 PID: 6 Comm:  Not tainted 5.10.0 #1",
                "cpu 2 uid -1 pid 6 comm <\"\"> taint <Not tainted> release 5.10.0",
            ),
            ("CPU: 2 PID: 6 Comm: x Kdump: loaded", "cpu 2 uid -1 pid 6 comm <x> taint <-> release - kdump"),
            (
                "CPU: 2 PID: 6 Comm: java Not tai",
                "cpu 2 uid -1 pid 6 comm <java Not tai> taint <-> release -",
            ),
            ("CPU: 0    Not tainted  (2.6.32-5-kirkwood #1)", "other"),
            ("CPU    0: hi:   90, btch:  15 usd:  12", "none"),
            ("CPU: hot", "none"),
        ]);
    }

    #[test]
    fn frames_are_read_in_every_style() {
        check(&[
            (" out_of_memory+0x1c0/0x270", "frame out_of_memory -"),
            (" ? ___ratelimit+0x90/0xe0", "frame ? ___ratelimit -"),
            (" xfs_file_write_iter+0xe9/0x120 [xfs]", "frame xfs_file_write_iter xfs"),
            (" nf_hook+0x4/0x20 [nf_tables 0a1b2c3d]", "frame nf_hook nf_tables"),
            (" [<ffffffff8112a5d0>] ? dump_header+0x90/0x1b0", "frame ? dump_header -"),
            (" [<c04579e4>] oom_kill_process.part.4+0x12/0x3e0", "frame oom_kill_process.part.4 -"),
            (" [<ffffffff8804c5a5>] :jbd:journal_stop+0x1f/0x2a", "frame journal_stop jbd"),
            (" <EOI>  [<ffffffff810a12b0>] ? kthread+0x0/0xe0", "frame ? kthread -"),
            (
                "[c0000000a1b2c3d0] [c00000000012f4a8] show_stack+0x88/0xc4 (unreliable)",
                "frame ? show_stack -",
            ),
            ("[c0000000a1b2c3d0] [0000000010002618] 0x10002618", "frame 0x10002618 -"),
            ("[c0000000a1b2c3d0] [c00000000012f4a8]", "other"),
            ("([<00000001f848fe2a>] show_stack+0x7a/0xc0)", "frame show_stack -"),
            (" dump_header from out_of_memory+0x317/0x34c", "frame dump_header -"),
            (
                "[<c010f2a8>] (unwind_backtrace) from [<c010b344>] (show_stack+0x10/0x14)",
                "frame unwind_backtrace -",
            ),
            (
                "[<c010f2a8>] (unwind_backtrace+0x0/0xf8) from [<c0462a08>] (dump+0x18/0x1c)",
                "frame unwind_backtrace -",
            ),
            (" show_stack+0x24/0x50 (C)", "frame show_stack -"),
            (" 0xffffffffc0a1b2c3", "frame 0xffffffffc0a1b2c3 -"),
            (" __dump_stack lib/dump_stack.c:93 [inline]", "frame __dump_stack -"),
            (" dump_stack_lvl+0x116/0x1f0 lib/dump_stack.c:119", "frame dump_stack_lvl -"),
            (" ? 0x7f0012", "none"),
        ]);
    }

    #[test]
    fn the_rest_of_a_dump_is_read() {
        check(&[
            (
                "Hardware name: QEMU Standard PC, BIOS 1.2 04/01/2014",
                "hardware <QEMU Standard PC, BIOS 1.2 04/01/2014>",
            ),
            ("Workqueue: events moom_callback", "workqueue <events moom_callback>"),
            (
                "Tainted: [P]=PROPRIETARY_MODULE, [O]=OOT_MODULE",
                "taint <[P]=PROPRIETARY_MODULE, [O]=OOT_MODULE>",
            ),
            ("Call Trace:", "tracestart"),
            ("Call trace:", "tracestart"),
            ("Backtrace: ", "tracestart"),
            ("Stack:", "tracestart"),
            (" <TASK>", "mark"),
            (" </IRQ>", "mark"),
            (" <#DF>", "mark"),
            ("--- interrupt: 300 at 0x10002618", "mark"),
            ("Sched_ext: simple (enabled+all), task: runnable_at=-4ms", "other"),
            ("Modules linked in: xfs nf_tables", "other"),
            (" c1b23967 daef808b 00000286 f571bd1c", "other"),
        ]);
    }

    #[test]
    fn lines_of_other_objects_are_turned_away() {
        check(
            &[
                "",
                "[  991]    48   991    52342     1021   1       0             0 httpd",
                "[12345678]  1000 12345678  2628942  1995298    16052224        0          1000 (sd-pam)",
                "[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name",
                "active_anon:360803 inactive_anon:0 isolated_anon:0",
                " slab_reclaimable:991 slab_unreclaimable:773",
                "Node 0 DMA free:13308kB boost:0kB min:68kB low:84kB high:100kB",
                "Normal: 3*4kB (UME) 1*8kB (E) = 12kB",
                "DMA per-cpu:",
                "lowmem_reserve[]: 0 797 1453 1453",
                "anon 1234567890",
                "cache 12345678",
                "0 pages in swap cache",
                "Free swap  = 0kB",
                "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),task=x+0x1/0x2,pid=7,uid=0",
                "Out of memory: Killed process 7 (x) total-vm:8kB, anon-rss:4kB, file-rss:0kB",
                "Killed process 7 (a+0x1/0x2) total-vm:8kB",
                "java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
                "Memory cgroup stats for /a: cache:0KB rss:8KB",
                "memory: usage 4096kB, limit 4096kB, failcnt 12",
                "Mem-Info:",
                "Tasks state (memory values in pages):",
                "Task in /a killed as a result of limit of /a",
                "kmalloc-64              12KB         12KB",
                "<unknown> (7)",
                "status: everything in order",
                "x1: up",
            ]
            .map(|line| (line, "none")),
        );
    }
}
