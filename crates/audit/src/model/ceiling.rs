//! The ceiling of a scope: the limit in force, its own or one above it.

use oomkit_core::units::Bytes;

use super::{LimitModel, Scope, Setting};
use crate::quantity::Amount;

/// The limit that binds a scope.
#[derive(Clone, Copy, Debug)]
pub struct Ceiling<'a> {
    /// Its size; `None` where it is a share of a machine that is not known.
    pub size: Option<Bytes>,
    /// The setting that gives it.
    pub setting: &'a Setting<Amount>,
    /// The scope that the setting belongs to.
    pub owner: &'a Scope,
}

impl LimitModel {
    /// Returns the limit in force: the smallest of its own and those above, the nearest of equal ones.
    #[must_use]
    pub fn ceiling<'a>(&'a self, scope: &'a Scope) -> Option<Ceiling<'a>> {
        let binds = |above: &&Scope| above.live.as_ref().is_none_or(|live| live.binds_children);
        let above = self.ancestors(scope).map(|(_, above)| above).take_while(binds);
        let mut least: Option<Ceiling<'a>> = None;
        for owner in std::iter::once(scope).chain(above) {
            let Some(setting) = owner.memory.limit.as_ref().filter(|limit| limit.value.applies()) else {
                continue;
            };
            let size = self.size_of(setting);
            let smaller = match (&least, size) {
                (None, _) => true,
                (Some(Ceiling { size: Some(least), .. }), Some(size)) => size < *least,
                // A known size says more than an unknown one.
                (Some(Ceiling { size: None, .. }), size) => size.is_some(),
                (Some(_), None) => false,
            };
            if smaller {
                least = Some(Ceiling { size, setting, owner });
            }
        }
        least
    }

    /// Tells whether a limit at or above a scope could not be read, so that it may have one.
    #[must_use]
    pub fn may_be_limited(&self, scope: &Scope) -> bool {
        let is_unknown = |scope: &Scope| {
            scope.memory.limit.as_ref().is_some_and(|limit| matches!(limit.value, Amount::Unknown(_)))
        };
        is_unknown(scope) || self.ancestors(scope).any(|(_, above)| is_unknown(above))
    }

    /// Returns the size of a setting, a share of the machine's memory included where that is known.
    #[must_use]
    pub fn size_of(&self, setting: &Setting<Amount>) -> Option<Bytes> {
        match setting.value {
            Amount::Share(share) => self.share_of_memory(share),
            ref amount => amount.size(),
        }
    }

    /// Returns what a share of memory comes to, if the machine's memory is known.
    fn share_of_memory(&self, share: u16) -> Option<Bytes> {
        let whole = u128::from(self.policy.node.memory?.get());
        u64::try_from(whole * u128::from(share) / 10_000).ok().map(Bytes::new)
    }
}
