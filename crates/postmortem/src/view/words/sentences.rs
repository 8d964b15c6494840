//! Every sentence in every language: that it is in that language, and says the same figures and names.

use std::collections::BTreeSet;

use oomkit_core::{
    finding::Confidence,
    ident::{Comm, Pid},
    limit::Limit,
    place::LineNo,
    units::{ByteDelta, Bytes, SinceBoot},
};
use oomkit_decode::report::{Culprit, EventKind, Killer, Scope};
use oomkit_snap::{
    snapshot::BootClock,
    trend::{Doubt, Point, Rate, Trend, Verdict},
};

use super::*;
use crate::incident::{
    Apart, Basis, Blame, Change, Gap, Grower, Grown, Killed, NoGrowth, Patch, RiskWhy, Subject,
};

const PARTS: [Part; 24] = [
    Part::Title,
    Part::ToBlame,
    Part::Growth,
    Part::NotStopped,
    Part::StoppedBy,
    Part::SetIn,
    Part::AtRisk,
    Part::Do,
    Part::Patch,
    Part::WhyNotStopped,
    Part::WhatStopped,
    Part::WhoIsToBlame,
    Part::Later,
    Part::WhatGrew,
    Part::WhoElse,
    Part::Timeline,
    Part::Missing,
    Part::Kill,
    Part::Who,
    Part::What,
    Part::Role,
    Part::Line,
    Part::After,
    Part::When,
];

const SURE: [Confidence; 3] = [Confidence::High, Confidence::Medium, Confidence::Low];

fn gib(count: u64) -> Bytes {
    Bytes::new(count << 30)
}

fn delta(count: u64) -> ByteDelta {
    ByteDelta::between(Bytes::new(0), gib(count))
}

fn name(of: &str) -> String {
    format!("name-{of}")
}

/// Returns the causes that may stand without a culprit.
fn causes() -> impl Iterator<Item = &'static str> {
    let causes: BTreeSet<&str> = oomkit_decode::diagnoses::causes().collect();
    causes.into_iter().filter(|cause| !["one-process", "protected-tasks", "cascade"].contains(cause))
}

fn gaps() -> Vec<GapWhy> {
    let (scope, cgroup) = (name("scope"), "/name/cgroup".to_owned());
    let (limit_bytes, held_bytes) = (gib(3), gib(5));
    vec![
        GapWhy::NoLimit { scope: scope.clone() },
        GapWhy::NoLimitSeen { cgroup: cgroup.clone() },
        GapWhy::NoLimitByClass,
        GapWhy::LimitAbove { scope: scope.clone(), limit_bytes, held_bytes },
        GapWhy::NotInForce { scope, limit_bytes, held_bytes },
        GapWhy::LimitReached { cgroup: Some(cgroup.clone()), limit_bytes: Some(limit_bytes) },
        GapWhy::LimitReached { cgroup: None, limit_bytes: None },
        GapWhy::ParentLimitReached { cgroup: cgroup.clone(), limit_bytes: Some(limit_bytes) },
        GapWhy::GroupLimitReached { cgroup: Some(cgroup), limit_bytes: Some(limit_bytes) },
        GapWhy::GroupLimitReached { cgroup: None, limit_bytes: None },
        GapWhy::LimitWritten { scope: name("scope"), limit_bytes },
        GapWhy::OtherLimit { scope: name("scope"), written_bytes: Some(gib(9)), reached_bytes: limit_bytes },
        GapWhy::OtherLimit { scope: name("scope"), written_bytes: None, reached_bytes: limit_bytes },
        GapWhy::NotRecognised { workloads: 1 },
        GapWhy::NotRecognised { workloads: 7 },
        GapWhy::Unknown,
    ]
}

