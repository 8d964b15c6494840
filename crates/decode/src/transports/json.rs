//! JSON lines: the journal's, `dmesg --json`, Docker's, and those of log services.

use std::{borrow::Cow, fmt};

use bstr::ByteSlice;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};

use super::{
    DocKind,
    entry::{Entry, Key, Value},
    layers::Layers,
};
use crate::record::Transport;

/// Removes a JSON object that has a message, and the record separator before it.
pub(super) fn object(layers: &mut Layers<'_>, doc: &DocKind) -> bool {
    if let Some(entry) = entry(layers.rest) {
        return entry.unwrap_into(layers, Transport::JournalJson, doc);
    }
    let Some(text) = repaired(layers.rest) else { return false };
    let readable = entry(text.as_bytes()).is_some_and(|entry| entry.has_message());
    if readable {
        layers.go_on_with(text.as_bytes(), doc);
    }
    readable
}

/// Returns an object with bytes that are not UTF-8, which some tools let through, as UTF-8.
///
/// A name with a mark of replacement in it is better than no line at all.
pub(super) fn repaired(line: &[u8]) -> Option<Cow<'_, str>> {
    (line.trim_ascii_end().ends_with(b"}") && std::str::from_utf8(line).is_err()).then(|| line.to_str_lossy())
}

/// Removes `data: ` before an object, as `journalctl -o json-sse` prints it.
pub(super) fn event_stream(layers: &mut Layers<'_>, doc: &DocKind) -> bool {
    let Some(rest @ [b'{', ..]) = layers.rest.strip_prefix(b"data: ") else { return false };
    match entry(rest) {
        Some(entry) => entry.unwrap_into(layers, Transport::JournalJson, doc),
        None => false,
    }
}

/// Reads one object, or a list of objects as an entry that holds them.
pub(super) fn entry(line: &[u8]) -> Option<Entry<'_>> {
    let line = line.strip_prefix(b"\x1e").unwrap_or(line).trim_ascii();
    let line = line.strip_prefix(b"data: ").unwrap_or(line);
    let line = line.strip_suffix(b",").unwrap_or(line);
    match line {
        [b'{', .., b'}'] => serde_json::from_slice(line).ok(),
        [b'[', b'{', .., b'}', b']'] => {
            let entries = serde_json::from_slice(line).ok()?;
            Some(Entry::of_list(entries))
        }
        _ => None,
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a field")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Key, E> {
                Ok(Key::of(name.as_bytes()))
            }
        }
        deserializer.deserialize_str(Name)
    }
}

impl<'de> Deserialize<'de> for Entry<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Entry<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry<'de>, A::Error> {
                let mut entry = Entry::default();
                while let Some(key) = map.next_key::<Key>()? {
                    entry.set(key, map.next_value()?);
                }
                Ok(entry)
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

