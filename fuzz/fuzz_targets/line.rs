//! One line in any wrapping: its removal does not panic, and in the middle of a report the line may spoil
//! itself but not the kill around it.
#![no_main]

use jiff::{Timestamp, tz::TimeZone};
use libfuzzer_sys::fuzz_target;
use oomkit_decode::{
    Decoder, Options,
    transports::{DocKind, strip},
};

const BEFORE: &[u8] =
    b"[  100.000001] java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n";
const AFTER: &[u8] =
    b"\n[  100.000002] Out of memory: Killed process 7 (java) total-vm:8kB, anon-rss:4kB, file-rss:0kB, \
shmem-rss:0kB, UID:0 pgtables:50kB oom_score_adj:0\n";

fuzz_target!(|line: &[u8]| {
    if line.contains(&b'\n') || line.contains(&b'\r') {
        return;
    }
    for kind in [DocKind::default(), DocKind::of(line)] {
        let _ = strip(line, &kind);
    }
    let mut victims = 0;
    let mut count = |event: oomkit_decode::Event| victims += event.victims.len();
    let mut decoder = Decoder::new(Options {
        page_size: None,
        now: Timestamp::UNIX_EPOCH,
        zone: TimeZone::UTC,
        names: Vec::new(),
    });
    decoder.begin("fuzz", None);
    for piece in [BEFORE, line, AFTER] {
        decoder.feed(piece, &mut count);
    }
    let input = decoder.end(None, &mut count);
    let coverage = decoder.finish(&mut count).coverage;
    assert_eq!(input.lines, 3);
    assert_eq!(coverage.lines, coverage.lines_read + coverage.lines_set_aside, "a line was lost");
    assert!(0 < victims, "the kill was lost");
});
