//! The post-mortem: from the kill back to the limit that was missing.
//!
//! ```text
//! events ─► Episode ─┐
//! snapshots ─► History ─┼─► Incident ─► Document
//! limits ─► Matched ─┘
//! ```
//!
//! Each of the three may be missing; an [`incident::Incident`] says what the missing ones would have told.
//! It holds reasons and figures, no sentences: these are written by [`view`], in the language asked for.

mod assemble;
mod blame;
mod clocks;
mod episode;
mod figure;
mod gap;
mod growth;
mod history;
pub mod incident;
mod matching;
pub mod measured;
mod patch;
pub mod recommend;
mod risk;
mod timeline;
mod twins;
pub mod view;
mod who;

pub use assemble::{Sources, assemble};
pub use twins::once;
