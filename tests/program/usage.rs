//! Help, exit codes, color, and where the output goes.

use std::{fs, io::Read as _};

use super::run::{EXAMPLE, Folder, THREE, fed, log, oomkit, program};

#[test]
fn help_is_no_error_and_nonsense_is() {
    for arguments in [vec!["--help"], vec!["help"], vec!["decode", "--help"], vec!["help", "decode"]] {
        let ran = oomkit(&arguments).ends(0);
        assert!(ran.out.contains("Usage: oomkit") && ran.err.is_empty(), "{arguments:?}: {ran:?}");
    }
    assert!(oomkit(["--version"]).ends(0).out.starts_with("oomkit "));
    for arguments in [vec!["decode", "--frobnicate"], vec!["frobnicate"], vec!["decode", "--format", "pdf"]] {
        let ran = oomkit(&arguments).ends(2);
        assert!(ran.out.is_empty() && ran.err.starts_with("error: "), "{arguments:?}: {ran:?}");
    }
    assert!(oomkit::<&str>([]).ends(2).err.contains("Usage: oomkit"));
}

#[test]
fn values_that_make_no_sense_are_named() {
    for (arguments, words) in [
        (["--page-size", "5000"], "5000"),
        (["--page-size", "banana"], "banana"),
        (["--page-size", "0"], "--page-size"),
        (["--since", "tomorrowish"], "tomorrowish"),
        (["--timezone", "Mars/Olympus"], "Mars/Olympus"),
        (["--victim", "[a-"], "[a-"),
        (["--last", "0"], "--last 0"),
        (["--width", "3"], "--width"),
        (["--since", "2026-05-11"], "--until"),
    ] {
        let ran = oomkit(["decode", "--until", "2026-05-10", arguments[0], arguments[1], EXAMPLE]).ends(2);
        assert!(ran.out.is_empty() && ran.err.contains(words), "{arguments:?}: {ran:?}");
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    // More than a pipe holds, so that the program is still writing when its reader leaves.
    let text = THREE.repeat(2000).replace("pid=1", "pid=2");
    let folder = Folder::new();
    let path = folder.file("many.log", text);
    for format in ["text", "json", "ndjson", "markdown", "html"] {
        let mut child = program(["decode", "--full", "--format", format, &path]).spawn().unwrap();
        let mut first = [0; 64];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{format}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{format}");
    }
}

#[test]
fn color_is_asked_for_or_left_out() {
    let escapes = |arguments: &[&str], no_color: Option<&str>| {
        let mut command = program([&["decode", EXAMPLE], arguments].concat());
        if let Some(value) = no_color {
            command.env("NO_COLOR", value);
        }
        let output = command.output().unwrap();
        assert!(output.status.success());
        output.stdout.contains(&0x1b)
    };
    assert!(escapes(&["--color", "always"], None));
    assert!(escapes(&["--color", "always"], Some("1")), "what is asked for outranks the environment");
    assert!(!escapes(&["--color", "never"], None));
    assert!(!escapes(&[], None), "a pipe gets none");
    assert!(!escapes(&[], Some("1")));
    for format in ["json", "ndjson", "markdown", "html"] {
        assert!(!escapes(&["--color", "always", "--format", format], None), "{format}");
    }
}

#[test]
fn color_changes_no_letter() {
    let plain = oomkit(["decode", EXAMPLE]).ends(0).out;
    let colored = oomkit(["decode", "--color", "always", EXAMPLE]).ends(0).out;
    let mut stripped = String::new();
    let mut rest = colored.as_str();
    while let Some((before, after)) = rest.split_once('\x1b') {
        stripped += before;
        rest = after.split_once('m').unwrap().1;
    }
    assert_eq!(stripped + rest, plain);
}

#[test]
fn an_output_file_is_written_whole_or_not_at_all() {
    let folder = Folder::new();
    let report = folder.path("report.json");
    let ran = oomkit(["decode", "--format", "json", "-o", &report, EXAMPLE]).ends(0);
    assert_eq!(ran.out, "");
    let written = fs::read_to_string(&report).unwrap();
    assert_eq!(written, oomkit(["decode", "--format", "json", EXAMPLE]).ends(0).out);

    // What was there stays where the arguments are refused.
    oomkit(["decode", "--page-size", "5000", "-o", &report, EXAMPLE]).ends(2);
    assert_eq!(fs::read_to_string(&report).unwrap(), written);
    assert_eq!(folder.names(), ["report.json"], "nothing half-written is left behind");

    let missing = folder.path("nowhere/report.json");
    let ran = oomkit(["decode", "-o", &missing, EXAMPLE]).ends(4);
    assert!(ran.err.contains(&missing), "{ran:?}");
    oomkit(["decode", "-o", &folder.path(""), EXAMPLE]).ends(2);
    // An input that fails is told of, and the rest is in the file.
    oomkit(["decode", "-o", &report, EXAMPLE, &folder.path("missing.log")]).ends(3);
    assert!(fs::read_to_string(&report).unwrap().contains("test_server"));
}

#[test]
fn quiet_and_verbose_change_only_the_messages() {
    let folder = Folder::new();
    let log = folder.file("a.log", log("debian-5.10_amd64_memcg2_k8s"));
    let empty = fed(b"nothing of the kind\n", &["decode", "--format", "ndjson"]).ends(0);
    assert!(empty.err.starts_with("note: "), "{empty:?}");
    let quiet = fed(b"nothing of the kind\n", &["decode", "-q", "--format", "ndjson"]).ends(0);
    assert_eq!((quiet.out, quiet.err), (empty.out, String::new()));
    let (usual, verbose) = (oomkit(["decode", &log]).ends(0), oomkit(["decode", "-v", &log]).ends(0));
    assert_eq!(usual.out, verbose.out);
    assert!(usual.err.is_empty() && verbose.err.contains("a.log"), "{verbose:?}");
}
