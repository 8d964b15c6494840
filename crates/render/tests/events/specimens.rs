//! Events made by hand, as the decoder would hand them out.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::Offset};
use oomkit_core::{
    account::{Account, Part},
    ident::{Comm, NodeId, OomScoreAdj, Pid, Uid},
    limit::Limit,
    place::{Evidence, InputId, LineNo},
    units::{Bytes, KiB, Order, PageSize, SinceBoot, WallTime},
    workload::Workload,
};
use oomkit_decode::report::*;

const POD: &str = "0f6a1c2e-7b3d-4a5f-9c8e-2d1b0a9f8e7d";
const CONTAINER: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90112233445566778899aabbccddeeff00";

/// An event of which nothing is known but where it stands.
pub(crate) fn bare(kind: EventKind, scope: Scope) -> Event {
    Event {
        kind,
        scope,
        scope_inferred: false,
        forged: false,
        input: InputId::new(0),
        first_line: LineNo::new(3),
        last_line: LineNo::new(72),
        at: None,
        at_year_assumed: false,
        at_zone_assumed: false,
        since_boot_seconds: None,
        host: None,
        kernel: None,
        page_size_bytes: PageSize::USUAL,
        page_size_source: PageSizeSource::BuddyList,
        trigger: None,
        failure: None,
        constraint: None,
        selected: None,
        victims: Vec::new(),
        oom_group: None,
        memcg: None,
        workload: None,
        machine: None,
        slab: Vec::new(),
        allocations: Vec::new(),
        tasks: Vec::new(),
        task_rows: 0,
        task_table: TaskTable::None,
        groups: Vec::new(),
        choice: None,
        account: None,
        cause: None,
        culprit: None,
        findings: Vec::new(),
        killer: None,
        crash_kernel: None,
        trouble_before: Vec::new(),
        panic: None,
        suppressed: 0,
        evidence: Vec::new(),
        unread: Vec::new(),
        unread_lines: 0,
        notes: Vec::new(),
        lines: Lines::default(),
    }
}

/// The whole machine full of one process of 44.1 GiB, on two nodes.
pub(crate) fn model() -> Event {
    let comm = Comm::new(b"test_server");
    let evidence = Evidence {
        input: InputId::new(0),
        line: LineNo::new(71),
        text: "Out of memory: Kill process 38581 (test_server) score 1703 or sacrifice child".into(),
    };
    Event {
        at: Some(moment("2022-05-10T07:45:51Z")),
        since_boot_seconds: Some(SinceBoot::from_micros(13_930_750_441_874)),
        host: Some("iota-m2".into()),
        kernel: Some("4.15.0-142-generic".into()),
        trigger: Some(Trigger {
            comm: Some(comm.clone()),
            pid: Some(Pid::new(38623)),
            cpu: Some(9),
            gfp_mask: Some("0x14280ca".into()),
            gfp_flags: vec!["GFP_HIGHUSER_MOVABLE".into(), "__GFP_ZERO".into()],
            order: Some(Order::new(0)),
            oom_score_adj: OomScoreAdj::new(1000),
            call_trace: vec!["dump_stack+0x6d/0x8b".into(), "out_of_memory+0x11d/0x4c0".into()],
            registers: vec!["RIP: 0033:0x45d223".into()],
            ..Trigger::default()
        }),
        selected: Some(Selected { pid: Pid::new(38581), comm: comm.clone(), uid: None, score: Some(1703) }),
        victims: vec![Victim {
            score: Some(1703),
            oom_score_adj: OomScoreAdj::new(1000),
            oom_score_adj_inferred: true,
            total_vm_bytes: Some(KiB::new(72_964_016).bytes()),
            file_rss_bytes: Some(Bytes::ZERO),
            shmem_rss_bytes: Some(Bytes::ZERO),
            ..victim(38581, "test_server", 46_242_612)
        }],
        machine: Some(model_machine()),
        account: Some(Account::balance("machine", pages(16_444_000), model_parts())),
        evidence: vec![evidence],
        notes: vec!["The task table is missing.".into()],
        ..bare(EventKind::OomKill, Scope::Global)
    }
}

fn model_parts() -> Vec<Part> {
    let parts = [
        ("anonymous", 15_850_680),
        ("shared memory", 194_450),
        ("page cache", 1_260),
        ("slab, unreclaimable", 156_567),
        ("slab, reclaimable", 90_794),
        ("page tables", 52_940),
        ("bounce buffers", 0),
        ("free", 52_109),
    ];
    parts.into_iter().map(|(name, count)| Part { name: name.into(), bytes: pages(count) }).collect()
}

