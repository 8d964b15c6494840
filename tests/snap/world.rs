//! A world that is made up: a host whose processes drift, leak, come and go, the same on each run.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::Offset};
use oomkit_core::{
    ident::{Comm, OomScoreAdj, Pid, Uid},
    limit::Limit,
    units::{Bytes, PageSize, SinceBoot},
};
use oomkit_snap::{
    name::Name,
    snapshot::{
        BootClock, BootId, Cgroup, Duration, Hierarchy, Meminfo, Moment, Percent, Pressure, Process,
        Snapshot, StartTicks,
    },
};

/// Numbers that look random and are the same on each run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % end
    }
}

/// What a process does with its memory, in pages a minute.
#[derive(Clone, Copy)]
enum Habit {
    Rests,
    Jitters,
    Leaks,
    Saws,
}

struct Life {
    process: Process,
    habit: Habit,
    usual: u64,
    pages: u64,
    /// The snapshots that it will still see; `None` for one that stays.
    left: Option<u64>,
}

/// A host whose memory is made up.
pub(crate) struct World {
    dice: Dice,
    lives: Vec<Life>,
    next_pid: i64,
    clock: u64,
    wall: i64,
    boot: String,
    cgroups: u64,
    counters: Vec<u64>,
}

const PAGE: u64 = 4096;
const MEMORY: u64 = 256 << 30;

/// Programs whose command lines hold something new each time, as those of cron jobs do.
const SHORT: &[&str] = &["sh", "curl", "runc", "git", "logrotate", "date", "sleep"];
const LONG: &[&str] = &[
    "nginx",
    "postgres",
    "java",
    "python3",
    "node",
    "redis-server",
    "sshd",
    "containerd-shim",
    "kworker/0:1",
    "systemd-journal",
    "php-fpm",
    "bash",
    "envoy",
    "vector",
    "kubelet",
];

impl World {
    pub(crate) fn new(processes: u64, cgroups: u64) -> Self {
        let mut world = Self {
            dice: Dice(0x9e37_79b9_7f4a_7c15),
            lives: Vec::new(),
            next_pid: 1,
            clock: 60_000_000,
            wall: 1_780_000_000_000_000,
            boot: "8f7c0b4e-0001".into(),
            cgroups,
            counters: vec![0; 180],
        };
        for at in 0..processes {
            let habit = match at * 100 / processes {
                0..60 => Habit::Rests,
                60..85 => Habit::Jitters,
                85..95 => Habit::Leaks,
                _ => Habit::Saws,
            };
            let name = LONG[usize::try_from(world.dice.below(LONG.len() as u64)).unwrap()];
            let arguments = format!("/usr/bin/{name}\0--config\0/etc/{name}/{at}.conf\0");
            world.start(name, &arguments, habit, None);
        }
        world
    }

    fn start(&mut self, name: &str, arguments: &str, habit: Habit, left: Option<u64>) {
        let mut process = Process::new(
            Pid::new(self.next_pid),
            StartTicks::new(self.clock / 10_000),
            Comm::new(name.as_bytes()),
        );
        self.next_pid += 1 + i64::try_from(self.dice.below(5)).unwrap();
        process.ppid = Some(Pid::new(1));
        process.uid = Some(Uid::new([0, 33, 999, 1000][usize::try_from(self.dice.below(4)).unwrap()]));
        process.command_line = Some(Name::from(arguments));
        process.cgroup = Some(self.cgroup(name.len() as u64 % self.cgroups.max(1)));
        process.threads = Some(1 + self.dice.below(30));
        process.oom_score_adj = OomScoreAdj::new(if self.dice.below(9) == 0 { -500 } else { 0 });
        let pages = 200 + self.dice.below(60_000);
        process.rss_file_bytes = Some(Bytes::new((100 + self.dice.below(3_000)) * PAGE));
        process.rss_shmem_bytes = Some(Bytes::new(self.dice.below(3) * 77 * PAGE));
        process.swap_bytes = Some(Bytes::new(self.dice.below(2) * self.dice.below(4_000) * PAGE));
        let mut life = Life { process, habit, usual: pages, pages, left };
        life.settle();
        self.lives.push(life);
    }

    fn cgroup(&self, at: u64) -> Name {
        Name::from(format!("/system.slice/service-{at}.service").as_str())
    }

    /// Lets a minute pass: five processes come, some go, and most of the others do nothing.
    pub(crate) fn minute(&mut self) {
        self.pass(60_000_000);
        self.wall += 60_000_000;
        for life in &mut self.lives {
            life.left = life.left.map(|left| left - 1);
        }
        self.lives.retain(|life| life.left != Some(0));
        for _ in 0..5 {
            let name = SHORT[usize::try_from(self.dice.below(SHORT.len() as u64)).unwrap()];
            let arguments = format!("{name}\0--id\0{:08x}\0", self.dice.below(1 << 32));
            let left = 1 + self.dice.below(3);
            self.start(name, &arguments, Habit::Rests, Some(left));
        }
        for life in &mut self.lives {
            life.live(&mut self.dice);
        }
        for (at, counter) in self.counters.iter_mut().enumerate() {
            if at % 3 == 0 {
                *counter += self.dice.below(5_000 * (at as u64 + 1));
            }
        }
    }

    /// Lets time pass on the clocks that only go forward.
    pub(crate) fn pass(&mut self, micros: u64) {
        self.clock += micros;
    }

