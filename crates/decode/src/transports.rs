//! Transports: removes what wraps the kernel's text, line by line and by grammar, never configured.
//!
//! A line may wear several wrappings; they are removed from the outside in, and every stamp is
//! kept. What the text means is left to others.
//!
//! | file | what it removes |
//! | --- | --- |
//! | `dmesg.rs` | levels, stamps and caller ids of the kernel and of `dmesg` |
//! | `kmsg.rs` | `/dev/kmsg` records |
//! | `syslog.rs`, `rfc5424.rs` | stamps, hosts and tags of syslog and `journalctl` |
//! | `cri.rs` | container runtimes |
//! | `logcat.rs` | Android |
//! | `json.rs`, `entry.rs` | JSON lines of the journal, `dmesg`, Docker and others |
//! | `blocks.rs`, `export.rs`, `verbose.rs`, `pretty.rs` | messages over several lines |
//! | `console.rs` | control characters, foreign prefixes, pstore |
//! | `quoting.rs`, `html.rs`, `mail.rs`, `document.rs` | texts around logs |
//!
//! `layers.rs` has the loop over the wrappings of one line; this file has the way of lines through
//! an input.

mod blocks;
mod console;
mod cri;
mod dmesg;
mod document;
mod entry;
mod export;
mod html;
mod json;
mod kmsg;
mod layers;
mod logcat;
mod mail;
mod pretty;
mod quoting;
mod rfc5424;
#[cfg(test)]
mod specimen;
mod stamp;
mod syslog;
mod verbose;

use std::{borrow::Cow, mem};

pub use self::document::DocKind;
use self::{
    blocks::{Block, starts_block},
    cri::Piece,
    entry::Entry,
    layers::Layers,
};
use crate::record::{Record, Transport, Writer};

/// How much of an input is looked at before it is read.
const HEAD: usize = 64 << 10;

/// How many wrappings there are, with room for more.
const KINDS: usize = 32;

/// Removes all wrappings of a single line.
#[must_use]
pub fn strip<'a>(line: &'a [u8], doc: &DocKind) -> Record<'a> {
    match doc.plain(line, false) {
        Cow::Borrowed(line) => match console::without_escapes(without_returns(line)) {
            Cow::Borrowed(line) => Layers::new(line).peel(doc),
            Cow::Owned(line) => Layers::new(&line).peel(doc).into_owned(),
        },
        Cow::Owned(line) => {
            let line = console::without_escapes(without_returns(&line)).into_owned();
            Layers::new(&line).peel(doc).into_owned()
        }
    }
}

/// Removes a byte order mark, and the zeros that a file system leaves in a log after a crash.
fn without_leading_junk(line: &[u8]) -> &[u8] {
    match line {
        [0, ..] => {
            let start = line.iter().position(|byte| *byte != 0).unwrap_or(line.len());
            line.get(start..).unwrap_or_default()
        }
        [0xef, 0xbb, 0xbf, line @ ..] => line,
        _ => line,
    }
}

fn without_returns(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| *byte != b'\r').map_or(0, |at| at + 1);
    line.get(..end).unwrap_or(line)
}

/// Removes the wrapping of lines, found per line by grammar.
#[derive(Debug, Default)]
pub struct Transports {
    doc: DocKind,
    /// How many physical lines have been pushed.
    number: u64,
    block: Block,
    /// Whether the input has had a block, so that each line may belong to one.
    has_blocks: bool,
    split: cri::Split,
    soft_breaks: mail::SoftBreaks,
    in_fence: bool,
    after_kmsg: bool,
    after_object: bool,
    seen: [u64; KINDS],
}

/// Where records go, each with how many physical lines before the last one it began.
type Out<'o, 'a> = &'o mut dyn FnMut(Record<'a>, u64);

impl Transports {
    /// Starts an input.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at the first block of an input for what single lines do not tell.
    pub fn sniff(&mut self, head: &[u8]) {
        let head = head.get(..HEAD).unwrap_or(head);
        let host = self.doc.host.take();
        self.doc = DocKind { host, ..DocKind::of(head) };
        for line in head.split(|byte| *byte == b'\n') {
            self.has_blocks |= starts_block(line).is_some();
            if line.starts_with(b"[") {
                let record = Layers::new(line).peel(&self.doc);
                self.learn_host(&record);
            }
        }
    }

    /// Tells whether lines may be skipped unseen without losing the place in a block format.
    #[must_use]
    pub fn may_skip(&self) -> bool {
        !self.has_blocks
            && !self.doc.quoted_printable
            && !self.doc.markdown
            && !self.split.is_open()
            && !self.soft_breaks.is_open()
    }

