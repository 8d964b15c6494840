//! Problems to be written: a run as it may be, and one with a name in every field that holds a text.

use oomkit_core::{
    finding::{Confidence, Finding, Severity},
    place::LineNo,
    problem::{
        Column, FilePath, Input, Notice, Problem, Problems, Region, Related, SourceLine, Suppressed,
        SuppressedBy,
    },
    rule::Page,
};

/// A file as somebody may have written it.
const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: app
          image: registry.example/app:1
          resources:
            requests: {memory: 256Mi}
            limits: {memory: 128Mi}
\t# tab and \u{65e5}\u{672c}\u{8a9e}: 5m
";

fn page(code: &'static str, name: &'static str, severity: Severity, confidence: Confidence) -> Page {
    Page {
        code,
        name,
        summary: "a limit that does not hold",
        docs: "## What it checks\n\nWhether the limit holds, as in `limits`.".into(),
        severity,
        confidence,
    }
}

fn pages() -> Vec<Page> {
    vec![
        page("OKA001", "memory-limit-missing", Severity::Warning, Confidence::High),
        page("OKA002", "request-above-limit", Severity::Error, Confidence::High),
        page("OKA003", "limit-tight", Severity::Note, Confidence::Low),
    ]
}

fn problem(page: &Page, file: &str, scope: &str, message: &str, remedy: Option<&str>) -> Problem {
    let finding: Finding<()> = Finding {
        code: page.code,
        name: page.name,
        severity: page.severity,
        confidence: page.confidence,
        message: message.into(),
        evidence: vec![()],
        remedy: remedy.map(Into::into),
    };
    Problem::new(&finding, FilePath::new(file.as_bytes()), scope)
}

fn quoted(source: &str, region: Region) -> Vec<SourceLine> {
    let last = region.last_line().get();
    let numbered =
        source.lines().zip(1..).filter(|(_, line)| (region.start.line.get()..=last).contains(line));
    numbered
        .map(|(text, line)| SourceLine::new(LineNo::new(line), text.as_bytes(), region.start.column))
        .collect()
}

fn at(problem: Problem, source: &str, region: Region) -> Problem {
    Problem { region: Some(region), excerpt: quoted(source, region), ..problem }
}

fn region(line: u64, column: usize, to: (u64, usize)) -> Region {
    Region::at(LineNo::new(line), Column::new(column)).to(LineNo::new(to.0), Column::new(to.1))
}

fn file(path: &str) -> FilePath {
    FilePath::new(path.as_bytes())
}

/// A run with everything that a run can have.
pub(super) fn model() -> Problems {
    let pages = pages();
    let [missing, above, tight] = &pages[..] else { unreachable!("three pages") };
    let web = "k8s/web.yaml";
    let app = "Deployment/default/web/containers/app";
    let silent = |by, reason: Option<&str>| Some(Suppressed { by, reason: reason.map(Into::into) });
    let related = |line, message: &str| Related {
        file: file(web),
        region: Some(region(line, 13, (line, 21))),
        message: message.into(),
    };
    let problems = vec![
        Problem {
            related: vec![related(11, "the request"), related(7, "")],
            ..at(
                problem(
                    above,
                    web,
                    app,
                    "app asks for 256 MiB and may use 128 MiB",
                    Some("raise the limit to 256Mi"),
                ),
                WEB,
                region(12, 22, (12, 35)),
            )
        },
        at(problem(tight, web, app, "the limit is tight", None), WEB, region(13, 12, (13, 15))),
        at(problem(tight, web, app, "the block is odd", None), WEB, region(10, 11, (12, 36))),
        at(
            problem(
                missing,
                web,
                "Deployment/default/web/containers/log",
                "log has no memory limit",
                Some("set one"),
            ),
            WEB,
            Region::line(LineNo::new(8)),
        ),
        Problem {
            suppressed: silent(SuppressedBy::Source, Some("it is \"known\" & <harmless>")),
            ..at(
                problem(missing, web, "Deployment/default/web/containers/side", "no limit", None),
                WEB,
                region(8, 11, (8, 20)),
            )
        },
        Problem {
            suppressed: silent(SuppressedBy::Policy, None),
            ..problem(missing, "compose.yaml", "db", "db has no memory limit", None)
        },
        problem(missing, "compose.yaml", "", "nothing in it has a limit", None),
    ];
    let mut list = Problems::new("1.2.3", pages, problems);
    list.inputs = vec![
        Input { file: file("compose.yaml"), scopes: vec!["db".into(), "web".into()] },
        Input { file: file(web), scopes: vec![app.into()] },
        Input { file: file("empty.yaml"), scopes: Vec::new() },
    ];
    list.notices = vec![
        Notice {
            severity: Severity::Error,
            file: Some(file("secret.yaml")),
            region: None,
            message: "cannot be read: permission denied".into(),
        },
        Notice {
            severity: Severity::Error,
            file: Some(file(web)),
            region: Some(region(14, 1, (14, 1))),
            message: "the second document is broken".into(),
        },
        Notice {
            severity: Severity::Note,
            file: None,
            region: None,
            message: "3 templates were left out".into(),
        },
    ];
    list
}

