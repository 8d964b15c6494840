//! Names that were chosen to do harm, in every field that can hold one.

use std::collections::BTreeMap;

use oomkit_core::{
    account::{Account, Part},
    document::Document,
    finding::{Confidence, Finding, Severity},
    ident::{Comm, Pid},
    place::{Evidence, InputId, LineNo},
    units::Bytes,
    workload::Workload,
};
use oomkit_decode::{
    Summary,
    report::*,
    view::{
        Detail, Overview, event_document, forged_document, log_document, nothing_found, overview_document,
    },
};
use oomkit_render::{Characters, Colors, Format, Style};
use unicode_width::UnicodeWidthStr;

use crate::{
    specimens::{model, pod, task, trouble, victim},
    written,
};

const NAMES: &[&str] = &[
    "evil\x1b[31m\x07",
    "a|b`c`<script>alert(1)</script>",
    "</style><script>x</script>&amp;\"'",
    "two\nlines\r\tand\u{85}more\u{2028}",
    "rtl\u{202e}gpj.exe\u{2066}\u{200b}",
    "\u{65e5}\u{672c}\u{8a9e}\u{306e}\u{540d}\u{524d}\u{ff01}\u{1f600}e\u{301}",
    "# ![x](http://e.vil) @team **bold** __dunder__ ~~~ ``` - 1. #12",
    "  ",
    "",
    "/a/very/long/path/of/a/cgroup/which/nobody/could/ever/fit/into/one/line/of/forty/columns/or/even/more",
    "\u{9b}31m\u{7f}\u{0}",
];

/// The model and the pod in one, with a name in every field that holds a string.
fn named(name: &str) -> Event {
    let string = || Some(name.to_owned());
    let list = || vec![name.to_owned(); 2];
    let comm = Comm::new(name.as_bytes());
    let evidence =
        |input: u32| vec![Evidence { input: InputId::new(input), line: LineNo::new(7), text: name.into() }];
    let stat = || BTreeMap::from([(name.to_owned(), 5), ("anon".to_owned(), 5)]);
    let base = model();
    let mut machine = base.machine.clone().expect("the model has a machine");
    machine.counters = BTreeMap::from([(name.to_owned().into(), Bytes::new(4096))]);
    for zone in &mut machine.zones {
        zone.name = name.into();
        zone.counters.clone_from(&machine.counters);
        for free in &mut zone.free_lists {
            free.types = string();
        }
    }
    Event {
        host: string(),
        kernel: string(),
        trigger: Some(Trigger {
            comm: Some(comm.clone()),
            gfp_mask: string(),
            gfp_flags: list(),
            taint: string(),
            hardware: string(),
            workqueue: string(),
            call_trace: list(),
            registers: list(),
            ..base.trigger.clone().unwrap_or_default()
        }),
        constraint: Some(Constraint {
            name: string(),
            nodemask: string(),
            cpuset: string(),
            mems_allowed: string(),
            oom_memcg: string(),
            task_memcg: string(),
        }),
        selected: Some(Selected { pid: Pid::new(1), comm: comm.clone(), uid: None, score: Some(3) }),
        victims: vec![victim(121, name, 5), victim(122, name, 6)],
        oom_group: string(),
        memcg: Some(Memcg {
            path: string(),
            stat: stat(),
            children: vec![MemcgStat { path: name.into(), stat: stat() }],
            ..pod().memcg.unwrap_or_default()
        }),
        workload: Some(Workload {
            runtime: string(),
            qos: string(),
            pod_uid: string(),
            container_id: string(),
            unit: string(),
            name: string(),
            user: Some(1000),
            engine: string(),
            instance: string(),
            ..Workload::default()
        }),
        machine: Some(machine),
        slab: vec![SlabCache { name: name.into(), used_bytes: Bytes::new(5), total_bytes: Bytes::new(6) }],
        allocations: vec![AllocationSite {
            bytes: Bytes::new(5),
            calls: 1,
            place: name.into(),
            module: string(),
            function: name.into(),
        }],
        tasks: vec![task(121, name, 16_160, 969, Some(1958)), task(7, name, 384, -998, None)],
        groups: vec![Group {
            by: name.into(),
            name: comm,
            tasks: 2,
            rss_bytes: Bytes::new(5),
            swap_bytes: Some(Bytes::new(5)),
        }],
        choice: pod().choice.map(|choice| Choice {
            verdict: Verdict::Questioned,
            highest: Some(Pid::new(7)),
            reasons: list(),
            ..choice
        }),
        account: Some(Account::balance(
            name,
            Bytes::new(4096),
            vec![Part { name: name.into(), bytes: Bytes::new(8192) }],
        )),
        cause: string(),
        culprit: Some(Culprit { kind: name.into(), name: name.into(), pid: None, bytes: None }),
        findings: vec![Finding {
            code: "OKD001",
            name: "one-process",
            severity: Severity::Warning,
            confidence: Confidence::Low,
            message: name.into(),
            evidence: evidence(3),
            remedy: string(),
        }],
        killer: Some(Killer { name: name.into(), target: string(), reason: string() }),
        panic: string(),
        evidence: evidence(0),
        unread: evidence(0),
        unread_lines: 1,
        notes: list(),
        ..base
    }
}

