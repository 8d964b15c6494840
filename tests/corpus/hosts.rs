//! Captured hosts: which hierarchy, which cgroups, whose limit binds; and the live host against its capture.

use std::{fmt::Write as _, fs};

use oomkit_core::{limit::Limit, reading::Reading, units::Bytes, workload::Workload};
use oomkit_host::{
    Host,
    bounds::Owner,
    kernel::{cgroup_tree, cgroup_tree::Forest, fields},
    processes::Parts,
    tree::{Capture, Folder, Recording, Tree, path_of},
};

use crate::support::{files, folder, name_of};

/// Returns every captured host by its name.
fn hosts() -> Vec<(String, Host<Capture>)> {
    let hosts: Vec<_> = files(&folder("hosts"))
        .iter()
        .map(|path| {
            let name = name_of(path);
            let capture =
                Capture::new(fs::read(path).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
            (name.trim_end_matches(".capture").to_owned(), Host::over(capture))
        })
        .collect();
    assert!(4 <= hosts.len());
    hosts
}

fn host(name: &str) -> Host<Capture> {
    hosts().into_iter().find(|(own, _)| own == name).unwrap_or_else(|| panic!("{name} is missing")).1
}

/// Shows a cgroup in one line: its bounds, its use, what happened, and who runs there.
fn line(forest: &Forest, place: usize, ram: Option<Bytes>, swap: Option<Bytes>) -> String {
    let cgroup = &forest.cgroups[place];
    let bound = |bound: oomkit_host::bounds::Bound| {
        let owner = match bound.owner {
            Owner::Nobody => String::new(),
            Owner::Machine => " (machine)".to_owned(),
            Owner::Cgroup(owner) if owner == place => " (own)".to_owned(),
            Owner::Cgroup(owner) => format!(" ({})", shown(&forest.cgroups[owner].path)),
        };
        let sure = if bound.is_certain() { "" } else { " or less" };
        format!("{}{sure}{owner}", bound.limit)
    };
    let memory = forest.memory_bound(place, ram);
    let swap = forest.swap_bound(place, swap);
    let usage = &cgroup.usage.memory;
    let working = usage.as_ref().known().zip(cgroup.stat.as_ref().known());
    let working = working.and_then(|(usage, stat)| stat.working_set(*usage));
    let working = working.map_or("-".to_owned(), |size| size.to_string());
    let kills = cgroup.events.own.kills.as_ref().known().map_or("-".to_owned(), ToString::to_string);
    let members = cgroup.members.as_ref().known().map_or("-".to_owned(), |members| members.len().to_string());
    let path = shown(&cgroup.path);
    let workload = Workload::of_path(&path).map_or("-".to_owned(), |workload| workload.describe());
    format!(
        "{path}: {}, swap {}; uses {usage}, working set {working}; {kills} kills; {members} processes; {workload}",
        bound(memory),
        bound(swap)
    )
}

fn shown(path: &[u8]) -> String {
    String::from_utf8_lossy(path)
        .replace(&"a1b2c3d4e5f60718293a4b5c6d7e8f90".repeat(2), "CID")
        .replace(&"c0ffee00".repeat(8), "PAUSE")
        .replace(&"db".repeat(32), "DB")
        .replace("0f6a1c2e_3b4d_4e5f_8a9b_0c1d2e3f4a5b", "UID_")
}

fn lines(host: &Host<Capture>) -> String {
    let forest = host.cgroups(cgroup_tree::Parts::ALL).known().expect("a hierarchy");
    let meminfo = host.meminfo().known().expect("memory");
    let mut out = String::new();
    for place in 0..forest.cgroups.len() {
        out += &line(&forest, place, meminfo.total, meminfo.swap_total);
        out.push('\n');
    }
    out
}

#[test]
fn cgroups_of_captured_hosts_have_bounds_and_owners() {
    let mut text = String::new();
    for (name, host) in hosts() {
        // What a real kernel counted changes with each capture, so only the shape of it is compared.
        let _ = write!(text, "{name}\n{}\n", lines(&host));
    }
    insta::assert_snapshot!("cgroups", text);
}

#[test]
fn a_real_kernels_own_sum_of_limits_agrees_with_ours() {
    for name in ["linux-6.18_v1-beside-v2", "v1_docker"] {
        let host = host(name);
        let forest = host.cgroups(cgroup_tree::Parts::ALL).known().unwrap();
        let mut checked = 0;
        for (place, cgroup) in forest.cgroups.iter().enumerate() {
            let told = cgroup.stat.as_ref().known().and_then(|stat| stat.hierarchical_limit()).unwrap();
            let ours = forest.memory_bound(place, None).limit;
            match ours {
                Limit::At(limit) => assert_eq!(limit, told, "{name} {}", shown(&cgroup.path)),
                Limit::Max => assert!(1 << 62 < told.get(), "{name} {}", shown(&cgroup.path)),
            }
            checked += 1;
        }
        assert!(4 < checked);
    }
}

#[test]
fn the_kill_of_a_real_kernel_is_found_where_it_happened() {
    let host = host("linux-6.18_v1-beside-v2");
    let forest = host.cgroups(cgroup_tree::Parts::ALL).known().unwrap();
    let web = forest.find(b"/shop/web").unwrap();
    assert_eq!(forest.cgroups[web].events.own.kills, Reading::Known(1));
    assert_eq!(forest.owner_of_kills(web), Some(web));
    let headroom = forest.headroom(web).unwrap();
    assert_eq!(headroom.owner, web);
    // Version 2 beside it tells the pressure of the cgroup of the same path.
    assert!(forest.cgroups[web].pressure.is_known());
    assert_eq!(forest.cgroups[forest.find(b"/shop/db").unwrap()].pressure, Reading::Absent);
}

#[test]
fn processes_of_a_real_kernel_are_read_whole() {
    let host = host("linux-6.18_v1-beside-v2");
    let parts = Parts { cgroup: true, arguments: true, smaps_rollup: true, ..Parts::HARMLESS };
    let mut seen = Vec::new();
    let walked = host.processes(parts, &mut |process| {
        let stat = process.stat.known().unwrap();
        // Of the kernel's own tasks only the cgroup is of interest.
        assert_eq!(process.status.is_known(), !stat.is_kernel_thread);
        let Some(status) = process.status.known() else {
            assert_eq!((process.adjustment, process.smaps_rollup), (Reading::Absent, Reading::Absent));
            seen.push(format!("{} of the kernel", stat.comm));
            return;
        };
        assert_eq!(status.comm.as_ref(), Some(&stat.comm));
        assert_eq!(status.parent, Some(stat.parent));
        assert_eq!(status.threads, Some(stat.threads));
        let parts = [status.resident_anon, status.resident_file, status.resident_shmem];
        let sum = parts.into_iter().flatten().reduce(Bytes::saturating_add);
        assert_eq!(sum, status.resident, "{}", stat.comm);
        let rollup = process.smaps_rollup.as_ref().known().and_then(|rollup| rollup.resident);
        assert_eq!(rollup, status.resident, "{}", stat.comm);
        let cgroup = process.cgroup.known().and_then(|cgroup| cgroup.of_memory().map(shown)).unwrap();
        seen.push(format!("{} {} {cgroup}", stat.comm, process.adjustment));
    });
    assert_eq!(walked.known().map(|walked| (walked.seen, walked.vanished, walked.denied)), Some((3, 0, 0)));
    assert_eq!(seen, ["kthreadd of the kernel", "php-fpm 938 /shop/web", "a) S (b\\xff 0 /shop/db"]);
}

#[test]
fn the_machine_of_a_real_kernel_adds_up() {
    let host = host("linux-6.18_v1-beside-v2");
    let page_size = host.page_size().known().unwrap();
    let meminfo = host.meminfo().known().unwrap();
    let zones = host.zones().known().unwrap();
    let managed: u64 = zones.iter().filter_map(|zone| zone.managed).map(|pages| pages.get()).sum();
    // The zones add up to their node. The machine's own total was higher on this virtual machine, whose memory
    // is changed while it runs, so it is no measure for its zones.
    let nodes = host.nodes().known().unwrap();
    let of_nodes =
        nodes.iter().filter_map(|(_, node)| node.as_ref().known()?.total).reduce(Bytes::saturating_add);
    assert_eq!(Some(managed * page_size.bytes().get()), of_nodes.map(Bytes::get));
    assert!(of_nodes < meminfo.total);
    assert!(
        meminfo.others.iter().all(|(name, _)| name.starts_with("DirectMap")
            || name.starts_with("Vmalloc")
            || name.starts_with("FilePmd")
            || name.starts_with("ShmemPmd")),
        "{:?}",
        meminfo.others
    );
    assert_eq!(meminfo.huge_pages_total, Some(0));
    let zone_names: Vec<&str> = zones.iter().map(|zone| &*zone.name).collect();
    assert_eq!(zone_names, ["DMA", "DMA32", "Normal", "Movable", "Device"]);
    for (zone, buddies) in zones.iter().zip(host.buddies().known().unwrap()) {
        assert_eq!((zone.node, &zone.name), (buddies.node, &buddies.zone));
    }
    assert!(host.vmstat().known().unwrap().oom_kills().is_some_and(|kills| 0 < kills));
    assert_eq!(host.swaps(), Reading::Known(Vec::new()));
    let caches = host.caches().known().unwrap();
    assert!(caches.iter().any(|cache| &*cache.name == "dentry" && Bytes::ZERO < cache.size(page_size)));
    assert_eq!(nodes.len(), 1);
    assert_eq!(host.identity().hostname, Reading::Known("node-9".to_owned()));
    assert!(host.uptime().is_known() && host.boot_time().is_known() && host.pressure().is_known());
    assert_eq!(host.setting("vm/overcommit_memory"), Reading::Known(0));
}

/// Reads all that a host tells, as text.
fn everything(tree: &dyn Tree) -> String {
    let host = Host::over(tree);
    let mut out = format!(
        "{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n",
        host.meminfo(),
        host.nodes(),
        host.vmstat(),
        host.pressure(),
        host.swaps(),
        host.zones(),
        host.buddies(),
        host.caches(),
        host.identity(),
        host.setting("vm/swappiness"),
    );
    let forest = host.cgroups(cgroup_tree::Parts::ALL);
    let _ = writeln!(out, "{:?}", forest.map(|forest| (forest.hierarchy, forest.is_whole, forest.cgroups)));
    let parts = Parts { cgroup: true, arguments: true, ..Parts::HARMLESS };
    let walked = host.processes(parts, &mut |process| {
        let _ = writeln!(out, "{process:?}");
    });
    let _ = writeln!(out, "{walked:?}");
    out
}

/// Invariant 19: a live host and a capture of it are the same.
#[test]
fn a_capture_of_this_host_reads_like_this_host() {
    let live = Folder::live();
    let recording = Recording::of(&live);
    let told = everything(&recording);
    assert!(1000 < told.len());
    let mut text = Vec::new();
    recording.write(&mut text).unwrap();
    let again = everything(&Capture::new(text).unwrap());
    // What is read twice, as the mounts are, may have changed in between; nothing else may differ.
    let differing: Vec<_> = told.lines().zip(again.lines()).filter(|(told, again)| told != again).collect();
    assert!(differing.is_empty(), "{differing:#?}");
    assert_eq!(told.lines().count(), again.lines().count());
}

/// Every cut of every file of every host: nothing panics, and what is read is what was there.
#[test]
fn cut_files_harm_nobody() {
    for (name, host) in hosts() {
        let tree = host.tree();
        let mut paths = Vec::new();
        collect(tree, b"/", &mut paths);
        assert!(3 < paths.len(), "{name}");
        for path in paths {
            let mut bytes = Vec::new();
            if !tree.read(path_of(&path), &mut bytes).is_known() {
                continue;
            }
            for end in (0..bytes.len()).step_by(bytes.len() / 40 + 1) {
                let mut text = b"//- ".to_vec();
                text.extend_from_slice(&path);
                text.push(b'\n');
                text.extend(bytes[..end].iter().flat_map(|b| format!("\\x{b:02x}").into_bytes()));
                text.extend_from_slice(b"\\\n");
                if let Ok(cut) = Capture::new(text) {
                    everything(&cut);
                }
            }
        }
    }
}

fn collect(tree: &dyn Tree, folder: &[u8], paths: &mut Vec<Vec<u8>>) {
    for (name, kind) in oomkit_host::tree::names(tree, path_of(folder)).known().unwrap_or_default() {
        let mut path = folder.strip_suffix(b"/").unwrap_or(folder).to_vec();
        path.push(b'/');
        path.extend_from_slice(&name);
        if kind == oomkit_host::tree::Kind::Folder {
            collect(tree, &path, paths);
        } else if !path.contains(&b' ') {
            paths.push(path);
        }
    }
}

/// Where the libraries are right, ours say the same of the same bytes.
#[test]
fn our_readers_agree_with_procfs_where_it_reads() {
    use oomkit_host::kernel::{
        meminfo::Meminfo, mountinfo::Mount, pid_smaps_rollup::PidSmapsRollup, pid_stat::PidStat,
        pid_status::PidStatus,
    };
    use procfs::{FromBufRead as _, FromRead as _};
    let live = Folder::live();
    let read = |path: &str| oomkit_host::tree::read(&live, path).known();
    let bytes = read("/proc/meminfo").unwrap();
    let (ours, theirs) =
        (Meminfo::read(&bytes).known().unwrap(), procfs::Meminfo::from_buf_read(&*bytes).unwrap());
    assert_eq!(ours.total.map(Bytes::get), Some(theirs.mem_total));
    assert_eq!(ours.cached.map(Bytes::get), Some(theirs.cached));
    assert_eq!(ours.slab_unreclaimable.map(Bytes::get), theirs.s_unreclaim);
    assert_eq!(ours.percpu.map(Bytes::get), theirs.per_cpu);
    let bytes = read("/proc/self/mountinfo").unwrap();
    let theirs = procfs::process::MountInfos::from_buf_read(&*bytes).unwrap();
    let ours = Mount::read_all(&bytes);
    assert_eq!(ours.len(), theirs.0.len());
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert_eq!(String::from_utf8_lossy(&ours.kind), theirs.fs_type);
    }
    let mut compared = 0;
    let mut pids = Vec::new();
    live.folders(path_of(b"/proc"), &mut |name| pids.extend(fields::number(name))).known().unwrap();
    for pid in pids {
        if let Some(bytes) = read(&format!("/proc/{pid}/stat"))
            && let Ok(theirs) = procfs::process::Stat::from_read(&*bytes)
        {
            let ours = PidStat::read(&bytes).known().unwrap();
            assert_eq!(
                (
                    ours.pid.get(),
                    ours.parent.get(),
                    ours.start_ticks,
                    ours.state,
                    ours.minor_faults,
                    ours.major_faults
                ),
                (
                    theirs.pid.into(),
                    theirs.ppid.into(),
                    theirs.starttime,
                    theirs.state,
                    theirs.minflt,
                    theirs.majflt
                )
            );
            assert_eq!(
                (i64::try_from(ours.threads), ours.resident.map(|pages| pages.get())),
                (Ok(theirs.num_threads), Some(theirs.rss))
            );
            compared += 1;
        }
        if let Some(bytes) = read(&format!("/proc/{pid}/status"))
            && let Ok(theirs) = procfs::process::Status::from_buf_read(&*bytes)
        {
            let ours = PidStatus::read(&bytes).known().unwrap();
            let kib = |size: Option<Bytes>| size.map(Bytes::kib);
            assert_eq!(kib(ours.resident), theirs.vmrss, "{pid}");
            assert_eq!(kib(ours.resident_anon), theirs.rssanon, "{pid}");
            assert_eq!(kib(ours.swap), theirs.vmswap, "{pid}");
            assert_eq!(ours.effective_uid.map(|uid| uid.get()), Some(i64::from(theirs.euid)), "{pid}");
        }
    }
    assert!(3 < compared);
    let bytes = read("/proc/self/smaps_rollup").unwrap();
    assert!(PidSmapsRollup::read(&bytes).known().unwrap().share.is_some());
}

