//! Archives made by hand, and what is read from them.

use super::*;

/// Makes one member of an archive.
pub(in super::super) fn member(name: &str, kind: u8, content: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; RECORD];
    let mut put = |at: usize, text: &[u8]| header[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(124, format!("{:011o}\0", content.len()).as_bytes());
    put(136, b"14235670000\0");
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    put(148, b"        ");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut out = header.to_vec();
    out.extend_from_slice(content);
    out.resize(out.len().next_multiple_of(RECORD), 0);
    out
}

fn members(archive: &[u8]) -> (Vec<(String, String)>, Option<String>) {
    let mut archive = Archive::new(archive);
    let mut seen = Vec::new();
    loop {
        match archive.next() {
            Ok(None) => return (seen, None),
            Ok(Some(member)) if !member.regular => {}
            Ok(Some(member)) => {
                let mut content = String::new();
                let result = archive.read_to_string(&mut content);
                seen.push((String::from_utf8(member.name).unwrap(), content));
                if let Err(error) = result {
                    return (seen, Some(error.to_string()));
                }
            }
            Err(error) => return (seen, Some(error.to_string())),
        }
    }
}

fn pair(name: &str, content: &str) -> (String, String) {
    (name.into(), content.into())
}

#[test]
fn plain_long_and_pax_names_are_read() {
    let long = "var/log/".to_owned() + &"x".repeat(150);
    let mut archive = member("var/log/", b'5', b"");
    archive.extend(member("var/log/kern.log", b'0', b"one\n"));
    archive.extend(member("././@LongLink", b'L', format!("{long}\0").as_bytes()));
    archive.extend(member("cut", 0, b"two\n"));
    archive.extend(member("PaxHeaders/x", b'x', b"26 path=var/log/\xc3\xbcber.log\n20 mtime=1650000000\n"));
    archive.extend(member("cut", b'0', b"three\n"));
    archive.extend(member("link", b'2', b""));
    archive.extend([0; 1024]);
    assert!(is_header(&archive));
    let expected =
        vec![pair("var/log/kern.log", "one\n"), pair(&long, "two\n"), pair("var/log/über.log", "three\n")];
    assert_eq!(members(&archive), (expected, None));
}

#[test]
fn content_that_is_not_wanted_is_skipped() {
    let mut archive = member("a", b'0', &[b'a'; 1500]);
    archive.extend(member("b", b'0', b"b"));
    let mut reader = Archive::new(&archive[..]);
    assert_eq!(reader.next().unwrap().unwrap().name, b"a");
    let b = reader.next().unwrap().unwrap();
    assert_eq!((b.name.as_slice(), b.size, b.regular), (&b"b"[..], 1, true));
    assert_eq!(b.modified.unwrap().as_second(), 0o14_235_670_000);
    assert_eq!(reader.next().unwrap(), None);
}

#[test]
fn a_cut_archive_yields_what_is_there() {
    let archive = member("a", b'0', b"some text\n");
    assert_eq!(
        members(&archive[..RECORD + 4]),
        (vec![pair("a", "some")], Some("the archive is cut off".into()))
    );
    assert_eq!(members(&archive[..100]), (vec![], Some("the archive is cut off".into())));
}

#[test]
fn text_is_no_archive() {
    assert!(!is_header(&[b'x'; 2000]));
    assert!(!is_header(b"short"));
}
