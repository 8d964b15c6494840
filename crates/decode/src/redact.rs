//! Redaction: events without what should not leave the house, before anything is shown of them.
//!
//! Hosts, users, paths, addresses and ids get pseudonyms, the same name the same one over the whole
//! output.  Names of processes stay, since an OOM cannot be told without them, and so do the kernel's
//! own words: symbols, releases, hardware.  What is known to be a name is replaced wherever it stands;
//! beyond that, the shape of a word decides, or the word before it.

use std::collections::BTreeMap;

use oomkit_core::{
    account::Account,
    finding::Finding,
    ident::{self, Uid},
    place::Evidence,
    workload::Workload,
};

use crate::report::{Constraint, Context, Event, Input, Killer, Subject};

mod ids;
mod known;
mod names;
mod path;
mod text;

use known::Known;
use names::{Kind, Names};
use text::Source;

/// How many names are looked for in what follows the event that told them.
const REMEMBERED: usize = 1 << 12;
/// Shorter first parts of a host's name are not taken for it.
const SHORT_HOST: usize = 3;

/// Replaces names by pseudonyms, consistently over all that it is given.
#[derive(Debug, Default)]
pub struct Redactor {
    names: Names,
    /// What was told to be a name so far, since lines of other events may hold it too.
    remembered: BTreeMap<String, String>,
}

impl Redactor {
    /// Starts without any pseudonym.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the name of an input without what it gives away.
    pub fn input_name(&mut self, name: &str) -> String {
        // A member of an archive, or a journal, stands behind a colon.
        name.split(':').map(|part| path::path(part, &mut self.names)).collect::<Vec<_>>().join(":")
    }

    /// Returns inputs without what they give away.
    pub fn inputs(&mut self, inputs: Vec<Input>) -> Vec<Input> {
        let mut known = self.remembered();
        inputs.iter().for_each(|input| known.add(&input.name, self.input_name(&input.name)));
        let mut input = |input: Input| {
            let error = input.error.as_ref().map(|error| self.text(error, Source::Log, &known));
            Input { name: self.input_name(&input.name), error, ..input }
        };
        inputs.into_iter().map(&mut input).collect()
    }

    /// Returns other trouble without what it gives away.
    pub fn contexts(&mut self, contexts: Vec<Context>) -> Vec<Context> {
        let mut known = self.remembered();
        for host in contexts.iter().filter_map(|context| context.host.as_deref()) {
            known.add(host, self.names.of(Kind::Host, host));
        }
        contexts.into_iter().map(|context| self.context(context, &known)).collect()
    }

    /// What a line is about may be a process, which keeps its name, or a device; a server and what runs
    /// as a service have names that tell where this was.
    fn context(&mut self, mut context: Context, known: &Known) -> Context {
        if let Some(subject) = &mut context.subject {
            *subject = match context.kind.subject() {
                Subject::Server => self.names.of(Kind::Host, subject),
                Subject::Service => path::step(subject, &mut self.names),
                Subject::Other => self.text(subject, Source::Log, known),
            };
        }
        if let Some(detail) = &mut context.detail {
            *detail = self.text(detail, Source::Log, known);
        }
        context.message = self.text(&context.message, Source::Log, known);
        if let Some(host) = &mut context.host {
            *host = self.names.of(Kind::Host, host);
        }
        context
    }

    /// Returns an event without what it gives away.
    pub fn event(&mut self, mut event: Event) -> Event {
        let known = self.known(&event);
        self.places(&mut event);
        self.people(&mut event);
        self.texts(&mut event, &known);
        let trouble = std::mem::take(&mut event.trouble_before);
        event.trouble_before = trouble.into_iter().map(|context| self.context(context, &known)).collect();
        event
    }

    /// Gathers what is known to be a name, before anything is replaced.
    fn known(&mut self, event: &Event) -> Known {
        let mut known: Vec<(String, String)> = Vec::new();
        if let Some(host) = &event.host {
            let redacted = self.names.of(Kind::Host, host);
            let first =
                host.split('.').next().filter(|first| SHORT_HOST <= first.len() && *first != host.as_str());
            if let Some(first) = first {
                self.names.also(Kind::Host, first, &redacted);
                known.push((first.to_owned(), redacted.clone()));
            }
            known.push((host.clone(), redacted));
        }
        if let Some(workload) = &event.workload {
            self.known_of(workload, &mut known);
        }
        for own in paths(event) {
            known.push((own.clone(), path::path(own, &mut self.names)));
        }
        if let Some(killer) = &event.killer
            && let Some(target) = &killer.target
        {
            known.push((target.clone(), self.target(killer, target)));
        }
        for cache in &event.slab {
            if let Some((_, owner)) = owner(&cache.name) {
                known.push((owner.to_owned(), path::step(owner, &mut self.names)));
            }
        }
        for (name, redacted) in &known {
            if self.remembered.len() < REMEMBERED {
                self.remembered.entry(name.clone()).or_insert_with(|| redacted.clone());
            }
        }
        let comms = event.tasks.iter().map(|task| &task.comm);
        let comms = comms.chain(event.victims.iter().map(|victim| &victim.comm));
        let comms = comms.chain(event.trigger.iter().filter_map(|trigger| trigger.comm.as_ref()));
        let spared = comms.map(|comm| ident::text(comm.as_bytes()).into_owned()).collect();
        let mut all = self.remembered();
        known.iter().for_each(|(name, redacted)| all.add(name, redacted.clone()));
        all.spare(spared);
        all
    }

