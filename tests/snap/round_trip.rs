//! What is written comes back, whatever it is.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::Offset};
use oomkit_core::{
    ident::{Comm, NodeId, OomScoreAdj, Pid, Uid},
    limit::Limit,
    units::{Bytes, PageSize, Pages, SinceBoot},
};
use oomkit_snap::{
    diff::Diff,
    group::By,
    name::Name,
    snapshot::{
        BootClock, BootId, Cause, Cgroup, Cost, Duration, Hierarchy, Host, HugePages, Machine, Meminfo,
        Moment, Node, Percent, Pressure, Process, Reason, SlabCache, Snapshot, StartTicks, Swap, Tmpfs, Zone,
        Zram, Zswap,
    },
    store::{Options, Store},
};
use proptest::{collection::vec, option, prelude::*};

fn name() -> impl Strategy<Value = Name> {
    prop_oneof![
        vec(any::<u8>(), 0..20).prop_map(|bytes| Name::new(&bytes)),
        "[a-c]{1,2}".prop_map(|text| Name::from(text.as_str()))
    ]
}

/// Sizes as they occur, and the ends of the range.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(u64::MAX), any::<u64>(), (0..1_u64 << 24).prop_map(|pages| pages * 4096)]
}

fn size() -> impl Strategy<Value = Option<Bytes>> {
    option::of(number().prop_map(Bytes::new))
}

fn figures() -> impl Strategy<Value = BTreeMap<Name, u64>> {
    proptest::collection::btree_map(name(), number(), 0..6)
}

fn sizes() -> impl Strategy<Value = BTreeMap<Name, Bytes>> {
    proptest::collection::btree_map(name(), number().prop_map(Bytes::new), 0..6)
}

fn limit() -> impl Strategy<Value = Option<Limit>> {
    option::of(prop_oneof![Just(Limit::Max), (0..u64::MAX).prop_map(|size| Limit::At(Bytes::new(size)))])
}

fn pressure() -> impl Strategy<Value = Pressure> {
    (vec(option::of(any::<u64>()), 8)).prop_map(|cells| {
        let share = |at: usize| cells[at].map(Percent::from_hundredths);
        Pressure {
            some_avg10: share(0),
            some_avg60: share(1),
            some_avg300: share(2),
            some_total: cells[3],
            full_avg10: share(4),
            full_avg60: share(5),
            full_avg300: share(6),
            full_total: cells[7],
        }
    })
}

fn process() -> impl Strategy<Value = Process> {
    let who = (any::<i64>(), any::<u64>(), option::of(any::<i64>()), option::of(any::<i64>()), name());
    let names = (option::of(name()), option::of(name()));
    let rest = (vec(size(), 9), option::of(number()), option::of(number()), option::of(-1000..=1000_i64));
    (who, names, rest).prop_map(
        |((pid, start, ppid, uid, comm), (command_line, cgroup), (sizes, threads, score, adj))| {
            let mut process = Process::new(Pid::new(pid), StartTicks::new(start), Comm::new(comm.as_bytes()));
            process.ppid = ppid.map(Pid::new);
            process.uid = uid.map(Uid::new);
            (process.command_line, process.cgroup) = (command_line, cgroup);
            process.rss_bytes = sizes[0];
            process.rss_anon_bytes = sizes[1];
            process.rss_file_bytes = sizes[2];
            process.rss_shmem_bytes = sizes[3];
            process.swap_bytes = sizes[4];
            process.pgtables_bytes = sizes[5];
            process.peak_bytes = sizes[6];
            process.pss_bytes = sizes[7];
            process.uss_bytes = sizes[8];
            (process.threads, process.oom_score) = (threads, score);
            process.oom_score_adj = adj.and_then(OomScoreAdj::new);
            process
        },
    )
}

fn cgroup() -> impl Strategy<Value = Cgroup> {
    let place = (name(), any::<bool>());
    let sizes = (vec(size(), 4), vec(limit(), 5), option::of(number()), option::of(any::<bool>()));
    let maps = (option::of(figures()), option::of(figures()), option::of(pressure()));
    (place, sizes, maps).prop_map(
        |((path, old), (sizes, limits, failures, kills_group), (stat, events, pressure))| Cgroup {
            path,
            hierarchy: if old { Hierarchy::V1 } else { Hierarchy::V2 },
            usage_bytes: sizes[0],
            limit_bytes: limits[0],
            high_bytes: limits[1],
            low_bytes: limits[2],
            min_bytes: limits[3],
            peak_bytes: sizes[1],
            swap_bytes: sizes[2],
            swap_limit_bytes: limits[4],
            swap_peak_bytes: sizes[3],
            failures,
            kills_group,
            stat,
            events,
            pressure,
        },
    )
}

fn zone() -> impl Strategy<Value = Zone> {
    let pages = vec(option::of(number().prop_map(Pages::new)), 6);
    (option::of(any::<u32>()), name(), pages, option::of(vec(number(), 0..12)), option::of(figures()))
        .prop_map(|(node, name, pages, free_blocks, counters)| Zone {
            node: node.map(NodeId::new),
            name,
            free: pages[0],
            min: pages[1],
            low: pages[2],
            high: pages[3],
            managed: pages[4],
            present: pages[5],
            free_blocks,
            counters,
        })
}

