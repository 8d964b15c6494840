//! Inputs: what was asked for, turned into named streams of bytes in the order of their age.
//!
//! Nothing here knows what a kernel log is; bytes go to a [`Sink`], in blocks, as they are.

pub(crate) mod follow;
pub(crate) mod journal;
pub(crate) mod kmsg;
mod magic;
mod pattern;
mod plan;
mod reader;
mod rotation;
mod tar;
mod unpack;
mod walk;
mod wide;

pub(crate) use plan::{plan, shown};
pub(crate) use reader::Reader;
pub(crate) use unpack::open;

use jiff::Timestamp;

use crate::failure::Failure;

/// How many bytes are handed on at a time, whatever the size of the input.
pub(crate) const BLOCK: usize = 128 * 1024;

/// Whoever takes the bytes; an error of its own ends the whole run.
pub(crate) trait Sink {
    /// Starts an input.
    fn begin(&mut self, name: &str, modified: Option<Timestamp>) -> Result<(), Failure>;
    /// Takes the next bytes, split anywhere.
    fn feed(&mut self, block: &[u8]) -> Result<(), Failure>;
    /// Learns that nothing more has come for a while.
    fn flush(&mut self) -> Result<(), Failure>;
    /// Ends the input; `trouble` says why it could not be read to its end.
    fn end(&mut self, trouble: Option<Failure>) -> Result<(), Failure>;
    /// Returns how many events were found so far, for the progress line.
    fn events(&self) -> u64;
}

#[cfg(test)]
pub(crate) mod testing {
    //! A sink that remembers what it was given, for the tests of this folder.

    use super::*;

    /// One input as the sink saw it.
    #[derive(Debug, Default, PartialEq, Eq)]
    pub(crate) struct Seen {
        /// The name.
        pub(crate) name: String,
        /// All bytes.
        pub(crate) bytes: Vec<u8>,
        /// The trouble, in one line.
        pub(crate) trouble: Option<String>,
    }

    /// Remembers all inputs.
    #[derive(Debug, Default)]
    pub(crate) struct Memory {
        /// What was seen, in order.
        pub(crate) seen: Vec<Seen>,
        /// How often the sink was told that nothing comes.
        pub(crate) flushes: usize,
    }

    impl Sink for Memory {
        fn begin(&mut self, name: &str, _: Option<Timestamp>) -> Result<(), Failure> {
            self.seen.push(Seen { name: name.into(), ..Seen::default() });
            Ok(())
        }

        fn feed(&mut self, block: &[u8]) -> Result<(), Failure> {
            assert!(block.len() <= BLOCK);
            self.seen.last_mut().unwrap().bytes.extend_from_slice(block);
            Ok(())
        }

        fn flush(&mut self) -> Result<(), Failure> {
            self.flushes += 1;
            Ok(())
        }

        fn end(&mut self, trouble: Option<Failure>) -> Result<(), Failure> {
            self.seen.last_mut().unwrap().trouble = trouble.map(|trouble| trouble.line());
            Ok(())
        }

        fn events(&self) -> u64 {
            0
        }
    }

    /// A terminal that says nothing.
    pub(crate) fn quiet() -> crate::terminal::Terminal {
        crate::terminal::Terminal::new(&crate::args::Global {
            quiet: true,
            verbose: 0,
            color: crate::args::When::Never,
            width: None,
            output: None,
        })
    }
}
