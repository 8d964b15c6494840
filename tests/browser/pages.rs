//! Pages of real logs and of hostile ones, opened.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};

use super::{devtools::Browser, look};
use crate::{
    program::run::{EXAMPLE, THREE, fed, log, oomkit},
    support,
};

/// Widths of a telephone and of a desk.
const WIDTHS: &[u32] = &[390, 1440];

/// Names that try to be markup, script or style, to turn the line around, or to hide.
const HOSTILE: &[(&str, &str)] = &[
    ("<script>x</scr", "<script>x</scr"),
    ("<img src=x onerr", "<img src=x onerr"),
    ("\"onload='a'`b`&", "\"onload='a'`b`&"),
    ("</style></title>", "</style></title>"),
    ("&copy;&#60;b&#62;", "&copy;&#60;b&#62;"),
    ("\u{202e}gpj.exe", "\\u{202e}gpj.exe"),
    ("a\u{200b}b\u{2066}c", "a\\u{200b}b\\u{2066}c"),
    ("\u{5d0}\u{5d1}\u{5d2} \u{5d3}", "\u{5d0}\u{5d1}\u{5d2} \u{5d3}"),
    ("\u{65e5}\u{672c}\u{8a9e}", "\u{65e5}\u{672c}\u{8a9e}"),
    ("e\u{1b}[31mvil\u{7}", "e\\x1b[31mvil\\x07"),
    ("two\\nlines", "two\\nlines"),
];

/// A kill in the journal's JSON, which no reader can take for markup.
fn hostile_event(number: usize, name: &str) -> String {
    let lines = [
        format!(
            "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/g{number}/{name},\
             task_memcg=/g{number}/{name},task={name},pid=7{number},uid=0"
        ),
        format!(
            "Memory cgroup out of memory: Killed process 7{number} ({name}) total-vm:9000kB, anon-rss:8000kB, \
             file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:40kB oom_score_adj:0"
        ),
    ];
    let entry = |line: &String| {
        let at = 1_778_400_000_000_000 + number * 60_000_000;
        json!({
            "_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel", "_HOSTNAME": name, "MESSAGE": line,
            "__REALTIME_TIMESTAMP": at.to_string(), "_SOURCE_MONOTONIC_TIMESTAMP": at.to_string(),
        })
    };
    lines.iter().map(|line| entry(line).to_string() + "\n").collect()
}

/// Writes a page and returns where it lies.
fn page(folder: &tempfile::TempDir, name: &str, html: &str) -> PathBuf {
    let path = folder.path().join(format!("{name}.html"));
    fs::write(&path, html).expect("a page can be written");
    path
}

/// Pages that people would hand on: each kind of event, few and many, in full and under pseudonyms.
fn pages(folder: &tempfile::TempDir) -> Vec<PathBuf> {
    let html = |input: &[u8], options: &[&str]| {
        fed(input, &[&["decode", "--format", "html"], options].concat()).ends(0).out
    };
    let mut pages =
        vec![page(folder, "example", &oomkit(["decode", "--format", "html", EXAMPLE]).ends(0).out)];
    for run in [
        "debian-6.18_amd64_swarm",
        "debian-6.12_amd64_tmpfs",
        "debian-6.18_amd64_memcg2_k8s",
        "debian-5.10_amd64_memcg2_names",
        "debian-6.12_amd64_pagealloc",
        "debian-5.10-686pae_i386_highmem",
    ] {
        pages.push(page(folder, run, &html(&log(run), &[])));
    }
    pages.push(page(folder, "full", &html(&log("debian-6.12_amd64_global"), &["--full"])));
    pages.push(page(folder, "shared", &html(&log("debian-6.18_amd64_memcg2_k8s"), &["--redact"])));
    pages.push(page(folder, "many", &html(THREE.repeat(20).as_bytes(), &[])));
    pages.push(page(folder, "nothing", &html(b"nothing of the kind\n", &[])));
    pages
}

/// Opens a page in a window of this width and these colors.
fn open(browser: &mut Browser, page: &std::path::Path, width: u32, colors: &str) {
    let screen = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
    browser.call("Emulation.setDeviceMetricsOverride", screen);
    let feature = json!({ "name": "prefers-color-scheme", "value": colors });
    browser.call("Emulation.setEmulatedMedia", json!({ "media": "", "features": [feature] }));
    browser.open(page);
}

