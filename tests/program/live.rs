//! `oomkit audit --live` and `--root`: what captured hosts come to, and what this host does in fact.
//!
//! Where a cgroup may be made, processes are killed in it by its own limit and by one above it.

use std::{
    fs,
    process::{Child, Command},
    thread,
    time::Duration,
};

use serde_json::Value;

use super::{
    cgroup::{Cgroup, one_at_a_time},
    run::oomkit,
};
use crate::support::skip;

/// Returns the findings of an audit, each by its code, how bad it is, and the cgroup that it is about.
fn found(document: &Value) -> Vec<String> {
    let findings = document["findings"].as_array().expect("findings");
    let line = |finding: &Value| {
        let text = |key: &str| finding[key].as_str().unwrap_or("-").to_owned();
        let scope = text("scope");
        let last = scope.rsplit('/').next().unwrap_or_default();
        format!("{} {} {}", text("code"), text("severity"), last.get(..24).unwrap_or(last))
    };
    let mut lines: Vec<String> = findings.iter().map(line).collect();
    lines.sort();
    lines
}

#[test]
fn captured_hosts_are_judged_like_live_ones() {
    for (host, expected) in [
        (
            "linux-6.18_v1-beside-v2",
            &["OKA059 warning db", "OKA060 note node-9", "OKA071 warning web", "OKA072 error web"][..],
        ),
        (
            "v1_docker",
            &[
                "OKA021 warning batch",
                "OKA021 warning dbdbdbdbdbdbdbdbdbdbdbdb",
                "OKA021 warning job7",
                "OKA041 error dbdbdbdbdbdbdbdbdbdbdbdb",
                "OKA060 note v1_docker.capture",
                "OKA072 error a1b2c3d4e5f60718293a4b5c",
            ],
        ),
        ("v2_inside-a-container", &["OKA021 warning "]),
        (
            "v2_kubernetes-node",
            &[
                "OKA001 note _memory.service",
                "OKA001 note init.scope",
                "OKA030 warning nginx.service",
                "OKA031 warning nginx.service",
                "OKA059 note cri-containerd-c0ffee00c",
                "OKA071 warning cri-containerd-a1b2c3d4e",
                "OKA072 error cri-containerd-a1b2c3d4e",
                "OKA073 warning cri-containerd-a1b2c3d4e",
                "OKA096 warning v2_kubernetes-node.captu",
            ],
        ),
    ] {
        let path = format!("tests/fixtures/hosts/{host}.capture");
        let document = oomkit(["audit", "--root", &path, "--format", "json", "--fail-on", "never"]).json();
        assert_eq!(found(&document), expected, "{host}");
    }
}

/// Holds a line without an end in memory, until it is killed.
const GREEDY: &str = "exec tail /dev/zero";

fn kills(document: &Value, scope: &str) -> String {
    let findings = document["findings"].as_array().expect("findings");
    let killed = findings.iter().find(|finding| finding["code"] == "OKA072" && finding["scope"] == scope);
    killed.unwrap_or_else(|| panic!("no kill in {scope}: {document:#}"))["message"].to_string()
}

#[test]
fn a_kill_is_found_with_the_limit_that_was_hit() {
    let _alone = one_at_a_time();
    let (Some(own), Some(parent)) = (Cgroup::new("oomkit-own"), Cgroup::new("oomkit-parent")) else {
        return skip("no cgroup may be made here, so nothing is killed in one");
    };
    let child = parent.below("child").expect("a cgroup below");
    own.allow(24 << 20);
    parent.allow(24 << 20);
    own.run(GREEDY);
    child.run(GREEDY);
    let audit = oomkit(["audit", "--live", "--format", "json", "--fail-on", "never"]).json();
    let (mine, above) = (kills(&audit, &own.path()), kills(&audit, &child.path()));
    assert!(mine.contains("by its own limit") && mine.contains("24.0 MiB"), "{mine}");
    let name = parent.path();
    assert!(above.contains(&format!("by the limit of cgroup {name} above it")), "{above}");
    // The parent itself has killed nobody of its own.
    let all = found(&audit);
    assert!(!all.contains(&format!("OKA072 error {}", name.trim_start_matches('/'))), "{all:?}");
}

/// Returns what the kernel makes of the score of a process.
fn kernels_score(pid: u64) -> Option<i64> {
    fs::read_to_string(format!("/proc/{pid}/oom_score")).ok()?.trim().parse().ok()
}

#[test]
fn scores_are_those_of_the_kernel() {
    let mut children: Vec<Child> = [0, 150, 400, 900, 1000]
        .into_iter()
        .map(|adj| {
            let script = format!("echo {adj} > /proc/self/oom_score_adj; exec sleep 60");
            Command::new("sh").args(["-c", &script]).spawn().expect("a shell")
        })
        .collect();
    thread::sleep(Duration::from_millis(300));
    let audit = oomkit(["audit", "--live", "--simulate", "--format", "json", "--fail-on", "never"]).json();
    let machine = &audit["simulation"][0];
    assert!(machine["cgroup"].is_null(), "{machine}");
    let victims = machine["victims"].as_array().expect("victims");
    let mut order = Vec::new();
    for child in &mut children {
        let pid = u64::from(child.id());
        let at = victims.iter().position(|victim| victim["pid"] == pid).expect("a victim");
        let score = victims[at]["score"].as_i64().expect("a score");
        let kernel = kernels_score(pid).expect("a score of the kernel");
        // Since Linux 5.9 the file shows two thirds of what is above -1000, and before the score itself.
        let shown = [(1000 + score) * 2 / 3, score.max(0)];
        assert!(shown.iter().any(|shown| (shown - kernel).abs() <= 1), "{score} and {kernel}");
        order.push(at);
        child.kill().expect("a child");
        child.wait().expect("a child");
    }
    assert!(order.is_sorted_by(|one, next| next < one), "{order:?}");
}
