//! `--redact`: no name of the log reaches any format, and what is not one still does.

use super::run::{Folder, log, oomkit};

/// What a real log is made to give away, in place of what it says.
const SECRETS: &[(&str, &str)] = &[
    ("oomlab", "kappa-secret"),
    ("0f6a1c2e_7b3d_4a5f_9c8e_2d1b0a9f8e7d", "9a8b7c6d_5e4f_4a3b_8c2d_1e0f9a8b7c6d"),
    (
        "a1b2c3d4e5f60718293a4b5c6d7e8f90112233445566778899aabbccddeeff00",
        "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210",
    ),
    ("UID:1000", "UID:21847"),
    ("uid=1000", "uid=21847"),
    ("]  1000 ", "] 21847 "),
];

/// Lines of other trouble, and one that no reader understands, between the lines of the report.
const AROUND: &str = "\
2026-11-21T23:03:40+00:00 kappa-secret kernel: [   20.000000] nfs: server filer-secret not responding, still trying
2026-11-21T23:03:41+00:00 kappa-secret kernel: [   21.000000] INFO: task java:161 blocked for more than 120 seconds.
2026-11-21T23:03:42+00:00 kappa-secret kernel: [   22.000000] Kernel command line: BOOT_IMAGE=/boot/vmlinuz-secret root=UUID=9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d ip=10.20.30.40
";

const FORMATS: &[&[&str]] = &[
    &["--format", "text"],
    &["--format", "text", "--full"],
    &["--format", "json"],
    &["--format", "ndjson"],
    &["--format", "markdown"],
    &["--format", "markdown", "--full"],
    &["--format", "html"],
    &["--format", "html", "--full"],
];

fn secret_log() -> String {
    let text = String::from_utf8(log("debian-6.18_amd64_memcg2_k8s.rsyslog")).unwrap();
    SECRETS.iter().fold(text, |text, (open, secret)| {
        assert!(text.contains(open), "{open} is not in the log");
        text.replace(open, secret)
    }) + AROUND
}

/// Returns what stands in an output that should not, escapes aside.
fn given_away(output: &str) -> Vec<&'static str> {
    let output = output.replace('\\', "").to_lowercase();
    let more = ["secret", "filer", "9a8b7c6d-5e4f", "fedcba987654", "10.20.30.40", "21847"];
    SECRETS
        .iter()
        .map(|(_, secret)| *secret)
        .chain(more)
        .filter(|secret| output.contains(&secret.to_lowercase()))
        .collect()
}

#[test]
fn no_format_gives_a_name_away() {
    let folder = Folder::new();
    let file = folder.file("secret-logs/kappa-secret.log", secret_log());
    for format in FORMATS {
        let arguments = |redact: &[&'static str]| -> Vec<String> {
            let options = format.iter().chain(redact).map(|option| (*option).to_owned());
            ["decode".to_owned(), file.clone()].into_iter().chain(options).collect()
        };
        let open = oomkit(arguments(&[])).ends(0).out;
        assert!(6 < given_away(&open).len(), "{format:?} tells little by itself: {:?}", given_away(&open));
        let shared = oomkit(arguments(&["--redact"])).ends(0).out;
        assert_eq!(given_away(&shared), Vec::<&str>::new(), "{format:?}\n{shared}");
        for kept in ["java", "host-1", "pod-1", "container-1"] {
            assert!(shared.contains(kept), "{kept} is missing in {format:?}\n{shared}");
        }
    }
}

#[test]
fn several_inputs_share_the_pseudonyms() {
    let folder = Folder::new();
    let later =
        secret_log().replace("[    7.", "[ 4007.").replace("T23:03:", "T23:13:").replace("java", "ruby");
    folder.file("one.log", secret_log());
    folder.file("two.log", later);
    let document = oomkit(["decode", "--redact", "--format", "json", &folder.path("")]).ends(0).json();
    let events = document["events"].as_array().unwrap();
    assert_eq!(events.len(), 2, "{document}");
    for field in ["host", "workload"] {
        assert_eq!(events[0][field], events[1][field], "{field}");
    }
    assert_eq!(events[0]["memcg"]["path"], events[1]["memcg"]["path"]);
    assert_ne!(events[0]["victims"][0]["comm"], events[1]["victims"][0]["comm"]);
    assert_ne!(document["inputs"][0]["name"], document["inputs"][1]["name"]);
}