/// Writes a capture's cgroups as a folder, since the library wants one.
fn unfolded(name: &str) -> tempfile::TempDir {
    let host = host(name);
    let folder = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    collect(host.tree(), b"/", &mut paths);
    for path in paths {
        let mut bytes = Vec::new();
        if host.tree().read(path_of(&path), &mut bytes).is_known() {
            let path = folder.path().join(std::str::from_utf8(&path[1..]).unwrap());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }
    folder
}

#[test]
fn our_reader_agrees_with_cgroups_rs_where_it_is_right() {
    use cgroups_rs::fs::memory::MemController;
    let cid = "a1b2c3d4e5f60718293a4b5c6d7e8f90".repeat(2);
    let pod = "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0f6a1c2e_3b4d_4e5f_8a9b_0c1d2e3f4a5b.slice";
    for (name, mount, path, v2) in [
        ("v2_kubernetes-node", "sys/fs/cgroup", format!("{pod}/cri-containerd-{cid}.scope"), true),
        ("v2_kubernetes-node", "sys/fs/cgroup", "system.slice/nginx.service".to_owned(), true),
        ("v1_docker", "sys/fs/cgroup/memory", format!("docker/{cid}"), false),
        ("linux-6.18_v1-beside-v2", "sys/fs/cgroup/memory", "shop/web".to_owned(), false),
    ] {
        let folder = unfolded(name);
        let theirs = MemController::new(folder.path().join(mount).join(&path), "".into(), v2).memory_stat();
        // A folder of files and a capture of them are the same host.
        let of_folder = Host::open(folder.path()).unwrap();
        let forest = of_folder.cgroups(cgroup_tree::Parts::ALL).known().unwrap();
        let ours = &forest.cgroups[forest.find(format!("/{path}").as_bytes()).unwrap()];
        let limit = ours.limits.max.as_ref().known().copied();
        assert_eq!(limit, Some(Limit::At(Bytes::new(theirs.limit_in_bytes.try_into().unwrap()))), "{path}");
        assert_eq!(ours.usage.memory, Reading::Known(Bytes::new(theirs.usage_in_bytes)), "{path}");
        let stat = ours.stat.as_ref().known().unwrap();
        if v2 {
            for (key, value) in stat.entries() {
                assert_eq!(theirs.stat.raw.get(key), Some(&value), "{path} {key}");
            }
        } else {
            assert_eq!(stat.get("rss"), Some(theirs.stat.rss), "{path}");
            assert_eq!(stat.get("cache"), Some(theirs.stat.cache), "{path}");
        }
    }
}
