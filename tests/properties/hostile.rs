//! Whatever comes in: no panic, every line accounted for, and an answer in bounded time.

use std::time::{Duration, Instant};

use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngSeed, TestRunner},
};

use super::lines;
use crate::support::{Complaints, decode, logs};

/// Runs cases from a fixed seed, so that a failure can be had again and the suite takes the same time.
fn run<S: Strategy>(cases: u32, strategy: S, test: impl Fn(S::Value))
where
    S::Value: std::fmt::Debug,
{
    let config = Config {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_220_510),
        ..Config::default()
    };
    let result = TestRunner::new(config).run(&strategy, |value| {
        test(value);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

fn hold(bytes: &[u8]) {
    let start = Instant::now();
    let decoded = decode(bytes);
    let mut c = Complaints::default();
    lines::check(&mut c, "the input", bytes, &decoded);
    c.settle();
    let bound =
        Duration::from_secs(4) + Duration::from_micros(8) * u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    assert!(start.elapsed() < bound, "{} bytes took {:?}", bytes.len(), start.elapsed());
    for event in &decoded.events {
        serde_json::to_string(event).unwrap();
    }
}

#[test]
fn any_bytes_are_answered() {
    run(1500, vec(any::<u8>(), 0..600), |bytes| hold(&bytes));
}

#[test]
fn any_words_of_the_kernel_are_answered() {
    const WORDS: &[&str] = &[
        "\n",
        "\n",
        "\n",
        "\r\n",
        " ",
        " ",
        "\t",
        "[  100.000001] ",
        "<4>[  100.000002] ",
        "4,12,100000003,-;",
        "[ 1234] ",
        "> ",
        "Nov 22 03:20:44 reef kernel: ",
        "2026-11-22T03:20:44.123456+00:00 reef kernel: ",
        "#012",
        "\\x0a",
        "\u{1b}[31m",
        "a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
        " invoked oom-killer: ",
        "gfp_mask=",
        "CPU: 0 PID: 1 Comm: a Not tainted 6.1.0 #1",
        "Call Trace:",
        " dump_stack+0x1/0x2",
        "Mem-Info:",
        "active_anon:1 inactive_anon:2 isolated_anon:0",
        "Node 0 DMA free:4kB min:1kB low:1kB high:1kB",
        "lowmem_reserve[]: 0 1 2",
        "Node 0 DMA: 1*4kB (U) 2*8kB (M) = 20kB",
        "Free swap  = -4kB",
        "Total swap = 18446744073709551615kB",
        "18446744073709551615 pages RAM",
        "99999999999999999999999 pages reserved",
        "Tasks state (memory values in pages):",
        "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
        "[   1234]     0  1234  18446744073709551615 9999999999999999999 4096 0 -1000 x",
        "[ pid ] name",
        "[pid]",
        "memory: usage 1kB, limit 9007199254740988kB, failcnt 0",
        "Memory cgroup stats for /a:",
        "anon 18446744073709551615",
        "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,task_memcg=/a,task=x,y,pid=7,uid=-2",
        ",task_memcg=/a",
        "Out of memory: Kill process 7 (x) score -1 or sacrifice child",
        "Memory cgroup out of memory: ",
        "Killed process 7 (x) total-vm:1kB, anon-rss:1kB, file-rss:1kB, shmem-rss:1kB, UID:0 pgtables:1kB oom_score_adj:0",
        "Killed process ",
        "oom_reaper: reaped process 7 (x), now anon-rss:0kB",
        "Kernel panic - not syncing: ",
        "Tasks in /a are going to be killed due to memory.oom.group set",
        "Unreclaimable slab info:",
        "a 1KB 2KB",
        "x: page allocation failure: order:3, mode:0x1(GFP)",
        "** 3 printk messages dropped **",
        "{\"MESSAGE\":\"",
        "\"}",
        "{",
        "[",
        "MESSAGE=",
        "MESSAGE\n\u{8}\0\0\0\0\0\0\0",
        "&lt;",
        "```",
        "(",
        ")",
        ",",
        "=",
        ":",
        "-",
        "4294967296",
        "é",
        "日",
    ];
    run(1500, vec(0..WORDS.len(), 0..60), |picks| {
        let text: String = picks.into_iter().map(|pick| WORDS[pick]).collect();
        hold(text.as_bytes());
    });
}

#[test]
fn damaged_logs_are_answered() {
    let logs: Vec<&[u8]> =
        logs().map(|(_, log)| log.bytes.as_slice()).filter(|bytes| bytes.len() < 20_000).collect();
    let damage = (0..logs.len(), vec((any::<prop::sample::Index>(), 0..6_u8, any::<u8>()), 1..30));
    run(600, damage, |(log, damages)| {
        let mut bytes = logs[log].to_vec();
        for (at, how, byte) in damages {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            let next =
                bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| at + end + 1);
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => drop(bytes.remove(at)),
                3 => drop(bytes.drain(at..next)),
                4 => bytes.insert(at, b'\n'),
                _ => {
                    let line = bytes[at..next].to_vec();
                    bytes.splice(at..at, line);
                }
            }
        }
        hold(&bytes);
    });
}

#[test]
fn giants_are_answered() {
    let times = |text: &str, n: usize| text.repeat(n).into_bytes();
    let table = "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n";
    for bytes in [
        vec![b'x'; 8 << 20],
        vec![b'['; 1 << 20],
        vec![b'>'; 1 << 20],
        times("{\"a\":", 200_000),
        times("> > > > ", 100_000),
        times("&lt;", 300_000),
        times("\\x0a", 300_000),
        times("#012", 300_000),
        times("[    1.000000] ", 100_000),
        times("a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n", 20_000),
        times("a invoked oom-killer: ", 100_000),
        times("Killed process 7 (x", 100_000),
        times("Out of memory: Killed process 7 (x) total-vm:1kB, anon-rss:1kB, file-rss:0kB\n", 20_000),
        times("Tasks in /a are going to be killed due to memory.oom.group set\n", 20_000),
        times("active_anon:1 ", 200_000),
        times("Call Trace:\n dump_stack+0x1/0x2\n", 50_000),
        times("anon 1\n", 200_000),
        [
            times(table, 1),
            times(
                "[   1234]     0  1234     5120      411    61440        0             0 launcher\n",
                100_000,
            ),
        ]
        .concat(),
        times(table, 20_000),
        times("oom-kill:constraint=CONSTRAINT_MEMCG,", 50_000),
        times(",task=", 100_000),
        times("** 1 printk messages dropped ** ", 50_000),
    ] {
        hold(&bytes);
    }
}
