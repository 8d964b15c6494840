//! Lines of container runtimes, and the joining of those that were split.

use std::borrow::Cow;

use super::{layers::Layers, stamp::Iso};
use crate::record::{Transport, WallStamp};

/// How much of one split line is kept; the runtime splits at 16 KiB.
const MAX_JOINED: usize = 1 << 20;

/// Removes `2022-05-10T15:45:51.123456789Z stdout F `.
pub(super) fn line<'a>(layers: &mut Layers<'a>, iso: &Iso<'a>) -> bool {
    let Some((_, _, text)) = stream(iso.rest) else { return false };
    layers.wrapped(Transport::Cri);
    layers.wall(WallStamp::Iso(Cow::Borrowed(iso.stamp)));
    layers.rest = text;
    true
}

/// Reads ` stdout F text` as the stream, whether the line ends here, and the text.
fn stream(rest: &[u8]) -> Option<(Stream, bool, &[u8])> {
    let (stream, rest) = match rest.strip_prefix(b" stdout ") {
        Some(rest) => (Stream::Out, rest),
        None => (Stream::Error, rest.strip_prefix(b" stderr ")?),
    };
    let (ends, rest) = match rest {
        [b'F', rest @ ..] => (true, rest),
        [b'P', rest @ ..] => (false, rest),
        _ => return None,
    };
    match rest {
        [b' ', text @ ..] => Some((stream, ends, text)),
        // Other tags may follow after colons.
        [b':', tags @ ..] => {
            let end = memchr::memchr(b' ', tags)?;
            Some((stream, ends, tags.get(end + 1..)?))
        }
        [] => Some((stream, ends, rest)),
        _ => None,
    }
}

/// The two outputs of a container, which are split independently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    Out,
    Error,
}

/// Lines of which only the first parts have been seen.
#[derive(Debug, Default)]
pub(super) struct Split {
    out: Option<Joined>,
    error: Option<Joined>,
}

/// What has been joined of one line.
#[derive(Debug)]
pub(super) struct Joined {
    /// The first part with its wrapping, and the texts of the later ones.
    pub(super) line: Vec<u8>,
    /// The number of the physical line that it began on.
    pub(super) began: u64,
}

/// What became of a physical line.
#[derive(Debug)]
pub(super) enum Piece {
    /// It is none of a container's, or a whole one.
    Whole,
    /// It is kept until its end comes.
    Kept,
    /// It ended this line.
    Ended(Joined),
}

impl Split {
    /// Takes a physical line, by its number.
    pub(super) fn take(&mut self, line: &[u8], number: u64) -> Piece {
        // The stamps of runtimes are 20 to 35 bytes long.
        let Some(space) = memchr::memchr(b' ', line.get(..40).unwrap_or(line)).filter(|at| 20 <= *at) else {
            return Piece::Whole;
        };
        let Some((_, rest)) = line.split_at_checked(space) else { return Piece::Whole };
        let Some((stream, ends, text)) = stream(rest) else { return Piece::Whole };
        let slot = match stream {
            Stream::Out => &mut self.out,
            Stream::Error => &mut self.error,
        };
        match (slot.take(), ends) {
            (None, true) => Piece::Whole,
            (None, false) => {
                *slot = Some(Joined { line: line.to_vec(), began: number });
                Piece::Kept
            }
            (Some(mut joined), ends) => {
                let room = MAX_JOINED.saturating_sub(joined.line.len());
                joined.line.extend(text.iter().take(room));
                if ends {
                    return Piece::Ended(joined);
                }
                *slot = Some(joined);
                Piece::Kept
            }
        }
    }

    /// Tells whether a line waits for its end.
    pub(super) fn is_open(&self) -> bool {
        self.out.is_some() || self.error.is_some()
    }

    /// Hands out a line whose end did not come.
    pub(super) fn give_up(&mut self) -> Option<Joined> {
        self.out.take().or_else(|| self.error.take())
    }
}

#[cfg(test)]
mod tests {
    use super::super::specimen::{check, check_input};

    #[test]
    fn lines_of_runtimes() {
        check(
            b"2022-05-10T15:45:51.123456789Z stdout F May 10 15:45:50 iota kernel: [   12.345678]  x",
            "cri by=kernel at=12.345678 iso=2022-05-10T15:45:51.123456789Z host=iota |  x",
        );
        check(
            b"2022-05-10T15:45:51.123456789+02:00 stderr F 4,812,1,-;a\\x0ab",
            "cri by=kernel at=0.000001 iso=2022-05-10T15:45:51.123456789+02:00 sequence=812 | a\nb",
        );
        check(b"2022-05-10T15:45:51.123456789Z stdout F ", "cri iso=2022-05-10T15:45:51.123456789Z | ");
    }

    #[test]
    fn split_lines_are_joined_by_stream() {
        check_input(
            b"2022-05-10T15:45:51.1Z stdout P [   12.3456\n\
              2022-05-10T15:45:51.2Z stderr F other\n\
              2022-05-10T15:45:51.3Z stdout P 78] Killed \n\
              2022-05-10T15:45:51.4Z stdout F process\n\
              2022-05-10T15:45:51.5Z stderr P cut",
            &[
                "cri iso=2022-05-10T15:45:51.2Z | other",
                "3^ cri at=12.345678 iso=2022-05-10T15:45:51.1Z | Killed process",
                "cri iso=2022-05-10T15:45:51.5Z | cut",
            ],
        );
    }
}
