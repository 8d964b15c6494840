//! Bytes to lines: which ones are read, and which are only counted.

use oomkit_core::place::InputId;

use crate::assemble::Drafts;
use crate::clock::Clock;
use crate::reader::Reader;
use crate::scan::{Found, Scanner, Topic, holds_controllers_log, holds_kernel_line};
use crate::transports::Transports;

/// The longest line that is kept in memory; what is beyond is passed over, and said.
const LONGEST_LINE: usize = 256 << 10;
/// Lines at the head of an input that are read even if nothing tempts: its report may be cut.
const HEAD_LINES: u32 = 128;
/// Lines after a tempting one that are read with it: it may be wrapped, or the first of several.
const LINES_AFTER: u32 = 6;
/// Lines that are read where one may tell of trouble outside of reports: it, and what it announces.
const LINES_OF_TROUBLE: u32 = 2;
/// How much of an input is looked at before its first line is read.
const SNIFFED: usize = 64 << 10;

/// One input being read.
pub(crate) struct Pipeline {
    scanner: Scanner,
    transports: Transports,
    pub(crate) reader: Reader,
    pub(crate) clock: Clock,
    carry: Vec<u8>,
    /// The beginning of the input, until there is enough of it to tell its kind.
    head: Vec<u8>,
    /// Whether the rest of an endless line is being passed over.
    overlong: bool,
    sniffed: bool,
    /// Whether every line is read, since the input has lines that no word announces.
    reads_all: bool,
    pub(crate) line: u64,
    pub(crate) bytes: u64,
    attention: u32,
    was_active: bool,
    /// How many lines were too long, and which one was the first.
    pub(crate) overlong_lines: u64,
    pub(crate) first_overlong: u64,
}

