//! Units of systemd: what their files come to together, and what the service manager passes over.

use super::projects::check;

const WEB: &str = "[Service]\nExecStart=/usr/bin/web\n";

#[test]
fn a_value_that_cannot_be_read_leaves_what_was_before() {
    check(
        "the last that can be read counts",
        &[("web.service", "[Service]\nMemoryMax=1G\nMemoryMax=512MB\n")],
        &["web.service"],
        &["web.service 1.0 GiB"],
        &["OKA005:3"],
    );
    check(
        "an empty value takes it back",
        &[("web.service", "[Service]\nMemoryMax=1G\nMemoryMax=\n")],
        &["web.service"],
        &["web.service -"],
        &["OKA001:2"],
    );
}

#[test]
fn sizes_that_systemd_ignores_are_no_limits() {
    for size in [
        "512MB",
        "512Mi",
        "512m",
        "512k",
        "1e9",
        "max",
        "unlimited",
        "-1",
        "0x10",
        "110%",
        "512M # note",
        "0",
    ] {
        let text = format!("[Service]\nMemoryMax={size}\n");
        let report = super::audit(&[("web.service", &text)]);
        assert_eq!(super::cases::found(&report), ["OKA005:2"], "{size}");
    }
}

#[test]
fn drop_ins_are_laid_over_in_the_order_of_their_names() {
    let all: &[(&str, &str)] = &[
        ("r/usr/lib/systemd/system/web.service", "[Service]\nMemoryMax=1G\n"),
        ("r/usr/lib/systemd/system/web.service.d/50-a.conf", "[Service]\nMemoryMax=2G\n"),
        ("r/etc/systemd/system/web.service.d/40-b.conf", "[Service]\nMemoryMax=3G\n"),
    ];
    let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    check("by name, wherever they lie", all, &names, &["web.service 2.0 GiB"], &[]);
    let masked: &[(&str, &str)] = &[
        ("r/usr/lib/systemd/system/web.service", "[Service]\nMemoryMax=1G\n"),
        ("r/usr/lib/systemd/system/web.service.d/50-a.conf", "[Service]\nMemoryMax=2G\n"),
        ("r/etc/systemd/system/web.service.d/50-a.conf", "[Service]\nMemoryHigh=3G\n"),
    ];
    let names: Vec<&str> = masked.iter().map(|(name, _)| *name).collect();
    check("one with the same name hides the other", masked, &names, &["web.service 1.0 GiB"], &["OKA030:2"]);
    check(
        "the unit of /etc hides that of /usr",
        &[
            ("r/usr/lib/systemd/system/web.service", "[Service]\nMemoryMax=1G\n"),
            ("r/etc/systemd/system/web.service", "[Service]\nMemoryMax=4G\n"),
        ],
        &["r/usr/lib/systemd/system/web.service", "r/etc/systemd/system/web.service"],
        &["web.service 4.0 GiB"],
        &[],
    );
}

#[test]
fn drop_ins_of_families_reach_their_units() {
    check(
        "dashes, templates and kinds, of which the first folder hides the others",
        &[
            ("a-b@1.service", WEB),
            ("a-@.service.d/x.conf", "[Service]\nMemoryMax=1G\n"),
            ("a-b@.service.d/x.conf", "[Service]\nMemoryMax=2G\n"),
            ("service.d/x.conf", "[Service]\nMemoryMax=3G\n"),
            ("c.service", WEB),
        ],
        &["a-b@1.service", "c.service"],
        &["a-b@1.service 2.0 GiB", "c.service 3.0 GiB"],
        &[],
    );
}

#[test]
fn drop_ins_beside_a_unit_are_found() {
    check(
        "only the unit is asked for",
        &[("u/web.service", WEB), ("u/web.service.d/limit.conf", "[Service]\nMemoryMax=1G\n")],
        &["u/web.service"],
        &["web.service 1.0 GiB"],
        &[],
    );
    check(
        "a drop-in without its unit sets a limit or is silent",
        &[
            ("u/web.service.d/limit.conf", "[Service]\nMemoryMax=1G\n"),
            ("u/db.service.d/env.conf", "[Service]\nEnvironment=A=b\n"),
        ],
        &["u/web.service.d/limit.conf", "u/db.service.d/env.conf"],
        &["web.service 1.0 GiB"],
        &[],
    );
}

#[test]
fn slices_limit_what_lies_in_them() {
    check(
        "by name and by nesting",
        &[
            ("batch.slice", "[Slice]\nMemoryMax=1G\n"),
            ("batch-night.slice", "[Slice]\nMemoryAccounting=yes\n"),
            ("job.service", "[Service]\nSlice=batch-night.slice\nMemoryMax=infinity\n"),
        ],
        &["batch.slice", "batch-night.slice", "job.service"],
        &["job.service 1.0 GiB"],
        &[],
    );
    check(
        "a slice that is elsewhere may have a limit",
        &[("job.service", "[Service]\nSlice=batch.slice\n")],
        &["job.service"],
        &["job.service -"],
        &["OKA001:2"],
    );
}

#[test]
fn what_systemctl_cat_prints_is_read() {
    let text = "\
# /usr/lib/systemd/system/web.service
[Service]
ExecStart=/usr/bin/java \\
    -Xmx2g -jar web.jar

# /etc/systemd/system/web.service.d/override.conf
[Service]
# oomkit: ignore[OKA080] measured
MemoryMax=1G
";
    check("of one unit", &[("-", text)], &["-"], &["web.service 1.0 GiB"], &["OKA080:3", "OKA097:8"]);
}
