//! Where the reader cuts the stream into blocks does not matter.

use std::collections::BTreeSet;

use crate::support::{Complaints, Decoded, decode, decode_in_blocks, decoder, logs, samples};

fn check(c: &mut Complaints, file: &str, how: &str, whole: &Decoded, blocks: &Decoded) {
    c.same(file, format!("coverage {how}"), blocks.summary.coverage, whole.summary.coverage);
    c.same(file, format!("context {how}"), &blocks.summary.context, &whole.summary.context);
    c.same(file, format!("input {how}"), &blocks.input, &whole.input);
    c.same(file, format!("number of events {how}"), blocks.events.len(), whole.events.len());
    for (i, (got, want)) in blocks.events.iter().zip(&whole.events).enumerate() {
        if got == want {
            c.checked();
        } else {
            c.add(file, format!("event {i} differs {how}"));
        }
    }
}

#[test]
fn blocks_do_not_matter() {
    let mut c = Complaints::default();
    for (i, (_, log)) in logs().enumerate() {
        // Every log in blocks that change with the log; every tenth small one byte by byte.
        let size = [1021, 4096, 63, 257, 16_381][i % 5];
        let sizes = vec![size; log.bytes.len() / size];
        check(&mut c, &log.file, "in blocks", log.decoded(), &decode_in_blocks(&log.bytes, &sizes));
        if i % 10 == 0 && log.bytes.len() < 40_000 {
            let bytes = vec![1; log.bytes.len()];
            check(&mut c, &log.file, "byte by byte", log.decoded(), &decode_in_blocks(&log.bytes, &bytes));
        }
    }
    for sample in ["shapes", "negatives", "seed"].iter().flat_map(|name| samples(name)) {
        let whole = decode(&sample.bytes);
        let bytes = vec![1; sample.bytes.len()];
        check(&mut c, &sample.file, "byte by byte", &whole, &decode_in_blocks(&sample.bytes, &bytes));
        for at in (0..sample.bytes.len()).step_by(97) {
            check(&mut c, &sample.file, "in two", &whole, &decode_in_blocks(&sample.bytes, &[at]));
        }
    }
    c.settle();
}

#[test]
fn a_reader_that_waits_loses_no_victim() {
    let mut c = Complaints::default();
    for (_, log) in logs().filter(|(run, log)| log.flavour == "plain" && run.truth.n_oom_reports < 10) {
        let mut events = Vec::new();
        let mut decoder = decoder();
        decoder.begin("fixture", None);
        for line in log.bytes.split_inclusive(|byte| *byte == b'\n') {
            decoder.feed(line, &mut |event| events.push(event));
            decoder.flush(&mut |event| events.push(event));
        }
        let _ = decoder.end(None, &mut |event| events.push(event));
        let _ = decoder.finish(&mut |event| events.push(event));
        // A group that is killed after its first member may come in two parts to a reader who does not wait.
        let victims = |events: &[oomkit_decode::Event]| -> BTreeSet<i64> {
            events.iter().flat_map(|event| &event.victims).map(|victim| victim.pid.get()).collect()
        };
        c.same(&log.file, "victims of a stream", victims(&events), victims(&log.decoded().events));
    }
    c.settle();
}
