//! Tables: what there are rows of.

use std::fmt::Write as _;

use super::{Column, Value, Workloads, column::Field};
use crate::snapshot::Snapshot;

mod cgroups;
mod host;
mod moment;
mod processes;
mod workload;

pub(super) use cgroups::WHAT as CGROUP_FIELDS;
pub(super) use host::FIELDS as HOST_FIELDS;

/// What there are rows of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// A row for each process of each snapshot.
    Processes,
    /// A row for each control group of each snapshot.
    Cgroups,
    /// A row for each snapshot.
    Host,
}

impl Table {
    /// All tables, in the order of the documentation.
    pub const ALL: [Self; 3] = [Self::Processes, Self::Cgroups, Self::Host];

    /// Returns the table's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Processes => "processes",
            Self::Cgroups => "cgroups",
            Self::Host => "host",
        }
    }

    /// Returns what there is a row of, as a sentence.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Processes => "A row for each process of each snapshot, by its id and then by its start.",
            Self::Cgroups => "A row for each control group of each snapshot, by its path.",
            Self::Host => "A row for each snapshot.",
        }
    }

    /// Returns the columns, in the order of the cells.
    #[must_use]
    pub fn columns(self) -> Vec<Column> {
        fn of<T>(fields: &[Field<T>]) -> impl Iterator<Item = Column> {
            fields.iter().map(|field| field.column)
        }
        let moment = of(moment::FIELDS);
        match self {
            Self::Processes => moment
                .chain(of(processes::WHO))
                .chain(of(workload::FIELDS))
                .chain(of(processes::WHAT))
                .collect(),
            Self::Cgroups => {
                moment.chain(of(cgroups::WHO)).chain(of(workload::FIELDS)).chain(of(cgroups::WHAT)).collect()
            }
            Self::Host => moment.chain(of(host::FIELDS)).collect(),
        }
    }

    /// Hands on the rows of a snapshot, one after the other, and stops at the first error.
    ///
    /// A list that could not be read has no rows; the row of the host tells it from one that is empty.
    ///
    /// # Errors
    ///
    /// What `take` returns.
    pub fn rows<E>(
        self,
        snapshot: &Snapshot,
        workloads: &mut Workloads<'_>,
        mut take: impl FnMut(&[Value<'_>]) -> Result<(), E>,
    ) -> Result<(), E> {
        workloads.visit(&snapshot.host);
        match self {
            Self::Processes => {
                for process in snapshot.processes.iter().flatten() {
                    let workload = process.cgroup.as_ref().and_then(|path| workloads.of(path));
                    let mut row = cells(moment::FIELDS, snapshot, &());
                    row.extend(cells(processes::WHO, snapshot, process));
                    row.extend(cells(workload::FIELDS, snapshot, &workload));
                    row.extend(cells(processes::WHAT, snapshot, process));
                    take(&row)?;
                }
            }
            Self::Cgroups => {
                for cgroup in snapshot.cgroups.iter().flatten() {
                    let workload = workloads.of(&cgroup.path);
                    let mut row = cells(moment::FIELDS, snapshot, &());
                    row.extend(cells(cgroups::WHO, snapshot, cgroup));
                    row.extend(cells(workload::FIELDS, snapshot, &workload));
                    row.extend(cells(cgroups::WHAT, snapshot, cgroup));
                    take(&row)?;
                }
            }
            Self::Host => {
                let mut row = cells(moment::FIELDS, snapshot, &());
                row.extend(cells(host::FIELDS, snapshot, snapshot));
                take(&row)?;
            }
        }
        Ok(())
    }
}

fn cells<'a, T>(fields: &[Field<T>], snapshot: &'a Snapshot, of: &'a T) -> Vec<Value<'a>> {
    fields.iter().map(|field| (field.read)(snapshot, of)).collect()
}

/// Returns the page that tells what each column is.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from(
        "<!-- Written by `oomkit generate columns`. -->\n\n# Columns of exports\n\n\
         What `oomkit snap export` writes ([snapshots.md](snapshots.md) tells how).\n\
         The end of a name is its unit: `_bytes`, `_us` (microseconds), `_s` (seconds), `_percent`, `_pages`, `_ticks`.\n\
         What is not known is empty in CSV and null elsewhere, never 0; so is a count that exceeds 63 bits.\n\
         A counter is an integer that only grows, since boot or since the control group was made.\n\
         Within a boot (`boot_id`), rows are in the order of `boot_clock_us`; `since_boot_us` joins the stamps of the kernel's log.\n",
    );
    for table in Table::ALL {
        // A string takes whatever is written into it.
        let _ = write!(
            page,
            "\n## `{}`\n\n{}\n\n| column | kind | what it is |\n| --- | --- | --- |\n",
            table.name(),
            table.about()
        );
        for column in table.columns() {
            let kind = if column.is_counter { "counter" } else { column.kind.word() };
            let _ = writeln!(page, "| `{}` | {kind} | {} |", column.name, column.about);
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::export::Kind;

    #[test]
    fn columns_have_names_of_their_own_and_sentences() {
        for table in Table::ALL {
            let columns = table.columns();
            let names: BTreeSet<&str> = columns.iter().map(|column| column.name).collect();
            assert_eq!(names.len(), columns.len(), "{table:?}");
            for column in columns {
                assert!(column.about.ends_with('.') && !column.about.contains('|'), "{column:?}");
                assert_eq!(column.name.ends_with("_percent"), column.kind == Kind::Real, "{column:?}");
            }
        }
    }
}
