//! Exit codes: every way in which the program can end, each with its meaning.

/// An exit code together with what it tells the caller.
pub(crate) struct Code {
    /// The number that the shell sees.
    pub(crate) number: u8,
    /// What it means, in one line.
    pub(crate) meaning: &'static str,
}

/// The work is done and nothing reached the threshold.
pub(crate) const DONE: Code = Code { number: 0, meaning: "done; nothing at or above `--fail-on`" };
/// The work is done and something reached the threshold.
pub(crate) const FOUND: Code = Code { number: 1, meaning: "something at or above `--fail-on`" };
/// The arguments contradict each other or cannot be read.
pub(crate) const USAGE: Code = Code { number: 2, meaning: "the arguments make no sense" };
/// An input failed; it outranks [`FOUND`], since the answer rests on less than was asked for.
pub(crate) const INPUT: Code = Code {
    number: 3,
    meaning: "an input could not be read (the others were still done, and are in the output)",
};
/// The host refuses or lacks something: a permission, a program, room for the output.
pub(crate) const HOST: Code = Code { number: 4, meaning: "not permitted, or this host lacks what is needed" };
/// The store of snapshots cannot be used.
pub(crate) const STORE: Code =
    Code { number: 5, meaning: "the store is locked, damaged, or written by a newer version" };
/// The program itself is wrong.
pub(crate) const BUG: Code =
    Code { number: 101, meaning: "a bug in oomkit; please report it with the input" };

/// All exit codes, in the order of the documentation.
pub(crate) const ALL: [&Code; 7] = [&DONE, &FOUND, &USAGE, &INPUT, &HOST, &STORE, &BUG];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_contract() {
        let numbers: Vec<u8> = ALL.iter().map(|code| code.number).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 101]);
    }
}
