//! Known: what is a name for certain, and is replaced wherever it stands.

use std::{cell::OnceCell, collections::BTreeSet, ops::Range};

use aho_corasick::{AhoCorasick, MatchKind};

use super::text::{Source, parts_words};

/// How many names are looked for.
const KEPT: usize = 1 << 14;
/// Shorter names are too likely to be words of ours.
const SHORT: usize = 4;

/// Names with their pseudonyms, and names that stay.
#[derive(Default)]
pub(super) struct Known {
    names: Vec<(String, String)>,
    spared: BTreeSet<String>,
    finder: OnceCell<Option<AhoCorasick>>,
}

impl Known {
    /// Takes a name in.
    pub(super) fn add(&mut self, name: &str, pseudonym: String) {
        // The first of two equal names is the one that is found.
        if 1 < name.len() && self.names.len() < KEPT {
            self.names.push((name.to_owned(), pseudonym));
        }
    }

    /// Takes in the names that stay, also where they look like others.
    pub(super) fn spare(&mut self, spared: BTreeSet<String>) {
        self.spared = spared;
    }

    /// Tells whether a word is a name that stays.
    pub(super) fn spares(&self, word: &str) -> bool {
        self.spared.contains(word)
    }

    /// Returns where names stand in a text as whole words, in the order of the text.
    ///
    /// What is part of a word is left to whoever knows the shapes of words.
    pub(super) fn whole_words(&self, text: &str, source: Source) -> Vec<(Range<usize>, &str)> {
        let mut places = self.places(text, source);
        places.retain(|(place, _)| {
            let before = text.get(..place.start).and_then(|before| before.chars().next_back());
            let after = text.get(place.end..).unwrap_or_default();
            let after = after.strip_prefix([':', '.']).unwrap_or(after).chars().next();
            before.is_none_or(parts_words) && after.is_none_or(parts_words)
        });
        places
    }

    /// Returns a word in which the names are replaced that stand in it.
    pub(super) fn within(&self, word: &str, source: Source) -> Option<String> {
        let places = self.places(word, source);
        let (mut out, mut rest) = (String::new(), 0);
        for (place, pseudonym) in &places {
            out += word.get(rest..place.start)?;
            out += pseudonym;
            rest = place.end;
        }
        out += word.get(rest..)?;
        (!places.is_empty()).then_some(out)
    }

    /// Returns where names stand in a text, with their pseudonyms, in the order of the text.
    fn places(&self, text: &str, source: Source) -> Vec<(Range<usize>, &str)> {
        let finder = self.finder.get_or_init(|| {
            let names = self.names.iter().map(|(name, _)| name);
            AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(names).ok()
        });
        let found = finder.iter().flat_map(|finder| finder.find_iter(text));
        let places = found.filter_map(|found| {
            let (name, pseudonym) = self.names.get(found.pattern().as_usize())?;
            let is_meant = stands_alone(text, found.range(), name)
                && !self.spared.contains(name)
                && (source == Source::Log || SHORT <= name.len());
            is_meant.then(|| (found.range(), pseudonym.as_str()))
        });
        places.collect()
    }
}

/// Tells whether what was found is no part of a longer name; a path goes on where its steps do.
fn stands_alone(text: &str, place: Range<usize>, name: &str) -> bool {
    let before = text.get(..place.start).and_then(|before| before.chars().next_back());
    let after = text.get(place.end..).and_then(|after| after.chars().next());
    let goes_on = |c: char| {
        c.is_alphanumeric() || c == '_' || (name.starts_with('/') && matches!(c, '/' | '-' | '@' | '\\'))
    };
    !before.is_some_and(|c| c.is_alphanumeric() || c == '_') && !after.is_some_and(goes_on)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_where_they_stand_alone() {
        let mut known = Known::default();
        for (name, pseudonym) in
            [("iota", "host-1"), ("/my group", "/path-1"), ("web", "path-2"), ("java", "no")]
        {
            known.add(name, pseudonym.into());
        }
        known.spare(BTreeSet::from(["java".to_owned()]));
        for (text, source, expected) in [
            ("iota: iotas xiota iota-2", Source::Log, vec![(0..4, "host-1"), (18..22, "host-1")]),
            ("Task in /my group killed, not /my group/x", Source::Log, vec![(8..17, "/path-1")]),
            ("the web and java", Source::Log, vec![(4..7, "path-2")]),
            ("the web of iota", Source::Ours, vec![(11..15, "host-1")]),
        ] {
            assert_eq!(known.places(text, source), expected, "{text}");
        }
        let text = "iota iota: iota:/x";
        assert_eq!(known.whole_words(text, Source::Log), [(0..4, "host-1"), (5..9, "host-1")]);
        assert_eq!(known.within("x-iota.y", Source::Log).as_deref(), Some("x-host-1.y"));
        assert_eq!(known.within("xiota", Source::Log), None);
    }
}
