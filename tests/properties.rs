//! What must hold for every input.

mod accounts;
mod blocks;
mod cuts;
mod hostile;
mod limits;
mod lines;
mod memory;
mod transports;
mod wrap;
