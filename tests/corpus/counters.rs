//! Counters against the text of the log itself, read a second time and more simply.

use std::collections::BTreeMap;

use oomkit_decode::Event;

use crate::support::{Complaints, Log, logs};

/// The messages of an event in a plain log, without their stamps.
fn messages(log: &Log, event: &Event) -> Vec<String> {
    let text = String::from_utf8_lossy(&log.bytes).into_owned();
    let (first, last) = (event.first_line.get() as usize, event.last_line.get() as usize);
    let lines = text.lines().skip(first - 1).take(last + 1 - first);
    lines
        .map(|line| match line.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
            Some((stamp, message)) if stamp.contains('.') => message.to_owned(),
            _ => line.to_owned(),
        })
        .collect()
}

/// The plain logs, without those in which foreign lines stand between.
fn plain() -> impl Iterator<Item = (&'static Log, &'static Event)> {
    logs()
        .filter(|(run, log)| {
            let scenario = run.truth.scenario.as_str();
            log.flavour == "plain" && !scenario.contains("interleave") && !scenario.contains("spoof")
        })
        .flat_map(|(_, log)| log.decoded().events.iter().map(move |event| (log, event)))
}

#[test]
fn statistics_of_cgroups_are_the_log() {
    let mut c = Complaints::default();
    for (log, event) in plain() {
        let Some(memcg) = &event.memcg else { continue };
        let messages = messages(log, event);
        let head = |x: &str| x.strip_prefix("Memory cgroup stats for ").map(str::to_owned);
        let Some((at, head)) = messages.iter().enumerate().find_map(|(at, x)| Some((at, head(x)?))) else {
            continue;
        };
        let (path, rest) = head.split_once(':').unwrap();
        let place = |key: &str| format!("line {} stat {key}", event.first_line);
        c.same(&log.file, place("path"), memcg.path.as_deref(), Some(path));
        let mut want: BTreeMap<String, u64> = BTreeMap::new();
        for pair in rest.split_whitespace() {
            let (key, size) = pair.split_once(':').unwrap();
            want.insert(key.into(), size.trim_end_matches("KB").parse::<u64>().unwrap() * 1024);
        }
        for line in &messages[at + 1..] {
            let Some((key, number)) = line.trim().split_once(' ') else { break };
            let Ok(number) = number.parse() else { break };
            want.insert(key.into(), number);
        }
        let may_be_cut = memcg.stat_may_be_cut;
        for (key, want) in &want {
            let got = memcg.stat.get(key);
            // The last line of a cut record is no witness.
            if got.is_none() && may_be_cut {
                continue;
            }
            c.same(&log.file, place(key), got, Some(want));
        }
        let more: Vec<_> = memcg.stat.keys().filter(|key| !want.contains_key(*key)).collect();
        c.same(&log.file, place("names"), more, vec![]);
        if may_be_cut {
            c.same(&log.file, place("number"), memcg.stat.len() + 1 >= want.len(), true);
        }
    }
    c.settle();
}

#[test]
fn counters_of_the_machine_are_the_log() {
    let mut c = Complaints::default();
    for (log, event) in plain() {
        let Some(machine) = &event.machine else { continue };
        let messages = messages(log, event);
        let page = event.page_size_bytes.bytes().get();
        let Some(at) = messages.iter().position(|x| x.starts_with("active_anon:")) else { continue };
        let place = |key: &str| format!("line {} counter {key}", event.first_line);
        for line in messages[at..]
            .iter()
            .take_while(|x| !x.starts_with("Node ") && !x.contains(" free:") || x.starts_with(" free:"))
        {
            for pair in line.split_whitespace() {
                let Some((key, pages)) = pair.split_once(':') else { continue };
                let Ok(pages) = pages.parse::<u64>() else { continue };
                let got = machine.counters.iter().find(|(name, _)| name.trim_end_matches("_bytes") == key);
                c.same(&log.file, place(key), got.map(|(_, size)| size.get()), Some(pages * page));
            }
        }
        // Each zone's free memory and watermarks, in the order of the log.
        let zones: Vec<[u64; 4]> = messages
            .iter()
            .filter(|x| x.contains(" free:") && x.contains(" min:"))
            .map(|line| {
                let of = |key: &str| {
                    let text =
                        line.split_whitespace().find_map(|pair| pair.strip_prefix(key)?.strip_prefix(':'));
                    text.unwrap().trim_end_matches("kB").parse::<u64>().unwrap() * 1024
                };
                [of("free"), of("min"), of("low"), of("high")]
            })
            .collect();
        let got: Vec<[u64; 4]> = machine
            .zones
            .iter()
            .map(|zone| {
                [zone.free_bytes, zone.min_bytes, zone.low_bytes, zone.high_bytes]
                    .map(|x| x.map_or(u64::MAX, |x| x.get()))
            })
            .collect();
        c.same(&log.file, place("zones"), got, zones);
    }
    c.settle();
}

#[test]
fn free_lists_add_up() {
    let mut c = Complaints::default();
    for (run, log) in logs().filter(|(run, _)| !run.truth.scenario.contains("interleave")) {
        for event in &log.decoded().events {
            for zone in event.machine.iter().flat_map(|machine| &machine.zones) {
                let Some(total) = zone.free_lists_bytes else { continue };
                let sum: u64 = zone.free_lists.iter().map(|list| list.count * list.block_bytes.get()).sum();
                c.same(
                    &log.file,
                    format!("line {} free lists of {}", event.first_line, zone.name),
                    sum,
                    total.get(),
                );
                let first = zone.free_lists.first().map(|list| list.block_bytes.kib());
                c.same(&log.file, "smallest block", first, Some(run.truth.page_size_kb));
            }
        }
    }
    c.settle();
}
