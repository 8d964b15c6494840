//! What oomkit is shipped in: the packages, installed and run, and the manifest for a cluster.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::LazyLock,
    thread,
    time::{Duration, Instant},
};

use oomkit_audit::yaml;
use packaging::{about::About, content::Content, debian, notices, program, redhat, tarball, trial};
use xtask::workspace;

use super::run::{Folder, oomkit};

/// The manifest of the cluster.
const DAEMONSET: &str = "packaging/kubernetes/daemonset.yaml";

/// The files that every kind of package for a whole system has.
const COMMON: &[&str] = &[
    "etc/cron.d/oomkit-snap",
    "usr/bin/oomkit",
    "usr/lib/systemd/system/oomkit-snap.service",
    "usr/lib/systemd/system/oomkit-snap.timer",
    "usr/share/bash-completion/completions/oomkit",
    "usr/share/doc/oomkit/CHANGELOG.md",
    "usr/share/doc/oomkit/README.md",
    "usr/share/fish/vendor_completions.d/oomkit.fish",
];

/// What is packaged: the program of the tests, without its debugging information where that can go.
static CONTENT: LazyLock<Content> = LazyLock::new(|| {
    let folder = Folder::new();
    let small = folder.path("oomkit");
    let whole = env!("CARGO_BIN_EXE_oomkit");
    let stripped = ran(Command::new("strip").args(["-o", &small, whole])).is_some();
    let shipped = if stripped { small.as_str() } else { whole };
    let notices = notices::collect(&program::target()).expect("the notices");
    Content::of(Path::new(shipped), About::read().expect("a manifest"), notices).expect("the content")
});