fn grown(verdict: Verdict, damaged: u64) -> Grown {
    let minutes = |count: u64| Duration::from_seconds(count * 60);
    let point = |hours: u64, size| Point { at: BootClock::from_micros(hours * 3_600_000_000), size };
    Grown {
        subject: Subject::Process,
        name: name("grown"),
        trend: Trend { verdict, points: 9, restarts: 0, over: minutes(120), now_bytes: None },
        first: point(1, gib(2)),
        last: point(3, gib(6)),
        peak_bytes: gib(6),
        at_kill_bytes: None,
        usual_bytes: None,
        steps: Vec::new(),
        last_seen_seconds: minutes(11),
        snapshots: 9,
        damaged,
        others: vec![Grower { name: name("other"), by_bytes: delta(1) }],
    }
}

fn growths() -> Vec<Growth> {
    let rate = Rate { per_hour_bytes: delta(4), low_bytes: delta(3), high_bytes: delta(5) };
    let verdicts = [
        Verdict::Grows(rate),
        Verdict::GrowsInRounds(rate),
        Verdict::Shrinks(rate),
        Verdict::Settled { by_bytes: delta(4) },
        Verdict::Stepped { at: BootClock::from_micros(1), by_bytes: delta(4) },
        Verdict::Level,
        Verdict::Uncertain { why: Doubt::TooFew },
        Verdict::Uncertain { why: Doubt::MayBeChance },
        Verdict::Uncertain { why: Doubt::TooFewRounds },
    ];
    let seen = verdicts.into_iter().zip([0, 1, 8].into_iter().cycle());
    let apart = [Apart::NoSnapshots, Apart::OtherHost, Apart::NoTime, Apart::OtherBoot, Apart::SeveralBoots];
    let unknown = apart.map(|because| NoGrowth::Apart { because }).into_iter().chain([
        NoGrowth::NoStore,
        NoGrowth::Damaged,
        NoGrowth::NobodyToBlame,
        NoGrowth::NotSeen { snapshots: 4, damaged: 6, last_seconds: Duration::from_seconds(5) },
    ]);
    seen.map(|(verdict, damaged)| Growth::Seen(grown(verdict, damaged)))
        .chain(unknown.map(|why| Growth::Unknown { why }))
        .collect()
}

fn happened() -> Happened {
    let killed = |pid| Killed {
        pid: Pid::new(pid),
        comm: Comm::new(b"victim"),
        held_bytes: Some(gib(44)),
        workload: None,
    };
    Happened {
        kind: EventKind::OomKill,
        scope: Scope::Global,
        at: None,
        at_year_assumed: false,
        since_boot_seconds: Some(SinceBoot::from_micros(77_000_000)),
        host: Some(name("host")),
        killer: None,
        victims: vec![killed(42)],
        kills: 1,
        repeats: 0,
        in_vain: 0,
        panicked: false,
        last_at: None,
        earlier: 0,
        earlier_at_least: false,
        cgroup: None,
        limit_bytes: Some(Limit::At(gib(64))),
        machine_bytes: Some(gib(62)),
        machine_inferred: false,
        stalled: false,
        crash_kernel: false,
        evidence: Vec::new(),
    }
}

fn incident() -> Incident {
    Incident {
        happened: happened(),
        blame: Blame {
            culprit: None,
            cause: None,
            code: None,
            confidence: None,
            explanation: None,
            history: Agreement::Nothing,
            evidence: Vec::new(),
        },
        later: Vec::new(),
        growth: Growth::Unknown { why: NoGrowth::NoStore },
        gaps: Vec::new(),
        at_risk: Vec::new(),
        changes: Vec::new(),
        timeline: Vec::new(),
        clock: None,
        missing: Vec::new(),
    }
}

