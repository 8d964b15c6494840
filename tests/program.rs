//! That the verbs are connected: these tests start the program.

mod audit;
mod ci;
mod decode;
mod explain;
mod generate;
mod inputs;
mod live;
mod names;
mod overview;
mod postmortem;
mod redact;
pub(crate) mod run;
mod snap;
mod usage;
