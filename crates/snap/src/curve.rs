//! Curves: what somebody held over time, as a chart of a document.

use jiff::Timestamp;
use oomkit_core::{
    document::{Chart, Mark},
    units::{Bytes, WallTime},
};

use crate::{
    snapshot::{BootClock, Moment},
    trend::{Pieces, Point},
};

/// A limit that is more than so many times what was held would press the curve to the ground.
const FAR: u64 = 4;

/// Two moments that are so many usual steps apart do not hang together.
const GAP: u64 = 5;

/// Draws what somebody held over time; `None` where there are less than two moments.
///
/// A limit is drawn where what was held came near it; `moments` are what happened meanwhile, and of
/// those outside of the curve's time none is drawn.  `near` is a moment of the same boot, by whose
/// wall clock the times are told.
#[must_use]
pub fn chart(
    title: &str,
    pieces: &Pieces,
    limit: Option<Bytes>,
    moments: &[(BootClock, String)],
    near: &Moment,
) -> Option<Chart> {
    let all = || pieces.iter().flatten();
    let (first, last) = (all().next()?.at, all().last()?.at);
    let over = last.since(first).micros();
    if over == 0 {
        return None;
    }
    let peak = all().map(|point| point.size).max()?;
    let limit = limit.filter(|limit| limit.get() / FAR <= peak.get());
    let top = limit.map_or(peak, |limit| limit.max(peak));
    let time = |at: BootClock| share(at.since(first).micros(), over);
    let size = |size: Bytes| share(size.get(), top.get());
    let piece = |piece: &[Point]| piece.iter().map(|point| (time(point.at), size(point.size))).collect();
    let mark = |limit: Bytes| Mark { label: "limit".into(), value: limit.to_string(), share: size(limit) };
    let is_inside = |(at, _): &&(BootClock, String)| (first..=last).contains(at);
    Some(Chart {
        title: title.to_owned(),
        from: told(near.wall(first)?),
        to: told(near.wall(last)?),
        top: top.to_string(),
        pieces: pieces.iter().flat_map(|piece| unbroken(piece)).map(piece).collect(),
        marks: limit.map(mark).into_iter().collect(),
        moments: moments.iter().filter(is_inside).map(|(at, what)| (time(*at), what.clone())).collect(),
    })
}

/// Tells a time to the second, which is more than a picture shows.
fn told(at: WallTime) -> String {
    Timestamp::from_second(at.instant().as_second()).map_or(at, |second| at.at(second)).to_string()
}

/// Cuts a piece where nobody looked for long.
fn unbroken(piece: &[Point]) -> impl Iterator<Item = &[Point]> {
    let step = |pair: &[Point]| match pair {
        [from, to] => to.at.since(from.at).micros(),
        _ => 0,
    };
    let mut steps: Vec<u64> = piece.windows(2).map(step).collect();
    steps.sort_unstable();
    let usual = steps.get(steps.len() / 2).copied().unwrap_or_default();
    piece.chunk_by(move |from, to| to.at.since(from.at).micros() <= usual.saturating_mul(GAP))
}

fn share(part: u64, whole: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a picture is not that exact")]
    let share = part as f64 / whole.max(1) as f64;
    share
}

#[cfg(test)]
mod tests {
    use jiff::tz::Offset;

    use super::*;
    use crate::snapshot::BootId;

    const MIB: u64 = 1 << 20;

    fn drawn(points: &[(u64, u64)], limit: Option<u64>) -> Option<Chart> {
        let seconds = |seconds: u64| BootClock::from_micros(seconds * 1_000_000);
        let point = |(at, size): &(u64, u64)| Point { at: seconds(*at), size: Bytes::new(size * MIB) };
        let at = Timestamp::from_second(1_652_168_760).unwrap();
        let near = Moment::new(BootId::new(b"a"), seconds(160), None, at, Offset::UTC);
        let kills = [(seconds(20), "before it".to_owned()), (seconds(110), "a kill".to_owned())];
        chart(
            "x",
            &[points.iter().map(point).collect()],
            limit.map(|limit| Bytes::new(limit * MIB)),
            &kills,
            &near,
        )
    }

    #[test]
    fn a_curve_knows_its_scale_its_times_and_its_gaps() {
        let points = [(100, 0), (110, 20), (120, 40), (190, 80), (200, 80)];
        let chart = drawn(&points, Some(100)).unwrap();
        assert_eq!(chart.pieces, [vec![(0.0, 0.0), (0.1, 0.2), (0.2, 0.4)], vec![(0.9, 0.8), (1.0, 0.8)]]);
        assert_eq!(
            (chart.from.as_str(), chart.to.as_str()),
            ("2022-05-10T07:45:00+00:00", "2022-05-10T07:46:40+00:00")
        );
        assert_eq!(chart.moments, [(0.1, "a kill".to_owned())]);
        assert_eq!((chart.top.as_str(), chart.marks.len()), ("100.0 MiB", 1));
        // A limit far above says nothing here.
        assert_eq!(
            drawn(&points, Some(10_000)).map(|chart| (chart.top, chart.marks.len())),
            Some(("80.0 MiB".into(), 0))
        );
        assert_eq!(drawn(&points[..1], None), None);
    }
}
