//! Fixing: files are changed where the audit knows how, and only if the next audit agrees.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

use oomkit_audit::{
    Report,
    fix::{self, Left},
    model::Problem,
};
use oomkit_core::ident::visible;
use similar::TextDiff;

use super::{baseline::Baseline, plan::Plan};
use crate::{failure::Failure, output::Output, terminal::Terminal};

/// A file as it should be.
struct Changed {
    path: PathBuf,
    before: String,
    after: String,
    /// What it settles, by code and line.
    settled: Vec<(&'static str, u32)>,
}

/// The files as they should be, by their names.
#[derive(Default)]
pub(super) struct Fixes(BTreeMap<String, Changed>);

impl Fixes {
    /// Takes what an audit proposes for files of the disk.
    pub(super) fn of(report: &Report, plan: &Plan, terminal: &Terminal) -> Self {
        let mut fixes = Self::default();
        let proposed = fix::propose(report);
        for of_file in proposed.edits.chunk_by(|one, other| one.file == other.file) {
            let file = of_file.first().and_then(|edit| report.model.file(edit.file));
            let Some((file, path)) = file.and_then(|file| Some((file, plan.path(&file.name)?))) else {
                continue;
            };
            // What was decoded on its way in, or has changed since, is not what would be written.
            if fs::read(path).ok().as_deref() != Some(file.text.as_bytes()) {
                terminal.note(&format!("{} is left as it is: its bytes are not its text", file.name));
                continue;
            }
            let after = fix::applied(&file.text, &of_file.iter().collect::<Vec<_>>());
            let settled = of_file.iter().map(|edit| (edit.code, edit.about)).collect();
            let before = file.text.to_string();
            let changed = Changed { path: path.to_path_buf(), before, after, settled };
            fixes.0.insert(file.name.clone(), changed);
        }
        tell(report, &proposed.left, terminal);
        fixes
    }

    /// Returns a file as it should be.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|changed| changed.after.as_str())
    }

    /// Leaves files as they are where the change brings something new, which `after` tells.
    pub(super) fn keep_what_helps(&mut self, before: &Report, after: &Report, terminal: &Terminal) {
        // What cannot be read is counted by itself: a policy may have turned its rule off.
        let unread = |report: &Report, name: &str| {
            let place_of = |problem: &&Problem| {
                report.model.file(problem.place.file).is_some_and(|file| file.name == name)
            };
            report.model.problems.iter().filter(place_of).count()
        };
        let mut held = Baseline::of(before).worsened(after);
        held.extend(self.0.keys().filter(|name| unread(before, name) < unread(after, name)).cloned());
        for name in held {
            if self.0.remove(&name).is_some() {
                let why = "a change would settle one thing and bring another";
                terminal.note(&format!("{name} is left as it is: {why}"));
            }
        }
    }

    /// Tells whether there is nothing to change.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes the changed files, each whole or not at all.
    pub(super) fn write(&self, terminal: &Terminal) -> Result<(), Failure> {
        for (name, changed) in &self.0 {
            write(&changed.path, &changed.after)?;
            for (code, line) in &changed.settled {
                terminal.note(&format!("{name}:{line} is fixed ({code})"));
            }
        }
        Ok(())
    }

    /// Writes the changes as a patch.
    pub(super) fn write_patch(&self, output: &mut Output) -> Result<(), Failure> {
        let one = |(name, changed): (&String, &Changed)| {
            let diff = TextDiff::from_lines(changed.before.as_str(), changed.after.as_str());
            let name = name.trim_start_matches('/');
            let [before, after] = ["a", "b"].map(|side| fix::in_patch(&format!("{side}/{name}")));
            diff.unified_diff().header(&before, &after).to_string()
        };
        let mut patch: String = self.0.iter().map(one).collect();
        if matches!(output, Output::Standard(_)) && io::stdout().is_terminal() {
            // A file may hold what a terminal must not see; a program has to see it.
            patch = patch
                .split_inclusive('\n')
                .map(|line| visible(line.trim_end_matches('\n').as_bytes()) + "\n")
                .collect();
        }
        output.write_all(patch.as_bytes()).map_err(|error| Failure::output(&error))
    }
}

/// Tells what is left to people, and why.
fn tell(report: &Report, left: &[Left], terminal: &Terminal) {
    let (far, near): (Vec<&Left>, Vec<&Left>) = left.iter().partition(|left| left.is_decision());
    for Left { code, place, why } in near {
        let name = report.model.file(place.file).map_or("", |file| &file.name);
        terminal.note(&format!("{name}:{} is not fixed ({code}): {why}", place.mark.line));
    }
    if let Some(first) = far.first() {
        let (count, plural) = (far.len(), if far.len() == 1 { "" } else { "s" });
        terminal.note(&format!("{count} finding{plural} not fixed: {}", first.why));
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let mut output = Output::open(Some(path))?;
    output.write_all(text.as_bytes()).map_err(|error| Failure::output(&error))?;
    output.commit()
}
