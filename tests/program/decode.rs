//! `oomkit decode`: the answer in every format, and which events are shown.

use std::collections::BTreeSet;

use serde_json::Value;

use super::run::{EXAMPLE, Folder, THREE, fed, log, oomkit};

/// A kill whose victim tries to break out of a page.
const HOSTILE: &str = "kernel: [5.000000] Out of memory: Killed process 7 (<b>&\"'`|x) total-vm:9000kB, anon-rss:8000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:40kB oom_score_adj:0\n";

#[test]
fn the_first_three_lines_are_the_answer() {
    let ran = oomkit(["decode", "--width", "160", EXAMPLE]).ends(0);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].contains("test_server (pid 38581), 44.1 GiB"), "{}", ran.out);
    assert!(lines[1].contains("whole machine"), "{}", ran.out);
    assert!(lines[2].contains("score 1703") && lines[2].contains("iota-m2"), "{}", ran.out);
    assert_eq!(ran.err, "");
}

/// The log does not tell the year, which the date of the file lends it; the rest is always the same.
#[test]
fn the_readme_shows_what_the_program_says() {
    let readme = std::fs::read_to_string(xtask::workspace::root().join("README.md")).unwrap();
    let block = readme.split_once("<!-- example:begin -->\n```text\n").unwrap().1;
    let block = block.split_once("```\n<!-- example:end -->").unwrap().0;
    let ran = oomkit(["decode", EXAMPLE]).ends(0);
    let without_year =
        |line: &str| line.split_once("-05-10T").map_or(line.to_owned(), |(_, rest)| rest.to_owned());
    let shown: Vec<String> = ran.out.lines().map(without_year).collect();
    let told: Vec<String> = block.lines().map(without_year).collect();
    assert!(20 < told.len());
    assert_eq!(told, shown[..told.len()]);
}

#[test]
fn json_has_the_keys_of_the_contract() {
    let document = oomkit(["decode", "--format", "json", EXAMPLE]).ends(0).json();
    assert_eq!(document["schema"], "oomkit.decode/v1");
    assert_eq!(document["coverage"]["lines"], 54);
    assert_eq!(document["inputs"][0]["name"], EXAMPLE);
    assert_eq!(document["inputs"][0]["transport"], "syslog-rfc3164");
    let event = &document["events"][0];
    for key in [
        "kind",
        "scope",
        "scope_inferred",
        "forged",
        "input",
        "first_line",
        "last_line",
        "at",
        "since_boot_seconds",
        "host",
        "kernel",
        "page_size_bytes",
        "page_size_source",
        "trigger",
        "constraint",
        "victims",
        "memcg",
        "workload",
        "machine",
        "tasks",
        "groups",
        "account",
        "cause",
        "culprit",
        "findings",
        "notes",
    ] {
        assert!(event.get(key).is_some(), "{key} is missing");
    }
    let victim = &event["victims"][0];
    assert_eq!(victim["pid"], 38581);
    assert_eq!(victim["anon_rss_bytes"], 46_242_612_u64 * 1024);
    assert_eq!(victim["total_vm_bytes"], 72_964_016_u64 * 1024);
    assert_eq!(victim["uid"], Value::Null, "what the log does not tell is null");
}

#[test]
fn ndjson_is_one_object_a_line() {
    let ran = fed(THREE.as_bytes(), &["decode", "--format", "ndjson"]).ends(0);
    let lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    for line in lines {
        assert_eq!(line["schema"], "oomkit.decode/v1");
        assert_eq!(line["input_name"], "-");
        assert_eq!(line["kind"], "oom-kill");
    }
    let nothing = fed(b"nothing of the kind\n", &["decode", "--format", "ndjson"]).ends(0);
    assert_eq!(nothing.out, "", "a stream of events has no line for none");
}

