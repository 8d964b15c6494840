//! Who asked for memory when there was none, and for what; it is not necessarily to blame.

use oomkit_core::{
    document::{Block, Document},
    units::{Bytes, Order, PageSize},
};

use super::{
    Case,
    words::{NOT_IN_LOG, detail, name},
};
use crate::report::{Event, Trigger};

/// What a request is for, by the first of its flags that tells.
const PURPOSES: &[(&[&str], &str)] = &[
    (&["GFP_TRANSHUGE", "GFP_TRANSHUGE_LIGHT"], "a huge page of user memory"),
    (&["GFP_HIGHUSER_MOVABLE", "__GFP_ZERO"], "a page fault of user memory"),
    (&["GFP_HIGHUSER_MOVABLE", "__GFP_COLD"], "page cache, to read a file"),
    (&["GFP_HIGHUSER_MOVABLE"], "user memory or page cache"),
    (&["GFP_HIGHUSER"], "user memory"),
    (&["GFP_USER"], "memory that user space and kernel share"),
    (&["GFP_KERNEL_ACCOUNT"], "kernel memory on a cgroup's account"),
    (&["GFP_KERNEL", "__GFP_ACCOUNT"], "kernel memory on a cgroup's account"),
    (&["GFP_KERNEL"], "kernel memory"),
    (&["GFP_NOFS"], "kernel memory for a filesystem"),
    (&["GFP_NOIO"], "kernel memory for storage"),
    (&["GFP_ATOMIC"], "kernel memory that cannot wait"),
    (&["GFP_NOWAIT"], "kernel memory that does not wait"),
    (&["GFP_DMA32"], "memory below 4 GiB, for a device"),
    (&["GFP_DMA"], "low memory, for a device"),
];

/// What further flags ask for.
const CONDITIONS: &[(&str, &str)] = &[
    ("__GFP_DMA", "in low memory, for a device"),
    ("__GFP_DMA32", "below 4 GiB, for a device"),
    ("__GFP_THISNODE", "from one node only"),
    ("__GFP_NOFAIL", "which must not fail"),
    ("__GFP_RETRY_MAYFAIL", "which may fail"),
    ("__GFP_NORETRY", "which may fail"),
];

/// Says what was asked for, in one sentence.
pub(super) fn sentence(event: &Event) -> String {
    let Some(trigger) = &event.trigger else {
        return format!("Who asked for the memory is {NOT_IN_LOG}.");
    };
    let purpose = purpose(&trigger.gfp_flags).unwrap_or_else(|| "memory".into());
    let amount = trigger.order.map(|order| amount(order, event.page_size_bytes));
    let amount = amount.map_or_else(String::new, |amount| format!(", {amount}"));
    format!("{} asked for {purpose}{amount}.", who(trigger))
}

pub(super) fn show(case: &Case<'_>, document: &mut Document) {
    let Some(trigger) = &case.event.trigger else { return };
    document.push(detail("Who asked for memory"));
    document.push(Block::Facts(facts(case, trigger)));
}

fn facts(case: &Case<'_>, trigger: &Trigger) -> Vec<(String, String)> {
    let mut facts = vec![("task".to_owned(), who(trigger) + role(case.event, trigger))];
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            facts.push((name.to_owned(), value));
        }
    };
    add("asked for", purpose(&trigger.gfp_flags));
    add("amount", trigger.order.map(|order| amount(order, case.event.page_size_bytes)));
    add("had waited", trigger.stalled_seconds.map(|seconds| format!("{seconds:.1} s")));
    add("adjustment", trigger.oom_score_adj.map(|adj| adj.to_string()));
    add("work queue", trigger.workqueue.as_ref().map(|queue| name(queue).into_owned()));
    add("flags", flags(trigger));
    if case.is_full() {
        add("user id", trigger.uid.map(|uid| uid.to_string()));
        add("processor", trigger.cpu.map(|cpu| cpu.to_string()));
        add("taint", trigger.taint.as_ref().map(|taint| name(taint).into_owned()));
        add("hardware", trigger.hardware.as_ref().map(|hardware| name(hardware).into_owned()));
    }
    facts
}

