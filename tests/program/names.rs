//! `oomkit decode --names` and `--root`: ids in cgroup paths get the names that somebody knows.

use std::fs;

use super::run::{Folder, fed, oomkit, program};
use crate::support;

const CID: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90";
const DB: &str = "dbdbdbdb00000000dbdbdbdb00000000dbdbdbdb00000000dbdbdbdb00000000";
const UID: &str = "0f6a1c2e-3b4d-4e5f-8a9b-0c1d2e3f4a5b";

fn pod() -> String {
    format!("/kubepods/burstable/pod{UID}/{CID}")
}

fn docker() -> String {
    format!("/system.slice/docker-{DB}.scope")
}

/// Returns the kernel's lines of a kill by the limit of `limited`, which `host` wrote.
fn kill(host: &str, limited: &str, cgroup: &str, second: u64) -> String {
    let head = format!("2026-05-10T10:00:00+00:00 {host} kernel: [{second}.000001] ");
    format!(
        "{head}memory: usage 524288kB, limit 524288kB, failcnt 12\n\
         {head}oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg={limited},task_memcg={cgroup},task=php,pid=10,uid=0\n\
         {head}Memory cgroup out of memory: Killed process 10 (php) total-vm:900000kB, anon-rss:520000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:40kB oom_score_adj:938\n"
    )
}

fn fixture(name: &str) -> String {
    support::folder("names").join(name).to_str().expect("a path in UTF-8").to_owned()
}

#[test]
fn every_tool_names_its_containers() {
    for (file, cgroup, sentence) in [
        (
            "kubectl-pods.json",
            pod(),
            "The burstable pod shop/web-6f7d5c9b8-x2x9k of Deployment/web, container php (a1b2c3d4e5f6) hit its limit of 512.0 MiB.",
        ),
        (
            "crictl-ps.json",
            pod(),
            "The burstable pod shop/web-6f7d5c9b8-x2x9k, container php (a1b2c3d4e5f6) hit its limit of 512.0 MiB.",
        ),
        (
            "docker-inspect.json",
            docker(),
            "The docker container shop-db-1 (dbdbdbdb0000), Compose service shop/db hit its limit of 512.0 MiB.",
        ),
        (
            "podman-ps.json",
            format!("/machine.slice/libpod-{DB}.scope/container"),
            "The podman container shop_db_1 (dbdbdbdb0000), Compose service shop/db hit its limit of 512.0 MiB.",
        ),
        (
            "nomad-alloc.json",
            format!("/nomad.slice/share.slice/{UID}.redis.scope"),
            "The Nomad task redis of Job/cache, allocation 0f6a1c2e-3b4d-4e5f-8a9b-0c1d2e3f4a5b hit its limit of 512.0 MiB.",
        ),
    ] {
        let log = kill("node-1", &cgroup, &cgroup, 100);
        let names = fixture(file);
        let ran = fed(log.as_bytes(), &["decode", "--width", "240", "--names", &names, "-"]).ends(0);
        assert_eq!(ran.out.lines().nth(1), Some(sentence), "{file}");
        assert_eq!(ran.err, "", "{file}");
    }
}

#[test]
fn names_stand_beside_ids_in_json() {
    let log = kill("node-1", &pod(), &pod(), 100);
    let names = fixture("kubectl-pods.json");
    let arguments = ["decode", "--format", "json", "--names", &names, "-"];
    let mut workload = fed(log.as_bytes(), &arguments).ends(0).json()["events"][0]["workload"].take();
    assert_eq!(workload["named_by"].take(), serde_json::json!(names));
    assert_eq!(
        workload,
        serde_json::json!({
            "runtime": "kubernetes", "engine": null, "qos": "burstable", "pod_uid": UID, "instance": null,
            "container_id": CID, "unit": null, "name": null, "user": null, "monitor": false,
            "misplaced": false, "pod": "web-6f7d5c9b8-x2x9k", "namespace": "shop", "owner": "Deployment/web",
            "container": "php", "image": "registry.example/shop/php:8.3", "project": null, "service": null,
            "declared_limit_bytes": 512 << 20, "declared_request_bytes": 256 << 20, "sandbox": false,
            "named_by": null,
        })
    );
    let unnamed = fed(log.as_bytes(), &["decode", "--format", "json", "--names", "none"]).ends(0).json();
    assert_eq!(unnamed["events"][0]["workload"]["pod"], serde_json::Value::Null);
}

#[test]
fn many_kills_are_counted_by_what_made_the_pods() {
    let other = "00000000-3b4d-4e5f-8a9b-0c1d2e3f4a5b";
    let listed = fs::read_to_string(fixture("kubectl-pods.json")).unwrap();
    let second = listed.replace(UID, other).replace(CID, DB).replace("x2x9k", "z9z9z");
    let folder = Folder::new();
    let (first, second) = (folder.file("a.json", listed), folder.file("b.json", second));
    let of_second = format!("/kubepods/burstable/pod{other}/{DB}");
    let whole = format!("/kubepods/burstable/pod{other}");
    let mut log = String::new();
    for at in 0..4 {
        log += &kill("node-1", &pod(), &pod(), 100 + at);
        log += &kill("node-1", &of_second, &of_second, 1000 + at);
        log += &kill("node-1", &whole, &of_second, 2000 + at);
    }
    let log = folder.file("kern.log", log);
    let ran = oomkit(["decode", "--width", "200", "--names", &first, "--names", &second, &log]).ends(0);
    let rows: Vec<&str> = ran.out.lines().filter(|line| line.contains("Deployment/web")).take(3).collect();
    assert!(
        rows[0].contains("Most often: OOM kill of php (shop/Deployment/web, container php), 8 times"),
        "{}",
        ran.out
    );
    assert!(rows[1].contains("8  OOM kill  php     shop/Deployment/web, container php"), "{}", ran.out);
    assert!(rows[2].contains("4  OOM kill  php     shop/Deployment/web, the whole pod"), "{}", ran.out);
}

