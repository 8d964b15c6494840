//! One cgroup as a scope: each of its settings with the file that has it.

use std::path::PathBuf;

use oomkit_core::{ident::visible, limit::Limit, reading::Reading, units::Bytes, workload::Workload};
use oomkit_host::kernel::{
    cgroup_limits::{Knob, Version},
    cgroup_tree::{Cgroup, Forest},
};

use crate::{
    dialect::Dialect,
    model::{
        Granted, Kinds, LimitModel, Live, LiveFiles, Memory, Oom, Origin, Place, Program, Scope, ScopeKind,
        Setting, Swap,
    },
    quantity::Amount,
};

/// What was found out about a cgroup beside its own files.
pub(super) struct Seen {
    pub(super) is_counted: bool,
    pub(super) processes: Option<u64>,
    pub(super) granted: Granted,
    pub(super) workload: Option<Workload>,
}

/// Makes a scope of a cgroup.
pub(super) fn scope(forest: &Forest, cgroup: &Cgroup, seen: Seen, model: &mut LimitModel) -> Scope {
    let version = forest.hierarchy.version;
    let mut files = Files { folder: folder(forest, cgroup), version, model };
    let limits = &cgroup.limits;
    let limit = files.limit(Knob::Max, &limits.max);
    let place = files.place(Knob::Max, &limits.max.as_ref().map(|limit| raw(*limit, version)));
    let memory = Memory {
        limit,
        request: files.limit(Knob::Soft, &limits.soft).filter(applies),
        high: files.limit(Knob::High, &limits.high).filter(applies),
        low: files.limit(Knob::Low, &limits.low).filter(applies),
        min: files.limit(Knob::Min, &limits.min).filter(applies),
        swap: files.swap(cgroup),
        ..Memory::default()
    };
    let oom = Oom {
        group: files.flag(Knob::KillsGroup, &limits.kills_group),
        kill_disable: files.flag(Knob::KillsNobody, &limits.kills_nobody),
        ..Oom::default()
    };
    let live = live(cgroup, version, seen, &mut files);
    let path = visible(&cgroup.path).into_owned();
    let mut scope = Scope::new(ScopeKind::Cgroup, Dialect::Live, path, place);
    if let Some(workload) = &live.workload {
        scope.name = name(workload, &scope.name);
        scope.program = program(workload, place);
    }
    scope.memory = memory.into();
    scope.oom = oom.into();
    if !forest.is_whole {
        scope.lies_in = Some(outside(place));
    }
    scope.live = Some(Box::new(live));
    scope
}

fn live(cgroup: &Cgroup, version: Version, seen: Seen, files: &mut Files<'_>) -> Live {
    let usage = &cgroup.usage;
    let figure = |size: &Reading<Bytes>| size.as_ref().map(|size| size.get().to_string());
    let kills = cgroup.events.own.kills.as_ref();
    let pressure = cgroup.pressure.as_ref().known().and_then(|pressure| pressure.full);
    Live {
        version,
        is_counted: seen.is_counted,
        is_controlled: cgroup.limits.max != Reading::Absent,
        binds_children: cgroup.limits.is_hierarchical != Reading::Known(false),
        files: LiveFiles {
            usage: files.place(Knob::Usage, &figure(&usage.memory)),
            peak: files.place(Knob::Peak, &figure(&usage.memory_peak)),
            events: files.place(Knob::Events, &kills.map(|kills| format!("oom_kill {kills}"))),
            pressure: files.place(
                Knob::Pressure,
                &pressure.map_or(Reading::Absent, |full| {
                    Reading::Known(format!(
                        "full avg10={:.2} avg60={:.2} avg300={:.2}",
                        full.percent_of_10, full.percent_of_60, full.percent_of_300
                    ))
                }),
            ),
        },
        workload: seen.workload,
        usage: usage.clone(),
        kinds: cgroup.stat.as_ref().known().map(Kinds::of).unwrap_or_default(),
        events: cgroup.events.clone(),
        pressure: cgroup.pressure.clone(),
        granted: seen.granted,
        killer: None,
        processes: seen.processes,
    }
}