/// The same, of which this problem was there before.
pub(super) fn compared() -> Problems {
    let mut list = model();
    let known = list.open().last().map(|problem| problem.fingerprint.clone());
    list.compare(|print| Some(print) == known.as_ref());
    list
}

/// Nothing to say.
pub(super) fn clean() -> Problems {
    let mut list = Problems::new("1.2.3", pages(), Vec::new());
    list.inputs = vec![Input { file: file("a.yaml"), scopes: vec!["web".into()] }];
    list
}

/// Problems with a name in every field that holds a text, and with places that cannot be.
pub(super) fn named(name: &str) -> Problems {
    let pages = pages();
    let column = Column::new(name.chars().count() / 2);
    let regions = [
        Some(Region::at(LineNo::new(1), column)),
        Some(region(1, 1, (1, name.chars().count() + 1))),
        Some(region(1, 9, (7, 9))),
        Some(region(u64::MAX, usize::MAX, (u64::MAX, usize::MAX))),
        Some(Region::line(LineNo::new(0))),
        None,
    ];
    let mut problems = Vec::new();
    for (page, region) in pages.iter().cycle().zip(regions) {
        let plain = problem(page, name, name, name, Some(name));
        let excerpt =
            [1, 2, u64::MAX].map(|line| SourceLine::new(LineNo::new(line), name.as_bytes(), Some(column)));
        let related = Related { file: file(name), region, message: name.into() };
        let open = Problem { region, excerpt: excerpt.into(), related: vec![related], ..plain };
        let suppressed = Some(Suppressed { by: SuppressedBy::Source, reason: Some(name.into()) });
        problems.push(Problem { suppressed, ..open.clone() });
        problems.push(open);
    }
    let mut list = Problems::new("1.2.3", pages, problems);
    list.inputs = vec![Input { file: file(name), scopes: vec![name.into(), format!("{name}/x")] }];
    list.notices = [Severity::Error, Severity::Warning]
        .map(|severity| Notice { severity, file: Some(file(name)), region: None, message: name.into() })
        .into();
    list
}

/// Names that were chosen to do harm.
pub(super) fn names() -> Vec<String> {
    let mut names: Vec<String> = [
        "evil\x1b[31m\x07\x1b]8;;http://e.vil\x1b\\",
        "two\nlines\r\n::error file=x::y\n##[error]z",
        "::stop-commands::x",
        "%0A::error::x%25",
        "a:b,c=d;e",
        "]]></failure><failure message=\"'\">&amp;<![CDATA[",
        "</style><script>alert(1)</script>",
        "rtl\u{202e}gpj.exe\u{2066}\u{200b}",
        "\u{fffe}\u{ffff}\u{0}\u{b}\u{7f}\u{85}\u{9b}31m",
        "[click](http://e.vil) {0} {{x}} ![x](y)",
        "# @team **bold** | `code` ~~~ ``` - 1. #12 $(id) \\",
        "\u{65e5}\u{672c}\u{8a9e}\t\u{1f600}e\u{301}\u{1f468}\u{200d}\u{1f469}",
        "../../etc/passwd",
        "/abs//./path?x#y",
        "  ",
        "",
    ]
    .map(Into::into)
    .into();
    names.push("x".repeat(64 << 10));
    names.push("\u{65e5}".repeat(22 << 10));
    names.push("a b\t".repeat(16 << 10));
    names.push("\x1b".repeat(1 << 10));
    names
}
