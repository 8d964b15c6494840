//! `oomkit postmortem`: the log, the history and the limits of an incident become one story.

use std::{fs, path::Path};

use jiff::{Timestamp, tz::Offset};
use oomkit_core::{
    ident::{Comm, OomScoreAdj, Pid, Uid},
    limit::Limit,
    units::{Bytes, SinceBoot},
};
use oomkit_snap::{
    name::Name,
    snapshot::{BootClock, BootId, Cgroup, Hierarchy, Meminfo, Moment, Process, Snapshot, StartTicks},
    store::{Options, Store},
};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::{
    audit::DAC_TEST,
    run::{oomkit, program},
};

pub(super) const SEED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/seed/dac-test.md");

/// When the published incident was, in microseconds on both clocks.
const KILLED: (u64, &str) = (13_930_750_441_874, "2026-05-10T15:45:51Z");

fn log(name: &str) -> String {
    format!("{}/../../tests/fixtures/logs/{name}.log.zst", env!("CARGO_MANIFEST_DIR"))
}

/// Keeps an hour of the host of the published incident: `test_server` grows by 300 MiB a minute.
pub(super) fn history(path: &Path, host: &str) {
    let mut store = Store::open(path, Options::default()).unwrap();
    let killed: Timestamp = KILLED.1.parse().unwrap();
    for minute in 0..60 {
        let before = (60 - minute) * 60_000_000 - 20_000_000;
        let clock = KILLED.0 - before;
        let at =
            Timestamp::from_microsecond(killed.as_microsecond() - i64::try_from(before).unwrap()).unwrap();
        let moment = Moment::new(
            BootId::new(b"boot"),
            BootClock::from_micros(clock + 5_000_000),
            Some(SinceBoot::from_micros(clock)),
            at,
            Offset::UTC,
        );
        let mut snapshot = Snapshot::at(moment);
        snapshot.host.name = Some(Name::from(host));
        let size = |mib: u64| Bytes::new(mib << 20);
        snapshot.machine.meminfo = Some(Meminfo {
            sizes: [("MemTotal", size(64 << 10)), ("MemAvailable", size((40 << 10) - minute * 300))]
                .map(|(key, size)| (Name::from(key), size))
                .into(),
            ..Meminfo::default()
        });
        let process = |pid, name: &str, mib, cgroup: &str| {
            let mut process = Process::new(Pid::new(pid), StartTicks::new(77), Comm::new(name.as_bytes()));
            process.uid = Some(Uid::new(0));
            process.rss_anon_bytes = Some(size(mib));
            process.rss_bytes = process.rss_anon_bytes;
            process.cgroup = Some(Name::from(cgroup));
            process.oom_score_adj = OomScoreAdj::new(1000);
            process
        };
        snapshot.processes = Some(vec![
            process(38_581, "test_server", 26_000 + minute * 300, "/kubepods/besteffort/pod1"),
            process(900, "java", 4_000 + minute % 3, "/kubepods/burstable/pod2"),
        ]);
        snapshot.cgroups = Some(
            ["/kubepods", "/kubepods/besteffort", "/kubepods/besteffort/pod1"]
                .map(|path| Cgroup {
                    path: Name::from(path),
                    hierarchy: Hierarchy::V1,
                    limit_bytes: Some(Limit::Max),
                    usage_bytes: Some(size(30_000)),
                    ..Cgroup::default()
                })
                .into(),
        );
        snapshot.sort();
        store.write(&snapshot).unwrap();
    }
}

#[test]
fn a_log_alone_is_a_story_and_says_what_would_have_told_more() {
    let ran = oomkit(["postmortem", SEED]).ends(0);
    for words in [
        "test_server (pid 38581) was killed at 44.1 GiB: it had filled the machine",
        "most likely no limit\nstopped it",
        "To blame     test_server, 44.1 GiB (likely)",
        "BestEffort pod, which has no limit (likely)",
        "at most half of 62.7 GiB",
        "snapshots of the host would have told",
        "the manifests would have told",
    ] {
        assert!(ran.out.contains(words), "{words} in {}", ran.out);
    }
}