/// Returns the name by which people know what runs there.
fn name(workload: &Workload, last: &str) -> String {
    let names = [&workload.container, &workload.service, &workload.name];
    names.into_iter().flatten().next().cloned().unwrap_or_else(|| last.to_owned())
}

fn program(workload: &Workload, place: Place) -> Option<Box<Program>> {
    let image = workload.image.clone()?;
    let setting =
        Setting { spelled: image.clone(), value: image, key: "image".into(), place, origin: Origin::Derived };
    Some(Box::new(Program { image: Some(setting), ..Program::default() }))
}

/// Says that what lies above is not seen, as from within a container.
fn outside(place: Place) -> Setting<String> {
    let value = "what is around this container".to_owned();
    Setting { spelled: value.clone(), value, key: "cgroup".into(), place, origin: Origin::Derived }
}

fn applies(setting: &Setting<Amount>) -> bool {
    !matches!(setting.value, Amount::Unlimited | Amount::Size(Bytes::ZERO))
}

/// Returns a limit as its file has it.
fn raw(limit: Limit, version: Version) -> String {
    match (limit, version) {
        (Limit::At(size), _) => size.get().to_string(),
        (Limit::Max, Version::V2) => "max".to_owned(),
        (Limit::Max, Version::V1) => "9223372036854771712".to_owned(),
    }
}

fn folder(forest: &Forest, cgroup: &Cgroup) -> String {
    let mut folder = visible(&forest.hierarchy.mount).into_owned();
    if cgroup.path != b"/" {
        folder += &visible(&cgroup.path);
    }
    folder
}

/// The files of one cgroup.
struct Files<'a> {
    folder: String,
    version: Version,
    model: &'a mut LimitModel,
}

impl Files<'_> {
    /// Returns the place of a figure.
    fn place(&mut self, knob: Knob, text: &Reading<String>) -> Place {
        let Some(file) = knob.file(self.version) else { return Place::default() };
        let path = PathBuf::from(&self.folder).join(file);
        let text = text.as_ref().known().map_or("", |text| text.as_str());
        self.model.add_host_file(&path.to_string_lossy(), text)
    }

    fn limit(&mut self, knob: Knob, reading: &Reading<Limit>) -> Option<Setting<Amount>> {
        let key = knob.file(self.version)?;
        let (value, spelled) = match reading {
            Reading::Known(Limit::Max) => (Amount::Unlimited, Limit::Max.to_string()),
            Reading::Known(limit @ Limit::At(size)) => (Amount::Size(*size), limit.to_string()),
            Reading::Absent => return None,
            unknown => (Amount::Unknown(unknown.to_string().into()), String::new()),
        };
        let version = self.version;
        let place = self.place(knob, &reading.as_ref().map(|limit| raw(*limit, version)));
        Some(Setting { value, key: key.into(), spelled, place, origin: Origin::Written })
    }

    fn swap(&mut self, cgroup: &Cgroup) -> Option<Setting<Swap>> {
        let limits = &cgroup.limits;
        let (reading, of): (_, fn(Amount) -> Swap) = match self.version {
            Version::V1 => (&limits.memory_and_swap, Swap::Total),
            Version::V2 => (&limits.swap, Swap::Alone),
        };
        let setting = self.limit(Knob::Swap, reading)?;
        let value = of(setting.value.clone());
        Some(setting.with(value))
    }

    fn flag(&mut self, knob: Knob, reading: &Reading<bool>) -> Option<Setting<bool>> {
        let key = knob.file(self.version)?;
        let value = *reading.as_ref().known()?;
        let text = u8::from(value).to_string();
        let place = self.place(knob, &Reading::Known(text.clone()));
        Some(Setting { value, key: key.into(), spelled: text, place, origin: Origin::Written })
    }
}
