//! Fixes: the smallest changes of files that settle a finding, with everything around them untouched.
//!
//! A fix is a proposal: whoever applies it audits the outcome, and drops what brought something new.
//! Where the right place or the right words are not certain there is none.

mod hcl;
mod missing;
mod spelling;

use oomkit_core::units::Bytes;

use crate::{
    Report,
    model::{FileId, LimitModel, Origin, Scope},
    rules,
};

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

/// Returns the changes that settle findings of a report, at most one for each place.
#[must_use]
pub fn edits(report: &Report) -> Vec<Edit> {
    let mut edits: Vec<Edit> = report
        .findings
        .iter()
        .filter_map(|finding| {
            let place = *finding.evidence.first()?;
            let edit = match finding.code {
                "OKA001" | "OKA007" => missing::edit(&report.model, place),
                "OKA005" | "OKA010" => spelling::edit(&report.model, place, finding.code),
                _ => None,
            };
            edit.map(|edit| Edit { code: finding.code, about: place.mark.line, ..edit })
        })
        .collect();
    edits.sort();
    edits.dedup_by(|other, one| (other.file, other.line, other.column) == (one.file, one.line, one.column));
    edits
}

/// Returns the change that gives a scope this limit, in place of the one that it has; `request` is for one
/// that asks for nothing yet, which Kubernetes would take for a request of all of the limit.
///
/// `None` where the right place is not certain, or the file is one that nobody edits.
#[must_use]
pub fn limit_at(model: &LimitModel, scope: &Scope, limit: Bytes, request: Bytes) -> Option<Edit> {
    let written = rules::written(scope.dialect, limit);
    match &scope.memory.limit {
        Some(setting) if setting.origin == Origin::Written => {
            spelling::replaced(model, setting, written, "OKA001")
        }
        // A limit that comes from elsewhere belongs to others too, and one of its own goes before it.
        _ => {
            let request = scope.memory.request.as_ref().and_then(|own| own.value.size()).unwrap_or(request);
            let request = rules::written(scope.dialect, request);
            missing::edit_to(model, scope, missing::Sizes { limit: written, request })
        }
    }
}

/// Returns a text with changes in it.
#[must_use]
pub fn applied(text: &str, edits: &[&Edit]) -> String {
    let mut out = String::with_capacity(text.len() + 64 * edits.len());
    let mut edits = edits.iter().peekable();
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        let mut rest = line;
        let mut column = 1;
        while let Some(edit) = edits.next_if(|edit| edit.line == number) {
            let (before, from) = split(rest, edit.column.saturating_sub(column));
            let (_, after) = split(from, edit.width);
            out.push_str(before);
            // New lines end as those around them do.
            match line.ends_with("\r\n") {
                true => out.push_str(&edit.text.replace('\n', "\r\n")),
                false => out.push_str(&edit.text),
            }
            column = edit.column.saturating_add(edit.width);
            rest = after;
        }
        out.push_str(rest);
    }
    // Behind the last line break is where a line begins, too.
    edits.for_each(|edit| out.push_str(&edit.text));
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
        let edits = edits(&auditor.finish());
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
                "web.service",
                "[Unit]\nDescription=x\n\n[Service]\nExecStart=/usr/bin/web\n",
                "[Unit]\nDescription=x\n\n[Service]\nMemoryMax=512M\nExecStart=/usr/bin/web\n",
            ),
            (
                "web.container",
                "[Unit]\nDescription=x\n\n[Container]\nImage=x:1\n",
                "[Unit]\nDescription=x\n\n[Container]\nPodmanArgs=--memory=512m --memory-swap=512m\nImage=x:1\n",
            ),
            (
                "web.nomad.hcl",
                "job \"a\" {\n  group \"b\" {\n    task \"c\" {\n      resources {\n        memory = 64\n        memory_max = -1 # all\n      }\n    }\n  }\n}\n",
                "job \"a\" {\n  group \"b\" {\n    task \"c\" {\n      resources {\n        memory = 64\n        memory_max = 128 # all\n      }\n    }\n  }\n}\n",
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
                "[Container]\nPodmanArgs=--memory-swap=512m --memory=2g\n",
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
            let edit = limit_at(&model, scope, Bytes::new(2 << 30), Bytes::new(1 << 30)).unwrap();
            assert_eq!(applied(before, &[&edit]), after);
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
