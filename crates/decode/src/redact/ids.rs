//! Ids: runs of digits that name a pod, a container, a disk or a boot.

use super::names::{Kind, Names};

/// The parts of a UUID.
const UUID: [usize; 5] = [8, 4, 4, 4, 12];
/// A run of so many digits is the name of something: an address in memory has 16.
const LONG: usize = 32;

/// Returns what stands before the first id of a text, the id, and what stands after it.
pub(super) fn id_in(text: &str) -> Option<(&str, &str, &str)> {
    let mut starts = text.char_indices().filter(|(_, c)| c.is_ascii_hexdigit());
    starts.find_map(|(start, _)| {
        let (before, rest) = text.split_at_checked(start)?;
        let length = uuid(rest).or_else(|| long(before, rest))?;
        let (id, after) = rest.split_at_checked(length)?;
        Some((before, id, after))
    })
}

/// Returns the length of the UUID that a text begins with; systemd writes bars for its dashes.
fn uuid(text: &str) -> Option<usize> {
    let mut rest = text;
    for (at, part) in UUID.iter().enumerate() {
        if 0 < at {
            rest = rest.strip_prefix(['-', '_'])?;
        }
        let (digits, after) = rest.split_at_checked(*part)?;
        rest = digits.chars().all(|c| c.is_ascii_hexdigit()).then_some(after)?;
    }
    (!rest.starts_with(|c: char| c.is_ascii_hexdigit())).then(|| text.len() - rest.len())
}

/// Returns the length of the run of digits that a text begins with, where it is a long one.
fn long(before: &str, text: &str) -> Option<usize> {
    let is_within = before.ends_with(|c: char| c.is_ascii_hexdigit());
    let length = text.chars().take_while(char::is_ascii_hexdigit).count();
    (!is_within && LONG <= length).then_some(length)
}

/// Replaces all ids of a text.
pub(super) fn ids(text: &str, names: &mut Names) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, id, after)) = id_in(rest) {
        let kind = if id.len() == 64 { Kind::Container } else { Kind::Id };
        out.push_str(before);
        out.push_str(&names.of_id(kind, id));
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_wherever_they_stand() {
        let mut names = Names::default();
        let uuid = "0f6a1c2e-7b3d-4a5f-9c8e-2d1b0a9f8e7d";
        let long = "0123456789abcdef".repeat(4);
        for (text, redacted) in [
            (format!("pod{uuid}/x"), "podid-1/x".to_owned()),
            (uuid.replace('-', "_").to_uppercase(), "id-1".to_owned()),
            (format!("docker-{long}.scope"), "docker-container-1.scope".to_owned()),
            ("RSP: 002b:000000000001dbf08".into(), "RSP: 002b:000000000001dbf08".into()),
            ("ffffffff81234567 4.15.0".into(), "ffffffff81234567 4.15.0".into()),
        ] {
            assert_eq!(ids(&text, &mut names), redacted);
        }
    }
}
