//! The `.deb`: an archive of `ar` with two of `tar`, as deb(5) has it.
//!
//! There are no scripts in it, so nothing happens at installation but that files are put in place.
//! Sources: deb(5), deb-control(5), deb-conffiles(5), deb-md5sums(5); Debian Policy 12.5 on copyright.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail};
use ar::{Builder, Header};
use md5::{Digest as _, Md5};

use crate::{
    about::About,
    archive::{File, Role, gzip, tar},
    content::{Content, Places},
};

const PLACES: Places = Places {
    program: "usr/bin",
    manuals: "usr/share/man",
    bash: "usr/share/bash-completion/completions",
    zsh: "usr/share/zsh/vendor-completions",
    fish: "usr/share/fish/vendor_completions.d",
    texts: "usr/share/doc/oomkit/",
};

/// Returns the name of the file.
///
/// # Errors
///
/// When Debian has no name for this machine.
pub fn name(content: &Content) -> Result<String> {
    Ok(format!("{}_{}_{}.deb", content.about.name, content.about.version, architecture()?))
}

/// Makes the package.
///
/// # Errors
///
/// When Debian has no name for this machine or an archive cannot be made.
pub fn package(content: &Content) -> Result<Vec<u8>> {
    let files = files(content)?;
    let moment = content.about.moment;
    let parts = [
        ("debian-binary", b"2.0\n".to_vec()),
        ("control.tar.gz", gzip(&tar(&control(&content.about, &files)?, "", moment)?)?),
        ("data.tar.gz", gzip(&tar(&files, "", moment)?)?),
    ];
    let mut builder = Builder::new(Vec::new());
    for (name, bytes) in parts {
        let mut header = Header::new(name.as_bytes().to_vec(), u64::try_from(bytes.len())?);
        header.set_mode(0o100_644);
        header.set_mtime(moment);
        builder.append(&header, bytes.as_slice())?;
    }
    builder.into_inner().context("cannot make the package")
}

fn files(content: &Content) -> Result<Vec<File>> {
    let mut files = content.placed(&PLACES, true)?;
    files.extend(content.watchers());
    files.push(File::new("usr/share/doc/oomkit/copyright", copyright(content)?, Role::License));
    for license in content.licenses.iter().filter(|license| license.name == "THIRD-PARTY.txt") {
        let path = format!("usr/share/doc/oomkit/{}.gz", license.name);
        files.push(File::new(path, gzip(&license.bytes)?, Role::License));
    }
    Ok(files)
}

/// Returns what dpkg reads before it unpacks.
fn control(about: &About, files: &[File]) -> Result<Vec<File>> {
    let size: usize = files.iter().map(|file| file.bytes.len().div_ceil(1024)).sum();
    let description = about.description.lines().fold(String::new(), |text, line| text + " " + line + "\n");
    let control = format!(
        "Package: {}\nVersion: {}\nArchitecture: {}\nMaintainer: {}\nInstalled-Size: {size}\nSection: admin\n\
         Priority: optional\nHomepage: {}\nDescription: {}\n{description}",
        about.name,
        about.version,
        architecture()?,
        about.author,
        about.repository,
        about.summary,
    );
    let (mut settings, mut sums) = (String::new(), String::new());
    for file in files {
        // A string takes whatever is written into it.
        let _ = match file.role {
            Role::Setting => writeln!(settings, "/{}", file.path),
            _ => writeln!(sums, "{}  {}", hexadecimal(&Md5::digest(&file.bytes)), file.path),
        };
    }
    Ok(vec![
        File::new("control", control, Role::Data),
        File::new("conffiles", settings, Role::Data),
        File::new("md5sums", sums, Role::Data),
    ])
}

/// Returns the copyright in the form that Debian's machines read.
fn copyright(content: &Content) -> Result<String> {
    let mit = content.licenses.iter().find(|license| license.name == "LICENSE-MIT");
    let mit = std::str::from_utf8(&mit.context("LICENSE-MIT is missing")?.bytes)?;
    let holder = mit.lines().find_map(|line| line.strip_prefix("Copyright (c) "));
    let mut text = format!(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\
         Upstream-Name: {}\nSource: {}\n\
         Comment: THIRD-PARTY.txt.gz beside this file has what is built in and others wrote.\n\n\
         Files: *\nCopyright: {}\nLicense: Expat or Apache-2.0\n\nLicense: Expat\n",
        content.about.name,
        content.about.repository,
        holder.context("LICENSE-MIT names no holder")?,
    );
    for line in mit.trim_end().lines() {
        text += &format!(" {}\n", if line.is_empty() { "." } else { line });
    }
    text += "\nLicense: Apache-2.0\n The text is /usr/share/common-licenses/Apache-2.0.\n";
    Ok(text)
}

/// Returns Debian's name for this machine.
fn architecture() -> Result<&'static str> {
    match std::env::consts::ARCH {
        "x86_64" => Ok("amd64"),
        "aarch64" => Ok("arm64"),
        other => bail!("no package is made for {other}"),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
