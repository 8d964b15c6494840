//! Syslog lines after RFC 5424.

use std::borrow::Cow;

use super::{
    layers::Layers,
    stamp::{iso, skip_separator, token},
    syslog::{Sender, into_text},
};
use crate::record::{Transport, WallStamp};

/// Removes what RFC 5424 puts after the priority: `1 2022-05-10T15:45:51Z host kernel - - - `.
pub(super) fn line(layers: &mut Layers<'_>) -> bool {
    let Some(header) = layers.rest.strip_prefix(b"1 ") else { return false };
    let (time, rest) = token(header);
    let wall = iso(time).filter(|iso| iso.rest.is_empty());
    if time != b"-" && wall.is_none() {
        return false;
    }
    let (host, rest) = token(rest);
    let (program, rest) = token(rest);
    let (_process, rest) = token(rest);
    let (_message, rest) = token(rest);
    let Some(text) = structured_data(rest) else { return false };
    layers.wrapped(Transport::SyslogRfc5424);
    if let Some(iso) = wall {
        layers.wall(WallStamp::Iso(Cow::Borrowed(iso.stamp)));
    }
    let program = match program {
        b"-" if layers.facility == Some(0) => Some(&b"kernel"[..]),
        b"-" => None,
        program => Some(program.strip_suffix(b":").unwrap_or(program)),
    };
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let host = Some(host).filter(|host| *host != b"-");
    into_text(layers, &Sender { host, facility: None, program, text });
    true
}

/// Removes `-` or `[id key="value"]…`, in which `\]` does not end an element.
fn structured_data(bytes: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = bytes.strip_prefix(b"-") {
        return Some(skip_separator(rest));
    }
    let mut rest = bytes;
    while let Some(element) = rest.strip_prefix(b"[") {
        let mut quoted = false;
        let mut escaped = false;
        let end = element.iter().position(|byte| {
            let ends = *byte == b']' && !quoted && !escaped;
            quoted ^= *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        })?;
        rest = element.get(end + 1..)?;
    }
    (rest.len() < bytes.len()).then(|| skip_separator(rest))
}

#[cfg(test)]
mod tests {
    use super::super::specimen::check;

    #[test]
    fn rfc5424() {
        check(
            b"<4>1 2022-05-10T15:45:51.123Z iota kernel - - - [   12.345678]  x",
            "syslog-rfc5424 by=kernel at=12.345678 iso=2022-05-10T15:45:51.123Z host=iota |  x",
        );
        check(
            b"<4>1 2022-05-10T15:45:51Z iota kernel - - [a@1 b=\"]\\\"]\"][c] \xef\xbb\xbfx",
            "syslog-rfc5424 by=kernel iso=2022-05-10T15:45:51Z host=iota | x",
        );
        check(
            b"<30>1 2022-05-10T15:45:51Z - sshd 77 - - x",
            "syslog-rfc5424 by=program:sshd iso=2022-05-10T15:45:51Z | x",
        );
    }
}
