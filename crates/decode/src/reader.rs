//! Records to facts, facts to reports; one line is held back, since the next may be the rest of it.

use std::{borrow::Cow, rc::Rc};

use bstr::BString;
use oomkit_core::{
    place::{InputId, LineNo},
    units::SinceBoot,
};

use crate::assemble::{Assembler, Drafts};
use crate::draft::{Line, Stream};
use crate::kernel::{
    self, Fact,
    context::{self, boot},
    killers,
    marker::{self, Marker},
    stack::StackLine,
};
use crate::record::{Caller, Record, WallStamp, Writer};
use crate::rejoin;

/// The longest text that is believed to be the kernel's, whose records have 1 KiB.
const LONGEST_TEXT: usize = 4 << 10;

/// The reports being read, and the line that waits for the next one.
#[derive(Default)]
pub(crate) struct Reader {
    pub(crate) assembler: Assembler,
    held: Held,
    pub(crate) holding: bool,
    stream: Rc<Stream>,
    /// Whether any line is known to be the kernel's.
    pub(crate) kernel_lines: bool,
    /// The length of the line being read, the longest one lately, and how many were that long.
    length: usize,
    widest: usize,
    widest_lines: u32,
}

/// A line that waits for the next one, which may be the rest of it.
#[derive(Debug, Default)]
struct Held {
    line: rejoin::Open,
    no: u64,
    sequence: Option<u64>,
    since_boot: Option<SinceBoot>,
    wall: Option<WallStamp<'static>>,
    stream: Rc<Stream>,
    in_record: bool,
}

impl Held {
    /// Tells whether a line may come from the same record: it has the stamp of this one.
    fn of_one_moment(&self, record: &Record<'_>, in_record: bool) -> bool {
        if in_record {
            return true;
        }
        match (self.since_boot, record.since_boot) {
            (Some(held), Some(next)) => held == next,
            (None, None) => self.wall.is_some() && self.wall == record.wall,
            _ => false,
        }
    }
}

impl Reader {
    /// Starts the next input.
    pub(crate) fn begin(&mut self, input: InputId) {
        self.stream = Rc::default();
        self.widest = 0;
        self.assembler.trouble.begin(input);
    }

    /// Takes note of how long the next line is.
    pub(crate) fn measure(&mut self, line: &[u8]) {
        self.length = line.strip_suffix(b"\r").unwrap_or(line).len();
        match self.length.cmp(&self.widest) {
            std::cmp::Ordering::Greater => (self.widest, self.widest_lines) = (self.length, 1),
            std::cmp::Ordering::Equal => self.widest_lines += 1,
            std::cmp::Ordering::Less => {}
        }
    }

    /// Takes a record that fills `lines` physical lines from `no` on.
    pub(crate) fn record(&mut self, record: &Record<'_>, no: u64, lines: u64, out: &mut Drafts) {
        self.set_stream(record);
        self.kernel_lines |= match record.writer {
            Writer::Kernel => true,
            Writer::Unknown => record.since_boot.is_some(),
            Writer::KernelLogFromUser | Writer::Program(_) => false,
        };
        if memchr::memchr(b'\n', &record.text).is_none() {
            return self.text(&record.text, record, (no, lines), record.stamped, false, out);
        }
        for (index, text) in record.text.split(|byte| *byte == b'\n').enumerate() {
            if text.trim_ascii().is_empty() {
                continue;
            }
            let stamped = record.stamped || 0 < index;
            self.text(text, record, (no, lines), stamped, 0 < index, out);
        }
    }

    /// Reuses the stream of the line before wherever it is the same.
    fn set_stream(&mut self, record: &Record<'_>) {
        // A line without a stamp of its own goes on with what the line before was about.
        if !record.stamped && record.host.is_none() && record.writer == Writer::Unknown {
            return;
        }
        let writer: Option<&[u8]> = match &record.writer {
            Writer::Unknown | Writer::Kernel => None,
            Writer::KernelLogFromUser => Some(b"/dev/kmsg"),
            Writer::Program(name) => Some(name),
        };
        // A processor's id does not name a task, so it does not part one report from another.
        let caller = record.caller.filter(|caller| matches!(caller, Caller::Task(_)));
        let same = self.stream.host.as_deref().map(|host| &**host) == record.host.as_deref()
            && self.stream.writer.as_deref().map(|writer| &**writer) == writer
            && self.stream.caller == caller;
        if !same {
            self.stream =
                Rc::new(Stream { host: record.host_name(), caller, writer: writer.map(BString::from) });
        }
    }

    fn text(
        &mut self,
        text: &[u8],
        record: &Record<'_>,
        (no, lines): (u64, u64),
        stamped: bool,
        in_record: bool,
        out: &mut Drafts,
    ) {
        // Indents of a quote are no part of a name; where a stamp stands before, they are.
        let text = if stamped { text } else { text.trim_ascii_start() };
        let fact = believable(text, kernel::read(text));
        if self.holding && self.repeats(text, &fact, record, in_record) {
            self.held.line.lines = (no + lines).saturating_sub(self.held.no);
            return;
        }
        if self.holding && self.joins(text, &fact, record, (no, lines), stamped, in_record) {
            return;
        }
        self.release(out);
        let held = &mut self.held;
        held.line.text.clear();
        held.line.text.extend_from_slice(text);
        held.line.fact = fact;
        held.no = no;
        held.line.lines = lines;
        held.sequence = record.sequence;
        held.since_boot = record.since_boot;
        keep_stamp(&mut held.wall, record.wall.as_ref());
        if !Rc::ptr_eq(&held.stream, &self.stream) {
            held.stream = Rc::clone(&self.stream);
        }
        held.in_record = in_record;
        held.line.stamped = stamped;
        held.line.cut_at_edge = 2 < self.widest_lines && self.widest == self.length;
        self.holding = true;
    }

