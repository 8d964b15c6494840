//! `oomkit generate`: everything that is derived from the program itself.

pub(crate) mod pages;

mod reference;
mod schema;

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::{Args, Command, CommandFactory as _, Subcommand, ValueEnum};
use clap_complete::Shell;
use oomkit_core::rule::Page;

use crate::{
    args::{Cli, Global},
    exit::{self, Code},
    failure::Failure,
    output::Output,
};

/// Write completions, man pages, schemas and reference pages
#[derive(Debug, Args)]
pub(crate) struct GenerateArgs {
    #[command(subcommand)]
    what: What,
}

/// What can be derived.
#[derive(Debug, Subcommand)]
enum What {
    /// Write the completions of a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the man pages: all of them into a folder, or the main one to the output
    Man {
        /// The folder, which is made where it is missing
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Write the JSON Schema of a verb's JSON output, or of the policy file
    Schema {
        /// The verb or file
        #[arg(value_name = "WHAT")]
        verb: SchemaOf,
    },
    /// Write the help of every verb as Markdown
    CliReference,
    /// Write the table of exit codes as Markdown
    ExitCodes,
    /// Write what the columns of `oomkit snap export` are, as Markdown
    Columns,
    /// Write the words of an OOM report as Markdown
    Glossary,
    /// Write the index of the diagnoses as Markdown
    Diagnoses,
    /// Write the index of the audit rules as Markdown
    Rules,
    /// Write the page of a rule or a diagnosis as Markdown
    Page {
        /// Its code, such as OKD001, or its name
        rule: String,
    },
}

/// What has a schema.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum SchemaOf {
    /// `oomkit decode --format json`
    Decode,
    /// `oomkit audit --format json`
    Audit,
    /// `oomkit postmortem --format json`
    Postmortem,
    /// `oomkit snap list --format json`
    Snapshots,
    /// `oomkit snap show --format json`
    Snapshot,
    /// `oomkit snap top --format json`
    SnapshotTop,
    /// `oomkit snap diff --format json`
    SnapshotDiff,
    /// `oomkit snap trend --format json`
    SnapshotTrend,
    /// `oomkit snap verify --format json`
    SnapshotVerify,
    /// `oomkit recommend --format json`
    Recommend,
    /// `oomkit.toml`, which `oomkit audit --policy` reads
    Policy,
}

/// Runs the verb.
pub(crate) fn run(args: &GenerateArgs, global: &Global) -> Result<&'static Code, Failure> {
    if let What::Man { folder: Some(folder) } = &args.what {
        return man_pages(folder).map(|()| &exit::DONE);
    }
    let mut output = Output::open(global.output.as_deref())?;
    let text = match &args.what {
        What::Page { rule } => Some(pages::page(&page(rule)?)),
        _ => None,
    };
    let written = match text {
        Some(text) => output.write_all(text.as_bytes()),
        None => write(&args.what, &mut output),
    };
    written.map_err(|error| Failure::output(&error))?;
    output.commit()?;
    Ok(&exit::DONE)
}

fn page(asked: &str) -> Result<Page, Failure> {
    pages::find(asked).ok_or_else(|| {
        Failure::usage(format!("there is no rule {asked:?}"))
            .hint("`oomkit generate diagnoses` lists the diagnoses, `oomkit generate rules` the audit rules")
    })
}

fn write(what: &What, output: &mut Output) -> io::Result<()> {
    match what {
        What::Completions { shell } => {
            // Written aside first: the generator does not return errors, it panics.
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut command(), "oomkit", &mut text);
            output.write_all(&text)
        }
        What::Man { .. } => output.write_all(&man_page("oomkit", &command())?),
        What::Schema { verb } => output.write_all(schema::of(*verb).as_bytes()),
        What::CliReference => output.write_all(reference::cli(command()).as_bytes()),
        What::Columns => output.write_all(oomkit_snap::export::markdown().as_bytes()),
        What::Glossary => output.write_all(oomkit_decode::glossary::markdown().as_bytes()),
        What::Diagnoses => output.write_all(pages::index(&pages::DIAGNOSES).as_bytes()),
        What::Rules => output.write_all(pages::index(&pages::RULES).as_bytes()),
        What::Page { .. } => Ok(()),
        What::ExitCodes => output.write_all(reference::exit_codes().as_bytes()),
    }
}

/// The whole command line, completed with what clap derives only when it is built.
fn command() -> Command {
    let mut command = Cli::command().term_width(100);
    command.build();
    command
}

fn man_pages(folder: &Path) -> Result<(), Failure> {
    let cannot = |error: io::Error| {
        Failure::host(format!("cannot write man pages into {}", folder.display())).because(&error)
    };
    fs::create_dir_all(folder).map_err(cannot)?;
    // Before it is built, so that the verbs `help` are left out, which only repeat the others.
    let mut command = Cli::command().term_width(100).disable_help_subcommand(true);
    command.build();
    write_man_pages(folder, "oomkit", &command).map_err(cannot)
}

/// Writes the page of a verb and of those below it.
fn write_man_pages(folder: &Path, name: &str, command: &Command) -> io::Result<()> {
    fs::write(folder.join(format!("{name}.1")), man_page(name, command)?)?;
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        write_man_pages(folder, &format!("{name}-{}", verb.get_name()), verb)?;
    }
    Ok(())
}

/// Returns a page with a head as man(7) wants it: name, section, date, source, manual.
///
/// The generator leaves an empty date out, so that the source would be taken for one; and a date would make
/// each build another.
fn man_page(name: &str, command: &Command) -> io::Result<Vec<u8>> {
    let head = format!(".TH {name} 1 \"\" \"oomkit {}\" \"oomkit manual\"\n", env!("CARGO_PKG_VERSION"));
    let man = clap_mangen::Man::new(command.clone()).title(name);
    let mut page = Vec::new();
    man.render(&mut page)?;
    let text = String::from_utf8_lossy(&page);
    let lines = text.split_inclusive('\n');
    Ok(lines
        .map(|line| if line.starts_with(".TH ") { head.as_str() } else { line })
        .collect::<String>()
        .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_has_a_man_page() {
        let folder = tempfile::tempdir().unwrap();
        man_pages(folder.path()).unwrap();
        for page in ["oomkit.1", "oomkit-decode.1", "oomkit-explain.1", "oomkit-generate.1"] {
            assert!(folder.path().join(page).exists(), "{page}");
        }
        let page = fs::read_to_string(folder.path().join("oomkit-snap-take.1")).unwrap();
        assert!(page.contains("\n.TH oomkit-snap-take 1 \"\" \"oomkit "), "{page}");
        assert!(page.contains("oomkit\\-snap\\-take \\- Take a snapshot"), "{page}");
        assert!(!folder.path().join("oomkit-help.1").exists());
        assert!(!folder.path().join("oomkit-generate-help.1").exists());
    }
}