    /// Sets the wall clock.
    pub(crate) fn set_wall_clock(&mut self, by_micros: i64) {
        self.wall += by_micros;
    }

    /// Starts the machine anew: the clock and the process ids begin again.
    pub(crate) fn reboot(&mut self, boot: &str) {
        let processes = self.lives.len() as u64;
        let wall = self.wall + 90_000_000;
        *self =
            Self { dice: Dice(self.dice.0), wall, boot: boot.into(), ..Self::new(processes, self.cgroups) };
    }

    pub(crate) fn moment(&self) -> Moment {
        let since_boot = SinceBoot::from_micros(self.clock - 5_000_000);
        let at = Timestamp::from_microsecond(self.wall).unwrap();
        let boot = BootId::new(self.boot.as_bytes());
        Moment::new(boot, BootClock::from_micros(self.clock), Some(since_boot), at, Offset::constant(2))
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot::at(self.moment());
        snapshot.host.name = Some(Name::from("web-7"));
        snapshot.host.page_size_bytes = PageSize::new(Bytes::new(PAGE));
        snapshot.processes = Some(self.lives.iter().map(|life| life.process.clone()).collect());
        snapshot.cgroups = Some((0..self.cgroups).map(|at| self.group(at)).collect());
        snapshot.machine.meminfo = Some(self.meminfo());
        let names = self.counters.iter().enumerate();
        snapshot.machine.vmstat =
            Some(names.map(|(at, value)| (Name::from(format!("counter_{at}").as_str()), *value)).collect());
        snapshot.machine.pressure = Some(Pressure {
            some_avg10: Some(Percent::from_hundredths(self.clock / 60_000_000 % 7)),
            some_total: Some(self.clock / 100),
            ..Pressure::default()
        });
        snapshot.cost.cpu = Some(Duration::from_micros(20_000 + self.clock / 60_000_000 % 977));
        snapshot.cost.processes_vanished = Some(0);
        snapshot.sort();
        snapshot
    }

    fn meminfo(&self) -> Meminfo {
        let sum = |field: fn(&Process) -> Option<Bytes>| -> u64 {
            self.lives.iter().filter_map(|life| field(&life.process)).map(Bytes::get).sum()
        };
        let anon = sum(|process| process.rss_anon_bytes);
        let tables = sum(|process| process.pgtables_bytes);
        let file = 3 << 30;
        let slab: u64 = 700 << 20;
        let free = MEMORY - (100 << 20) - anon - tables - file - slab;
        let sizes = [
            ("MemTotal", MEMORY),
            ("MemFree", free),
            ("MemAvailable", free + file / 2),
            ("Buffers", 5 << 20),
            ("Cached", file - (5 << 20)),
            ("AnonPages", anon),
            ("Shmem", 64 << 20),
            ("Slab", slab),
            ("SReclaimable", slab / 2),
            ("SUnreclaim", slab / 2),
            ("PageTables", tables),
            ("KernelStack", 12 << 20),
            ("SwapTotal", 8 << 30),
            ("SwapFree", 7 << 30),
            ("Hugetlb", 0),
        ];
        let sizes = sizes.into_iter().map(|(name, size)| (Name::from(name), Bytes::new(size))).collect();
        Meminfo { sizes, counts: BTreeMap::from([(Name::from("HugePages_Total"), 0)]) }
    }

    fn group(&self, at: u64) -> Cgroup {
        let path = self.cgroup(at);
        let members = self.lives.iter().filter(|life| life.process.cgroup.as_ref() == Some(&path));
        let usage: u64 = members.filter_map(|life| life.process.rss_anon_bytes).map(Bytes::get).sum();
        let stat = (0..20).map(|counter| {
            let seed = self.counters[usize::try_from((at + counter) % 180).unwrap()];
            (Name::from(format!("stat_{counter}").as_str()), seed)
        });
        Cgroup {
            path,
            hierarchy: Hierarchy::V2,
            usage_bytes: Some(Bytes::new(usage)),
            limit_bytes: Some(if at.is_multiple_of(2) { Limit::Max } else { Limit::At(Bytes::new(4 << 30)) }),
            stat: Some(stat.collect()),
            events: Some(BTreeMap::from([(Name::from("oom_kill"), 0)])),
            ..Cgroup::default()
        }
    }
}

impl Life {
    fn live(&mut self, dice: &mut Dice) {
        match self.habit {
            Habit::Rests => return,
            Habit::Jitters => self.pages = self.usual + dice.below(128),
            Habit::Leaks => self.pages += dice.below(12),
            Habit::Saws if self.usual * 2 < self.pages => self.pages = self.usual,
            Habit::Saws => self.pages += 200 + dice.below(200),
        }
        self.settle();
    }

    fn settle(&mut self) {
        let process = &mut self.process;
        let anon = Bytes::new(self.pages * PAGE);
        let rss = [Some(anon), process.rss_file_bytes, process.rss_shmem_bytes].into_iter().flatten().sum();
        process.rss_anon_bytes = Some(anon);
        process.rss_bytes = Some(rss);
        process.pgtables_bytes = Some(Bytes::new(PAGE * (12 + self.pages / 512)));
        process.peak_bytes = process.peak_bytes.max(Some(rss));
        process.oom_score = Some(666 + rss.get() * 667 / MEMORY);
    }
}