    /// Tells whether a line is the held one once more, as two consoles on one port print it.
    ///
    /// A recursion puts equal frames into a trace, so those are told by no stamp.
    fn repeats(&self, text: &[u8], fact: &Fact, record: &Record<'_>, in_record: bool) -> bool {
        !in_record
            && record.since_boot.is_some()
            && record.since_boot == self.held.since_boot
            && !matches!(fact, Fact::Unknown | Fact::Stack(StackLine::Frame))
            && text == self.held.line.text
            && self.stream == self.held.stream
    }

    /// Joins a line to the held one, where it is the rest of it.
    fn joins(
        &mut self,
        text: &[u8],
        fact: &Fact,
        record: &Record<'_>,
        (no, lines): (u64, u64),
        stamped: bool,
        in_record: bool,
    ) -> bool {
        let joined = if !stamped {
            rejoin::join(&self.held.line, text, fact, self.assembler.columns())
        } else if self.held.of_one_moment(record, in_record) {
            rejoin::join_name(&self.held.line, text, fact)
        } else {
            None
        };
        let Some((text, fact)) = joined else { return false };
        self.held.line.text = text;
        self.held.line.fact = fact;
        self.held.line.lines = (no + lines).saturating_sub(self.held.no);
        self.held.line.cut_at_edge = 2 < self.widest_lines && self.widest == self.length;
        true
    }

    /// Lets the held line go on into the reports.
    pub(crate) fn release(&mut self, out: &mut Drafts) {
        if !std::mem::take(&mut self.holding) {
            return;
        }
        let fact = std::mem::take(&mut self.held.line.fact);
        let held = &self.held;
        let line = Line {
            text: &held.line.text,
            no: LineNo::new(held.no),
            lines: held.line.lines,
            sequence: held.sequence,
            since_boot: held.since_boot,
            wall: held.wall.as_ref(),
        };
        let assembler = &mut self.assembler;
        match held.stream.writer.as_deref().map(|name| &**name) {
            Some(name) => user_text(assembler, name, fact, &line, &held.stream, out),
            None => {
                self.kernel_lines |= !matches!(fact, Fact::Unknown);
                kernel_text(assembler, fact, &line, held, out);
            }
        }
    }
}

/// Turns away facts of endless lines, whose lists would fill the memory; only a head is known from
/// what programs write before it without a line break.
fn believable(text: &[u8], fact: Fact) -> Fact {
    let is_head = matches!(fact, Fact::Trigger(_) | Fact::Failure(_));
    if LONGEST_TEXT < text.len() && !is_head { Fact::Unknown } else { fact }
}

/// Keeps a stamp in the memory of the one before, since most lines of a log have stamps of one kind.
fn keep_stamp(slot: &mut Option<WallStamp<'static>>, stamp: Option<&WallStamp<'_>>) {
    match (slot.as_mut(), stamp) {
        (Some(WallStamp::Rfc3164(Cow::Owned(old))), Some(WallStamp::Rfc3164(new)))
        | (Some(WallStamp::Iso(Cow::Owned(old))), Some(WallStamp::Iso(new)))
        | (Some(WallStamp::Ctime(Cow::Owned(old))), Some(WallStamp::Ctime(new))) => {
            old.clear();
            old.extend_from_slice(new);
        }
        (_, stamp) => *slot = stamp.cloned().map(WallStamp::into_owned),
    }
}

/// A line of the kernel, or of nobody in particular.
fn kernel_text(assembler: &mut Assembler, fact: Fact, line: &Line<'_>, held: &Held, out: &mut Drafts) {
    if matches!(fact, Fact::Unknown) {
        if let Some(kill) = killers::read(None, line.text) {
            return assembler.user_kill(kill, line, &held.stream, out);
        }
        let trouble = if line.text.len() <= LONGEST_TEXT { context::read(line.text) } else { None };
        if let Some(trouble) = trouble.filter(|trouble| held.line.stamped || !trouble.plain_words) {
            return assembler.other_trouble(trouble, line, &held.stream);
        }
    }
    let may_be_boot = matches!(fact, Fact::Unknown | Fact::Marker(Marker::Boot));
    if may_be_boot && let Some(boot) = boot::read(line.text) {
        assembler.boot(boot, line, &held.stream);
    }
    assembler.take(fact, line, &held.stream, held.in_record, out);
}

/// A line that user space wrote: a killer's own words, or words that only the kernel may say.
fn user_text(
    assembler: &mut Assembler,
    name: &[u8],
    fact: Fact,
    line: &Line<'_>,
    stream: &Stream,
    out: &mut Drafts,
) {
    if let Some(kill) = killers::read(Some(name), line.text) {
        return assembler.user_kill(kill, line, stream, out);
    }
    if let Some(lost) = marker::read_daemon(line.text) {
        assembler.messages_lost = assembler.messages_lost.saturating_add(lost);
        assembler.loose_lines += line.lines;
        return;
    }
    // What a program wrote into the kernel's log has its name before it.
    let trouble = match name {
        _ if LONGEST_TEXT < line.text.len() => None,
        b"/dev/kmsg" => context::read_tagged(line.text),
        name => context::read_program(name, line.text),
    };
    if let Some(trouble) = trouble {
        return assembler.other_trouble(trouble, line, stream);
    }
    // Programs quote the kernel, so only whole sentences count as an attempt to be it.
    let claims = match &fact {
        Fact::Trigger(_) | Fact::Summary(_) => true,
        Fact::Kill(kill) => kill.pid.is_some() && kill.total_vm.is_some(),
        _ => false,
    };
    if claims {
        assembler.take(fact, line, stream, false, out);
    }
}