/// Runs a program of the system and returns what it prints; `None` where it is not there or fails.
fn ran(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn is_there(program: &str) -> bool {
    let there = ran(Command::new(program).arg("--version")).is_some();
    if !there {
        println!("skipped in part: there is no {program}");
    }
    there
}

fn is_root() -> bool {
    fs::metadata("/proc/self").expect("/proc").uid() == 0
}

/// Returns the files below a folder, by their paths in it.
fn below(folder: &str) -> Vec<String> {
    let files = workspace::files(Path::new(folder)).expect("a folder");
    files.iter().map(|path| path.strip_prefix(folder).unwrap().to_string_lossy().into_owned()).collect()
}

/// Returns the files of a package for a system: those of all kinds, those of this one, and the man pages.
fn expected(of_this: &[&str]) -> Vec<String> {
    let manuals = CONTENT.manuals.iter().map(|page| format!("usr/share/man/man1/{}.gz", page.name));
    let named = COMMON.iter().chain(of_this).map(|path| (*path).to_owned());
    let mut all: Vec<String> = named.chain(manuals).collect();
    all.sort();
    all
}

#[test]
fn a_deb_is_installed_and_its_program_runs() {
    let folder = Folder::new();
    let package = folder.file(&debian::name(&CONTENT).unwrap(), debian::package(&CONTENT).unwrap());
    let root = folder.path("root");
    trial::unpack(Path::new(&package), Path::new(&root)).expect("it unpacks");
    let files = expected(&[
        "usr/share/doc/oomkit/THIRD-PARTY.txt.gz",
        "usr/share/doc/oomkit/copyright",
        "usr/share/zsh/vendor-completions/_oomkit",
    ]);
    assert_eq!(below(&root), files);
    assert_nothing_runs(&root);
    if !is_there("dpkg-deb") {
        return;
    }
    let control = folder.path("control");
    ran(Command::new("dpkg-deb").args(["-e", &package, &control])).expect("dpkg-deb reads it");
    assert_eq!(below(&control), ["conffiles", "control", "md5sums"], "no scripts");
    assert_eq!(fs::read_to_string(folder.path("control/conffiles")).unwrap(), "/etc/cron.d/oomkit-snap\n");
    let field = |name: &str| {
        let told = ran(Command::new("dpkg-deb").args(["-f", &package, name])).expect("a field");
        told.trim_end().to_owned()
    };
    assert_eq!(field("Package"), "oomkit");
    assert_eq!(field("Version"), CONTENT.about.version);
    assert_eq!(field("Depends"), "");
    assert!(field("Description").starts_with("Explains Linux out-of-memory kills\n oomkit explains"));
    if is_root() {
        installed(&package, &folder, &files);
    } else {
        println!("skipped in part: only root may install into a root of its own");
        let program = PathBuf::from(&root).join("usr/bin/oomkit");
        assert_eq!(ran(Command::new(program).arg("--version")).as_deref(), Some(version().as_str()));
    }
}

/// Installs a package into a root of its own by dpkg, runs the program there, and takes it away again.
fn installed(package: &str, folder: &Folder, files: &[String]) {
    for (name, text) in [("status", ""), ("available", ""), ("info/format", "1\n")] {
        folder.file(&format!("system/var/lib/dpkg/{name}"), text);
    }
    fs::create_dir_all(folder.path("system/var/lib/dpkg/updates")).unwrap();
    let system = folder.path("system");
    let dpkg = |arguments: &[&str]| {
        let mut command = Command::new("dpkg");
        command.arg(format!("--root={system}")).args([
            "--force-not-root",
            "--force-architecture",
            "--log=/dev/null",
        ]);
        let output = command.args(arguments).output().expect("dpkg starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    dpkg(&["--install", package]);
    let mut listed: Vec<String> = dpkg(&["--listfiles", "oomkit"])
        .lines()
        .map(|path| path.trim_start_matches('/').to_owned())
        .filter(|path| Path::new(&system).join(path).is_file())
        .collect();
    listed.sort();
    assert_eq!(listed, files);
    assert_eq!(dpkg(&["--verify", "oomkit"]), "", "as its sums say");
    bring_libraries(&system);
    let chrooted = |arguments: &[&str]| {
        ran(Command::new("chroot").arg(&system).arg("/usr/bin/oomkit").args(arguments)).expect("it runs")
    };
    assert_eq!(chrooted(&["--version"]), version());
    fs::copy(workspace::root().join(super::run::EXAMPLE), folder.path("system/kern.log")).unwrap();
    assert!(chrooted(&["decode", "/kern.log"]).starts_with("Killed: test_server"));
    // What people changed stays, as they are used to.
    dpkg(&["--remove", "oomkit"]);
    assert!(Path::new(&folder.path("system/etc/cron.d/oomkit-snap")).exists());
    assert!(!Path::new(&folder.path("system/usr/bin/oomkit")).exists());
}

/// Copies what the program of the tests is linked with; that of a package is linked with nothing.
fn bring_libraries(system: &str) {
    let told = ran(Command::new("ldd").arg(env!("CARGO_BIN_EXE_oomkit"))).expect("ldd");
    for library in told.split_whitespace().filter(|word| word.starts_with('/')) {
        let place = format!("{system}{library}");
        fs::create_dir_all(Path::new(&place).parent().unwrap()).unwrap();
        fs::copy(library, place).expect("the library is there");
    }
}

fn version() -> String {
    format!("oomkit {}\n", CONTENT.about.version)
}

/// Holds that whoever installs a package has not yet asked for anything to be run.
fn assert_nothing_runs(root: &str) {
    let read = |path: &str| fs::read_to_string(Path::new(root).join(path)).unwrap();
    let cron = read("etc/cron.d/oomkit-snap");
    assert!(cron.lines().all(|line| line.starts_with('#')), "{cron}");
    assert!(
        cron.contains("\n#* * * * * root ") && cron.contains(" /usr/bin/oomkit --quiet snap take\n"),
        "{cron}"
    );
    let service = read("usr/lib/systemd/system/oomkit-snap.service");
    assert!(service.contains("\nExecStart=/usr/bin/oomkit --quiet snap take\n"), "{service}");
    assert!(below(root).iter().all(|path| !path.contains(".wants/")), "a unit is enabled");
    let manual = trial::expand(&Path::new(root).join("usr/share/man/man1/oomkit-snap.1.gz")).unwrap();
    assert!(manual.contains(".TH oomkit-snap 1"), "{manual}");
    let mode = fs::metadata(Path::new(root).join("usr/bin/oomkit")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o755);
}

#[test]
fn an_rpm_reads_back() {
    let folder = Folder::new();
    let package = folder.file(&redhat::name(&CONTENT), redhat::package(&CONTENT).unwrap());
    let root = folder.path("root");
    trial::unpack(Path::new(&package), Path::new(&root)).expect("it unpacks, and its sums agree");
    let files = expected(&[
        "usr/share/licenses/oomkit/LICENSE-APACHE",
        "usr/share/licenses/oomkit/LICENSE-MIT",
        "usr/share/licenses/oomkit/THIRD-PARTY.txt",
        "usr/share/zsh/site-functions/_oomkit",
    ]);
    assert_eq!(below(&root), files);
    assert_nothing_runs(&root);
    let read = rpm::Package::open(&package).unwrap().metadata;
    let about = (read.get_name().unwrap(), read.get_version().unwrap(), read.get_license().unwrap());
    assert_eq!(about, ("oomkit", CONTENT.about.version.as_str(), "MIT OR Apache-2.0"));
    assert!(read.get_pre_install_script().is_err() && read.get_post_install_script().is_err());
    let entries = read.get_file_entries().unwrap();
    let settings: Vec<String> = entries
        .iter()
        .filter(|entry| entry.flags().contains(rpm::FileFlags::CONFIG | rpm::FileFlags::NOREPLACE))
        .map(|entry| entry.path().to_string_lossy().into_owned())
        .collect();
    assert_eq!(settings, ["/etc/cron.d/oomkit-snap"]);
    if is_there("rpm") {
        let told = ran(Command::new("rpm").args(["-qpl", &package])).expect("rpm reads it");
        let found = files.iter().filter(|file| told.lines().any(|line| line == format!("/{file}")));
        assert_eq!(found.count(), files.len(), "{told}");
        if is_root() {
            installed_by_rpm(&package, &folder);
        }
    }
}

/// Installs a package into a root of its own by rpm, and lets rpm hold it against its own sums.
fn installed_by_rpm(package: &str, folder: &Folder) {
    let system = folder.path("system");
    fs::create_dir(&system).unwrap();
    let rpm = |arguments: &[&str]| {
        let output =
            Command::new("rpm").args(["--root", &system]).args(arguments).output().expect("rpm starts");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    rpm(&["--initdb"]);
    rpm(&["-i", "--nodeps", package]);
    assert_eq!(rpm(&["-V", "oomkit"]), "");
    assert!(Path::new(&system).join("usr/bin/oomkit").is_file());
    rpm(&["-e", "oomkit"]);
    assert!(!Path::new(&system).join("usr/share/licenses/oomkit").exists(), "what was its own is gone");
}

#[test]
fn packages_are_the_same_bytes_each_time() {
    for package in [tarball::package, debian::package, redhat::package] {
        assert_eq!(package(&CONTENT).unwrap(), package(&CONTENT).unwrap());
    }
}

#[test]
fn the_image_takes_what_the_tarball_has() {
    let folder = Folder::new();
    let name = tarball::name(&CONTENT);
    let package = folder.file(&format!("{name}.tar.gz"), tarball::package(&CONTENT).unwrap());
    let root = folder.path("root");
    trial::unpack(Path::new(&package), Path::new(&root)).expect("it unpacks");
    let program = format!("{root}/{name}/bin/oomkit");
    assert_eq!(ran(Command::new(program).arg("--version")), Some(version()));
    let dockerfile = fs::read_to_string(workspace::root().join("packaging/Dockerfile")).unwrap();
    let copied: Vec<&str> = dockerfile
        .lines()
        .filter_map(|line| line.strip_prefix("COPY --from=build "))
        .flat_map(|line| line.split_whitespace().filter_map(|word| word.strip_prefix("/out/")))
        .collect();
    assert_eq!(copied, ["bin/oomkit", "LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY.txt"]);
    for path in copied {
        assert!(Path::new(&format!("{root}/{name}/{path}")).is_file(), "{path}");
    }
    let notices = fs::read_to_string(format!("{root}/{name}/THIRD-PARTY.txt")).unwrap();
    for told in ["\nclap 4", "\nrusqlite 0", "Permission is hereby granted, free of charge"] {
        assert!(notices.contains(told), "{told}");
    }
    assert!(!notices.contains("\ntempfile ") && !notices.contains("\noomkit"), "tests are not shipped");
}

#[test]
fn the_manifest_passes_our_own_audit() {
    let found = oomkit(["audit", "--fail-on", "note", "--format", "json", DAEMONSET]).ends(0).json();
    assert_eq!(found["findings"].as_array().map(Vec::len), Some(0), "{:#}", found["findings"]);
    assert_eq!(found["summary"]["containers"].as_u64(), Some(1), "{:#}", found["summary"]);
    let text = fs::read_to_string(workspace::root().join(DAEMONSET)).unwrap();
    assert!(text.contains(&format!("image: oomkit:{}\n", CONTENT.about.version)));
}

/// Returns the arguments of the container in the manifest.
fn arguments() -> Vec<String> {
    let text = fs::read_to_string(workspace::root().join(DAEMONSET)).unwrap();
    let stream = yaml::read(&text);
    let mut value = stream.documents[1].root().expect("a document");
    for key in ["spec", "template", "spec", "containers"] {
        value = value.get(key).unwrap_or_else(|| panic!("no {key}"));
    }
    let container = value.items().next().expect("a container");
    let words = container.get("args").expect("arguments").items();
    words.map(|word| word.text().expect("a text").to_owned()).collect()
}

#[test]
fn the_command_of_the_manifest_needs_no_capability() {
    let folder = Folder::new();
    fs::set_permissions(folder.path(""), fs::Permissions::from_mode(0o700)).unwrap();
    let store = folder.path("snapshots.db");
    let arguments: Vec<String> =
        arguments().into_iter().map(|word| word.replace("--every=1min", "--every=1s")).collect();
    assert!(arguments.contains(&"--every=1s".to_owned()), "{arguments:?}");
    let program = env!("CARGO_BIN_EXE_oomkit");
    let mut command = if is_root() && is_there("setpriv") {
        let mut command = Command::new("setpriv");
        command.args(["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", program]);
        command
    } else {
        println!("skipped in part: capabilities are dropped only by root, and by setpriv");
        Command::new(program)
    };
    let mut child =
        command.args(&arguments).args(["--store", &store]).stderr(Stdio::piped()).spawn().expect("it starts");
    let begun = Instant::now();
    let mut snapshots = 0;
    while snapshots < 2 && begun.elapsed() < Duration::from_secs(30) {
        thread::sleep(Duration::from_millis(200));
        if Path::new(&store).exists() {
            let list = oomkit(["snap", "list", "--format", "json", "--store", &store]);
            snapshots = if list.code == 0 { list.json()["snapshots"].as_array().unwrap().len() } else { 0 };
        }
    }
    let _ = child.kill();
    let output = child.wait_with_output().unwrap();
    assert!(2 <= snapshots, "{snapshots}: {}", String::from_utf8_lossy(&output.stderr));
    let shown = oomkit(["snap", "show", "--format", "json", "--store", &store]).ends(0).json();
    let counts: BTreeMap<&str, usize> = ["processes", "cgroups"]
        .into_iter()
        .map(|list| (list, shown[list].as_array().map_or(0, Vec::len)))
        .collect();
    assert!(counts.values().all(|count| 0 < *count), "{counts:?}");
}
