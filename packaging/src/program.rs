//! The program as it is shipped: for any Linux of this machine's kind, whatever C library that has.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use elf::{ElfBytes, abi::PT_INTERP, endian::AnyEndian};
use xtask::workspace;

/// Returns the target of cargo for this machine.
#[must_use]
pub fn target() -> String {
    format!("{}-unknown-linux-gnu", std::env::consts::ARCH)
}

/// Builds the program, linked statically, and returns where it lies.
///
/// The target is named even though it is that of this machine: without it, cargo would link macros
/// statically as well, which cannot be loaded then.
///
/// # Errors
///
/// When it does not build, needs a loader, or tells where it was built.
pub fn build() -> Result<PathBuf> {
    let homes = homes();
    let mut flags = vec!["-C".to_owned(), "target-feature=+crt-static".to_owned()];
    for (home, name) in &homes {
        flags.push(format!("--remap-path-prefix={home}={name}"));
    }
    let target = target();
    let mut command = workspace::cargo(["build", "--release", "--locked", "--package", "oomkit", "--target"]);
    command.arg(&target).env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    workspace::run(&mut command)?;
    let program = workspace::target().join(target).join("release/oomkit");
    let bytes = fs::read(&program).with_context(|| format!("cannot read {}", program.display()))?;
    if needs_a_loader(&bytes)? {
        bail!("{} is not static", program.display());
    }
    if let Some((home, _)) = homes.iter().find(|(home, _)| holds(&bytes, home)) {
        bail!("{} names {home}, so it would differ elsewhere", program.display());
    }
    Ok(program)
}

/// Returns the folders of this machine that a program might name, and what it says instead.
fn homes() -> Vec<(String, &'static str)> {
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let named = [(Some(workspace::root()), "/oomkit"), (cargo, "/cargo")];
    let text = |path: PathBuf| path.to_str().map(str::to_owned);
    named.into_iter().filter_map(|(path, name)| Some((path.and_then(text)?, name))).collect()
}

/// Returns whether a program asks for a dynamic loader, as all that are not static do.
///
/// # Errors
///
/// When it is no program of Linux.
pub fn needs_a_loader(bytes: &[u8]) -> Result<bool> {
    let file = ElfBytes::<AnyEndian>::minimal_parse(bytes).context("not an ELF file")?;
    let segments = file.segments().context("a program without segments")?;
    Ok(segments.iter().any(|segment| segment.p_type == PT_INTERP))
}

/// Returns whether a program can run in a root folder that has nothing but it.
///
/// # Errors
///
/// When it cannot be read.
pub fn stands_alone(program: &Path) -> Result<bool> {
    Ok(!needs_a_loader(&fs::read(program)?)?)
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len().max(1)).any(|window| window == text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_linked_dynamically() {
        let me = std::env::current_exe().unwrap();
        assert!(needs_a_loader(&fs::read(me).unwrap()).unwrap());
        assert!(needs_a_loader(b"#!/bin/sh\n").is_err());
    }

    #[test]
    fn a_path_is_found_within_a_program() {
        assert!(holds(b"\x7fELF/home/a/src", "/home/a"));
        assert!(!holds(b"\x7fELF/home", "/home/a"));
    }
}
