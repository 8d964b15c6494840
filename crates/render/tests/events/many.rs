//! Many events, and none.

use oomkit_core::units::Bytes;
use oomkit_decode::{
    Summary,
    report::*,
    view::{Overview, forged_document, nothing_found, overview_document},
};
use oomkit_render::{Format, Style};

use crate::{
    specimens::{bare, group, model, moment, pod, victim},
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
    let document = overview_document(&overview, &[input("syslog")], &summary());
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
    let text = written(&overview_document(&overview, &[], &summary()), Format::Text, &Style::new(80));
    assert!(text.starts_with("10000 OOM kills in 0 inputs.\n"), "{text}");
    assert!(text.contains("9980 events more, beyond these 20 groups."), "{text}");
    assert_eq!(overview.events(), 10_000);
}

#[test]
fn nothing_found_says_how_much_was_looked_at() {
    let lost =
        Input { error: Some("permission denied".into()), bytes: Bytes::ZERO.get(), ..input("kern.log") };
    check(
        &nothing_found(&[input("syslog"), lost], &summary()),
        "No OOM event found.\n\
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
