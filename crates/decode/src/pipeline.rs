//! The pipeline on one page: bytes to lines, lines to records, records to facts, facts to reports.

use std::rc::Rc;

use bstr::BString;
use oomkit_core::{place::LineNo, units::SinceBoot};

use crate::assemble::Assembler;
use crate::clock::Clock;
use crate::draft::{Draft, Line, Stream};
use crate::kernel::{self, Fact, killers, marker};
use crate::record::{Caller, Record, WallStamp, Writer};
use crate::rejoin;
use crate::scan::Scanner;
use crate::transports::Transports;

/// The longest line that is kept in memory; what is beyond is passed over, and said.
const LONGEST_LINE: usize = 256 << 10;
/// Lines at the head of an input that are read even if nothing tempts: its report may be cut.
const HEAD_LINES: u32 = 128;
/// Lines after a tempting one that are read with it: it may be wrapped, or the first of several.
const LINES_AFTER: u32 = 6;
/// How much of an input is looked at before its first line is read.
const SNIFFED: usize = 64 << 10;

/// One input being read.
pub(crate) struct Pipeline {
    scanner: Scanner,
    transports: Transports,
    pub(crate) assembler: Assembler,
    pub(crate) clock: Clock,
    held: Option<Held>,
    spare: Held,
    stream: Rc<Stream>,
    carry: Vec<u8>,
    /// The beginning of the input, until there is enough of it to tell its kind.
    head: Vec<u8>,
    /// Whether the rest of an endless line is being passed over.
    overlong: bool,
    sniffed: bool,
    pub(crate) line: u64,
    pub(crate) bytes: u64,
    attention: u32,
    /// The length of the line being read, the longest one lately, and how many were that long.
    length: usize,
    widest: usize,
    widest_lines: u32,
    was_active: bool,
    pub(crate) overlong_lines: u64,
}

