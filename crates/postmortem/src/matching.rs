//! Matching: the workload of a manifest, a unit file or a host that the one to blame belongs to.
//!
//! Names are tried from the surest down, and the first kind of name that any workload answers to decides.

use oomkit_audit::{
    Report,
    dialect::Dialect,
    model::{LimitModel, Namesake, Qos, Scope, ScopeId},
};
use oomkit_core::{finding::Confidence, ident::Comm, limit::Limit, units::Bytes, workload::Workload};

use crate::{
    incident::{Matched, Written},
    who::Who,
};

/// A workload that was recognised.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<'a> {
    /// All that is known about limits.
    pub(crate) report: &'a Report,
    /// Which scope of it.
    pub(crate) id: ScopeId,
    /// The scope.
    pub(crate) scope: &'a Scope,
    /// By what.
    pub(crate) by: Matched,
    /// How many others answer to the same.
    pub(crate) others: u64,
}

impl<'a> Found<'a> {
    /// Finds the workload of somebody among those of an audit.
    pub(crate) fn of(report: &'a Report, who: &Who) -> Option<Self> {
        let model = &report.model;
        let mut best: Vec<(Matched, ScopeId, &Scope)> = Vec::new();
        for (id, scope) in model.leaves() {
            let Some(by) = answers(model, scope, who) else { continue };
            best.retain(|(other, ..)| by <= *other);
            if best.first().is_none_or(|(other, ..)| *other == by) {
                best.push((by, id, scope));
            }
        }
        let others = best.len().saturating_sub(1) as u64;
        let (by, id, scope) = *best.first()?;
        Some(Self { report, id, scope, by, others })
    }

    /// Says how sure it is that this is the one.
    pub(crate) fn confidence(&self) -> Confidence {
        match self.by {
            _ if 0 < self.others => Confidence::Low,
            Matched::Class | Matched::Likeness => Confidence::Low,
            Matched::Name | Matched::Program | Matched::Image => Confidence::Medium,
            Matched::Pod | Matched::Workload | Matched::Cgroup => Confidence::High,
        }
    }

    /// Returns the limit that it has, be it its own or one above; `None` where that is not known.
    pub(crate) fn limit(&self) -> Option<Limit> {
        let model = &self.report.model;
        match model.ceiling(self.scope) {
            Some(ceiling) => ceiling.size.map(Limit::At),
            None if model.may_be_limited(self.scope) || self.scope.is_partial => None,
            None => Some(Limit::Max),
        }
    }

    /// Tells whether a limit that somebody reached is not the one that is set here.
    pub(crate) fn sets_another(&self, who: &Who) -> bool {
        let limits = who.limit.zip(self.limit());
        limits.is_some_and(|(reached, set)| !set.size().is_some_and(|set| is_same(set, reached)))
    }

    /// Says where it is written.
    pub(crate) fn written(&self) -> Option<Written> {
        let place = self.scope.memory.limit.as_ref().map_or(self.scope.place, |limit| limit.place);
        let file = self.report.model.file(place.file)?;
        Some(Written {
            file: file.name.clone(),
            line: place.line(),
            text: self.report.model.line_of(place).unwrap_or_default().trim().to_owned(),
            matched: self.by,
            others: self.others,
        })
    }
}

/// Returns by which name a scope answers, the surest.
fn answers(model: &LimitModel, scope: &Scope, who: &Who) -> Option<Matched> {
    let surely = by_cgroup(scope, who).or_else(|| by_workload(model, scope, who));
    if surely.is_some() || is_another(model, scope, who) {
        return surely;
    }
    by_process(model, scope, who).or_else(|| by_class(model, scope, who))
}

