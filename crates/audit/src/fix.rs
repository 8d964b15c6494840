//! Fixes: the smallest changes of files that settle a finding, with everything around them untouched.
//!
//! A fix is a proposal: whoever applies it audits the outcome, and drops what brought something new.
//! Where the right place or the right words are not certain there is none.

mod hcl;
mod members;
mod missing;
mod name;
mod spelling;

use oomkit_core::units::Bytes;

pub use name::in_patch;

use crate::{
    Report,
    model::{FileId, LimitModel, Origin, Place, Scope},
    rules,
};

/// The changes that settle a finding, or why there are none.
type Change = Result<Vec<Edit>, &'static str>;

/// Why there is no change where nobody can tell what would become of it.
const UNCERTAIN: &str = "the place for it is not certain";

/// A change in one line of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// The file.
    pub file: FileId,
    /// The line, from 1.
    line: u32,
    /// The column of the first character that is replaced, from 1.
    column: u32,
    /// How many characters are replaced; none where something is put in between.
    width: u32,
    /// What stands there afterwards.
    text: String,
    /// The code of the finding that it settles.
    pub code: &'static str,
    /// The line that the finding names.
    pub about: u32,
}

/// What can be done about the findings of a report.
#[derive(Debug, Default)]
pub struct Proposed {
    /// The changes, at most one for each place.
    pub edits: Vec<Edit>,
    /// The findings that no change settles.
    pub left: Vec<Left>,
}

/// A finding that is left to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// The code of the finding.
    pub code: &'static str,
    /// Where it stands.
    pub place: Place,
    /// Why no change settles it, as a fragment.
    pub why: &'static str,
}

/// Why there is no change where several would be right.
const DECISION: &str = "what it asks for is a decision";

impl Left {
    /// Tells whether no change could be made whatever the file looked like.
    #[must_use]
    pub fn is_decision(&self) -> bool {
        self.why == DECISION
    }
}

/// Returns the changes that settle findings of a report, and what is left.
#[must_use]
pub fn propose(report: &Report) -> Proposed {
    let mut proposed = Proposed::default();
    for finding in &report.findings {
        let Some(place) = finding.evidence.first().copied() else { continue };
        let change = match finding.code {
            "OKA001" | "OKA007" => missing::edit(&report.model, place),
            "OKA014" if is_unlimited(&report.model, place) => missing::edit(&report.model, place),
            "OKA023" => spelling::modern(&report.model, place),
            "OKA005" | "OKA010" => spelling::edit(&report.model, place, finding.code),
            _ => Err(DECISION),
        };
        match change {
            Ok(edits) => {
                let about = place.mark.line;
                proposed.edits.extend(edits.into_iter().map(|edit| Edit {
                    code: finding.code,
                    about,
                    ..edit
                }));
            }
            Err(why) => proposed.left.push(Left { code: finding.code, place, why }),
        }
    }
    let edits = &mut proposed.edits;
    edits.sort();
    edits.dedup_by(|other, one| (other.file, other.line, other.column) == (one.file, one.line, one.column));
    proposed
}

/// Tells whether a place is one of a scope that has no limit at all.
fn is_unlimited(model: &LimitModel, place: Place) -> bool {
    place.scope.and_then(|scope| model.scope(scope)).is_some_and(|scope| scope.memory.limit.is_none())
}

/// Returns the changes that give a scope this limit, in place of the one that it has; `request` is for one
/// that asks for nothing yet, which Kubernetes would take for a request of all of the limit.
///
/// There are none where the right place is not certain, or the file is one that nobody edits.
#[must_use]
pub fn limit_at(model: &LimitModel, scope: &Scope, limit: Bytes, request: Bytes) -> Vec<Edit> {
    let written = rules::written(scope.dialect, limit);
    let mut edits = match &scope.memory.limit {
        Some(setting) if setting.origin == Origin::Written => spelling::limit(model, scope, setting, limit),
        // A limit that comes from elsewhere belongs to others too, and one of its own goes before it.
        _ => {
            let own = scope.memory.request.as_ref().and_then(|own| own.value.size());
            let request = own.unwrap_or_else(|| request.max(rules::least_request(&model.policy, limit)));
            let request = rules::written(scope.dialect, request);
            missing::edit_to(model, scope, missing::Sizes { limit: written, request }).unwrap_or_default()
        }
    };
    edits.sort();
    edits
}

