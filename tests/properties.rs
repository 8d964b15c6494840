//! What must hold for every input.

mod accounts;
mod blocks;
mod cuts;
mod hostile;
mod limits;
mod lines;
mod memory;
mod noise;
mod transports;
mod wrap;
