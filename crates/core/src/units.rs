//! The units of the house: no bare integer holds memory, pages or time.

mod bytes;
mod duration;
mod pages;
mod share;
mod time;

pub use bytes::{ByteDelta, Bytes, KiB};
pub use duration::Duration;
pub use pages::{Order, PageSize, Pages};
pub use share::Share;
pub use time::{SinceBoot, WallTime};
