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