#[test]
fn the_manifest_is_named_and_patched_so_that_the_audit_passes() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (manifest, patch) = (path("deploy.yaml"), path("fix.patch"));
    fs::write(&manifest, DAC_TEST).unwrap();
    let ran =
        oomkit(["--width", "400", "postmortem", SEED, "--manifests", &manifest, "--patch", &patch]).ends(0);
    let nowhere = folder.path().join("nowhere/x.patch").display().to_string();
    let untold = oomkit(["postmortem", SEED, "--manifests", &manifest, "--patch", &nowhere]).ends(4);
    assert!(untold.out.contains("To blame") && untold.err.contains("x.patch"), "{untold:?}");
    for words in [
        "limit Deployment/default/dac-test/containers/dac-test to 31.0 GiB",
        "if that is where it ran",
        "StatefulSet/default/zookeeper/containers/zookeeper, a coordination service: may share",
        "recognised only by its class, BestEffort (a guess, look yourself)",
    ] {
        assert!(ran.out.contains(words), "{words} in {}", ran.out);
    }
    let text = fs::read_to_string(&patch).unwrap();
    assert!(text.contains("+              memory: 31Gi"), "{text}");
    assert!(ran.out.contains("+              memory: 31Gi"), "{}", ran.out);

    // Whatever adds these lines at this place makes the audit content about the limit.
    let added: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix('+'))
        .filter(|line| !line.starts_with("++"))
        .collect();
    let after = "          image: registry.example/dac-test:1\n";
    fs::write(&manifest, DAC_TEST.replace(after, &format!("{after}{}\n", added.join("\n")))).unwrap();
    let audit = oomkit(["audit", "--format", "json", &manifest]).ends(0).json();
    let codes: Vec<&Value> = audit["findings"].as_array().unwrap().iter().map(|one| &one["code"]).collect();
    assert!(!codes.iter().any(|code| *code == "OKA001" || *code == "OKA043"), "{codes:?}");
}

#[test]
fn the_history_names_the_slope_and_that_nothing_was_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("snapshots.db");
    history(&store, "iota-m2");
    let store = store.to_str().unwrap();
    let json = oomkit(["postmortem", SEED, "--timezone", "UTC", "--store", store, "--format", "json"])
        .ends(0)
        .json();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/schemas/postmortem.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    jsonschema::validate(&schema, &json).unwrap();
    let incident = &json["incident"];
    let growth = &incident["growth"];
    assert_eq!((&growth["state"], &growth["subject"]), (&"seen".into(), &"process".into()), "{growth}");
    let rate = growth["trend"]["verdict"]["per_hour_bytes"].as_f64().unwrap();
    let expected = f64::from(300 * 60) * 1_048_576.0;
    assert!((rate / expected - 1.0).abs() < 0.01, "{rate} against {expected}");
    assert_eq!(growth["last_seen_seconds"], 40.0);
    assert_eq!(incident["blame"]["history"]["says"], "agrees");
    assert_eq!(incident["clock"]["by"], "both");
    assert_eq!(incident["gaps"][0]["reason"], "no-limit-seen");
    assert_eq!(incident["gaps"][0]["cgroup"], "/kubepods/besteffort/pod1");
    let leaks = incident["changes"].as_array().unwrap();
    assert!(
        leaks.iter().any(|change| change["kind"] == "leak" && change["name"] == "test_server"),
        "{leaks:?}"
    );

    // A log of another zone is joined by the kernel's clock, and the doubt is said.
    let text = oomkit(["postmortem", SEED, "--timezone", "+08:00", "--store", store]).ends(0).out;
    assert!(text.contains("off by 8 h"), "{text}");
    assert!(text.contains("it grew by 17.6 GiB an hour"), "{text}");
}

