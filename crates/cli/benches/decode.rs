//! How fast a log is decoded: one that is nothing but reports, and one without any.
//!
//! For exploring; `cargo xtask bench` holds the whole program against plain searching.

use divan::{Bencher, counter::BytesCount};
use jiff::{Timestamp, tz::TimeZone};
use oomkit_decode::{Decoder, Options};

/// How large the logs are.
const SIZE: usize = 4 << 20;

/// The size of a piece, as a reader of files hands it out.
const PIECE: usize = 64 << 10;

fn main() {
    divan::main();
}

#[divan::bench]
fn reports(bencher: Bencher<'_, '_>) {
    measure(bencher, &repeated(report));
}

#[divan::bench]
fn noise(bencher: Bencher<'_, '_>) {
    measure(
        bencher,
        &repeated(|number, log| {
            log.push_str(&format!(
            "May 10 15:45:51 node-7 nginx[{number}]: 10.0.0.{} - - \"GET /api/v1/orders/{number} HTTP/1.1\" 200 512\n",
            number % 256
        ));
        }),
    );
}

fn measure(bencher: Bencher<'_, '_>, log: &str) {
    bencher.counter(BytesCount::of_str(log)).bench(|| decode(divan::black_box(log.as_bytes())));
}

fn decode(log: &[u8]) -> usize {
    let mut events = 0;
    let mut count = |_| events += 1;
    let mut decoder = Decoder::new(Options {
        page_size: None,
        now: Timestamp::UNIX_EPOCH,
        zone: TimeZone::UTC,
        names: Vec::new(),
    });
    decoder.begin("bench", None);
    for piece in log.chunks(PIECE) {
        decoder.feed(piece, &mut count);
    }
    decoder.end(None, &mut count);
    decoder.finish(&mut count);
    events
}

fn repeated(write: impl Fn(usize, &mut String)) -> String {
    let mut log = String::with_capacity(SIZE + (64 << 10));
    for number in 0.. {
        write(number, &mut log);
        if SIZE <= log.len() {
            break;
        }
    }
    log
}

/// Writes a report with a hundred candidates; each has ids and a time of its own.
fn report(number: usize, log: &mut String) {
    let victim = 10_000 + number;
    let mut line =
        |text: String| log.push_str(&format!("[{:5}.{:06}] {text}\n", 100 + number, number % 1_000_000));
    line("java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0".into());
    line("Tasks state (memory values in pages):".into());
    line("[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name".into());
    for task in 0..100 {
        let pid = 300 + task;
        line(format!("[{pid:7}]  1000 {pid:5}    81234     4321   131072        0             0 worker"));
    }
    line(format!("[{victim:7}]  1000 {victim:5}   941234   654321  5431296        0             0 java"));
    line(format!(
        "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,\
         task_memcg=/system.slice/java.service,task=java,pid={victim},uid=1000"
    ));
    line(format!(
        "Out of memory: Killed process {victim} (java) total-vm:3764936kB, anon-rss:2617284kB, file-rss:0kB, \
         shmem-rss:0kB, UID:1000 pgtables:5304kB oom_score_adj:0"
    ));
}