    /// Strips one physical line, without its line feed, and hands out each record that it completes:
    /// usually one.
    ///
    /// The number beside a record tells how many physical lines before this one it began.
    pub fn push<'a>(&mut self, line: &'a [u8], out: &mut dyn FnMut(Record<'a>, u64)) {
        self.number += 1;
        if self.doc.quoted_printable {
            if let Some((line, back)) = self.soft_breaks.take(line) {
                self.line(&line, back, &mut |record, back| out(record.into_owned(), back));
            }
        } else if !self.take_into_block(line, out) {
            self.line(line, 0, out);
        }
    }

    /// Ends the input: hands out what is still open.
    pub fn end(&mut self, out: &mut dyn FnMut(Record<'static>, u64)) {
        if self.soft_breaks.is_open() {
            let (line, back) = self.soft_breaks.give_up();
            self.line(&line, back, &mut |record, back| out(record.into_owned(), back));
        }
        self.leave_block(out);
        while let Some(joined) = self.split.give_up() {
            let back = self.number.saturating_sub(joined.began);
            self.whole(&joined.line, back, &mut |record, back| out(record.into_owned(), back));
        }
    }

    /// Returns the wrapping that most lines wore.
    #[must_use]
    pub fn most_seen(&self) -> Option<Transport> {
        let counts = ALL.iter().zip(self.seen);
        let most = counts.filter(|(_, count)| 0 < *count).max_by_key(|(transport, count)| {
            // A log in a long text is still a log.
            (**transport != Transport::Bare, *count)
        });
        most.map(|(transport, _)| *transport)
    }

    /// Hands out an entry, or the entries in it.
    fn entry<'a>(&mut self, mut entry: Entry<'_>, journal: Transport, back: u64, out: Out<'_, 'a>) {
        if !entry.has_message() {
            for inner in mem::take(&mut entry.entries) {
                self.entry(inner, journal, back, out);
            }
            return;
        }
        let mut layers = Layers::new(b"");
        entry.unwrap_into(&mut layers, journal, &self.doc);
        let record = layers.peel(&self.doc).into_owned();
        self.hand_out(record, back, out);
    }

    /// Takes a line that belongs to no block: removes markup, and splits it at line breaks.
    fn line<'a>(&mut self, line: &'a [u8], back: u64, out: Out<'_, 'a>) {
        if self.doc.markdown && quoting::is_fence(line) {
            self.in_fence = !self.in_fence;
        }
        match self.doc.plain(line, self.in_fence) {
            Cow::Borrowed(line) => self.pieces(without_returns(line), back, out),
            Cow::Owned(line) => {
                self.pieces(without_returns(&line), back, &mut |record, back| out(record.into_owned(), back));
            }
        }
    }

    fn pieces<'a>(&mut self, line: &'a [u8], back: u64, out: Out<'_, 'a>) {
        let line = without_leading_junk(line);
        if memchr::memchr3(b'\r', b'\n', 0x1b, line).is_none() {
            return self.piece(line, back, out);
        }
        let plain = console::without_escapes(line);
        let mut any = false;
        for piece in plain.split(|byte| matches!(byte, b'\r' | b'\n')).filter(|piece| !piece.is_empty()) {
            any = true;
            self.piece(piece, back, &mut |record, back| out(record.into_owned(), back));
        }
        if !any {
            self.piece(b"", back, out);
        }
    }

    fn piece<'a>(&mut self, line: &'a [u8], back: u64, out: Out<'_, 'a>) {
        let (after_kmsg, after_object) = (mem::take(&mut self.after_kmsg), mem::take(&mut self.after_object));
        if after_object && matches!(line.trim_ascii(), b"]" | b"}" | b"]}" | b"," | b"]," | b"}," | b"") {
            self.after_object = true;
            return;
        }
        let is_field = line.starts_with(b" SUBSYSTEM=") || line.starts_with(b" DEVICE=");
        if is_field || after_kmsg && kmsg::is_field(line) {
            self.after_kmsg = after_kmsg;
            return;
        }
        if line.first().is_some_and(u8::is_ascii_digit) {
            match self.split.take(line, self.number.saturating_sub(back)) {
                Piece::Whole => {}
                Piece::Kept => return,
                Piece::Ended(joined) => {
                    let back = self.number.saturating_sub(joined.began);
                    self.whole(&joined.line, back, &mut |record, back| out(record.into_owned(), back));
                    return;
                }
            }
        }
        self.whole(line, back, out);
    }

    fn whole<'a>(&mut self, line: &'a [u8], back: u64, out: Out<'_, 'a>) {
        if let [b'{' | b'[', b'{' | b'"' | b' ', ..] | [0x1e, ..] | [b'd', b'a', b't', b'a', b':', ..] = line
            && let Some(entry) = json::entry(line)
            && (entry.has_message() || !entry.entries.is_empty())
        {
            return self.entry(entry, Transport::JournalJson, back, out);
        }
        let record = Layers::new(line).peel(&self.doc);
        self.hand_out(record, back, out);
    }

    /// Counts a record, splits off what was glued to it, and hands it out.
    fn hand_out<'a>(&mut self, mut record: Record<'a>, back: u64, out: Out<'_, 'a>) {
        if let Some(count) = self.seen.get_mut(record.transport as usize) {
            *count += 1;
        }
        self.after_kmsg = record.transport == Transport::Kmsg;
        self.learn_host(&record);
        if let Some((marker, rest)) = console::dropped_marker(&record.text) {
            let (marker, rest) = (marker.to_vec(), rest.to_vec());
            out(Record { text: Cow::Owned(marker), ..record.clone() }, back);
            return self.hand_out_rest(record, &rest, back, out);
        }
        let breaks =
            matches!(record.transport, Transport::JsonLines | Transport::DockerJson | Transport::Cri);
        if breaks && let Some(at) = memchr::memchr(b'\n', &record.text) {
            let (first, rest) = record.text.split_at_checked(at).unwrap_or_default();
            let (first, rest) = (first.to_vec(), rest.get(1..).unwrap_or_default().to_vec());
            // Several messages in one, if the next one has a wrapping of its own.
            if Layers::new(&rest).peel(&self.doc).stamped {
                record.text = Cow::Owned(first);
                out(record.clone(), back);
                return self.hand_out_rest(record, &rest, back, out);
            }
        }
        out(record, back);
    }

    /// Hands out what follows in the same line, within the same outer wrappings.
    fn hand_out_rest<'a>(&mut self, outer: Record<'a>, rest: &[u8], back: u64, out: Out<'_, 'a>) {
        let mut layers = Layers::within(outer);
        layers.go_on_with(rest, &self.doc);
        let record = layers.peel(&self.doc);
        self.hand_out(record, back, out);
    }

    fn learn_host(&mut self, record: &Record<'_>) {
        if record.transport == Transport::JournalShortMonotonic
            && record.writer == Writer::Kernel
            && self.doc.host.as_deref() != record.host.as_deref()
        {
            self.doc.host = record.host.as_deref().map(<[u8]>::to_vec);
        }
    }
}

