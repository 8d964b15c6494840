//! The shapes of ids and names within a component.

pub(super) fn is_unit(name: &str) -> bool {
    [".service", ".scope", ".slice", ".socket", ".mount", ".swap"]
        .iter()
        .any(|suffix| name.len() > suffix.len() && name.ends_with(suffix))
}

/// Reads `user@1000.service` into the user's id.
pub(super) fn user_manager(unit: &str) -> Option<u32> {
    unit.strip_prefix("user@")?.strip_suffix(".service")?.parse().ok()
}

pub(super) fn is_container_id(text: &str) -> bool {
    is_hex(text, 64)
}

/// Tells whether `text` is a UID: groups of 8, 4, 4, 4 and 12 digits, or one hash of 32.
pub(super) fn is_uid(text: &str, dash: char) -> bool {
    let mut groups = text.split(dash);
    is_hex(text, 32)
        || [8, 4, 4, 4, 12].iter().all(|&width| groups.next().is_some_and(|group| is_hex(group, width)))
            && groups.next().is_none()
}

pub(super) fn is_hex(text: &str, width: usize) -> bool {
    text.len() == width && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}
