//! `oomkit audit`: files that set memory limits in, findings out.

pub(super) mod json;

mod around;
mod plan;
mod rules;

use std::{ffi::OsString, io::Write as _, path::PathBuf};

use clap::{Args, ValueEnum};
use oomkit_audit::{
    Auditor, Report, Seen,
    model::ProblemKind,
    policy::Policy,
    view::{self, Extent},
};
use oomkit_core::finding::Severity;

use super::decode::show::{Format as ShowFormat, Show};
use crate::{
    args::Global,
    exit::{self, Code},
    failure::Failure,
    output::Output,
    terminal::Terminal,
};
use around::Around;
use plan::{Plan, Source};

/// Audit the memory limits that people wrote
///
/// Reads Kubernetes manifests and Compose files. A folder is walked, and what .gitignore leaves out is left out. Files of other kinds are passed over and counted; what looks like one of these and cannot be read is said.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  oomkit audit deploy/
  oomkit audit compose.yaml
  kustomize build overlays/prod | oomkit audit -
  helm template chart/ | oomkit audit --fail-on warning -
  oomkit explain OKA001")]
pub(crate) struct AuditArgs {
    /// A file, a folder, or - for standard input
    #[arg(value_name = "FILE|DIR|-", required = true)]
    inputs: Vec<OsString>,

    /// Leave out files of folders that match; * also matches slashes
    #[arg(long, value_name = "GLOB", help_heading = "Input")]
    exclude: Vec<String>,

    /// The levels, thresholds and facts of the project [default: oomkit.toml, where there is one]
    #[arg(long, value_name = "FILE", help_heading = "Judging")]
    policy: Option<PathBuf>,

    /// The memory of the machines that all of it runs on, such as 64Gi; of the largest, where they differ
    #[arg(long, value_name = "SIZE", help_heading = "Judging")]
    node_memory: Option<String>,

    /// How many machines there are [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Judging")]
    node_count: Option<u32>,

    /// Show every finding, however many say the same
    #[arg(long, help_heading = "Output")]
    full: bool,

    /// The format of the output
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Output")]
    format: Format,

    /// Exit with 1 if there is a finding at least this bad
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY", help_heading = "Output")]
    fail_on: FailOn,
}

/// The formats of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
    /// For tickets and wikis
    Markdown,
    /// A page that needs nothing else
    Html,
}

/// What makes the exit code 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// An error
    #[default]
    Error,
    /// A warning or an error
    Warning,
    /// Any finding
    Note,
    /// Nothing
    Never,
}

/// Runs the verb.
pub(crate) fn run(args: &AuditArgs, global: &Global, terminal: &Terminal) -> Result<&'static Code, Failure> {
    let policy = rules::policy(args, terminal)?;
    let exclude: Vec<String> = args.exclude.iter().chain(&policy.exclude).cloned().collect();
    let plan = Plan::new(&args.inputs, &exclude)?;
    let mut output = Output::open(global.output.as_deref())?;
    let audited = read(plan, policy, terminal);
    write(args, &audited, &mut output, terminal)?;
    output.commit()?;
    Ok(audited.code(args.fail_on))
}

/// What came of all inputs.
pub(super) struct Audited {
    /// The model and the findings.
    pub(super) report: Report,
    /// How many files were of no known format.
    pub(super) passed_over: usize,
    /// Whether an input could not be read.
    pub(super) is_partial: bool,
}

fn read(plan: Plan, policy: Policy, terminal: &Terminal) -> Audited {
    let mut auditor = Auditor::new(policy);
    let around = Around::new(plan.names());
    let (mut passed_over, mut is_partial) = (0, false);
    for source in plan.sources {
        let bytes = match source.read() {
            Ok(bytes) => bytes,
            Err(failure) => {
                terminal.failure(&failure);
                auditor.unreadable(source.name(), &failure.line());
                is_partial = true;
                continue;
            }
        };
        match auditor.add(source.name(), &bytes, &around) {
            Seen::PassedOver => {
                passed_over += 1;
                let said = format!("{} is of no known format", source.name());
                if matches!(source, Source::Found { .. }) {
                    terminal.detail(&said)
                } else {
                    terminal.note(&said)
                }
            }
            Seen::Read(dialect) => {
                terminal.detail(&format!("{} is read as {}", source.name(), dialect.name()))
            }
            Seen::Broken => {}
        }
    }
    let report = auditor.finish();
    is_partial |= report.model.problems.iter().any(|problem| {
        matches!(problem.kind, ProblemKind::Broken | ProblemKind::Template | ProblemKind::Exhausted)
    });
    Audited { report, passed_over, is_partial }
}

fn write(
    args: &AuditArgs,
    audited: &Audited,
    output: &mut Output,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let extent = if args.full { Extent::All } else { Extent::Few };
    let show = |format| (format, view::document(&audited.report, audited.passed_over, extent));
    let (format, document) = match args.format {
        Format::Json => {
            let written = serde_json::to_writer_pretty(&mut *output, &json::document(audited));
            let written = written.map_err(std::io::Error::from).and_then(|()| output.write_all(b"\n"));
            return written.map_err(|error| Failure::output(&error));
        }
        Format::Text => show(ShowFormat::Text),
        Format::Markdown => show(ShowFormat::Markdown),
        Format::Html => show(ShowFormat::Html),
    };
    let mut show = Show::new(format, terminal.look());
    show.document(output, document).and_then(|()| show.end(output)).map_err(|error| Failure::output(&error))
}

impl Audited {
    fn code(&self, fail_on: FailOn) -> &'static Code {
        let least = match fail_on {
            FailOn::Error => Some(Severity::Error),
            FailOn::Warning => Some(Severity::Warning),
            FailOn::Note => Some(Severity::Note),
            FailOn::Never => None,
        };
        let worst = self.report.findings.iter().map(|finding| finding.severity).max();
        match least {
            _ if self.is_partial => &exit::INPUT,
            Some(least) if worst.is_some_and(|worst| least <= worst) => &exit::FOUND,
            _ => &exit::DONE,
        }
    }
}