fn model_machine() -> Machine {
    let node = |node: u32, active: u64, inactive: u64, file: u64| Node {
        node: NodeId::new(node),
        counters: BTreeMap::from([
            ("active_anon_bytes".into(), KiB::new(active).bytes()),
            ("inactive_anon_bytes".into(), KiB::new(inactive).bytes()),
            ("active_file_bytes".into(), KiB::new(file).bytes()),
            ("unevictable_bytes".into(), Bytes::ZERO),
        ]),
        account: None,
        all_unreclaimable: Some(false),
        line: LineNo::new(40),
    };
    let zone = |node: u32, name: &str, free: u64, min: u64| Zone {
        node: Some(NodeId::new(node)),
        name: name.into(),
        free_bytes: Some(KiB::new(free).bytes()),
        min_bytes: Some(KiB::new(min).bytes()),
        low_bytes: Some(KiB::new(min + min / 4).bytes()),
        high_bytes: Some(KiB::new(min + min / 2).bytes()),
        free_lists: vec![FreeList { block_bytes: Bytes::new(4096), count: 3, types: Some("UM".into()) }],
        ..Zone::default()
    };
    Machine {
        managed_bytes: Some(pages(16_444_000)),
        swap_total_bytes: Some(Bytes::ZERO),
        swap_free_bytes: Some(Bytes::ZERO),
        nodes: vec![node(0, 31_825_268, 154_880, 416), node(1, 32_076_744, 123_268, 788)],
        zones: vec![
            zone(0, "DMA", 15_899, 20),
            zone(0, "Normal", 44_012, 45_064),
            zone(1, "Normal", 44_720, 45_112),
        ],
        ..Machine::default()
    }
}

/// A Kubernetes container at its limit of 64 MiB.
pub(crate) fn pod() -> Event {
    let path = format!(
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{}.slice/cri-containerd-{CONTAINER}.scope",
        POD.replace('-', "_")
    );
    let stat = [
        ("anon", 66_564_096),
        ("kernel", 339_968),
        ("kernel_stack", 98_304),
        ("file", 0),
        ("pgfault", 16_254),
    ];
    Event {
        since_boot_seconds: Some(SinceBoot::from_micros(13_641_508)),
        kernel: Some("6.8.0-60-generic".into()),
        trigger: Some(Trigger {
            comm: Some(Comm::new(b"java")),
            pid: Some(Pid::new(121)),
            gfp_mask: Some("0xcc0".into()),
            gfp_flags: vec!["GFP_KERNEL".into()],
            order: Some(Order::new(0)),
            ..Trigger::default()
        }),
        constraint: Some(Constraint {
            name: Some("CONSTRAINT_MEMCG".into()),
            cpuset: Some("/".into()),
            mems_allowed: Some("0".into()),
            oom_memcg: Some(path.clone()),
            task_memcg: Some(path.clone()),
            ..Constraint::default()
        }),
        victims: vec![Victim {
            uid: Some(Uid::new(1000)),
            oom_score_adj: OomScoreAdj::new(969),
            shmem_rss_bytes: Some(KiB::new(640).bytes()),
            pgtables_bytes: Some(KiB::new(176).bytes()),
            reaped: Some(true),
            left_bytes: Some(Bytes::ZERO),
            ..victim(121, "java", 64_000)
        }],
        memcg: Some(Memcg {
            path: Some(path.clone()),
            limit_bytes: Some(Limit::At(KiB::new(65_536).bytes())),
            usage_bytes: Some(KiB::new(65_336).bytes()),
            failcnt: Some(85),
            swap_limit_bytes: Some(Limit::Max),
            swap_usage_bytes: Some(Bytes::ZERO),
            stat: stat.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            ..Memcg::default()
        }),
        workload: Some(Workload {
            runtime: Some("kubernetes".into()),
            qos: Some("burstable".into()),
            pod_uid: Some(POD.into()),
            container_id: Some(CONTAINER.into()),
            ..Workload::default()
        }),
        tasks: vec![task(117, "pause", 384, -998, None), task(121, "java", 16_160, 969, Some(1958))],
        task_rows: 2,
        task_table: TaskTable::Whole,
        choice: Some(Choice {
            verdict: Verdict::Confirmed,
            rank: Some(1),
            highest: None,
            total_bytes: Some(KiB::new(65_536).bytes()),
            total_range_bytes: None,
            reasons: Vec::new(),
        }),
        ..bare(EventKind::OomKill, Scope::Memcg)
    }
}

/// A cgroup whose 40 processes were killed together.
pub(crate) fn group() -> Event {
    let victims = (0..40).map(|number| victim(800 + number, "worker", 51_200));
    Event {
        victims: victims.collect(),
        oom_group: Some("/batch".into()),
        memcg: Some(Memcg { path: Some("/batch".into()), ..Memcg::default() }),
        groups: vec![Group {
            by: "comm".into(),
            name: Comm::new(b"worker"),
            tasks: 40,
            rss_bytes: KiB::new(51_200 * 40).bytes(),
            swap_bytes: None,
        }],
        ..bare(EventKind::OomKill, Scope::Memcg)
    }
}

