//! The first lines of every kind of event, and one event whole.

use oomkit_core::{
    finding::{Confidence, Finding, Severity},
    ident::{Comm, Pid},
    place::{Evidence, InputId, LineNo},
    units::{Bytes, KiB, Order},
};
use oomkit_decode::{
    report::*,
    view::{Detail, event_document},
};
use oomkit_render::{Characters, Format, Style};

use crate::{
    specimens::{bare, crowd, group, model, pod, task, victim},
    text, written,
};

fn check(event: &Event, first_lines: &str) {
    let text = text(event, Detail::Brief, 1000);
    let lines: Vec<&str> = text.lines().take(first_lines.lines().count()).collect();
    assert_eq!(lines.join("\n"), first_lines);
}

#[test]
fn the_model_case_whole() {
    insta::assert_snapshot!(text(&model(), Detail::Normal, 100));
}

#[test]
fn a_pod_whole() {
    insta::assert_snapshot!(text(&pod(), Detail::Normal, 100));
}

#[test]
fn the_model_case_in_full() {
    insta::assert_snapshot!(text(&model(), Detail::Full, 80));
}

#[test]
fn the_model_case_on_a_phone() {
    insta::assert_snapshot!(text(&model(), Detail::Normal, 40));
}

#[test]
fn the_model_case_as_markdown() {
    let document = event_document(&model(), "syslog", Detail::Normal);
    insta::assert_snapshot!(written(&document, Format::Markdown, &Style::new(80)));
}

#[test]
fn a_crowd_whole() {
    insta::assert_snapshot!(text(&crowd(), Detail::Normal, 80));
}

#[test]
fn a_crowd_in_ascii_and_full() {
    let document = event_document(&crowd(), "syslog", Detail::Full);
    let style = Style::new(120).with_characters(Characters::Ascii);
    insta::assert_snapshot!(written(&document, Format::Text, &style));
}

#[test]
fn a_group_is_counted() {
    check(
        &group(),
        "Killed: worker (pid 800), 50.0 MiB anonymous memory, and 39 more processes (1.9 GiB together) of its group\n\
         The cgroup /batch hit its limit (how large it is, is not in the log).\n\
         Time not in the log; score not in the log.",
    );
}

#[test]
fn nobody_to_kill() {
    let event = Event {
        panic: Some("System is deadlocked on memory".into()),
        ..bare(EventKind::OomNoVictim, Scope::Global)
    };
    check(
        &event,
        "The OOM killer found nobody it may kill; the kernel panicked: System is deadlocked on memory.\n\
         The whole machine was out of memory; no cgroup limit stopped it (RAM and swap: not in the log).",
    );
}

#[test]
fn a_failed_allocation() {
    let event = Event {
        trigger: Some(Trigger {
            comm: Some(Comm::new(b"kworker/0:1")),
            pid: Some(Pid::new(12)),
            gfp_flags: vec!["GFP_ATOMIC".into()],
            order: Some(Order::new(5)),
            ..Trigger::default()
        }),
        ..bare(EventKind::AllocFailure, Scope::Unknown)
    };
    check(
        &event,
        "An allocation failed (order 5); nothing was killed.\n\
         kworker/0:1 (thread 12) asked for kernel memory that cannot wait, 128.0 KiB in one piece (order 5).",
    );
}

#[test]
fn a_kill_by_hand() {
    let event = Event { victims: vec![victim(7, "sh", 4)], ..bare(EventKind::OomKill, Scope::Sysrq) };
    check(
        &event,
        "Killed: sh (pid 7), 4.0 KiB anonymous memory\nSomebody asked for this kill through SysRq-f.",
    );
}

#[test]
fn a_forged_report_says_so_first() {
    check(
        &Event { forged: true, ..model() },
        "Written by user space, not by the kernel: this is no OOM event.\n\
         It claims: Killed: test_server (pid 38581), 44.1 GiB anonymous memory\n\
         It claims: The whole machine was out of memory; no cgroup limit stopped it (62.7 GiB RAM, no swap).",
    );
}

