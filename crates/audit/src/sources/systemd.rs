//! systemd: services and slices with their drop-ins, resolved as the service manager does.
//!
//! A unit is known only when all files are: what lies in `/etc` overrides what lies in `/usr`, and a
//! drop-in overrides both.  Files are therefore kept as they are, and put together in the end.

pub(super) mod file;
mod keys;
pub(super) mod name;
pub(super) mod unit;

use std::collections::{BTreeMap, BTreeSet};

use super::{Input, Source};
use crate::{
    dialect::Dialect,
    model::{Fragment, LimitModel, Place, Scope, ScopeId, ScopeKind, Setting, Unit, Workload},
    yaml::Mark,
};
use name::{Spot, spot};
use unit::Taker;

pub(super) const SOURCE: Source = Source {
    words: &["[Service]", "[Slice]", "[Unit]"],
    extensions: &["service", "slice", "conf"],
    yaml: false,
    claims: |input| spot(input.name).is_some() || is_listing(input),
    read,
    settle,
};

/// What stands before each file where `systemctl cat` prints several.
const HEADING: &str = "# /";

/// Tells whether this is what `systemctl cat` prints.
fn is_listing(input: &Input<'_>) -> bool {
    input.text.lines().next().and_then(heading).is_some()
}

fn heading(line: &str) -> Option<&str> {
    let path = line.strip_prefix("# ").filter(|_| line.starts_with(HEADING))?;
    spot(path).map(|_| path)
}

fn read(input: &Input<'_>, model: &mut LimitModel) {
    if !is_listing(input) {
        read_one(input, model, input.name, input.text, 1);
        return read_around(input, model, Dialect::Systemd, spot);
    }
    let mut parts: Vec<(&str, u32, usize)> = Vec::new();
    let mut at = 0;
    for (number, line) in (1..).zip(input.text.split_inclusive('\n')) {
        if let Some(path) = heading(line.trim_end()) {
            parts.push((path, number, at));
        }
        at += line.len();
    }
    let ends = parts.iter().skip(1).map(|(_, _, start)| *start).chain([input.text.len()]).collect::<Vec<_>>();
    for ((path, number, start), end) in parts.into_iter().zip(ends) {
        read_one(input, model, path, input.text.get(start..end).unwrap_or_default(), number);
    }
}

pub(super) fn read_one(input: &Input<'_>, model: &mut LimitModel, path: &str, text: &str, first: u32) {
    let (assignments, strays) = file::parse(text, first);
    for stray in strays {
        let what = "the line is neither a section nor an assignment, and is passed over";
        model.complain(input.place(stray), crate::model::ProblemKind::Ineffective, what);
    }
    model.fragments.push(Fragment { file: input.file, path: path.into(), assignments });
}

/// Reads the drop-ins beside a unit that nobody asked for by themselves.
pub(super) fn read_around(
    input: &Input<'_>,
    model: &mut LimitModel,
    dialect: Dialect,
    spot: fn(&str) -> Option<Spot>,
) {
    let Some(Spot { unit, drop_in: None, .. }) = spot(input.name) else { return };
    let folder = input.name.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    for name in name::drop_in_names(&unit) {
        for path in input.around.list(&format!("{folder}{name}.d")) {
            let is_known = input.around.is_input(&path) || model.fragments.iter().any(|one| one.path == path);
            if is_known || spot(&path).is_none() {
                continue;
            }
            let Some(bytes) = input.around.read(&path) else { continue };
            let text: std::sync::Arc<str> = String::from_utf8_lossy(&bytes).into();
            let file = model.add_file(&path, text.clone());
            if let Some(known) = model.file_mut(file) {
                known.dialect = Some(dialect);
                known.text = text.clone();
            }
            let (assignments, _) = file::parse(&text, 1);
            model.fragments.push(Fragment { file, path, assignments });
        }
    }
}

/// The files of one machine.
#[derive(Default)]
pub(super) struct Machine {
    pub(super) files: Vec<(Spot, Fragment)>,
}

/// Takes the files of one kind out of the model, by the machines that they belong to.
pub(super) fn machines(model: &mut LimitModel, spot: fn(&str) -> Option<Spot>) -> BTreeMap<String, Machine> {
    let mut machines: BTreeMap<String, Machine> = BTreeMap::new();
    // What is left belongs to others who read unit files.
    let (mine, others): (Vec<Fragment>, _) =
        std::mem::take(&mut model.fragments).into_iter().partition(|one| spot(&one.path).is_some());
    model.fragments = others;
    for fragment in mine {
        let Some(spot) = spot(&fragment.path) else { continue };
        machines.entry(spot.machine.clone()).or_default().files.push((spot, fragment));
    }
    machines
}

fn settle(model: &mut LimitModel) {
    for (name, machine) in machines(model, spot) {
        machine.settle(&name, model);
    }
}

