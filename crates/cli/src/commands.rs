//! The table of verbs.

mod audit;
mod decode;
mod explain;
mod generate;
mod postmortem;
mod recommend;
mod snap;

use clap::Subcommand;

use crate::{args::Global, exit::Code, failure::Failure, terminal::Terminal};

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Decode(Box<decode::DecodeArgs>),
    Audit(audit::AuditArgs),
    Snap(snap::SnapArgs),
    Postmortem(Box<postmortem::PostmortemArgs>),
    Recommend(recommend::RecommendArgs),
    Explain(explain::ExplainArgs),
    Generate(generate::GenerateArgs),
}

/// Runs a verb.
pub(crate) fn run(verb: Verb, global: &Global, terminal: &Terminal) -> Result<&'static Code, Failure> {
    match verb {
        Verb::Decode(args) => decode::run(*args, global, terminal),
        Verb::Audit(args) => audit::run(&args, global, terminal),
        Verb::Snap(args) => snap::run(args, global, terminal),
        Verb::Postmortem(args) => postmortem::run(*args, global, terminal),
        Verb::Recommend(args) => recommend::run(args, global, terminal),
        Verb::Explain(args) => explain::run(&args, global, terminal),
        Verb::Generate(args) => generate::run(&args, global),
    }
}