/// Tells whether what is known of somebody speaks against a scope, whatever its process is called.
fn is_another(model: &LimitModel, scope: &Scope, who: &Who) -> bool {
    // Both groups are known, and they are not the same.
    if scope.live.is_some() && who.cgroup.is_some() {
        return true;
    }
    let limits = who.limit.zip(model.ceiling(scope).and_then(|ceiling| ceiling.size));
    if limits.is_some_and(|(reached, written)| !is_same(reached, written)) {
        return true;
    }
    let Some(known) = &who.workload else { return false };
    let is_named = known.pod.is_some() || known.owner.is_some() || known.service.is_some();
    let in_pod = known.pod_uid.is_some() || known.pod.is_some();
    let is_bare = known.runtime.as_deref() == Some("systemd") && known.container_id.is_none();
    let of_unit = || {
        let file = scope.unit.as_ref().map(|unit| unit.name.as_str());
        known.unit.as_deref().zip(file).is_some_and(|(own, file)| !is_unit(own, file))
    };
    match scope.dialect {
        Dialect::Kubernetes => is_named || is_bare || is_other_class(model, scope, known),
        Dialect::Systemd => in_pod || known.container_id.is_some() || of_unit(),
        Dialect::Quadlet => in_pod || of_unit(),
        Dialect::Compose | Dialect::Nomad | Dialect::Ecs => is_named || in_pod || is_bare,
        Dialect::Live | Dialect::History => false,
    }
}

/// Tells whether two sizes are one limit, rounded to pages of any size.
pub(crate) const fn is_same(one: Bytes, other: Bytes) -> bool {
    one.get().abs_diff(other.get()) < 64 << 10
}

/// Tells whether a pod is of another class than the cgroup path of somebody says.
fn is_other_class(model: &LimitModel, scope: &Scope, known: &Workload) -> bool {
    let written = model.pod_of(scope).and_then(|(_, _, pod)| pod.qos);
    let class = known.qos.as_deref().and_then(|class| match class {
        "besteffort" => Some(Qos::BestEffort),
        "burstable" => Some(Qos::Burstable),
        "guaranteed" => Some(Qos::Guaranteed),
        _ => None,
    });
    written.zip(class).is_some_and(|(written, class)| written != class)
}

/// Tells whether a unit is the one of a file, or is made of that template.
fn is_unit(own: &str, file: &str) -> bool {
    let template = |name: &str| {
        let (head, rest) = name.split_once('@')?;
        Some(format!("{head}@.{}", rest.rsplit_once('.')?.1))
    };
    own == file || template(own).as_deref() == Some(file)
}

fn by_cgroup(scope: &Scope, who: &Who) -> Option<Matched> {
    scope.live.as_ref()?;
    let path = who.cgroup.as_deref()?.trim_matches('/');
    (!path.is_empty() && scope.path.trim_matches('/') == path).then_some(Matched::Cgroup)
}

/// Compares what whoever runs the workload calls it.
fn by_workload(model: &LimitModel, scope: &Scope, who: &Who) -> Option<Matched> {
    Some(match model.namesake(scope, who.workload.as_ref()?)? {
        Namesake::Workload => Matched::Workload,
        Namesake::Pod => Matched::Pod,
        Namesake::Image => Matched::Image,
    })
}

/// Compares the name of the process, which nobody but the program chose.
fn by_process(model: &LimitModel, scope: &Scope, who: &Who) -> Option<Matched> {
    let comm = who.comm.as_ref()?;
    let program = scope.program.as_ref();
    let words = program.iter().flat_map(|program| &program.words).map(|word| word.value.as_str());
    let whole = who.program.as_deref();
    let runs = words.flat_map(str::split_whitespace).any(|word| is_called(word, comm) || Some(word) == whole);
    if runs {
        return Some(Matched::Program);
    }
    let image = program.and_then(|program| program.image_name());
    if image.is_some_and(|image| is_called(image, comm)) {
        return Some(Matched::Image);
    }
    let name = plain(&comm.to_string());
    let own =
        [Some(scope.name.as_str()), model.ancestors(scope).last().map(|(_, top)| top.name.as_str()), image];
    let own: Vec<String> = own.into_iter().flatten().map(plain).collect();
    if own.contains(&name) {
        return Some(Matched::Name);
    }
    own.iter().any(|own| is_like(own, &name)).then_some(Matched::Likeness)
}

/// Tells whether the kernel would call a program by this name: the end of its path, cut.
fn is_called(word: &str, comm: &Comm) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word).as_bytes();
    let name = name.get(..name.len().min(Comm::LONGEST)).unwrap_or(name);
    !name.is_empty() && name == comm.as_bytes()
}

/// Takes from a name what is a matter of taste.
fn plain(name: &str) -> String {
    name.strip_suffix(".service").unwrap_or(name).to_ascii_lowercase().replace(['_', '.', ' '], "-")
}

/// Tells whether one name holds the other as whole parts, as `billing-worker` holds `worker`.
fn is_like(own: &str, name: &str) -> bool {
    let holds = |long: &str, short: &str| {
        let (long, short) = (format!("-{long}-"), format!("-{short}-"));
        6 <= short.len() && long.contains(&short)
    };
    holds(own, name) || holds(name, own)
}

