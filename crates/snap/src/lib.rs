//! Memory snapshots: collecting, storing, comparing.
