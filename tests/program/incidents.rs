//! `oomkit postmortem` before incidents in which it is easy to blame, limit or patch the wrong one.

use std::fs;

use serde_json::Value;

use super::run::{Folder, Ran, oomkit};

fn log(name: &str) -> String {
    format!("{}/../../tests/fixtures/logs/{name}.log.zst", env!("CARGO_MANIFEST_DIR"))
}

fn shape(name: &str) -> String {
    format!("{}/../../tests/fixtures/shapes/{name}.log", env!("CARGO_MANIFEST_DIR"))
}

fn tell(arguments: &[&str]) -> Ran {
    oomkit([&["--width", "400", "postmortem"], arguments].concat()).ends(0)
}

fn incident(arguments: &[&str]) -> Value {
    let ran = oomkit([&["postmortem", "--format", "json"], arguments].concat()).ends(0);
    ran.json()["incident"].clone()
}

fn reasons(incident: &Value) -> Vec<&str> {
    incident["gaps"].as_array().unwrap().iter().map(|gap| gap["reason"].as_str().unwrap()).collect()
}

fn limits(incident: &Value) -> Vec<&Value> {
    incident["changes"].as_array().unwrap().iter().filter(|change| change["kind"] == "limit").collect()
}

/// Returns what kernels of today say of a kill: whose memory it was, and who was killed.
fn kill(second: u32, groups: &str, name: &str, pid: u32, kib: u64) -> String {
    let (constraint, head) = match groups.starts_with("oom_memcg=") {
        true => ("MEMCG", "Memory cgroup out of memory"),
        false => ("NONE", "Out of memory"),
    };
    format!(
        "[{second:5}.000001] oom-kill:constraint=CONSTRAINT_{constraint},nodemask=(null),cpuset=/,mems_allowed=0,\
         {groups},task={name},pid={pid},uid=0\n\
         [{second:5}.000002] {head}: Killed process {pid} ({name}) total-vm:{kib}kB, anon-rss:{kib}kB, \
         file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:40kB oom_score_adj:0\n"
    )
}

#[test]
fn a_later_kill_with_another_cause_is_told() {
    let log = log("debian-6.18_amd64_shm");
    let told = incident(&[&log]);
    assert_eq!(told["blame"]["cause"], "shared-memory");
    let later = &told["later"][0];
    assert_eq!((&later["blame"]["cause"], &later["kill"]["comm"]), (&"tmpfs-shmem".into(), &"nginx".into()));
    let advised = |change: &&Value| change["text"].as_str().is_some_and(|text| text.contains("`ipcs -m`"));
    assert_eq!(told["changes"].as_array().unwrap().iter().filter(advised).count(), 1, "{told}");
    for (language, words) in [
        ("en", ["What later kills came from", "no kill frees that", "+0.3"]),
        ("zh", ["后续几次杀死进程的起因", "ipcs -m", "+0.3"]),
        ("ja", ["その後の強制終了の原因", "ipcs -m", "+0.3"]),
    ] {
        let text = tell(&[&log, "--lang", language]).out;
        for words in words {
            assert!(text.contains(words), "{words}: {text}");
        }
    }
}

#[test]
fn what_is_no_process_gets_no_limit_and_neither_does_its_victim() {
    let folder = Folder::new();
    let unit = folder.file("nginx.service", "[Service]\nExecStart=/usr/sbin/nginx\n");
    for name in ["debian-6.12_amd64_slab_inodes", "debian-6.12_amd64_tmpfs", "debian-7.2_amd64_hugepages"] {
        let patch = folder.path("fix.patch");
        let told = incident(&[&log(name), "--manifests", &unit, "--patch", &patch]);
        assert_eq!(told["happened"]["victims"][0]["comm"], "nginx", "{name}");
        assert_eq!((limits(&told), reasons(&told)), (Vec::new(), Vec::new()), "{name}");
        assert!(!fs::exists(&patch).unwrap(), "{name}");
        let text = tell(&[&log(name)]).out;
        assert!(!text.contains("Not stopped") && !text.contains("no limit stopped it"), "{text}");
    }
}