#[test]
fn what_is_broken_is_told_by_place_and_the_rest_is_done() {
    let folder = Folder::new();
    let log = folder.file("kern.log", kill("node-1", &docker(), &docker(), 100));
    let inspected = fs::read_to_string(fixture("docker-inspect.json")).unwrap();
    let broken = folder.file("broken.json", format!("{{\"Id\": nothing}}\n{inspected}"));
    let yaml = folder.file("pods.yaml", "apiVersion: v1\nkind: List\n");
    let strange = folder.file("strange.json", "{\"a\": 1}\n");
    let missing = folder.path("missing.json");
    let empty = folder.file("empty.json", "");
    let ran = oomkit([
        "decode", "--names", &broken, "--names", &yaml, "--names", &strange, "--names", &missing, "--names",
        &empty, &log,
    ])
    .ends(3);
    assert!(ran.out.contains("docker container shop-db-1"), "{}", ran.out);
    for told in [
        "cannot read all names in BROKEN\n  caused by: line 1, column 10: expected ident\n",
        "cannot read names in YAML\n  caused by: line 1, column 1: expected value\n  hint: give what",
        "cannot read names in STRANGE\n  caused by: nothing in it is a pod or a container\n  hint: give what",
        "cannot read MISSING\n  caused by: no such file or directory\n",
    ] {
        let told = told
            .replace("BROKEN", &broken)
            .replace("YAML", &yaml)
            .replace("STRANGE", &strange)
            .replace("MISSING", &missing);
        assert!(ran.err.contains(&told), "{told} in {}", ran.err);
    }
    assert!(!ran.err.contains("empty.json"), "{}", ran.err);
}

#[test]
fn names_may_be_compressed_or_piped() {
    let folder = Folder::new();
    let log = folder.file("kern.log", kill("node-1", &docker(), &docker(), 100));
    let inspected = fs::read(fixture("docker-inspect.json")).unwrap();
    let packed = folder.file("names.json.zst", zstd::encode_all(&inspected[..], 1).unwrap());
    let ran = oomkit(["decode", "--names", &packed, &log]).ends(0);
    assert!(ran.out.contains("docker container shop-db-1"), "{}", ran.out);
    let piped = fed(&inspected, &["decode", "--names", "-", &log]).ends(0);
    assert!(piped.out.contains("docker container shop-db-1"), "{}", piped.out);
    let both = fed(&inspected, &["decode", "--names", "-", "-"]).ends(2);
    assert!(both.err.contains("cannot hold both"), "{}", both.err);
    let none = oomkit(["decode", "--names", "none", "--names", &packed, &log]).ends(2);
    assert!(none.err.contains("--names none"), "{}", none.err);
}

#[test]
fn a_captured_host_names_what_it_ran() {
    let folder = Folder::new();
    let log = folder.file("kern.log", kill("elsewhere", &docker(), &docker(), 100));
    folder.file(
        &format!("root/var/lib/docker/containers/{DB}/config.v2.json"),
        format!("{{\"ID\":\"{DB}\",\"Name\":\"/db\",\"Config\":{{\"Image\":\"postgres:16\"}}}}"),
    );
    let ran = oomkit(["decode", "--root", &folder.path("root"), &log]).ends(0);
    assert!(ran.out.contains("docker container db (dbdbdbdb0000)"), "{}", ran.out);
    let missing = oomkit(["decode", "--root", &folder.path("nowhere"), &log]).ends(4);
    assert!(missing.err.contains("no such file"), "{}", missing.err);
}

#[test]
fn hostile_names_stay_names() {
    let folder = Folder::new();
    let log = folder.file("kern.log", kill("node-1", &docker(), &docker(), 100));
    let hostile = format!(
        "{{\"Id\":\"{DB}\",\"Name\":\"/evil\\u001b[2J<b>|\\u202e\\n# x\",\"Config\":{{\"Image\":\"a\\u0007b\"}}}}"
    );
    let names = folder.file("names.json", hostile);
    for format in ["text", "markdown", "html"] {
        let ran = oomkit(["decode", "--full", "--format", format, "--names", &names, &log]).ends(0);
        for raw in ["\u{1b}", "\u{202e}", "\u{7}", "\n# x"] {
            assert!(!ran.out.contains(raw), "{format}: {}", ran.out);
        }
        assert!(format == "text" || !ran.out.contains("<b>|"), "{format}: {}", ran.out);
        assert!(ran.out.contains("evil\\x1b[2J") || format == "markdown", "{format}: {}", ran.out);
    }
}

#[test]
fn a_huge_file_of_names_is_read_in_little_memory() {
    let folder = Folder::new();
    let log = folder.file("kern.log", kill("node-1", &pod(), &pod(), 100));
    let listed = fs::read_to_string(fixture("kubectl-pods.json")).unwrap();
    let mut many: String = (0..20_000)
        .map(|n| listed.replace(UID, &format!("u{n}")).replace(CID, &format!("{n:064x}")))
        .collect();
    many += &listed;
    assert!(80 << 20 < many.len());
    let names = folder.file("names.json", many);
    let mut limited = std::process::Command::new("sh");
    // Address space in KiB; the program itself and the names that it keeps need less than half of it.
    let script = format!(
        "ulimit -v 200000; exec {} decode --names {names} {log}",
        program([""; 0]).get_program().to_str().unwrap()
    );
    let ran = limited.arg("-c").arg(script).output().unwrap();
    let out = String::from_utf8_lossy(&ran.stdout);
    assert!(out.contains("container php"), "{out}{}", String::from_utf8_lossy(&ran.stderr));
}