/// All wrappings, in the order of their counters.
const ALL: [Transport; 22] = [
    Transport::Bare,
    Transport::Dmesg,
    Transport::DmesgCtime,
    Transport::DmesgIso,
    Transport::DmesgReltime,
    Transport::DmesgDecoded,
    Transport::DmesgRaw,
    Transport::DmesgJson,
    Transport::Kmsg,
    Transport::SyslogRfc3164,
    Transport::SyslogRfc5424,
    Transport::SyslogIso,
    Transport::JournalShort,
    Transport::JournalShortMonotonic,
    Transport::JournalJson,
    Transport::JournalExport,
    Transport::JournalVerbose,
    Transport::Cri,
    Transport::DockerJson,
    Transport::JsonLines,
    Transport::Logcat,
    Transport::Console,
];

#[cfg(test)]
mod tests {
    use super::{
        Transport, Transports,
        specimen::{check_input, run},
    };

    #[test]
    fn an_input_may_wear_anything() {
        check_input(
            b"\xef\xbb\xbf[   12.345678] x\n\n\0\0\0May 10 15:45:51 iota kernel: y\n-- Boot 7 --\n4,812,1,-;z",
            &[
                "dmesg at=12.345678 | x",
                "-bare | ",
                "syslog-rfc3164 by=kernel rfc3164=May 10 15:45:51 host=iota | y",
                "-bare | -- Boot 7 --",
                "kmsg by=kernel at=0.000001 sequence=812 | z",
            ],
        );
    }

    #[test]
    fn the_wrapping_of_most_lines_is_known() {
        let most = |input: &[u8]| run(input).1.most_seen();
        assert_eq!(most(b"a\nb\nc\n<4>x\n<4>y\n[   12.345678] x"), Some(Transport::DmesgRaw));
        assert_eq!(most(b"a"), Some(Transport::Bare));
        assert_eq!(Transports::new().most_seen(), None);
        for (at, transport) in super::ALL.iter().enumerate() {
            assert_eq!(*transport as usize, at);
        }
    }

    #[test]
    fn lines_may_be_skipped_where_none_belongs_to_another() {
        let may_skip = |input: &[u8]| run(input).1.may_skip();
        assert!(may_skip(b"[   12.345678] x\nMay 10 15:45:51 iota kernel: y"));
        assert!(!may_skip(b"__CURSOR=s=1\nMESSAGE=x"));
        assert!(!may_skip(b"```\n[   12.345678] x\n```"));
        let mut transports = Transports::new();
        transports.push(b"2022-05-10T15:45:51.1Z stdout P x", &mut |_, _| {});
        assert!(!transports.may_skip());
        transports.push(b"2022-05-10T15:45:51.1Z stdout F y", &mut |_, _| {});
        assert!(transports.may_skip());
    }
}
