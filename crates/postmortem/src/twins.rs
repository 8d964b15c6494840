//! Twins: one kill of which several logs tell, as `dmesg` and syslog do.

use oomkit_decode::{Event, report::Victim};

/// Leaves each event once, though several logs tell of it on clocks that cannot be compared.
///
/// The one that tells most stays. What it does not say of when and where it was, the other one adds, and
/// stands among its evidence then.
pub fn once(events: Vec<Event>) -> Vec<Event> {
    let known = |event: &Event| (event.tasks.len(), event.evidence.len(), event.at.is_some());
    let mut once: Vec<Event> = Vec::new();
    for mut event in events {
        match once.iter_mut().find(|kept| is_same_kill(kept, &event)) {
            Some(kept) => {
                if known(kept) < known(&event) {
                    std::mem::swap(kept, &mut event);
                }
                fill(kept, &event);
            }
            None => once.push(event),
        }
    }
    once
}

/// Tells whether two logs tell of one kill: no process has the same id and the same sizes twice.
fn is_same_kill(one: &Event, other: &Event) -> bool {
    let is_same = |(one, other): (&Victim, &Victim)| {
        (one.pid, &one.comm, one.total_vm_bytes, one.anon_rss_bytes)
            == (other.pid, &other.comm, other.total_vm_bytes, other.anon_rss_bytes)
            && one.total_vm_bytes.is_some()
    };
    one.input != other.input
        && !one.forged
        && !other.forged
        && one.host.as_ref().zip(other.host.as_ref()).is_none_or(|(one, other)| one == other)
        && !one.victims.is_empty()
        && one.victims.len() == other.victims.len()
        && one.victims.iter().zip(&other.victims).all(is_same)
}

/// Adds clocks, a host and a release that an event lacks, or had to assume, from its twin.
fn fill(event: &mut Event, twin: &Event) {
    let assumed = |event: &Event| (event.at.is_none(), event.at_year_assumed, event.at_zone_assumed);
    let is_surer = assumed(twin) < assumed(event);
    if is_surer {
        event.at = twin.at;
        event.at_year_assumed = twin.at_year_assumed;
        event.at_zone_assumed = twin.at_zone_assumed;
    }
    let mut is_filled = is_surer;
    is_filled |= fill_in(&mut event.since_boot_seconds, twin.since_boot_seconds.as_ref());
    is_filled |= fill_in(&mut event.host, twin.host.as_ref());
    is_filled |= fill_in(&mut event.kernel, twin.kernel.as_ref());
    if is_filled {
        // The line of the kill stands last.
        event.evidence.extend(twin.evidence.last().cloned());
    }
}

/// Fills what is not known; tells whether it did.
fn fill_in<T: Clone>(empty: &mut Option<T>, with: Option<&T>) -> bool {
    let is_filled = empty.is_none() && with.is_some();
    if is_filled {
        *empty = with.cloned();
    }
    is_filled
}
