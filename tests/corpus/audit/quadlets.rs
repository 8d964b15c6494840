//! Quadlets: what Podman is told, what its service is told, and in which cgroup the container lies.

use super::projects::check;

#[test]
fn a_container_lies_in_its_service_and_both_limits_hold() {
    check(
        "keys, options and the service",
        &[
            ("key.container", "[Container]\nImage=x:1\nMemory=512m\nPodmanArgs=--memory-swap=512m\n"),
            (
                "args.container",
                "[Container]\nImage=x:1\nMemory=1g\nPodmanArgs=--memory 256m --memory-swap 256m\n",
            ),
            ("outer.container", "[Container]\nImage=x:1\n\n[Service]\nMemoryMax=128M\n"),
            (
                "both.container",
                "[Container]\nImage=x:1\nPodmanArgs=-m 2g --memory-swap=2g\n[Service]\nMemoryMax=1G\n",
            ),
            ("none.container", "[Container]\nImage=x:1\n"),
        ],
        &["key.container", "args.container", "outer.container", "both.container", "none.container"],
        &["args 256.0 MiB", "both 1.0 GiB", "key 512.0 MiB", "none -", "outer 128.0 MiB"],
        &["OKA058:3", "OKA001:2"],
    );
}

#[test]
fn a_cgroup_apart_is_bound_by_nothing_that_the_service_is_told() {
    check(
        "the limit of the service is about the program that looks after the container",
        &[("web.container", "[Container]\nImage=x:1\nCgroupsMode=enabled\n[Service]\nMemoryMax=1G\n")],
        &["web.container"],
        &["web -"],
        &["OKA001:2", "OKA005:5"],
    );
    let pod = "[Pod]\nPodmanArgs=--memory=1g --memory-swap=1g\n";
    check(
        "a pod holds only what lies in it",
        &[
            ("app.pod", pod),
            ("in.container", "[Container]\nImage=x:1\nPod=app.pod\nCgroupsMode=enabled\n"),
            ("out.container", "[Container]\nImage=x:1\nPod=app.pod\n"),
        ],
        &["app.pod", "in.container", "out.container"],
        &["in 1.0 GiB", "out -"],
        &["OKA001:2", "OKA096:3"],
    );
}

#[test]
fn drop_ins_are_those_of_a_unit() {
    check(
        "the last one counts, and an empty one takes all options back",
        &[
            (
                "etc/containers/systemd/web.container",
                "[Container]\nImage=x:1\nPodmanArgs=--memory=1g --memory-swap=1g\n",
            ),
            (
                "etc/containers/systemd/web.container.d/10-less.conf",
                "[Container]\nPodmanArgs=\nMemory=64m\nPodmanArgs=--memory-swap=64m\n",
            ),
            ("etc/containers/systemd/container.d/all.conf", "[Container]\nPodmanArgs=--oom-score-adj=500\n"),
        ],
        &["etc/containers/systemd/web.container"],
        &["web 64.0 MiB"],
        &[],
    );
}

#[test]
fn what_podman_refuses_is_told() {
    check(
        "a unit that Docker's grammar does not have, a key that Podman does not have, a key of systemd's",
        &[
            ("a.container", "[Container]\nImage=x:1\nMemory=512Mi\n"),
            (
                "b.container",
                "[Container]\nImage=x:1\nMemory=64m\nPodmanArgs=--memory-swap=64m\nMemoryMax=1G\n",
            ),
            (
                "c.container",
                "[Container]\nImage=x:1\nMemory=64m\nPodmanArgs=--memory-swap=64m\n[Service]\nMemory=1G\n",
            ),
            ("d.container", "[Container]\nImage=x:1\nMemory=1m\nPodmanArgs=--memory-swap=1m\n"),
            ("e.kube", "[Kube]\nYaml=deploy.yaml\n"),
        ],
        &["a.container", "b.container", "c.container", "d.container", "e.kube"],
        &["a -", "b 64.0 MiB", "c 64.0 MiB", "d 1.0 MiB"],
        &["OKA010:3", "OKA010:5", "OKA005:6", "OKA011:3", "OKA096:2"],
    );
}

#[test]
fn heaps_are_held_against_the_limit() {
    check(
        "the environment and the command line count",
        &[(
            "web.container",
            "[Container]\nImage=x:1\nEnvironment=JAVA_TOOL_OPTIONS=-Xmx2g\nMemory=1g\nPodmanArgs=--memory-swap=1g\n",
        )],
        &["web.container"],
        &["web 1.0 GiB"],
        &["OKA080:3"],
    );
}

#[test]
fn of_commands_the_last_one_counts() {
    let web =
        "[Container]\nImage=x:1\nExec=java -Xmx2g -jar web.jar\nMemory=1g\nPodmanArgs=--memory-swap=1g\n";
    for (drop_in, findings) in [
        ("[Container]\nExec=java -Xmx512m -jar web.jar\n", &[][..]),
        ("[Container]\nExec=\n", &[]),
        ("[Container]\nEntrypoint=/bin/nice\n", &["OKA080:3"]),
    ] {
        check(
            "a drop-in gives another command, or the image's own",
            &[
                ("etc/containers/systemd/web.container", web),
                ("etc/containers/systemd/web.container.d/10.conf", drop_in),
            ],
            &["etc/containers/systemd/web.container"],
            &["web 1.0 GiB"],
            findings,
        );
    }
}
