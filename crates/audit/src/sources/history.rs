//! A history of usage: what `oomkit recommend --format json` writes, audited beside the limits that it is about.
//!
//! It has no limits of its own.  Each workload in it becomes the past of the scopes that answer to its
//! name.  Source: `docs/schemas/recommend.json`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use oomkit_core::{
    limit::Limit,
    units::{ByteDelta, Bytes, Duration},
    workload::Workload,
};

use super::{Input, Source};
use crate::{
    model::{Growth, LimitModel, Namesake, Past, ProblemKind, ScopeId},
    yaml::{Document, Value},
};

/// The name of the format, without its version.
const SCHEMA: &str = "oomkit.recommend/";

/// The version that is read here.
const VERSION: &str = "v1";

pub(super) const SOURCE: Source = Source {
    words: &[SCHEMA],
    extensions: &["json"],
    yaml: true,
    claims: |input| roots(input).next().is_some(),
    read,
    settle,
};

/// Returns the histories of a file, with what is written behind the name of the format.
fn roots<'d>(input: &'d Input<'_>) -> impl Iterator<Item = (&'d str, Value<'d>)> {
    input.documents().filter_map(Document::root).filter_map(|root| {
        let version = root.get("schema").and_then(Value::text)?.strip_prefix(SCHEMA)?;
        Some((version, root))
    })
}

fn read(input: &Input<'_>, model: &mut LimitModel) {
    for (version, root) in roots(input) {
        if version != VERSION {
            let what = format!("this history is of version {version}, and {VERSION} can be read");
            model.complain(input.place(root.at()), ProblemKind::Broken, what);
            continue;
        }
        let workloads = root.get("workloads").filter(|list| list.is_sequence());
        let Some(workloads) = workloads else {
            let what = "this history has no list of workloads";
            model.complain(input.place(root.at()), ProblemKind::Broken, what);
            continue;
        };
        for one in workloads.items() {
            match past(input, one) {
                Ok(past) => model.pasts.extend(past),
                Err(what) => model.complain(input.place(one.at()), ProblemKind::Broken, what),
            }
        }
    }
}