#[test]
fn another_process_of_the_name_teaches_nothing_of_its_group() {
    let folder = tempfile::tempdir().unwrap();
    let (store, file) = (folder.path().join("snapshots.db"), folder.path().join("kern.log"));
    history(&store, "iota-m2");
    fs::write(&file, fs::read_to_string(SEED).unwrap().replace("38581", "77")).unwrap();
    let (store, file) = (store.to_str().unwrap(), file.to_str().unwrap());
    let ask =
        |format| oomkit(["postmortem", file, "--timezone", "UTC", "--store", store, "--format", format]);
    let incident = &ask("json").ends(0).json()["incident"];
    assert_eq!(incident["growth"]["subject"], "name", "{incident}");
    assert_eq!(incident["growth"]["at_kill_bytes"], Value::Null);
    assert_eq!(incident["gaps"][0]["reason"], "no-limit-by-class");
    assert!(ask("text").ends(0).out.contains("all of that name grew by"));
}

#[test]
fn snapshots_that_cannot_be_read_are_counted() {
    const FRAME: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("snapshots.db");
    history(&store, "iota-m2");
    let mut bytes = fs::read(&store).unwrap();
    let at = bytes.windows(FRAME.len()).rposition(|window| window == FRAME).expect("a compressed frame");
    bytes[at..at + 12].fill(0xa5);
    fs::write(&store, &bytes).unwrap();
    let store = store.to_str().unwrap();
    let ask =
        |format| oomkit(["postmortem", SEED, "--timezone", "UTC", "--store", store, "--format", format]);
    let growth = &ask("json").ends(0).json()["incident"]["growth"];
    let count = |key: &str| growth[key].as_u64().unwrap();
    assert!(0 < count("damaged"), "{growth}");
    assert_eq!(count("snapshots") + count("damaged"), 60, "{growth}");
    let text = ask("text").ends(0).out;
    assert!(text.contains("before it cannot be read"), "{text}");
}

#[test]
fn the_history_of_another_host_tells_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("snapshots.db");
    history(&store, "iota-m3");
    let text =
        oomkit(["postmortem", SEED, "--timezone", "UTC", "--store", store.to_str().unwrap()]).ends(0).out;
    assert!(text.contains("not known: the store is that of another host"), "{text}");
    assert!(!text.contains("an hour"), "{text}");
}

#[test]
fn a_limit_that_did_its_work_is_told_from_one_that_was_missing() {
    let text = oomkit(["postmortem", &log("debian-6.18_amd64_memcg2_k8s")]).ends(0).out;
    for words in [
        "java (pid 161) was killed at 63.2 MiB: it had filled its control group of 64.0 MiB.",
        "Stopped by  its own limit of 64.0 MiB: the machine was in no danger (certain)",
    ] {
        assert!(text.contains(words), "{words} in {text}");
    }
    assert!(!text.contains("Not stopped"), "{text}");
    let text = oomkit(["postmortem", &log("debian-6.12_amd64_tmpfs_innocent")]).ends(0).out;
    assert!(text.contains("the machine was full of files in a tmpfs"), "{text}");
    assert!(text.contains("To blame  no process, but files in a tmpfs"), "{text}");
}

#[test]
fn a_log_without_a_kill_is_no_incident() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kern.log");
    fs::write(&file, "May 10 15:36:59 m2 kernel: [1.0] usb 1-1: new high-speed USB device\n").unwrap();
    let file = file.to_str().unwrap();
    let text = oomkit(["postmortem", file]).ends(0).out;
    assert!(text.contains("No OOM"), "{text}");
    let json = oomkit(["postmortem", "--format", "json", file]).ends(0).json();
    assert_eq!((&json["schema"], &json["incident"]), (&"oomkit.postmortem/v1".into(), &Value::Null));
    let text = oomkit(["postmortem", file, "--patch", folder.path().join("x").to_str().unwrap()]).ends(0).out;
    assert!(text.contains("Nothing was written to"), "{text}");
    assert!(!folder.path().join("x").exists());
}

