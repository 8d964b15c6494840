//! The loop that removes one wrapping after the other, and what it remembers of each.

use std::borrow::Cow;

use oomkit_core::units::SinceBoot;

use super::{
    DocKind, console, cri, dmesg, json, kmsg, logcat, quoting, rfc5424,
    stamp::{Iso, iso},
    syslog,
};
use crate::record::{Record, Transport, WallStamp, Writer};

/// How many wrappings are removed from one line; real ones are five deep.
const MAX_LAYERS: usize = 8;

/// How the outermost wrapping that escapes anything writes what cannot be printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Escapes {
    /// Not at all.
    #[default]
    None,
    /// `\x0a`, for what cannot be printed; the backslash itself is not escaped.
    Dmesg,
    /// `\x0a`, and the backslash as `\x5c`.
    Kmsg,
    /// `#012`, control characters only.
    Syslog,
}

/// A line on its way from the outermost wrapping to the text.
#[derive(Debug)]
pub(super) struct Layers<'a> {
    /// What is not removed yet.
    pub(super) rest: &'a [u8],
    /// What the removed wrappings said; its text is set where it is not a part of the line.
    pub(super) record: Record<'a>,
    /// The facility of `<4>`, until it is clear whether syslog or the kernel wrote it.
    pub(super) facility: Option<u64>,
    /// Whether this is the text of a log by now, where only the kernel's own prefixes may follow.
    pub(super) in_ring: bool,
    escapes: Escapes,
    transport_known: bool,
    done: bool,
}

impl<'a> Layers<'a> {
    /// Starts with a whole line.
    pub(super) fn new(line: &'a [u8]) -> Self {
        Self {
            rest: line,
            record: Record::default(),
            facility: None,
            in_ring: false,
            escapes: Escapes::None,
            transport_known: false,
            done: false,
        }
    }

    /// Starts within wrappings that are removed already.
    pub(super) fn within(record: Record<'a>) -> Self {
        let transport_known = record.stamped;
        Self { record, transport_known, ..Self::new(b"") }
    }

