//! Text: each problem with its source, as a compiler would show it.

use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, renderer::DecorStyle};
use oomkit_core::{
    document::{Block, Document, Tone},
    finding::{Confidence, Severity},
    problem::{Problem, Problems, Region, SourceLine},
};

use super::{
    document::tone,
    words::{notice, opened, place, summary, worst},
};
use crate::{
    Format,
    safe::{columns, shortened, spelled},
    style::{Characters, Colors, Style},
};

/// The most lines of the source that are shown.
const LINES: usize = 6;

/// Writes problems as text, and the counts as the last line.
pub(crate) fn write(problems: &Problems, style: &Style, out: &mut dyn fmt::Write) -> fmt::Result {
    for remark in &problems.notices {
        let text = format!("{}: {}", remark.severity.name(), notice(remark));
        block(Block::Text(tone(Some(remark.severity)), text), style, out)?;
    }
    if !problems.notices.is_empty() {
        out.write_char('\n')?;
    }
    for problem in problems.open() {
        one(problem, style, out)?;
        out.write_char('\n')?;
    }
    let answer = opened(&summary(problems));
    block(Block::Answer(tone(worst(&problems.tally())), answer), style, out)
}

fn one(problem: &Problem, style: &Style, out: &mut dyn fmt::Write) -> fmt::Result {
    let title = format!("{}[{}]: {}", problem.severity.name(), problem.code, problem.message);
    block(Block::Answer(tone(Some(problem.severity)), title), style, out)?;
    let origin = format!("--> {}", place(&problem.file, problem.region.as_ref()));
    block(Block::Text(Tone::Quiet, origin), style, out)?;
    if let (Some(region), false) = (&problem.region, problem.excerpt.is_empty()) {
        excerpt(problem.severity, region, &problem.excerpt, style, out)?;
    }
    let mut facts = vec![("rule".to_owned(), problem.name.to_owned())];
    if !problem.scope.is_empty() {
        facts.push(("scope".into(), problem.scope.clone()));
    }
    for related in &problem.related {
        let place = place(&related.file, related.region.as_ref());
        let text = if related.message.is_empty() { place } else { format!("{place}: {}", related.message) };
        facts.push(("see also".into(), text));
    }
    if problem.confidence != Confidence::High {
        facts.push(("confidence".into(), problem.confidence.name().into()));
    }
    if let Some(remedy) = &problem.remedy {
        facts.push(("remedy".into(), remedy.clone()));
    }
    block(Block::Facts(facts), style, out)
}

fn block(block: Block, style: &Style, out: &mut dyn fmt::Write) -> fmt::Result {
    let mut document = Document::new();
    document.push(block);
    Format::Text.writer()(&document, style, out)
}

/// Writes the source with a mark below the region; where that does not fit, the lines alone.
fn excerpt(
    severity: Severity,
    region: &Region,
    lines: &[SourceLine],
    style: &Style,
    out: &mut dyn fmt::Write,
) -> fmt::Result {
    let lines = lines.get(..LINES).unwrap_or(lines);
    let Some(first) = lines.first() else { return Ok(()) };
    let source = Source::new(lines, region, style.characters());
    let level = match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let number = usize::try_from(first.line.get()).unwrap_or(usize::MAX - LINES);
    let snippet = Snippet::source(source.text.as_str()).line_start(number.min(usize::MAX - LINES)).fold(false);
    let snippet = match source.marked {
        Some((start, end)) => snippet.annotation(AnnotationKind::Primary.span(start..end)),
        None => snippet,
    };
    let group = [Group::with_level(level).element(snippet)];
    let decor = match style.characters() {
        Characters::Ascii => DecorStyle::Ascii,
        Characters::Unicode => DecorStyle::Unicode,
    };
    let shaped = |renderer: Renderer| renderer.decor_style(decor).term_width(style.width());
    let plain = shaped(Renderer::plain()).render(&group);
    if plain.lines().any(|line| style.width() < columns(line)) {
        return lines.iter().try_for_each(|line| bare(line, style, out));
    }
    let drawn = match style.colors() {
        Colors::Off => plain,
        Colors::On => shaped(Renderer::styled().hyperlink(false)).render(&group),
    };
    drawn.trim_end().lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}

fn bare(line: &SourceLine, style: &Style, out: &mut dyn fmt::Write) -> fmt::Result {
    let number = format!("{} | ", line.line);
    let number = if columns(&number) * 2 <= style.width() { number } else { String::new() };
    let room = style.width().saturating_sub(columns(&number));
    let text = spelled(line.text.trim(), style.characters());
    writeln!(out, "{number}{}", shortened(&text, room, style.characters()))
}

/// The quoted lines in letters that can be shown, and the bytes that the region became.
struct Source {
    text: String,
    marked: Option<(usize, usize)>,
}

impl Source {
    fn new(lines: &[SourceLine], region: &Region, characters: Characters) -> Self {
        let (mut start, mut end) = (None, None);
        let mut text = String::new();
        let mark = spelled("\u{2026}", characters);
        for line in lines {
            if !text.is_empty() {
                text.push('\n');
            }
            if 0 < line.from.before() {
                text += &mark;
            }
            for (at, c) in line.text.chars().map(Some).chain([None]).enumerate() {
                // Behind the last letter is a place too, where a region may begin and end.
                let column = Some(line.from.before() + at);
                let is_at = |point: oomkit_core::problem::Point| {
                    point.line == line.line && point.column.map(oomkit_core::problem::Column::before) == column
                };
                if is_at(region.start) {
                    start = Some(text.len());
                }
                if region.end.is_some_and(is_at) {
                    end = Some(text.len());
                }
                match c {
                    None => {}
                    Some('\t') => text += "    ",
                    Some(c) => text += &spelled(c.encode_utf8(&mut [0; 4]), characters),
                }
                // A region without an end is its first letter.
                if region.end.is_none() && is_at(region.start) {
                    end = Some(text.len());
                }
            }
            if !line.is_whole {
                text += &mark;
            }
        }
        let marked = start.map(|start| (start, end.unwrap_or(text.len()).max(start)));
        Self { text, marked }
    }
}
