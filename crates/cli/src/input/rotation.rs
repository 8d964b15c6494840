//! The order of a rotated set: the oldest file first, the live one last.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// How old a file of a rotated set is; what is smaller is older.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Age {
    /// A date in the name, digits only.
    Dated(String),
    /// A number in the name, which grows with age.
    Numbered(Reverse<u64>),
    /// `.old`: the one before the live one.
    Old,
    /// The live file.
    Live,
}

/// Puts the files of each rotated set into the order of their age.
///
/// A set stands where its first file stood; files of no set keep their order.
pub(super) fn sort<T>(items: &mut Vec<T>, path: impl Fn(&T) -> Option<&Path>) {
    let mut places: BTreeMap<(PathBuf, String), usize> = BTreeMap::new();
    let mut keyed: Vec<(usize, Age, T)> = Vec::with_capacity(items.len());
    for (index, item) in std::mem::take(items).into_iter().enumerate() {
        let named = path(&item).and_then(|path| {
            let (base, age) = split(path.file_name()?.to_str()?);
            Some((path.parent().unwrap_or(Path::new("")).to_path_buf(), base, age))
        });
        let (place, age) = match named {
            Some((folder, base, age)) => (*places.entry((folder, base)).or_insert(index), age),
            None => (index, Age::Live),
        };
        keyed.push((place, age, item));
    }
    keyed.sort_by(|(left_place, left_age, _), (right_place, right_age, _)| {
        left_place.cmp(right_place).then_with(|| left_age.cmp(right_age))
    });
    items.extend(keyed.into_iter().map(|(_, _, item)| item));
}

/// Splits a file's name into the name of its set and its age.
fn split(name: &str) -> (String, Age) {
    let name = ["gz", "xz", "zst", "bz2", "lz4", "Z"]
        .iter()
        .find_map(|packing| name.strip_suffix(packing)?.strip_suffix('.'))
        .unwrap_or(name);
    // Archived journals carry their sequence numbers and times in hexadecimal digits of fixed width.
    if let Some((base, mark)) = name.strip_suffix(".journal").and_then(|name| name.split_once('@')) {
        let time = mark.rsplit('-').next().unwrap_or(mark);
        return (format!("{base}.journal"), Age::Dated(time.into()));
    }
    if let Some((base, age)) = split_age(name) {
        return (base.into(), age);
    }
    // logrotate's `extension .log` puts the mark before the extension.
    if let Some((base, age)) = name.strip_suffix(".log").and_then(split_age) {
        return (format!("{base}.log"), age);
    }
    (name.into(), Age::Live)
}

fn split_age(name: &str) -> Option<(&str, Age)> {
    if let Some(base) = name.strip_suffix(".old") {
        return Some((base, Age::Old));
    }
    let numbered = name.rsplit_once('.').and_then(|(base, mark)| {
        let short = mark.len() < 6 && mark.bytes().all(|byte| byte.is_ascii_digit());
        Some((base, Age::Numbered(Reverse(mark.parse().ok().filter(|_| short)?))))
    });
    numbered.or_else(|| {
        // The longest mark wins, so that `kern.log-2022-05-10` is not cut at its last dash.
        name.match_indices(['.', '-']).find_map(|(at, _)| {
            let mark = name.get(at + 1..)?;
            let base = name.get(..at).filter(|base| !base.is_empty())?;
            Some((base, Age::Dated(date(mark)?)))
        })
    })
}

/// Returns the digits of a date or of seconds since 1970; `None` where it is neither.
fn date(mark: &str) -> Option<String> {
    let digits: String = mark.chars().filter(char::is_ascii_digit).collect();
    let only = mark.bytes().all(|byte| byte.is_ascii_digit() || b"-_:T.+".contains(&byte));
    let year = digits.starts_with("19") || digits.starts_with("20");
    let seconds = digits.len() == 10 && digits.len() == mark.len();
    (only && ((8 <= digits.len() && digits.len() <= 20 && year) || seconds)).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&str], expected: &[&str]) {
        let mut paths: Vec<PathBuf> = names.iter().map(PathBuf::from).collect();
        sort(&mut paths, |path| Some(path));
        let sorted: Vec<&str> = paths.iter().map(|path| path.to_str().unwrap()).collect();
        assert_eq!(sorted, expected);
    }

    #[test]
    fn numbers_grow_with_age() {
        check(
            &["kern.log", "kern.log.1", "kern.log.10.gz", "kern.log.2.gz"],
            &["kern.log.10.gz", "kern.log.2.gz", "kern.log.1", "kern.log"],
        );
        check(&["dmesg", "dmesg.0", "dmesg.1.gz"], &["dmesg.1.gz", "dmesg.0", "dmesg"]);
        check(&["kern.log", "kern.log.old"], &["kern.log.old", "kern.log"]);
        check(&["kern.1.log", "kern.2.log", "kern.log"], &["kern.2.log", "kern.1.log", "kern.log"]);
    }

    #[test]
    fn dates_shrink_with_age() {
        check(
            &["messages", "messages-20220501", "messages-20220424.xz", "messages-20211231.gz"],
            &["messages-20211231.gz", "messages-20220424.xz", "messages-20220501", "messages"],
        );
        check(
            &["kern.log", "kern.log-2022-05-10", "kern.log-2022-05-09.zst"],
            &["kern.log-2022-05-09.zst", "kern.log-2022-05-10", "kern.log"],
        );
        check(&["k.log", "k-20220511.log", "k-20220510.log"], &["k-20220510.log", "k-20220511.log", "k.log"]);
        check(&["m", "m-1652140800", "m-1652054400"], &["m-1652054400", "m-1652140800", "m"]);
    }

    #[test]
    fn sets_stay_apart_and_where_they_were() {
        check(
            &["b/kern.log", "syslog", "b/kern.log.1", "a/kern.log.2", "host-1.example.log", "syslog.1"],
            &["b/kern.log.1", "b/kern.log", "syslog.1", "syslog", "a/kern.log.2", "host-1.example.log"],
        );
    }

    #[test]
    fn archived_journals_come_before_the_live_one() {
        check(
            &[
                "system.journal",
                "system@aa-0000000000000002-0005df1.journal",
                "system@bb-0001-0005de0.journal",
            ],
            &[
                "system@bb-0001-0005de0.journal",
                "system@aa-0000000000000002-0005df1.journal",
                "system.journal",
            ],
        );
    }
}
