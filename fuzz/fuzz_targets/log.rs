//! A whole log, in any pieces: no panic, every line accounted for, and the pieces do not matter.
#![no_main]

use jiff::{Timestamp, tz::TimeZone};
use libfuzzer_sys::fuzz_target;
use oomkit_decode::{Decoder, Event, Input, Options, Summary};

fuzz_target!(|data: (Vec<u8>, Vec<u8>)| {
    let (cuts, log) = data;
    let whole = decode(&log, &[]);
    let pieces = decode(&log, &cuts);
    assert_eq!(whole.0, pieces.0, "the pieces matter");
    for (_, input, summary) in [&whole, &pieces] {
        let coverage = &summary.coverage;
        assert_eq!(coverage.lines, coverage.lines_read + coverage.lines_set_aside, "a line was lost");
        assert_eq!(coverage.lines, input.lines, "the input and the run count differently");
        assert_eq!(input.bytes, log.len() as u64, "a byte was lost");
    }
});

fn decode(log: &[u8], cuts: &[u8]) -> (Vec<Event>, Input, Summary) {
    let mut events = Vec::new();
    let mut decoder = Decoder::new(Options {
        page_size: None,
        now: Timestamp::UNIX_EPOCH,
        zone: TimeZone::UTC,
        names: Vec::new(),
    });
    decoder.begin("fuzz", None);
    let mut rest = log;
    for cut in cuts {
        let (piece, after) = rest.split_at(usize::from(*cut).min(rest.len()));
        decoder.feed(piece, &mut |event| events.push(event));
        rest = after;
    }
    decoder.feed(rest, &mut |event| events.push(event));
    let input = decoder.end(None, &mut |event| events.push(event));
    let summary = decoder.finish(&mut |event| events.push(event));
    (events, input, summary)
}