#[test]
fn another_process_of_the_same_name_is_another_process() {
    let folder = Folder::new();
    let group = "global_oom,task_memcg=/system.slice/small.service";
    let table = "\
[  100.000000] java invoked oom-killer: gfp_mask=0x100cca(GFP_HIGHUSER_MOVABLE), order=0, oom_score_adj=0
[  100.000000] Mem-Info:
[  100.000000] active_anon:900000 inactive_anon:0 isolated_anon:0
[  100.000000] 1000000 pages RAM
[  100.000000] 0 pages HighMem/MovableOnly
[  100.000000] 0 pages reserved
[  100.000000] Tasks state (memory values in pages):
[  100.000000] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
[  100.000000] [     10]     0    10    10000    10000    40960        0          1000 java
[  100.000000] [     20]     0    20   900000   850000    40960        0             0 java
";
    let text = format!("{table}{}", kill(100, group, "java", 10, 40_000).replace("adj:0", "adj:1000"));
    let kern = folder.file("kern.log", &text);
    let small = folder.file("small.service", "[Service]\nExecStart=/usr/bin/small\n");
    let told = incident(&[&kern, "--manifests", &small]);
    assert_eq!(told["blame"]["culprit"]["pid"], 20, "{told}");
    assert_eq!(reasons(&told), ["not-recognised"], "the unit is the victim's");
    assert!(limits(&told).iter().all(|limit| limit["scope"].is_null()), "{told}");
    let text = tell(&[&kern]).out;
    assert!(
        text.starts_with(
            "java (pid 10) was killed at 39.1 MiB: the machine was full, and java (pid 20) had filled it"
        ),
        "{text}"
    );
    assert!(text.contains("To blame     java (pid 20), 3.2 GiB"), "{text}");
}

#[test]
fn the_newest_incident_is_told_in_whichever_order_the_logs_are_named() {
    let folder = Folder::new();
    let at = |day: u32, name: &str, pid: u32| {
        format!(
            "2026-05-{day:02}T10:00:00+00:00 node7 kernel: [ 100.000002] Out of memory: Killed process {pid} ({name}) \
             total-vm:9000kB, anon-rss:8000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:40kB oom_score_adj:0\n"
        )
    };
    let ends = folder.file("a.log", &(at(3, "oldest", 3) + &at(9, "newest", 9)));
    let middle = folder.file("b.log", at(5, "middle", 5));
    for inputs in [[&ends, &middle], [&middle, &ends]] {
        let told = incident(&[inputs[0], inputs[1]]);
        assert_eq!(told["happened"]["victims"][0]["comm"], "newest", "{inputs:?}");
        assert_eq!((&told["happened"]["earlier"], &told["happened"]["kills"]), (&2.into(), &1.into()));
    }
}

#[test]
fn two_logs_of_one_kill_tell_of_one() {
    let folder = Folder::new();
    let kill = "Killed process 2211 (report) total-vm:13400000kB, anon-rss:12100000kB, file-rss:2048kB, shmem-rss:0kB";
    let score = "Out of memory: Kill process 2211 (report) score 757 or sacrifice child";
    let dmesg = folder.file("dmesg", format!("[50000.104801] {score}\n[50000.104822] {kill}\n"));
    let stamp = "2026-05-10T17:45:51.104822+02:00 node7 kernel:";
    let journal = folder.file("journal", format!("{stamp} {kill}\n"));
    let syslog = folder.file(
        "syslog",
        format!("May 10 15:45:51 node7 kernel: {score}\nMay 10 15:45:51 node7 kernel: {kill}\n"),
    );
    for inputs in [[&dmesg, &journal], [&journal, &dmesg], [&syslog, &journal], [&journal, &syslog]] {
        let told = incident(&[inputs[0], inputs[1], "--timezone", "Asia/Tokyo"]);
        let happened = &told["happened"];
        assert_eq!((&happened["kills"], &happened["earlier"]), (&1.into(), &0.into()), "{inputs:?}");
        assert_eq!(happened["scope"], "global", "the log that tells more: {inputs:?}");
        // What it does not tell, or not for sure, the other one does.
        assert_eq!(happened["at"], "2026-05-10T17:45:51.104822+02:00", "{inputs:?}");
        assert_eq!((&happened["host"], &happened["at_year_assumed"]), (&"node7".into(), &false.into()));
        assert_eq!(happened["since_boot_seconds"].is_null(), !inputs.contains(&&dmesg), "{inputs:?}");
        let lines = happened["evidence"].as_array().unwrap();
        for input in [0, 1] {
            assert!(lines.iter().any(|line| line["input"] == input), "{inputs:?}: {lines:?}");
        }
    }
}

