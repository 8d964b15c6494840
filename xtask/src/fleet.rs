//! `cargo xtask fleet`: the queries of `docs/fleet.md`, each run on a fleet that is made up.
//!
//! The engines come from PyPI, and PySpark is hundreds of megabytes, so this is no part of `check`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use xtask::workspace;

use crate::say;

/// What runs the queries with an engine, and knows what was made up.
const QUERIES: &str = include_str!("fleet/queries.py");
/// The releases that are fetched.
const DUCKDB: &str = "duckdb==2.0.1";
const PYSPARK: &str = "pyspark==4.0.5";

/// Which engines run.
#[derive(Args)]
pub(crate) struct Options {
    /// Leave PySpark out, which is large
    #[arg(long)]
    duckdb_only: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = workspace::target().join("fleet");
    let parquet = exported(&folder)?;
    let script = folder.join("queries.py");
    fs::write(&script, QUERIES)?;
    ask("duckdb", DUCKDB, &script, &parquet)?;
    if options.duckdb_only {
        say("pyspark: skipped, as asked");
    } else if !has_java() {
        say("pyspark: skipped, since there is no Java");
    } else {
        ask("pyspark", PYSPARK, &script, &parquet)?;
    }
    Ok(())
}

/// Makes a fleet up, exports it and returns the folder of the export.
fn exported(folder: &Path) -> Result<PathBuf> {
    let (stores, parquet) = (folder.join("stores"), folder.join("parquet"));
    for old in [&stores, &parquet] {
        if old.exists() {
            fs::remove_dir_all(old)?;
        }
    }
    fs::create_dir_all(&stores)?;
    workspace::run(&mut workspace::cargo(["build", "--quiet", "--package", "oomkit"]))?;
    let mut example =
        workspace::cargo(["run", "--quiet", "--package", "oomkit-snap", "--example", "made_up_fleet", "--"]);
    workspace::run(example.arg(&stores))?;
    let program = workspace::target().join("debug/oomkit");
    let mut hosts = 0;
    for entry in fs::read_dir(&stores)? {
        let store = entry?.path();
        if store.extension().is_none_or(|ending| ending != "db") {
            continue;
        }
        let mut export = Command::new(&program);
        export.args(["--quiet", "snap", "export", "--to", "parquet"]);
        export.arg("--store").arg(&store).arg("--output").arg(&parquet);
        workspace::run(export.arg("--names").arg(stores.join("names.json")))?;
        hosts += 1;
    }
    say(&format!("{hosts} hosts are exported to {}", parquet.display()));
    Ok(parquet)
}

/// Runs the queries with an engine, which is installed among what is made here.
fn ask(engine: &str, release: &str, script: &Path, parquet: &Path) -> Result<()> {
    let place = workspace::target().join("fleet").join(engine);
    let python = place.join("bin/python");
    if !python.exists() {
        workspace::run(Command::new("python3").args(["-m", "venv"]).arg(&place))
            .context("a virtual environment needs python3 with venv")?;
    }
    say(&format!("{engine}: {release}"));
    workspace::run(Command::new(&python).args(["-m", "pip", "install", "--quiet", release]))?;
    let page = workspace::root().join("docs/fleet.md");
    let status = Command::new(&python).arg(script).arg(engine).arg(page).arg(parquet).status()?;
    if !status.success() {
        bail!("the answers of {engine} are not as expected");
    }
    Ok(())
}

fn has_java() -> bool {
    Command::new("java").arg("-version").output().is_ok_and(|ran| ran.status.success())
}
