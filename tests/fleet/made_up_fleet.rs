//! Writes the stores of a fleet that is made up, a day that is over, for the queries of `docs/fleet.md`.
//!
//! `cargo run -p oomkit-snap --example made_up_fleet -- FOLDER` writes a store for each host, and what
//! their containers are called. On `web-3` the program `leaker` of `leak.service` grows by 60 MiB an
//! hour and is killed once; the containers of one image grow on two hosts; `db-1` is nearly full.

use std::{error::Error, fs, path::Path};

use jiff::{Timestamp, tz::Offset};
use oomkit_core::{
    ident::{Comm, Pid, Uid},
    limit::Limit,
    units::{Bytes, SinceBoot},
};
use oomkit_snap::{
    name::Name,
    snapshot::{
        BootClock, BootId, Cgroup, Hierarchy, Meminfo, Moment, Percent, Pressure, Process, Snapshot,
        StartTicks,
    },
    store::{Durability, Options, Store},
};

/// Midnight of the day; any day that is over will do.
const DAY: i64 = 1_778_371_200;
/// Minutes that are written: six hours.
const MINUTES: u64 = 360;
const HOSTS: [&str; 4] = ["web-1", "web-2", "web-3", "db-1"];
/// The image that leaks, and one that does not.
const IMAGES: [&str; 2] = ["registry.example/leaky:2", "registry.example/steady:1"];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("name a folder")?;
    let folder = Path::new(&folder);
    let mut names = Vec::new();
    for (at, host) in HOSTS.iter().enumerate() {
        let options = Options { durability: Durability::LastMayBeLost, ..Options::default() };
        let mut store = Store::open(&folder.join(format!("{host}.db")), options)?;
        for minute in 0..MINUTES {
            store.write(&snapshot(at, host, minute)?)?;
        }
        for (which, image) in IMAGES.iter().enumerate() {
            let id = container(at, which);
            names.push(format!(r#"{{"Id":"{id}","Name":"/app-{which}","Config":{{"Image":"{image}"}}}}"#));
        }
    }
    fs::write(folder.join("names.json"), format!("[{}]", names.join(",\n")))?;
    Ok(())
}

/// Returns the id of a container, the same on each run.
fn container(host: usize, which: usize) -> String {
    format!("{:064x}", 0xc0ff_ee00_u64 + (host as u64) * 16 + which as u64)
}

/// A number that looks random, below `end`.
fn noise(seed: u64, end: u64) -> u64 {
    let mixed = (seed ^ (seed >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) % end
}

fn snapshot(at: usize, host: &str, minute: u64) -> Result<Snapshot, Box<dyn Error>> {
    let micros = 5_000_000_000 + minute * 60_000_000;
    let wall = Timestamp::from_second(DAY + i64::try_from(minute * 60)?)?;
    let boot = BootId::new(format!("boot-of-{host}").as_bytes());
    let since_boot = Some(SinceBoot::from_micros(micros));
    let mut snapshot =
        Snapshot::at(Moment::new(boot, BootClock::from_micros(micros), since_boot, wall, Offset::UTC));
    snapshot.host.name = Some(Name::from(host));
    snapshot.host.machine_id = Some(Name::from(format!("{at:032x}").as_str()));
    let leak = if host == "web-3" { 200 + minute } else { 200 };
    let services = [("leaker", "leak.service", leak), ("nginx", "nginx.service", 300 + noise(minute, 20))];
    let mut processes = Vec::new();
    let mut cgroups = Vec::new();
    for (place, (comm, unit, mib)) in services.into_iter().enumerate() {
        let path = Name::from(format!("/system.slice/{unit}").as_str());
        processes.push(process(100 + i64::try_from(place)?, comm, &path, mib));
        cgroups.push(cgroup(
            path,
            mib,
            600,
            u64::from(unit == "leak.service" && host == "web-3" && 350 < minute),
        ));
    }
    for which in 0..IMAGES.len() {
        let path = Name::from(format!("/system.slice/docker-{}.scope", container(at, which)).as_str());
        let grows = which == 0 && at < 2;
        let mib = 100 + if grows { minute / 3 } else { noise(minute + at as u64, 8) };
        processes.push(process(200 + i64::try_from(which)?, "app", &path, mib));
        cgroups.push(cgroup(path, mib, 4096, 0));
    }
    machine(&mut snapshot, if host == "db-1" { 600 } else { 9_000 + noise(minute, 50) });
    snapshot.processes = Some(processes);
    snapshot.cgroups = Some(cgroups);
    snapshot.sort();
    Ok(snapshot)
}

fn machine(snapshot: &mut Snapshot, available: u64) {
    let sizes = [("MemTotal", 16 << 10), ("MemAvailable", available), ("SwapTotal", 1024), ("SwapFree", 512)];
    let sizes = sizes.map(|(key, mib)| (Name::from(key), Bytes::new(mib << 20))).into();
    snapshot.machine.meminfo = Some(Meminfo { sizes, ..Meminfo::default() });
    snapshot.machine.pressure =
        Some(Pressure { full_avg10: Some(Percent::from_hundredths(7)), ..Pressure::default() });
}

fn process(pid: i64, comm: &str, cgroup: &Name, mib: u64) -> Process {
    let mut process = Process::new(Pid::new(pid), StartTicks::new(77), Comm::new(comm.as_bytes()));
    process.uid = Some(Uid::new(1000));
    process.rss_anon_bytes = Some(Bytes::new(mib << 20));
    process.rss_bytes = Some(Bytes::new((mib + 5) << 20));
    process.swap_bytes = Some(Bytes::ZERO);
    process.cgroup = Some(cgroup.clone());
    process
}

fn cgroup(path: Name, mib: u64, limit: u64, kills: u64) -> Cgroup {
    let stat = [("anon", mib << 20), ("file", 40 << 20), ("inactive_file", 30 << 20)];
    Cgroup {
        path,
        hierarchy: Hierarchy::V2,
        usage_bytes: Some(Bytes::new((mib + 40) << 20)),
        limit_bytes: Some(Limit::At(Bytes::new(limit << 20))),
        stat: Some(stat.map(|(key, figure)| (Name::from(key), figure)).into()),
        events: Some([(Name::from("oom_kill"), kills)].into()),
        ..Cgroup::default()
    }
}
