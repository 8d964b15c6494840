//! Texts: what in a line is a path, an address, a host, a user or an id, by its shape and by what
//! stands before it.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{
    ids::ids,
    known::Known,
    names::{Kind, Names},
    path::{path, step},
};

/// Whose words a text is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The log's: anything may stand in it.
    Log,
    /// Ours: names of settings look like names of hosts, and are none.
    Ours,
}

/// What parts the words of a line.
const PARTING: &[char] =
    &[',', ';', '"', '\'', '`', '(', ')', '<', '>', '[', ']', '{', '}', '|', '=', '!', '?', '*', '&'];

/// Words after which a log names somebody or something.
const INTRODUCTIONS: &[(&str, Kind)] = &[
    ("host", Kind::Host),
    ("hostname", Kind::Host),
    ("nodename", Kind::Host),
    ("server", Kind::Host),
    ("acct", Kind::User),
    ("logname", Kind::User),
    ("ruser", Kind::User),
    ("user", Kind::User),
    ("username", Kind::User),
];

/// Last parts of names that hosts have and settings, files and units have not.
const ZONES: &[&str] = &[
    "cloud",
    "com",
    "corp",
    "dev",
    "example",
    "home",
    "internal",
    "intranet",
    "invalid",
    "io",
    "lan",
    "local",
    "localdomain",
    "net",
    "org",
    "test",
];

/// Last parts of names of cgroups that systemd made.
const CGROUPS: &[&str] = &["scope", "service", "slice"];

/// Last parts of names of files and units.
const NO_ZONES: &[&str] = &[
    "c",
    "cold",
    "conf",
    "constprop",
    "gz",
    "h",
    "isra",
    "ko",
    "log",
    "mount",
    "part",
    "scope",
    "service",
    "slice",
    "so",
    "socket",
    "target",
    "timer",
];

/// Tells whether a character parts the words of a line.
pub(super) fn parts_words(c: char) -> bool {
    c.is_whitespace() || PARTING.contains(&c)
}

/// Replaces what a line gives away, word by word.
pub(super) fn redacted(text: &str, source: Source, known: &Known, names: &mut Names) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = String::new();
    for piece in text.split_inclusive(parts_words) {
        let word = piece.trim_end_matches(parts_words);
        let parting = piece.get(word.len()..).unwrap_or_default();
        if known.spares(word) {
            out.push_str(word);
        } else {
            out.push_str(&of_word(word, &before, source, known, names));
        }
        out.push_str(parting);
        if !word.is_empty() {
            before = word.trim_end_matches(':').to_ascii_lowercase();
        }
    }
    out
}

fn of_word(word: &str, before: &str, source: Source, known: &Known, names: &mut Names) -> String {
    let own = word.trim_end_matches([':', '.']);
    let end = word.get(own.len()..).unwrap_or_default();
    let redacted = user(own, before, names)
        .or_else(|| introduced(own, before, source, names))
        .or_else(|| by_shape(own, source, names))
        .unwrap_or_else(|| ids(known.within(own, source).as_deref().unwrap_or(own), names));
    redacted + end
}

/// A user's id after what says so.
fn user(word: &str, before: &str, names: &mut Names) -> Option<String> {
    let after = word.split_once(':').filter(|(key, _)| key.eq_ignore_ascii_case("uid"));
    let (key, digits) = match after {
        Some((key, digits)) => (format!("{key}:"), digits),
        None if before == "uid" || before == "user" => (String::new(), word),
        None => return None,
    };
    let uid: i64 = digits.parse().ok()?;
    Some(format!("{key}{}", names.of_uid(uid)))
}

/// A name after a word that introduces one.
fn introduced(word: &str, before: &str, source: Source, names: &mut Names) -> Option<String> {
    let (_, kind) = INTRODUCTIONS.iter().find(|(introduction, _)| *introduction == before)?;
    let is_name = source == Source::Log
        && word.chars().any(char::is_alphanumeric)
        && !word.contains('/')
        && address(word, names).is_none();
    is_name.then(|| names.of(*kind, word))
}

fn by_shape(word: &str, source: Source, names: &mut Names) -> Option<String> {
    if let Some((scheme, rest)) = word.split_once("://") {
        let (host, rest) = rest.split_at_checked(rest.find('/').unwrap_or(rest.len()))?;
        let host = if host.is_empty() { String::new() } else { of_host(host, names) };
        return Some(format!("{scheme}://{host}{}", path(rest, names)));
    }
    if word.starts_with('/') {
        return Some(path(word, names));
    }
    let last = word.rsplit('.').next().unwrap_or_default();
    if source == Source::Log && last.len() < word.len() && CGROUPS.contains(&last) {
        return Some(step(word, names));
    }
    address(word, names)
        .or_else(|| at(word, source, names))
        .or_else(|| after_colon(word, source, names))
        .or_else(|| is_host(word, source).then(|| names.of(Kind::Host, word)))
}

/// Addresses: IPv4 and IPv6, also with a port or a mask, and those of network cards.
fn address(word: &str, names: &mut Names) -> Option<String> {
    if word.parse::<Ipv4Addr>().is_ok() {
        return Some(names.of(Kind::Ip, word));
    }
    let colons = word.matches(':').count();
    if 1 < colons
        && let Ok(address) = word.parse::<Ipv6Addr>()
    {
        return Some(names.of(Kind::Ip, &address.to_string()));
    }
    if is_mac(word) {
        return Some(names.of(Kind::Mac, &word.to_ascii_lowercase().replace('-', ":")));
    }
    if let Some(dashed) =
        word.strip_prefix("ip-").filter(|dashed| dashed.replace('-', ".").parse::<Ipv4Addr>().is_ok())
    {
        return Some(names.of(Kind::Ip, &dashed.replace('-', ".")));
    }
    let (own, rest) = word.split_at_checked(word.rfind(['/', ':', '%'])?)?;
    let is_address =
        own.parse::<Ipv4Addr>().is_ok() || (1 < own.matches(':').count() && own.parse::<Ipv6Addr>().is_ok());
    is_address.then(|| format!("{}{rest}", names.of(Kind::Ip, own)))
}