/// Takes whatever a field holds.
struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Borrowed(text.as_bytes())))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Owned(text.as_bytes().to_vec())))
    }

    #[expect(clippy::cast_precision_loss, reason = "microseconds fit a double for 285 years")]
    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Value::Number(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "negative numbers are not read")]
    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Value::Nothing)
    }

    /// A list is bytes, objects, or a field that the journal has several times.
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut bytes = Vec::new();
        let mut entries = Vec::new();
        let mut first = None;
        while let Some(value) = seq.next_element()? {
            match value {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "the cast saturates"
                )]
                Value::Number(byte) => bytes.push(byte as u8),
                Value::Entry(entry) => entries.push(*entry),
                value => {
                    first.get_or_insert(value);
                }
            }
        }
        Ok(match first {
            Some(value) => value,
            None if !entries.is_empty() => Value::Entries(entries),
            None => Value::Text(Cow::Owned(bytes)),
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entry = Entry::default();
        while let Some(key) = map.next_key::<Key>()? {
            entry.set(key, map.next_value()?);
        }
        Ok(Value::Entry(Box::new(entry)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::specimen::{check, check_input};

    #[test]
    fn the_journal() {
        let fields = r#""_TRANSPORT":"kernel","SYSLOG_IDENTIFIER":"kernel","_HOSTNAME":"iota","PRIORITY":"4","_SOURCE_MONOTONIC_TIMESTAMP":"12345678","__REALTIME_TIMESTAMP":"1652190351123456""#;
        let head = "journal-json by=kernel at=12.345678 micros=1652190351123456 host=iota";
        let line = |message: &str, more: &str| format!("{{\"MESSAGE\":{message},{fields}{more}}}");
        check(line(r#"" x""#, "").as_bytes(), &format!("{head} |  x"));
        check(line(r#""a\n b""#, "").as_bytes(), &format!("{head} | a\n b"));
        check(line("[32,255,65]", "").as_bytes(), &format!("{head} |  \u{fffd}A"));
        check(line("null", "").as_bytes(), &format!("{head} | "));
        check(line(r#""[    1.234567] x""#, "").as_bytes(), &format!("{head} | [    1.234567] x"));
        let user = head.replace("kernel", "user");
        check(line(r#""x""#, r#","SYSLOG_FACILITY":"1""#).as_bytes(), &format!("{user} | x"));
        check(format!("data: {}", line(r#""x""#, "")).as_bytes(), &format!("{head} | x"));
        check(format!("\u{1e}{}", line(r#""x""#, "")).as_bytes(), &format!("{head} | x"));
        check(
            br#"{"MESSAGE":"Out of memory","SYSLOG_IDENTIFIER":["sshd","x"],"_TRANSPORT":"syslog"}"#,
            "journal-json by=program:sshd | Out of memory",
        );
    }

    #[test]
    fn dmesg() {
        check(br#"{"pri":4,"time":12.345678,"msg":" x"}"#, "dmesg-json by=kernel at=12.345678 |  x");
        check(
            br#"{"fac":"user","pri":"warn","time":12.345678,"caller":"T77","msg":"x"},"#,
            "dmesg-json by=user at=12.345678 caller=T77 | x",
        );
        check(
            br#"{"pri":4,"time":12.345678,"msg":"a\n b\n<12>[   12.345679] y\n"}"#,
            "dmesg-json by=kernel at=12.345678 | a\n b",
        );
        check_input(
            br#"{"dmesg":[{"pri":4,"time":1.5,"msg":"x"},{"pri":12,"time":2.5,"msg":"y"}]}"#,
            &["dmesg-json by=kernel at=1.500000 | x", "dmesg-json by=user at=2.500000 | y"],
        );
    }

    #[test]
    fn services() {
        check(
            br#"{"log":"May 10 15:45:51 iota kernel: [   12.345678]  x\n","stream":"stdout","time":"2022-05-10T15:45:52.1Z"}"#,
            "docker-json by=kernel at=12.345678 iso=2022-05-10T15:45:52.1Z host=iota |  x",
        );
        check(
            br#"{"timestamp":1652190351000,"message":"[   12.345678] x"}"#,
            "json-lines at=12.345678 micros=1652190351000000 | x",
        );
        check(
            br#"{"insertId":"a","jsonPayload":{"message":"x","hostname":"iota"},"timestamp":"2022-05-10T15:45:51Z"}"#,
            "json-lines iso=2022-05-10T15:45:51Z host=iota | x",
        );
        check(
            br#"{"host":"iota","ident":"kernel","msg":"[   12.345678] x"}"#,
            "json-lines by=kernel at=12.345678 host=iota | x",
        );
        for key in ["line", "body", "_raw"] {
            check(
                format!(r#"{{"{key}":"[   12.345678] x","timestamp":"2022-05-10T15:45:51Z"}}"#).as_bytes(),
                "json-lines at=12.345678 iso=2022-05-10T15:45:51Z | x",
            );
        }
        check(br#"{"body":"y","message":"[   12.345678] x"}"#, "json-lines at=12.345678 | x");
        check(br#"{"ident":"x","msg":"Out of memory"}"#, "json-lines by=program:x | Out of memory");
        check(b"{\"msg\":\"a \xff b\"}", "json-lines | a \u{fffd} b");
        check(br#"{"a":1}"#, "-bare | {\"a\":1}");
        check(br#"{"msg":"cut"#, "-bare | {\"msg\":\"cut");
        check_input(
            br#"{"message":"[   12.345678] x\n[   12.345679] y\n z"}"#,
            &["json-lines at=12.345678 | x", "json-lines at=12.345679 | y\n z"],
        );
    }
}