/// Fails unless the page keeps to itself, is sound, and fits its window.
fn check(browser: &mut Browser, page: &std::path::Path) {
    for (width, colors) in WIDTHS.iter().flat_map(|width| ["light", "dark"].map(|colors| (*width, colors))) {
        open(browser, page, width, colors);
        let where_it_is = format!("{} at {width}, {colors}", support::name_of(page));
        assert_eq!(browser.requests(), [format!("file://{}", page.display())], "{where_it_is}");
        assert_eq!(browser.evaluate("window.innerWidth"), json!(width), "{where_it_is}");
        assert_eq!(browser.evaluate(look::FOREIGN), json!([]), "{where_it_is}");
        assert_eq!(browser.evaluate(look::LOOSE_ENDS), json!([]), "{where_it_is}");
        let excess = browser.evaluate(look::EXCESS).as_f64().expect("a figure");
        assert!(excess <= 0.0, "{where_it_is} is {excess} too wide");
        assert_eq!(browser.evaluate(look::PALE), json!([]), "{where_it_is}");
        assert_eq!(browser.complaints(), Vec::<String>::new(), "{where_it_is}");
    }
}

#[test]
fn pages_keep_to_themselves_and_fit() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    for page in pages(&folder) {
        check(&mut browser, &page);
    }
}

#[test]
fn hostile_names_are_nothing_but_text() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let events = HOSTILE.iter().enumerate().map(|(number, (name, _))| hostile_event(number, name));
    let text: String = events.collect();
    let html = fed(text.as_bytes(), &["decode", "--format", "html"]).ends(0).out;
    let page = page(&folder, "hostile", &html);
    check(&mut browser, &page);
    let texts = browser.evaluate(look::TEXTS);
    let texts: Vec<&str> = texts.as_array().expect("texts").iter().filter_map(Value::as_str).collect();
    for (number, (_, shown)) in HOSTILE.iter().enumerate() {
        let answer = format!("Killed: {shown} (pid 7{number}), 7.8 MiB anonymous memory");
        assert!(texts.contains(&answer.as_str()), "{answer} is not in {texts:?}");
        let cgroup = format!("/g{number}/{shown}");
        assert!(texts.contains(&cgroup.as_str()), "{cgroup} is not in {texts:?}");
    }
}

#[test]
fn paper_shows_what_a_screen_folds_away() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let html = fed(&log("debian-6.12_amd64_global"), &["decode", "--full", "--format", "html"]).ends(0).out;
    open(&mut browser, &page(&folder, "paper", &html), 1440, "dark");
    assert_ne!(browser.evaluate(look::FOLDED), json!(0), "nothing is folded away on a screen");
    browser.call("Emulation.setEmulatedMedia", json!({ "media": "print" }));
    assert_eq!(browser.evaluate(look::FOLDED), json!(0));
    let paper = browser.call("Page.printToPDF", json!({}));
    assert!(10_000 < paper["data"].as_str().map_or(0, str::len));
}

/// A page that does all that ours must not do, to show that it would be seen.
#[test]
fn a_bad_page_is_seen_to_be_bad() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let html = "<!DOCTYPE html><title>x</title><style>p{color:#999;background:#fff}</style>\
        <img src='http://127.0.0.1:9/x.png'><p style='width:3000px' id=a>pale</p><i id=a></i>\
        <a href='#nowhere'>x</a><script>console.error('x')</script>";
    open(&mut browser, &page(&folder, "bad", html), 390, "light");
    assert_eq!(browser.requests().get(1).map(String::as_str), Some("http://127.0.0.1:9/x.png"));
    assert!(!browser.complaints().is_empty());
    assert!(2000.0 < browser.evaluate(look::EXCESS).as_f64().expect("a figure"));
    let foreign = browser.evaluate(look::FOREIGN);
    for found in ["SCRIPT", "IMG", "I", "style=width:3000px", "src=http://127.0.0.1:9/x.png", "href=#nowhere"]
    {
        assert!(foreign.as_array().expect("a list").contains(&json!(found)), "{found} is not in {foreign}");
    }
    assert_eq!(browser.evaluate(look::LOOSE_ENDS), json!(["a", "#nowhere"]));
    let pale = browser.evaluate(look::PALE);
    assert!(pale[0].as_str().is_some_and(|pale| pale.starts_with("2.8")), "{pale}");
}
