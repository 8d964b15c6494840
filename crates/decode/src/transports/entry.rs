//! Entry: a message and its fields, from the journal or from JSON of any make.

use std::borrow::Cow;

use oomkit_core::units::SinceBoot;

use super::{
    DocKind,
    dmesg::{facility_of, ring_writer, since_boot},
    layers::Layers,
    stamp::{iso, unix_micros, whole_number},
    syslog::is_kernel,
};
use crate::record::{Caller, Transport, WallStamp, Writer};

/// The fields that are read; all others are ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// The message; the lower number wins where there are several.
    Message(u8),
    /// A time in some form.
    Time,
    /// The name of a host.
    Host,
    /// The name of a program.
    Identifier,
    /// How the message came into the journal.
    Transport,
    /// The number or name of a facility.
    Facility,
    /// The kernel's clock, of the sender.
    SourceMonotonic,
    /// The kernel's clock, of the journal.
    Monotonic,
    /// People's clock, of the sender.
    SourceRealtime,
    /// People's clock, of the journal.
    Realtime,
    /// Facility and level, of `dmesg --json`.
    Priority,
    /// The caller id, of `dmesg --json`.
    Caller,
    /// The output of a container that it was written to.
    Stream,
    /// Anything else.
    Other,
}

impl Key {
    /// Knows a field by its name.
    pub(super) fn of(name: &[u8]) -> Self {
        match name {
            b"MESSAGE" => Self::Message(0),
            b"message" | b"Message" => Self::Message(2),
            b"msg" => Self::Message(3),
            b"log" => Self::Message(4),
            b"textPayload" => Self::Message(5),
            b"SyslogMessage" => Self::Message(6),
            b"line" => Self::Message(7),
            b"body" => Self::Message(8),
            b"_raw" => Self::Message(9),
            b"time" | b"timestamp" | b"ts" | b"@timestamp" | b"TimeGenerated" | b"_time" | b"Timestamp" => {
                Self::Time
            }
            b"_HOSTNAME" | b"hostname" | b"host" | b"HostName" | b"Computer" => Self::Host,
            b"SYSLOG_IDENTIFIER" | b"syslog_identifier" | b"ident" | b"programname" | b"appname"
            | b"ProcessName" => Self::Identifier,
            b"_TRANSPORT" => Self::Transport,
            b"SYSLOG_FACILITY" | b"fac" => Self::Facility,
            b"_SOURCE_MONOTONIC_TIMESTAMP" => Self::SourceMonotonic,
            b"__MONOTONIC_TIMESTAMP" => Self::Monotonic,
            b"_SOURCE_REALTIME_TIMESTAMP" => Self::SourceRealtime,
            b"__REALTIME_TIMESTAMP" => Self::Realtime,
            b"pri" => Self::Priority,
            b"caller" => Self::Caller,
            b"stream" => Self::Stream,
            _ => Self::Other,
        }
    }
}