/// Reads a workload; `None` where the history itself does not know what it used.
fn past(input: &Input<'_>, one: Value<'_>) -> Result<Option<Past>, String> {
    let wrong = |key: &str| format!("a workload of the history has no {key} that can be read");
    let name = one.get("name").and_then(Value::text).ok_or_else(|| wrong("name"))?;
    let used = one.get("used").ok_or_else(|| wrong("used"))?;
    if used.is_null() {
        return Ok(None);
    }
    let most = used.entry("most_bytes").ok_or_else(|| wrong("most_bytes"))?;
    let seconds = one.get("seconds").and_then(Value::text).and_then(|text| text.parse::<f64>().ok());
    let seconds = seconds.filter(|seconds| 0.0 <= *seconds && *seconds < 1e12);
    Ok(Some(Past {
        name: name.into(),
        workload: workload(one.get("workload").ok_or_else(|| wrong("workload"))?),
        place: input.place(most.at),
        samples: count(one.get("samples")).ok_or_else(|| wrong("samples"))?,
        over: duration(seconds.ok_or_else(|| wrong("seconds"))?),
        most: Bytes::new(count(Some(most.value)).ok_or_else(|| wrong("most_bytes"))?),
        peak: count(used.get("peak_bytes")).map(Bytes::new),
        limit: one.get("limit_bytes").and_then(limit),
        kills: count(one.get("kills")).ok_or_else(|| wrong("kills"))?,
        growth: one.get("advice").and_then(growth),
        is_shared: false,
    }))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was held within bounds")]
fn duration(seconds: f64) -> Duration {
    Duration::from_micros((seconds * 1e6) as u64)
}

fn count(value: Option<Value<'_>>) -> Option<u64> {
    u64::try_from(value?.integer()?).ok()
}

fn limit(value: Value<'_>) -> Option<Limit> {
    if value.text() == Some("max") {
        return Some(Limit::Max);
    }
    count(Some(value)).map(Bytes::new).map(Limit::At)
}

fn growth(advice: Value<'_>) -> Option<Growth> {
    let per_hour = advice.path(&["rate", "per_hour_bytes"])?.integer()?;
    let per_hour = u64::try_from(per_hour).ok().filter(|rate| 0 < *rate)?;
    let now = count(advice.get("now_bytes")).map(Bytes::new);
    Some(Growth { per_hour: ByteDelta::between(Bytes::ZERO, Bytes::new(per_hour)), now })
}

/// Reads the names of a workload, as far as scopes are recognized by them.
fn workload(value: Value<'_>) -> Workload {
    let text = |key: &str| value.get(key).filter(|name| !name.is_null())?.text().map(str::to_owned);
    Workload {
        runtime: text("runtime"),
        pod_uid: text("pod_uid"),
        instance: text("instance"),
        container_id: text("container_id"),
        unit: text("unit"),
        name: text("name"),
        user: count(value.get("user")).and_then(|user| u32::try_from(user).ok()),
        pod: text("pod"),
        namespace: text("namespace"),
        owner: text("owner"),
        container: text("container"),
        image: text("image"),
        project: text("project"),
        service: text("service"),
        ..Workload::default()
    }
}

/// Gives each scope the past of the surest name that it answers to.
fn settle(model: &mut LimitModel) {
    let pasts = std::mem::take(&mut model.pasts);
    let (running, written) = (running(model), written(model));
    let mut found: BTreeMap<ScopeId, Past> = BTreeMap::new();
    let mut give = |id, past: Past| _ = found.entry(id).and_modify(|known| known.join(&past)).or_insert(past);
    for past in &pasts {
        let by_id = || running.get(past.workload.container_id.as_ref()?);
        for id in running.get(&past.name).or_else(by_id).into_iter().flatten() {
            give(*id, past.clone());
        }
        let may_answer: BTreeSet<ScopeId> =
            called(&past.workload).filter_map(|name| written.get(name)).flatten().copied().collect();
        let answers = may_answer
            .into_iter()
            .filter_map(|id| Some((model.namesake(model.scope(id)?, &past.workload)?, id)));
        let answers: Vec<(Namesake, ScopeId)> = answers.collect();
        let surest = answers.iter().map(|(by, _)| *by).min();
        let answers: Vec<ScopeId> =
            answers.into_iter().filter(|(by, _)| Some(*by) == surest).map(|(_, id)| id).collect();
        for id in &answers {
            give(*id, Past { is_shared: 1 < answers.len(), ..past.clone() });
        }
    }
    for (id, past) in found {
        if let Some(scope) = model.scope_mut(id) {
            scope.past = Some(Box::new(past));
        }
    }
    model.pasts = pasts;
}

/// Returns the scopes of a live host by what their workloads are called everywhere, and by the ids of
/// containers, which is all that a history knows where nobody told it names.
fn running(model: &LimitModel) -> HashMap<String, Vec<ScopeId>> {
    let mut names: HashMap<String, Vec<ScopeId>> = HashMap::new();
    for (id, scope, live) in model.live().filter(|(.., live)| live.is_counted) {
        let workload = live.workload.as_ref();
        let name = workload.map(|workload| workload.label().unwrap_or_else(|| workload.describe()));
        names.entry(name.unwrap_or_else(|| scope.path.clone())).or_default().push(id);
        if let Some(container) = workload.and_then(|workload| workload.container_id.clone()) {
            names.entry(container).or_default().push(id);
        }
    }
    names
}

/// Returns the written scopes by every name that `LimitModel::namesake` may know them by.
///
/// A cluster has thousands of both, too many to try each with each.
fn written(model: &LimitModel) -> HashMap<&str, Vec<ScopeId>> {
    let mut names: HashMap<&str, Vec<ScopeId>> = HashMap::new();
    for (id, scope) in model.leaves().filter(|(_, scope)| scope.live.is_none()) {
        let unit = scope.unit.as_ref().map(|unit| unit.name.as_str());
        let object = model.ancestors(scope).last().map(|(_, top)| top.name.as_str());
        let image = scope.program.as_ref().and_then(|program| program.image.as_ref());
        let image = image.map(|image| image.value.as_str());
        for name in [unit, object, image, Some(scope.name.as_str())].into_iter().flatten() {
            names.entry(name).or_default().push(id);
        }
    }
    names
}

/// Returns a name without its last part.
fn shorter<'a>(name: &&'a str) -> Option<&'a str> {
    name.rsplit_once('-').map(|(object, _)| object)
}

/// Returns every name by which a workload may be written.
fn called(workload: &Workload) -> impl Iterator<Item = &str> {
    let owner = workload.owner.as_deref().and_then(|owner| Some(owner.split_once('/')?.1));
    let plain = [&workload.unit, &workload.service, &workload.name, &workload.image];
    // A controller puts up to two parts behind the name of its object.
    let pods = std::iter::successors(workload.pod.as_deref(), shorter).take(3);
    plain.into_iter().filter_map(Option::as_deref).chain(owner).chain(pods)
}

