//! Charts: what somebody held over time, drawn as an area that prints well.

use std::fmt::Write as _;

use maud::{Markup, html};
use oomkit_core::document::Chart;

use super::{letter::text, picture::place};
use crate::safe::shown;

/// How high the picture is, in pixels, and how much of that is above the top of the scale.
const HEIGHT: f64 = 168.0;
const ABOVE: f64 = 16.0;
/// The units of time and size within the picture, which is stretched to the room at hand.
const UNITS: (f64, f64) = (1000.0, 100.0);

/// Draws a chart, and says it in words for who does not see it.
pub(super) fn chart(chart: &Chart) -> Markup {
    html! {
        figure.chart {
            figcaption { (text(&chart.title)) }
            svg role="img" width="100%" height=(HEIGHT) aria-label=(shown(&words(chart))) {
                line.axis x1="0" x2="100%" y1=(ABOVE) y2=(ABOVE) {}
                line.axis x1="0" x2="100%" y1=(HEIGHT) y2=(HEIGHT) {}
                svg y=(ABOVE) width="100%" height=(HEIGHT - ABOVE)
                    viewBox=(format!("0 0 {} {}", UNITS.0, UNITS.1)) preserveAspectRatio="none" {
                    @for piece in &chart.pieces {
                        path.area d=(area(piece)) {}
                        path.held d=(line(piece)) vector-effect="non-scaling-stroke" {}
                    }
                }
                @for mark in &chart.marks {
                    line.limit x1="0" x2="100%" y1=(level(mark.share)) y2=(level(mark.share)) {}
                    text x="100%" y=(level(mark.share)) dy="-4" text-anchor="end" {
                        (shown(&mark.label)) " " (shown(&mark.value))
                    }
                }
                @for (time, what) in &chart.moments {
                    line.moment x1=(place(*time)) x2=(place(*time)) y1=(ABOVE) y2=(HEIGHT) { title { (shown(what)) } }
                }
                text x="0" y=(ABOVE) dy="-4" { (shown(&chart.top)) }
            }
            div.ends { span { (text(&chart.from)) } span { (text(&chart.to)) } }
            @if !chart.moments.is_empty() {
                ul.moments { @for (_, what) in &chart.moments { li { (text(what)) } } }
            }
        }
    }
}

fn words(chart: &Chart) -> String {
    let Chart { title, from, to, top, marks, .. } = chart;
    let mut words = format!("{title}, from {from} to {to}; the top is {top}");
    for mark in marks {
        let _ = write!(words, ", {} {}", mark.label, mark.value);
    }
    words
}

/// Returns where a size stands in the picture, in pixels from its upper edge.
fn level(share: f64) -> String {
    format!("{:.1}", HEIGHT - share.clamp(0.0, 1.0) * (HEIGHT - ABOVE))
}

/// Returns the line through the points of a piece; one point alone is a dot.
fn line(piece: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (at, point) in piece.iter().enumerate() {
        let (x, y) = unit(*point);
        let _ = write!(path, "{}{x:.1} {y:.1}", if at == 0 { 'M' } else { 'L' });
    }
    if piece.len() == 1 {
        path.push_str("h0");
    }
    path
}

/// Returns what lies below the line.
fn area(piece: &[(f64, f64)]) -> String {
    let (Some(first), Some(last)) = (piece.first(), piece.last()) else { return String::new() };
    let bottom = UNITS.1;
    format!(
        "{}L{:.1} {bottom}L{:.1} {bottom}Z",
        line(piece).trim_end_matches("h0"),
        unit(*last).0,
        unit(*first).0
    )
}

fn unit((time, size): (f64, f64)) -> (f64, f64) {
    (time.clamp(0.0, 1.0) * UNITS.0, (1.0 - size.clamp(0.0, 1.0)) * UNITS.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_a_line_and_the_area_below_it() {
        let piece = [(0.0, 0.0), (0.5, 1.0), (2.0, 0.25)];
        assert_eq!(line(&piece), "M0.0 100.0L500.0 0.0L1000.0 75.0");
        assert_eq!(area(&piece), "M0.0 100.0L500.0 0.0L1000.0 75.0L1000.0 100L0.0 100Z");
        assert_eq!(line(&[(0.25, 0.5)]), "M250.0 50.0h0");
        assert_eq!((line(&[]), area(&[])), (String::new(), String::new()));
    }
}
