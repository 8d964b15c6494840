//! The tarball: for `cp -r bin share /usr/local`, or to run from where it is unpacked.

use anyhow::Result;

use crate::{
    archive::{File, Role, gzip, tar},
    content::{Content, Places},
};

const PLACES: Places = Places {
    program: "bin",
    manuals: "share/man",
    bash: "share/bash-completion/completions",
    zsh: "share/zsh/site-functions",
    fish: "share/fish/vendor_completions.d",
    texts: "",
};

/// Returns the name of the tarball without its ending, which is that of the folder in it too.
#[must_use]
pub fn name(content: &Content) -> String {
    format!("{}-{}-{}-linux", content.about.name, content.about.version, std::env::consts::ARCH)
}

/// Makes the tarball.
///
/// Units are not in it, since they name the program; `oomkit snap install` writes them where it stands.
///
/// # Errors
///
/// When the archive cannot be made.
pub fn package(content: &Content) -> Result<Vec<u8>> {
    let mut files = content.placed(&PLACES, false)?;
    let licenses = content.licenses.iter();
    files.extend(licenses.map(|text| File::new(text.name.clone(), text.bytes.clone(), Role::License)));
    gzip(&tar(&files, &format!("{}/", name(content)), content.about.moment)?)
}
