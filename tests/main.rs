//! The tests that read files or hold the whole against the truth, as one binary.

#[cfg(test)]
mod book;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod house;
#[cfg(test)]
mod program;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod support;