fn documents(name: &str) -> Vec<Document> {
    let mut documents = Vec::new();
    let mut overview = Overview::default();
    let kinds = [
        EventKind::OomKill,
        EventKind::OomNoVictim,
        EventKind::Panic,
        EventKind::AllocFailure,
        EventKind::UserspaceKill,
    ];
    for scope in [Scope::Global, Scope::Memcg, Scope::Cpuset, Scope::Mempolicy] {
        for kind in kinds {
            for forged in [false, true] {
                let event = Event { kind, scope, forged, ..named(name) };
                overview.add(&event);
                documents.push(event_document(&event, name, Detail::Full));
                documents.push(log_document(&event, name));
            }
        }
    }
    for detail in [Detail::Brief, Detail::Normal, Detail::Rich] {
        documents.push(event_document(&named(name), name, detail));
    }
    let inputs = [Input {
        name: name.into(),
        transport: Some(name.into()),
        lines: 7,
        bytes: 7,
        error: Some(name.into()),
    }];
    let context = Context {
        detail: Some(name.into()),
        host: Some(name.into()),
        message: name.into(),
        ..trouble(ContextKind::Segfault, name, 2)
    };
    let summary = Summary { context: vec![context], ..Summary::default() };
    documents.push(overview_document(&overview, &inputs, &summary, Detail::Full));
    documents.push(forged_document(&overview, &inputs));
    documents.push(nothing_found(&inputs, &summary, Detail::Full));
    documents
}

fn is_harmful(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[test]
fn nothing_harmful_reaches_a_terminal() {
    for name in NAMES {
        for document in documents(name) {
            for width in [20, 40, 80, 100, 120, 200] {
                for characters in [Characters::Unicode, Characters::Ascii] {
                    let style = Style::new(width).with_characters(characters);
                    let text = written(&document, Format::Text, &style);
                    assert!(!text.contains(is_harmful), "{name:?} in\n{text:?}");
                    assert!(characters == Characters::Unicode || text.is_ascii(), "{name:?} in\n{text}");
                    for line in text.lines() {
                        assert!(line.width() <= width, "{name:?} at {width}: {line:?}");
                        assert_eq!(line.trim_end_matches(' '), line, "{name:?} at {width}");
                    }
                }
            }
        }
    }
}

#[test]
fn colors_are_the_only_escapes() {
    let style = Style::new(80);
    for name in NAMES {
        for document in documents(name) {
            let plain = written(&document, Format::Text, &style);
            let colored = written(&document, Format::Text, &style.with_colors(Colors::On));
            assert!(colored.starts_with("\x1b[1m"), "{colored:?}");
            let mut stripped = colored;
            for code in ["0", "1", "2", "31", "33"] {
                stripped = stripped.replace(&format!("\x1b[{code}m"), "");
            }
            assert_eq!(stripped, plain, "{name:?}");
        }
    }
}

/// Returns a line of Markdown without what is escaped in it.
fn unescaped(line: &str) -> String {
    let mut letters = line.chars();
    let mut bare = String::new();
    while let Some(c) = letters.next() {
        if c == '\\' {
            bare.push(' ');
            letters.next();
        } else {
            bare.push(c);
        }
    }
    bare
}

#[test]
fn nothing_becomes_markup() {
    let style = Style::new(80);
    for name in NAMES {
        for document in documents(name) {
            let markdown = written(&document, Format::Markdown, &style);
            assert!(!markdown.contains(is_harmful), "{name:?} in\n{markdown:?}");
            let mut is_code = false;
            let mut columns = None;
            for line in markdown.lines() {
                if line.starts_with("```") {
                    is_code = !is_code;
                }
                if is_code {
                    continue;
                }
                let is_ours = matches!(line, "<details>" | "</details>");
                let summary = line.strip_prefix("<summary>").and_then(|line| line.strip_suffix("</summary>"));
                let bare = if is_ours { String::new() } else { unescaped(summary.unwrap_or(line)) };
                for markup in
                    ["<script", "</", "![", "](", "@team", "http://", "**bold", "__dun", "~~~", "`c`"]
                {
                    assert!(!bare.contains(markup), "{markup} of {name:?} in {line:?}");
                }
                // Every row of a table has as many bars as its head.
                let bars = bare.matches('|').count();
                assert!(bars == 0 || columns.is_none_or(|columns| columns == bars), "{line:?}");
                columns = (0 < bars).then_some(bars);
            }
            assert!(!is_code, "a fence of {name:?} does not close");
        }
    }
}

#[test]
fn nothing_becomes_html() {
    for name in NAMES {
        for document in documents(name) {
            let page = written(&document, Format::Html, &Style::new(80));
            assert!(!page.contains(is_harmful), "{name:?}");
            for markup in ["<script", "</script", "alert(1)</", "<img", " on"] {
                let body = page.split_once("</head>").map(|(_, body)| body).unwrap_or_default();
                assert!(markup == " on" || !body.contains(markup), "{markup} of {name:?}");
            }
            assert_eq!(page.matches("<style>").count(), 1);
            assert_eq!(page.matches("</style>").count(), 1);
        }
    }
}