    fn remembered(&self) -> Known {
        let mut known = Known::default();
        self.remembered.iter().for_each(|(name, redacted)| known.add(name, redacted.clone()));
        known
    }

    fn known_of(&mut self, workload: &Workload, known: &mut Vec<(String, String)>) {
        let mut named = workload.clone();
        for (own, redacted) in of_workload(&mut named, &mut self.names) {
            if own.chars().all(|c| c.is_ascii_hexdigit() || c == '-') {
                known.push((own.replace('-', "_"), redacted.clone()));
                // Tools and rules shorten the ids of containers.
                known.extend(own.get(..12).map(|short| (short.to_owned(), redacted.clone())));
            }
            known.push((own, redacted));
        }
    }

    /// A target is a cgroup, a pod, or a process, which keeps its name.
    fn target(&mut self, killer: &Killer, target: &str) -> String {
        match killer.name.as_str() {
            "kubelet" => self.names.of(Kind::Pod, target),
            _ if target.contains('/') => path::path(target, &mut self.names),
            _ => target.to_owned(),
        }
    }

    /// Replaces the names that stand in fields of their own.
    fn places(&mut self, event: &mut Event) {
        let names = &mut self.names;
        let mut replace = |own: &mut Option<String>| {
            if let Some(own) = own {
                *own = path::path(own, names);
            }
        };
        if let Some(Constraint { cpuset, oom_memcg, task_memcg, .. }) = &mut event.constraint {
            [cpuset, oom_memcg, task_memcg].into_iter().for_each(&mut replace);
        }
        replace(&mut event.oom_group);
        if let Some(memcg) = &mut event.memcg {
            replace(&mut memcg.path);
            memcg.children.iter_mut().for_each(|child| child.path = path::path(&child.path, names));
        }
        if let Some(host) = &mut event.host {
            *host = names.of(Kind::Host, host);
        }
        if let Some(workload) = &mut event.workload {
            of_workload(workload, names);
        }
        for cache in &mut event.slab {
            if let Some((before, owner)) = owner(&cache.name) {
                cache.name = format!("{before}{})", path::step(owner, names));
            }
        }
        if let Some(account) = event.account.take() {
            event.account = Some(of_account(&account, names));
        }
    }

    /// Replaces the ids of users.
    fn people(&mut self, event: &mut Event) {
        let names = &mut self.names;
        let uids = event.victims.iter_mut().map(|victim| &mut victim.uid);
        let uids = uids.chain(event.tasks.iter_mut().map(|task| &mut task.uid));
        let uids = uids.chain(event.trigger.iter_mut().map(|trigger| &mut trigger.uid));
        let uids = uids.chain(event.selected.iter_mut().map(|selected| &mut selected.uid));
        for uid in uids.flatten() {
            *uid = Uid::new(names.of_uid(uid.get()));
        }
        if let Some(user) = event.workload.as_mut().and_then(|workload| workload.user.as_mut()) {
            *user = u32::try_from(names.of_uid(i64::from(*user))).unwrap_or(u32::MAX);
        }
    }

    /// Replaces what stands in sentences: the log's, then ours.
    fn texts(&mut self, event: &mut Event, known: &Known) {
        let Event {
            evidence,
            unread,
            crash_kernel,
            findings,
            notes,
            lines,
            panic,
            killer,
            choice,
            culprit,
            ..
        } = event;
        let proofs = findings.iter_mut().flat_map(|Finding { evidence, .. }| evidence);
        for Evidence { text, .. } in proofs.chain(evidence).chain(unread).chain(crash_kernel) {
            *text = self.text(text, Source::Log, known);
        }
        lines.rewrite(|line| self.text(&ident::text(line), Source::Log, known).into_bytes());
        if let Some(text) = panic {
            *text = self.text(text, Source::Log, known);
        }
        if let Some(killer) = killer {
            if let Some(target) = &killer.target {
                killer.target = Some(self.target(killer, target));
            }
            if let Some(reason) = &mut killer.reason {
                *reason = self.text(reason, Source::Log, known);
            }
        }
        let messages = findings.iter_mut().map(|finding| &mut finding.message);
        let reasons = choice.iter_mut().flat_map(|choice| &mut choice.reasons);
        let culprit = culprit.iter_mut().map(|culprit| &mut culprit.name);
        for text in messages.chain(notes).chain(reasons).chain(culprit) {
            *text = self.text(text, Source::Ours, known);
        }
        for remedy in findings.iter_mut().filter_map(|finding| finding.remedy.as_mut()) {
            *remedy = self.text(remedy, Source::Ours, known);
        }
    }

