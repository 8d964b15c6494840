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
    // Some runtimes let bytes through that are not UTF-8; a name with a mark of replacement in it is
    // better than no line at all.
    let line = layers.rest;
    if !line.ends_with(b"}") || std::str::from_utf8(line).is_ok() {
        return false;
    }
    let text = line.to_str_lossy();
    let readable = entry(text.as_bytes()).is_some_and(|entry| entry.has_message());
    if readable {
        layers.go_on_with(text.as_bytes(), doc);
    }
    readable
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
