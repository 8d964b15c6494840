//! Advice: what the decoder's rules advise and what the first of them finds, in the other languages.
//!
//! The decoder speaks English, and puts figures and names into it.
//! A template finds them there and puts them into the same sentence of another language; advice that no
//! template fits stays English.

mod cgroup;
mod event;
mod machine;
mod verdicts;

/// A sentence in every language, with holes `{1}`, `{2}` for what is the same in all of them.
pub(super) struct Said {
    /// The code of the rule; empty for a phrase that fills a hole of others.
    code: &'static str,
    /// In English, word for word as the decoder says it; the holes stand in rising order.
    en: &'static str,
    /// In Simplified Chinese.
    pub(super) zh: &'static str,
    /// In Japanese.
    pub(super) ja: &'static str,
}

/// What is said in one piece, which tests hold against the sources of the rules.
const ADVICE: [&[Said]; 3] = [cgroup::ADVICE, event::ADVICE, machine::ADVICE];

const ALL: [&[Said]; 4] = [cgroup::ADVICE, event::ADVICE, machine::ADVICE, verdicts::VERDICTS];

/// Returns the codes of all templates of advice, and what stands between their holes in English.
pub(super) fn english() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    ADVICE.into_iter().flatten().map(|said| (said.code, pieces(said.en).map(|(piece, _)| piece).collect()))
}

/// Says in another language what a rule finds or advises; `None` where no template fits.
pub(super) fn told(code: &str, english: &str, pick: fn(&Said) -> &'static str) -> Option<String> {
    let said = ALL.into_iter().flatten().filter(|said| said.code == code);
    let (said, holes) = said.filter_map(|said| Some((said, holes(said.en, english)?))).next()?;
    let phrase = |hole: &str| match code {
        // Phrases have only names and figures in their holes.
        "" => hole.to_owned(),
        _ => told("", hole, pick).unwrap_or_else(|| hole.to_owned()),
    };
    Some(
        pieces(pick(said))
            .map(|(piece, hole)| {
                let filled = hole.and_then(|hole| holes.get(hole.checked_sub(1)?)).map(|hole| phrase(hole));
                piece.to_owned() + &filled.unwrap_or_default()
            })
            .collect(),
    )
}

/// Parts a template into its pieces, each with the number of the hole behind it.
fn pieces(template: &str) -> impl Iterator<Item = (&str, Option<usize>)> {
    let mut rest = Some(template);
    std::iter::from_fn(move || {
        let text = rest?;
        let hole = text.match_indices('{').find_map(|(at, _)| {
            let (number, after) = text.get(at + 1..)?.split_once('}')?;
            Some((text.get(..at)?, number.parse().ok()?, after))
        });
        let Some((piece, number, after)) = hole else {
            rest = None;
            return Some((text, None));
        };
        rest = Some(after);
        Some((piece, Some(number)))
    })
}

/// Returns what stands in the holes of a text; `None` where it is another text.
fn holes<'a>(template: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut pieces = pieces(template).map(|(piece, _)| piece).peekable();
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut holes = Vec::new();
    while let Some(piece) = pieces.next() {
        let (hole, after) = match pieces.peek() {
            Some(_) => rest.split_once(piece)?,
            None => (rest.strip_suffix(piece)?, ""),
        };
        holes.push(hole);
        rest = after;
    }
    rest.is_empty().then_some(holes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Returns what is not to be translated: what stands in backquotes, and words with signs or digits.
    fn fixed(text: &str) -> BTreeSet<String> {
        let quoted = text.split('`').skip(1).step_by(2).map(str::to_owned);
        let word = |c: char| !(c.is_ascii_alphanumeric() || "_=./-".contains(c));
        let is_fixed = |word: &&str| {
            let has = |sign: char| word.contains(sign);
            word.len() > 2 && (has('_') || has('=') || has('/') || word.chars().any(|c| c.is_ascii_digit()))
        };
        let without: String = text.split('`').step_by(2).collect();
        let words: Vec<String> = without
            .split(word)
            .map(|word| word.trim_matches(['.', '/', '-']))
            .filter(is_fixed)
            .map(str::to_owned)
            .collect();
        quoted.chain(words).collect()
    }

    #[test]
    fn every_template_has_the_same_holes_and_commands_in_all_languages() {
        for said in ALL.into_iter().flatten() {
            let numbers = |text| pieces(text).filter_map(|(_, hole)| hole).collect::<Vec<_>>();
            let expected: Vec<usize> = (1..=numbers(said.en).len()).collect();
            assert_eq!(numbers(said.en), expected, "{}", said.en);
            for (other, letters) in [(said.zh, '\u{4e00}'..='\u{9fff}'), (said.ja, '\u{3041}'..='\u{9fff}')] {
                let mut holes = numbers(other);
                holes.sort_unstable();
                assert_eq!(holes, expected, "{other}");
                assert!(other.chars().any(|c| letters.contains(&c)), "{other}");
                for word in fixed(said.en) {
                    assert!(other.contains(&word), "{word:?} of {:?} is not in {other:?}", said.en);
                }
            }
        }
    }

    #[test]
    fn what_fills_the_holes_is_told_as_it_is() {
        let zh = |code, text| told(code, text, |said| said.zh);
        assert_eq!(
            zh("OKD031", "try transparent_hugepage=madvise, and compare the size of a{2}b").unwrap(),
            "试试 transparent_hugepage=madvise，并对比 a{2}b 的大小"
        );
        let text = "if it needs that much, raise its limit to 80.0 MiB, a fifth above: `--memory 80m` (in a Compose \
                    file `mem_limit: 80m`); if something in it leaks, that only takes longer";
        let told = zh("OKD301", text).unwrap();
        assert!(told.contains("Compose 文件中写 `mem_limit: 80m`"), "{told}");
        assert_eq!(zh("OKD301", "something else"), None);
        assert_eq!(zh("OKD999", text), None);
    }

    #[test]
    fn a_template_is_taken_apart_at_its_numbers_only() {
        let check = |text, expected: &[(&str, Option<usize>)]| {
            assert_eq!(pieces(text).collect::<Vec<_>>(), expected, "{text}");
        };
        check("a {1} b", &[("a ", Some(1)), (" b", None)]);
        check("{1}{2}", &[("", Some(1)), ("", Some(2)), ("", None)]);
        check("awk '{print $NF}' {1}", &[("awk '{print $NF}' ", Some(1)), ("", None)]);
    }
}