#[test]
fn a_cpuset_and_a_policy() {
    let constraint = Constraint {
        cpuset: Some("/batch".into()),
        mems_allowed: Some("1".into()),
        nodemask: Some("0-1".into()),
        ..Constraint::default()
    };
    let event = Event {
        constraint: Some(constraint),
        victims: vec![victim(7, "sh", 4)],
        scope_inferred: true,
        ..bare(EventKind::OomKill, Scope::Cpuset)
    };
    check(
        &event,
        "Killed: sh (pid 7), 4.0 KiB anonymous memory\n\
         The nodes that a cpuset /batch allows (1) were out of memory; other nodes may have had some. \
         This is concluded: the line that names it is missing.",
    );
    check(
        &Event { scope: Scope::Mempolicy, scope_inferred: false, ..event },
        "Killed: sh (pid 7), 4.0 KiB anonymous memory\n\
         The nodes that a memory policy allows (0-1) were out of memory; other nodes may have had some.",
    );
}

#[test]
fn a_killer_in_user_space() {
    let killer = Killer {
        name: "systemd-oomd".into(),
        target: Some("/user.slice/app.scope".into()),
        reason: Some("pressure 80 % for 30 s".into()),
    };
    let event = Event { killer: Some(killer), ..bare(EventKind::UserspaceKill, Scope::Unknown) };
    check(&event, "Killed by systemd-oomd: /user.slice/app.scope\nIts reason: pressure 80 % for 30 s");
}

#[test]
fn the_size_of_a_victim_is_the_best_that_the_log_has() {
    let unknown = || Victim { anon_rss_bytes: None, ..victim(7, "sh", 0) };
    let base = || bare(EventKind::OomKill, Scope::Unknown);
    let tmpfs = Victim { shmem_rss_bytes: Some(Bytes::new(4 << 30)), ..victim(7, "sh", 4) };
    check(
        &Event { victims: vec![tmpfs], ..base() },
        "Killed: sh (pid 7), 4.0 KiB anonymous memory and 4.0 GiB shared memory",
    );
    check(
        &Event { victims: vec![unknown()], tasks: vec![task(7, "sh", 512, 0, None)], ..base() },
        "Killed: sh (pid 7), 2.0 MiB resident memory",
    );
    let vast = Victim { total_vm_bytes: Some(KiB::new(4096).bytes()), ..unknown() };
    check(
        &Event { victims: vec![vast], ..base() },
        "Killed: sh (pid 7), 4.0 MiB address space (how much of it was in memory is not in the log)",
    );
    check(&Event { victims: vec![unknown()], ..base() }, "Killed: sh (pid 7), its size is not in the log");
    check(&base(), "The OOM killer ran; whom it killed is not in the log.");
}

#[test]
fn findings_come_with_lines_and_remedies() {
    let evidence =
        Evidence { input: InputId::new(0), line: LineNo::new(71), text: "Kill process 38581".into() };
    let finding = Finding {
        code: "OKD001",
        name: "one-process",
        severity: Severity::Error,
        confidence: Confidence::High,
        message: "one process held 70 % of the machine".into(),
        evidence: vec![evidence],
        remedy: Some("limit test_server to 8 GiB".into()),
    };
    let culprit = Culprit {
        kind: "process".into(),
        name: "test_server".into(),
        pid: Some(Pid::new(38_581)),
        bytes: Some(Bytes::new(47_352_434_688)),
    };
    let event = Event {
        cause: Some("one-process".into()),
        culprit: Some(culprit),
        findings: vec![finding],
        evidence: vec![Evidence {
            input: InputId::new(0),
            line: LineNo::new(71),
            text: "Out of memory: Kill process 38581".into(),
        }],
        ..bare(EventKind::OomKill, Scope::Unknown)
    };
    let text = text(&event, Detail::Rich, 120);
    let found = text.lines().skip(3).collect::<Vec<_>>().join("\n");
    assert_eq!(
        found,
        "Cause: one process held 70 % of the machine (one-process, certain). \
         To blame: process test_server, 44.1 GiB.\n\
         From syslog, lines 3 to 72; kernel not in the log.\n\
         \n\
         What to do\n  \
           1. limit test_server to 8 GiB\n\
         \n\
         Findings\n  \
           OKD001 one-process: one process held 70 % of the machine (certain)\n  \
           syslog:71  Kill process 38581\n\
         \n\
         The report as it was printed\n\
         ▶ 71  Out of memory: Kill process 38581"
    );
}

#[test]
fn full_detail_adds_the_raw_lines() {
    let text = text(&model(), Detail::Full, 100);
    for wanted in ["dump_stack+0x6d/0x8b", "RIP: 0033:0x45d223", "▶ 71  Out of memory", "0 Normal   3 (UM)"]
    {
        assert!(text.contains(wanted), "{wanted} is missing in\n{text}");
    }
}
