//! The HTML page in a real browser: what it asks for, how wide it is, what it makes of hostile names.
//!
//! The tests are skipped, and say so, where there is no Chromium; with `OOMKIT_REQUIRE_TOOLS` set
//! they fail instead, as CI wants it.

mod devtools;
mod look;
mod pages;