#[cfg(test)]
mod tests {
    use oomkit_core::units::Bytes;

    use crate::{Auditor, Report, policy::Policy, sources::Alone};

    const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {spec: {containers: [{name: app, image: registry.example/web:1}]}}}
";

    fn report(manifest: &str, workloads: &str) -> Report {
        let history = format!(r#"{{"schema": "oomkit.recommend/v1", "workloads": [{workloads}]}}"#);
        let mut auditor = Auditor::new(Policy::default());
        auditor.add("usage.json", history.as_bytes(), &Alone);
        auditor.add("web.yaml", manifest.as_bytes(), &Alone);
        auditor.finish()
    }

    fn pod(pod: &str, namespace: &str, most: u64) -> String {
        format!(
            r#"{{"name": "{namespace}/{pod}", "workload": {{"pod": "{pod}", "namespace": "{namespace}"}}, "samples": 40,
                "seconds": 90000.5, "used": {{"most_bytes": {most}}}, "limit_bytes": "max", "kills": 1, "advice": {{"kind": "set"}}}}"#
        )
    }

    #[test]
    fn copies_are_joined_and_strangers_are_not() {
        let all = [
            pod("web-6b8f9d5c4-x7k2p", "shop", 5 << 20),
            pod("web-6b8f9d5c4-abcd1", "shop", 9 << 20),
            pod("web-6b8f9d5c4-abcd2", "other", 99 << 20),
            pod("website-0", "shop", 99 << 20),
        ];
        let report = report(WEB, &all.join(","));
        let pasts: Vec<_> = report.model.scopes.iter().filter_map(|scope| scope.past.as_deref()).collect();
        let [past] = pasts.as_slice() else { panic!("{pasts:?}") };
        assert_eq!((past.most, past.samples, past.kills), (Bytes::new(9 << 20), 80, 2));
        assert!(!past.is_shared);
    }

    #[test]
    fn a_kill_counts_only_where_its_limit_was_reached() {
        let killed = |most: u64, peak: &str| {
            let told = pod("web-0", "shop", most << 20)
                .replace("\"limit_bytes\": \"max\"", "\"limit_bytes\": 67108864");
            let told = told.replace("\"used\": {", &format!("\"used\": {{\"peak_bytes\": {peak}, "));
            report(WEB, &told).model.pasts.first().expect("a past").killed_at()
        };
        let limit = Some(Bytes::new(64 << 20));
        assert_eq!(killed(62, "null"), limit, "as near as snapshots see");
        assert_eq!(killed(20, "67108864"), limit, "a spike that only the kernel saw");
        assert_eq!(killed(20, "null"), None, "somebody else's limit, or the machine");
        assert_eq!(killed(20, "31457280"), None);
    }

    #[test]
    fn two_that_answer_to_one_name_may_both_be_meant() {
        let twice = WEB.replace(", namespace: shop", "");
        let report = report(&format!("{twice}---\n{twice}"), &pod("web-0", "shop", 5 << 20));
        let shared = report.model.scopes.iter().filter_map(|scope| scope.past.as_deref());
        assert_eq!(shared.map(|past| past.is_shared).collect::<Vec<_>>(), [true, true]);
    }

    #[test]
    fn what_cannot_be_read_is_said_and_the_rest_is_taken() {
        let wrong = [
            r#"{"name": "a", "workload": {}, "samples": -1, "seconds": 1, "used": {"most_bytes": 1}, "kills": 0}"#,
            r#"{"name": "b", "workload": {}, "samples": 1, "seconds": 1e99, "used": {"most_bytes": 1}, "kills": 0}"#,
            r#"{"name": "c", "workload": {}, "samples": 1, "seconds": 1, "used": {"most_bytes": "much"}, "kills": 0}"#,
            r#"{"name": "d", "workload": {}, "samples": 1, "seconds": 1, "used": [], "kills": 0}"#,
            r#""not a workload""#,
        ];
        let unknown =
            r#"{"name": "e", "workload": {}, "samples": 0, "seconds": 0, "used": null, "kills": 0}"#;
        let all = format!("{}, {unknown}, {}", wrong.join(","), pod("web-0", "shop", 5 << 20));
        let report = report(WEB, &all);
        assert_eq!(report.model.problems.len(), wrong.len(), "{:?}", report.model.problems);
        assert_eq!(report.model.pasts.len(), 1);
    }
}