/// All that may fill the first line: each scope, each cause and culprit, each gap, each kind of event.
fn incidents() -> Vec<Incident> {
    let mut all = Vec::new();
    let scopes = [Scope::Global, Scope::Memcg, Scope::Cpuset, Scope::Mempolicy, Scope::Sysrq, Scope::Unknown];
    for scope in scopes {
        all.push(Incident { happened: Happened { scope, ..happened() }, ..incident() });
    }
    let without = Happened { scope: Scope::Memcg, limit_bytes: None, ..happened() };
    all.push(Incident { happened: without, ..incident() });
    for (kind, of, history) in [
        ("process", "victim", Agreement::Agrees),
        ("process", "other", Agreement::Agrees),
        ("process", "other", Agreement::NobodyGrew),
        ("group", "workers", Agreement::OtherGrewMore { name: name("other"), by_bytes: delta(2) }),
        ("slab-cache", "dentry", Agreement::Nothing),
    ] {
        let culprit = Culprit { kind: kind.into(), name: of.into(), pid: None, bytes: Some(gib(9)) };
        all.push(Incident {
            blame: Blame { culprit: Some(culprit), history, ..incident().blame },
            ..incident()
        });
    }
    for cause in causes() {
        all.push(Incident { blame: Blame { cause: Some(cause.into()), ..incident().blame }, ..incident() });
    }
    for (why, confidence) in gaps().into_iter().zip(SURE.into_iter().cycle()) {
        let gaps = vec![Gap { why, confidence, written: None, evidence: Vec::new() }];
        let culprit =
            Culprit { kind: "process".into(), name: "victim".into(), pid: None, bytes: Some(gib(9)) };
        all.push(Incident { gaps: gaps.clone(), ..incident() });
        all.push(Incident {
            gaps,
            blame: Blame { culprit: Some(culprit), ..incident().blame },
            ..incident()
        });
    }
    let kinds = [
        EventKind::OomKill,
        EventKind::OomNoVictim,
        EventKind::Panic,
        EventKind::AllocFailure,
        EventKind::MemoryDump,
        EventKind::UserspaceKill,
    ];
    let bare = |kind| Happened { kind, victims: Vec::new(), ..happened() };
    for kind in kinds {
        all.push(Incident { happened: bare(kind), ..incident() });
    }
    all.push(Incident {
        happened: Happened { stalled: true, ..bare(EventKind::AllocFailure) },
        ..incident()
    });
    all.push(Incident { happened: Happened { crash_kernel: true, ..happened() }, ..incident() });
    for (target, reason) in
        [(None, None), (Some(name("target")), None), (Some(name("target")), Some(name("why")))]
    {
        let killer = Some(Killer { name: name("killer"), target: target.clone(), reason: reason.clone() });
        let by_program = Happened { scope: Scope::Unknown, killer: killer.clone(), ..happened() };
        all.push(Incident { happened: by_program, ..incident() });
        all.push(Incident { happened: Happened { killer, ..bare(EventKind::UserspaceKill) }, ..incident() });
    }
    all
}

fn whens() -> Vec<Happened> {
    vec![
        happened(),
        Happened { machine_inferred: true, kills: 5, earlier: 1, ..happened() },
        Happened { kills: 5, repeats: 3, earlier: 6, ..happened() },
        Happened { kills: 5, panicked: true, earlier: 6, earlier_at_least: true, ..happened() },
        Happened { kills: 0, in_vain: 52, crash_kernel: true, ..happened() },
        Happened { since_boot_seconds: None, machine_bytes: None, ..happened() },
    ]
}

fn risks() -> Vec<Risk> {
    let held_bytes = Some(gib(2));
    let whys = [
        RiskWhy::KilledToo { pid: Pid::new(3), at: None },
        RiskWhy::Failed { kind: ContextKind::UnitFailed },
        RiskWhy::Next { rank: 1, pid: Pid::new(3), held_bytes },
        RiskWhy::Next { rank: 4, pid: Pid::new(3), held_bytes },
        RiskWhy::Beside { file: name("file"), line: LineNo::new(7) },
    ];
    let critical = [Some("a database".to_owned()), None];
    whys.into_iter()
        .zip(critical.into_iter().cycle())
        .map(|(why, critical)| Risk { name: name("risk"), why, critical, evidence: None })
        .collect()
}

