//! OpenMetrics: one snapshot as series, for whoever collects them from a file.
//!
//! Sources: the OpenMetrics specification 1.0, and node_exporter's textfile collector, which takes no
//! time stamps and no kinds but those that the older format of Prometheus has. How many series there
//! are is bounded: those of the machine, and those of the largest control groups and names.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

use jiff::Timestamp;
use oomkit_core::ident::visible;

use super::{
    Column, Kind, Value,
    column::Field,
    tables::{CGROUP_FIELDS, HOST_FIELDS},
};
use crate::{
    group::{self, By, Holder},
    held::Held,
    snapshot::{Cgroup, Hierarchy, Snapshot},
};

/// Writes a snapshot as series: the machine, and of control groups and names the `most` largest.
///
/// What is not known has no sample, and neither has a limit that is not there.
///
/// # Errors
///
/// When it cannot be written.
pub fn openmetrics(snapshot: &Snapshot, most: usize, out: &mut dyn Write) -> io::Result<()> {
    Family::new("oomkit_snapshot_time_seconds", "When the snapshot was taken, by the wall clock.")
        .with(String::new(), since_epoch(snapshot.moment.at().instant()))
        .write(out)?;
    let machine = [(String::new(), snapshot)];
    families("oomkit_host_", HOST_FIELDS, snapshot, &machine, out)?;
    families("oomkit_cgroup_", CGROUP_FIELDS, snapshot, &cgroups(snapshot, most), out)?;
    let names = names(snapshot, most);
    for (name, about, read) in NAMES {
        let mut family = Family::new(&format!("oomkit_name_{name}"), about);
        for (labels, held) in &names {
            family.add(labels.clone(), read(held).map(|figure| figure.to_string()));
        }
        family.write(out)?;
    }
    out.write_all(b"# EOF\n")
}

/// What is said of all processes of a name.
type OfName = (&'static str, &'static str, fn(&Held) -> Option<u64>);

const NAMES: &[OfName] = &[
    ("processes", "Processes of the name.", |held| held.processes),
    (
        "own_bytes",
        "What only the end of the processes gives back: anonymous memory, swap and page tables.",
        |held| held.own().map(oomkit_core::units::Bytes::get),
    ),
    ("anon_bytes", "Resident anonymous memory.", |held| held.anonymous_bytes.map(|size| size.get())),
    ("file_bytes", "Resident pages of files, which each process counts.", |held| {
        held.file_bytes.map(|size| size.get())
    }),
    ("shmem_bytes", "Resident shared memory, which each process counts.", |held| {
        held.shared_bytes.map(|size| size.get())
    }),
    ("swap_bytes", "Memory in swap.", |held| held.swap_bytes.map(|size| size.get())),
];

/// Series of one name.
struct Family {
    name: String,
    about: &'static str,
    is_counter: bool,
    /// Labels with their braces, and the figure.
    samples: Vec<(String, String)>,
}

impl Family {
    fn new(name: &str, about: &'static str) -> Self {
        Self { name: name.to_owned(), about, is_counter: false, samples: Vec::new() }
    }

    /// Starts the family of a column, in base units.
    fn of(prefix: &str, column: Column) -> Self {
        let name = column.name;
        let name = match (name.strip_suffix("_us"), name.strip_suffix("_percent")) {
            (Some(name), _) => format!("{prefix}{name}_seconds"),
            (_, Some(name)) => format!("{prefix}{name}_ratio"),
            _ => format!("{prefix}{name}"),
        };
        Self { is_counter: column.is_counter, ..Self::new(&name, column.about) }
    }

    fn with(mut self, labels: String, figure: String) -> Self {
        self.add(labels, Some(figure));
        self
    }

    fn add(&mut self, labels: String, figure: Option<String>) {
        self.samples.extend(figure.map(|figure| (labels, figure)));
    }

    /// Writes the family, unless nothing of it is known.
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        const UNITS: [&str; 4] = ["bytes", "seconds", "ratio", "pages"];
        if self.samples.is_empty() {
            return Ok(());
        }
        let Self { name, about, .. } = self;
        let (kind, end) = if self.is_counter { ("counter", "_total") } else { ("gauge", "") };
        writeln!(out, "# HELP {name} {about}")?;
        writeln!(out, "# TYPE {name} {kind}")?;
        let unit = |unit: &&&str| name.rsplit('_').next() == Some(**unit);
        if let Some(unit) = UNITS.iter().find(unit) {
            writeln!(out, "# UNIT {name} {unit}")?;
        }
        for (labels, figure) in &self.samples {
            writeln!(out, "{name}{end}{labels} {figure}")?;
        }
        Ok(())
    }
}

