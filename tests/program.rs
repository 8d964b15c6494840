//! That the verbs are connected: these tests start the program.

mod decode;
mod explain;
mod generate;
mod inputs;
mod names;
mod redact;
pub(crate) mod run;
mod usage;
