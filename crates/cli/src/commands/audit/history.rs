//! The history: a store of snapshots summed up as `oomkit recommend` does, and audited beside the limits.

use std::path::{Path, PathBuf};

use oomkit_audit::{Auditor, sources::Alone};

use super::{super::recommend, plan};
use crate::{failure::Failure, terminal::Terminal};

/// What a store knows of workloads.
#[derive(Debug, Default)]
pub(super) struct History(Option<Told>);

#[derive(Debug)]
struct Told {
    name: String,
    text: Vec<u8>,
    is_damaged: bool,
}

impl History {
    /// Reads a store, if one is given.
    pub(super) fn read(store: Option<&Path>, terminal: &Terminal) -> Result<Self, Failure> {
        let Some(path) = store else { return Ok(Self::default()) };
        let document = recommend::of_store(PathBuf::from(path), terminal)?;
        let name = format!("{} (as oomkit recommend tells it)", plan::shown(path));
        let text = serde_json::to_vec_pretty(&document).map_err(|error| Failure::output(&error.into()))?;
        let is_damaged = 0 < document.damaged;
        if is_damaged {
            let count = document.damaged;
            terminal.note(&format!("{count} snapshots of {} cannot be read", plan::shown(path)));
        }
        Ok(Self(Some(Told { name, text, is_damaged })))
    }

    /// Gives it to an auditor.
    pub(super) fn tell(&self, auditor: &mut Auditor) {
        if let Self(Some(told)) = self {
            auditor.add(&told.name, &told.text, &Alone);
        }
    }

    /// Tells whether a part of it could not be read.
    pub(super) fn is_damaged(&self) -> bool {
        self.0.as_ref().is_some_and(|told| told.is_damaged)
    }
}