#[test]
fn control_groups_that_reach_their_own_limits_are_incidents_of_their_own() {
    let text = tell(&[&log("debian-6.1_amd64_memcg2_concurrent")]).out;
    assert!(text.contains("the same logs have 3 earlier incidents"), "{text}");
    assert!(!text.contains("kills followed") && !text.contains("in the same incident"), "{text}");

    // Where the machine ran out as well, that is the story, and that it was in no danger is not said.
    let folder = Folder::new();
    let own = "oom_memcg=/system.slice/a.service,task_memcg=/system.slice/a.service";
    let all = kill(10, own, "a", 10, 9000)
        + &kill(60, "global_oom,task_memcg=/system.slice/b.service", "b", 20, 9000)
        + &kill(90, own, "a", 30, 9000);
    let told = incident(&[&folder.file("kern.log", &all)]);
    assert_eq!(told["happened"]["victims"][0]["comm"], "b");
    assert_eq!((&told["happened"]["kills"], &told["happened"]["earlier"]), (&3.into(), &0.into()));
    assert!(!reasons(&told).contains(&"limit-reached"), "{told}");
}

#[test]
fn a_limit_is_called_its_own_only_where_the_log_names_both_groups() {
    let text = tell(&[&shape("5.10_memcg_suppressed")]).out;
    assert!(text.contains("a limit of its control group or of one above"), "{text}");
    let told = incident(&[&shape("5.4_memcg_cut-tail")]);
    assert_eq!(reasons(&told), ["group-limit-reached"]);
    let told = incident(&[&log("debian-6.1_amd64_memcg2_nested")]);
    assert_eq!(reasons(&told), ["parent-limit-reached"]);
    let told = incident(&[&log("debian-6.1_amd64_memcg2_k8s")]);
    assert_eq!(reasons(&told), ["limit-reached"]);
}

#[test]
fn nodes_that_are_full_and_groups_that_are_tiny_get_no_limit_made_up() {
    for name in ["ubuntu-5.4_amd64_numa_cpuset2", "debian-7.2_amd64_numa_mempolicy"] {
        assert_eq!(limits(&incident(&[&log(name)])), Vec::<&Value>::new(), "{name}");
    }
    let told = incident(&[&shape("5.1_memcg_constraint-none")]);
    assert_eq!(limits(&told), Vec::<&Value>::new(), "half of 8 MiB is less than was in use");
}

/// Where the limit of a pod is the sum of its containers', a part of it is no measure for one of them.
#[test]
fn a_limit_of_a_pod_lowers_none_of_its_containers() {
    let folder = Folder::new();
    let pod = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0f6a1c2e_7b3d_4a5f_9c8e_2d1b0a9f8e7d.slice";
    let id = "a1b2c3d4e5f60718293a4b5c6d7e8f90112233445566778899aabbccddeeff00";
    let report = |pages: u32| {
        let kib = u64::from(pages) * 4;
        format!(
            "[   10.000000] worker invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=936\n\
             [   10.000000] memory: usage 1048576kB, limit 1048576kB, failcnt 9\n\
             [   10.000000] Memory cgroup stats for {pod}:\n[   10.000000] anon 1029145600\n\
             [   10.000000] Tasks state (memory values in pages):\n\
             [   10.000000] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n\
             [   10.000000] [   4200]  1000  4200    90000    60000   700000        0           936 sidecar\n\
             [   10.000000] [   4300]  1000  4300   290000 {pages:8}   700000        0           936 worker\n{}",
            kill(
                10,
                &format!("oom_memcg={pod},task_memcg={pod}/cri-containerd-{id}.scope"),
                "worker",
                4300,
                kib
            )
        )
    };
    let manifest = |pod: &str, limits: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: worker}}\nspec:\n{pod}  containers:\n    - name: worker\n      \
             image: registry.example/worker:1\n      resources: {{requests: {{memory: 256Mi}}{limits}}}\n"
        );
        folder.file("pod.yaml", &text)
    };
    let whole = "  resources: {limits: {memory: 1Gi}}\n";
    for (pages, pod, own) in [
        (184_000, "", ", limits: {memory: 768Mi}"),
        (140_000, "", ", limits: {memory: 768Mi}"),
        (140_000, "", ""),
        // One that is the pod's own is shared as a machine is, but nobody gets less than was in use.
        (184_000, whole, ""),
    ] {
        let kern = folder.file("kern.log", report(pages));
        let told = incident(&[&kern, "--manifests", &manifest(pod, own)]);
        assert_eq!(told["blame"]["culprit"]["name"], "worker", "{told}");
        assert_eq!(limits(&told), Vec::<&Value>::new(), "{pages} {pod} {own}");
        let is_told = told["missing"].as_array().unwrap().iter().any(|missing| missing == "shares");
        assert!(is_told, "{}", told["missing"]);
    }
}

