//! Many processes of one name or user, none of them large, fill the memory together.

use oomkit_core::{place::Evidence, rule::Findings};

use oomkit_core::units::Bytes;

use super::application_memory;
use crate::case::{Case, TaskGroup, at_least, less, of_whole, percent, size_by_kill, weight};
use crate::report::Part;

oomkit_core::rule! {
    Case;
    /// ## What it checks
    ///
    /// At least five processes share a name or a user, together they hold a quarter of the usable memory, and at least three times what the largest process holds.
    /// Shared memory is not added up where the log parts it; otherwise the sum is bounded by the anonymous memory of the machine.
    ///
    /// ## Why it matters
    ///
    /// No single process is to blame, so killing one frees little and the next one is killed right away.
    /// A limit on the number, or on all of them together, helps; a limit on each does not.
    ///
    /// ## Fires
    ///
    /// - `debian-6.18_amd64_swarm`
    /// - `ubuntu-5.15_amd64_swarm_big`
    /// - `debian-7.2_amd64_swarm`
    ///
    /// ## Stays silent
    ///
    /// - `debian-6.12_amd64_global`
    /// - `debian-6.12_amd64_bigdump`
    /// - `debian-6.12_amd64_tmpfs`
    MANY_PROCESSES {
        code: "OKD002",
        name: "many-processes",
        summary: "many processes of one name or user fill the memory together",
        severity: Error,
        confidence: High,
    }
}

/// Fewer are no crowd.
const CROWD: u64 = 5;
/// So many small ones come from a program that starts copies of itself.
const BOMB: u64 = 1000;

fn check(case: &Case, findings: &mut Findings<'_, Evidence>) {
    let (Some(group), Some(usable)) = (crowd(case), case.machine.usable) else { return };
    let Some(largest) = case.largest_of(group) else { return };
    let memory = bounded(case, group);
    let mean = Bytes::new(memory.get() / group.tasks.max(1));
    let name = &group.name;
    let said = format!(
        "{} processes of {name} held {} together, {mean} each; none of them is large",
        group.tasks,
        of_whole(memory, usable)
    );
    findings
        .at(case.proof_of_task(largest), said)
        .and([case.proof(Part::Total, "pages RAM")])
        .remedy(advice(name, group.tasks, mean, usable));
}

/// Returns the crowd that fills the memory, if there is one.
pub(super) fn crowd(case: &Case) -> Option<&TaskGroup> {
    let usable = case.machine.usable.filter(|_| case.is_global())?;
    let largest = case.largest_task().map(weight)?.max(unlisted(case)?);
    let fits = |group: &&TaskGroup| {
        let memory = bounded(case, group);
        CROWD <= group.tasks
            && largest.get().saturating_mul(3) <= memory.get()
            && at_least(memory, 25, usable)
    };
    let by_name = case.tasks.names.first().filter(fits);
    // Everybody is root on many machines, which says nothing.
    by_name.or_else(|| case.tasks.users.iter().find(|group| group.name != "user 0").filter(fits))
}

/// Returns what a process may hold that has no row; `None` where that cannot be bounded.
fn unlisted(case: &Case) -> Option<Bytes> {
    if !case.event.task_table.lacks_rows() {
        return Some(Bytes::ZERO);
    }
    // Tables that do not part shared memory count it often, and hide what is missing.
    case.event.tasks.first()?.rss_anon_bytes?;
    let unlisted = less(application_memory(case)?, case.tasks.memory);
    Some(unlisted.max(case.largest_by_kill().and_then(size_by_kill).unwrap_or_default()))
}

/// Where the table does not part shared memory, the machine's counters bound the sum.
fn bounded(case: &Case, group: &TaskGroup) -> Bytes {
    let own = case.machine.anon.map(|anon| {
        less(anon, case.counter("shmem_bytes").unwrap_or_default())
            .saturating_add(case.machine.swap_used.unwrap_or_default())
            .saturating_add(case.counter("unevictable_bytes").unwrap_or_default())
    });
    own.map_or(group.memory, |own| group.memory.min(own))
}

fn advice(name: &str, tasks: u64, mean: Bytes, usable: Bytes) -> String {
    if BOMB <= tasks && mean.get() < 4 << 20 {
        return format!(
            "find who starts {name}: this looks like a fork bomb; TasksMax= of the unit, pids.max of the \
             cgroup or --pids-limit of the container stops it"
        );
    }
    let setting = match name {
        "php-fpm" | "php-fpm7" | "php-fpm8" => "pm.max_children",
        "httpd" | "apache2" => "MaxRequestWorkers",
        "postgres" => "max_connections, or a connection pool",
        _ => "the number of its workers",
    };
    let fitting = percent(usable, 80).get() / mean.get().max(1);
    format!("lower {setting}: at {mean} each, at most {fitting} of them fit into 80 % of {usable}")
}
