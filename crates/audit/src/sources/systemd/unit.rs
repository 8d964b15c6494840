//! A unit: what its assignments come to, one after the other, as the service manager takes them.

use oomkit_core::ident::OomScoreAdj;

use super::keys::{self, Wrong};
use crate::{
    model::{
        Assignment, EnvValue, FileId, Given, OomPolicy, Origin, Place, Program, Scope, Setting, Swap, Unit,
        Variable,
    },
    quantity::{
        Amount,
        systemd::{Zero, amount},
    },
    sources::command_line,
};

/// Takes the assignments of a unit one by one.
pub(in crate::sources) struct Taker<'s> {
    scope: &'s mut Scope,
    unit: Unit,
    program: Program,
    slice: Option<Setting<String>>,
    /// The limit by its name for cgroup v1, which counts where no name for v2 is used.
    legacy: Option<Setting<Amount>>,
    home: &'static str,
}

/// What a unit came to beside its scope.
pub(in crate::sources) struct Taken {
    /// What it says of itself.
    pub(in crate::sources) unit: Unit,
    /// The slice that it names.
    pub(in crate::sources) slice: Option<Setting<String>>,
}

impl<'s> Taker<'s> {
    /// Starts with a unit that nobody has said anything of.
    pub(in crate::sources) fn new(scope: &'s mut Scope, name: &str) -> Self {
        let home = if name.ends_with(".slice") { "Slice" } else { "Service" };
        let unit = Unit { name: name.into(), ..Unit::default() };
        Self { scope, unit, program: Program::default(), slice: None, legacy: None, home }
    }

    /// Takes the next assignment.
    pub(in crate::sources) fn take(&mut self, file: FileId, assignment: &Assignment) {
        match keys::wrong(&assignment.section, &assignment.key, self.home) {
            None if assignment.section == self.home => self.setting(file, assignment),
            None => {}
            Some(Wrong::Section) => {
                let reason =
                    format!("it belongs into [{}], and has no effect in [{}]", self.home, assignment.section);
                self.meant(file, assignment, &assignment.key);
                self.pass_over(file, assignment, reason);
            }
            Some(Wrong::Name(meant)) => {
                self.meant(file, assignment, meant);
                let reason = format!("there is no such key; {meant}= was probably meant");
                self.pass_over(file, assignment, reason);
            }
        }
    }

    fn setting(&mut self, file: FileId, one: &Assignment) {
        match one.key.as_str() {
            "MemoryMax" | "MemoryHigh" => self.size(file, one, Zero::OutOfRange),
            "MemoryMin" | "MemoryLow" | "MemorySwapMax" => self.size(file, one, Zero::Allowed),
            "MemoryLimit" => self.legacy(file, one),
            "OOMScoreAdjust" => self.adjustment(file, one),
            "OOMPolicy" => self.policy(file, one),
            "ManagedOOMSwap" | "ManagedOOMMemoryPressure" => {
                let key = format!("{}=", one.key);
                self.unit.managed.retain(|known| known.key != key);
                if one.value == "kill" {
                    self.unit.managed.push(located(file, one, ()));
                }
            }
            "ManagedOOMPreference" => self.unit.preference = text(file, one),
            "Slice" => self.slice = text(file, one),
            "Type" => self.unit.kind = text(file, one),
            "Restart" => {
                // Being killed for want of memory is a failure and nothing that one wished for.
                let is_anew = matches!(one.value.as_str(), "always" | "on-failure" | "on-abnormal");
                self.scope.oom.restart = Some(located(file, one, is_anew));
            }
            "Delegate" => {
                let delegates = !matches!(one.value.as_str(), "no" | "n" | "false" | "f" | "off" | "0");
                self.unit.delegates = Some(located(file, one, delegates));
            }
            "WatchdogSec" => self.unit.watchdog = !matches!(one.value.as_str(), "" | "0" | "infinity"),
            "ExecStart" => self.command(file, one),
            "Environment" => self.environment(file, one),
            _ => {}
        }
    }

    /// Keeps the limit that somebody meant to set.
    fn meant(&mut self, file: FileId, one: &Assignment, key: &str) {
        let limit = amount(&one.value, Zero::OutOfRange);
        if key == "MemoryMax" && limit.size().is_some() {
            self.scope.meant = Some(located(file, one, limit));
        }
    }

    fn legacy(&mut self, file: FileId, one: &Assignment) {
        match amount(&one.value, Zero::OutOfRange) {
            _ if one.value.is_empty() => self.legacy = None,
            Amount::Ignored(why) => self.pass_over(file, one, why),
            limit => self.legacy = Some(located(file, one, limit)),
        }
    }

