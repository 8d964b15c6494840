//! Moment: one instant on all clocks, and the boot that they count from.

use std::{borrow::Cow, fmt};

use jiff::{Timestamp, tz::Offset};
pub use oomkit_core::units::Duration;
use oomkit_core::units::{SinceBoot, WallTime};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use crate::name::Name;

/// The name that the kernel gives to each of its boots.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct BootId(Name);

impl BootId {
    /// Takes the id as the kernel prints it, without the line break.
    #[must_use]
    pub fn new(id: &[u8]) -> Self {
        Self(Name::new(id))
    }

    /// Returns the id as the kernel prints it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Returns whether the name was made for a recording of another tool, which tells of no id.
    ///
    /// Such a name has colons, and the kernel's have none.
    #[must_use]
    pub fn is_made_up(&self) -> bool {
        self.as_bytes().contains(&b':')
    }
}

impl fmt::Display for BootId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Time since boot with suspend counted (`CLOCK_BOOTTIME`), in microseconds.
///
/// Snapshots are ordered by it, since it never steps. The stamps of the kernel's log are on
/// another clock, [`SinceBoot`], which stands still while the machine sleeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BootClock(u64);

impl BootClock {
    /// Takes microseconds since boot.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Returns the microseconds since boot.
    #[must_use]
    pub const fn micros(self) -> u64 {
        self.0
    }

    /// Returns the time from `earlier` to this; nothing where that is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Serialize for BootClock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Duration::from_micros(self.0).serialize(serializer)
    }
}

impl JsonSchema for BootClock {
    fn schema_name() -> Cow<'static, str> {
        "BootClock".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Duration::json_schema(generator)
    }
}

/// One instant on all clocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Moment {
    /// The boot that the clocks count from.
    pub boot_id: BootId,
    /// Time since boot with suspend counted, by which snapshots are ordered.
    #[serde(rename = "boot_clock_seconds")]
    pub boot_clock: BootClock,
    /// Time since boot on the clock of the kernel's log.
    #[serde(rename = "since_boot_seconds")]
    pub since_boot: Option<SinceBoot>,
    /// The wall clock, which may have been set at any time.
    at: WallTime,
    #[serde(skip)]
    offset: Offset,
}

impl Moment {
    /// Takes an instant on all clocks; `offset` is the local time's from UTC.
    #[must_use]
    pub const fn new(
        boot_id: BootId,
        boot_clock: BootClock,
        since_boot: Option<SinceBoot>,
        at: Timestamp,
        offset: Offset,
    ) -> Self {
        Self { boot_id, boot_clock, since_boot, at: WallTime::new(at, offset), offset }
    }

    /// Returns the wall clock's time.
    #[must_use]
    pub const fn at(&self) -> WallTime {
        self.at
    }

    /// Returns the offset of local time from UTC.
    #[must_use]
    pub const fn offset(&self) -> Offset {
        self.offset
    }

    /// Returns what this moment's wall clock would have shown at another moment of the same boot.
    ///
    /// `None` where that lies outside of what a wall clock can show.
    #[must_use]
    pub fn wall(&self, clock: BootClock) -> Option<WallTime> {
        let passed = i64::try_from(clock.0).ok()?.checked_sub(i64::try_from(self.boot_clock.0).ok()?)?;
        let micros = self.at.instant().as_microsecond().checked_add(passed)?;
        Some(self.at.at(Timestamp::from_microsecond(micros).ok()?))
    }

    /// Returns by how many microseconds the wall clock was set between two moments of one boot.
    ///
    /// It is the difference of what the two clocks say has passed; `None` across boots.
    #[must_use]
    pub fn clock_step_micros(&self, earlier: &Self) -> Option<i64> {
        if self.boot_id != earlier.boot_id {
            return None;
        }
        let wall = i128::from(self.at.instant().as_microsecond())
            - i128::from(earlier.at.instant().as_microsecond());
        let passed = i128::from(self.boot_clock.0) - i128::from(earlier.boot_clock.0);
        i64::try_from(wall - passed).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(boot: &str, clock: u64, wall: i64) -> Moment {
        let at = Timestamp::from_second(wall).unwrap();
        Moment::new(BootId::new(boot.as_bytes()), BootClock(clock * 1_000_000), None, at, Offset::UTC)
    }

    #[test]
    fn a_clock_that_was_set_is_noticed() {
        let start = moment("a", 100, 1_000_000);
        for (later, step) in [
            (moment("a", 160, 1_000_060), Some(0)),
            (moment("a", 160, 996_460), Some(-3_600_000_000)),
            (moment("b", 160, 1_000_060), None),
        ] {
            assert_eq!(later.clock_step_micros(&start), step);
        }
    }
}