#[test]
fn markdown_and_html_are_safe_to_paste() {
    let markdown = fed(HOSTILE.as_bytes(), &["decode", "--format", "markdown"]).ends(0).out;
    assert!(markdown.contains("pid 7"), "{markdown}");
    // Between fences, nothing is markup.
    let outside: String = markdown.split("```").step_by(2).collect();
    assert!(outside.contains("&lt;b&gt;") && !outside.contains("<b>"), "{markdown}");

    let html = fed(HOSTILE.as_bytes(), &["decode", "--format", "html"]).ends(0).out;
    assert!(html.starts_with("<!DOCTYPE html>") && html.trim_end().ends_with("</html>"), "{html}");
    assert!(html.contains("&lt;b&gt;&amp;"), "{html}");
    for outside in ["<script", "<b>", "http://", "https://", "<link", "<img", "@import", "url("] {
        assert!(!html.contains(outside), "{outside} in {html}");
    }
}

#[test]
fn filters_choose_events() {
    let kept = |arguments: &[&str]| {
        let arguments = [&["decode", "--format", "json"], arguments].concat();
        fed(THREE.as_bytes(), &arguments).ends(0).victims()
    };
    assert_eq!(kept(&[]), ["java", "postgres", "chrome"]);
    assert_eq!(kept(&["--victim", "post*"]), ["postgres"]);
    assert_eq!(kept(&["--victim", "{java,chrome}"]), ["java", "chrome"]);
    assert_eq!(kept(&["--cgroup", "/shop/*"]), ["java", "postgres"]);
    assert_eq!(kept(&["--cgroup", "/shop/web"]), ["java"]);
    assert_eq!(kept(&["--since", "2026-05-11T00:00:00Z"]), ["postgres", "chrome"]);
    assert_eq!(kept(&["--until", "2026-05-11 00:00", "--timezone", "UTC"]), ["java"]);
    assert_eq!(kept(&["--since", "2026-05-11", "--until", "2026-05-11T12:00:00Z"]), ["postgres"]);
    assert_eq!(kept(&["--last"]), ["chrome"]);
    assert_eq!(kept(&["--last", "2"]), ["postgres", "chrome"]);
    assert_eq!(kept(&["--victim", "nobody"]), Vec::<String>::new());
}

#[test]
fn filtered_away_is_not_the_same_as_not_there() {
    let ran = fed(THREE.as_bytes(), &["decode", "--victim", "nobody"]).ends(0);
    assert!(ran.out.starts_with("No event is left: the filters leave out 3 events."), "{}", ran.out);
}

/// A log in which a disk goes away, and nothing runs out of memory.
const DISK: &str = "\
2026-03-04T07:01:00+00:00 files-2 kernel: [100.000001] blk_update_request: I/O error, dev sdc, sector 8
2026-03-04T07:01:00+00:00 files-2 kernel: [100.000002] blk_update_request: I/O error, dev sdc, sector 16
2026-03-04T07:01:02+00:00 files-2 kernel: [102.000001] EXT4-fs (sdc1): Remounting filesystem read-only
";

#[test]
fn a_log_without_an_oom_says_what_it_shows_instead() {
    let arguments = ["decode", "--width", "120"];
    let ran = fed(DISK.as_bytes(), &arguments).ends(0);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(lines[0], "No OOM event found: as far as this log goes, memory was not the killer here.");
    assert_eq!(
        lines[1],
        "What the log shows instead, the worst first: 1 read-only remount (sdc1), 2 I/O errors (sdc)."
    );
    assert!(ran.out.contains("2026-03-04 07:01:00"), "{}", ran.out);
    assert!(ran.out.find("I/O error,").unwrap() < ran.out.rfind("read-only remount").unwrap(), "{}", ran.out);
    let of = |format: &str| fed(DISK.as_bytes(), &["decode", "--format", format]).ends(0);
    let context = &of("json").json()["context"];
    assert_eq!(context[0]["kind"], "io-error");
    assert_eq!(context[0]["count"], 2);
    assert_eq!(context[1]["at"], "2026-03-04T07:01:02+00:00");
    for format in ["markdown", "html"] {
        assert!(of(format).out.contains("read-only remount"), "{format}");
    }
    // Trouble is no event: it fails no run, and a stream of events stays empty.
    assert_eq!(fed(DISK.as_bytes(), &["decode", "--fail-on", "any"]).code, 0);
    assert_eq!(of("ndjson").out, "");
    let later = fed(DISK.as_bytes(), &["decode", "--since", "2026-03-05"]).ends(0);
    assert!(!later.out.contains("read-only remount"), "{}", later.out);
}

