//! Redaction: none of the names reaches the model or any format, and the same one stays the same.

use oomkit_core::{
    account::{Account, Part},
    finding::{Confidence, Finding, Severity},
    ident::{Comm, Uid},
    place::{Evidence, InputId, LineNo},
    units::Bytes,
    workload::Workload,
};
use oomkit_decode::{
    Summary,
    redact::Redactor,
    report::*,
    view::{Detail, Overview, event_document, forged_document, nothing_found, overview_document},
};
use oomkit_render::{Format, Style, render_page};
use serde_json::Value;

use crate::{
    specimens::{bare, pod, task, trouble, victim},
    written,
};

const POD: &str = "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d";
const CONTAINER: &str = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";
const GROUP: &str = "/secret-top/secret group, with (odd) signs/sub";

/// What must not leave the house, in the ways in which it may be written.
const SECRETS: &[&str] = &[
    "kappa",
    "omega",
    "secret",
    "alice",
    "10.20.30.40",
    "10-20-30-40",
    "2001:db8:5::7",
    "52:54:00:ab:cd:ef",
    POD,
    "9a8b7c6d_5e4f_4a3b_8c2d_1e0f9a8b7c6d",
    CONTAINER,
    "fedcba987654",
    "21847",
];

/// A line of a log that holds each of them.
fn line() -> String {
    format!(
        "nfs: server omega at 10.20.30.40:2049, [2001:db8:5::7] (52:54:00:ab:cd:ef) ip-10-20-30-40 kappa, \
         user=alice, alice@omega.secret.example, UID 21847, uid=21847, user-21847.slice, {GROUP}, \
         /srv/secret/x, omega:/secret/vol, https://kappa.secret.example:80/secret, pod{}, {CONTAINER}, fedcba987654",
        POD.replace('-', "_")
    )
}

/// A sentence of ours, which can only repeat what the event says elsewhere.
fn sentence() -> String {
    format!(
        "java of user 21847 on kappa.secret holds {GROUP} of pod {POD}, container fedcba987654 (10.20.30.40)"
    )
}

fn event() -> Event {
    let proof = || vec![Evidence { input: InputId::new(0), line: LineNo::new(7), text: line() }];
    let uid = Some(Uid::new(21_847));
    let path = || Some(GROUP.to_owned());
    let base = pod();
    Event {
        crash_kernel: proof().pop(),
        trouble_before: vec![context()],
        host: Some("kappa.secret".into()),
        constraint: Some(Constraint {
            cpuset: path(),
            oom_memcg: path(),
            task_memcg: path(),
            ..base.constraint.clone().unwrap_or_default()
        }),
        trigger: Some(Trigger { uid, ..base.trigger.clone().unwrap_or_default() }),
        selected: Some(Selected {
            pid: victim(7, "java", 1).pid,
            comm: Comm::new(b"java"),
            uid,
            score: None,
        }),
        victims: vec![Victim { uid, ..victim(121, "java", 64_000) }],
        oom_group: path(),
        memcg: Some(Memcg {
            path: path(),
            children: vec![MemcgStat { path: format!("{GROUP}/secret-child"), ..MemcgStat::default() }],
            ..base.memcg.clone().unwrap_or_default()
        }),
        workload: Some(Workload {
            runtime: Some("kubernetes".into()),
            pod_uid: Some(POD.into()),
            container_id: Some(CONTAINER.into()),
            instance: Some("secret-instance".into()),
            unit: Some("secret.service".into()),
            name: Some("secret-name".into()),
            user: Some(21_847),
            pod: Some("secret-pod".into()),
            namespace: Some("secret-space".into()),
            owner: Some("Deployment/secret".into()),
            container: Some("secret-box".into()),
            image: Some("secret.example/image:1".into()),
            project: Some("secret-project".into()),
            service: Some("secret-service".into()),
            named_by: Some("/srv/secret-names.json".into()),
            ..Workload::default()
        }),
        tasks: vec![Task { uid, ..task(121, "java", 16_160, 969, Some(1958)) }],
        slab: vec![SlabCache {
            name: "dentry(12:secret.scope)".into(),
            used_bytes: Bytes::new(5),
            total_bytes: Bytes::new(6),
        }],
        account: Some(Account::balance(
            format!("cgroup {GROUP}"),
            Bytes::new(4096),
            vec![Part { name: "anonymous".into(), bytes: Bytes::new(4096) }],
        )),
        culprit: Some(Culprit { kind: "group".into(), name: "user 21847".into(), pid: None, bytes: None }),
        findings: vec![Finding {
            code: "OKD001",
            name: "one-process",
            severity: Severity::Warning,
            confidence: Confidence::Low,
            message: sentence(),
            evidence: proof(),
            remedy: Some(sentence()),
        }],
        killer: Some(Killer { name: "systemd-oomd".into(), target: path(), reason: Some(line()) }),
        panic: Some(line()),
        evidence: proof(),
        unread: proof(),
        unread_lines: 1,
        notes: vec![sentence()],
        choice: base.choice.clone().map(|choice| Choice { reasons: vec![sentence()], ..choice }),
        ..base
    }
}