/// Returns a text with changes in it.
#[must_use]
pub fn applied(text: &str, edits: &[&Edit]) -> String {
    let mut out = String::with_capacity(text.len() + 64 * edits.len());
    let mut edits = edits.iter().peekable();
    // New lines end as those around them do.
    let ended =
        |text: &str, is_long: bool| if is_long { text.replace('\n', "\r\n") } else { text.to_owned() };
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        let mut rest = line;
        let mut column = 1;
        while let Some(edit) = edits.next_if(|edit| edit.line == number) {
            let (before, from) = split(rest, edit.column.saturating_sub(column));
            let (_, after) = split(from, edit.width);
            out.push_str(before);
            out.push_str(&ended(&edit.text, line.ends_with("\r\n")));
            column = edit.column.saturating_add(edit.width);
            rest = after;
        }
        out.push_str(rest);
    }
    // Behind the last line break is where a line begins, too.
    edits.for_each(|edit| out.push_str(&ended(&edit.text, text.ends_with("\r\n"))));
    out
}

/// Parts a text behind so many characters.
fn split(text: &str, characters: u32) -> (&str, &str) {
    let at = text.char_indices().nth(characters as usize).map_or(text.len(), |(at, _)| at);
    text.split_at(at)
}

/// Returns the part of a line that begins at a column, from 1.
fn from_column(model: &LimitModel, file: FileId, line: u32, column: u32) -> Option<&str> {
    Some(split(model.file(file)?.line(line)?, column.saturating_sub(1)).1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Auditor, policy::Policy, sources::Alone};

    fn fixed(name: &str, text: &str) -> String {
        let mut auditor = Auditor::new(Policy::default());
        auditor.add(name, text.as_bytes(), &Alone);
        let edits = propose(&auditor.finish()).edits;
        applied(text, &edits.iter().collect::<Vec<_>>())
    }

    #[test]
    fn a_limit_is_put_where_it_belongs() {
        let pod = |container: &str| {
            format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  containers:\n{container}")
        };
        for (before, after) in [
            (
                "    - name: app # a remark\n      image: x:1 # pinned\n      # ports\n      ports: []\n",
                "    - name: app # a remark\n      image: x:1 # pinned\n      # ports\n      resources:\n        \
                 requests:\n          memory: 512Mi\n        limits:\n          memory: 512Mi\n      ports: []\n",
            ),
            (
                "  - image: x:1\n",
                "  - image: x:1\n    resources:\n      requests:\n        memory: 512Mi\n      limits:\n        memory: 512Mi\n",
            ),
            (
                "    - name: app\n      resources:\n        requests:\n          memory: 1Gi\n",
                "    - name: app\n      resources:\n        limits:\n          memory: 1280Mi\n        requests:\n          memory: 1Gi\n",
            ),
            (
                "    - name: app\n      resources:\n        limits: {cpu: 1}\n        requests: {memory: 1Gi}\n",
                "    - name: app\n      resources:\n        limits: {memory: 1280Mi, cpu: 1}\n        requests: {memory: 1Gi}\n",
            ),
            (
                "    - {name: app, image: x}\n",
                "    - {resources: {requests: {memory: 512Mi}, limits: {memory: 512Mi}}, name: app, image: x}\n",
            ),
            (
                "    - name: app\n      resources: {}\n",
                "    - name: app\n      resources: {requests: {memory: 512Mi}, limits: {memory: 512Mi}}\n",
            ),
        ] {
            assert_eq!(fixed("pod.yaml", &pod(before)), pod(after), "{before}");
        }
    }

    #[test]
    fn json_stays_json() {
        let pod = |container: &str| {
            format!(
                r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"a"}},"spec":{{"containers":[{container}]}}}}"#
            )
        };
        let both = r#"{"requests": {"memory": "512Mi"}, "limits": {"memory": "512Mi"}}"#;
        for (before, after) in [
            (r#"{"name":"c"}"#, format!(r#"{{"resources": {both}, "name":"c"}}"#)),
            (
                r#"{"name":"c","resources":{}}"#,
                format!(r#"{{"name":"c","resources":{both}}}"#).replace(":{{", ":{"),
            ),
            (r#"{"name":"c","resources": null}"#, format!(r#"{{"name":"c","resources": {both}}}"#)),
            (
                r#"{"name":"c","resources":{"limits":{"memory":"512MB"}}}"#,
                r#"{"name":"c","resources":{"limits":{"memory":"512M"}}}"#.into(),
            ),
        ] {
            assert_eq!(fixed("pod.json", &pod(before)), pod(&after), "{before}");
            assert!(serde_json::from_str::<serde_json::Value>(&pod(&after)).is_ok(), "{after}");
        }
        let service = r#"{"services": {"web": {"image": "x"}}}"#;
        assert_eq!(
            fixed("compose.json", service),
            r#"{"services": {"web": {"mem_limit": "512m", "memswap_limit": "512m", "image": "x"}}}"#
        );
        // A number that becomes a text needs quotes.
        let text = pod(r#"{"name":"c","resources":{"limits":{"memory":134217728}}}"#);
        let mut auditor = Auditor::new(Policy::default());
        auditor.add("pod.json", text.as_bytes(), &Alone);
        let model = auditor.finish().model;
        let (_, scope) = model.leaves().next().unwrap();
        let edits = limit_at(&model, scope, Bytes::new(2 << 30), Bytes::new(1 << 30));
        let after = applied(&text, &edits.iter().collect::<Vec<_>>());
        assert_eq!(after, text.replace("134217728", "\"2Gi\""));
    }

    #[test]
    fn nothing_gives_way_to_something_and_lines_end_as_they_did() {
        let head = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a\n";
        let both = "{requests: {memory: 512Mi}, limits: {memory: 512Mi}}";
        for (before, after) in [
            ("      resources: null\n", format!("      resources: {both}\n")),
            ("      resources: ~ # none\n", format!("      resources: {both} # none\n")),
            ("      resources:\n", format!("      resources: {both}\n")),
            ("      resources:\n      image: x\n", format!("      resources: {both}\n      image: x\n")),
            (
                "      resources:\n        limits:\n        requests: {memory: 1Gi}\n",
                "      resources:\n        limits: {memory: 1280Mi}\n        requests: {memory: 1Gi}\n"
                    .into(),
            ),
            ("      resources:\n        null\n", "      resources:\n        null\n".into()),
            ("      resources:\n        ~\n", "      resources:\n        ~\n".into()),
        ] {
            assert_eq!(fixed("pod.yaml", &format!("{head}{before}")), format!("{head}{after}"), "{before}");
        }
        let long = fixed("pod.yaml", &format!("{head}      image: x\n").replace('\n', "\r\n"));
        assert!(long.contains("512Mi\r\n") && !long.replace("\r\n", "").contains('\n'), "{long:?}");
    }

    #[test]
    fn what_is_left_is_told_with_the_reason() {
        let mut auditor = Auditor::new(Policy::default());
        let text = "x: &base\n  image: x\nservices:\n  a: *base\n  b: {image: x, mem_limit: 5 lots}\n";
        auditor.add("compose.yaml", text.as_bytes(), &Alone);
        let proposed = propose(&auditor.finish());
        let left: Vec<_> =
            proposed.left.iter().map(|left| (left.code, left.place.mark.line, left.why)).collect();
        assert!(
            left.iter().any(|(code, line, why)| (*code, *line) == ("OKA001", 4) && why.contains("alias")),
            "{left:?}"
        );
        assert!(left.iter().any(|(code, line, _)| (*code, *line) == ("OKA010", 5)), "{left:?}");
        assert_eq!(proposed.edits, []);
    }

    #[test]
    fn a_size_that_was_meant_is_the_one_that_is_proposed() {
        let told = |name: &str, text: &str| {
            let mut auditor = Auditor::new(Policy::default());
            auditor.add(name, text.as_bytes(), &Alone);
            let report = auditor.finish();
            let one = |finding: &oomkit_core::finding::Finding<Place>| {
                let line = finding.evidence.first().map_or(0, |place| place.mark.line);
                format!(
                    "{}:{line} {} / {}",
                    finding.code,
                    finding.message,
                    finding.remedy.clone().unwrap_or_default()
                )
            };
            report.findings.iter().map(one).collect::<Vec<_>>().join("\n")
        };
        let service = told(
            "compose.yaml",
            "services:\n  a:\n    image: x\n    deploy: {resources: {limits: {cpus: \"1\"}}}\n",
        );
        assert!(service.contains("write deploy.resources.limits.memory: 512m"), "{service}");
        let unit = told("a.service", "[Service]\nExecStart=/x\nMaxMemory=8G\n");
        assert!(unit.contains("MemoryMax=8G") && !unit.contains("512M"), "{unit}");
        let unit = told("a.service", "[Service]\nExecStart=/x\nMemoryLimit=1G\n");
        assert!(unit.contains("OKA023:3") && unit.contains("write MemoryMax=1G"), "{unit}");
        assert!(!unit.contains("no memory limit"), "{unit}");
        let unit = told("a.service", "[Service]\nExecStart=/x\nMemoryLimit=1G\nMemoryHigh=1G\n");
        assert!(unit.contains("counts only where no key for v2 is set"), "{unit}");
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a\n      image: x\n      ";
        for key in [
            "resource: {limits: {memory: 768Mi}}",
            "resources: {limit: {memory: 768Mi}}",
            "resources: {limits: {Memory: 768Mi}}",
        ] {
            let said = told("pod.yaml", &format!("{pod}{key}\n"));
            assert!(
                said.contains("OKA096:8 there is no key") && said.contains("was probably meant"),
                "{said}"
            );
            assert!(said.contains("limits: {memory: 768Mi}"), "{said}");
        }
        let fine =
            told("pod.yaml", &format!("{pod}resources: {{limits: {{memory: 1Gi, cpu: 1}}, claims: []}}\n"));
        assert!(!fine.contains("OKA096"), "{fine}");
    }

    #[test]
    fn other_formats_have_their_own_words() {
        for (name, before, after) in [
            (
                "compose.yaml",
                "services:\n  web:\n    image: nginx:1.27 # pinned\n",
                "services:\n  web:\n    mem_limit: 512m\n    memswap_limit: 512m\n    image: nginx:1.27 # pinned\n",
            ),
            (
                "compose.yaml",
                "services:\r\n  web:\r\n    image: x\r\n",
                "services:\r\n  web:\r\n    mem_limit: 512m\r\n    memswap_limit: 512m\r\n    image: x\r\n",
            ),
            (
                "compose.yaml",
                "services:\n  web: {image: x}\n",
                "services:\n  web: {mem_limit: 512m, memswap_limit: 512m, image: x}\n",
            ),
            (
                "compose.yaml",
                "services:\n  web:\n    image: x\n    deploy:\n      resources:\n        limits:\n          cpus: \"1\"\n",
                "services:\n  web:\n    memswap_limit: 512m\n    image: x\n    deploy:\n      resources:\n        limits:\n          memory: 512m\n          cpus: \"1\"\n",
            ),
            (
                "web.service",
                "[Unit]\nDescription=x\n\n[Service]\nExecStart=/usr/bin/web\n",
                "[Unit]\nDescription=x\n\n[Service]\nMemoryMax=512M\nExecStart=/usr/bin/web\n",
            ),
            ("a.service", "[Service]\n MemoryLimit = 1G\n", "[Service]\n MemoryMax = 1G\n"),
            ("a.service", "[Service]\nMaxMemory=8G\n", "[Service]\nMemoryMax=8G\n"),
            (
                "a.service",
                "[Unit]\nMemoryMax=4G\n[Service]\nExecStart=/x\n",
                "[Unit]\nMemoryMax=4G\n[Service]\nMemoryMax=4G\nExecStart=/x\n",
            ),
            (
                "a.service",
                "[Service]\nMaxMemory=8G\nMemoryMax=1G\n",
                "[Service]\nMaxMemory=8G\nMemoryMax=1G\n",
            ),
            (
                "web.container",
                "[Unit]\nDescription=x\n\n[Container]\nImage=x:1\n",
                "[Unit]\nDescription=x\n\n[Container]\nPodmanArgs=--memory=512m --memory-swap=512m\nImage=x:1\n",
            ),
            (
                "web.nomad.hcl",
                "job \"a\" {\n  group \"b\" {\n    task \"c\" {\n      resources {\n        memory = 64\n        memory_max = -1 # all\n      }\n    }\n  }\n}\n",
                "job \"a\" {\n  group \"b\" {\n    task \"c\" {\n      resources {\n        memory = 64\n        memory_max = 80 # all\n      }\n    }\n  }\n}\n",
            ),
            (
                "web.nomad",
                "job \"a\" {\n  group \"b\" {\n    task \"c\" {\n      resources { memory = \"512m\" }\n    }\n  }\n}\n",
                "job \"a\" {\n  group \"b\" {\n    task \"c\" {\n      resources { memory = \"512\" }\n    }\n  }\n}\n",
            ),
        ] {
            assert_eq!(fixed(name, before), after);
        }
    }

    #[test]
    fn a_spelling_is_changed_where_it_can_mean_one_thing_only() {
        let pod = |size: &str| {
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  containers:\n    - name: app\n      \
                 resources:\n        limits:\n          memory: {size} # agreed\n"
            )
        };
        for (before, after) in [
            ("512MB", "512M"),
            ("\"512MiB\"", "\"512Mi\""),
            ("1GB", "1G"),
            ("1.5gb", "1.5G"),
            ("2 Gi", "2 Gi"),
            ("lots", "lots"),
        ] {
            assert_eq!(fixed("pod.yaml", &pod(before)), pod(after), "{before}");
        }
        let unit = |size: &str| format!("[Service]\nMemoryMax={size}\n");
        for (before, after) in [("512MB", "512M"), ("512Mi", "512M"), ("2g", "2G"), ("0x10", "0x10")] {
            assert_eq!(fixed("web.service", &unit(before)), unit(after), "{before}");
        }
    }

    #[test]
    fn a_limit_of_any_size_is_put_in_or_in_place_of_another() {
        for (name, before, after) in [
            (
                "compose.yaml",
                "services:\n  web:\n    image: x\n",
                "services:\n  web:\n    mem_limit: 2g\n    memswap_limit: 2g\n    image: x\n",
            ),
            (
                "pod.yaml",
                "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a\n      resources:\n        limits: {memory: \"16Gi\"} # too much\n",
                "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a\n      resources:\n        limits: {memory: \"2Gi\"} # too much\n",
            ),
            (
                "web.service",
                "[Service]\nMemoryMax=90%\nExecStart=/x\n",
                "[Service]\nMemoryMax=2G\nExecStart=/x\n",
            ),
            (
                "web.container",
                "[Container]\nPodmanArgs=--memory-swap=512m --memory=512m\n",
                "[Container]\nPodmanArgs=--memory-swap=2g --memory=2g\n",
            ),
            (
                "compose.yaml",
                "services:\n  web:\n    image: x\n    mem_limit: 4g\n    mem_reservation: 3g\n    memswap_limit: 8g\n",
                "services:\n  web:\n    image: x\n    mem_limit: 2g\n    mem_reservation: 2g\n    memswap_limit: 8g\n",
            ),
            (
                "web.nomad",
                "job \"a\" {\n  group \"b\" {\n    task \"c\" {\n      driver = \"exec\"\n    }\n  }\n}\n",
                "job \"a\" {\n  group \"b\" {\n    task \"c\" {\n      resources {\n        memory = 2048\n      }\n      driver = \"exec\"\n    }\n  }\n}\n",
            ),
            (
                "web.nomad",
                "job \"a\" {\n  group \"b\" {\n    task \"c\" {\n      resources {\n        cpu = 9\n      }\n    }\n  }\n}\n",
                "job \"a\" {\n  group \"b\" {\n    task \"c\" {\n      resources {\n        memory = 2048\n        cpu = 9\n      }\n    }\n  }\n}\n",
            ),
        ] {
            let mut auditor = Auditor::new(Policy::default());
            auditor.add(name, before.as_bytes(), &Alone);
            let model = auditor.finish().model;
            let (_, scope) = model.leaves().next().unwrap();
            let edits = limit_at(&model, scope, Bytes::new(2 << 30), Bytes::new(1 << 30));
            assert_eq!(applied(before, &edits.iter().collect::<Vec<_>>()), after);
        }
    }

    #[test]
    fn what_is_shared_or_a_template_is_left_alone() {
        for text in [
            "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: app\n      resources: {{ toYaml .Values.resources }}\n",
            "x: &base\n  image: x\nservices:\n  a: *base\n  b: *base\n",
        ] {
            assert_eq!(fixed("compose.yaml", text), text);
        }
    }
}