#[test]
fn trouble_stands_with_the_event_that_it_came_before() {
    let log = DISK.to_owned()
        + "2026-03-04T07:05:00+00:00 files-2 kernel: [340.000001] Out of memory: Killed process 7 (java) \
           total-vm:9000kB, anon-rss:8000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:40kB oom_score_adj:0\n";
    let line = fed(log.as_bytes(), &["decode", "--format", "ndjson"]).ends(0).json();
    assert_eq!(line["trouble_before"][0]["subject"], "sdc");
    assert_eq!(line["trouble_before"][1]["kind"], "remount-read-only");
    let text = fed(log.as_bytes(), &["decode"]).ends(0).out;
    assert!(text.contains("In the ten minutes before"), "{text}");
    assert!(text.contains("Other trouble in the same logs"), "{text}");
}

#[test]
fn a_crash_kernel_is_named_as_such() {
    let log =
        std::fs::read(xtask::workspace::root().join("tests/fixtures/shapes/5.14_global_in-crash-kernel.log"));
    let text = fed(&log.unwrap(), &["decode", "--width", "120"]).ends(0).out;
    assert!(text.lines().nth(1).unwrap().starts_with("The crash kernel (kdump) was out of memory"), "{text}");
    assert!(text.contains("Line 5 says that this was a crash kernel (kdump)"), "{text}");
}

#[test]
fn fail_on_tells_kills_from_other_events() {
    let fail = |what: &str, input: &[u8]| fed(input, &["decode", "--fail-on", what]).code;
    let failed_allocation = log("debian-6.12_amd64_pagealloc");
    assert_eq!(fail("never", THREE.as_bytes()), 0);
    assert_eq!(fail("any", THREE.as_bytes()), 1);
    assert_eq!(fail("kill", THREE.as_bytes()), 1);
    assert_eq!(fail("any", &failed_allocation), 1);
    assert_eq!(fail("kill", &failed_allocation), 0);
    assert_eq!(fail("any", b"nothing of the kind\n"), 0);
    // What is not shown does not count either.
    let filtered = ["decode", "--fail-on", "any", "--victim", "nobody"];
    assert_eq!(fed(THREE.as_bytes(), &filtered).code, 0);
}

#[test]
fn the_example_is_the_same_in_every_run_and_every_width() {
    let text = |width: &str| oomkit(["decode", "--width", width, EXAMPLE]).ends(0).out;
    let words = |text: &str| -> BTreeSet<String> { text.split_whitespace().map(ToOwned::to_owned).collect() };
    assert_eq!(text("100"), text("100"));
    for width in ["40", "120"] {
        let shown = text(width);
        let columns = width.parse().unwrap();
        for line in shown.lines() {
            assert!(line.chars().count() <= columns, "{width}: {line}");
        }
        for word in ["test_server", "38581", "44.1", "1703", "iota-m2"] {
            assert!(words(&shown).iter().any(|shown| shown.contains(word)), "{word} at {width}:\n{shown}");
        }
    }
}

#[test]
fn many_events_begin_with_an_overview() {
    let folder = Folder::new();
    for run in ["debian-5.10_amd64_memcg2_k8s", "debian-6.12_amd64_pagealloc", "ubuntu-4.15_amd64_global"] {
        folder.file(&format!("{run}.log"), log(run));
    }
    folder.file("three.log", THREE);
    for (number, name) in [("2", "more.log"), ("3", "yet-more.log")] {
        let other = THREE.replace("pid=1", &format!("pid={number}"));
        folder.file(name, other.replace("process 1", &format!("process {number}")));
    }
    let ran = oomkit(["decode", &folder.path("")]).ends(0);
    let first = ran.out.lines().next().unwrap();
    assert!(first.contains("OOM kill") && first.contains("in 6 inputs"), "{}", ran.out);
}
