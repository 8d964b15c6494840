//! `oom-kill:constraint=…`: why, whose limit, and who was chosen (since Linux 5.0).
//!
//! Source: `dump_oom_summary()` in `mm/oom_kill.c`.

use oomkit_core::ident::{Comm, Pid, Uid};

use super::fields::{owned, signed, split_once};

/// The constraints that the kernel has names for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The whole machine was out.
    None,
    /// The nodes of a cpuset were.
    Cpuset,
    /// The nodes of a memory policy were.
    MemoryPolicy,
    /// A cgroup hit its limit.
    Memcg,
}

impl Kind {
    const NAMES: [(Self, &'static str); 4] = [
        (Self::None, "CONSTRAINT_NONE"),
        (Self::Cpuset, "CONSTRAINT_CPUSET"),
        (Self::MemoryPolicy, "CONSTRAINT_MEMORY_POLICY"),
        (Self::Memcg, "CONSTRAINT_MEMCG"),
    ];

    /// Returns the kernel's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// Returns the constraint of a name; `None` for one that no kernel read so far has.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }
}

/// What the line says; a cut line leaves the tail out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The name of the constraint; Linux 5.0 and 5.1 always say `CONSTRAINT_NONE`.
    pub constraint: Option<String>,
    /// The nodes that a memory policy allows; `None` where the line says `(null)`.
    pub nodemask: Option<String>,
    /// The name of the cpuset.
    pub cpuset: Option<String>,
    /// The nodes that the cpuset allows.
    pub mems_allowed: Option<String>,
    /// Whether the line says `global_oom`.
    pub global: bool,
    /// The cgroup whose limit was hit.
    pub oom_memcg: Option<String>,
    /// The cgroup of the chosen task.
    pub task_memcg: Option<String>,
    /// The name of the chosen task.
    pub comm: Option<Comm>,
    /// Its process id.
    pub pid: Option<Pid>,
    /// Its user id.
    pub uid: Option<Uid>,
    /// Whether the line breaks off before its end.
    pub cut: bool,
}

/// The keys in the order of printing; a value ends where the next key that is there begins.
const KEYS: [&[u8]; 9] = [
    b"constraint=",
    b",nodemask=",
    b",cpuset=",
    b",mems_allowed=",
    b",global_oom",
    b",oom_memcg=",
    b",task_memcg=",
    b",task=",
    b",pid=",
];

/// Reads the line.
#[must_use]
pub fn read(text: &[u8]) -> Option<Summary> {
    let text = text.trim_ascii().strip_prefix(b"oom-kill:")?;
    // A pager marks what it cut off at the edge of the screen.
    let text = text.strip_suffix(b">").map_or(text, |text| text.strip_suffix(b",").unwrap_or(text));
    if !text.starts_with(b"constraint=") {
        return None;
    }
    let mut summary = Summary::default();
    // Names may hold ",pid=", so the tail is looked for from the right.
    let (head, tail) = match memchr::memmem::rfind(text, b",pid=") {
        Some(at) => text.split_at_checked(at)?,
        None => (text, &b""[..]),
    };
    read_tail(tail, &mut summary);
    let mut rest = head;
    let mut index = 0;
    while let Some((key, others)) = KEYS.get(index..).and_then(<[&[u8]]>::split_first) {
        index += 1;
        let Some(after) = rest.strip_prefix(*key) else { continue };
        // The name is last before the tail, and may hold what looks like it.
        let is_name = *key == b",task=";
        let end =
            others.iter().filter_map(|next| memchr::memmem::find(after, next)).min().filter(|_| !is_name);
        let (value, next) = after.split_at_checked(end.unwrap_or(after.len()))?;
        set(&mut summary, key, value);
        rest = next;
    }
    summary.cut = summary.pid.is_none() || summary.uid.is_none();
    Some(summary)
}

fn set(summary: &mut Summary, key: &[u8], value: &[u8]) {
    let given = (value != b"(null)").then(|| owned(value));
    match key {
        b"constraint=" => summary.constraint = given,
        b",nodemask=" => summary.nodemask = given,
        b",cpuset=" => summary.cpuset = given,
        b",mems_allowed=" => summary.mems_allowed = given,
        b",global_oom" => summary.global = true,
        b",oom_memcg=" => summary.oom_memcg = given,
        b",task_memcg=" => summary.task_memcg = given,
        _ => summary.comm = Some(Comm::new(value)),
    }
}

