//! What `oomkit decode` reads, and what it makes of damage.

use std::{
    fs,
    io::{self, Write},
    process::Stdio,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use super::run::{EXAMPLE, Folder, THREE, fed, log, oomkit, program};

#[test]
fn standard_input_is_read_with_and_without_a_dash() {
    let implied = fed(THREE.as_bytes(), &["decode", "--format", "json"]).ends(0);
    let named = fed(THREE.as_bytes(), &["decode", "--format", "json", "-"]).ends(0);
    assert_eq!(implied.victims(), ["java", "postgres", "chrome"]);
    assert_eq!(implied.out, named.out);
    assert_eq!(implied.json()["inputs"][0]["name"], "-");
}

#[test]
fn an_input_that_fails_leaves_the_others_alone() {
    let folder = Folder::new();
    folder.file("empty/.keep", "");
    fs::remove_file(folder.path("empty/.keep")).unwrap();
    let good = folder.file("good.log", THREE);
    for bad in [folder.path("missing.log"), folder.path("empty")] {
        let ran = oomkit(["decode", "--format", "json", &bad, &good]).ends(3);
        assert_eq!(ran.victims(), ["java", "postgres", "chrome"]);
        assert!(ran.err.contains(&bad), "{ran:?}");
        let document = ran.json();
        let input = document["inputs"].as_array().unwrap().iter().find(|input| input["name"] == *bad);
        assert!(input.is_some_and(|input| input["error"].is_string()), "{document}");

        let text = oomkit(["decode", "--width", "200", &bad, &good]).ends(3).out;
        assert!(text.starts_with("Killed: java"), "{text}");
        let told = text.rsplit_once("Looked at ").unwrap().1;
        assert!(told.contains("cannot read") && told.contains(&bad), "{text}");
        oomkit(["decode", &bad]).ends(3);
        // A failed input outranks what was found in the others.
        oomkit(["decode", "--fail-on", "any", &bad, &good]).ends(3);
    }
}

#[test]
fn a_file_that_may_not_be_read_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let (secret, good) = (folder.file("secret.log", THREE), folder.file("good.log", THREE));
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&secret).is_ok() {
        eprintln!("skipped: this user may read every file");
        return;
    }
    let ran = oomkit(["decode", "--format", "json", &secret, &good]).ends(3);
    assert_eq!(ran.victims(), ["java", "postgres", "chrome"]);
    assert!(ran.err.contains("permission denied"), "{ran:?}");
}

#[test]
fn a_compressed_log_that_is_cut_yields_what_stands_before_the_cut() {
    // Noise without repetitions, so that the cut falls well behind the kills.
    let noise: String = (0..40_000_u32).map(|n| format!("{:x}\n", n.wrapping_mul(2_654_435_761))).collect();
    let packed = gzip(&[THREE.as_bytes(), noise.as_bytes()].concat());
    let folder = Folder::new();
    let path = folder.file("kern.log.gz", &packed[..packed.len() / 2]);
    let ran = oomkit(["decode", "--format", "json", &path]).ends(3);
    assert_eq!(ran.victims(), ["java", "postgres", "chrome"]);
    assert!(ran.err.contains("kern.log.gz"), "{ran:?}");
}

#[test]
fn members_of_compressed_files_are_all_read() {
    let (first, rest) = THREE.split_at(THREE.find("2026-05-11").unwrap());
    let two = |pack: &dyn Fn(&[u8]) -> Vec<u8>| [pack(first.as_bytes()), pack(rest.as_bytes())].concat();
    let folder = Folder::new();
    for (name, packed) in [
        ("a.log.gz", two(&gzip)),
        ("a.log.zst", two(&|bytes| zstd::encode_all(bytes, 1).unwrap())),
        // The first bytes tell what a file is, not its name.
        ("a.log", two(&xz)),
    ] {
        let path = folder.file(name, packed);
        assert_eq!(oomkit(["decode", "--format", "json", &path]).ends(0).victims().len(), 3, "{name}");
    }
}

#[test]
fn members_of_an_archive_are_inputs_of_their_own() {
    let archive = tar(&[
        ("sos/var/log/kern.log.1", THREE.as_bytes()),
        ("sos/etc/hosts", b"127.0.0.1 localhost\n"),
        ("sos/sos_commands/kernel/dmesg", &log("debian-5.10_amd64_memcg2_k8s")),
    ]);
    let folder = Folder::new();
    for (name, bytes) in [("sos.tar", archive.clone()), ("sos.tar.gz", gzip(&archive))] {
        let path = folder.file(name, bytes);
        let ran = oomkit(["decode", "--format", "json", &path]).ends(0);
        let mut victims = ran.victims();
        victims.sort();
        assert_eq!(victims, ["chrome", "java", "java", "postgres"], "{name}");
        let document = ran.json();
        let names: Vec<&str> = document["inputs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|input| input["name"].as_str().unwrap())
            .collect();
        assert!(names.iter().any(|name| name.ends_with("kern.log.1")), "{names:?}");
    }
}

#[test]
fn garbage_holds_no_event_and_does_no_harm() {
    let mut state = 1_u32;
    let garbage: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    })
    .take(100_000)
    .collect();
    let ran = fed(&garbage, &["decode", "--format", "json"]).ends(0);
    assert_eq!(ran.json()["events"], serde_json::json!([]));

    // A crash leaves a block of zeros in a log.
    let zeros =
        [&[0; 4096], THREE.as_bytes(), &[0; 4096], THREE.replace("pid=1", "pid=2").as_bytes()].concat();
    assert!(2 < fed(&zeros, &["decode", "--format", "json"]).ends(0).victims().len());
}

