//! What makes a scope a unit: how it starts, what it delegates, what happens when one of it is killed.

use super::{ScopeId, Setting};

/// What a unit says of itself beside its memory.
#[derive(Clone, Debug, Default)]
pub struct Unit {
    /// The name in full, such as `web@1.service`.
    pub name: String,
    /// The slice that it lies in, named or not.
    pub slice: Option<String>,
    /// How it tells that it has started, such as `notify`.
    pub kind: Option<Setting<String>>,
    /// Whether programs other than the service manager make cgroups below it.
    pub delegates: Option<Setting<bool>>,
    /// Whether something looks after it from outside.
    pub watchdog: bool,
    /// What happens to the rest when one process of it is killed.
    pub oom_policy: Option<Setting<OomPolicy>>,
    /// Settings by which a killer of user space looks after it.
    pub managed: Vec<Setting<()>>,
    /// What is said to that killer about it.
    pub preference: Option<Setting<String>>,
}

/// What happens to the rest of a unit when one process of it is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OomPolicy {
    /// Nothing; it goes on.
    Continue,
    /// It is stopped.
    Stop,
    /// All of it is killed together.
    Kill,
}

impl Unit {
    /// Makes all places below it places of a scope.
    pub(super) fn adopt(&mut self, id: ScopeId) {
        [&mut self.kind, &mut self.preference].into_iter().flatten().for_each(|text| text.adopt(id));
        self.managed.iter_mut().for_each(|setting| setting.adopt(id));
        if let Some(delegates) = &mut self.delegates {
            delegates.adopt(id);
        }
        if let Some(policy) = &mut self.oom_policy {
            policy.adopt(id);
        }
    }
}
