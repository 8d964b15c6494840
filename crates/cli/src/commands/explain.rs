//! `oomkit explain`: what a diagnosis, a field or a pasted kernel line means.

use clap::Args;
use oomkit_core::{
    document::{Block, Document, Tone},
    rule::Page,
};
use oomkit_decode::{
    explain,
    glossary::{self, Word},
};

use super::{
    decode::show::{Format, Show},
    generate::pages,
};
use crate::{
    args::Global,
    exit::{self, Code},
    failure::Failure,
    output::Output,
    terminal::Terminal,
};

/// Explain a diagnosis, a field of the output, or a line of a kernel log
///
/// Without quotes, the words are taken together as one line.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  oomkit explain OKD012
  oomkit explain gfp_mask
  oomkit explain oom_score_adj
  oomkit explain 'Killed process 4242 (java) total-vm:9437184kB, anon-rss:4194304kB, file-rss:0kB'")]
pub(crate) struct ExplainArgs {
    /// The code of a diagnosis, a word of the kernel, the name of a field, or a pasted kernel line
    #[arg(value_name = "CODE|WORD|FIELD|LINE", required = true, allow_hyphen_values = true)]
    words: Vec<String>,
}

/// Runs the verb.
pub(crate) fn run(
    args: &ExplainArgs,
    global: &Global,
    terminal: &Terminal,
) -> Result<&'static Code, Failure> {
    let asked = args.words.join(" ");
    let Some(document) = look_up(&asked) else {
        return Err(Failure::usage(format!("nothing is known about {asked:?}"))
            .hint("give the code or name of a diagnosis, a word of the kernel, a field of the output, or a whole line of a kernel log"));
    };
    let mut output = Output::open(global.output.as_deref())?;
    let mut show = Show::new(Format::Text, terminal.look());
    show.document(&mut output, document).map_err(|error| Failure::output(&error))?;
    show.end(&mut output).map_err(|error| Failure::output(&error))?;
    output.commit()?;
    Ok(&exit::DONE)
}

/// Asks the decoder's book of words for the whole, else its readers for the line and the book for
/// each word of it.
fn look_up(asked: &str) -> Option<Document> {
    if let Some(page) = pages::find(asked) {
        return Some(rule(&page));
    }
    if let Some(word) = glossary::find(asked) {
        return Some(entry(word));
    }
    let words = words_of(asked);
    let mut document = explain::line(asked).unwrap_or_default();
    if words.is_empty() {
        return (!document.blocks().is_empty()).then_some(document);
    }
    document.push(Block::Heading("The words of this line that are known".into()));
    let facts = words.iter().map(|word| (word.name.into(), word.meaning.into()));
    document.push(Block::Facts(facts.collect()));
    Some(document)
}

/// The page of a rule: its Markdown has headings, paragraphs and lists, and nothing else that is shown.
fn rule(page: &Page) -> Document {
    let mut document = Document::new();
    let said = format!("{} {}: {}", page.code, page.name, page.summary);
    document.push(Block::Answer(Tone::Plain, said));
    let sure = format!("Severity {}, confidence {}.", page.severity.name(), page.confidence.name());
    document.push(Block::Text(Tone::Quiet, sure));
    for section in page.docs.split("## ").skip(1) {
        let (heading, text) = section.split_once('\n').unwrap_or((section, ""));
        document.push(Block::Heading(heading.into()));
        let fenced = |part: usize| part % 2 == 1;
        for (part, text) in text.split("```").enumerate() {
            if fenced(part) {
                let lines = text.lines().skip(1).map(|line| (String::new(), line.to_owned()));
                document.push(Block::Lines(lines.collect()));
            } else {
                push_prose(&mut document, text);
            }
        }
    }
    document
}

fn push_prose(document: &mut Document, text: &str) {
    let (items, prose): (Vec<&str>, Vec<&str>) =
        text.lines().filter(|line| !line.trim().is_empty()).partition(|line| line.starts_with("- "));
    if !prose.is_empty() {
        document.push(Block::Text(Tone::Plain, prose.join(" ")));
    }
    if !items.is_empty() {
        let items = items.iter().map(|item| item.trim_start_matches("- ").replace('`', ""));
        document.push(Block::Notes(items.collect()));
    }
}

fn entry(word: &Word) -> Document {
    let mut document = Document::new();
    document.push(Block::Answer(Tone::Plain, word.name.into()));
    document.push(Block::Text(Tone::Plain, word.meaning.into()));
    let facts = [
        ("also", word.aliases.join(", ")),
        ("unit", word.unit.into()),
        ("Linux", word.since.into()),
        ("source", word.source.into()),
    ];
    let facts = facts.into_iter().filter(|(_, value)| !value.is_empty());
    document.push(Block::Facts(facts.map(|(name, value)| (name.into(), value)).collect()));
    document
}

/// Returns the known words of a line, each once, in the order of the line.
fn words_of(line: &str) -> Vec<&'static Word> {
    let mut words: Vec<&'static Word> = Vec::new();
    let parts = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
    for word in parts.filter(|part| 1 < part.len()).filter_map(glossary::find) {
        if !words.iter().any(|known| known.name == word.name) {
            words.push(word);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_explained_word_by_word_and_nonsense_not_at_all() {
        let names: Vec<&str> = words_of("[1.5] x total-vm:4kB, anon-rss:4kB, anon-rss:0kB frobnicated")
            .iter()
            .map(|word| word.name)
            .collect();
        assert_eq!(names, ["total_vm", "anon-rss"]);
        assert!(look_up("frobnicated").is_none() && look_up("anon-rss").is_some());
    }
}