fn changes() -> Vec<Change> {
    let machine_bytes = gib(62);
    let bases = [
        Basis::Peak { peak_bytes: gib(4), headroom_percent: 25 },
        Basis::Usual { usual_bytes: gib(4), headroom_percent: 25 },
        Basis::Beside { machine_bytes, others_bytes: gib(8) },
        Basis::Half { machine_bytes },
        Basis::Raised { limit_bytes: gib(4) },
    ];
    let limit = |(basis, confidence): (Basis, Confidence)| Change::Limit {
        scope: (confidence == Confidence::Low).then(|| name("scope")),
        name: (confidence != Confidence::High).then(|| name("process")),
        confidence,
        limit_bytes: gib(6),
        basis,
        spelled: if confidence == Confidence::Medium { String::new() } else { "MemoryMax=6G".into() },
        patch: (confidence == Confidence::Low).then(|| Patch {
            kind: PatchKind::DropIn,
            file: name("file.conf"),
            text: String::new(),
        }),
    };
    let others = [
        Change::Leak { name: name("leak"), per_hour_bytes: delta(2) },
        Change::Advice {
            code: "OKD031".into(),
            text: "try transparent_hugepage=madvise, and compare the size of name-x".into(),
        },
    ];
    bases.into_iter().zip(SURE.into_iter().cycle()).map(limit).chain(others).collect()
}

/// Returns every sentence of a language, in one order.
fn sentences(words: &dyn Words) -> Vec<String> {
    let mut all: Vec<String> = PARTS.iter().map(|part| words.part(*part).to_owned()).collect();
    all.extend(SURE.map(|sure| words.sure(sure).to_owned()));
    for incident in incidents() {
        all.push(words.answer(&incident));
        all.push(words.blame(&incident));
        all.push(words.agreement(&incident.blame.history));
    }
    all.extend(whens().iter().map(|when| words.when(when)));
    all.push(words.explanation("OKD001", "name-x held 4.0 GiB"));
    all.push(words.explanation("OKD001", "name-x (pid 7) held 4.0 GiB (80.0 % of 5.0 GiB)"));
    all.extend(growths().iter().map(|growth| words.growth(growth)));
    all.push(words.others_grew("name-a 1.0 GiB"));
    all.extend(gaps().iter().map(|gap| words.gap(gap)));
    let matched = [
        Matched::Class,
        Matched::Likeness,
        Matched::Name,
        Matched::Program,
        Matched::Image,
        Matched::Pod,
        Matched::Workload,
        Matched::Cgroup,
    ];
    all.extend(matched.into_iter().zip([0, 2].into_iter().cycle()).map(|(by, more)| words.matched(by, more)));
    all.push(words.rated("name-a", Confidence::High));
    all.push(words.written(&words.gap(&GapWhy::Unknown), "name.yaml:9", &words.matched(Matched::Pod, 3)));
    all.extend(risks().iter().flat_map(|risk| [words.risk(risk), words.risk_why(risk)]));
    all.push(words.critical("a coordination service"));
    all.extend(changes().iter().map(|change| words.change(change)));
    let patches = [PatchKind::Diff, PatchKind::DropIn, PatchKind::Override, PatchKind::KubernetesPatch];
    all.extend(patches.map(|kind| words.patch(kind, "name.yaml")));
    all.push(words.no_patch("name.patch"));
    let (comm, pid, subject) = (Comm::new(b"victim"), Pid::new(42), Some(name("subject")));
    let whats = [
        What::Killed { comm, pid, held_bytes: Some(gib(3)) },
        What::KillerRan,
        What::NobodyToKill,
        What::Panicked,
        What::KilledByProgram { killer: name("killer"), target: Some(name("target")) },
        What::KilledByProgram { killer: name("killer"), target: None },
        What::Trouble { kind: ContextKind::IoError, subject, count: 3 },
        What::Held { name: name("held"), held_bytes: gib(3) },
    ];
    all.extend(whats.iter().map(|what| words.what(what)));
    let clocks =
        [Clock::Both, Clock::KernelAndOffset { seconds: -28_800 }, Clock::KernelAlone, Clock::WallAlone];
    all.extend(clocks.map(|clock| words.clock(clock)));
    all.push(words.left_out(12));
    let missing = [
        Missing::Store,
        Missing::SnapshotsOfThatTime,
        Missing::Manifests,
        Missing::Names,
        Missing::TaskTable,
        Missing::TaskRows,
        Missing::Time,
        Missing::Shares,
    ];
    all.extend(missing.map(|missing| words.missing(missing).to_owned()));
    let nothing = [
        Nothing::Suppressed,
        Nothing::ToldByPrograms,
        Nothing::NoLines,
        Nothing::KernelWasSilent,
        Nothing::NoKernelLines,
    ];
    all.extend(nothing.map(|nothing| words.nothing(nothing).to_owned()));
    all
}

