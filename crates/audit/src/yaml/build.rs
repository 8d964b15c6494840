//! From the parser's events to documents.

use std::{cell::Cell, collections::HashMap};

use granit_parser::{Event, Options, Parser, Placement, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::{Comment, Document, Duplicate, Kind, Mark, Node, Spelling, Stream, Trouble};

/// What a reader may do with a document at least, and for each of its nodes.
const FUEL: (u64, u64) = (1_000_000, 256);

/// Comments are kept where this word occurs, since nobody else looks for any.
const WORD: &[u8] = b"oomkit";

/// Reads all documents of a text.
#[must_use]
pub fn read(text: &str) -> Stream<'_> {
    let mut options = Options::default();
    options.emit_comments = memchr::memmem::find(text.as_bytes(), WORD).is_some();
    // They borrow from the text, so the text is their bound.
    options.max_buffered_comment_events = usize::MAX;
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut stream = Stream::default();
    let mut draft = Draft::default();
    loop {
        match parser.next_event() {
            Some(Ok((Event::Comment(words, placement), span))) => {
                let beside = placement == Placement::Right;
                stream.comments.push(Comment { at: mark(&span), text: words, beside });
            }
            Some(Ok((Event::DocumentEnd, _))) => stream.documents.push(std::mem::take(&mut draft).finish()),
            Some(Ok((event, span))) => draft.take(event, &span),
            Some(Err(error)) => {
                stream.documents.push(std::mem::take(&mut draft).broken(&error));
                if !go_on(&mut parser) {
                    break;
                }
            }
            None => break,
        }
    }
    stream
}

/// Looks for the document behind a broken one.
fn go_on<'a>(parser: &mut Parser<'a, StrInput<'a>>) -> bool {
    parser.proceed_next_document().unwrap_or(false)
}

/// A document under construction.
#[derive(Default)]
struct Draft<'a> {
    document: Document<'a>,
    /// The collections that are open, each with the members that it has so far.
    open: Vec<(u32, Vec<u32>)>,
    anchors: HashMap<usize, u32>,
}

impl<'a> Draft<'a> {
    fn take(&mut self, event: Event<'a>, span: &Span) {
        match event {
            Event::DocumentStart(..) => self.document.start = mark(span),
            Event::Scalar(text, style, anchor, tag) => {
                let spelling = spelling(style, tag.as_deref());
                self.document.merges |= text == "<<";
                let node = self.add(Kind::Scalar(text, spelling), anchor, span);
                self.tag(node, tag.as_deref());
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(Kind::Sequence(0, 0), anchor, tag.as_deref(), span)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.open(Kind::Mapping(0, 0), anchor, tag.as_deref(), span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => {
                // An anchor that is still open may be named within itself.
                let target = self.anchors.get(&anchor).copied().unwrap_or(u32::MAX);
                self.add(Kind::Alias(target), 0, span);
            }
            _ => {}
        }
    }

    fn add(&mut self, kind: Kind<'a>, anchor: usize, span: &Span) -> u32 {
        let node = u32::try_from(self.document.nodes.len()).unwrap_or(u32::MAX);
        self.document.nodes.push(Node { at: mark(span), kind });
        if anchor != 0 {
            self.anchors.insert(anchor, node);
        }
        match self.open.last_mut() {
            Some((_, members)) => members.push(node),
            None => self.document.root = Some(node),
        }
        node
    }

    fn tag(&mut self, node: u32, tag: Option<&Tag>) {
        if let Some(tag) = tag.filter(|tag| tag.is_custom()) {
            self.document.tags.insert(node, tag.original());
        }
    }

    fn open(&mut self, kind: Kind<'a>, anchor: usize, tag: Option<&Tag>, span: &Span) {
        let node = self.add(kind, anchor, span);
        self.tag(node, tag);
        self.open.push((node, Vec::new()));
    }

    fn close(&mut self) {
        let Some((node, members)) = self.open.pop() else { return };
        let from = u32::try_from(self.document.members.len()).unwrap_or(u32::MAX);
        let to = from.saturating_add(u32::try_from(members.len()).unwrap_or(u32::MAX));
        let is_mapping = match self.document.nodes.get_mut(node as usize).map(|node| &mut node.kind) {
            Some(kind @ Kind::Mapping(..)) => {
                *kind = Kind::Mapping(from, to);
                true
            }
            Some(kind @ Kind::Sequence(..)) => {
                *kind = Kind::Sequence(from, to);
                false
            }
            _ => false,
        };
        if is_mapping {
            self.look_for_duplicates(&members);
        }
        self.document.members.extend(members);
    }

    fn look_for_duplicates(&mut self, members: &[u32]) {
        let document = &self.document;
        let key = |node: &u32| match document.nodes.get(*node as usize) {
            Some(Node { at, kind: Kind::Scalar(text, _) }) => Some((text.as_ref(), *at)),
            _ => None,
        };
        let mut duplicates = Vec::new();
        let keys = || members.iter().step_by(2).filter_map(key);
        let mut note = |key: &str, first, again| {
            duplicates.push(Duplicate { key: key.into(), first, again });
        };
        if members.len() <= 32 {
            for (number, (text, again)) in keys().enumerate() {
                if let Some((_, first)) = keys().take(number).find(|(earlier, _)| *earlier == text) {
                    note(text, first, again);
                }
            }
        } else {
            let mut seen = HashMap::new();
            for (text, again) in keys() {
                match seen.get(text) {
                    Some(first) => note(text, *first, again),
                    None => {
                        seen.insert(text, again);
                    }
                }
            }
        }
        self.document.duplicates.extend(duplicates);
    }

    fn finish(self) -> Document<'a> {
        let (least, each) = FUEL;
        let fuel = least.saturating_add(each.saturating_mul(self.document.nodes.len() as u64));
        Document { fuel: Cell::new(fuel), ..self.document }
    }

    fn broken(self, error: &ScanError) -> Document<'a> {
        let at = error.marker();
        let trouble = Trouble {
            at: Mark { line: count(at.line()), column: count(at.col()).saturating_add(1), width: 1 },
            what: error.info(),
        };
        Document {
            start: self.document.start,
            trouble: Some(trouble),
            fuel: Cell::new(1),
            ..Document::default()
        }
    }
}

fn spelling(style: ScalarStyle, tag: Option<&Tag>) -> Spelling {
    match (style, tag) {
        (_, Some(tag)) if tag.core_suffix() == Some("str") => Spelling::Text,
        (ScalarStyle::Plain, _) => Spelling::Plain,
        // A number in quotes becomes one where a tag says so.
        (_, Some(tag)) if tag.core_suffix().is_some() => Spelling::Plain,
        _ => Spelling::Text,
    }
}

fn mark(span: &Span) -> Mark {
    let width = match span.end.line() == span.start.line() {
        true => span.end.col().saturating_sub(span.start.col()),
        false => 1,
    };
    Mark {
        line: count(span.start.line()),
        column: count(span.start.col()).saturating_add(1),
        width: count(width).max(1),
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
