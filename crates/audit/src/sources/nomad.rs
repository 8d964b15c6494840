//! Jobs of Nomad, in HCL and in JSON.
//!
//! A job has groups, a group has tasks, and each task lies in a cgroup of its own; sizes count MiB.
//! Source: the Nomad job specification; `nomad/structs/structs.go` (`Resources`, `MinResources`) and
//! `drivers/docker/driver.go` (`memoryLimits`) of Nomad.

mod body;
mod hcl;
mod json;
mod task;

use super::{Input, Source};
use crate::{
    dialect::Dialect,
    model::{LimitModel, Namespace, ProblemKind, Replicas, Scope, ScopeKind, Workload},
    yaml::Document,
};
use body::{Block, Body};

pub(super) const SOURCE: Source = Source {
    words: &["job", "TaskGroups"],
    extensions: &["nomad", "hcl", "json"],
    yaml: true,
    claims: |input| is_hcl(input.text) || input.documents().filter_map(Document::root).any(json::is_job),
    read,
    settle: |_| {},
};

/// Tells whether a text is a job in HCL, by the line that such a file cannot do without.
pub(super) fn is_hcl(text: &str) -> bool {
    // Most files are of another kind, and are not looked at line by line.
    memchr::memmem::find_iter(text.as_bytes(), "job").any(|at| {
        let (before, from) = text.split_at(at);
        let line = from.lines().next().unwrap_or_default();
        let label = line.strip_prefix("job").map_or("", str::trim_start);
        let is_first = before.rsplit('\n').next().is_none_or(|before| before.trim().is_empty());
        is_first && label.starts_with('"') && label.trim_end().ends_with('{')
    })
}

fn read(input: &Input<'_>, model: &mut LimitModel) {
    if !is_hcl(input.text) {
        let roots = input.documents().filter_map(Document::root);
        roots.flat_map(json::jobs).for_each(|job| read_job(input, &job, model));
        return;
    }
    match hcl::read(input.text) {
        Ok(read) => {
            for (at, made) in read.dynamic {
                let what = format!("the blocks {made:?} are made when the job is run, and were not read");
                model.complain(input.place(at), ProblemKind::Unresolved, what);
            }
            read.jobs.iter().for_each(|job| read_job(input, job, model));
        }
        Err((at, what)) => {
            model.complain(input.place(at), ProblemKind::Broken, format!("the job cannot be read: {what}"));
        }
    }
}

fn read_job(input: &Input<'_>, job: &Block, model: &mut LimitModel) {
    let path = format!("Job/{}", job.label);
    let mut scope = Scope::new(ScopeKind::Job, Dialect::Nomad, path.clone(), input.place(job.at));
    scope.name.clone_from(&job.label);
    let id = model.push(scope);
    for group in job.body.blocks("group") {
        let place = input.place(group.at);
        let path = format!("{path}/{}", group.label);
        let mut scope = Scope::new(ScopeKind::Group, Dialect::Nomad, path.clone(), place).below(id);
        scope.name.clone_from(&group.label);
        scope.workload = Some(Box::new(workload(input, &job.body, &group.body)));
        let id = model.push(scope);
        for task in group.body.blocks("task") {
            model.push(task::read(input, task, &path).below(id));
        }
    }
    // A task without a group gets one of its own name.
    for task in job.body.blocks("task") {
        let mut scope = task::read(input, task, &path).below(id);
        scope.workload = Some(Box::new(workload(input, &job.body, &Body::default())));
        model.push(scope);
    }
}

fn workload(input: &Input<'_>, job: &Body, group: &Body) -> Workload {
    let kind = job.text("type").unwrap_or("service");
    let count = group.field("count").map(|count| count.integer().and_then(|count| u32::try_from(count).ok()));
    let replicas = match (kind, count) {
        ("system" | "sysbatch", _) => Replicas::PerNode,
        (_, Some(Some(count))) => Replicas::Count(count),
        (_, Some(None)) => Replicas::Unsaid,
        (_, None) => Replicas::Count(1),
    };
    let namespace = job.text("namespace");
    Workload {
        kind: "job".into(),
        namespace: namespace.map_or(Namespace::OfFile(input.file), |name| Namespace::Named(name.into())),
        replicas,
        ends: matches!(kind, "batch" | "sysbatch"),
        labels: Vec::new(),
    }
}
