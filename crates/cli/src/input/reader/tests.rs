//! Sources of all kinds, and what a sink sees of them.

use std::{ffi::OsString, path::PathBuf};

use super::*;
use crate::input::{
    magic::Packing,
    plan,
    tar::tests::member,
    testing::{Memory, Seen, quiet},
    unpack::tests::pack,
};

fn read(arguments: &[PathBuf]) -> Vec<Seen> {
    let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
    let mut memory = Memory::default();
    let terminal = quiet();
    Reader::new(&mut memory, &terminal).run(plan(&arguments), Span::default()).unwrap();
    memory.seen
}

fn seen(name: &str, bytes: &[u8], trouble: Option<&str>) -> Seen {
    Seen { name: name.into(), bytes: bytes.into(), trouble: trouble.map(str::to_owned) }
}

/// Writes files into a folder, reads it, and takes the folder's path out of what was seen.
fn check(files: &[(&str, &[u8])], ask: &[&str], expected: &[Seen]) {
    let root = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let prefix = format!("{}/", root.path().display());
    let mut all = read(&ask.iter().map(|name| root.path().join(name)).collect::<Vec<_>>());
    for seen in &mut all {
        seen.name = seen.name.replace(&prefix, "");
        seen.trouble = seen.trouble.take().map(|trouble| trouble.replace(&prefix, ""));
    }
    assert_eq!(all, expected);
}

#[test]
fn compression_is_seen_in_the_bytes() {
    for packing in [Packing::Gzip, Packing::Xz, Packing::Zstd, Packing::Bzip2] {
        check(
            &[("kern.log", &pack(packing, b"text\n"))],
            &["kern.log"],
            &[seen("kern.log", b"text\n", None)],
        );
    }
}

#[test]
fn a_cut_member_is_told_with_its_place_and_the_others_go_on() {
    let whole = pack(Packing::Gzip, b"some text\n");
    let mut cut = whole.clone();
    cut.extend(&whole[..whole.len() - 6]);
    check(
        &[("a.log", &cut), ("b.log", b"other\n")],
        &["a.log", "b.log"],
        &[
            seen(
                "a.log",
                b"some text\nsome text\n",
                Some("cannot read a.log past byte 20: the data is cut off"),
            ),
            seen("b.log", b"other\n", None),
        ],
    );
}

#[test]
fn archives_are_read_member_by_member() {
    let mut archive = member("var/log/", b'5', b"");
    archive.extend(member("var/log/kern.log", b'0', b"one\n"));
    archive.extend(member("var/log/wtmp", b'0', &[0; 700]));
    archive.extend(member("var/log/kern.log.1", b'0', &pack(Packing::Xz, b"two\n")));
    archive.extend(member("etc/motd", b'0', b"three\n"));
    archive.extend([0; 1024]);
    let expected = |name: &str| {
        [
            seen(&format!("{name}!var/log/kern.log"), b"one\n", None),
            seen(&format!("{name}!var/log/kern.log.1"), b"two\n", None),
            seen(&format!("{name}!etc/motd"), b"three\n", None),
        ]
    };
    check(&[("logs.tar", &archive)], &["logs.tar"], &expected("logs.tar"));
    check(&[("logs", &pack(Packing::Zstd, &archive))], &["logs"], &expected("logs"));
}

#[test]
fn an_archive_that_is_cut_says_so() {
    let mut archive = member("a", b'0', b"one\n");
    archive.extend(member("b", b'0', &[b'x'; 2000]));
    archive.truncate(2000);
    check(
        &[("x.tar", &archive)],
        &["x.tar"],
        &[
            seen("x.tar!a", b"one\n", None),
            seen("x.tar!b", &[b'x'; 464], Some("cannot read x.tar!b past byte 464: the data is cut off")),
        ],
    );
}

#[test]
fn folders_skip_what_is_no_log_and_complain_when_nothing_is_left() {
    check(
        &[("d/wtmp", &[0, 1, 2, 3]), ("d/kern.log", b"text\n"), ("e/core", b"\x7fELF\x02\0")],
        &["d", "e"],
        &[
            seen("d/kern.log", b"text\n", None),
            seen("e", b"", Some("cannot read e: the folder holds no logs")),
        ],
    );
}

#[test]
fn binary_data_that_was_named_is_fed_all_the_same() {
    check(&[("core", b"\x7fELF\x02\0")], &["core"], &[seen("core", b"\x7fELF\x02\0", None)]);
    check(
        &[("x.zip", b"PK\x03\x04")],
        &["x.zip"],
        &[seen("x.zip", b"", Some("cannot read x.zip: it is a zip archive"))],
    );
}

#[test]
fn long_lines_pass_through_in_blocks() {
    let line = vec![b'x'; 1_000_000];
    check(&[("long", &line)], &["long"], &[seen("long", &line, None)]);
}