#[test]
fn what_the_log_knows_of_its_victim_rules_others_out() {
    let folder = Folder::new();
    let unit = |name: &str, limit: &str| {
        let text = format!("[Service]\nExecStart=/usr/bin/python3 /srv/app.py\n{limit}");
        folder.file(name, &text)
    };
    let app = unit("app.service", "");
    let template = unit("job@.service", "");
    let of = |path: &str| {
        let text = kill(10, &format!("global_oom,task_memcg={path}"), "python3", 7, 3_000_000);
        folder.file("kern.log", &text)
    };
    let pod = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0f6a1c2e_7b3d_4a5f_9c8e_2d1b0a9f8e7d.slice/\
               cri-containerd-a1b2c3d4e5f60718293a4b5c6d7e8f90112233445566778899aabbccddeeff00.scope";
    for (path, manifest, expected) in [
        ("/system.slice/app.service", &app, "no-limit"),
        ("/system.slice/cron.service", &app, "not-recognised"),
        ("/user.slice/user-0.slice/session-3.scope", &app, "not-recognised"),
        (
            "/system.slice/docker-a1b2c3d4e5f60718293a4b5c6d7e8f90112233445566778899aabbccddeeff00.scope",
            &app,
            "not-recognised",
        ),
        (pod, &app, "not-recognised"),
        ("/batch/7", &app, "no-limit"),
        ("/system.slice/system-job.slice/job@1.service", &template, "no-limit"),
    ] {
        let told = incident(&[&of(path), "--manifests", manifest]);
        assert_eq!(reasons(&told), [expected], "{path}");
    }
    // A pod of another class is another pod.
    let cluster = |resources: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: app}}\nspec:\n  containers:\n    - name: app\n      \
             image: registry.example/x:1\n      command: [python3, app.py]\n      resources: {resources}\n"
        );
        folder.file("pod.yaml", &text)
    };
    for (resources, expected) in [
        ("{}", "not-recognised"),
        ("{requests: {memory: 1Gi}}", "no-limit"),
        ("{limits: {memory: 9Gi, cpu: 1}}", "not-recognised"),
    ] {
        let told = incident(&[&of(pod), "--manifests", &cluster(resources)]);
        assert_eq!(reasons(&told), [expected], "{resources}");
    }
}

#[test]
fn a_limit_that_was_reached_is_shown_where_it_is_written() {
    let folder = Folder::new();
    let path = "/system.slice/app.service";
    let report = format!(
        "[   10.000000] memory: usage 65536kB, limit 65536kB, failcnt 9\n[   10.000000] Memory cgroup stats for {path}:\n\
         [   10.000000] anon 66637824\n{}",
        kill(10, &format!("oom_memcg={path},task_memcg={path}"), "app", 7, 64_000)
    );
    let head =
        "[   10.000000] app invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n";
    let kern = folder.file("kern.log", format!("{head}{report}"));
    let unit =
        |limit: &str| folder.file("app.service", format!("[Service]\nExecStart=/usr/bin/app\n{limit}"));
    for (limit, reason, words) in [
        ("MemoryMax=64M\n", "limit-written", "Set in"),
        (
            "MemoryMax=512M\n",
            "other-limit",
            "written with a limit of 512.0 MiB, but the one that was reached is 64.0 MiB",
        ),
        ("", "other-limit", "written without a limit, but one of 64.0 MiB was reached"),
    ] {
        let unit = unit(limit);
        assert_eq!(reasons(&incident(&[&kern, "--manifests", &unit])), ["limit-reached", reason], "{limit}");
        let text = tell(&[&kern, "--manifests", &unit]).out;
        assert!(text.contains(words) && text.contains("app.service:"), "{text}");
    }
    // Where nothing but the program speaks for it, another limit speaks against it.
    let text = fs::read_to_string(&kern).unwrap().replace(path, "/batch/7");
    let bare = folder.file("bare.log", text);
    let unit = unit("MemoryMax=512M\n");
    assert_eq!(reasons(&incident(&[&bare, "--manifests", &unit])), ["limit-reached", "not-recognised"]);
}

