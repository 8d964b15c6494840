//! `oomkit snap prune`: fewer snapshots the older they get.

use clap::Args;
use jiff::SignedDuration;
use oomkit_audit::quantity::docker;
use oomkit_core::units::Bytes;
use oomkit_host::Host;
use oomkit_snap::{
    collect::{self, Commands, HostSource},
    snapshot::Duration,
    store::{Options, Pruned, Retention, Step, Store},
};

use super::{Place, store};
use crate::{
    exit::{self, Code},
    failure::Failure,
    terminal::Terminal,
};

#[derive(Debug, Args)]
pub(super) struct PruneArgs {
    #[command(flatten)]
    place: Place,

    /// How far apart snapshots are kept up to which age, the youngest first
    #[arg(long, value_name = "EVERY:AGE,...", default_value = "1m:1d,10m:7d,1h:365d")]
    keep: String,

    /// The size at which the oldest snapshots go, whatever their age: 512MiB, 2GiB, or none
    #[arg(long, value_name = "SIZE", default_value = "1GiB")]
    max_size: String,

    /// How many snapshots one run deletes at most, so that a wrong clock costs little
    #[arg(long, value_name = "COUNT", default_value_t = 200)]
    at_once: usize,
}

/// Runs the verb.
pub(super) fn run(args: PruneArgs, terminal: &Terminal) -> Result<&'static Code, Failure> {
    let retention = Retention {
        steps: steps(&args.keep)?,
        size: size(&args.max_size)?,
        at_once: args.at_once,
        ..Retention::default()
    };
    let path = store::path(args.place.store, false)?;
    if !path.exists() {
        // Pruning nothing is a slip of the name; a new store would hide it.
        return Err(Failure::input(format!("there is no store {}", path.display())));
    }
    let host = Host::live();
    let boot = HostSource::new(&host, Commands::Nothing).boot_id().ok_or_else(|| {
        Failure::host("this host does not tell which boot it runs in").cause("ages could not be told")
    })?;
    let mut store = Store::open(&path, Options::default()).map_err(|error| Failure::store(&error))?;
    let pruned = store.prune(&retention, &collect::now(boot)).map_err(|error| Failure::store(&error))?;
    terminal.note(&told(&pruned));
    Ok(&exit::DONE)
}

/// Says in a line what was deleted.
pub(super) fn told(pruned: &Pruned) -> String {
    let mut words = match pruned.deleted {
        1 => "1 snapshot deleted".to_owned(),
        count => format!("{count} snapshots deleted"),
    };
    if 0 < pruned.unreadable {
        words.push_str(&format!("; {} are due but cannot be read, and were kept", pruned.unreadable));
    }
    if pruned.more {
        words.push_str("; more are due, and go with the next run");
    }
    words
}

/// Reads `1m:1d,10m:7d`: snapshots a minute apart up to a day, ten minutes up to a week.
fn steps(text: &str) -> Result<Vec<Step>, Failure> {
    let step = |part: &str| -> Option<Step> {
        let (every, up_to) = part.split_once(':')?;
        Some(Step { every: duration(every)?, up_to: duration(up_to)? })
    };
    let steps: Option<Vec<Step>> = text.split(',').map(step).collect();
    let is_rising = |steps: &Vec<Step>| {
        steps.windows(2).all(|pair| pair.first().zip(pair.last()).is_some_and(|(a, b)| a.up_to < b.up_to))
    };
    steps.filter(is_rising).ok_or_else(|| {
        Failure::usage(format!("--keep {text:?} is no list of steps"))
            .hint("write EVERY:AGE with rising ages, as in 1m:1d,10m:7d,1h:365d")
    })
}

/// Reads `10m`, `1h`, `7d`; a day has 24 hours.
fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let seconds = match text.strip_suffix('d').map(str::trim).map(str::parse::<i64>) {
        Some(Ok(days)) => days.checked_mul(86_400)?,
        _ => text.parse::<SignedDuration>().ok()?.as_secs(),
    };
    u64::try_from(seconds).ok().filter(|seconds| 0 < *seconds).map(Duration::from_seconds)
}

/// Reads `512MiB`, `2g`, `1000000`, as Docker does: all units are powers of 1024.
fn size(text: &str) -> Result<Option<Bytes>, Failure> {
    let text = text.trim();
    if text == "none" {
        return Ok(None);
    }
    docker::size(text).size().map(Some).ok_or_else(|| {
        Failure::usage(format!("--max-size {text:?} is no size")).hint("write 512MiB, 2GiB, or none")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_sizes_are_read_as_people_write_them() {
        assert_eq!(steps("1m:1d,10m:7d,1h:365d").unwrap(), Retention::default().steps);
        assert_eq!(steps("30s:2h").unwrap().len(), 1);
        for text in ["", "1m", "1m:", "1h:1d,1m:1h", "0s:1d", "-1m:1d", "1x:1d", "1m:99999999999999999d"] {
            assert!(steps(text).is_err(), "{text:?}");
        }
        for (text, bytes) in
            [("1GiB", 1 << 30), ("512 MiB", 512 << 20), ("2g", 2 << 30), ("1.5MB", 1_572_864)]
        {
            assert_eq!(size(text).unwrap(), Some(Bytes::new(bytes)), "{text}");
        }
        assert_eq!(size("none").unwrap(), None);
        for text in ["", "GiB", "1XiB", "-1", "many"] {
            assert!(size(text).is_err(), "{text:?}");
        }
    }
}
