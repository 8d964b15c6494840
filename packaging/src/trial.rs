//! The trial of a package: unpacked into an empty root, the program has to run there.

use std::{
    fs,
    io::{Cursor, Read as _},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Component, Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use flate2::read::GzDecoder;
use xtask::workspace;

use crate::program;

/// Unpacks a package of any kind into a folder.
///
/// # Errors
///
/// When it is damaged, or of no kind that is known by its name.
pub fn unpack(package: &Path, folder: &Path) -> Result<()> {
    let bytes = fs::read(package).with_context(|| format!("cannot read {}", package.display()))?;
    match package.extension().and_then(|end| end.to_str()) {
        Some("deb") => debian(&bytes, folder),
        Some("rpm") => redhat(&bytes, folder),
        Some("gz") => Ok(tar::Archive::new(GzDecoder::new(bytes.as_slice())).unpack(folder)?),
        _ => bail!("{} is no package", package.display()),
    }
}

fn debian(bytes: &[u8], folder: &Path) -> Result<()> {
    let mut parts = ar::Archive::new(bytes);
    while let Some(part) = parts.next_entry() {
        let part = part?;
        if part.header().identifier() == b"data.tar.gz" {
            return Ok(tar::Archive::new(GzDecoder::new(part)).unpack(folder)?);
        }
    }
    bail!("no data.tar.gz in the package")
}

fn redhat(bytes: &[u8], folder: &Path) -> Result<()> {
    let package = rpm::Package::parse(&mut Cursor::new(bytes))?;
    package.verify_digests()?;
    for file in package.files()? {
        let file = file?;
        let path = inside(folder, &file.metadata.path())?;
        if file.metadata.mode().file_type() == rpm::FileType::Dir {
            fs::create_dir_all(&path)?;
            continue;
        }
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        // What is neither a folder nor a file has no content, and we ship none of that.
        fs::write(&path, file.content().context("an entry without content")?)?;
        let mode = u32::from(file.metadata.mode().permissions());
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}

/// Returns where a path of a package lies in a folder, and refuses one that leads out of it.
fn inside(folder: &Path, path: &Path) -> Result<PathBuf> {
    let mut inside = folder.to_path_buf();
    for component in path.components() {
        match component {
            Component::RootDir | Component::CurDir => {}
            Component::Normal(name) => inside.push(name),
            Component::ParentDir | Component::Prefix(_) => {
                bail!("{} leads out of the package", path.display())
            }
        }
    }
    Ok(inside)
}

/// Runs a program that lies in a root folder; for root the folder really is its root.
///
/// Returns what it prints, and what could not be tried.
///
/// # Errors
///
/// When it cannot be run or says that it failed.
pub fn run(root: &Path, path: &str, arguments: &[&str]) -> Result<(String, Option<&'static str>)> {
    let program = root.join(path);
    let (mut command, untried) = if is_root()? {
        let mut command = Command::new("chroot");
        command.arg(root).arg(format!("/{path}"));
        (command, None)
    } else {
        (Command::new(&program), Some("not in a root of its own, which only root may make"))
    };
    if untried.is_none() && !program::stands_alone(&program)? {
        bail!("{} needs a loader, which the folder does not have", program.display());
    }
    Ok((workspace::output(command.args(arguments))?, untried))
}

/// Returns whether we are root, whose processes belong to user 0.
fn is_root() -> Result<bool> {
    Ok(fs::metadata("/proc/self").context("no /proc")?.uid() == 0)
}

/// Reads a file that is compressed in a package.
///
/// # Errors
///
/// When it is not compressed or no text.
pub fn expand(path: &Path) -> Result<String> {
    let mut text = String::new();
    let file = fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    GzDecoder::new(file).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out() {
        let folder = Path::new("/a");
        assert_eq!(inside(folder, Path::new("/usr/./bin")).unwrap(), Path::new("/a/usr/bin"));
        assert!(inside(folder, Path::new("/usr/../../etc")).is_err());
    }
}