#[test]
fn killers_of_user_space_are_named_with_whom_they_killed_and_why() {
    for (name, words) in [
        (
            "userspace_systemd-oomd-pressure",
            "systemd-oomd killed /system.slice/index.service, and not the kernel; its reason: memory pressure for \
             /system.slice being 71.20% > 60.00%",
        ),
        ("userspace_kubelet-eviction", "kubelet killed report-7d9f_shop("),
        (
            "userspace_earlyoom",
            "viewer (pid 30412) was killed at 2.2 GiB: earlyoom did it, and not the kernel.",
        ),
        ("android_lmkd", "lmkd did it, and not the kernel; its reason: min watermark is breached"),
    ] {
        let text = tell(&[&shape(name)]).out;
        assert!(text.lines().next().unwrap().contains(words), "{words} in {text}");
    }
    // The unit that failed is the one that was killed, and what a kubelet is short of is nobody.
    for name in ["userspace_systemd-oomd", "userspace_kubelet-eviction"] {
        assert_eq!(incident(&[&shape(name)])["at_risk"], Value::Array(Vec::new()), "{name}");
    }
    // A unit without a limit is recognised by what was killed.
    let folder = Folder::new();
    let unit = folder.file("index.service", "[Service]\nExecStart=/usr/bin/indexer\n");
    let told = incident(&[&shape("userspace_systemd-oomd-pressure"), "--manifests", &unit]);
    assert_eq!(reasons(&told), ["no-limit"]);
}

#[test]
fn what_killed_nobody_is_not_counted_as_a_kill() {
    let told = incident(&[&log("ubuntu-5.4_amd64_memcg2_nokill")]);
    assert_eq!((&told["happened"]["kills"], &told["happened"]["in_vain"]), (&0.into(), &52.into()));
    let text = tell(&[&log("ubuntu-5.4_amd64_memcg2_nokill")]).out;
    assert!(text.contains("the killer ran 52 times and found nobody") && !text.contains("kills"), "{text}");

    let text = tell(&[&log("debian-5.10-686pae_i386_tmpfs")]).out;
    assert!(text.contains("; 4 kills followed one another; in the end the kernel panicked."), "{text}");
    assert!(text.contains("the kernel PANICKED for want of memory"), "{text}");

    let text = tell(&[&shape("4.10_global_allocation-stall")]).out;
    assert!(text.starts_with("An allocation had to wait for long; nobody was killed."), "{text}");
    let text = tell(&[&shape("5.14_global_in-crash-kernel")]).out;
    assert!(text.contains("the crash kernel was full") && text.contains("crash kernel (kdump)"), "{text}");
}

#[test]
fn whom_the_story_begins_with_is_not_told_as_one_more() {
    let names = |name: &str| {
        let told = incident(&[&log(name)]);
        let risks = told["at_risk"].as_array().unwrap().clone();
        risks
            .iter()
            .map(|risk| format!("{} {}", risk["name"].as_str().unwrap(), risk["risk"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    let told = names("debian-6.12_amd64_alloc_task");
    assert!(!told.iter().any(|risk| risk.starts_with("newcomer")), "{told:?}");
    // Who was killed later was the next, and is told once.
    let told = names("debian-5.10-686pae_i386_highmem");
    assert_eq!(told.iter().filter(|risk| risk.starts_with("memhog2")).count(), 1, "{told:?}");
}

#[test]
fn one_size_is_told_of_one_process() {
    for (name, size) in [
        ("debian-6.18_amd64_pgtable", "273.2 MiB"),
        ("debian-6.18_amd64_shm", "271.8 MiB"),
        ("debian-6.12_amd64_zram", "298.2 MiB"),
    ] {
        let text = tell(&[&log(name)]).out;
        let head: String = text.lines().take(3).collect();
        assert_eq!(head.matches(size).count(), 2, "{text}");
    }
    // The machine has more than the process, though most of that lay in swap.
    let told = incident(&[&shape("3.10_global_rhel7")]);
    let (machine, held) = (&told["happened"]["machine_bytes"], &told["blame"]["culprit"]["bytes"]);
    assert!(held.as_u64().unwrap() < machine.as_u64().unwrap(), "{told}");
}
