//! Many events, and none.

use oomkit_core::units::Bytes;
use oomkit_decode::{
    Summary,
    report::*,
    view::{Detail, Overview, context_document, forged_document, nothing_found, overview_document},
};
use oomkit_render::{Format, Style};

use crate::{
    specimens::{bare, group, model, moment, pod, trouble, victim},
    written,
};

fn input(name: &str) -> Input {
    let transport = Some("syslog-rfc3164".into());
    Input { name: name.into(), transport, lines: 120_345, bytes: 10 << 20, error: None }
}

fn summary() -> Summary {
    let coverage = Coverage { lines: 120_345, reports_suppressed: 2, ..Coverage::default() };
    Summary { coverage, context: Vec::new() }
}

fn check(document: &oomkit_core::document::Document, expected: &str) {
    assert_eq!(written(document, Format::Text, &Style::new(120)), expected);
}

#[test]
fn events_are_grouped() {
    let mut overview = Overview::default();
    for day in 10..13 {
        overview.add(&Event { at: Some(moment(&format!("2022-05-{day}T07:45:51Z"))), ..model() });
    }
    overview.add(&pod());
    overview.add(&group());
    overview.add(&bare(EventKind::AllocFailure, Scope::Unknown));
    overview.add(&Event { forged: true, ..model() });
    let document = overview_document(&overview, &[input("syslog")], &summary(), Detail::Normal);
    insta::assert_snapshot!(written(&document, Format::Text, &Style::new(100)));
    check(
        &forged_document(&overview, &[input("syslog")]),
        "1 report was written by user space, not by the kernel.\n\
         They are listed and never counted; whoever may write to /dev/kmsg can write such lines.\n\
         syslog:3  claims: Killed: test_server (pid 38581), 44.1 GiB anonymous memory\n",
    );
}

#[test]
fn an_overview_stays_small() {
    let mut overview = Overview::default();
    for number in 0..10_000 {
        let victims = vec![victim(number, &format!("worker{number}"), 4)];
        overview.add(&Event { victims, ..bare(EventKind::OomKill, Scope::Global) });
    }
    let text = written(
        &overview_document(&overview, &[], &summary(), Detail::Normal),
        Format::Text,
        &Style::new(80),
    );
    assert!(text.starts_with("At least 10000 OOM kills in 0 inputs.\n"), "{text}");
    assert!(text.contains("9980 events more, beyond these 20 groups."), "{text}");
    assert_eq!(overview.events(), 10_000);
}

#[test]
fn nothing_found_says_how_much_was_looked_at() {
    let lost =
        Input { error: Some("permission denied".into()), bytes: Bytes::ZERO.get(), ..input("kern.log") };
    check(
        &nothing_found(&[input("syslog"), lost], &summary(), Detail::Normal),
        "No OOM report found, but memory did run out: the kernel says that it suppressed its reports.\n\
         Looked at 120345 lines (10.0 MiB) in 2 inputs.\n\
         1 input could not be read, or not to the end.\n\
         The kernel suppressed 2 reports.\n\
         If you expected one: the log may begin after it, or may not hold the kernel's messages.\n\
         \n\
         Inputs\n  \
           syslog    120345 lines, 10.0 MiB, syslog-rfc3164\n  \
           kern.log  120345 lines, 0 B, syslog-rfc3164; permission denied\n",
    );
}

#[test]
fn nothing_found_says_what_the_log_can_tell() {
    let answer = |kernel_lines_seen, context: Vec<Context>| {
        let coverage = Coverage { lines: 7, kernel_lines_seen, ..Coverage::default() };
        let summary = Summary { coverage, context };
        let text = written(&nothing_found(&[], &summary, Detail::Normal), Format::Text, &Style::new(120));
        text.lines().take(2).map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let looked_at = "Looked at 7 lines (0 B) in 0 inputs.";
    assert_eq!(
        answer(true, vec![]),
        ["No OOM event found: as far as this log goes, memory was not the killer here.", looked_at]
    );
    assert_eq!(
        answer(false, vec![]),
        [
            "No OOM event found, and no line of the kernel: this log cannot tell whether memory ran out.",
            looked_at
        ]
    );
    assert_eq!(
        answer(true, vec![trouble(ContextKind::UnitOomKill, "db.service", 1)])[0],
        "No OOM report found, but programs say that memory ran out: what the kernel said is missing."
    );
    let worst = answer(
        true,
        vec![
            trouble(ContextKind::Boot, "6.1.0", 1),
            trouble(ContextKind::UnitFailed, "a.service", 7),
            trouble(ContextKind::IoError, "sda", 3),
            trouble(ContextKind::IoError, "sdb", 1),
            trouble(ContextKind::RemountReadOnly, "sda1", 1),
        ],
    );
    assert_eq!(
        worst[1],
        "What the log shows instead, the worst first: 1 read-only remount (sda1), 4 I/O errors, 7 units failed (a.service)."
    );
}

#[test]
fn other_trouble_is_a_table_in_the_order_of_time() {
    let mut context: Vec<Context> =
        (0..30).map(|number| trouble(ContextKind::UnitFailed, &format!("job-{number}"), 1)).collect();
    context.push(Context { detail: Some("libc.so+0x10".into()), ..trouble(ContextKind::Segfault, "app", 3) });
    context.push(trouble(ContextKind::Panic, "Fatal exception", 1));
    let coverage = Coverage { context_left_out: 5, ..Coverage::default() };
    let summary = Summary { coverage, context };
    let text = written(&context_document(&summary, &[], Detail::Normal), Format::Text, &Style::new(100));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "Other trouble in the same logs");
    // The worst one stands where its time wants it; of equals, the first ones are shown.
    assert!(lines[22].contains("kernel panic") && lines[3].contains("job-0"), "{text}");
    assert!(text.contains("12 more in full detail."), "{text}");
    assert!(text.contains("5 lines tell of more such trouble and had no room here."), "{text}");
    let text = written(&context_document(&summary, &[], Detail::Full), Format::Text, &Style::new(100));
    assert!(text.contains("2022-05-10 15:45:51  15:47:51      3  segfault"), "{text}");
    assert!(text.contains("libc.so+0x10"), "{text}");
    assert!(text.contains("The lines of that trouble, the first of each"), "{text}");
    let only_notes = Summary { context: vec![trouble(ContextKind::Boot, "6.1", 1)], ..Summary::default() };
    assert!(context_document(&only_notes, &[], Detail::Full).blocks().is_empty());
}
