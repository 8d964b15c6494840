//! Pictures: parts of a whole, things side by side, and a timeline, drawn without any style of their
//! own, so that they look the same on paper.

use maud::{Markup, html};
use oomkit_core::document::{Bar, Fill, Panel, Timeline, Tone};

use super::letter::{class, text};
use crate::{figures::percent, safe::shown};

/// The colors that parts are told apart by; what comes after them begins again.
const COLORS: usize = 8;

/// Writes parts of a whole: all of them in one bar, then each by itself.
pub(super) fn bars(bars: &[Bar]) -> Markup {
    html! {
        figure.whole {
            (stack(bars, |at| at))
            div.scroll { table.bars { tbody { @for (at, part) in bars.iter().enumerate() {
                tr class=(class(part.tone)) {
                    th scope="row" { (key(part, at)) (text(&part.label)) }
                    td.right { (text(&part.value)) }
                    td.right { (percent(part)) }
                    td.bar { (bar(part.share, &color(part, at))) }
                }
            } } } }
        }
    }
}

/// Writes several things, each as one bar with its parts below.
pub(super) fn panels(panels: &[Panel]) -> Markup {
    let mut labels: Vec<&str> = Vec::new();
    for part in panels.iter().flat_map(|panel| &panel.parts) {
        if !labels.contains(&part.label.as_str()) {
            labels.push(&part.label);
        }
    }
    let of_label = |part: &Bar| labels.iter().position(|label| *label == part.label).unwrap_or(0);
    html! {
        div.panels { @for panel in panels {
            figure.panel {
                figcaption {
                    b { (text(&panel.title)) }
                    @if let Some(whole) = &panel.whole { " " span.quiet { (text(whole)) } }
                }
                (stack(&panel.parts, |at| panel.parts.get(at).map_or(0, of_label)))
                dl.legend {
                    @for part in &panel.parts {
                        div { dt { (key(part, of_label(part))) (text(&part.label)) } dd { (text(&part.value)) } }
                    }
                    @for (name, value) in &panel.facts { div { dt { (text(name)) } dd { (text(value)) } } }
                }
            }
        } }
    }
}

/// Draws parts one after the other in one bar; what is claimed twice lies outside of it.
fn stack(bars: &[Bar], of_color: impl Fn(usize) -> usize) -> Markup {
    let inside: Vec<(usize, &Bar)> =
        bars.iter().enumerate().filter(|(_, part)| part.fill != Fill::Excess && 0.0 < part.share).collect();
    let sum: f64 = inside.iter().map(|(_, part)| part.share).sum();
    let words: Vec<String> =
        inside.iter().map(|(_, part)| format!("{} {}", shown(&part.label), percent(part))).collect();
    let starts: Vec<f64> = inside
        .iter()
        .scan(0.0, |end, (_, part)| {
            let start = *end;
            *end += part.share / sum.max(1.0);
            Some(start)
        })
        .collect();
    html! {
        svg.stack role="img" width="100%" height="28" aria-label=(words.join(", ")) {
            @for ((at, part), start) in inside.iter().zip(&starts) {
                rect class=(color(part, of_color(*at))) x=(place(*start)) y="0"
                    width=(place(part.share / sum.max(1.0))) height="28" {
                    title { (shown(&part.label)) " " (shown(&part.value)) }
                }
            }
        }
    }
}

/// Draws one bar of a share.
pub(super) fn bar(share: f64, color: &str) -> Markup {
    html! {
        svg.bar aria-hidden="true" width="100%" height="12" {
            rect.track x="0" y="0" width="100%" height="12" {}
            @if share != 0.0 { rect class=(color) x="0" y="0" width=(place(share.clamp(0.002, 1.0))) height="12" {} }
        }
    }
}

fn key(part: &Bar, at: usize) -> Markup {
    html! {
        svg.key aria-hidden="true" width="12" height="12" {
            rect class=(color(part, at)) x="0" y="0" width="12" height="12" rx="3" {}
        }
    }
}

fn color(part: &Bar, at: usize) -> String {
    match part.fill {
        Fill::Used => format!("c{}", at % COLORS + 1),
        Fill::Free => "free".into(),
        Fill::Unknown if part.tone == Tone::Doubtful => "doubt".into(),
        Fill::Unknown => "unknown".into(),
        Fill::Excess => "excess".into(),
    }
}

/// Returns a place on a line as a percentage.
pub(super) fn place(share: f64) -> String {
    format!("{:.2}%", share * 100.0)
}

/// Writes a column for each step of time.
pub(super) fn timeline(timeline: &Timeline) -> Markup {
    /// How high the highest column is.
    const HEIGHT: f64 = 56.0;
    let Timeline { from, to, step, what, counts } = timeline;
    let most = counts.iter().copied().max().unwrap_or(0);
    let words = format!("From {from} to {to}, at most {most} {what} in {step}");
    #[expect(clippy::cast_precision_loss, reason = "a picture is not that exact")]
    let (each, unit) = (1.0 / counts.len().max(1) as f64, HEIGHT / most.max(1) as f64);
    #[expect(clippy::cast_precision_loss, reason = "a picture is not that exact")]
    let columns = counts
        .iter()
        .enumerate()
        .filter(|(_, count)| 0 < **count)
        .map(|(at, count)| (at as f64 * each, (*count as f64 * unit).max(3.0), *count));
    html! {
        figure.timeline {
            svg role="img" width="100%" height="60" aria-label=(shown(&words)) {
                line.axis x1="0" x2="100%" y1="59.5" y2="59.5" {}
                @for (start, height, count) in columns {
                    rect.when x=(place(start)) y=(format!("{:.1}", 59.0 - height))
                        width=(place(each * 0.8)) height=(format!("{height:.1}")) {
                        title { (count) " " (shown(what)) }
                    }
                }
            }
            div.ends { span { (text(from)) } span { (text(to)) } }
            figcaption { "A column is " (text(step)) "; the highest counts " (most) "." }
        }
    }
}