/// What a field holds.
#[derive(Debug)]
pub(super) enum Value<'a> {
    /// Text, or bytes of any kind.
    Text(Cow<'a, [u8]>),
    /// A number.
    Number(f64),
    /// Fields of its own.
    Entry(Box<Entry<'a>>),
    /// A list of such.
    Entries(Vec<Entry<'a>>),
    /// Nothing that is read.
    Nothing,
}

/// A message and its fields.
#[derive(Debug, Default)]
pub(super) struct Entry<'a> {
    /// Entries in a list, such as those of `dmesg --json`.
    pub(super) entries: Vec<Entry<'a>>,
    message: Option<(u8, Cow<'a, [u8]>)>,
    inner: Option<Box<Entry<'a>>>,
    time: Option<WallStamp<'a>>,
    seconds: Option<f64>,
    host: Option<Cow<'a, [u8]>>,
    identifier: Option<Cow<'a, [u8]>>,
    from_kernel: bool,
    facility: Option<u64>,
    source_monotonic: Option<u64>,
    monotonic: Option<u64>,
    source_realtime: Option<u64>,
    realtime: Option<u64>,
    caller: Option<Caller>,
    is_journal: bool,
    is_dmesg: bool,
    has_stream: bool,
}

impl<'a> Entry<'a> {
    /// Holds a list of entries, without a message of its own.
    pub(super) fn of_list(entries: Vec<Self>) -> Self {
        Self { entries, ..Self::default() }
    }

    /// Takes a field.
    pub(super) fn set(&mut self, key: Key, value: Value<'a>) {
        match (key, value) {
            (Key::Message(rank), Value::Text(text)) => {
                self.is_journal |= rank == 0;
                if self.message.as_ref().is_none_or(|(known, _)| rank < *known) {
                    self.message = Some((rank, text));
                }
            }
            // The journal leaves out what is too long.
            (Key::Message(0), Value::Nothing) => self.message = Some((0, Cow::Borrowed(b""))),
            (_, Value::Entry(inner)) => {
                if self.inner.is_none() && inner.message.is_some() {
                    self.inner = Some(inner);
                }
            }
            (_, Value::Entries(entries)) => self.entries.extend(entries),
            (Key::Other, _) => {}
            (key, Value::Number(number)) => self.set_number(key, number),
            (key, Value::Text(text)) => self.set_text(key, text),
            (_, Value::Nothing) => {}
        }
    }

    fn set_number(&mut self, key: Key, number: f64) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
        let whole = number.round() as u64;
        match key {
            Key::Time => match unix_micros(number) {
                Some(micros) => self.time = Some(WallStamp::UnixMicros(micros)),
                None => self.seconds = Some(number),
            },
            Key::Priority => {
                self.is_dmesg = true;
                self.facility.get_or_insert(whole >> 3);
            }
            key => self.set_whole(key, whole),
        }
    }

    fn set_whole(&mut self, key: Key, number: u64) {
        match key {
            Key::Facility => self.facility = Some(number),
            Key::SourceMonotonic => self.source_monotonic = Some(number),
            Key::Monotonic => self.monotonic = Some(number),
            Key::SourceRealtime => self.source_realtime = Some(number),
            Key::Realtime => {
                self.is_journal = true;
                self.realtime = Some(number);
            }
            _ => {}
        }
    }

    fn set_text(&mut self, key: Key, text: Cow<'a, [u8]>) {
        match key {
            Key::Host => self.host = Some(text),
            Key::Identifier => self.identifier = Some(text),
            Key::Transport => self.from_kernel = *text == *b"kernel",
            Key::Stream => self.has_stream = true,
            Key::Priority => self.is_dmesg = true,
            Key::Caller => self.caller = caller(&text),
            Key::Time => self.time = time(text).or(self.time.take()),
            key => match (whole_number(&text), key) {
                (Some(number), key) => self.set_whole(key, number),
                (None, Key::Facility) => self.facility = facility_of(&text),
                _ => {}
            },
        }
    }

    /// Adds the fields around the entry that has the message.
    fn flattened(mut self) -> Self {
        let inner = match (self.message.is_none(), self.inner.take()) {
            (true, Some(inner)) => *inner,
            _ => return self,
        };
        Entry {
            time: inner.time.or(self.time),
            host: inner.host.or(self.host),
            identifier: inner.identifier.or(self.identifier),
            realtime: inner.realtime.or(self.realtime),
            ..inner
        }
    }

    /// Tells whether there is a message.
    pub(super) fn has_message(&self) -> bool {
        self.message.is_some() || self.inner.is_some()
    }

    fn transport(&self, journal: Transport) -> Transport {
        match self {
            Self { is_journal: true, .. } => journal,
            Self { is_dmesg: true, .. } => Transport::DmesgJson,
            Self { has_stream: true, message: Some((4, _)), .. } => Transport::DockerJson,
            _ => Transport::JsonLines,
        }
    }

    /// Puts what the entry says into the layers of the line that holds it.
    pub(super) fn unwrap_into(self, layers: &mut Layers<'a>, journal: Transport, doc: &DocKind) -> bool {
        let mut entry = self.flattened();
        let transport = entry.transport(journal);
        let Some((_, message)) = entry.message.take() else { return false };
        layers.wrapped(transport);
        let monotonic = entry.source_monotonic.or(entry.monotonic.filter(|_| entry.from_kernel));
        let seconds = entry.seconds.filter(|seconds| transport == Transport::DmesgJson && 0.0 <= *seconds);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
        let micros = monotonic.or(seconds.map(|seconds| (seconds * 1e6).round() as u64));
        if let Some(micros) = micros {
            layers.since_boot(SinceBoot::from_micros(micros));
        }
        let realtime = entry.source_realtime.or(entry.realtime).and_then(|micros| i64::try_from(micros).ok());
        if let Some(wall) = realtime.map(WallStamp::UnixMicros).or(entry.time.take()) {
            layers.wall(wall);
        }
        layers.record.caller = entry.caller.or(layers.record.caller);
        layers.record.host = entry.host.take().or(layers.record.host.take());
        let kernel = entry.write_writer(transport, layers);
        if transport == Transport::DmesgJson || kernel && micros.is_some() {
            // The fields said it all; whatever the text looks like is text.
            layers.end_with(if transport == Transport::DmesgJson { first_record(message) } else { message });
            return true;
        }
        layers.in_ring = layers.record.writer != Writer::Unknown;
        match message {
            Cow::Borrowed(text) => layers.rest = text,
            Cow::Owned(text) => layers.go_on_with(text.strip_suffix(b"\n").unwrap_or(&text), doc),
        }
        true
    }

    /// Keeps the writer; tells whether it is the kernel's log.
    fn write_writer(&mut self, transport: Transport, layers: &mut Layers<'a>) -> bool {
        let identifier = self.identifier.take();
        let tagged = identifier.as_deref().is_some_and(is_kernel);
        if self.from_kernel || tagged || transport == Transport::DmesgJson && self.facility.is_some() {
            // The journal keeps what user space writes into /dev/kmsg with its facility.
            layers.written_by(ring_writer(self.facility.unwrap_or(0)));
            return true;
        }
        if let Some(program) = identifier {
            layers.written_by(Writer::Program(program));
        }
        false
    }
}

/// Cuts off the records that `dmesg --json` of util-linux 2.38 repeats in each message up to the end
/// of the buffer, where it reads the buffer of syslog(2).
fn first_record(message: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let next = |at: &usize| {
        let line = message.get(at + 1..).unwrap_or_default();
        let stamp = line.iter().take(5).position(|byte| *byte == b'>').and_then(|end| line.get(end + 1..));
        line.starts_with(b"<") && stamp.is_some_and(|stamp| since_boot(stamp).is_some())
    };
    match memchr::memchr_iter(b'\n', &message).find(next) {
        Some(end) => Cow::Owned(message.get(..end).unwrap_or_default().to_vec()),
        None => match message.strip_suffix(b"\n") {
            Some(text) => Cow::Owned(text.to_vec()),
            None => message,
        },
    }
}

fn caller(text: &[u8]) -> Option<Caller> {
    let (kind, digits) = text.trim_ascii().split_first()?;
    let id = u32::try_from(whole_number(digits)?).ok()?;
    match kind {
        b'T' => Some(Caller::Task(id)),
        b'C' => Some(Caller::Cpu(id)),
        _ => None,
    }
}

fn time(text: Cow<'_, [u8]>) -> Option<WallStamp<'_>> {
    if iso(&text).is_some_and(|iso| iso.rest.is_empty()) {
        return Some(WallStamp::Iso(text));
    }
    if let Some(number) = std::str::from_utf8(&text).ok().and_then(|text| text.parse::<f64>().ok()) {
        return unix_micros(number).map(WallStamp::UnixMicros);
    }
    matches!(*text, [b'A'..=b'Z', .., a, b] if a.is_ascii_digit() && b.is_ascii_digit())
        .then_some(WallStamp::Ctime(text))
}