fn is_mac(word: &str) -> bool {
    [':', '-'].iter().any(|parting| {
        let parts: Vec<&str> = word.split(*parting).collect();
        6 <= parts.len()
            && parts.iter().all(|part| part.len() == 2 && part.chars().all(|c| c.is_ascii_hexdigit()))
    })
}

/// Somebody at a host, or an instance of a unit.
fn at(word: &str, source: Source, names: &mut Names) -> Option<String> {
    let (user, host) = word.split_once('@').filter(|(user, host)| !user.is_empty() && !host.is_empty())?;
    let last = host.rsplit('.').next().unwrap_or_default();
    if host.contains('.') && NO_ZONES.contains(&last) {
        return Some(step(word, names));
    }
    (source == Source::Log).then(|| format!("{}@{}", names.of(Kind::User, user), of_host(host, names)))
}

/// What stands after a colon: an address, or a path on a host.
fn after_colon(word: &str, source: Source, names: &mut Names) -> Option<String> {
    let (key, value) = word.split_once(':')?;
    if value.starts_with('/') {
        let key = if source == Source::Log && 1 < value.len() { of_host(key, names) } else { key.to_owned() };
        return Some(format!("{key}:{}", path(value, names)));
    }
    let value =
        address(value, names).or_else(|| is_host(value, source).then(|| names.of(Kind::Host, value)))?;
    Some(format!("{key}:{value}"))
}

fn of_host(host: &str, names: &mut Names) -> String {
    if let Some(address) = address(host, names) {
        return address;
    }
    match host.split_once(':') {
        Some((host, port)) => format!("{}:{port}", names.of(Kind::Host, host)),
        None => names.of(Kind::Host, host),
    }
}

/// Tells whether a word is the full name of a host, or of one in a zone that settings have not.
fn is_host(word: &str, source: Source) -> bool {
    let labels: Vec<&str> = word.split('.').collect();
    let are_labels = labels.iter().all(|label| {
        (1..=63).contains(&label.len()) && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    });
    let Some(zone) = labels.last().filter(|_| source == Source::Log && are_labels && 1 < labels.len()) else {
        return false;
    };
    let is_word = 1 < zone.len() && zone.chars().all(|c| c.is_ascii_alphabetic());
    ZONES.contains(zone) || (2 < labels.len() && is_word && !NO_ZONES.contains(zone))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: Source, lines: &[(&str, &str)]) {
        let mut names = Names::default();
        let mut known = Known::default();
        known.spare(["/usr/sbin/apach".to_owned(), "a.b.com".to_owned()].into());
        for (line, expected) in lines {
            assert_eq!(redacted(line, source, &known, &mut names), *expected);
        }
    }

    #[test]
    fn logs_lose_what_they_give_away() {
        check(
            Source::Log,
            &[
                ("src=10.0.0.7 dst=10.0.0.8:443, 10.0.0.7/8", "src=ip-1 dst=ip-2:443, ip-1/8"),
                ("from 2001:db8::1 to [fe80::1%eth0]", "from ip-3 to [ip-4%eth0]"),
                ("eth0: 52:54:00:12:34:56 up", "eth0: mac-1 up"),
                ("nfs: server filer not responding", "nfs: server host-1 not responding"),
                ("mount filer:/vol/home at /srv/home", "mount host-1:/path-1/home at /srv/home"),
                ("user=alice acct=\"alice\" uid=21847", "user=user-1 acct=\"user-1\" uid=100001"),
                (
                    "Killed process 1 (x), UID 21847, UID:21847 uid=0",
                    "Killed process 1 (x), UID 100001, UID:100001 uid=0",
                ),
                (
                    "(alice@build7) https://git.corp.example:80/a?b",
                    "(user-1@host-2) https://host-3:80/path-2?b",
                ),
                ("db-1.corp.example and db.internal", "host-4 and host-5"),
                ("Killed process 7 (/usr/sbin/apach) a.b.com", "Killed process 7 (/usr/sbin/apach) a.b.com"),
                ("ip-10-0-0-7 is 10.0.0.7", "ip-1 is ip-1"),
                ("nginx.service of user-21847.slice", "path-3 of user-100001.slice"),
            ],
        );
    }

    #[test]
    fn what_is_the_kernels_stays() {
        for line in [
            "CPU: 9 PID: 38623 Comm: x Not tainted 4.15.0-142-generic #146~16.04.1-Ubuntu",
            "Hardware name: Dell Inc. PowerEdge R720/R1XT20, BIOS 2.0.19 08/29/2013",
            "oom_kill_process.cold+0xa/0xb2 RSP: 002b:000000000001dbf08 EFLAGS: 00010206",
            "Node 0 DMA: 1*4kB (U) 0*8kB = 15900kB",
            "kworker/0:1 invoked oom-killer: gfp_mask=0x14280ca(GFP_HIGHUSER_MOVABLE|__GFP_ZERO), order=0",
            "echo 0 > /proc/sys/kernel/hung_task_timeout_secs at 15:45:51",
            "3.10.0-957.21.3.el7.x86_64 mm/page_alloc.c:123 isra.0",
        ] {
            check(Source::Log, &[(line, line)]);
        }
        for line in
            ["set resources.limits.memory, memory.swap.max", "who is user memory of", "see host pages"]
        {
            check(Source::Ours, &[(line, line)]);
        }
    }
}
