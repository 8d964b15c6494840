//! Options that every verb shares; parsing touches nothing.

use std::path::PathBuf;

use clap::{Args, Parser, ValueEnum};

use crate::commands::Verb;

/// Explain Linux out-of-memory kills
///
/// Decodes what the kernel prints around an out-of-memory kill: who was killed, whose limit was hit, where the memory was.
#[derive(Debug, Parser)]
#[command(
    name = "oomkit",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    /// The options that every verb shares.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// The options that every verb shares.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    /// Say nothing on standard error but errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Global options")]
    pub(crate) quiet: bool,

    /// Say on standard error what is read and what is skipped
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    pub(crate) verbose: u8,

    /// When to use color
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        help_heading = "Global options"
    )]
    pub(crate) color: When,

    /// Wrap text output to this many columns [default: the terminal's, else 100]
    #[arg(long, global = true, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(20..), help_heading = "Global options")]
    pub(crate) width: Option<u16>,

    /// Write the output to FILE, whole or not at all
    #[arg(short, long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub(crate) output: Option<PathBuf>,
}

/// When to use color.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }
}
