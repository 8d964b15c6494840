//! `oomkit explain`: what a diagnosis, a field or a pasted kernel line means.

use clap::Args;
use oomkit_core::document::{Block, Document, Tone};
use oomkit_decode::glossary;

use super::decode::show::{Format, Show};
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
  oomkit explain OKD001
  oomkit explain oom_score_adj
  oomkit explain 'Out of memory: Killed process 4242 (java) total-vm:9437184kB'")]
pub(crate) struct ExplainArgs {
    /// A code such as OKD001, the name of a field, or a pasted kernel line
    #[arg(value_name = "CODE|FIELD|LINE", required = true, allow_hyphen_values = true)]
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
            .hint("give a code such as OKD001, a field of the output, or a whole line of a kernel log"));
    };
    let mut output = Output::open(global.output.as_deref())?;
    let mut show = Show::new(Format::Text, terminal.look());
    show.document(&mut output, &document).map_err(|error| Failure::output(&error))?;
    show.end(&mut output).map_err(|error| Failure::output(&error))?;
    output.commit()?;
    Ok(&exit::DONE)
}

/// Asks the decoder's book of words.
fn look_up(asked: &str) -> Option<Document> {
    let word = glossary::find(asked)?;
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
    Some(document)
}