/// Returns what of the secrets stands in a text.
fn given_away(text: &str) -> Vec<&'static str> {
    let text = text.to_lowercase();
    SECRETS.iter().copied().filter(|secret| text.contains(secret)).collect()
}

/// Walks a model, keys and figures as well.
fn walk(value: &Value, see: &mut dyn FnMut(&str)) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            see(key);
            walk(value, see);
        }),
        Value::Array(items) => items.iter().for_each(|item| walk(item, see)),
        Value::String(text) => see(text),
        other => see(&other.to_string()),
    }
}

fn summary(redactor: &mut Redactor) -> (Input, Summary) {
    let input = Input {
        name: "/srv/secret-logs/kappa.tar.xz:var/log/secret".into(),
        transport: None,
        lines: 7,
        bytes: 7,
        error: Some(format!("cannot read /srv/secret-logs/kappa.tar.xz:var/log/secret: {}", line())),
    };
    let context = redactor.contexts(vec![context()]);
    let input = redactor.inputs(vec![input]).remove(0);
    (input, Summary { context, ..Summary::default() })
}

/// Trouble whose every text gives something away.
fn context() -> Context {
    Context {
        detail: Some(line()),
        host: Some("kappa.secret".into()),
        message: line(),
        ..trouble(ContextKind::IoError, &line(), 1)
    }
}

#[test]
fn the_model_gives_nothing_away() {
    let mut redactor = Redactor::new();
    let mut found = Vec::new();
    let event = redactor.event(event());
    let (input, summary) = summary(&mut redactor);
    let mut see =
        |text: &str| found.extend(given_away(text).into_iter().map(|secret| (secret, text.to_owned())));
    for value in [
        serde_json::to_value(&event).unwrap(),
        serde_json::to_value(&input).unwrap(),
        serde_json::to_value(&summary.context).unwrap(),
    ] {
        walk(&value, &mut see);
    }
    assert_eq!(found, []);
    // The walk finds them where they are.
    let plain = serde_json::to_value(self::event()).unwrap();
    let mut seen = 0;
    walk(&plain, &mut |text| seen += given_away(text).len());
    assert!(100 < seen, "{seen}");
}

#[test]
fn no_format_gives_anything_away() {
    let mut redactor = Redactor::new();
    let mut overview = Overview::default();
    let mut documents = Vec::new();
    redactor.event(event());
    let (input, summary) = summary(&mut redactor);
    for forged in [false, true] {
        let event = redactor.event(Event { forged, ..event() });
        overview.add(&event);
        documents.push(event_document(&event, &input.name, Detail::Normal));
        documents.push(event_document(&event, &input.name, Detail::Full));
    }
    let inputs = [input];
    documents.push(overview_document(&overview, &inputs, &summary, Detail::Full));
    documents.push(forged_document(&overview, &inputs));
    documents.push(nothing_found(&inputs, &summary, Detail::Full));
    let mut outputs = Vec::new();
    for document in &documents {
        for format in Format::ALL {
            outputs.push(written(document, *format, &Style::new(200)));
        }
    }
    let mut page = String::new();
    render_page(&documents, &mut page).unwrap();
    outputs.push(page);
    for output in outputs {
        // Markdown and pages escape some letters, which must not hide a name from this test.
        let output = output.replace('\\', "").replace("<!-- -->", "").replace("&#58;", ":");
        assert_eq!(given_away(&output), Vec::<&str>::new(), "in\n{output}");
    }
}

#[test]
fn the_same_name_is_the_same_everywhere() {
    let mut redactor = Redactor::new();
    let first = redactor.event(event());
    let again = redactor.event(event());
    assert_eq!(first, again);
    assert_eq!(first.host.as_deref(), Some("host-1"));
    assert_eq!(first.memcg.unwrap().path, first.oom_group);
    assert_eq!(first.victims[0].uid, first.tasks[0].uid);
    assert_eq!(first.victims[0].comm, Comm::new(b"java"));
    let group = first.oom_group.unwrap();
    assert_eq!(
        first.notes,
        [format!("java of user 100001 on host-1 holds {group} of pod pod-1, container container-1 (ip-1)")]
    );
    let other =
        redactor.event(Event { host: Some("lambda".into()), ..bare(EventKind::OomKill, Scope::Global) });
    assert_eq!(other.host.as_deref(), Some("host-5"));
}
