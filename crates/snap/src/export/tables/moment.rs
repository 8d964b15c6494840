//! Moment: the columns that every table begins with.

use super::super::{Value, column::Field};

pub(super) const FIELDS: &[Field<()>] = &[
    Field::text("host", "The host's name.", |snapshot, _| Value::name(snapshot.host.name.as_ref())),
    Field::text("machine_id", "The machine's id.", |snapshot, _| {
        Value::name(snapshot.host.machine_id.as_ref())
    }),
    Field::text("boot_id", "The boot that the clocks count from.", |snapshot, _| {
        Value::bytes(snapshot.moment.boot_id.as_bytes())
    }),
    Field::whole(
        "boot_clock_us",
        "Time since boot with suspend counted (`CLOCK_BOOTTIME`).",
        |snapshot, _| Value::count(Some(snapshot.moment.boot_clock.micros())),
    ),
    Field::whole("since_boot_us", "Time since boot on the clock of the kernel's log.", |snapshot, _| {
        Value::count(snapshot.moment.since_boot.map(oomkit_core::units::SinceBoot::micros))
    }),
    Field::time("time", "The wall clock in UTC, which may have been set at any time.", |snapshot, _| {
        Value::Time(snapshot.moment.at().instant())
    }),
    Field::whole("utc_offset_s", "The offset of the host's local time from UTC.", |snapshot, _| {
        Value::number(Some(snapshot.moment.offset().seconds()))
    }),
];
