//! `cargo xtask dist`: makes the packages of this machine's kind.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use packaging::{about::About, content::Content, debian, notices, program, redhat, tarball, trial};
use sha2::{Digest as _, Sha256};
use xtask::workspace;

/// Make the tarball, the .deb and the .rpm, and the sums of all
#[derive(Parser)]
#[command(name = "cargo xtask dist")]
struct Arguments {
    /// Unpack each package into an empty root and run the program there
    #[arg(long = "try")]
    tried: bool,
    /// Package this program, and build none
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let program = match &arguments.program {
        Some(program) => program.clone(),
        None => program::build()?,
    };
    let about = About::read()?;
    let content = Content::of(&program, about, notices::collect(&program::target())?)?;
    let folder = workspace::target().join("dist");
    fs::create_dir_all(&folder)?;
    let packages = [
        (format!("{}.tar.gz", tarball::name(&content)), tarball::package(&content)?),
        (debian::name(&content)?, debian::package(&content)?),
        (redhat::name(&content), redhat::package(&content)?),
    ];
    let mut sums = String::new();
    for (name, bytes) in &packages {
        write(&folder.join(name), bytes)?;
        let sum =
            Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        // A string takes whatever is written into it.
        let _ = writeln!(sums, "{sum}  {name}");
    }
    write(&folder.join("SHA256SUMS"), sums.as_bytes())?;
    if arguments.tried {
        let top = format!("{}/bin/oomkit", tarball::name(&content));
        for ((name, _), path) in packages.iter().zip([top.as_str(), "usr/bin/oomkit", "usr/bin/oomkit"]) {
            attempt(&folder.join(name), path, &content.about.version)?;
        }
    }
    Ok(())
}

/// Unpacks a package and holds what its program says against what is expected.
fn attempt(package: &Path, path: &str, version: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let shown = package.file_name().unwrap_or_default().to_string_lossy();
    trial::unpack(package, folder.path()).with_context(|| format!("cannot unpack {shown}"))?;
    let (said, untried) = trial::run(folder.path(), path, &["--version"])?;
    if said.trim_end() != format!("oomkit {version}") {
        bail!("the program in {shown} says {said:?}");
    }
    // A log of the tests goes with it: an empty root has none.
    let log = workspace::root().join("tests/fixtures/seed/dac-test.md");
    fs::copy(log, folder.path().join("kern.log"))?;
    let log = match untried {
        None => "/kern.log".to_owned(),
        Some(_) => folder.path().join("kern.log").to_string_lossy().into_owned(),
    };
    let (report, _) = trial::run(folder.path(), path, &["decode", &log])?;
    if !report.starts_with("Killed: test_server") {
        bail!("the program in {shown} decodes nothing: {report}");
    }
    say(&format!(
        "{shown}: {}; decodes a log{}",
        said.trim_end(),
        untried.map_or(String::new(), |why| format!(" ({why})"))
    ));
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    say(&format!("wrote {}", path.display()));
    Ok(())
}

/// Tells the developer something; where nobody listens, that is no failure.
fn say(words: &str) {
    let _ = writeln!(std::io::stderr(), "{words}");
}
