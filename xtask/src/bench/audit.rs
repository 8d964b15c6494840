//! The auditor against checkov, on manifests made for it.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use xtask::workspace;

use super::{Contender, Subject, compare, folder, measure, ours, random::Random};
use crate::say;

/// The release of checkov that is fetched where none is installed.
const CHECKOV: &str = "checkov==3.3.30";
/// Its two checks that are about memory: a request, a limit.
const CHECKS: &str = "CKV_K8S_12,CKV_K8S_13";

/// How much to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// Containers in the one large file
    #[arg(long, default_value_t = 4000)]
    containers: usize,
    /// Files in the folder, of one container each
    #[arg(long, default_value_t = 10_000)]
    files: usize,
    /// Rounds; each runs every program once, and medians are shown
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Leave checkov out, which needs minutes for a large folder
    #[arg(long)]
    alone: bool,
}

pub(super) fn run(options: &Options) -> Result<()> {
    let checkov = if options.alone { None } else { Some(checkov()?) };
    for subject in [one_file(options.containers)?, many_files(options.files)?] {
        compare(&subject, &contenders(&subject, checkov.as_deref()), options.rounds)?;
    }
    Ok(())
}

fn contenders(subject: &Subject, checkov: Option<&Path>) -> Vec<Contender> {
    let input = subject.path.display().to_string();
    let of_ours = |name, format: &str| {
        let arguments = ["audit", &input, "--fail-on", "never", "--format", format];
        Contender::new(name, ours(), arguments.map(str::to_owned).to_vec())
    };
    let mut contenders = vec![of_ours("oomkit audit", "text"), of_ours("the same, as JSON", "json")];
    if let Some(program) = checkov {
        let which = if subject.path.is_dir() { "--directory" } else { "--file" };
        let options = ["--framework", "kubernetes", "--check", CHECKS, "--soft-fail", "--compact", "--quiet"];
        let arguments = [which, &input].into_iter().chain(options).map(str::to_owned).collect();
        contenders.push(Contender::new("checkov, memory checks", program.to_path_buf(), arguments));
    }
    contenders
}

/// Returns checkov as it is installed, or installs it among what is made for measuring.
fn checkov() -> Result<PathBuf> {
    if let Some(program) = measure::installed("checkov") {
        return Ok(program);
    }
    let place = folder()?.join("checkov");
    let program = place.join("bin/checkov");
    if !program.exists() {
        say(&format!("fetching {CHECKOV}"));
        workspace::run(Command::new("python3").args(["-m", "venv"]).arg(&place))?;
        workspace::run(Command::new(place.join("bin/pip")).args(["install", "--quiet", CHECKOV]))?;
    }
    if !program.exists() {
        bail!("{CHECKOV} cannot be installed; --alone measures without it");
    }
    Ok(program)
}

/// Writes one file of many workloads.
fn one_file(containers: usize) -> Result<Subject> {
    let path = folder()?.join(format!("workloads-{containers}.yaml"));
    let mut random = Random::new(1);
    let mut text = String::new();
    for number in 0..containers {
        text.push_str(&manifest(&mut random, number));
    }
    fs::write(&path, &text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Subject { path, megabytes: megabytes(text.len()), count: containers, of: "containers" })
}

/// Writes a folder of files, of one workload each.
fn many_files(files: usize) -> Result<Subject> {
    let path = folder()?.join(format!("workloads-{files}"));
    let mut random = Random::new(2);
    let mut size = 0;
    for number in 0..files {
        let folder = path.join(format!("team-{}", number / 100));
        fs::create_dir_all(&folder)?;
        let text = manifest(&mut random, number);
        size += text.len();
        fs::write(folder.join(format!("workload-{number}.yaml")), text)?;
    }
    Ok(Subject { path, megabytes: megabytes(size), count: files, of: "files" })
}

fn megabytes(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1e6
}

/// Returns a workload as people write them; one of eight has no limit, one of sixteen a wrong one.
fn manifest(random: &mut Random, number: usize) -> String {
    let name = format!("service-{number}");
    let size = 64 << random.below(6);
    let resources = match random.below(16) {
        0 | 1 => String::new(),
        2 => format!(
            "\n          resources: {{requests: {{memory: {size}Mi}}, limits: {{memory: {}Mi}}}}",
            size / 2
        ),
        _ => format!(
            "\n          resources:\n            requests: {{memory: {size}Mi}}\n            limits: {{memory: {size}Mi}}"
        ),
    };
    let mut text = String::new();
    let _ = writeln!(
        text,
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  namespace: team-{}\nspec:\n  \
         replicas: {}\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    \
         spec:\n      containers:\n        - name: app\n          image: registry.example/{name}:1{resources}",
        number / 100,
        1 + random.below(4)
    );
    text
}