fn who(trigger: &Trigger) -> String {
    match (&trigger.comm, trigger.pid) {
        (Some(comm), Some(pid)) => format!("{comm} (thread {pid})"),
        (Some(comm), None) => comm.to_string(),
        (None, Some(pid)) => format!("Thread {pid}"),
        (None, None) => "A task that the log does not name".into(),
    }
}

/// Tells the asking task from the killed one.
fn role(event: &Event, trigger: &Trigger) -> &'static str {
    let is_victim = |victim: &crate::report::Victim| Some(victim.pid) == trigger.pid;
    let has_its_name = |victim: &crate::report::Victim| Some(&victim.comm) == trigger.comm.as_ref();
    if event.victims.is_empty() || trigger.comm.is_none() {
        ""
    } else if event.victims.iter().any(is_victim) {
        ", which was killed"
    } else if event.victims.iter().any(has_its_name) {
        ", of the same name as the victim"
    } else {
        ", which only asked and was not killed"
    }
}

fn purpose(flags: &[String]) -> Option<String> {
    let has = |wanted: &str| flags.iter().any(|flag| flag == wanted);
    let is_huge = |names: &[&str]| names.iter().all(|name| name.starts_with("GFP_TRANSHUGE"));
    let main = PURPOSES.iter().find(|(names, _)| {
        if is_huge(names) { names.iter().any(|name| has(name)) } else { names.iter().all(|name| has(name)) }
    });
    let main = main.map(|(_, purpose)| (*purpose).to_owned())?;
    let mut words = vec![main];
    for (flag, condition) in CONDITIONS {
        if has(flag) && !words.iter().any(|word| word == condition) {
            words.push((*condition).to_owned());
        }
    }
    Some(words.join(", "))
}

fn amount(order: Order, page_size: PageSize) -> String {
    let page = page_size.bytes();
    match order.get() {
        _ if order.by_hand() => "nothing: an order of -1 is a request by hand".into(),
        0 => format!("{page} (order 0, one page)"),
        order @ 1..=30 => format!("{} in one piece (order {order})", Bytes::new(page.get() << order)),
        odd => format!("order {odd}, which no kernel has"),
    }
}

fn flags(trigger: &Trigger) -> Option<String> {
    let names = trigger.gfp_flags.iter().map(|flag| name(flag)).collect::<Vec<_>>().join(" | ");
    match (&trigger.gfp_mask, names.is_empty()) {
        (Some(mask), false) => Some(format!("{} = {names}", name(mask))),
        (Some(mask), true) => Some(name(mask).into_owned()),
        (None, false) => Some(names),
        (None, true) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_told_in_words() {
        for (flags, words) in [
            (&["GFP_HIGHUSER_MOVABLE", "__GFP_ZERO"][..], Some("a page fault of user memory")),
            (&["GFP_HIGHUSER_MOVABLE"], Some("user memory or page cache")),
            (&["GFP_TRANSHUGE_LIGHT"], Some("a huge page of user memory")),
            (&["GFP_KERNEL", "__GFP_ACCOUNT"], Some("kernel memory on a cgroup's account")),
            (
                &["GFP_KERNEL", "__GFP_THISNODE", "__GFP_NORETRY", "__GFP_RETRY_MAYFAIL"],
                Some("kernel memory, from one node only, which may fail"),
            ),
            (&["__GFP_NEW_ONE"], None),
        ] {
            let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
            assert_eq!(purpose(&flags).as_deref(), words);
        }
    }

    #[test]
    fn orders_are_told_in_bytes() {
        let page = PageSize::USUAL;
        assert_eq!(amount(Order::new(0), page), "4.0 KiB (order 0, one page)");
        assert_eq!(amount(Order::new(5), page), "128.0 KiB in one piece (order 5)");
        assert_eq!(amount(Order::new(-1), page), "nothing: an order of -1 is a request by hand");
        assert_eq!(amount(Order::new(99), page), "order 99, which no kernel has");
    }
}
