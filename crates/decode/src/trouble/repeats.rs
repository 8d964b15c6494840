//! Lines that stand in the inputs twice: a log that is kept in two files, or a file that is named twice.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use bstr::BString;
use oomkit_core::{place::InputId, units::SinceBoot};

use super::Moment;

/// Lines that are remembered.
const REMEMBERED: usize = 8192;

/// The prints of the last lines, each with the input that it stands in.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    prints: BTreeMap<u64, InputId>,
    order: VecDeque<u64>,
}

impl Repeats {
    /// Tells whether a line was seen before, and remembers it.
    pub(super) fn seen(&mut self, host: Option<&BString>, moment: &Moment, text: &[u8]) -> bool {
        // The first lines of every boot have no time yet.
        let since_boot = moment.since_boot.map(SinceBoot::micros).filter(|micros| 0 < *micros);
        if since_boot.is_none() && moment.wall.is_none() {
            return false;
        }
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        match since_boot {
            Some(micros) => micros.hash(&mut hasher),
            None => (host, moment.wall.map(|(at, _)| at.instant())).hash(&mut hasher),
        }
        let print = hasher.finish();
        match self.prints.get(&print) {
            // People's clock ticks in seconds, and a second has room for equal lines.
            Some(input) => since_boot.is_some() || *input != moment.input,
            None => {
                self.prints.insert(print, moment.input);
                self.order.push_back(print);
                if REMEMBERED < self.order.len()
                    && let Some(oldest) = self.order.pop_front()
                {
                    self.prints.remove(&oldest);
                }
                false
            }
        }
    }
}
