//! That the verbs are connected: these tests start the program.

mod audit;
mod cgroup;
mod ci;
mod decode;
mod explain;
mod export;
mod figures;
mod generate;
mod imports;
mod incidents;
mod inputs;
mod leak;
mod live;
mod names;
mod overview;
mod packages;
mod postmortem;
mod progress;
mod questions;
mod recommend;
mod redact;
mod replay;
pub(crate) mod run;
mod snap;
mod usage;
mod view;
mod watch;