impl Machine {
    fn settle(mut self, name: &str, model: &mut LimitModel) {
        self.files.sort_by_key(|(spot, _)| spot.rank);
        let Some((_, first)) = self.files.first() else { return };
        let place = Place { file: first.file, mark: Mark { line: 1, column: 1, width: 1 }, scope: None };
        let path = if name.trim().is_empty() { "units" } else { name.trim_end() };
        let host = model.push(Scope::new(ScopeKind::Host, Dialect::Systemd, path.into(), place));
        let is_user = name.ends_with(" user");
        let mut slices: BTreeMap<String, ScopeId> = BTreeMap::new();
        // A slice lies in those whose names it begins with, so the short ones come first.
        let (mut slice_units, services): (Vec<String>, Vec<String>) =
            self.units().into_iter().partition(|unit| unit.ends_with(".slice"));
        slice_units.sort_by_key(|unit| name::slices_above(unit).len());
        for unit in slice_units.iter().filter(|unit| *unit != "-.slice") {
            let Some((mut scope, _)) = self.scope(unit) else { continue };
            let parent = name::slices_above(unit).iter().find_map(|above| slices.get(above)).copied();
            scope.kind = ScopeKind::Slice;
            slices.insert(unit.clone(), model.push(scope.below(parent.unwrap_or(host))));
        }
        for unit in &services {
            let Some((mut scope, named)) = self.scope(unit) else { continue };
            let slice = named.as_ref().map(|slice| slice.value.clone());
            let slice = slice.unwrap_or_else(|| name::default_slice(unit, is_user));
            if let Some(unit) = &mut scope.unit {
                unit.slice = Some(slice.clone());
            }
            let chain = std::iter::once(slice.clone()).chain(name::slices_above(&slice));
            let parent = chain.into_iter().find_map(|slice| slices.get(&slice).copied());
            if parent.is_none() && !matches!(slice.as_str(), "system.slice" | "app.slice" | "-.slice") {
                scope.lies_in = named;
            }
            model.push(scope.below(parent.unwrap_or(host)));
        }
    }

    /// Returns the names of all units, those that only drop-ins speak of among them.
    pub(super) fn units(&self) -> Vec<String> {
        // What a whole family is told, such as `service.d`, makes no unit by itself; a file always does.
        let is_family = |unit: &str| !unit.contains('.') || unit.contains("-.") || unit.contains("-@");
        let counts = |spot: &Spot| spot.drop_in.is_none() || !is_family(&spot.unit);
        let single = self.files.iter().filter(|(spot, _)| counts(spot)).map(|(spot, _)| &spot.unit);
        let units: BTreeSet<&String> = single.collect();
        let instantiated: BTreeSet<String> = units.iter().filter_map(|unit| name::template(unit)).collect();
        let is_file =
            |unit: &str| self.files.iter().any(|(spot, _)| spot.drop_in.is_none() && spot.unit == unit);
        // Drop-ins of a template are about its instances, where these are known.
        units.into_iter().filter(|unit| !instantiated.contains(*unit) || is_file(unit)).cloned().collect()
    }

    /// Puts a unit together; returns the slice that it names as well.
    fn scope(&self, unit: &str) -> Option<(Scope, Option<Setting<String>>)> {
        let (main, parts) = self.parts(unit);
        let first = parts.first()?;
        let start = first.assignments.iter().find(|one| matches!(&*one.section, "Service" | "Slice"));
        let mark =
            start.or(first.assignments.first()).map_or(Mark { line: 1, column: 1, width: 1 }, |one| one.at);
        let place = Place { file: first.file, mark, scope: None };
        let mut scope = Scope::new(ScopeKind::Unit, Dialect::Systemd, unit.into(), place);
        scope.first_line = 1;
        scope.name = unit.into();
        let mut taker = Taker::new(&mut scope, unit);
        for part in &parts {
            part.assignments.iter().for_each(|one| taker.take(part.file, one));
        }
        let taken = taker.end();
        scope.is_partial = main.is_none();
        // A drop-in alone is counted for the limit that it sets, and for none that the unit may have.
        scope.is_patch = main.is_none() && scope.memory.limit.is_none();
        scope.workload = Some(Box::new(workload(&taken.unit, first)));
        scope.unit = Some(Box::new(taken.unit));
        Some((scope, taken.slice))
    }

    /// Returns the file of a unit, where there is one, and that with all its drop-ins, weakest first.
    pub(super) fn parts(&self, unit: &str) -> (Option<&Fragment>, Vec<&Fragment>) {
        let is_main = |(spot, _): &&(Spot, Fragment), name: &str| spot.drop_in.is_none() && spot.unit == name;
        let template = name::template(unit);
        let main = self.files.iter().find(|file| is_main(file, unit)).or_else(|| {
            let template = template.as_deref()?;
            self.files.iter().find(|file| is_main(file, template))
        });
        let main = main.map(|(_, fragment)| fragment);
        (main, main.into_iter().chain(self.drop_ins(unit)).collect())
    }

    /// Returns the drop-ins of a unit, weakest first.
    fn drop_ins(&self, unit: &str) -> Vec<&Fragment> {
        let names = name::drop_in_names(unit);
        let (of_kind, of_unit) =
            names.split_last().map_or((None, names.as_slice()), |(kind, unit)| (Some(kind), unit));
        let mut found: BTreeMap<&str, &Fragment> = BTreeMap::new();
        let ranks: BTreeSet<usize> = self.files.iter().map(|(spot, _)| spot.rank).collect();
        let folders = ranks.iter().flat_map(|rank| of_unit.iter().map(move |name| (*rank, name)));
        let wide = ranks.iter().flat_map(|rank| of_kind.map(|name| (*rank, name)));
        for (rank, folder) in folders.chain(wide) {
            for (spot, fragment) in &self.files {
                if let Some(drop_in) = &spot.drop_in
                    && spot.rank == rank
                    && spot.unit == *folder
                {
                    // Of two with one name only the strongest is read.
                    found.entry(drop_in).or_insert(fragment);
                }
            }
        }
        found.into_values().collect()
    }
}

fn workload(unit: &Unit, first: &Fragment) -> Workload {
    Workload {
        kind: "unit".into(),
        namespace: crate::model::Namespace::OfFile(first.file),
        replicas: crate::model::Replicas::Unsaid,
        ends: unit.kind.as_ref().is_some_and(|kind| kind.value == "oneshot"),
        labels: Vec::new(),
    }
}
