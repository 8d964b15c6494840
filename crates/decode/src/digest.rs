//! Digest: what many events come to, by who was killed where, in memory that does not grow with them.

use std::collections::{BTreeMap, VecDeque};

use oomkit_core::{
    place::{InputId, LineNo},
    units::{Bytes, WallTime},
    workload::Workload,
};
use schemars::JsonSchema;
use serde::Serialize;

mod group;
mod key;

pub use group::{CauseCount, CrashLoop, EventGroup, Swarm, Trend};

use crate::report::{Event, EventKind};
use group::Gathered;
use key::Key;

/// Groups that are kept; events of further groups are only counted.
const KEPT: usize = 2048;
/// Kills that are remembered, for the bystanders that may follow.
const RECENT: usize = 64;

/// Gathers events by who was killed where.
#[derive(Clone, Debug, Default)]
pub struct Digest {
    events: u64,
    kinds: BTreeMap<&'static str, (EventKind, u64)>,
    groups: BTreeMap<Key, Gathered>,
    beyond: u64,
    span: Span,
    forged: u64,
    /// Where the last kills stand, and to which group each belongs.
    recent: VecDeque<(InputId, LineNo, Key)>,
}

/// What all events come to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Overall {
    /// Events, forged ones left out.
    pub events: u64,
    /// Events that user space wrote.
    pub forged_events: u64,
    /// How many there are of each kind, in the order of their names.
    pub kinds: Vec<KindCount>,
    /// The earliest event whose time is known.
    pub first_at: Option<WallTime>,
    /// The latest event whose time is known.
    pub last_at: Option<WallTime>,
    /// Events of the same kind, victim and limit, the most frequent first.
    pub groups: Vec<EventGroup>,
    /// Events that are in no group, because there would be too many groups.
    pub ungrouped_events: u64,
}

/// How many events of a kind there are.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct KindCount {
    /// The kind.
    pub kind: EventKind,
    /// How many there are.
    pub events: u64,
}

impl Digest {
    /// Takes an event; a forged one is only counted, and apart from the others.
    pub fn add(&mut self, event: &Event) {
        if event.forged {
            self.forged += 1;
            return;
        }
        self.events += 1;
        self.kinds.entry(name(event.kind)).or_insert((event.kind, 0)).1 += 1;
        self.span.take(event.at);
        if self.is_bystander(event) {
            return;
        }
        let key = Key::of(event);
        self.remember(event, &key);
        if self.groups.len() < KEPT || self.groups.contains_key(&key) {
            self.groups.entry(key).or_default().take(event);
        } else {
            self.beyond += 1;
        }
    }

    /// Returns how many events were counted, forged ones left out.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// Returns how many events user space had forged.
    #[must_use]
    pub const fn forged_events(&self) -> u64 {
        self.forged
    }

    /// Returns what all events come to.
    #[must_use]
    pub fn overall(&self) -> Overall {
        let mut groups: Vec<EventGroup> = self.groups.iter().map(|(key, group)| group.tell(key)).collect();
        // The keys are in order, so that equals stay in it.
        groups.sort_by(|a, b| {
            let weight = |group: &EventGroup| (group.events + group.bystanders, group.biggest_bytes);
            weight(b).cmp(&weight(a))
        });
        Overall {
            events: self.events,
            forged_events: self.forged,
            kinds: self
                .kinds
                .values()
                .map(|(kind, events)| KindCount { kind: *kind, events: *events })
                .collect(),
            first_at: self.span.first,
            last_at: self.span.last,
            groups,
            ungrouped_events: self.beyond,
        }
    }

    /// Counts a bystander with the kill that it was an accident of, and tells whether it was one.
    fn is_bystander(&mut self, event: &Event) -> bool {
        let Some(cascade) = event.findings.iter().find(|finding| finding.name == "cascade") else {
            return false;
        };
        let Some(real) = cascade.evidence.first() else { return false };
        let found =
            self.recent.iter().rev().find(|(input, line, _)| (*input, *line) == (real.input, real.line));
        let Some(group) = found.and_then(|(.., key)| self.groups.get_mut(key)) else { return false };
        group.take_bystander(event);
        true
    }

    fn remember(&mut self, event: &Event, key: &Key) {
        let Some(victim) = event.victims.first() else { return };
        if RECENT <= self.recent.len() {
            self.recent.pop_front();
        }
        self.recent.push_back((event.input, victim.line, key.clone()));
    }
}

/// The first and the last moment of those that are known.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    first: Option<WallTime>,
    last: Option<WallTime>,
}

