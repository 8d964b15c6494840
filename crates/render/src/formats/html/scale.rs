//! Scales: levels against their marks, and below them what each level is made of.

use maud::{Markup, html};
use oomkit_core::document::{Bar, Gauge, Mark, Tone};

use super::{
    letter::{class, text},
    picture::place,
};
use crate::safe::shown;

/// Writes levels, each on a scale of its own.
pub(super) fn gauges(gauges: &[Gauge]) -> Markup {
    html! { div.gauges { @for gauge in gauges { (self::gauge(gauge)) } } }
}

fn gauge(gauge: &Gauge) -> Markup {
    let figures = gauge.level.iter().chain(&gauge.marks).chain(&gauge.kept);
    html! {
        figure class=(format!("gauge {}", class(gauge.tone))) {
            figcaption {
                b { (text(&gauge.label)) }
                @if !gauge.state.is_empty() {
                    " " span class=(format!("tag {}", class(gauge.tone))) { (text(&gauge.state)) }
                }
            }
            @if let Some(level) = &gauge.level { (scale(gauge, level)) }
            dl.marks { @for mark in figures { div { dt { (text(&mark.label)) } dd { (text(&mark.value)) } } } }
            @if gauge.parts.iter().any(|part| 0.0 < part.share) { (columns(&gauge.parts, &gauge.parts_are)) }
            @for note in &gauge.notes { p.quiet { (text(note)) } }
        }
    }
}

/// Draws a level as a bar, what of it is kept as stripes, and each mark as a line across.
fn scale(gauge: &Gauge, level: &Mark) -> Markup {
    let said = |mark: &Mark| format!("{} {}", shown(&mark.label), shown(&mark.value));
    let words: Vec<String> = [level].into_iter().chain(&gauge.marks).chain(&gauge.kept).map(said).collect();
    let is_beyond = 1.0 < level.share;
    html! {
        svg.scale role="img" width="100%" height="50" aria-label=(words.join(", ")) {
            rect.track x="0" y="17" width="100%" height="16" {}
            rect class=(format!("level {}", class(gauge.tone))) x="0" y="17"
                width=(place(level.share.clamp(0.004, 1.0))) height="16" {}
            @if let Some(kept) = &gauge.kept {
                line.kept x1="0" x2=(place(kept.share.clamp(0.0, 1.0))) y1="25" y2="25" {}
            }
            @for (at, mark) in gauge.marks.iter().enumerate().filter(|(_, mark)| mark.share <= 1.0) {
                @let (anchor, y) = label(at, mark.share);
                line.tick x1=(place(mark.share)) x2=(place(mark.share)) y1="13" y2="37" {}
                text.label x=(place(mark.share)) y=(y) text-anchor=(anchor) { (shown(&mark.label)) }
            }
            @if is_beyond { text.beyond x="99%" y="30" text-anchor="end" { "\u{203a}\u{203a}" } }
        }
    }
}

/// Returns where the label of a mark stands, so that three marks close together do not meet: the
/// first to the left, the second above, the third to the right.
fn label(at: usize, share: f64) -> (&'static str, &'static str) {
    match at % 3 {
        0 if share < 0.1 => ("start", "48"),
        0 => ("end", "48"),
        1 => ("middle", "10"),
        _ if 0.9 < share => ("end", "48"),
        _ => ("start", "48"),
    }
}

/// Draws parts of a level as columns, each with its figure above and its label below.
fn columns(parts: &[Bar], parts_are: &str) -> Markup {
    /// How high the highest column is.
    const HEIGHT: f64 = 40.0;
    let highest = parts.iter().map(|part| part.share).fold(0.0, f64::max);
    let words: Vec<String> =
        parts.iter().map(|part| format!("{}: {}", shown(&part.label), shown(&part.value))).collect();
    #[expect(clippy::cast_precision_loss, reason = "a picture is not that exact")]
    let each = 1.0 / parts.len().max(1) as f64;
    #[expect(clippy::cast_precision_loss, reason = "a picture is not that exact")]
    let start = |at: usize| at as f64 * each;
    html! {
        p.over { (text(parts_are)) }
        svg.columns role="img" width="100%" height="74" aria-label=(words.join(", ")) {
            @for (at, part) in parts.iter().enumerate() {
                @let height = part.share / highest * HEIGHT;
                @let middle = place(start(at) + each * 0.5);
                rect class=(if part.tone == Tone::Quiet { "block small" } else { "block" })
                    x=(place(start(at) + each * 0.12)) width=(place(each * 0.76))
                    y=(format!("{:.1}", 56.0 - height.max(1.0))) height=(format!("{:.1}", height.max(1.0))) {
                    title { (shown(&part.label)) ": " (shown(&part.value)) }
                }
                @if 0.0 < part.share {
                    text.count x=(middle) y=(format!("{:.1}", 53.0 - height.max(1.0))) text-anchor="middle" {
                        (short(&part.value))
                    }
                }
                text.label x=(middle) y="70" text-anchor="middle" { (short_size(&part.label)) }
            }
        }
    }
}

/// Returns the figure without what explains it.
fn short(value: &str) -> String {
    shown(value).split(' ').next().unwrap_or_default().to_owned()
}

/// Returns a size in the few letters that a column has room for, as `4K` for `4.0 KiB`.
fn short_size(label: &str) -> String {
    shown(label).replace(".0 ", "").trim_end_matches("iB").to_owned()
}
