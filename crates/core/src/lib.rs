//! The language that every room of oomkit speaks: units, identities, places, accounts, findings and documents.
//!
//! This crate reads no files, prints nothing and knows no output format.

pub mod account;
pub mod badness;
pub mod cgroup;
pub mod document;
pub mod finding;
pub mod ident;
pub mod language;
pub mod limit;
pub mod place;
pub mod problem;
pub mod reading;
pub mod rule;
pub mod units;
pub mod workload;
