//! Articles: a document as a story on top and sections below it.

use std::collections::BTreeSet;

use maud::{Markup, html};
use oomkit_core::{
    document::{Block, Caption, Document, Tone, Topic},
    language::Language,
};

use super::{
    block, heading,
    letter::{class, text},
};
use crate::words::{self, Words};

/// A document of a page.
pub(super) struct Article<'a> {
    id: String,
    document: &'a Document,
    story: Vec<&'a Block>,
    sections: Vec<Section<'a>>,
    /// The lines of the log that proofs may point to.
    lines: BTreeSet<u64>,
}

struct Section<'a> {
    id: String,
    title: &'a str,
    folds: bool,
    blocks: Vec<&'a Block>,
}

/// Where in a page a block stands, and what it may point to.
pub(super) struct Place<'a> {
    id: &'a str,
    lines: &'a BTreeSet<u64>,
    /// What a format adds of its own accord.
    pub(super) words: &'static Words,
}

impl Place<'_> {
    /// Returns the id of a line of the article's log.
    pub(super) fn line_id(&self, line: u64) -> String {
        format!("{}-L{line}", self.id)
    }

    /// Returns what points to a line, where the page has it.
    pub(super) fn link(&self, line: Option<u64>) -> Option<String> {
        let line = line.filter(|line| self.lines.contains(line))?;
        Some(format!("#{}", self.line_id(line)))
    }
}

impl<'a> Article<'a> {
    /// Parts a document into its story and its sections; `number` tells its ids from others.
    pub(super) fn of(number: usize, document: &'a Document) -> Self {
        let id = format!("e{number}");
        let mut story = Vec::new();
        let mut sections: Vec<Section<'a>> = Vec::new();
        let mut lines = BTreeSet::new();
        for block in document.blocks() {
            if let Block::Log(log) = block {
                lines.extend(log.lines.iter().map(|line| line.number));
            }
            if let Some((title, folds)) = heading(block) {
                let id = format!("{id}-{}", sections.len() + 1);
                sections.push(Section { id, title, folds, blocks: Vec::new() });
            } else if let Some(section) = sections.last_mut() {
                section.blocks.push(block);
            } else {
                story.push(block);
            }
        }
        Self { id, document, story, sections, lines }
    }

    /// Returns what links to the article point to.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Returns by what a list names the article.
    pub(super) fn caption(&self) -> Option<&'a Caption> {
        self.document.caption()
    }

    /// Tells whether the article tells of something, and not of the page.
    pub(super) fn is_story(&self) -> bool {
        self.document.answer().is_some()
    }

    /// Returns the language that the article speaks.
    pub(super) const fn language(&self) -> Language {
        self.document.language()
    }

    /// Returns what the document is about.
    pub(super) const fn topic(&self) -> Topic {
        self.document.topic()
    }

    /// Returns the answer.
    pub(super) fn answer(&self) -> &'a str {
        self.document.answer().map_or("", |(_, text)| text)
    }

    /// Returns the ids and titles of the sections.
    pub(super) fn sections(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.sections.iter().map(|section| (section.id.as_str(), section.title))
    }

    /// Writes the article on a page of a language.
    pub(super) fn show(&self, page: Language) -> Markup {
        let language = self.language();
        let place = Place { id: &self.id, lines: &self.lines, words: words::of(language) };
        let tag = (language != page).then(|| language.tag());
        html! {
            article id=(self.id) class=(if self.is_story() { "event" } else { "coda" }) lang=[tag] {
                @if self.is_story() { (self.story(&place)) } @else { (blocks(&self.story, &place)) }
                @for group in self.sections.chunk_by(|one, other| one.is_card() && other.is_card()) {
                    @if group.iter().all(Section::is_card) {
                        div.cards { @for section in group { (section.show(&place)) } }
                    } @else {
                        @for section in group { (section.show(&place)) }
                    }
                }
            }
        }
    }

    /// Writes what stands on top: the answer, what is to be known first, the cause, what to do.
    fn story(&self, place: &Place<'_>) -> Markup {
        let (sources, told): (Vec<&Block>, Vec<&Block>) =
            self.story.iter().partition(|block| matches!(block, Block::Text(Tone::Quiet, _)));
        let (first, rest): (Vec<&Block>, Vec<&Block>) =
            told.iter().partition(|block| matches!(block, Block::Answer(..) | Block::Text(..)));
        // Figures need all of the width.
        let (figures, verdict): (Vec<&Block>, Vec<&Block>) = rest
            .iter()
            .partition(|block| !matches!(block, Block::Callout(_) | Block::Steps(_) | Block::Finding(_)));
        let tone = self.document.answer().map_or(Tone::Plain, |(tone, _)| tone);
        html! {
            header class=(format!("story {}", class(tone))) {
                @if let Some(caption) = self.caption() {
                    p.kicker { (text(&caption.what)) }
                }
                (blocks(&first, place))
                @if !verdict.is_empty() { div.verdict { (blocks(&verdict, place)) } }
                @if !sources.is_empty() { div.source { (blocks(&sources, place)) } }
            }
            @if !figures.is_empty() { div.figures { (blocks(&figures, place)) } }
        }
    }
}

impl Section<'_> {
    /// Tells whether this is nothing but a few facts, which may stand beside others.
    fn is_card(&self) -> bool {
        !self.folds && matches!(self.blocks.as_slice(), [Block::Facts(facts)] if facts.len() <= 12)
    }

    fn show(&self, place: &Place<'_>) -> Markup {
        let is_log = self.blocks.iter().any(|block| matches!(block, Block::Log(_)));
        html! {
            section id=(self.id) {
                @if self.folds && !is_log {
                    details { summary { h2 { (text(self.title)) } } (blocks(&self.blocks, place)) }
                } @else {
                    h2 { (text(self.title)) }
                    (blocks(&self.blocks, place))
                }
            }
        }
    }
}

fn blocks(blocks: &[&Block], place: &Place<'_>) -> Markup {
    html! { @for item in blocks { (block::show(item, place)) } }
}