/// A machine full of many processes, where another task than the victim has the highest score.
pub(crate) fn crowd() -> Event {
    let rows = (0..14).map(|number| {
        let comm = if number == 3 { "systemd-journal" } else { "php-fpm" };
        let rss = 400_000 + 77_000 * number;
        let badness = i64::try_from(17 + number).ok();
        let pid = i64::try_from(1000 + number).unwrap_or_default();
        Task { swap_bytes: Some(pages(200_000)), ..task(pid, comm, rss, 0, badness) }
    });
    let kernel_cache = |name: &str, kib: u64| SlabCache {
        name: name.into(),
        used_bytes: KiB::new(kib - 64).bytes(),
        total_bytes: KiB::new(kib).bytes(),
    };
    Event {
        victims: vec![Victim { reaped: Some(false), times_named: 2, ..victim(1002, "php-fpm", 2_215_360) }],
        selected: Some(Selected {
            pid: Pid::new(1000),
            comm: Comm::new(b"php-fpm"),
            uid: None,
            score: Some(17),
        }),
        tasks: rows.collect(),
        task_rows: 458,
        task_table: TaskTable::Whole,
        groups: vec![Group {
            by: "comm".into(),
            name: Comm::new(b"php-fpm"),
            tasks: 457,
            rss_bytes: pages(9_000_000),
            swap_bytes: Some(pages(90_000)),
        }],
        choice: Some(Choice {
            verdict: Verdict::Questioned,
            rank: Some(12),
            highest: Some(Pid::new(1013)),
            total_bytes: None,
            total_range_bytes: Some([pages(16_000_000), pages(16_444_000)]),
            reasons: vec!["A child of the chosen task was killed.".into()],
        }),
        slab: vec![kernel_cache("dentry", 90_000), kernel_cache("kmalloc-4k", 8_192)],
        suppressed: 3,
        unread_lines: 2,
        page_size_source: PageSizeSource::Assumed,
        ..bare(EventKind::OomKill, Scope::Unknown)
    }
}

/// A victim of which only the name and the anonymous memory is known.
pub(crate) fn victim(pid: i64, comm: &str, anon_kib: u64) -> Victim {
    Victim {
        pid: Pid::new(pid),
        comm: Comm::new(comm.as_bytes()),
        uid: None,
        score: None,
        oom_score_adj: None,
        oom_score_adj_inferred: false,
        rss_bytes: None,
        total_vm_bytes: None,
        anon_rss_bytes: Some(KiB::new(anon_kib).bytes()),
        file_rss_bytes: None,
        shmem_rss_bytes: None,
        pgtables_bytes: None,
        reaped: None,
        left_bytes: None,
        times_named: 1,
        line: LineNo::new(72),
    }
}

/// A row of a task table with all columns of today.
pub(crate) fn task(pid: i64, comm: &str, rss: u64, adj: i64, badness: Option<i64>) -> Task {
    Task {
        pid: Pid::new(pid),
        tgid: Some(Pid::new(pid)),
        uid: Some(Uid::new(1000)),
        comm: Comm::new(comm.as_bytes()),
        total_vm_bytes: Some(pages(rss * 3)),
        rss_bytes: Some(pages(rss)),
        rss_anon_bytes: Some(pages(rss - 160)),
        rss_file_bytes: Some(Bytes::ZERO),
        rss_shmem_bytes: Some(pages(160)),
        swap_bytes: Some(Bytes::ZERO),
        pgtables_bytes: Some(pages(rss / 400)),
        oom_score_adj: OomScoreAdj::new(adj),
        oom_adj: None,
        cpu: None,
        badness,
        badness_range: None,
        line: LineNo::new(60),
    }
}

/// Other trouble of one kind about somebody, within two minutes.
pub(crate) fn trouble(kind: ContextKind, subject: &str, count: u64) -> Context {
    Context {
        kind,
        subject: Some(subject.into()),
        detail: None,
        input: InputId::new(0),
        line: LineNo::new(7),
        at: Some(moment("2022-05-10T07:45:51Z")),
        at_year_assumed: false,
        since_boot_seconds: None,
        host: None,
        message: format!("{subject} is in trouble"),
        count,
        last_input: InputId::new(0),
        last_line: LineNo::new(9),
        last_at: Some(moment("2022-05-10T07:47:51Z")),
        last_since_boot_seconds: None,
    }
}

/// A moment of UTC as people eight hours to the east write it.
pub(crate) fn moment(utc: &str) -> WallTime {
    let instant: Timestamp = utc.parse().expect("the specimens hold RFC 3339");
    WallTime::new(instant, Offset::constant(8))
}

fn pages(count: u64) -> Bytes {
    oomkit_core::units::Pages::new(count).bytes(PageSize::USUAL)
}
