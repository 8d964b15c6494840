//! That the verbs are connected: these tests start the program.

mod decode;
mod explain;
mod generate;
mod inputs;
mod overview;
mod run;
mod usage;