/// A line that waits for the next one, which may be the rest of it.
#[derive(Debug, Default)]
pub(crate) struct Held {
    pub(crate) text: Vec<u8>,
    pub(crate) fact: Fact,
    no: u64,
    lines: u64,
    since_boot: Option<SinceBoot>,
    wall: Option<WallStamp<'static>>,
    stream: Rc<Stream>,
    in_record: bool,
    pub(crate) stamped: bool,
    /// Whether the line is as long as the longest ones around it, which a fixed width has cut.
    pub(crate) cut_at_edge: bool,
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

impl Pipeline {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            scanner: Scanner::new(),
            transports: Transports::new(),
            assembler: Assembler::default(),
            clock,
            held: None,
            spare: Held::default(),
            stream: Rc::default(),
            carry: Vec::new(),
            head: Vec::new(),
            overlong: false,
            sniffed: false,
            line: 0,
            bytes: 0,
            attention: HEAD_LINES,
            length: 0,
            widest: 0,
            widest_lines: 0,
            was_active: false,
            overlong_lines: 0,
        }
    }

    /// Starts the next input.
    pub(crate) fn begin(&mut self, modified: Option<jiff::Timestamp>) {
        self.transports = Transports::new();
        self.clock.begin(modified);
        self.carry.clear();
        self.head.clear();
        self.overlong = false;
        self.sniffed = false;
        self.line = 0;
        self.bytes = 0;
        self.overlong_lines = 0;
        self.widest = 0;
        self.attention = HEAD_LINES;
    }

    /// Returns the name of the wrapping that most lines wore.
    pub(crate) fn transport(&self) -> Option<&'static str> {
        self.transports.most_seen().map(crate::record::Transport::name)
    }

    /// Takes bytes, split anywhere.
    pub(crate) fn feed(&mut self, bytes: &[u8], out: &mut Vec<Draft>) {
        self.bytes += bytes.len() as u64;
        if self.sniffed {
            return self.bytes_of_lines(bytes, out);
        }
        // What kind of document it is can only be told from some of it.
        self.head.extend_from_slice(bytes);
        if SNIFFED <= self.head.len() {
            self.sniff(out);
        }
    }

    /// Looks at the head of the input, and reads it.
    pub(crate) fn sniff(&mut self, out: &mut Vec<Draft>) {
        if self.sniffed {
            return;
        }
        self.sniffed = true;
        let head = std::mem::take(&mut self.head);
        self.transports.sniff(head.get(..SNIFFED).unwrap_or(&head));
        self.clock.look_for_days(&head);
        self.bytes_of_lines(&head, out);
        self.head = head;
        self.head.clear();
    }

    fn bytes_of_lines(&mut self, mut bytes: &[u8], out: &mut Vec<Draft>) {
        if !self.carry.is_empty() || self.overlong {
            bytes = self.finish_carried(bytes, out);
        }
        match memchr::memrchr(b'\n', bytes) {
            Some(last) => {
                let (whole, rest) = bytes.split_at_checked(last + 1).unwrap_or((bytes, b""));
                self.block(whole, out);
                self.carry_on(rest);
            }
            None => self.carry_on(bytes),
        }
    }

    fn carry_on(&mut self, rest: &[u8]) {
        let room = LONGEST_LINE.saturating_sub(self.carry.len());
        match rest.get(..room) {
            Some(start) if start.len() < rest.len() => {
                self.carry.extend_from_slice(start);
                self.overlong = true;
            }
            _ => self.carry.extend_from_slice(rest),
        }
    }

    fn finish_carried<'a>(&mut self, bytes: &'a [u8], out: &mut Vec<Draft>) -> &'a [u8] {
        let Some(end) = memchr::memchr(b'\n', bytes) else {
            if !self.overlong {
                self.carry_on(bytes);
            }
            return &[];
        };
        let (head, rest) = bytes.split_at_checked(end).unwrap_or((bytes, b""));
        if !self.overlong {
            self.carry_on(head);
        }
        self.end_carried(out);
        rest.get(1..).unwrap_or_default()
    }

    fn end_carried(&mut self, out: &mut Vec<Draft>) {
        let carry = std::mem::take(&mut self.carry);
        self.overlong_lines += u64::from(self.overlong);
        self.overlong = false;
        if !self.attends() {
            self.release(out);
        }
        if self.attends() || !self.transports.may_skip() || self.scanner.find(&carry).is_some() {
            self.attention = self.attention.max(LINES_AFTER);
            self.line(&carry, out);
        } else {
            self.line += 1;
        }
        self.carry = carry;
        self.carry.clear();
    }

    /// Tells whether the next line is to be read, whatever it says.
    fn attends(&mut self) -> bool {
        let active = self.assembler.active();
        if self.was_active && !active {
            // What comes right behind a kill may belong to it, and may be wrapped.
            self.attention = self.attention.max(LINES_AFTER);
        }
        self.was_active = active;
        active || 0 < self.attention
    }

    /// Takes whole lines; those that cannot matter are only counted.
    fn block(&mut self, mut block: &[u8], out: &mut Vec<Draft>) {
        while !block.is_empty() {
            if self.attends() || !self.transports.may_skip() {
                let end = memchr::memchr(b'\n', block).unwrap_or(block.len());
                let (line, rest) = block.split_at_checked(end).unwrap_or((block, b""));
                self.line(line, out);
                block = rest.get(1..).unwrap_or_default();
                continue;
            }
            let found = self.scanner.find(block);
            if self.held.is_some() {
                let first_line = memchr::memchr(b'\n', block).unwrap_or(block.len());
                if found.is_some_and(|at| at < first_line) {
                    self.attention = LINES_AFTER;
                } else {
                    // The held line may open a report, whose lines must not be skipped.
                    self.release(out);
                }
                continue;
            }
            let Some(at) = found else {
                self.line += memchr::memchr_iter(b'\n', block).count() as u64;
                return;
            };
            let (before, _) = block.split_at_checked(at).unwrap_or((block, b""));
            // One line more than the tempting one: a mailer may have wrapped the head.
            let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
            let start = before
                .get(..start.saturating_sub(1))
                .and_then(|before| memchr::memrchr(b'\n', before))
                .map_or(0, |end| end + 1);
            let (skipped, rest) = block.split_at_checked(start).unwrap_or((b"", block));
            self.line += memchr::memchr_iter(b'\n', skipped).count() as u64;
            self.attention = LINES_AFTER + 2;
            block = rest;
        }
    }

    fn line(&mut self, line: &[u8], out: &mut Vec<Draft>) {
        self.line += 1;
        self.attention = self.attention.saturating_sub(1);
        self.length = line.strip_suffix(b"\r").unwrap_or(line).len();
        match self.length.cmp(&self.widest) {
            std::cmp::Ordering::Greater => (self.widest, self.widest_lines) = (self.length, 1),
            std::cmp::Ordering::Equal => self.widest_lines += 1,
            std::cmp::Ordering::Less => {}
        }
        let mut transports = std::mem::take(&mut self.transports);
        let no = self.line;
        transports.push(line, &mut |record, before| self.record(&record, no - before, before + 1, out));
        self.transports = transports;
    }

    /// Ends the input.
    pub(crate) fn end(&mut self, out: &mut Vec<Draft>) {
        self.sniff(out);
        if !self.carry.is_empty() || self.overlong {
            self.end_carried(out);
        }
        let mut transports = std::mem::take(&mut self.transports);
        let no = self.line;
        transports.end(&mut |record, before| self.record(&record, no - before.min(no), before + 1, out));
        self.transports = transports;
        self.release(out);
    }

    fn record(&mut self, record: &Record<'_>, no: u64, lines: u64, out: &mut Vec<Draft>) {
        self.set_stream(record);
        let several = record.text.contains(&b'\n');
        for (index, text) in record.text.split(|byte| *byte == b'\n').enumerate() {
            if several && text.trim_ascii().is_empty() {
                continue;
            }
            let stamped = record.stamped || 0 < index;
            self.text(text, record, (no, lines), stamped, several && 0 < index, out);
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
        out: &mut Vec<Draft>,
    ) {
        // Indents of a quote are no part of a name; where a stamp stands before, they are.
        let text = if stamped { text } else { text.trim_ascii_start() };
        let fact = kernel::read(text);
        if !stamped
            && let Some(held) = &mut self.held
            && let Some((joined, fact)) = rejoin::join(held, text, &fact, self.assembler.columns())
        {
            held.text = joined;
            held.fact = fact;
            held.lines = (no + lines).saturating_sub(held.no);
            held.cut_at_edge = 2 < self.widest_lines && self.widest == self.length;
            return;
        }
        if stamped
            && let Some(held) = &mut self.held
            && held.of_one_moment(record, in_record)
            && let Some((joined, fact)) = rejoin::join_name(held, text, &fact)
        {
            held.text = joined;
            held.fact = fact;
            held.lines = (no + lines).saturating_sub(held.no);
            return;
        }
        self.release(out);
        let mut next = std::mem::take(&mut self.spare);
        next.text.clear();
        next.text.extend_from_slice(text);
        next.fact = fact;
        next.no = no;
        next.lines = lines;
        next.since_boot = record.since_boot;
        next.wall = record.wall.clone().map(WallStamp::into_owned);
        next.stream = Rc::clone(&self.stream);
        next.in_record = in_record;
        next.stamped = stamped;
        next.cut_at_edge = 2 < self.widest_lines && self.widest == self.length;
        self.held = Some(next);
    }

    /// Lets the held line go on into the reports.
    pub(crate) fn release(&mut self, out: &mut Vec<Draft>) {
        let Some(mut held) = self.held.take() else { return };
        let line = Line {
            text: &held.text,
            no: LineNo::new(held.no),
            lines: held.lines,
            since_boot: held.since_boot,
            wall: held.wall.as_ref(),
        };
        let fact = std::mem::take(&mut held.fact);
        let writer = held.stream.writer.as_deref().map(|name| &**name);
        match writer {
            Some(name) => self.user_text(name, fact, &line, &held.stream, out),
            None => {
                let kill = if fact == Fact::Unknown { killers::read(None, line.text) } else { None };
                match kill {
                    Some(kill) => self.assembler.user_kill(kill, &line, &held.stream, out),
                    None => self.assembler.take(fact, &line, &held.stream, held.in_record, out),
                }
            }
        }
        self.spare = held;
    }

    /// A line that user space wrote: a killer's own words, or words that only the kernel may say.
    fn user_text(&mut self, name: &[u8], fact: Fact, line: &Line<'_>, stream: &Stream, out: &mut Vec<Draft>) {
        if let Some(kill) = killers::read(Some(name), line.text) {
            return self.assembler.user_kill(kill, line, stream, out);
        }
        if let Some(lost) = marker::read_daemon(line.text) {
            self.assembler.messages_lost = self.assembler.messages_lost.saturating_add(lost);
            self.assembler.loose_lines += line.lines;
            return;
        }
        // Programs quote the kernel, so only whole sentences count as an attempt to be it.
        let claims = match &fact {
            Fact::Trigger(_) | Fact::Summary(_) => true,
            Fact::Kill(kill) => kill.pid.is_some() && kill.total_vm.is_some(),
            _ => false,
        };
        if claims {
            self.assembler.take(fact, line, stream, false, out);
        }
    }
}