    fn size(&mut self, file: FileId, one: &Assignment, zero: Zero) {
        let setting = (!one.value.is_empty()).then(|| located(file, one, amount(&one.value, zero)));
        if let Some(Setting { value: Amount::Ignored(why), .. }) = &setting {
            // What was in force before stays in force.
            return self.pass_over(file, one, why.clone());
        }
        let memory = &mut self.scope.memory;
        let slot = match one.key.as_str() {
            "MemoryHigh" => &mut memory.high,
            "MemoryMin" => &mut memory.min,
            "MemoryLow" => &mut memory.low,
            "MemorySwapMax" => {
                memory.swap = setting.map(|setting| {
                    let swap = Swap::Alone(setting.value.clone());
                    setting.with(swap)
                });
                return;
            }
            _ => &mut memory.limit,
        };
        *slot = setting;
    }

    fn adjustment(&mut self, file: FileId, one: &Assignment) {
        if one.value.is_empty() {
            self.scope.oom.adj = None;
            return;
        }
        match one.value.parse::<i32>().ok().map(i64::from).and_then(OomScoreAdj::new) {
            Some(adj) => self.scope.oom.adj = Some(located(file, one, Given::Known(adj))),
            None => self.pass_over(file, one, "an adjustment is a whole number from -1000 to 1000"),
        }
    }

    fn policy(&mut self, file: FileId, one: &Assignment) {
        let policy = match one.value.as_str() {
            "" => {
                self.unit.oom_policy = None;
                return;
            }
            "continue" => OomPolicy::Continue,
            "stop" => OomPolicy::Stop,
            "kill" => OomPolicy::Kill,
            _ => return self.pass_over(file, one, "it is one of continue, stop and kill"),
        };
        self.unit.oom_policy = Some(located(file, one, policy));
    }

    fn command(&mut self, file: FileId, one: &Assignment) {
        let place = Place { file, mark: one.at, scope: None };
        // An empty one resets the list; only services that end have more than one.
        let line = one.value.trim_start_matches(['-', '@', ':', '+', '!', '|']);
        let words = command_line::split(line).into_iter();
        let words = words.map(|word| Setting {
            value: word,
            key: "ExecStart=".into(),
            spelled: String::new(),
            place,
            origin: Origin::Written,
        });
        self.program.words = words.collect();
    }

    fn environment(&mut self, file: FileId, one: &Assignment) {
        if one.value.is_empty() {
            self.program.variables.clear();
        }
        let place = Place { file, mark: one.at, scope: None };
        for word in command_line::split(&one.value) {
            let Some((name, value)) = word.split_once('=') else { continue };
            let value = EnvValue::Literal(value.into());
            self.program.variables.push(Variable { name: name.into(), value, place });
        }
    }

    fn pass_over(&mut self, file: FileId, one: &Assignment, why: impl Into<crate::quantity::Reason>) {
        self.scope.passed_over.push(located(file, one, why.into()));
    }

    /// Ends the unit.
    pub(in crate::sources) fn end(self) -> Taken {
        let Self { scope, unit, program, slice, legacy, .. } = self;
        if let Some(legacy) = legacy {
            // Source: unit_has_unified_memory_config() of systemd, up to 257.
            let is_modern = scope.memory.amounts().any(|amount| amount.value.applies())
                || matches!(&scope.memory.swap, Some(swap) if swap.value != Swap::Alone(Amount::Unlimited));
            if is_modern {
                let why = "it is the name for cgroup v1, and counts only where no key for v2 is set";
                scope.passed_over.push(legacy.with(why.into()));
            } else {
                scope.memory.limit = Some(legacy);
            }
        }
        if let Some(policy) = &unit.oom_policy {
            scope.oom.group = Some(policy.with(policy.value == OomPolicy::Kill));
        }
        if scope.memory.limit.is_none() {
            // Where nothing else is in force, whoever asks for the limit has to learn why there is none.
            let last = scope.passed_over.iter().rev().find(|one| one.key == "MemoryMax=");
            scope.memory.limit = last.map(|one| one.with(Amount::Ignored(one.value.clone())));
        }
        scope.program = Some(Box::new(program));
        Taken { unit, slice }
    }
}

fn text(file: FileId, one: &Assignment) -> Option<Setting<String>> {
    (!one.value.is_empty()).then(|| located(file, one, one.value.clone()))
}

pub(in crate::sources) fn located<T>(file: FileId, one: &Assignment, value: T) -> Setting<T> {
    Setting {
        value,
        key: format!("{}=", one.key).into(),
        spelled: one.value.clone(),
        place: Place { file, mark: one.at, scope: None },
        origin: Origin::Written,
    }
}
