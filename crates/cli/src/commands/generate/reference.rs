//! The reference pages: the help of every verb and the exit codes, as Markdown.

use std::fmt::Write as _;

use clap::Command;

use crate::exit;

/// Returns the help of every verb.
pub(super) fn cli(command: Command) -> String {
    let mut page = String::from("<!-- Written by `oomkit generate cli-reference`. -->\n\n# Command line\n");
    let mut waiting = vec![command];
    while let Some(mut command) = waiting.pop() {
        // The verb `help` only repeats the others.
        let verbs: Vec<Command> =
            command.get_subcommands().filter(|verb| verb.get_name() != "help").cloned().collect();
        waiting.extend(verbs.into_iter().rev());
        let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
        let help = command.render_long_help().to_string();
        let help: Vec<&str> = help.lines().map(str::trim_end).collect();
        // A string takes whatever is written into it.
        let _ = write!(page, "\n## `{name}`\n\n```text\n{}\n```\n", help.join("\n").trim_end());
    }
    page
}

/// Returns the table of exit codes.
pub(super) fn exit_codes() -> String {
    let mut page = String::from(
        "<!-- Written by `oomkit generate exit-codes`. -->\n\n# Exit codes\n\n| exit code | meaning |\n| --- | --- |\n",
    );
    for code in exit::ALL {
        let _ = writeln!(page, "| {} | {} |", code.number, code.meaning);
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_names_every_verb_and_no_width_of_the_terminal() {
        let page = cli(super::super::command());
        for verb in ["## `oomkit`\n", "## `oomkit decode`", "## `oomkit generate cli-reference`"] {
            assert!(page.contains(verb), "{verb}");
        }
        assert!(!page.contains("oomkit help") && page.lines().all(|line| line.chars().count() <= 120));
    }

    #[test]
    fn every_exit_code_has_a_row() {
        assert!(exit_codes().ends_with("| 101 | a bug in oomkit; please report it with the input |\n"));
    }
}
