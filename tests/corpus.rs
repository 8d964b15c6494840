//! Every log against what is known about it.

mod advice;
mod audit;
mod causes;
mod counters;
mod decode;
mod diagnoses;
mod hosts;
mod meaning;
mod pairs;
mod said;
mod samples;