    /// Removes all wrappings.
    pub(super) fn peel(mut self, doc: &DocKind) -> Record<'a> {
        for _ in 0..MAX_LAYERS {
            if self.done || !self.peel_one(doc) {
                break;
            }
        }
        self.finish()
    }

    /// Notes a removed wrapping with a stamp, tag or level of its own.
    pub(super) fn wrapped(&mut self, transport: Transport) {
        self.record.stamped = true;
        if !self.transport_known {
            self.transport_known = true;
            // A level before a kernel stamp is what tells `dmesg -r` from `dmesg`.
            let raw = transport == Transport::Dmesg && self.facility.is_some();
            self.record.transport = if raw { Transport::DmesgRaw } else { transport };
        }
    }

    /// Keeps the kernel's clock; the innermost stamp is the kernel's own.
    pub(super) fn since_boot(&mut self, at: SinceBoot) {
        self.record.since_boot = Some(at);
    }

    /// Keeps people's clock, of the outermost wrapping that has one.
    pub(super) fn wall(&mut self, stamp: WallStamp<'a>) {
        self.record.wall.get_or_insert(stamp);
    }

    /// Keeps the writer: a program does not become the kernel by what it writes.
    pub(super) fn written_by(&mut self, writer: Writer<'a>) {
        match (&self.record.writer, &writer) {
            (Writer::Unknown, _) | (Writer::Kernel, Writer::KernelLogFromUser) => self.record.writer = writer,
            _ => {}
        }
    }

    /// Keeps how the text is escaped; the outermost wrapping escaped last.
    pub(super) fn escapes(&mut self, escapes: Escapes) {
        if self.escapes == Escapes::None {
            self.escapes = escapes;
        }
    }

    /// Goes on with a text that is not a part of the line, and merges what its wrappings say.
    pub(super) fn go_on_with(&mut self, text: &[u8], doc: &DocKind) {
        let mut inner = Layers::new(text);
        inner.in_ring = self.in_ring;
        let inner = inner.peel(doc).into_owned();
        self.done = true;
        let record = &mut self.record;
        record.text = inner.text;
        record.since_boot = inner.since_boot.or(record.since_boot);
        record.caller = inner.caller.or(record.caller);
        record.sequence = inner.sequence.or(record.sequence);
        record.host = inner.host.or(record.host.take());
        record.stamped |= inner.stamped;
        if let Some(wall) = inner.wall {
            record.wall.get_or_insert(wall);
        }
        if inner.writer != Writer::Unknown {
            self.written_by(inner.writer);
        }
        if inner.stamped && !self.transport_known {
            self.transport_known = true;
            self.record.transport = inner.transport;
        }
    }

    /// Ends the loop with the text as it is.
    pub(super) fn stop(&mut self) {
        self.end_with(Cow::Borrowed(self.rest));
    }

    /// Ends the loop with a text.
    pub(super) fn end_with(&mut self, text: Cow<'a, [u8]>) {
        self.done = true;
        self.record.text = text;
    }

    fn peel_one(&mut self, doc: &DocKind) -> bool {
        if self.in_ring {
            return self.peel_ring(doc);
        }
        self.peel_outer(doc) || quoting::indent(self, doc) || console::unknown_prefix(self)
    }

    /// Removes a wrapping that starts right here.
    pub(super) fn peel_outer(&mut self, doc: &DocKind) -> bool {
        let Some(first) = self.rest.first() else { return false };
        match first {
            b'[' => dmesg::bracket(self) || json::object(self, doc),
            b'<' => dmesg::level(self),
            b'0'..=b'9' => kmsg::record(self) || self.peel_digits(),
            b'{' | 0x1e => json::object(self, doc),
            b'=' => console::pstore_header(self),
            b'>' => quoting::quote(self),
            b'a'..=b'z' => {
                dmesg::decoded(self)
                    || syslog::bare_tag(self)
                    || syslog::dated(self)
                    || json::event_stream(self, doc)
            }
            b'A'..=b'Z' => syslog::dated(self) || logcat::brief(self) || console::pstore_header(self),
            0x80.. => syslog::dated(self),
            _ => false,
        }
    }

    /// What starts with a digit: all of it is a stamp of people's clock.
    fn peel_digits(&mut self) -> bool {
        match iso(self.rest) {
            Some(iso) => self.peel_iso(&iso),
            None if self.facility.is_some() && rfc5424::line(self) => true,
            None => logcat::threadtime(self) || syslog::unix(self) || syslog::dated(self),
        }
    }

    fn peel_iso(&mut self, iso: &Iso<'a>) -> bool {
        cri::line(self, iso)
            || dmesg::iso(self, iso)
            || logcat::with_year(self, iso)
            || syslog::iso(self, iso)
    }

    /// What may follow once the text of the log has begun.
    fn peel_ring(&mut self, doc: &DocKind) -> bool {
        let removed = match self.rest {
            [b'[', ..] => dmesg::kernel_stamp(self) || logcat::vendor(self),
            // `<TASK>` is text; and a level without a stamp after it is not the kernel's.
            [b'<', b'0'..=b'9', ..] => self.peel_inner_level() || logcat::vendor(self),
            [b'(' | b'.' | b'c' | b' ', ..] => logcat::vendor(self),
            _ => false,
        };
        removed
            || self.record.transport == Transport::Dmesg
                && self.record.host.is_none()
                && dmesg::monotonic_host(self, doc.monotonic_host())
    }

    fn peel_inner_level(&mut self) -> bool {
        let (before, facility) = (self.rest, self.facility);
        if dmesg::level(self) && dmesg::kernel_stamp(self) {
            return true;
        }
        (self.rest, self.facility) = (before, facility);
        false
    }

    fn finish(mut self) -> Record<'a> {
        if let Some(facility) = self.facility {
            self.wrapped(Transport::DmesgRaw);
            self.written_by(dmesg::ring_writer(facility));
        }
        if !self.done {
            self.record.text = match self.escapes {
                Escapes::None => Cow::Borrowed(self.rest),
                Escapes::Dmesg => kmsg::unescape(self.rest, |byte| !(0x20..0x7f).contains(&byte)),
                Escapes::Kmsg => kmsg::unescape(self.rest, |_| true),
                Escapes::Syslog => syslog::unescape(self.rest),
            };
        }
        self.record
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DocKind, strip};

    /// Texts that look like wrappings, and wrappings' favorite victims.
    const TEXTS: [&str; 11] = [
        "java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
        "[  1234]  1000  1234  2628942  1995298 16052224        0          1000 (sd-pam)",
        " free:1 free_pcp:2 free_cma:3",
        "[ pid ]   uid  tgid total_vm      rss",
        "Free swap  = 0kB",
        " dump_stack+0x5d/0x80",
        " <TASK>",
        "oom_reaper: reaped process 1 (kernel:), now anon-rss:0kB",
        "CPU: 0 PID: 1 Comm: [    1.234567] Not tainted",
        "[    1.234567] invoked oom-killer: order=0",
        "{\"a\":1} > x | y # 012",
    ];

    /// Wrappings, each with its mark where the text belongs.
    const WRAPPINGS: [&str; 34] = [
        "@",
        "> @",
        "[12345.678901] @",
        "[   12.345678][  T123] @",
        "[   12.345678 <    0.000012>] @",
        "[Tue May 10 15:45:51 2022] @",
        "[May10 15:45] @",
        "[  +0.000003] @",
        "2022-05-10T15:45:51,123456+02:00 @",
        "kern  :warn  : [   12.345678] @",
        "<4>[   12.345678] @",
        "4,812,123456789,-;@",
        "4,812,123456789,-,caller=C0;@",
        "May 10 15:45:51 iota kernel: @",
        "May 10 15:45:51 kernel: @",
        "May 10 15:45:51 iota kernel: [   12.345678] @",
        "<4>May 10 15:45:51 iota kernel: @",
        "May 10 15:45:51.123456 iota kernel: @",
        "Sat Jan 27 00:14:32 2024 kern.warn kernel: [   12.345678] @",
        "<4>1 2022-05-10T15:45:51.123Z iota kernel - - - @",
        "2022-05-10T15:45:51.123456+08:00 iota kernel: @",
        "2022-05-10T15:45:51+0800 iota kernel: @",
        "Tue 2022-05-10 15:45:51 CST iota kernel: @",
        "1652190351.123456 iota kernel: @",
        "[   12.345678] iota kernel: @",
        "2022-05-10T15:45:51.123456789Z stdout F [   12.345678] @",
        "2022-05-10T15:45:51.123456789Z stderr F May 10 15:45:51 iota kernel: [   12.345678] @",
        "2022-05-10 15:45:51\t[   12.345678] @",
        "node7: [   12.345678] @",
        "> > [   12.345678] @",
        "\t[   12.345678] @",
        "05-10 15:45:51.123     0     0 W kernel  : @",
        "{\"_TRANSPORT\":\"kernel\",\"_SOURCE_MONOTONIC_TIMESTAMP\":\"1\",\"MESSAGE\":\"@\"}",
        "{\"pri\":4,\"time\":12.345678,\"msg\":\"@\"}",
    ];

    #[test]
    fn the_text_comes_back_byte_for_byte() {
        let doc = DocKind::default();
        for wrapping in WRAPPINGS {
            for text in TEXTS {
                let quoted = wrapping.starts_with('{');
                let inner = if quoted { text.replace('"', "\\\"") } else { text.into() };
                let line = wrapping.replace('@', &inner);
                let record = strip(line.as_bytes(), &doc);
                assert_eq!(String::from_utf8_lossy(&record.text), text, "in {line}");
                assert_eq!(record.stamped, !matches!(wrapping, "@" | "> @"), "in {line}");
                for cut in 0..line.len() {
                    let _ = strip(&line.as_bytes()[..cut], &doc);
                }
            }
        }
    }

    #[test]
    fn wrappings_nest_without_end() {
        let line = "May 10 15:45:51 iota kernel: ".repeat(100);
        assert!(strip(line.as_bytes(), &DocKind::default()).text.starts_with(b"May 10"));
        let line = "2022-05-10 15:45:51 ".repeat(10_000);
        assert!(strip(line.as_bytes(), &DocKind::default()).stamped);
        let line = "> - * ".repeat(10_000);
        assert!(!strip(line.as_bytes(), &DocKind::default()).stamped);
    }

    #[test]
    fn junk_brings_nothing_down() {
        // A small generator of pseudo-random bytes, rich in the marks that wrappings are made of.
        let marks = b"[]<>{}:;,.-=#\\ \t\r\x1b\x1e\"0123456789TCkernel May\xe6\xff\x00";
        let mut state = 1_u32;
        let mut next = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as usize
        };
        for doc in [DocKind::default(), DocKind::of(b"<pre>\n```\n")] {
            for _ in 0..20_000 {
                let length = next() % 40;
                let line: Vec<u8> = (0..length).map(|_| marks[next() % marks.len()]).collect();
                let _ = strip(&line, &doc);
            }
        }
    }
}
