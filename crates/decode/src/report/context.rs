//! Other trouble in the same logs: what a machine went through besides running out of memory.

use oomkit_core::{
    place::{InputId, LineNo},
    units::{SinceBoot, WallTime},
};
use schemars::JsonSchema;
use serde::Serialize;

/// Other trouble in the same log: lines of one kind about one subject, from the first to the last.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Context {
    /// What it is, such as `hung-task`.
    pub kind: ContextKind,
    /// Whom it befell: a task, a unit, a device, a file system; `null` where the line names nobody.
    pub subject: Option<String>,
    /// What the line tells beyond that, such as `libc-2.17.so+0x7f8bc`, where a program crashed.
    pub detail: Option<String>,
    /// The input.
    pub input: InputId,
    /// The line, the first of several.
    pub line: LineNo,
    /// When, on people's clock.
    pub at: Option<WallTime>,
    /// Whether the log does not tell the year, which was taken from the file's or today's date.
    pub at_year_assumed: bool,
    /// When, on the kernel's clock.
    pub since_boot_seconds: Option<SinceBoot>,
    /// The host that the log names.
    pub host: Option<String>,
    /// The first line without its wrapping.
    pub message: String,
    /// How many such lines there are about the subject.
    pub count: u64,
    /// The input of the last line.
    pub last_input: InputId,
    /// The last line; the same as the first where there is one.
    pub last_line: LineNo,
    /// When the last line was written, on people's clock.
    pub last_at: Option<WallTime>,
    /// When the last line was written, on the kernel's clock.
    pub last_since_boot_seconds: Option<SinceBoot>,
}

/// What kind of trouble a line tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ContextKind {
    /// The kernel panicked.
    Panic,
    /// The kernel faulted, or ran into a check that it does not survive well.
    Oops,
    /// The kernel met a state that its own checks forbid.
    KernelBug,
    /// A warning with a trace.
    KernelWarning,
    /// A task did not run for minutes, since what it waits for did not come.
    HungTask,
    /// A processor ran in the kernel for too long without letting others run.
    SoftLockup,
    /// A processor did not even take interrupts.
    HardLockup,
    /// A processor did not come to rest between two reads of shared data for too long.
    RcuStall,
    /// A queue of deferred work did not move on.
    WorkqueueLockup,
    /// Deferred work held a processor for long.
    WorkqueueHog,
    /// The machine is about to restart by itself.
    Reboot,
    /// A boot began.
    Boot,
    /// Memory was set aside for a crash kernel.
    CrashKernel,
    /// No memory could be set aside for a crash kernel.
    CrashKernelFailed,
    /// The tools of the crash kernel could not load it, or not save its dump.
    Kdump,
    /// A program crashed by touching memory that it does not have.
    Segfault,
    /// A program crashed by another exception of the processor.
    Trap,
    /// A program left a core dump.
    CoreDump,
    /// A block device did not read or write.
    IoError,
    /// A device was given up, reset or timed out.
    DeviceError,
    /// A connection to remote storage broke or timed out.
    StorageConnection,
    /// A file system found an error.
    FilesystemError,
    /// A file system shut itself down.
    FilesystemShutdown,
    /// A file system went on without writing.
    RemountReadOnly,
    /// The hardware reported an error of its own.
    MachineCheck,
    /// A memory controller corrected an error, or could not.
    Edac,
    /// A page of broken memory was taken out of use.
    Hwpoison,
    /// The management controller of the machine wrote down an event.
    BmcEvent,
    /// The processors got too hot.
    Overheated,
    /// Memory in swap could not be read or written, or is damaged.
    SwapError,
    /// A file system has been waiting for memory for long.
    AllocationDeadlock,
    /// The kernel's count of a process's memory does not add up.
    BadRss,
    /// A page was in a state that it must not be in.
    BadPage,
    /// A balloon, by which a hypervisor takes memory back, ran into trouble.
    Balloon,
    /// A cgroup may have no more processes.
    PidsLimit,
    /// A process ran into a limit of its own.
    Rlimit,
    /// A request was refused, since memory may not be promised twice.
    Overcommit,
    /// A process of a unit was killed because memory ran out.
    UnitOomKill,
    /// Processes of a unit were killed by systemd-oomd.
    UnitOomdKill,
    /// The main process of a unit was killed by a signal.
    UnitKilled,
    /// The main process of a unit crashed.
    UnitCrashed,
    /// A unit did not give its sign of life in time.
    UnitWatchdog,
    /// A unit did not start or stop in time.
    UnitTimeout,
    /// A unit could not be started.
    UnitStartFailed,
    /// A unit was not started, because one that it needs was not.
    UnitDependencyFailed,
    /// A unit failed.
    UnitFailed,
    /// Free memory was low, as a killer of user space saw it.
    LowMemory,
    /// The kubelet drove pods out to get memory back.
    KubeletEviction,
    /// The kubelet saw a kill by the kernel.
    SystemOom,
    /// A container runtime saw a container hit its limit.
    ContainerOom,
}

/// What the subject of a kind is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Another host.
    Server,
    /// A unit, a pod or a container.
    Service,
    /// A task, a device, a processor, a path.
    Other,
}

impl ContextKind {
    /// Returns what the lines of this kind are about.
    pub(crate) const fn subject(self) -> Subject {
        match self {
            Self::StorageConnection => Subject::Server,
            Self::UnitOomKill
            | Self::UnitOomdKill
            | Self::UnitKilled
            | Self::UnitCrashed
            | Self::UnitWatchdog
            | Self::UnitTimeout
            | Self::UnitStartFailed
            | Self::UnitDependencyFailed
            | Self::UnitFailed
            | Self::KubeletEviction
            | Self::ContainerOom => Subject::Service,
            _ => Subject::Other,
        }
    }
}
