//! `oomkit audit`: files that set memory limits in, findings out.

pub(super) mod json;

mod around;
mod baseline;
mod fix;
mod history;
mod past;
mod plan;
mod problems;
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
use oomkit_host::Host;
use oomkit_render::{ProblemFormat, Style};

use super::decode::show::{Format as ShowFormat, Show};
use crate::{
    args::Global,
    exit::{self, Code},
    failure::Failure,
    output::{Output, Plain},
    terminal::Terminal,
};
use around::Around;
use baseline::Baseline;
use fix::Fixes;
use history::History;
use past::Past;
use plan::{Plan, Source};

/// Audit the memory limits that people wrote, or that a host enforces
///
/// Reads Kubernetes manifests, Compose files, units of systemd, Quadlets, jobs of Nomad and task definitions of ECS. A folder is walked, and what .gitignore leaves out is left out. Files of other kinds are passed over and counted; what looks like one of these and cannot be read is said. With --live the cgroups of this host are judged by the same rules, with what they use, what happened to them and how the machine is set.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  oomkit audit deploy/
  oomkit audit compose.yaml
  kustomize build overlays/prod | oomkit audit -
  helm template chart/ | oomkit audit --fail-on warning -
  oomkit audit --live --simulate
  oomkit audit --root /mnt/captured-host
  oomkit audit --live --history /var/lib/oomkit/snapshots.db
  oomkit audit --diff-against origin/main deploy/
  oomkit explain OKA001")]
pub(crate) struct AuditArgs {
    /// A file, a folder, or - for standard input
    #[arg(value_name = "FILE|DIR|-", required_unless_present_any = ["live", "root"])]
    inputs: Vec<OsString>,

    /// Audit what this host enforces: its cgroups, its processes and its settings
    #[arg(long, group = "host", conflicts_with_all = ["inputs", "root", "diff_against", "fix"], help_heading = "Input")]
    live: bool,

    /// Audit a captured host in the same way: a folder that holds its /proc and /sys, or the file of a capture
    #[arg(long, group = "host", value_name = "DIR|FILE", conflicts_with_all = ["inputs", "diff_against", "fix"], help_heading = "Input")]
    root: Option<PathBuf>,

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

    /// Hold limits against what a store of oomkit snap take saw in use; a file of oomkit recommend --format json among the inputs does the same
    #[arg(long, value_name = "STORE", help_heading = "Judging")]
    history: Option<PathBuf>,

    /// Predict whom the kernel would kill first, for the machine and for each limit
    #[arg(long, requires = "host", help_heading = "Judging")]
    simulate: bool,

    /// Tell only what is new or worse since an audit that --format json wrote
    #[arg(long, value_name = "FILE", conflicts_with = "diff_against", help_heading = "Judging")]
    baseline: Option<PathBuf>,

    /// Tell only what is new or worse since a revision of git, such as origin/main
    #[arg(long, value_name = "REV", help_heading = "Judging")]
    diff_against: Option<String>,

    /// Change the files: write limits where there are none, and sizes as their platform spells them
    #[arg(long, help_heading = "Fixing")]
    fix: bool,

    /// Change nothing, and print the changes as a patch
    #[arg(long, requires = "fix", help_heading = "Fixing")]
    dry_run: bool,

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
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML, for reports on tests
    Junit,
    /// Workflow commands of GitHub Actions, which show the findings beside the source
    Github,
    /// Code Quality JSON of GitLab
    Gitlab,
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
    let history = History::read(args.history.as_deref(), terminal)?;
    let baseline = before(args, &policy, &exclude, &history, terminal)?;
    let plan = Plan::new(&args.inputs, &exclude)?;
    let mut output = Output::open(global.output.as_deref())?;
    let mut audited = match host(args)? {
        Some((name, host)) => judge(&name, &host, policy.clone(), &history),
        None => read(&plan, policy.clone(), &Fixes::default(), &history, Some(terminal)),
    };
    audited.compare(baseline.as_ref());
    if args.fix {
        let fixes = fixes(&audited, &plan, &policy, &history, terminal)?;
        if args.dry_run {
            fixes.write_patch(&mut output)?;
            output.commit()?;
            return Ok(audited.code(args.fail_on));
        }
        fixes.write(terminal)?;
        audited = read(&plan, policy, &fixes, &history, None);
        audited.compare(baseline.as_ref());
    }
    write(args, &audited, &mut output, terminal)?;
    output.commit()?;
    let code = audited.code(args.fail_on);
    // Nothing comes after this, and to take a large model apart piece by piece takes a while.
    std::mem::forget(audited);
    Ok(code)
}