/// Compares what the adjustment of the score says with what the manifest asks for.
fn by_class(model: &LimitModel, scope: &Scope, who: &Who) -> Option<Matched> {
    let (_, _, pod) = model.pod_of(scope)?;
    (who.is_best_effort() && pod.qos == Some(Qos::BestEffort)).then_some(Matched::Class)
}

#[cfg(test)]
mod tests {
    use oomkit_audit::{Auditor, policy::Policy, sources::Alone};
    use oomkit_core::{ident::OomScoreAdj, workload::Workload};

    use super::*;

    const CLUSTER: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: dac-test, namespace: iota}
spec: {template: {spec: {containers: [{name: main, image: registry.example/dac-test:1}]}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: zookeeper, namespace: iota}
spec:
  template:
    spec:
      containers: [{name: zookeeper, image: zookeeper:3.9, resources: {limits: {memory: 2Gi}}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: billing, namespace: shop}
spec:
  template:
    spec:
      containers:
        - {name: app, image: registry.example/billing:1, command: [/opt/billing/bin/billing-server-main], resources: {limits: {memory: 1Gi}}}
";

    fn report(name: &str, text: &str) -> Report {
        let mut auditor = Auditor::new(Policy::default());
        auditor.add(name, text.as_bytes(), &Alone);
        auditor.finish()
    }

    fn comm(name: &str) -> Who {
        Who { comm: Some(Comm::new(name.as_bytes())), ..Who::default() }
    }

    fn known(workload: Workload) -> Who {
        Who { workload: Some(workload), ..comm("java") }
    }

    #[test]
    fn a_workload_is_found_by_the_surest_of_its_names() {
        let text = |text: &str| Some(text.to_owned());
        let adjusted = Who { adj: OomScoreAdj::new(1000), ..comm("test_server") };
        let cluster = report("all.yaml", CLUSTER);
        let owned = |owner: &str, container: Option<&str>| {
            known(Workload {
                owner: text(owner),
                container: container.map(Into::into),
                ..Workload::default()
            })
        };
        let pod = |pod: &str| known(Workload { pod: text(pod), ..Workload::default() });
        for (who, expected) in [
            (owned("StatefulSet/zookeeper", None), Some(("zookeeper", Matched::Workload, 0))),
            (owned("Deployment/dac-test", Some("main")), Some(("main", Matched::Workload, 0))),
            (owned("Deployment/dac-test", Some("other")), None),
            (pod("dac-test-6b8f9d5c4-x7k2p"), Some(("main", Matched::Pod, 0))),
            (pod("zookeeper-0"), Some(("zookeeper", Matched::Pod, 0))),
            (pod("dac-test-of-old"), None),
            (comm("billing-server-"), Some(("app", Matched::Program, 0))),
            (comm("zookeeper"), Some(("zookeeper", Matched::Image, 0))),
            (comm("dac_test"), Some(("main", Matched::Name, 0))),
            (adjusted, Some(("main", Matched::Class, 0))),
            (comm("postgres"), None),
        ] {
            let found = Found::of(&cluster, &who);
            let found = found.map(|found| (found.scope.name.as_str(), found.by, found.others));
            assert_eq!(found, expected, "{who:?}");
        }
    }

    #[test]
    fn units_and_services_are_found_by_their_names() {
        let unit = report("web.service", "[Service]\nExecStart=/usr/bin/web --port 80\n");
        let compose = report("compose.yaml", "services:\n  web: {image: nginx}\n  worker: {image: nginx}\n");
        let of_unit = known(Workload { unit: Some("web.service".into()), ..Workload::default() });
        let of_service = known(Workload { service: Some("worker".into()), ..Workload::default() });
        assert_eq!(Found::of(&unit, &of_unit).map(|found| found.by), Some(Matched::Workload));
        assert_eq!(Found::of(&unit, &comm("web")).map(|found| found.by), Some(Matched::Program));
        let found = Found::of(&compose, &of_service).unwrap();
        assert_eq!((found.scope.name.as_str(), found.others), ("worker", 0));
        let several = Found::of(&compose, &comm("nginx")).unwrap();
        assert_eq!((several.others, several.confidence()), (1, Confidence::Low));
    }
}
