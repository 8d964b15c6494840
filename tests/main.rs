//! The tests that read files or hold the whole against the truth, as one binary.

#[cfg(test)]
mod house;
