//! Memory snapshots: what was read at one moment, kept in a store, and what is made of it.
//!
//! ```text
//! Source ─► Snapshot ─► Store ─► Snapshots ─► Account, Diff, Trend, rows for others
//! ```
//!
//! A [`snapshot::Snapshot`] has no derived field, and [`store::Store`] knows nothing else; whatever
//! is concluded is concluded again at each showing.

pub mod attribute;
pub mod collect;
pub mod curve;
pub mod diff;
pub mod export;
pub mod facts;
pub mod group;
pub mod held;
pub mod import;
mod kernel;
pub mod name;
pub mod snapshot;
pub mod store;
pub mod trend;
pub mod watch;