fn kernel_memory() -> impl Strategy<Value = Machine> {
    let slab = (name(), vec(option::of(number()), 5)).prop_map(|(name, cells)| SlabCache {
        name,
        active: cells[0],
        objects: cells[1],
        object_bytes: cells[2].map(Bytes::new),
        slabs: cells[3],
        slab_pages: cells[4].map(Pages::new),
    });
    let huge = (option::of(any::<u32>()), size(), vec(option::of(number()), 4)).prop_map(
        |(node, size_bytes, cells)| {
            let (total, free, reserved, surplus) = (cells[0], cells[1], cells[2], cells[3]);
            HugePages { node: node.map(NodeId::new), size_bytes, total, free, reserved, surplus }
        },
    );
    let node = (option::of(any::<u32>()), option::of(sizes()))
        .prop_map(|(id, sizes)| Node { id: id.map(NodeId::new), sizes });
    let meminfo = (sizes(), figures()).prop_map(|(sizes, counts)| Meminfo { sizes, counts });
    (
        (option::of(meminfo), option::of(figures()), option::of(pressure())),
        (option::of(vec(zone(), 0..4)), option::of(vec(slab, 0..6)), option::of(vec(huge, 0..3))),
        option::of(vec(node, 0..3)),
    )
        .prop_map(|((meminfo, vmstat, pressure), (zones, slab, huge_pages), nodes)| Machine {
            meminfo,
            vmstat,
            pressure,
            zones,
            slab,
            huge_pages,
            nodes,
            ..Machine::default()
        })
}

fn machine() -> impl Strategy<Value = Machine> {
    let swap = (name(), option::of(name()), size(), size(), option::of(any::<i64>())).prop_map(
        |(path, kind, size_bytes, used_bytes, priority)| Swap {
            path,
            kind,
            size_bytes,
            used_bytes,
            priority,
        },
    );
    let zram = (name(), vec(size(), 6)).prop_map(|(name, sizes)| Zram {
        name,
        disk_bytes: sizes[0],
        original_bytes: sizes[1],
        compressed_bytes: sizes[2],
        memory_bytes: sizes[3],
        limit_bytes: sizes[4],
        peak_bytes: sizes[5],
    });
    let zswap = (option::of(any::<bool>()), size(), size(), option::of(number())).prop_map(
        |(enabled, pool_bytes, stored_bytes, max_pool_percent)| Zswap {
            enabled,
            pool_bytes,
            stored_bytes,
            max_pool_percent,
        },
    );
    let tmpfs = (name(), size(), size()).prop_map(|(mount_point, size_bytes, used_bytes)| Tmpfs {
        mount_point,
        size_bytes,
        used_bytes,
    });
    let lists = (
        option::of(vec(swap, 0..3)),
        option::of(vec(zram, 0..3)),
        option::of(zswap),
        option::of(vec(tmpfs, 0..3)),
    );
    (kernel_memory(), lists).prop_map(|(machine, (swaps, zram, zswap, tmpfs))| Machine {
        swaps,
        zram,
        zswap,
        tmpfs,
        ..machine
    })
}

fn snapshot() -> impl Strategy<Value = Snapshot> {
    let moment =
        (0..3_u8, 0..1_u64 << 50, option::of(0..1_u64 << 50), -1_i64 << 50..1 << 50, -60_000..60_000_i32)
            .prop_map(|(boot, clock, since_boot, at, offset)| {
                Moment::new(
                    BootId::new(&[boot, 0xff]),
                    BootClock::from_micros(clock),
                    since_boot.map(SinceBoot::from_micros),
                    Timestamp::from_microsecond(at).unwrap(),
                    Offset::from_seconds(offset).unwrap(),
                )
            });
    let host = (option::of(name()), option::of(name()), option::of(name()), option::of(10..20_u32)).prop_map(
        |(name, machine_id, kernel, page)| Host {
            name,
            machine_id,
            kernel,
            page_size_bytes: page.and_then(|page| PageSize::new(Bytes::new(1 << page))),
        },
    );
    let cost = vec(option::of(number()), 5).prop_map(|cells| Cost {
        cpu: cells[0].map(Duration::from_micros),
        wall: cells[1].map(Duration::from_micros),
        processes_vanished: cells[2],
        denied: cells[3],
        given_up: cells[4],
    });
    let lists = (option::of(vec(cgroup(), 0..6)), option::of(vec(process(), 0..12)));
    let cause = prop_oneof![Just(Cause::Pressure), Just(Cause::Limit), Just(Cause::Kill)];
    let reason = option::of((cause, option::of(name())).prop_map(|(cause, cgroup)| Reason { cause, cgroup }));
    (moment, reason, host, machine(), lists, cost).prop_map(
        |(moment, reason, host, machine, (cgroups, processes), cost)| {
            let mut snapshot = Snapshot { moment, reason, host, machine, cgroups, processes, cost };
            snapshot.sort();
            snapshot
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Each snapshot is written on top of the ones before it, and all come back as they were.
    #[test]
    fn what_is_written_comes_back(snapshots in vec(snapshot(), 1..5)) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("s.db"), Options::default()).unwrap();
        let mut written = Vec::new();
        for snapshot in &snapshots {
            written.push(store.write(snapshot).unwrap().id);
        }
        for (id, snapshot) in written.iter().zip(&snapshots) {
            prop_assert_eq!(&store.snapshot(*id).unwrap(), snapshot);
        }
        prop_assert_eq!(store.list().unwrap().len(), snapshots.len());
        let verdict = store.verify().unwrap();
        prop_assert!(verdict.problems.is_empty(), "{:?}", verdict);
    }

    /// Nothing changed between a snapshot and itself, and the way back is the way there reversed.
    #[test]
    fn a_diff_can_be_turned_around(a in snapshot(), b in snapshot()) {
        for by in [By::Process, By::Name, By::User, By::Cgroup, By::Members, By::Unit, By::Pod] {
            prop_assert!(Diff::between(&a, &a, by).is_empty());
            prop_assert_eq!(Diff::between(&b, &a, by), Diff::between(&a, &b, by).reversed());
        }
    }
}
