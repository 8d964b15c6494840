//! How `--pss` is written.

use oomkit_snap::collect::Shares;

/// Reads of which processes shares are to be read: `none`, `auto`, `top=20`, `all`.
pub(super) fn shares(text: &str) -> Result<Shares, String> {
    match text.trim() {
        "none" => return Ok(Shares::Nothing),
        "auto" => return Ok(Shares::Auto),
        "all" => return Ok(Shares::All),
        _ => {}
    }
    let most = text.trim().strip_prefix("top").and_then(|most| {
        let most = most.strip_prefix(['=', ':', ' ', '-']).unwrap_or(most);
        most.trim().parse().ok().filter(|most| 0 < *most)
    });
    most.map(Shares::Top).ok_or_else(|| "write none, auto, all, or top=20 for the 20 largest".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_are_asked_for_in_several_spellings() {
        for (text, expected) in [
            ("none", Some(Shares::Nothing)),
            ("auto", Some(Shares::Auto)),
            ("all", Some(Shares::All)),
            ("top=20", Some(Shares::Top(20))),
            ("top:20", Some(Shares::Top(20))),
            ("top 20", Some(Shares::Top(20))),
            (" top20 ", Some(Shares::Top(20))),
            ("top", None),
            ("top=0", None),
            ("top=-1", None),
            ("20", None),
            ("", None),
        ] {
            assert_eq!(shares(text).ok(), expected, "{text:?}");
        }
    }
}
