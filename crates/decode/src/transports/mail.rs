//! Quoted-printable, as mails are sent.

use super::kmsg::hex_pair;

/// How long a line may grow from soft breaks.
const MAX_JOINED: usize = 1 << 20;

/// Lines that a soft break holds open.
#[derive(Debug, Default)]
pub(super) struct SoftBreaks {
    joined: Vec<u8>,
    lines: u64,
}

impl SoftBreaks {
    /// Takes a line; returns the whole one, decoded, and how many lines before this it began.
    pub(super) fn take(&mut self, line: &[u8]) -> Option<(Vec<u8>, u64)> {
        let line = line.trim_ascii_end();
        let room = MAX_JOINED.saturating_sub(self.joined.len());
        if let Some(part) = line.strip_suffix(b"=").filter(|part| part.len() < room) {
            self.joined.extend_from_slice(part);
            self.lines += 1;
            return None;
        }
        self.joined.extend_from_slice(line);
        Some(self.give_up())
    }

    /// Tells whether a line waits for its rest.
    pub(super) fn is_open(&self) -> bool {
        0 < self.lines
    }

    /// Returns what there is.
    pub(super) fn give_up(&mut self) -> (Vec<u8>, u64) {
        (decode(&std::mem::take(&mut self.joined)), std::mem::take(&mut self.lines))
    }
}

fn decode(line: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((byte, after)) = rest.split_first() {
        rest = match rest {
            [b'=', high, low, after @ ..] if is_capital_hex(*high) && is_capital_hex(*low) => {
                bytes.extend(hex_pair(*high, *low));
                after
            }
            _ => {
                bytes.push(*byte);
                after
            }
        };
    }
    bytes
}

fn is_capital_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'F')
}

/// Tells whether a text looks quoted-printable: its equals signs are written `=3D`.
pub(super) fn looks_quoted_printable(head: &[u8]) -> bool {
    let count = |mark: &[u8]| memchr::memmem::find_iter(head, mark).count();
    let encoded = count(b"=3D");
    // Were there many signs of another kind, decoding would turn `pid=30` into `pid0`.
    let others = memchr::memchr_iter(b'=', head).count() - encoded;
    let expected = count(b"=20") + count(b"=\n") + count(b"=\r\n") + encoded / 4;
    // The heads of a mail have signs of their own.
    let announced = memchr::memmem::find_iter(head, b"-Encoding: ")
        .any(|at| head.get(at + 11..at + 27).unwrap_or_default().eq_ignore_ascii_case(b"quoted-printable"));
    if announced { 1 <= encoded && others <= expected + 40 } else { 3 <= encoded && others <= expected }
}

#[cfg(test)]
mod tests {
    use super::super::specimen::check_input;

    #[test]
    fn soft_breaks_are_joined() {
        check_input(
            b"Content-Transfer-Encoding: quoted-printable\r\n\r\n[   12.345678] x invoked: order=3D0, =\r\nadj=3D0=20\r\n> y=3D\xc3=A4 =3d =",
            &[
                "-bare | Content-Transfer-Encoding: quoted-printable",
                "-bare | ",
                "1^ dmesg at=12.345678 | x invoked: order=0, adj=0 ",
                "1^ -bare | y=\u{e4} =3d ",
            ],
        );
    }

    #[test]
    fn signs_that_are_not_encoded_are_left() {
        check_input(b"pid=30,a=3D,b=3D,c=3D,d=1,e=2", &["-bare | pid=30,a=3D,b=3D,c=3D,d=1,e=2"]);
    }
}