/// Returns the numbers of a text, sorted: in whichever order a language says them, they are the same.
fn numbers(text: &str) -> Vec<&str> {
    let is_part = |c: char| c.is_ascii_digit() || c == '.' || c == ',';
    let mut numbers: Vec<&str> = text
        .split(|c| !is_part(c))
        .map(|number| number.trim_matches(['.', ',']))
        .filter(|number| !number.is_empty())
        .collect();
    numbers.sort_unstable();
    numbers
}

/// Returns the names and commands of a text, which no language translates.
fn names(text: &str) -> Vec<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "-_=/.".contains(c);
    let marked = ["name-", "name.", "/name", "victim", "--", "vm.", "MemoryMax", "OKD"];
    let words = text.split(|c| !is_letter(c)).map(|word| word.trim_end_matches('.'));
    quoted.chain(words.filter(|word| marked.iter().any(|mark| word.starts_with(mark)))).collect()
}

fn is_foreign(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}')
}

#[test]
fn every_sentence_is_in_its_language_and_says_the_same_figures() {
    let english = sentences(of(Language::En));
    assert!(english.iter().all(|sentence| !sentence.chars().any(is_foreign)));
    for language in [Language::Zh, Language::Ja] {
        let other = sentences(of(language));
        assert_eq!(other.len(), english.len());
        for (english, other) in english.iter().zip(&other) {
            assert_eq!(numbers(english), numbers(other), "{english} | {other}");
            for name in names(english) {
                assert!(other.contains(name), "{name} of {english} | {other}");
            }
            // A name and its size need no words.
            let is_bare = english.split(' ').count() <= 3 && english.ends_with(" GiB");
            let is_silent = english.is_empty() && other.is_empty();
            assert!(is_bare || is_silent || other.chars().any(is_foreign), "{english} | {other}");
        }
    }
}

#[test]
fn every_cause_is_named_in_words_of_its_language() {
    for language in [Language::En, Language::Zh, Language::Ja] {
        for cause in causes() {
            let blame = Blame { cause: Some(cause.into()), ..incident().blame };
            let incident = Incident { blame, ..incident() };
            let said = of(language);
            for text in [said.blame(&incident), said.answer(&incident)] {
                assert!(!cause.contains('-') || !text.contains(cause), "{cause} in {text}");
            }
        }
    }
}

#[test]
fn chinese_has_no_kana_and_no_sentence_mixes_punctuation() {
    let is_kana = |c: char| matches!(c, '\u{3040}'..='\u{30ff}');
    for sentence in sentences(of(Language::Zh)) {
        assert!(!sentence.chars().any(is_kana), "{sentence}");
    }
    for language in [Language::Zh, Language::Ja] {
        for sentence in sentences(of(language)) {
            // Two marks in a row come from pieces that both bring one.
            for double in ["。。", "，，", "、、", "，。", "、。", "：：", "  "] {
                assert!(!sentence.contains(double), "{sentence}");
            }
        }
    }
}
