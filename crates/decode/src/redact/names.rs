//! Names: the same one gets the same pseudonym, and memory stays bounded.

use std::collections::BTreeMap;

/// What a name is of, which its pseudonym tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Host,
    User,
    Path,
    Ip,
    Mac,
    Pod,
    Container,
    Namespace,
    Owner,
    Image,
    Service,
    Id,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::User => "user",
            Self::Path => "path",
            Self::Ip => "ip",
            Self::Mac => "mac",
            Self::Pod => "pod",
            Self::Container => "container",
            Self::Namespace => "namespace",
            Self::Owner => "owner",
            Self::Image => "image",
            Self::Service => "service",
            Self::Id => "id",
        }
    }
}

/// How many names are told apart; those beyond share one pseudonym.
const KEPT: usize = 1 << 16;
/// User ids below this are the system's own.
const FIRST_PERSON: i64 = 1000;
/// The user that stands for nobody.
const NOBODY: i64 = 65_534;
/// What the pseudonyms of user ids count from.
const FIRST_PSEUDONYM: i64 = 100_000;

/// The pseudonyms that were given so far.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: BTreeMap<(Kind, String), String>,
    counts: BTreeMap<Kind, u64>,
    /// Ids have one pseudonym, whatever they were first taken for.
    ids: BTreeMap<String, String>,
    users: BTreeMap<i64, i64>,
}

impl Names {
    /// Returns the pseudonym of a name.
    pub(super) fn of(&mut self, kind: Kind, name: &str) -> String {
        if let Some(known) = self.known.get(&(kind, name.to_owned())) {
            return known.clone();
        }
        let pseudonym = self.next(kind);
        if self.known.len() < KEPT {
            self.known.insert((kind, name.to_owned()), pseudonym.clone());
        }
        pseudonym
    }

    /// Takes another spelling of a name in, under the pseudonym that it has already.
    pub(super) fn also(&mut self, kind: Kind, name: &str, pseudonym: &str) {
        if self.known.len() < KEPT {
            self.known.entry((kind, name.to_owned())).or_insert_with(|| pseudonym.to_owned());
        }
    }

    /// Returns the pseudonym of an id, which some write with dashes, some with bars, some without.
    pub(super) fn of_id(&mut self, kind: Kind, id: &str) -> String {
        let digits: String =
            id.chars().filter(|c| !matches!(c, '-' | '_')).map(|c| c.to_ascii_lowercase()).collect();
        if let Some(known) = self.ids.get(&digits) {
            return known.clone();
        }
        let pseudonym = self.next(kind);
        if self.ids.len() < KEPT {
            self.ids.insert(digits, pseudonym.clone());
        }
        pseudonym
    }

    fn next(&mut self, kind: Kind) -> String {
        if KEPT <= self.known.len().max(self.ids.len()) {
            return format!("{}-other", kind.word());
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        format!("{}-{count}", kind.word())
    }

    /// Returns the pseudonym of a user id; the system's own users stay as they are.
    pub(super) fn of_uid(&mut self, uid: i64) -> i64 {
        // Some lines print large ids as negative numbers; those belong to people as well.
        if (0..FIRST_PERSON).contains(&uid) || uid == NOBODY {
            return uid;
        }
        let next = FIRST_PSEUDONYM + 1 + i64::try_from(self.users.len()).unwrap_or(0);
        if let Some(known) = self.users.get(&uid) {
            return *known;
        }
        if self.users.len() < KEPT {
            self.users.insert(uid, next);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_keeps_its_pseudonym() {
        let mut names = Names::default();
        assert_eq!(names.of(Kind::Host, "iota"), "host-1");
        assert_eq!(names.of(Kind::Host, "kappa"), "host-2");
        assert_eq!(names.of(Kind::Host, "iota"), "host-1");
        assert_eq!(names.of_id(Kind::Pod, "0f6a-1c2e"), "pod-1");
        assert_eq!(names.of_id(Kind::Id, "0F6A_1C2E"), "pod-1");
        assert_eq!(
            [0, 999, 65_534, 1000, 21_847, 1000].map(|uid| names.of_uid(uid)),
            [0, 999, 65_534, 100_001, 100_002, 100_001]
        );
    }

    #[test]
    fn endless_names_do_not_fill_the_memory() {
        let mut names = Names::default();
        for number in 0..KEPT + 10 {
            names.of(Kind::Path, &number.to_string());
        }
        assert_eq!(names.of(Kind::Path, "one more"), "path-other");
        assert_eq!(names.of(Kind::Path, "0"), "path-1");
        assert_eq!(names.known.len(), KEPT);
    }
}
