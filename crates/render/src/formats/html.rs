//! HTML: one self-contained page, without scripts, for light, dark and paper.
//!
//! Nothing is loaded from anywhere, and the page's own policy forbids it: the one style is named by
//! its hash, so that no name that came through all escapes could be styled or run either.

use std::{fmt, slice};

use maud::{DOCTYPE, Markup, PreEscaped, html};
use oomkit_core::document::{Block, Document};

use crate::{
    safe::shown,
    style::Style,
    words::{self, Words},
};

mod article;
mod block;
mod chart;
mod letter;
mod log;
mod picture;
mod scale;

use article::Article;
use letter::text;

/// Looks: the colors follow the reader's system, and all pictures print as they are.
const LOOKS: &str = include_str!("html/page.css");

/// The SHA-256 of the looks, which the page's policy names; a test says what it has to be.
const LOOKS_HASH: &str = "g673XNCJfYPQ2sRo3ggmE0Vt2qbS1QP59KScaZLE/6U=";

/// Writes a document as a page.
pub(crate) fn write(document: &Document, _style: &Style, out: &mut dyn fmt::Write) -> fmt::Result {
    page(slice::from_ref(document), out)
}

/// Writes several documents as one page, with a list of them where there are many.
pub(crate) fn page(documents: &[Document], out: &mut dyn fmt::Write) -> fmt::Result {
    let articles: Vec<Article<'_>> =
        (1..).zip(documents).map(|(number, document)| Article::of(number, document)).collect();
    let title = documents.iter().find_map(Document::answer).map(|(_, text)| shown(text));
    let language = articles.first().map(Article::language).unwrap_or_default();
    let words = words::of(language);
    let policy =
        format!("default-src 'none'; style-src 'sha256-{LOOKS_HASH}'; base-uri 'none'; form-action 'none'");
    let head = html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title.as_deref().unwrap_or("oomkit")) }
                style { (PreEscaped(LOOKS)) }
            }
            body {
                (masthead(&articles, words))
                div.sheet {
                    (contents(&articles, words))
                    main { @for article in &articles { (article.show(language)) } }
                }
                footer.colophon {
                    p { (words.colophon) }
                }
            }
        }
    };
    out.write_str(&head.into_string())?;
    out.write_char('\n')
}

fn masthead(articles: &[Article<'_>], words: &Words) -> Markup {
    let topic = articles.first().map(Article::topic).unwrap_or_default();
    let named = articles.iter().filter_map(Article::caption);
    let told = match named.count() {
        0 | 1 => None,
        many => Some((words.many)(many)),
    };
    html! {
        header.masthead {
            p.brand { span.mark aria-hidden="true" {} "oomkit" }
            p.kind { ((words.page)(topic)) }
            @if let Some(told) = told { p.told { (text(&told)) } }
        }
    }
}

/// Lists the articles, or the sections of the only one.
fn contents(articles: &[Article<'_>], words: &Words) -> Markup {
    let named: Vec<&Article<'_>> = articles.iter().filter(|article| article.is_story()).collect();
    match named.as_slice() {
        [] => html! {},
        [only] if only.sections().next().is_none() => html! {},
        [only] => html! {
            nav.contents aria-label=(words.contents) {
                p.over { (words.on_this_page) }
                ol { @for (id, title) in only.sections() { li { a href=(format!("#{id}")) { (text(short(title))) } } } }
            }
        },
        many => html! {
            nav.contents.many aria-label=(words.contents) {
                p.over { (words.on_this_page) }
                ol { @for article in many {
                    li { a href=(format!("#{}", article.id())) {
                        @if let Some(caption) = article.caption() { span.when { (text(&caption.when)) } }
                        (text(article.answer()))
                    } }
                } }
            }
        },
    }
}

/// Returns the beginning of a title, without what a list need not repeat.
fn short(title: &str) -> &str {
    title.split(": ").next().unwrap_or(title)
}

/// Returns whether a block is a heading, its words, and whether what follows may be folded away.
fn heading(block: &Block) -> Option<(&str, bool)> {
    match block {
        Block::Heading(text) | Block::Detail(text) => Some((text, false)),
        Block::Appendix(text) => Some((text, true)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn the_policy_names_the_looks() {
        assert_eq!(LOOKS_HASH, STANDARD.encode(Sha256::digest(LOOKS)));
    }
}