    /// Replaces what is known to be a name, and then what looks like one.
    fn text(&mut self, text: &str, source: Source, known: &Known) -> String {
        let text = task_row(text, &mut self.names);
        let mut out = String::new();
        let mut rest = 0;
        let look = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
        for (place, pseudonym) in known.whole_words(&text, source) {
            out += &text::redacted(look(rest, place.start), source, known, &mut self.names);
            out += pseudonym;
            rest = place.end;
        }
        out + &text::redacted(look(rest, text.len()), source, known, &mut self.names)
    }
}

/// Returns the paths that an event has in fields of their own.
fn paths(event: &Event) -> impl Iterator<Item = &String> {
    let constraint = event.constraint.iter();
    let constraint = constraint.flat_map(|own| [&own.cpuset, &own.oom_memcg, &own.task_memcg]).flatten();
    let memcg = event.memcg.iter();
    let memcg = memcg.flat_map(|own| own.path.iter().chain(own.children.iter().map(|child| &child.path)));
    constraint.chain(memcg).chain(&event.oom_group)
}

/// Replaces the names of a workload, and returns them with their pseudonyms.
fn of_workload(workload: &mut Workload, names: &mut Names) -> Vec<(String, String)> {
    // A field that is new has to be judged here before this compiles again.
    let Workload {
        runtime: _,
        engine: _,
        qos: _,
        pod_uid,
        instance,
        container_id,
        unit,
        name,
        user: _,
        monitor: _,
        misplaced: _,
        pod,
        namespace,
        owner,
        container,
        image,
        project,
        service,
        declared_limit_bytes: _,
        declared_request_bytes: _,
        sandbox: _,
        named_by,
    } = workload;
    let mut replaced = Vec::new();
    let mut replace = |own: &mut Option<String>, of: &mut dyn FnMut(&str) -> String| {
        if let Some(own) = own {
            let redacted = of(own);
            replaced.push((std::mem::replace(own, redacted.clone()), redacted));
        }
    };
    for (id, kind) in [(pod_uid, Kind::Pod), (container_id, Kind::Container), (instance, Kind::Id)] {
        replace(id, &mut |id| names.of_id(kind, id));
    }
    for (own, kind) in [
        (pod, Kind::Pod),
        (namespace, Kind::Namespace),
        (container, Kind::Container),
        (image, Kind::Image),
        (project, Kind::Service),
        (service, Kind::Service),
    ] {
        replace(own, &mut |own| names.of(kind, own));
    }
    // What kind of thing made a pod is no secret: `Deployment/web`.
    replace(owner, &mut |own| match own.split_once('/') {
        Some((kind, own)) => format!("{kind}/{}", names.of(Kind::Owner, own)),
        None => names.of(Kind::Owner, own),
    });
    replace(unit, &mut |own| path::step(own, names));
    replace(name, &mut |own| path::step(own, names));
    replace(named_by, &mut |own| path::path(own, names));
    replaced
}

/// Returns the cgroup that owns a kernel cache, and what stands before it: `dentry(12:` and `a.scope`.
fn owner(cache: &str) -> Option<(&str, &str)> {
    let inside = cache.strip_suffix(')')?;
    let (before, owner) = inside.split_at_checked(inside.find(':')? + 1)?;
    before.contains('(').then_some((before, owner))
}

fn of_account(account: &Account, names: &mut Names) -> Account {
    let of = match account.of().split_once(' ') {
        Some(("cgroup", own)) => format!("cgroup {}", path::path(own, names)),
        _ => account.of().to_owned(),
    };
    Account::balance(of, account.whole(), account.parts().to_vec())
}

/// Replaces the user's id in a row of the task table, where it is the first figure after the brackets.
fn task_row(line: &str, names: &mut Names) -> String {
    let row = line.trim_start().strip_prefix('[').and_then(|row| row.split_once(']'));
    let Some((_, after)) = row.filter(|(pid, _)| pid.trim().parse::<u64>().is_ok()) else {
        return line.to_owned();
    };
    let figure = after.trim_start();
    let length = figure.find(|c: char| !c.is_ascii_digit()).unwrap_or(figure.len());
    let (Some((uid, rest)), Some(before)) =
        (figure.split_at_checked(length), line.get(..line.len() - figure.len()))
    else {
        return line.to_owned();
    };
    let Ok(uid) = uid.parse() else { return line.to_owned() };
    format!("{before}{}{rest}", names.of_uid(uid))
}
