//! Many events: a folder of logs is summed up before the last of them are shown.

use serde_json::json;

use super::run::{Folder, log, oomkit};

/// Two machines' logs: a swarm, a bystander, a service that is started again and again, and more.
fn folder() -> Folder {
    let folder = Folder::new();
    for run in ["ubuntu-5.15_amd64_swarm_big", "ubuntu-5.4_amd64_pgtable", "debian-6.12_amd64_tmpfs"] {
        folder.file(&format!("{run}.log"), log(run));
    }
    let rounds = [("08:00:00", 501), ("08:10:00", 613), ("08:21:00", 702), ("08:30:30", 755)];
    let text: String = rounds.into_iter().map(|(time, pid)| shop(time, pid)).collect();
    folder.file("kern.log", text);
    folder
}

/// The same service at the same limit again.
fn shop(time: &str, pid: u32) -> String {
    let path = "/system.slice/shop.service";
    let lines = [
        "shop invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0".to_owned(),
        "memory: usage 524288kB, limit 524288kB, failcnt 10".to_owned(),
        format!(
            "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg={path},\
             task_memcg={path},task=shop,pid={pid},uid=0"
        ),
        format!(
            "Memory cgroup out of memory: Killed process {pid} (shop) total-vm:900000kB, anon-rss:520000kB, \
             file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:1100kB oom_score_adj:0"
        ),
    ];
    lines.into_iter().map(|line| format!("2024-03-05T{time}+00:00 web1 kernel: {line}\n")).collect()
}

#[test]
fn a_folder_is_summed_up() {
    let folder = folder();
    let ran = oomkit(["decode", "--width", "200", &folder.path("")]).ends(0);
    let first = ran.out.lines().next().unwrap();
    assert!(first.starts_with("At least ") && first.ends_with("in 4 inputs."), "{first}");
    for told in [
        "Most often: OOM kill of httpd (the machine), 64 times",
        "64 kills of httpd: together they filled the machine; up to 94 at once held",
        "shop (unit shop.service) is in a crash loop: 4 kills, about every 10 min, each time at about 507.8 MiB",
        "sparse-map was killed, and 1 bystander after it, while its memory was on its way back: nginx",
        "The kernel suppressed",
    ] {
        assert!(ran.out.contains(told), "{told}: {}", ran.out);
    }
    let row =
        |start: &str| ran.out.lines().find(|line| line.trim_start().starts_with(start)).unwrap_or_default();
    let shop = row("4  OOM kill  shop");
    assert!(shop.contains("unit shop.service") && shop.contains("2024-03-05 08:00 to 08:30"), "{}", ran.out);
    assert!(row("1+1  OOM kill").contains("page-tables"), "{}", ran.out);
    assert!(row("64  OOM kill  httpd").contains("many-processes"), "{}", ran.out);
}

#[test]
fn json_sums_up_as_well() {
    let folder = folder();
    let document = oomkit(["decode", "--format", "json", &folder.path("")]).ends(0).json();
    let summary = &document["summary"];
    assert_eq!(summary["events"], document["events"].as_array().unwrap().len());
    assert_eq!(summary["first_at"], "2024-03-05T08:00:00+00:00");
    let group = |victim: &str| {
        let groups = summary["groups"].as_array().unwrap();
        groups.iter().find(|group| group["victim"] == victim).unwrap_or_else(|| panic!("no {victim}"))
    };
    assert_eq!(
        group("shop")["crash_loop"],
        json!({
            "events": 4, "every_seconds": 610.0, "first_bytes": 532_480_000, "last_bytes": 532_480_000,
            "trend": "steady"
        })
    );
    assert_eq!(group("shop")["host"], "web1");
    assert_eq!(group("httpd")["swarm"]["most_tasks"], 94);
    assert_eq!(group("httpd")["crash_loop"], json!(null));
    assert_eq!(group("sparse-map")["bystander_names"], json!(["nginx"]));
    let counted: u64 = summary["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["events"].as_u64().unwrap() + group["bystanders"].as_u64().unwrap())
        .sum();
    assert_eq!(summary["events"], counted);
}