#[test]
fn what_cannot_be_read_is_said_and_the_rest_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.yaml");
    fs::write(&broken, "apiVersion: v1\nkind: Pod\nmetadata: {name: [\n").unwrap();
    let ran = oomkit(["postmortem", SEED, "--manifests", broken.to_str().unwrap()]).ends(3);
    assert!(ran.out.contains("test_server (pid 38581) was killed"), "{}", ran.out);
    oomkit(["postmortem", SEED, "--store", folder.path().join("none.db").to_str().unwrap()]).ends(3);
    oomkit(["postmortem", "-", "--manifests", "-"]).ends(2);
}

#[test]
fn no_name_of_a_log_reaches_a_terminal_or_a_page_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kern.log");
    let name = "a\u{1b}[31m<b>\u{202e}x";
    let line = format!(
        "[    1.000000] Out of memory: Killed process 42 ({name}) total-vm:4kB, anon-rss:4kB, file-rss:0kB, shmem-rss:0kB\n"
    );
    fs::write(&file, line).unwrap();
    for format in ["text", "markdown", "html", "json"] {
        let out = oomkit(["postmortem", file.to_str().unwrap(), "--format", format]).ends(0).out;
        assert!(
            !out.contains('\u{1b}') && (format == "json" || !out.contains('\u{202e}')),
            "{format}: {out}"
        );
        assert!(!matches!(format, "html" | "markdown") || !out.contains("<b>"), "{format}: {out}");
    }
}

#[test]
fn the_story_is_told_in_the_language_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (log, manifest) = (folder.path().join("kern.log"), folder.path().join("deploy.yaml"));
    fs::copy(SEED, &log).unwrap();
    fs::write(&manifest, DAC_TEST).unwrap();
    let store = folder.path().join("snapshots.db");
    history(&store, "iota-m2");
    for lang in ["en", "zh", "ja"] {
        let ask = |format: &str, width: &str| {
            let asked = ["--width", width, "postmortem", "kern.log", "--timezone", "UTC", "--format", format];
            let known = ["--manifests", "deploy.yaml", "--store", "snapshots.db", "--lang", lang];
            let mut program = program(asked.into_iter().chain(known));
            let output = program.current_dir(folder.path()).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        };
        insta::assert_snapshot!(format!("told_in_{lang}"), ask("text", "100"));
        let page = ask("html", "100");
        assert!(page.contains(&format!("<html lang=\"{lang}\">")), "{page}");
        // The kernel's report below the story is told in English, and says so to whoever reads the page aloud.
        assert_eq!(page.contains("class=\"event\" lang=\"en\""), lang != "en", "{page}");
        for format in ["text", "markdown", "html"] {
            let told = ask(format, "60");
            for same in ["test_server", "38581", "44.1 GiB", "deploy.yaml:", "memory: 31Gi"] {
                assert!(told.contains(same), "{same} in {told}");
            }
        }
        for line in ask("text", "60").lines() {
            let columns = UnicodeWidthStr::width(line);
            assert!(columns <= 60 || !line.contains(' '), "{columns} columns: {line}");
        }
    }
}

#[test]
fn a_log_without_a_kill_is_told_in_every_language() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kern.log");
    fs::write(&file, "May 10 15:36:59 m2 kernel: [1.0] usb 1-1: new high-speed USB device\n").unwrap();
    let (file, patch) = (file.to_str().unwrap(), folder.path().join("x"));
    for (lang, answer, unwritten) in [
        ("zh", "没有找到 OOM 事件：就这份日志来看，问题不在内存。", "没有写入"),
        ("ja", "OOM の発生は見つかりませんでした。", "には何も書き込んでいません"),
    ] {
        let ran = oomkit(["postmortem", file, "--lang", lang, "--patch", patch.to_str().unwrap()]).ends(0);
        assert!(ran.out.starts_with(answer), "{}", ran.out);
        assert!(ran.out.contains("Looked at 1 line"), "{}", ran.out);
        assert!(ran.out.replace('\n', "").contains(unwritten), "{}", ran.out);
    }
    oomkit(["postmortem", file, "--lang", "de"]).ends(2);
}