/// Reads and judges files for another verb, which asks for no more than that; says whether all could be read.
pub(super) fn written(inputs: &[OsString], terminal: &Terminal) -> Result<(Report, bool), Failure> {
    let policy = rules::default_policy(terminal)?;
    let plan = Plan::new(inputs, &policy.exclude)?;
    let audited = read(&plan, policy, &Fixes::default(), &History::default(), Some(terminal));
    Ok((audited.report, !audited.is_partial))
}

/// Judges this host for another verb.
pub(super) fn live(terminal: &Terminal) -> Result<Report, Failure> {
    Ok(judge("this host", &Host::live(), rules::default_policy(terminal)?, &History::default()).report)
}

/// Opens the host that is to be audited, if one is, and says how it is called.
fn host(args: &AuditArgs) -> Result<Option<(String, Host)>, Failure> {
    let Some(root) = &args.root else { return Ok(args.live.then(|| ("this host".to_owned(), Host::live()))) };
    let name = plan::shown(root);
    let host = Host::open(root)
        .map_err(|error| Failure::input(format!("cannot read {name} as a host")).because(&error))?;
    Ok(Some((name, host)))
}

/// Judges a host.
fn judge(name: &str, host: &Host, policy: Policy, history: &History) -> Audited {
    let mut auditor = Auditor::new(policy);
    auditor.add_host(name, host);
    history.tell(&mut auditor);
    Audited::of(auditor.finish(), 0, history.is_damaged())
}

/// Returns what was there before, where a comparison is asked for.
fn before(
    args: &AuditArgs,
    policy: &Policy,
    exclude: &[String],
    history: &History,
    terminal: &Terminal,
) -> Result<Option<Baseline>, Failure> {
    match (&args.baseline, &args.diff_against) {
        (Some(file), _) => Baseline::read(file).map(Some),
        (None, Some(revision)) => {
            let plan = Past::new(&args.inputs, revision, exclude)?;
            let mut auditor = Auditor::new(policy.clone());
            plan.read(&mut auditor, terminal)?;
            history.tell(&mut auditor);
            Ok(Some(Baseline::of(&auditor.finish())))
        }
        (None, None) => Ok(None),
    }
}

/// What came of all inputs.
pub(super) struct Audited {
    /// The model and the findings.
    pub(super) report: Report,
    /// How many files were of no known format.
    pub(super) passed_over: usize,
    /// Whether an input could not be read.
    pub(super) is_partial: bool,
    /// Whether it was held against an audit of before.
    pub(super) is_compared: bool,
}

/// Returns what can be changed so that the next audit finds less and nothing new.
fn fixes(
    audited: &Audited,
    plan: &Plan,
    policy: &Policy,
    history: &History,
    terminal: &Terminal,
) -> Result<Fixes, Failure> {
    if plan.sources.iter().any(|source| matches!(source, Source::Standard)) {
        return Err(Failure::usage("--fix changes files, and standard input is none"));
    }
    let mut fixes = Fixes::of(&audited.report, plan, terminal);
    if !fixes.is_empty() {
        let again = read(plan, policy.clone(), &fixes, history, None);
        fixes.keep_what_helps(&audited.report, &again.report, terminal);
    }
    Ok(fixes)
}

