//! What is shipped, and where it goes: the program, and what the program writes of itself.

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, Result};
use xtask::workspace;

use crate::{
    about::About,
    archive::{File, Role, gzip},
};

/// Where a package puts the program; the units and the cron file name it.
pub const PROGRAM: &str = "/usr/bin/oomkit";

/// A file without a place.
#[derive(Clone, Debug)]
pub struct Named {
    /// The name of the file.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// All that is shipped.
#[derive(Clone, Debug)]
pub struct Content {
    /// What packages say of themselves.
    pub about: About,
    /// The program.
    pub program: Vec<u8>,
    /// The man pages, all of section 1.
    pub manuals: Vec<Named>,
    /// What bash completes.
    pub bash: Vec<u8>,
    /// What zsh completes.
    pub zsh: Vec<u8>,
    /// What fish completes.
    pub fish: Vec<u8>,
    /// The service and the timer that take snapshots.
    pub units: Vec<Named>,
    /// The file for cron, with nothing in it that runs.
    pub cron: Vec<u8>,
    /// What people read.
    pub texts: Vec<Named>,
    /// The licences, ours first.
    pub licenses: Vec<Named>,
}

/// Where a kind of package puts things, below the root.
pub(crate) struct Places {
    pub(crate) program: &'static str,
    pub(crate) manuals: &'static str,
    pub(crate) bash: &'static str,
    pub(crate) zsh: &'static str,
    pub(crate) fish: &'static str,
    pub(crate) texts: &'static str,
}

impl Content {
    /// Asks a program for its pages, completions and units, and reads the texts of the workspace.
    ///
    /// # Errors
    ///
    /// When the program cannot be run on this machine, or a text cannot be read.
    pub fn of(program: &Path, about: About, notices: String) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let completions = |shell: &str| ask(program, &["generate", "completions", shell]);
        let read = |name: &str| {
            let bytes =
                fs::read(workspace::root().join(name)).with_context(|| format!("cannot read {name}"))?;
            Ok(Named { name: name.to_owned(), bytes })
        };
        Ok(Self {
            about,
            program: fs::read(program).with_context(|| format!("cannot read {}", program.display()))?,
            manuals: manuals(program, folder.path())?,
            bash: completions("bash")?,
            zsh: completions("zsh")?,
            fish: completions("fish")?,
            units: installed(program, "--systemd", &folder.path().join("systemd"), "etc/systemd/system")?,
            cron: idle(&installed(program, "--cron", &folder.path().join("cron"), "etc/cron.d")?)?,
            texts: ["README.md", "CHANGELOG.md"].map(read).into_iter().collect::<Result<_>>()?,
            licenses: [read("LICENSE-MIT"), read("LICENSE-APACHE"), Ok(third_party(notices))]
                .into_iter()
                .collect::<Result<_>>()?,
        })
    }

    /// Places what every kind of package has; licences, units and cron are for each to place.
    pub(crate) fn placed(&self, places: &Places, compressed: bool) -> Result<Vec<File>> {
        let mut files = vec![
            File::new(format!("{}/oomkit", places.program), self.program.clone(), Role::Program),
            File::new(format!("{}/oomkit", places.bash), self.bash.clone(), Role::Data),
            File::new(format!("{}/_oomkit", places.zsh), self.zsh.clone(), Role::Data),
            File::new(format!("{}/oomkit.fish", places.fish), self.fish.clone(), Role::Data),
        ];
        for page in &self.manuals {
            let path = format!("{}/man1/{}", places.manuals, page.name);
            files.push(match compressed {
                true => File::new(format!("{path}.gz"), gzip(&page.bytes)?, Role::Reading),
                false => File::new(path, page.bytes.clone(), Role::Reading),
            });
        }
        let texts = self.texts.iter();
        files.extend(texts.map(|text| {
            File::new(format!("{}{}", places.texts, text.name), text.bytes.clone(), Role::Reading)
        }));
        Ok(files)
    }

    /// Places what takes snapshots: the units, which nobody has enabled, and the file for cron.
    pub(crate) fn watchers(&self) -> Vec<File> {
        let unit = |unit: &Named| {
            File::new(format!("usr/lib/systemd/system/{}", unit.name), unit.bytes.clone(), Role::Data)
        };
        let cron = File::new("etc/cron.d/oomkit-snap", self.cron.clone(), Role::Setting);
        self.units.iter().map(unit).chain([cron]).collect()
    }
}

fn third_party(notices: String) -> Named {
    Named { name: "THIRD-PARTY.txt".to_owned(), bytes: notices.into_bytes() }
}

fn ask(program: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
    workspace::output(Command::new(program).args(arguments)).map(String::into_bytes)
}

fn manuals(program: &Path, folder: &Path) -> Result<Vec<Named>> {
    let folder = folder.join("man");
    workspace::output(Command::new(program).args(["generate", "man"]).arg(&folder))?;
    named(&folder)
}

/// Returns what `oomkit snap install` writes for a program that stands where packages put it.
fn installed(program: &Path, by: &str, root: &Path, folder: &str) -> Result<Vec<Named>> {
    let mut command = Command::new(program);
    command.args(["--quiet", "snap", "install", by, "--program", PROGRAM, "--root"]).arg(root);
    workspace::output(&mut command)?;
    named(&root.join(folder))
}

/// Returns a file for cron in which nothing runs: to install a package is not yet to ask for snapshots.
fn idle(files: &[Named]) -> Result<Vec<u8>> {
    let [file] = files else { anyhow::bail!("{} files for cron", files.len()) };
    let text = String::from_utf8(file.bytes.clone()).context("the file for cron is no text")?;
    let (notes, lines): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with('#'));
    let mut idle = format!("{}\n", notes.join("\n"));
    idle += "# Take the # away below for a snapshot a minute, where no timer of systemd takes them.\n";
    for line in lines {
        idle += &format!("#{line}\n");
    }
    Ok(idle.into_bytes())
}

/// Returns the files in a folder, by name.
fn named(folder: &Path) -> Result<Vec<Named>> {
    let mut files = Vec::new();
    for path in workspace::files(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.push(Named { name, bytes: fs::read(&path)? });
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_starts_nothing() {
        let file = |text: &str| Named { name: "oomkit-snap".into(), bytes: text.into() };
        let text = String::from_utf8(idle(&[file("# Written.\n* * * * * root true\n")]).unwrap()).unwrap();
        assert!(text.starts_with("# Written.\n") && text.ends_with("\n#* * * * * root true\n"), "{text}");
        assert!(text.lines().all(|line| line.starts_with('#')));
        assert!(idle(&[file("a"), file("b")]).is_err());
    }
}
