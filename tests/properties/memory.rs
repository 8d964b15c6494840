//! A stream many times larger than the memory that the decoder takes.

use std::{process::Command, time::Instant};

use crate::support::{decoder, logs};

/// Set in the process that does the reading; alone, because a process has one peak.
const ALONE: &str = "OOMKIT_TEST_ALONE";

/// Enough to see that nothing is kept: the stream is several times larger than the bound.
const STREAM: usize = 64 << 20;

/// The program with its fixtures takes some 20 MiB of this before the first byte is read.
const BOUND_KIB: u64 = 56 << 10;

#[test]
fn a_stream_is_not_kept() {
    if std::env::var_os(ALONE).is_some() {
        return read();
    }
    let this = std::env::current_exe().unwrap();
    let output = Command::new(this)
        .args(["--exact", "properties::memory::a_stream_is_not_kept", "--test-threads=1", "--nocapture"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

fn read() {
    // One report of each of some kernels, moved in time so that none is a duplicate, amid lines of other
    // programs, of other trouble, and without an end.
    let reports: Vec<Vec<u8>> = logs()
        .filter(|(run, log)| {
            log.flavour == "plain" && run.truth.scenario == "global" && log.bytes.len() < 12_000
        })
        .map(|(_, log)| log.bytes.clone())
        .take(8)
        .collect();
    assert!(!reports.is_empty());
    let before = peak_kib();
    let mut decoder = decoder();
    decoder.begin("stream", None);
    let (mut fed, mut turn, mut events, mut largest) = (0, 0_usize, 0_usize, 0_usize);
    let mut early = 0;
    let start = Instant::now();
    while fed < STREAM {
        let mut block = Vec::new();
        for line in reports[turn % reports.len()].split_inclusive(|byte| *byte == b'\n') {
            // [    5.123456] becomes [ 1005.123456]
            match line.strip_prefix(b"[") {
                Some(rest) if rest.get(5) == Some(&b'.') => {
                    let seconds: usize = String::from_utf8_lossy(&rest[..5]).trim().parse().unwrap_or(0);
                    block.extend_from_slice(format!("[{:5}", seconds + 100 * (turn + 1)).as_bytes());
                    block.extend_from_slice(&rest[5..]);
                }
                _ => block.extend_from_slice(line),
            }
        }
        for i in 0..400 {
            let seconds = 100 * (turn + 1) + 60;
            block.extend_from_slice(
                format!(
                    "[{seconds:5}.{i:06}] INFO: task writer{i}:{turn} blocked for more than 120 seconds.\n"
                )
                .as_bytes(),
            );
            block.extend_from_slice(
                format!("Nov 22 03:20:44 reef app[{i}]: request {turn} took {i} ms\n").as_bytes(),
            );
        }
        if turn % 64 == 0 {
            block.extend(std::iter::repeat_n(b'x', 1 << 20));
        }
        fed += block.len();
        turn += 1;
        decoder.feed(&block, &mut |event| {
            events += 1;
            largest = largest.max(serde_json::to_string(&event).unwrap().len());
        });
        early = events;
    }
    let input = decoder.end(None, &mut |_| events += 1);
    let summary = decoder.finish(&mut |_| events += 1);
    let kept = peak_kib().saturating_sub(before);
    assert_eq!(input.bytes, fed as u64);
    assert_eq!(summary.coverage.lines_read + summary.coverage.lines_set_aside, summary.coverage.lines);
    // What comes out comes out on the way, not at the end.
    assert!(
        early + 16 >= events && events >= turn,
        "{events} events of {turn} reports, {early} of them before the end"
    );
    assert!(largest < 1 << 20, "an event of {largest} bytes");
    assert!(summary.context.len() < 20_000, "{} lines of context are kept", summary.context.len());
    assert!(kept < BOUND_KIB, "{kept} KiB for a stream of {} KiB", fed >> 10);
    assert!(start.elapsed().as_secs() < 120, "{} MiB took {:?}", fed >> 20, start.elapsed());
}

/// The largest resident size so far.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok()).unwrap_or(0)
}
