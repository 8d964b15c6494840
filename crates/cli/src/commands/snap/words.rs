//! Words: holders, lengths of time and little pictures, as the pages of snapshots say them.

use oomkit_core::{ident::visible, units::Bytes};
use oomkit_snap::{
    group::{By, Holder},
    snapshot::{Cause, Reason},
    trend::{Point, Subject},
};

use super::answer::Cell;

/// Names who holds memory.
pub(crate) fn holder(holder: &Holder) -> String {
    match holder {
        Holder::Process { comms, .. } => {
            let names: Vec<String> = comms.iter().map(ToString::to_string).collect();
            names.join(", ")
        }
        Holder::Name { comm } => comm.to_string(),
        Holder::User { uid } => uid.map_or_else(|| "not known".into(), |uid| uid.to_string()),
        Holder::Cgroup { path, .. } => path.to_string(),
        Holder::Members { path } => path.as_ref().map_or_else(|| "not known".into(), ToString::to_string),
        Holder::Unit { unit } => unit.as_ref().map_or_else(|| "no unit".into(), |unit| shown(unit)),
        Holder::Pod { uid } => uid.as_ref().map_or_else(|| "no pod".into(), |uid| shown(uid)),
    }
}

/// Names who holds memory, in a sentence.
pub(crate) fn whose(by: &Holder) -> String {
    match by {
        Holder::User { uid: Some(uid) } => format!("user {uid}"),
        Holder::User { uid: None } => "whose user is not known".into(),
        Holder::Members { path: None } => "what is in no group that is known".into(),
        Holder::Unit { unit: None } => "what is in no unit".into(),
        Holder::Pod { uid: None } => "what is in no pod".into(),
        _ => holder(by),
    }
}

/// Names who holds memory, in a table; programs read nothing where nobody is named.
pub(crate) fn holder_cell(by: &Holder) -> Cell {
    let is_named = !matches!(
        by,
        Holder::User { uid: None }
            | Holder::Members { path: None }
            | Holder::Unit { unit: None }
            | Holder::Pod { uid: None }
    );
    let people = holder(by);
    if is_named { Cell::Words(people) } else { Cell::Told { people, programs: String::new() } }
}

/// Names who was tracked.
pub(crate) fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Machine => "the machine".into(),
        Subject::Cgroup(path, _) => path.to_string(),
        Subject::Name(comm, _) => comm.to_string(),
        Subject::Process(id) => format!("pid {}", id.pid),
    }
}

/// Names what is taken together, for the head of a column.
pub(crate) const fn head(by: By) -> (&'static str, &'static str) {
    match by {
        By::Process | By::Name => ("process", "comm"),
        By::User => ("user", "uid"),
        By::Cgroup | By::Members => ("cgroup", "cgroup"),
        By::Unit => ("unit", "unit"),
        By::Pod => ("pod", "pod_uid"),
    }
}

/// Says why a snapshot was taken.
pub(crate) fn reason(reason: &Reason) -> String {
    let (what, place) = match reason.cause {
        Cause::Pressure => ("memory pressure", " in "),
        Cause::Limit => ("limit reached", " by "),
        Cause::Kill => ("OOM kill", " in "),
    };
    reason.cgroup.as_ref().map_or_else(|| what.to_owned(), |cgroup| format!("{what}{place}{cgroup}"))
}

/// Says that processes did not answer; nothing where all did.
pub(crate) fn given_up(count: Option<u64>) -> Option<String> {
    match count {
        None | Some(0) => None,
        Some(1) => Some(
            "1 reading of a process took too long and was given up; what it would have told is not known"
                .into(),
        ),
        Some(count) => Some(format!(
            "{count} readings of processes took too long and were given up; what they would have told is not known"
        )),
    }
}

fn shown(text: &str) -> String {
    visible(text.as_bytes()).into_owned()
}

/// Draws what was held over time in one line, from nothing to the most; gaps stay empty.
pub(crate) fn spark(points: &[Point], width: usize, unicode: bool) -> String {
    const BLOCKS: [char; 8] =
        ['\u{2581}', '\u{2582}', '\u{2583}', '\u{2584}', '\u{2585}', '\u{2586}', '\u{2587}', '\u{2588}'];
    const LETTERS: [char; 8] = ['_', '.', ',', '-', '~', '=', '+', '#'];
    let steps = if unicode { BLOCKS } else { LETTERS };
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return String::new() };
    let most = points.iter().map(|point| point.size.get()).max().unwrap_or_default().max(1);
    let over = last.at.since(first.at).micros().max(1);
    let mut cells: Vec<Option<Bytes>> = vec![None; width];
    for point in points {
        let last_cell = u128::try_from(width.saturating_sub(1)).unwrap_or(0);
        let at = u128::from(point.at.since(first.at).micros()) * last_cell / u128::from(over);
        if let Some(cell) = usize::try_from(at).ok().and_then(|at| cells.get_mut(at)) {
            *cell = (*cell).max(Some(point.size));
        }
    }
    let step = |size: Bytes| {
        let at = u128::from(size.get()) * 7 / u128::from(most);
        usize::try_from(at).ok().and_then(|at| steps.get(at)).copied().unwrap_or(' ')
    };
    cells.into_iter().map(|cell| cell.map_or(' ', step)).collect()
}

#[cfg(test)]
mod tests {
    use oomkit_snap::snapshot::BootClock;

    use super::*;

    #[test]
    fn a_picture_shows_the_shape_and_its_gaps() {
        let point = |at, size| Point { at: BootClock::from_micros(at), size: Bytes::new(size) };
        let rising: Vec<Point> = (0..8).map(|at| point(at, at * 10)).collect();
        assert_eq!(spark(&rising, 8, false), "_.,-~=+#");
        assert_eq!(spark(&[point(0, 5), point(100, 5)], 5, false), "#   #");
        assert_eq!(spark(&[point(7, 0)], 3, true).chars().next(), Some('\u{2581}'));
        assert_eq!(spark(&[], 3, true), "");
    }
}
