//! Tasks, processors and queues that did not move on.
//!
//! Sources: `kernel/hung_task.c`, `kernel/watchdog.c`, `kernel/rcu/tree_stall.h`, `kernel/workqueue.c`.

use super::{Trouble, after_any, between, has, until};
use crate::kernel::fields::{rsplit_once, split_once};
use crate::report::ContextKind as Kind;

pub(super) fn read(text: &[u8]) -> Option<Trouble> {
    match text.first()? {
        b'I' => hung_task(text).or_else(|| rcu(text)),
        b'B' | b'N' | b'W' | b'C' | b'w' => {
            soft_lockup(text).or_else(|| hard_lockup(text)).or_else(|| workqueue(text))
        }
        b'F' if text.starts_with(b"Future hung task reports are suppressed") => {
            Some(Trouble::of(Kind::HungTask).with(b"further reports are suppressed").going_on())
        }
        b'r' | b'U' => rcu(text),
        _ => None,
    }
}

/// `INFO: task cp:9 blocked for more than 120 seconds.` and its later wordings.
fn hung_task(text: &[u8]) -> Option<Trouble> {
    let rest = text.strip_prefix(b"INFO: task ")?;
    let at = [" blocked for more than ", " blocked in I/O wait for more than ", " is blocked on a "]
        .iter()
        .filter_map(|words| memchr::memmem::rfind(rest, words.as_bytes()))
        .min()?;
    let (task, words) = rest.split_at_checked(at)?;
    // The name may hold colons, the number that follows it cannot.
    let (comm, pid) = rsplit_once(task, b":")?;
    if pid.is_empty() || !pid.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let words = words.strip_suffix(b".").unwrap_or(words);
    let trouble = Trouble::of(Kind::HungTask).about(comm).with(words);
    Some(if has(words, " is blocked on a ") { trouble.going_on() } else { trouble })
}

/// `watchdog: BUG: soft lockup - CPU#3 stuck for 23s! [java:77]`.
fn soft_lockup(text: &[u8]) -> Option<Trouble> {
    let text = after_any(text, &["NMI watchdog: ", "watchdog: "]);
    let rest = text.strip_prefix(b"BUG: soft lockup - CPU#")?;
    let (stuck, task) = split_once(rest, b" [")?;
    let comm = rsplit_once(task, b":").map_or(task, |(comm, _)| comm);
    let detail = [b"CPU ", stuck.strip_suffix(b"!").unwrap_or(stuck)].concat();
    Some(Trouble::of(Kind::SoftLockup).about(comm).with(&detail))
}

/// `watchdog: CPU2: Watchdog detected hard LOCKUP on cpu 2`.
fn hard_lockup(text: &[u8]) -> Option<Trouble> {
    let text = after_any(text, &["NMI watchdog: ", "watchdog: "]);
    let (before, cpu) = split_once(text, b"Watchdog detected hard LOCKUP on cpu ")?;
    let is_prefix = before.is_empty() || before.starts_with(b"CPU") && before.ends_with(b": ");
    let cpu = until(cpu, &[" ", "\t"]);
    is_prefix.then(|| Trouble::of(Kind::HardLockup).about(&[b"CPU ", cpu].concat()))
}

/// `rcu: INFO: rcu_preempt self-detected stall on CPU`, and what it is followed by.
fn rcu(text: &[u8]) -> Option<Trouble> {
    let inner = text.strip_prefix(b"rcu: ").unwrap_or(text).trim_ascii_start();
    let trouble = |flavor: &[u8]| Trouble::of(Kind::RcuStall).about(flavor);
    if let Some(rest) = inner.strip_prefix(b"INFO: rcu")
        && has(rest, "stall")
    {
        let (flavor, words) = split_once(inner.strip_prefix(b"INFO: ")?, b" ")?;
        return Some(trouble(flavor).with(until(words, &[":"])));
    }
    if let Some((flavor, words)) = split_once(inner, b" kthread starved for ")
        && flavor.starts_with(b"rcu")
    {
        let words = until(words, &["!"]);
        return Some(trouble(flavor).with(&[b"its thread starved for ", words].concat()).going_on());
    }
    let (flavor, rest) = split_once(inner.strip_prefix(b"Unless ")?, b" kthread gets sufficient CPU time")?;
    has(rest, "OOM is now expected behavior").then(|| trouble(flavor).going_on())
}

/// `BUG: workqueue lockup - pool cpus=1 … stuck for 31s!`, `workqueue: f hogged CPU for >10000us 4 times`.
fn workqueue(text: &[u8]) -> Option<Trouble> {
    if let Some(rest) = text.strip_prefix(b"BUG: workqueue lockup - ") {
        let (pool, stuck) = split_once(rest, b" stuck for ").unwrap_or((rest, b""));
        let stuck = until(stuck, &["!"]);
        return Some(Trouble::of(Kind::WorkqueueLockup).about(pool).with(&[b"stuck for ", stuck].concat()));
    }
    let (function, rest) = split_once(text.strip_prefix(b"workqueue: ")?, b" hogged CPU for ")?;
    let time = between(rest, ">", " ").unwrap_or(rest);
    Some(Trouble::of(Kind::WorkqueueHog).about(function).with(&[b"for more than ", time].concat()))
}