impl Span {
    fn take(&mut self, at: Option<WallTime>) {
        let Some(at) = at else { return };
        if self.first.is_none_or(|first| at.instant() < first.instant()) {
            self.first = Some(at);
        }
        if self.last.is_none_or(|last| last.instant() < at.instant()) {
            self.last = Some(at);
        }
    }
}

/// Returns the name of a kind, as JSON has it.
const fn name(kind: EventKind) -> &'static str {
    match kind {
        EventKind::OomKill => "oom-kill",
        EventKind::OomNoVictim => "oom-no-victim",
        EventKind::Panic => "panic",
        EventKind::AllocFailure => "alloc-failure",
        EventKind::MemoryDump => "memory-dump",
        EventKind::UserspaceKill => "userspace-kill",
    }
}

/// Returns the size by which victims are compared.
fn size(event: &Event) -> Option<Bytes> {
    let of = |victim: &crate::report::Victim| {
        let row = || event.tasks.iter().find(|task| task.pid == victim.pid).and_then(|task| task.rss_bytes);
        victim.anon_rss_bytes.or_else(row)
    };
    event.victims.iter().filter_map(of).max()
}

/// Returns who runs in the cgroup at its limit, without the container of a pod, which a restart changes.
fn lasting(event: &Event) -> Option<Workload> {
    let limited = Workload::of_path(&key::path(event)?)?;
    let own = event.workload.as_ref();
    let is_own =
        |own: &&Workload| (&own.container_id, &own.pod_uid) == (&limited.container_id, &limited.pod_uid);
    let workload = own.filter(is_own).cloned().unwrap_or(limited);
    let container_id = workload.container_id.filter(|_| workload.pod_uid.is_none());
    Some(Workload { container_id, ..workload })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kill at the limit of a unit: seconds, process id, size in KiB.
    fn at_limit(unit: &str, (seconds, pid, kib): (u32, u32, u32)) -> String {
        let path = format!("/system.slice/{unit}.service");
        format!(
            "[{seconds:5}.000000] {unit} invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n\
             [{seconds:5}.000001] memory: usage 524288kB, limit 524288kB, failcnt 10\n\
             [{seconds:5}.000002] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,\
             oom_memcg={path},task_memcg={path},task={unit},pid={pid},uid=0\n\
             [{seconds:5}.000003] Memory cgroup out of memory: Killed process {pid} ({unit}) total-vm:4000000kB, \
             anon-rss:{kib}kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:1200kB oom_score_adj:0\n"
        )
    }

    /// A kill of the whole machine, with what is free in pages and the rows of the task table.
    fn global(seconds: f64, free: u32, rows: &[(u32, &str, u32)]) -> String {
        let (pid, comm, pages) = rows[0];
        let kib = pages * 4;
        let rows: String = rows
            .iter()
            .map(|(pid, comm, pages)| {
                format!("[{seconds:12.6}] [{pid:7}] 0 {pid} 300000 {pages} 65536 0 0 {comm}\n")
            })
            .collect();
        let lines = [
            "init invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
            "Mem-Info:",
            "active_anon:200000 inactive_anon:0 isolated_anon:0",
            " active_file:100 inactive_file:100 isolated_file:0",
            " slab_reclaimable:1000 slab_unreclaimable:1000",
            " mapped:0 shmem:100 pagetables:1000 bounce:0",
            &format!(" free:{free} free_pcp:0 free_cma:0"),
            "262144 pages RAM",
            "4096 pages reserved",
            "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name",
        ];
        let head: String = lines.iter().map(|line| format!("[{seconds:12.6}] {line}\n")).collect();
        format!(
            "{head}{rows}[{seconds:12.6}] Out of memory: Killed process {pid} ({comm}) total-vm:1200000kB, \
             anon-rss:{kib}kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:64kB oom_score_adj:0\n"
        )
    }

    fn overall(logs: &[String]) -> Overall {
        let mut digest = Digest::default();
        let options = crate::Options {
            page_size: None,
            now: jiff::Timestamp::UNIX_EPOCH,
            zone: jiff::tz::TimeZone::UTC,
            names: Default::default(),
        };
        let mut decoder = crate::Decoder::new(options);
        for log in logs {
            decoder.begin("log", None);
            decoder.feed(log.as_bytes(), &mut |event| digest.add(&event));
            decoder.end(None, &mut |event| digest.add(&event));
        }
        decoder.finish(&mut |event| digest.add(&event));
        digest.overall()
    }

    fn group(victim: &str, scope: crate::report::Scope, events: u64) -> EventGroup {
        EventGroup {
            kind: EventKind::OomKill,
            scope,
            host: None,
            victim: Some(victim.into()),
            cgroup: None,
            label: None,
            workload: None,
            events,
            victims: events,
            first_at: None,
            last_at: None,
            biggest_bytes: None,
            causes: Vec::new(),
            crash_loop: None,
            swarm: None,
            bystanders: 0,
            bystander_names: Vec::new(),
            suppressed: 0,
        }
    }

    /// What other rules say of the events is no business of these tests.
    fn without_causes(overall: Overall) -> Vec<EventGroup> {
        overall
            .groups
            .into_iter()
            .map(|group| EventGroup { causes: Vec::new(), workload: None, ..group })
            .collect()
    }

    fn kib(kib: u64) -> Option<Bytes> {
        Some(Bytes::new(kib << 10))
    }

    #[test]
    fn a_loop_is_told_with_its_beat_and_its_growth() {
        let kills = [(1000, 501, 400_000), (1600, 613, 420_000), (2230, 702, 440_000)];
        let log: String = kills.into_iter().map(|kill| at_limit("shop", kill)).collect();
        let once = at_limit("mail", (4000, 900, 520_000));
        let crash_loop = CrashLoop {
            events: 3,
            every_seconds: Some(615.0),
            first_bytes: kib(400_000),
            last_bytes: kib(440_000),
            trend: Some(Trend::Growing),
        };
        let memcg = crate::report::Scope::Memcg;
        assert_eq!(
            without_causes(overall(&[log, once])),
            [
                EventGroup {
                    cgroup: Some("/system.slice/shop.service".into()),
                    biggest_bytes: kib(440_000),
                    crash_loop: Some(crash_loop),
                    ..group("shop", memcg, 3)
                },
                EventGroup {
                    cgroup: Some("/system.slice/mail.service".into()),
                    biggest_bytes: kib(520_000),
                    ..group("mail", memcg, 1)
                },
            ]
        );
    }

    #[test]
    fn bystanders_are_counted_with_the_kill_that_they_followed() {
        let hog = global(100.0, 3000, &[(105, "memhog", 190_000), (112, "nginx", 3_100), (113, "sshd", 900)]);
        let first = global(101.9, 150_000, &[(112, "nginx", 3_100), (113, "sshd", 900)]);
        let second = global(102.1, 153_000, &[(113, "sshd", 900)]);
        let later = global(300.0, 3000, &[(120, "nginx", 3_100)]);
        let machine = crate::report::Scope::Global;
        assert_eq!(
            without_causes(overall(&[[hog, first, second, later].concat()])),
            [
                EventGroup {
                    biggest_bytes: kib(760_000),
                    bystanders: 2,
                    bystander_names: vec!["nginx".into(), "sshd".into()],
                    ..group("memhog", machine, 1)
                },
                EventGroup { biggest_bytes: kib(12_400), ..group("nginx", machine, 1) },
            ]
        );
    }

    #[test]
    fn a_swarm_is_told_as_one() {
        let rows = |first: u32| (first..first + 60).map(|pid| (pid, "httpd", 3_300)).collect::<Vec<_>>();
        let log = [global(50.0, 3000, &rows(200)), global(50.5, 3000, &rows(201))].concat();
        let pages = |pages: u64| Bytes::new(pages * 4096);
        let swarm =
            Swarm { most_tasks: 60, together_bytes: pages(60 * 3_300), whole_bytes: pages(262_144 - 4_096) };
        assert_eq!(
            without_causes(overall(&[log])),
            [EventGroup {
                biggest_bytes: kib(13_200),
                swarm: Some(swarm),
                ..group("httpd", crate::report::Scope::Global, 2)
            }]
        );
    }

    #[test]
    fn a_pod_is_the_same_with_another_container() {
        let kill = |seconds: u32, pid: u32, container: char| {
            let id = String::from(container).repeat(64);
            let path = format!("/kubepods/burstable/pod0f6a1c2e-7b3d-4a5f-9c8e-2d1b0a9f8e7d/{id}");
            at_limit("java", (seconds, pid, 500_000)).replace("/system.slice/java.service", &path)
        };
        let found = overall(&[[kill(1000, 7, 'a'), kill(2000, 8, 'b'), kill(3000, 9, 'c')].concat()]);
        let [group] = found.groups.as_slice() else { panic!("{found:?}") };
        assert_eq!((group.events, group.crash_loop.as_ref().map(|found| found.events)), (3, Some(3)));
        let workload = group.workload.as_ref().unwrap();
        assert_eq!((workload.pod_uid.is_some(), workload.container_id.as_deref()), (true, None));
        assert!(group.cgroup.as_ref().unwrap().ends_with("ccc"));
    }
}
