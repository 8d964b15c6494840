//! The `.rpm`; like the `.deb` without scripts, so that nothing but files comes with it.

use anyhow::Result;
use rpm::{BuildConfig, CompressionType, FileOptions, PackageBuilder};

use crate::{
    archive::{File, Role},
    content::{Content, Places},
};

const PLACES: Places = Places {
    program: "usr/bin",
    manuals: "usr/share/man",
    bash: "usr/share/bash-completion/completions",
    zsh: "usr/share/zsh/site-functions",
    fish: "usr/share/fish/vendor_completions.d",
    texts: "usr/share/doc/oomkit/",
};

/// Folders that belong to this package alone, and so go away with it.
const FOLDERS: &[&str] = &["/usr/share/doc/oomkit", "/usr/share/licenses/oomkit"];

/// Returns the name of the file.
#[must_use]
pub fn name(content: &Content) -> String {
    format!("{}-{}-1.{}.rpm", content.about.name, content.about.version, std::env::consts::ARCH)
}

/// Makes the package, unsigned: whoever publishes it has the key.
///
/// # Errors
///
/// When the library refuses a path or a name.
pub fn package(content: &Content) -> Result<Vec<u8>> {
    let about = &content.about;
    let config =
        BuildConfig::v4().compression(CompressionType::Gzip).source_date(u32::try_from(about.moment)?);
    let mut builder = PackageBuilder::new(
        &about.name,
        &about.version,
        &about.license,
        std::env::consts::ARCH,
        &about.summary,
    );
    builder
        .using_config(config)
        .description(about.description.as_str())
        .url(about.repository.as_str())
        .vendor(about.author.as_str())
        .packager(about.author.as_str())
        // Any other name would make each machine build another package.
        .build_host("localhost")
        .add_changelog_entry(
            format!("{} - {}-1", about.author, about.version),
            "- What changed stands in CHANGELOG.md",
            u32::try_from(about.moment)?,
        );
    for folder in FOLDERS {
        builder.with_dir_entry(FileOptions::dir(*folder).permissions(0o755))?;
    }
    for file in files(content)? {
        let options = FileOptions::new(format!("/{}", file.path)).permissions(file.role.mode());
        let options = match file.role {
            Role::Setting => options.config().noreplace(),
            Role::License => options.license(),
            Role::Reading => options.doc(),
            Role::Program | Role::Data => options,
        };
        builder.with_file_contents(file.bytes, options)?;
    }
    let mut bytes = Vec::new();
    builder.build()?.write(&mut bytes)?;
    Ok(bytes)
}

fn files(content: &Content) -> Result<Vec<File>> {
    let mut files = content.placed(&PLACES, true)?;
    files.extend(content.watchers());
    let licenses = content.licenses.iter();
    files.extend(licenses.map(|text| {
        File::new(format!("usr/share/licenses/oomkit/{}", text.name), text.bytes.clone(), Role::License)
    }));
    Ok(files)
}