/// Reads and judges all files, changed ones as they should be; tells of it where there is a terminal.
fn read(
    plan: &Plan,
    policy: Policy,
    fixes: &Fixes,
    history: &History,
    terminal: Option<&Terminal>,
) -> Audited {
    let mut auditor = Auditor::new(policy);
    let around = Around::new(plan.names());
    let (mut passed_over, mut is_partial) = (0, history.is_damaged());
    history.tell(&mut auditor);
    for source in &plan.sources {
        let read = fixes.text(source.name()).map_or_else(|| source.read(), |text| Ok(text.into()));
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(failure) => {
                if let Some(terminal) = terminal {
                    terminal.failure(&failure);
                }
                auditor.unreadable(source.name(), &failure.line());
                is_partial = true;
                continue;
            }
        };
        let seen = auditor.add(source.name(), &bytes, &around);
        passed_over += usize::from(seen == Seen::PassedOver);
        if let Some(terminal) = terminal {
            tell(source, seen, terminal);
        }
    }
    Audited::of(auditor.finish(), passed_over, is_partial)
}

/// Tells what a file was taken for.
fn tell(source: &Source, seen: Seen, terminal: &Terminal) {
    let name = source.name();
    match (seen, source) {
        (Seen::PassedOver, Source::Found { .. }) => terminal.detail(&format!("{name} is of no known format")),
        (Seen::PassedOver, _) => terminal.note(&format!("{name} is of no known format")),
        (Seen::Read(dialect), _) => terminal.detail(&format!("{name} is read as {}", dialect.name())),
        (Seen::Broken, _) => {}
    }
}

fn write(
    args: &AuditArgs,
    audited: &Audited,
    output: &mut Output,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let extent = if args.full { Extent::All } else { Extent::Few };
    let show = |format| {
        let mut document = view::document(&audited.report, audited.passed_over, extent);
        if args.simulate {
            document.append(view::victims::document(&audited.report.model, extent));
        }
        (format, document)
    };
    let (format, document) = match args.format {
        Format::Json => {
            let written =
                serde_json::to_writer_pretty(Plain(&mut *output), &json::document(audited, args.simulate));
            let written = written.map_err(std::io::Error::from).and_then(|()| output.write_all(b"\n"));
            return written.map_err(|error| Failure::output(&error));
        }
        Format::Text => show(ShowFormat::Text),
        Format::Markdown => show(ShowFormat::Markdown),
        Format::Html => show(ShowFormat::Html),
        Format::Sarif => return write_problems(args, audited, ProblemFormat::Sarif, output),
        Format::Junit => return write_problems(args, audited, ProblemFormat::Junit, output),
        Format::Github => return write_problems(args, audited, ProblemFormat::Github, output),
        Format::Gitlab => return write_problems(args, audited, ProblemFormat::Gitlab, output),
    };
    let mut show = Show::new(format, terminal.look());
    show.document(output, document).and_then(|()| show.end(output)).map_err(|error| Failure::output(&error))
}

fn write_problems(
    args: &AuditArgs,
    audited: &Audited,
    format: ProblemFormat,
    output: &mut Output,
) -> Result<(), Failure> {
    let mut text = String::new();
    let problems = problems::of(audited, args.fail_on.least());
    // Writing into a string does not fail, and these formats know no width.
    let _ = oomkit_render::render_problems(&problems, format, &Style::new(80), &mut text);
    output.write_all(text.as_bytes()).map_err(|error| Failure::output(&error))
}

impl FailOn {
    /// Returns how bad a finding must be.
    const fn least(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Note => Some(Severity::Note),
            Self::Never => None,
        }
    }
}

impl Audited {
    /// Takes a report over; a part that could not be read makes it partial.
    fn of(report: Report, passed_over: usize, mut is_partial: bool) -> Self {
        is_partial |= report.model.problems.iter().any(|problem| {
            matches!(problem.kind, ProblemKind::Broken | ProblemKind::Template | ProblemKind::Exhausted)
        });
        Self { report, passed_over, is_partial, is_compared: false }
    }

    /// Sets aside what a baseline has.
    fn compare(&mut self, baseline: Option<&Baseline>) {
        if let Some(baseline) = baseline {
            baseline.apply(&mut self.report);
            self.is_compared = true;
        }
    }

    fn code(&self, fail_on: FailOn) -> &'static Code {
        let least = fail_on.least();
        let worst = self.report.findings.iter().map(|finding| finding.severity).max();
        match least {
            _ if self.is_partial => &exit::INPUT,
            Some(least) if worst.is_some_and(|worst| least <= worst) => &exit::FOUND,
            _ => &exit::DONE,
        }
    }
}
