//! The kernel's files that this house can read, each from bytes to a value.
//!
//! Reading is total: what is missing is `None`, what makes no sense is [`Reading::Malformed`], and a
//! key that a newer kernel added breaks nothing.
//!
//! [`procfs`] reads what it reads rightly from any bytes: `/proc/vmstat`, and the lines of pressure
//! files, of which shapes that would make it panic are refused before it sees them.
//! [`cgroups_rs`] reads the values of cgroup v2 that may be `max`.  All else is read here, because
//! there a reader of either
//!
//! - wants text where the kernel prints any bytes: `status`, `cmdline`, `cgroup`, `mountinfo`;
//! - wants a key that an old or captured file may lack, or drops one that it does not know:
//!   `/proc/meminfo`;
//! - panics on a cut line, which a capture may have, and takes ten times as long for each of ten
//!   thousand processes: `stat`;
//! - leaves escapes of mount points as they are: `mountinfo`;
//! - does not exist: `zoneinfo`, `buddyinfo`, `slabinfo`, `memory.events`, `memory.oom.group`;
//! - takes a missing cgroup, a refused file or an unreadable number for "no limit", reads
//!   `memory.swap.max` of `max` as 0, or panics on an empty `memory.numa_stat`: all other cgroup files.
//!
//! [`Reading::Malformed`]: oomkit_core::reading::Reading::Malformed

pub mod auxv;
pub mod buddyinfo;
pub mod cgroup_events;
pub mod cgroup_hierarchy;
pub mod cgroup_limits;
pub mod cgroup_stat;
pub mod cgroup_tree;
pub mod cgroup_usage;
pub mod fields;
pub mod meminfo;
pub mod mountinfo;
pub mod pid_cgroup;
pub mod pid_smaps_rollup;
pub mod pid_stat;
pub mod pid_status;
pub mod pressure;
mod sizes;
pub mod slabinfo;
pub mod swaps;
pub mod vmstat;
pub mod zoneinfo;