#[test]
fn a_report_that_is_cut_off_is_shown_as_far_as_it_goes() {
    let whole = log("ubuntu-4.15_amd64_global");
    let cut = String::from_utf8_lossy(&whole).find("Mem-Info").unwrap() + 40;
    let ran = fed(&whole[..cut], &["decode"]).ends(0);
    assert!(ran.out.lines().next().unwrap().contains("not in the log"), "{}", ran.out);
    let event = &fed(&whole[..cut], &["decode", "--format", "json"]).ends(0).json()["events"][0];
    assert_eq!(event["victims"], serde_json::json!([]));
    assert!(event["trigger"]["comm"].is_string(), "{event}");
}

#[test]
fn a_log_of_two_bytes_a_character_is_read() {
    let narrow = log("debian-6.12_amd64_global");
    let text = String::from_utf8(narrow.clone()).unwrap();
    let wide = |mark: &[u8], unit: fn(u16) -> [u8; 2]| {
        [mark, &text.encode_utf16().flat_map(unit).collect::<Vec<u8>>()].concat()
    };
    let decoded = |bytes: &[u8]| fed(bytes, &["decode", "--format", "json"]).ends(0).json()["events"].clone();
    let expected = decoded(&narrow);
    assert_eq!(expected[0]["cause"], "one-process");
    for bytes in [
        wide(b"\xff\xfe", u16::to_le_bytes),
        wide(b"\xfe\xff", u16::to_be_bytes),
        wide(b"", u16::to_le_bytes),
        wide(b"", u16::to_be_bytes),
    ] {
        assert_eq!(decoded(&bytes), expected);
    }
}

#[test]
fn a_table_of_quoted_fields_is_read_like_the_log_in_it() {
    let plain = String::from_utf8(log("debian-6.12_amd64_global")).unwrap();
    let row = |line: &str| format!("\"2026-11-22T03:20:44.123Z\",\"iota\",\"{line}\"\n");
    let table = plain.lines().map(row).collect::<String>();
    let decoded =
        |log: &str| fed(log.as_bytes(), &["decode", "--format", "json"]).ends(0).json()["events"][0].clone();
    let (table, plain) = (decoded(&table), decoded(&plain));
    assert_eq!(table["cause"], "one-process");
    assert_eq!((&table["culprit"], &table["machine"]), (&plain["culprit"], &plain["machine"]));
}

#[test]
fn one_endless_line_takes_neither_memory_nor_time() {
    const BLOCKS: usize = 300;
    let mut child = program(["decode", "--format", "json"]).stdin(Stdio::piped()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut stdin = child.stdin.take().unwrap();
    let (started, done) = (Instant::now(), AtomicBool::new(false));
    let (output, peak) = thread::scope(|scope| {
        scope.spawn(move || -> io::Result<()> {
            let block = vec![b'x'; 1 << 20];
            (0..BLOCKS).try_for_each(|_| stdin.write_all(&block))?;
            stdin.write_all(b"\n")?;
            stdin.write_all(THREE.as_bytes())
        });
        let sampler = scope.spawn(|| {
            let mut peak = None;
            while !done.load(Ordering::Relaxed) {
                peak = peak.max(high_water(&status));
                thread::sleep(Duration::from_millis(5));
            }
            peak
        });
        let output = child.wait_with_output().unwrap();
        done.store(true, Ordering::Relaxed);
        (output, sampler.join().unwrap())
    });
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["events"].as_array().unwrap().len(), 3, "what follows the line is read");
    match peak {
        Some(kibibytes) => assert!(kibibytes < 64 << 10, "{kibibytes} KiB"),
        None => eprintln!("skipped: /proc/<pid>/status cannot be read here"),
    }
}

/// Returns the most memory that a process has had, in KiB.
fn high_water(status: &str) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[test]
fn the_same_log_under_two_names_is_counted_once() {
    let folder = Folder::new();
    let example = fs::read(xtask::workspace::root().join(EXAMPLE)).unwrap();
    let paths = [folder.file("a.md", &example), folder.file("b.md", &example)];
    let ran = oomkit(["decode", "--format", "json", &paths[0], &paths[1]]).ends(0);
    assert_eq!(ran.victims(), ["test_server"]);
    assert_eq!(ran.json()["coverage"]["duplicate_events"], 1);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Makes an archive in the oldest format that every reader knows.
fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, bytes) in members {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..107].copy_from_slice(b"0000644");
        header[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
        header[136..147].copy_from_slice(format!("{:011o}", 1_778_400_000).as_bytes());
        header[148..156].copy_from_slice(b"        ");
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        archive.extend(header);
        archive.extend_from_slice(bytes);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}
