//! Every account balances.

use crate::support::{Complaints, logs};

#[test]
fn parts_and_residue_are_the_whole() {
    let mut c = Complaints::default();
    for (_, log) in logs() {
        for event in &log.decoded().events {
            let Some(account) = &event.account else { continue };
            let parts: i128 = account.parts().iter().map(|part| i128::from(part.bytes.get())).sum();
            let whole = i128::from(account.whole().get());
            let place = format!("line {}, account of {}", event.first_line, account.of());
            c.same(&log.file, place, parts + i128::from(account.residue().get()), whole);
            let mut names: Vec<&str> = account.parts().iter().map(|part| part.name.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            c.same(&log.file, "names of parts", names.len(), account.parts().len());
        }
    }
    c.settle();
}

/// Runs in which memory is held by what no counter of the kernel shows, and by what.
const HIDDEN: &[(&str, &str)] = &[
    ("pagealloc", "a module holds pages"),
    ("pipes", "the buffers of pipes"),
    ("sockets", "the buffers of sockets"),
    ("zram", "the compressed store of zram"),
];

/// The counters of a report explain the memory of a machine but for a few percent.
#[test]
fn the_residue_of_a_machine_is_small() {
    let mut c = Complaints::default();
    for (run, log) in logs() {
        let hidden = HIDDEN.iter().any(|(scenario, _)| *scenario == run.truth.scenario);
        for event in log.decoded().counted() {
            let Some(account) = event.account.as_ref().filter(|account| account.of() == "machine") else {
                continue;
            };
            let (residue, whole) = (account.residue().get() as f64, account.whole().get() as f64);
            let percent = residue / whole * 100.0;
            let fits = if hidden { 10.0 < percent } else { (-0.5..=4.0).contains(&percent) };
            c.same(&log.file, format!("line {}: residue {percent:.1} %", event.first_line), fits, true);
        }
    }
    c.settle();
}
