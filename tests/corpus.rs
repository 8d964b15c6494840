//! Every log against what is known about it.

mod decode;
mod samples;