impl Pipeline {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            scanner: Scanner::new(),
            transports: Transports::new(),
            reader: Reader::default(),
            clock,
            carry: Vec::new(),
            head: Vec::new(),
            overlong: false,
            sniffed: false,
            reads_all: false,
            line: 0,
            bytes: 0,
            attention: HEAD_LINES,
            was_active: false,
            overlong_lines: 0,
            first_overlong: 0,
        }
    }

    /// Starts the next input.
    pub(crate) fn begin(&mut self, modified: Option<jiff::Timestamp>, input: InputId) {
        self.transports = Transports::new();
        self.clock.begin(modified);
        self.carry.clear();
        self.head.clear();
        self.overlong = false;
        self.sniffed = false;
        self.line = 0;
        self.bytes = 0;
        self.overlong_lines = 0;
        self.reader.begin(input);
        self.attention = HEAD_LINES;
    }

    /// Returns the name of the wrapping that most lines wore.
    pub(crate) fn transport(&self) -> Option<&'static str> {
        self.transports.most_seen().map(crate::record::Transport::name)
    }

    /// Takes bytes, split anywhere.
    pub(crate) fn feed(&mut self, bytes: &[u8], out: &mut Drafts) {
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
    pub(crate) fn sniff(&mut self, out: &mut Drafts) {
        if self.sniffed {
            return;
        }
        self.sniffed = true;
        let head = std::mem::take(&mut self.head);
        self.transports.sniff(head.get(..SNIFFED).unwrap_or(&head));
        self.clock.look_for_days(&head);
        self.reads_all = holds_controllers_log(&head);
        self.reader.assembler.trouble.set_clock(self.clock.clone());
        self.bytes_of_lines(&head, out);
        self.head = head;
        self.head.clear();
    }

    fn bytes_of_lines(&mut self, mut bytes: &[u8], out: &mut Drafts) {
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

    fn finish_carried<'a>(&mut self, bytes: &'a [u8], out: &mut Drafts) -> &'a [u8] {
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

    fn end_carried(&mut self, out: &mut Drafts) {
        let carry = std::mem::take(&mut self.carry);
        if self.overlong {
            if self.overlong_lines == 0 {
                self.first_overlong = self.line + 1;
            }
            self.overlong_lines += 1;
        }
        self.overlong = false;
        if !self.attends() {
            self.reader.release(out);
        }
        let reads_all = self.may_not_skip();
        match self.scanner.find(&carry).map(|found| found.topic) {
            None if !reads_all => {
                self.pass_over(&carry);
                self.line += 1;
            }
            Some(Topic::Trouble) if !reads_all => {
                self.attention = LINES_OF_TROUBLE;
                self.line(&carry, out);
            }
            _ => {
                self.attention = self.attention.max(LINES_AFTER);
                self.line(&carry, out);
            }
        }
        self.carry = carry;
        self.carry.clear();
    }

    /// Tells whether the next line is to be read, whether it tempts or not.
    fn may_not_skip(&mut self) -> bool {
        self.attends() || self.reads_all || !self.transports.may_skip()
    }

    /// Tells whether the next line may belong to what came before it.
    fn attends(&mut self) -> bool {
        let active = self.reader.assembler.active();
        if self.was_active && !active {
            // What comes right behind a kill may belong to it, and may be wrapped.
            self.attention = self.attention.max(LINES_AFTER);
        }
        self.was_active = active;
        active || 0 < self.attention
    }

    /// Takes whole lines; those that cannot matter are only counted.
    fn block(&mut self, mut block: &[u8], out: &mut Drafts) {
        let mut ahead = Ahead::default();
        while !block.is_empty() {
            if self.may_not_skip() {
                block = self.next_line(block, out);
                continue;
            }
            let found = ahead.next(block, &self.scanner);
            if self.reader.holding {
                let first_line = memchr::memchr(b'\n', block).unwrap_or(block.len());
                match found.filter(|found| found.at < first_line) {
                    Some(Found { topic: Topic::Report, .. }) => self.attention = LINES_AFTER,
                    Some(Found { topic: Topic::Trouble, .. }) => self.attention = LINES_OF_TROUBLE,
                    // The held line may open a report, whose lines must not be skipped.
                    None => self.reader.release(out),
                }
                continue;
            }
            let Some(Found { at, topic }) = found else {
                self.line += self.pass_over(block);
                return;
            };
            let start = line_start(block, at);
            block = match topic {
                Topic::Report => {
                    self.attention = LINES_AFTER + 2;
                    // A mailer may have wrapped the head.
                    self.skip_to(block, line_start(block, start.saturating_sub(1)))
                }
                Topic::Trouble => {
                    self.attention = LINES_OF_TROUBLE;
                    self.skip_to(block, start)
                }
            };
        }
    }

    fn next_line<'a>(&mut self, block: &'a [u8], out: &mut Drafts) -> &'a [u8] {
        let end = memchr::memchr(b'\n', block).unwrap_or(block.len());
        let (line, rest) = block.split_at_checked(end).unwrap_or((block, b""));
        self.line(line, out);
        rest.get(1..).unwrap_or_default()
    }

    /// Passes over the lines before the one that begins at `start`.
    fn skip_to<'a>(&mut self, block: &'a [u8], start: usize) -> &'a [u8] {
        let (skipped, rest) = block.split_at_checked(start).unwrap_or((b"", block));
        self.line += self.pass_over(skipped);
        rest
    }

    /// Returns how many lines are passed over; all that is asked of them is whether one is the kernel's.
    fn pass_over(&mut self, skipped: &[u8]) -> u64 {
        self.reader.kernel_lines = self.reader.kernel_lines || holds_kernel_line(skipped);
        memchr::memchr_iter(b'\n', skipped).count() as u64
    }

    fn line(&mut self, line: &[u8], out: &mut Drafts) {
        self.line += 1;
        self.attention = self.attention.saturating_sub(1);
        self.reader.measure(line);
        let (no, reader) = (self.line, &mut self.reader);
        self.transports
            .push(line, &mut |record, before| reader.record(&record, no - before, before + 1, out));
    }

    /// Ends the input.
    pub(crate) fn end(&mut self, out: &mut Drafts) {
        self.sniff(out);
        if !self.carry.is_empty() || self.overlong {
            self.end_carried(out);
        }
        let (no, reader) = (self.line, &mut self.reader);
        self.transports
            .end(&mut |record, before| reader.record(&record, no - before.min(no), before + 1, out));
        self.reader.release(out);
    }
}

/// The next word of a block that is eaten up from its beginning, once it has been looked for.
#[derive(Default)]
struct Ahead {
    /// How far from the end of the block it begins; `Some(None)` where there is none.
    next: Option<Option<(usize, Topic)>>,
}

impl Ahead {
    fn next(&mut self, block: &[u8], scanner: &Scanner) -> Option<Found> {
        let known = self.next.filter(|next| next.is_none_or(|(from_end, _)| from_end <= block.len()));
        let next =
            known.unwrap_or_else(|| scanner.find(block).map(|found| (block.len() - found.at, found.topic)));
        self.next = Some(next);
        next.map(|(from_end, topic)| Found { at: block.len() - from_end, topic })
    }
}

/// Returns where the line begins that `at` stands in.
fn line_start(block: &[u8], at: usize) -> usize {
    block.get(..at).and_then(|before| memchr::memrchr(b'\n', before)).map_or(0, |end| end + 1)
}
