//! No line is lost: lines = lines read + lines set aside, for every input and every cut of it.

use crate::support::{Complaints, Decoded, decode, lines_of, logs, samples};

/// Complains where lines do not add up; every other property calls this for what it decodes.
pub(super) fn check(c: &mut Complaints, file: &str, bytes: &[u8], decoded: &Decoded) {
    let coverage = decoded.summary.coverage;
    c.same(file, "lines of the coverage", coverage.lines, lines_of(bytes));
    c.same(file, "read + set aside", coverage.lines_read + coverage.lines_set_aside, coverage.lines);
    c.same(file, "lines of the input", decoded.input.lines, lines_of(bytes));
    c.same(file, "bytes of the input", decoded.input.bytes, bytes.len() as u64);
    for event in &decoded.events {
        let (first, last) = (event.first_line.get(), event.last_line.get());
        if first == 0 || first > last || last > coverage.lines {
            c.add(file, format!("an event of lines {first} to {last} of {}", coverage.lines));
        }
        for line in event.victims.iter().map(|x| x.line).chain(event.tasks.iter().map(|x| x.line)) {
            if line.get() == 0 || line.get() > coverage.lines {
                c.add(file, format!("a fact of line {line} of {}", coverage.lines));
            }
        }
        for evidence in
            event.evidence.iter().chain(&event.unread).chain(event.findings.iter().flat_map(|x| &x.evidence))
        {
            if evidence.line.get() == 0 || evidence.line.get() > coverage.lines {
                c.add(file, format!("evidence of line {} of {}", evidence.line, coverage.lines));
            }
        }
    }
}

#[test]
fn no_line_of_a_log_is_lost() {
    let mut c = Complaints::default();
    for (_, log) in logs() {
        check(&mut c, &log.file, &log.bytes, log.decoded());
    }
    for sample in ["shapes", "negatives", "seed"].iter().flat_map(|name| samples(name)) {
        check(&mut c, &sample.file, &sample.bytes, &decode(&sample.bytes));
    }
    c.settle();
}

#[test]
fn no_line_of_an_odd_input_is_lost() {
    let mut c = Complaints::default();
    for bytes in [
        &b""[..],
        b"\n",
        b"\n\n\n",
        b"no end",
        b"\r\n",
        b"a\rb\r\n",
        b"\0",
        b"\xff\xfe\n",
        b"{}\n",
        b"[\n",
        b"<4>\n",
        b"[12345.678901]",
        b"-- Reboot --\n",
        b"MESSAGE\n\x05\0\0\0\0\0\0\0hello\n\n",
        b"\x1b[31m\n",
        b"Out of memory: Killed process ",
    ] {
        check(&mut c, &bytes.escape_ascii().to_string(), bytes, &decode(bytes));
    }
    c.settle();
}
