//! Record: one kernel message, its wrapping removed.

use std::borrow::Cow;

use bstr::BString;
use oomkit_core::units::SinceBoot;

/// One kernel message as a transport delivered it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record<'a> {
    /// The message, without stamps, host and tag.
    ///
    /// It may hold line breaks where one record has several lines; leading white space is kept
    /// where the transport keeps it.
    pub text: Cow<'a, [u8]>,
    /// Who wrote the message.
    pub writer: Writer<'a>,
    /// The kernel's clock.
    pub since_boot: Option<SinceBoot>,
    /// People's clock, not yet read.
    pub wall: Option<WallStamp<'a>>,
    /// The host that the wrapping names.
    pub host: Option<Cow<'a, [u8]>>,
    /// The caller id, such as `T1234` or `C0` (since Linux 5.1, by configuration).
    pub caller: Option<Caller>,
    /// The number of the record in the kernel's ring buffer.
    pub sequence: Option<u64>,
    /// Whether any wrapping with a stamp, tag or level of its own was removed; a line without one
    /// may be the rest of the line before it.
    pub stamped: bool,
    /// The outermost wrapping that was removed, for the statistics of an input.
    pub transport: Transport,
}

/// Who wrote a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Writer<'a> {
    /// The wrapping does not tell; plain kernel text.
    #[default]
    Unknown,
    /// The kernel: facility 0, or the tag `kernel`.
    Kernel,
    /// User space wrote into the kernel's log: a facility other than 0 in a kernel record.
    KernelLogFromUser,
    /// A program of this name wrote it to the system's log.
    Program(Cow<'a, [u8]>),
}

/// The task or processor that printed a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// A task, by its thread id.
    Task(u32),
    /// A processor, outside of any task.
    Cpu(u32),
}

/// A stamp of people's clock, as it was found; read only where a time is needed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum WallStamp<'a> {
    /// `May 10 15:45:51`, without a year and a zone, perhaps with a fraction.
    Rfc3164(Cow<'a, [u8]>),
    /// `2022-05-10T15:45:51.123456+08:00` and its cousins: a space for the `T`, a comma for the
    /// dot, `+0800` or no zone at all.
    Iso(Cow<'a, [u8]>),
    /// `Tue May 10 15:45:51 2022`, perhaps with the names of another language.
    Ctime(Cow<'a, [u8]>),
    /// `05-10 15:45:51.123` of logcat.
    Logcat(Cow<'a, [u8]>),
    /// Microseconds since 1970.
    UnixMicros(i64),
}

/// The wrappings that are known, by the names that the output uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// The bare text.
    #[default]
    Bare,
    /// `[12345.678901] `, as dmesg, consoles and vmcore-dmesg print it.
    Dmesg,
    /// `[Tue May 10 15:45:51 2022] `, `dmesg -T`.
    DmesgCtime,
    /// `2022-05-10T15:45:51,123456+02:00 `, `dmesg --time-format iso`.
    DmesgIso,
    /// `[May10 15:45] `, `[  +0.000003] `, `dmesg -e`.
    DmesgReltime,
    /// `kern  :warn  : `, `dmesg -x`.
    DmesgDecoded,
    /// `<4>[12345.678901] `, `dmesg -r`, `/proc/kmsg`, pstore.
    DmesgRaw,
    /// The object of `dmesg --json`.
    DmesgJson,
    /// `4,812,123456789,-;`, `/dev/kmsg` and extended netconsole.
    Kmsg,
    /// `May 10 15:45:51 host kernel: `.
    SyslogRfc3164,
    /// `<4>1 2022-05-10T15:45:51Z host kernel - - - `.
    SyslogRfc5424,
    /// `2022-05-10T15:45:51+08:00 host kernel: `.
    SyslogIso,
    /// journalctl's `short` family where it differs from syslog.
    JournalShort,
    /// `[12345.678901] host kernel: `.
    JournalShortMonotonic,
    /// `journalctl -o json` and its variants.
    JournalJson,
    /// `journalctl -o export`.
    JournalExport,
    /// `journalctl -o verbose`.
    JournalVerbose,
    /// Container runtime: `2022-05-10T15:45:51.123456789Z stdout F `.
    Cri,
    /// Docker's `{"log":…}`.
    DockerJson,
    /// JSON lines of a log service.
    JsonLines,
    /// Android's logcat.
    Logcat,
    /// A console capture with a prefix of its own.
    Console,
}

impl Transport {
    /// Returns the name that the output uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Dmesg => "dmesg",
            Self::DmesgCtime => "dmesg-ctime",
            Self::DmesgIso => "dmesg-iso",
            Self::DmesgReltime => "dmesg-reltime",
            Self::DmesgDecoded => "dmesg-decoded",
            Self::DmesgRaw => "dmesg-raw",
            Self::DmesgJson => "dmesg-json",
            Self::Kmsg => "kmsg",
            Self::SyslogRfc3164 => "syslog-rfc3164",
            Self::SyslogRfc5424 => "syslog-rfc5424",
            Self::SyslogIso => "syslog-iso",
            Self::JournalShort => "journal-short",
            Self::JournalShortMonotonic => "journal-short-monotonic",
            Self::JournalJson => "journal-json",
            Self::JournalExport => "journal-export",
            Self::JournalVerbose => "journal-verbose",
            Self::Cri => "cri",
            Self::DockerJson => "docker-json",
            Self::JsonLines => "json-lines",
            Self::Logcat => "logcat",
            Self::Console => "console",
        }
    }
}

impl Record<'_> {
    /// Returns the same record without borrowed bytes.
    #[must_use]
    pub fn into_owned(self) -> Record<'static> {
        Record {
            text: Cow::Owned(self.text.into_owned()),
            writer: match self.writer {
                Writer::Unknown => Writer::Unknown,
                Writer::Kernel => Writer::Kernel,
                Writer::KernelLogFromUser => Writer::KernelLogFromUser,
                Writer::Program(name) => Writer::Program(Cow::Owned(name.into_owned())),
            },
            since_boot: self.since_boot,
            wall: self.wall.map(WallStamp::into_owned),
            host: self.host.map(|host| Cow::Owned(host.into_owned())),
            caller: self.caller,
            sequence: self.sequence,
            stamped: self.stamped,
            transport: self.transport,
        }
    }

    /// Returns the host as owned bytes.
    #[must_use]
    pub fn host_name(&self) -> Option<BString> {
        self.host.as_deref().map(BString::from)
    }
}

impl WallStamp<'_> {
    /// Returns the same stamp without borrowed bytes.
    #[must_use]
    pub fn into_owned(self) -> WallStamp<'static> {
        let own = |bytes: Cow<'_, [u8]>| Cow::Owned(bytes.into_owned());
        match self {
            Self::Rfc3164(bytes) => WallStamp::Rfc3164(own(bytes)),
            Self::Iso(bytes) => WallStamp::Iso(own(bytes)),
            Self::Ctime(bytes) => WallStamp::Ctime(own(bytes)),
            Self::Logcat(bytes) => WallStamp::Logcat(own(bytes)),
            Self::UnixMicros(micros) => WallStamp::UnixMicros(micros),
        }
    }
}