fn read_tail(tail: &[u8], summary: &mut Summary) {
    let Some((pid, rest)) = tail.strip_prefix(b",pid=").and_then(signed) else { return };
    let uid = rest.strip_prefix(b",uid=").or_else(|| rest.strip_prefix(b",uid")).and_then(signed);
    match uid {
        Some((uid, _)) => {
            summary.pid = Some(Pid::new(pid));
            summary.uid = Some(Uid::new(uid));
        }
        // Without what follows it, the number itself may be cut short.
        None if !rest.is_empty() => summary.pid = Some(Pid::new(pid)),
        None => {}
    }
}

/// Tells whether a line is a later piece of a summary that other output broke apart.
#[must_use]
pub fn is_piece(text: &[u8]) -> bool {
    KEYS.iter().skip(1).any(|key| text.starts_with(key))
}

/// `<comm> cpuset=<name> mems_allowed=<list>` (Linux 2.6.29 to 4.20).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cpuset {
    /// The name of the cpuset.
    pub cpuset: Option<String>,
    /// The nodes that it allows.
    pub mems_allowed: Option<String>,
}

/// Reads the line, or one of the pieces into which Linux 3.15 to 4.20 may break it.
#[must_use]
pub fn read_cpuset(text: &[u8]) -> Option<Cpuset> {
    if let Some(mems) = text.trim_ascii_start().strip_prefix(b"mems_allowed=") {
        return Some(Cpuset { cpuset: None, mems_allowed: Some(owned(mems.trim_ascii())) });
    }
    let (comm, rest) = split_once(text, b" cpuset=")?;
    if comm.len() > Comm::LONGEST || comm.contains(&b'=') {
        return None;
    }
    let (cpuset, mems) = match split_once(rest, b" mems_allowed=") {
        Some((cpuset, mems)) => (cpuset, Some(owned(mems.trim_ascii()))),
        None => (rest, None),
    };
    Some(Cpuset { cpuset: Some(owned(cpuset)), mems_allowed: mems })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cgroup_kill_is_read() {
        let summary = read(b"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0-1,4,oom_memcg=/a,task_memcg=/a/b,task=x,y,pid=7,uid=-2").unwrap();
        assert_eq!(summary.constraint.as_deref(), Some("CONSTRAINT_MEMCG"));
        assert_eq!((summary.nodemask.as_deref(), summary.mems_allowed.as_deref()), (None, Some("0-1,4")));
        assert_eq!((summary.oom_memcg.as_deref(), summary.task_memcg.as_deref()), (Some("/a"), Some("/a/b")));
        assert_eq!(summary.comm, Some(Comm::new(b"x,y")));
        assert_eq!((summary.pid, summary.uid), (Some(Pid::new(7)), Some(Uid::new(-2))));
        assert!(!summary.global && !summary.cut);
    }

    #[test]
    fn missing_parts_stay_unknown() {
        let summary =
            read(b"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),task=sh,pid=7991,uid=0").unwrap();
        assert_eq!((summary.cpuset, summary.comm), (None, Some(Comm::new(b"sh"))));
        let cut = read(
            b"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),oom_memcg=/a,task_memcg=/a,task=x,pid=10",
        )
        .unwrap();
        assert!(cut.cut && cut.pid.is_none());
        let damaged = read(b"oom-kill:constraint=CONSTRAINT_MEMCG,task=tail,pid=108,uid0").unwrap();
        assert_eq!(damaged.uid, Some(Uid::new(0)));
    }

    #[test]
    fn a_name_cannot_forge_the_tail() {
        let summary = read(
            b"oom-kill:constraint=CONSTRAINT_NONE,global_oom,task_memcg=/,task=a,pid=1,uid=0,pid=9,uid=5",
        )
        .unwrap();
        assert_eq!((summary.pid, summary.comm), (Some(Pid::new(9)), Some(Comm::new(b"a,pid=1,uid=0"))));
    }

    #[test]
    fn the_old_cpuset_line_is_read_whole_and_in_pieces() {
        let read = |text: &str| read_cpuset(text.as_bytes()).map(|read| (read.cpuset, read.mems_allowed));
        assert_eq!(read("java cpuset=/ mems_allowed=0-1"), Some((Some("/".into()), Some("0-1".into()))));
        assert_eq!(read("java cpuset=box"), Some((Some("box".into()), None)));
        assert_eq!(read(" mems_allowed=0"), Some((None, Some("0".into()))));
        assert_eq!(read("constraint=X cpuset=/"), None);
    }
}
