//! Export: snapshots as rows and series for other programs.
//!
//! ```text
//! Snapshot ─► Table (rows of Values) ─► csv, ndjson, parquet
//!         └─► openmetrics
//! ```
//!
//! A row is written as soon as its snapshot is read, so a store of any length takes the memory of one
//! snapshot. What a column is stands beside it in the tables, and `docs/columns.md` is made of that.

mod column;
#[cfg(feature = "parquet")]
mod days;
mod lines;
mod openmetrics;
#[cfg(feature = "parquet")]
mod parquet;
mod tables;
mod value;
mod workloads;

#[cfg(feature = "parquet")]
pub use self::parquet::Parquet;
pub use column::{Column, Kind};
#[cfg(feature = "parquet")]
pub use days::Day;
pub use lines::{Format, Lines};
pub use openmetrics::openmetrics;
pub use tables::{Table, markdown};
pub use value::Value;
pub use workloads::{Teacher, Workloads};
