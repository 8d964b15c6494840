//! Processes: who each one is, and what it held.

use std::borrow::Cow;

use oomkit_core::ident::{OomScoreAdj, Pid, Uid};

use super::super::{Value, column::Field};
use crate::{name::Name, snapshot::Process};

pub(super) const WHO: &[Field<Process>] = &[
    Field::whole("pid", "The process id.", |_, process| Value::Whole(process.pid.get())),
    Field::whole(
        "start_ticks",
        "When it was started, in the kernel's ticks since boot; with `boot_id` and `pid` it tells a process from all others.",
        |_, process| Value::count(Some(process.start_ticks.get())),
    ),
    Field::whole("ppid", "The parent's process id.", |_, process| Value::number(process.ppid.map(Pid::get))),
    Field::whole("uid", "The real user id.", |_, process| Value::number(process.uid.map(Uid::get))),
    Field::text("comm", "The name, as its owner chose it.", |_, process| {
        Value::bytes(process.comm.as_bytes())
    }),
    Field::text(
        "command",
        "The program, or its arguments with spaces between them, as `snap take --cmdline` kept them.",
        |_, process| process.command_line.as_ref().map_or(Value::Unknown, command),
    ),
    Field::text("cgroup", "The control group that its memory is charged to.", |_, process| {
        Value::name(process.cgroup.as_ref())
    }),
];

pub(super) const WHAT: &[Field<Process>] = &[
    Field::whole("rss_bytes", "Resident memory in all.", |_, process| Value::size(process.rss_bytes)),
    Field::whole("rss_anon_bytes", "Resident anonymous memory.", |_, process| {
        Value::size(process.rss_anon_bytes)
    }),
    Field::whole("rss_file_bytes", "Resident pages of files.", |_, process| {
        Value::size(process.rss_file_bytes)
    }),
    Field::whole(
        "rss_shmem_bytes",
        "Resident shared memory, which each of its users counts.",
        |_, process| Value::size(process.rss_shmem_bytes),
    ),
    Field::whole("swap_bytes", "Anonymous memory in swap.", |_, process| Value::size(process.swap_bytes)),
    Field::whole("pgtables_bytes", "Page tables.", |_, process| Value::size(process.pgtables_bytes)),
    Field::whole("peak_bytes", "The most that was ever resident.", |_, process| {
        Value::size(process.peak_bytes)
    }),
    Field::whole(
        "pss_bytes",
        "Resident memory with what is shared divided among its users, where that was read.",
        |_, process| Value::size(process.pss_bytes),
    ),
    Field::whole("uss_bytes", "Resident memory that nobody shares, where that was read.", |_, process| {
        Value::size(process.uss_bytes)
    }),
    Field::whole("threads", "The number of threads.", |_, process| Value::count(process.threads)),
    Field::whole("oom_score", "The kernel's score, the highest of which is killed first.", |_, process| {
        Value::count(process.oom_score)
    }),
    Field::whole("oom_score_adj", "The adjustment of the score, -1000 to 1000.", |_, process| {
        Value::number(process.oom_score_adj.map(OomScoreAdj::get))
    }),
];

/// Shows a command line as `ps` does: its arguments end with NUL, which few programs take in a text.
fn command(line: &Name) -> Value<'_> {
    let bytes = line.as_bytes();
    let bytes = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    if !bytes.contains(&0) {
        return Value::bytes(bytes);
    }
    Value::Text(Cow::Owned(bytes.iter().map(|byte| if *byte == 0 { b' ' } else { *byte }).collect()))
}