/// Writes a family for each column that is worth one, with a sample for each of those that are told of.
fn families<T>(
    prefix: &str,
    fields: &[Field<T>],
    snapshot: &Snapshot,
    of: &[(String, &T)],
    out: &mut dyn Write,
) -> io::Result<()> {
    for field in fields.iter().filter(|field| field.is_metric) {
        let mut family = Family::of(prefix, field.column);
        for (labels, one) in of {
            family.add(labels.clone(), figure(&field.column, &(field.read)(snapshot, one)));
        }
        family.write(out)?;
    }
    Ok(())
}

/// Returns a figure in base units.
fn figure(column: &Column, value: &Value<'_>) -> Option<String> {
    match value {
        Value::Whole(micros) if column.name.ends_with("_us") => Some(seconds(*micros)),
        Value::Whole(number) => Some(number.to_string()),
        // A percentage has two digits behind the point, so its ratio has four.
        Value::Real(percent) if column.kind == Kind::Real => {
            Some(format!("{:.4}", (percent * 100.0).round() / 10_000.0))
        }
        _ => None,
    }
}

/// Writes microseconds as seconds, exactly.
fn seconds(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let micros = micros.unsigned_abs();
    format!("{sign}{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

fn since_epoch(at: Timestamp) -> String {
    seconds(at.as_microsecond())
}

/// Returns the largest control groups with their labels.
fn cgroups(snapshot: &Snapshot, most: usize) -> Vec<(String, &Cgroup)> {
    let mut groups: Vec<&Cgroup> = snapshot.cgroups.iter().flatten().collect();
    groups.sort_by_key(|group| (Reverse(group.usage_bytes), group.place()));
    let mut seen = BTreeSet::new();
    let labelled = groups.into_iter().map(|group| {
        let hierarchy = match group.hierarchy {
            Hierarchy::V1 => "v1",
            Hierarchy::V2 => "v2",
        };
        (format!("{{cgroup=\"{}\",hierarchy=\"{hierarchy}\"}}", label(group.path.as_bytes())), group)
    });
    // Two paths may look the same once they are safe to show, and a series that stands twice spoils the file.
    labelled.filter(|(labels, _)| seen.insert(labels.clone())).take(most).collect()
}

/// Returns the names that hold most, with their labels; names that look the same count together.
fn names(snapshot: &Snapshot, most: usize) -> Vec<(String, Held)> {
    let mut names: BTreeMap<String, Held> = BTreeMap::new();
    for (holder, held) in group::held(snapshot, By::Name).unwrap_or_default() {
        let Holder::Name { comm } = holder else { continue };
        let labels = format!("{{name=\"{}\"}}", label(comm.as_bytes()));
        names.entry(labels).or_default().add(&held);
    }
    let mut names: Vec<(String, Held)> = names.into_iter().collect();
    names.sort_by_key(|(_, held)| Reverse(held.own()));
    names.truncate(most);
    names
}

/// Makes bytes safe as the value of a label, and safe to show.
fn label(bytes: &[u8]) -> String {
    visible(bytes).replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_in_base_units_and_exact() {
        for (micros, shown) in [(0, "0.000000"), (1_500_000, "1.500000"), (-1, "-0.000001")] {
            assert_eq!(seconds(micros), shown);
        }
        assert_eq!(seconds(i64::MIN), "-9223372036854.775808");
    }

    #[test]
    fn labels_hold_no_line_break_and_no_quote_of_their_own() {
        assert_eq!(label(b"a\"b\\c\nd\x1b\xff"), r#"a\"b\\c\\nd\\x1b\\xff"#);
    }

    #[test]
    fn what_is_said_of_a_family_needs_no_escape() {
        let columns = HOST_FIELDS.iter().map(|field| field.column.about);
        let all = columns.chain(CGROUP_FIELDS.iter().map(|field| field.column.about));
        for about in all.chain(NAMES.iter().map(|(_, about, _)| *about)) {
            assert!(!about.contains(['\\', '"', '\n']), "{about}");
        }
    }
}
