//! The view on a screen that is none, over a store that is made for it.

use std::{fs, path::Path};

use jiff::{Timestamp, tz::Offset};
use oomkit_core::{
    ident::{Comm, Pid, Uid},
    limit::Limit,
    units::Bytes,
};
use oomkit_snap::{
    name::Name,
    snapshot::{BootClock, BootId, Cgroup, Meminfo, Moment, Process, Snapshot, StartTicks},
    store::{Options, SnapshotId, Store},
};
use ratatui::{Terminal, backend::TestBackend, crossterm::event::KeyCode};

use super::{
    draw::draw,
    history::History,
    obey,
    state::{Page, State},
    update::Wish,
};

/// A name that would move the cursor, turn letters around and break the line.
const HOSTILE: &[u8] = b"evil\x1b[2J\n\xe2\x80\xaename";

fn size(mib: u64) -> Bytes {
    Bytes::new(mib << 20)
}

fn cgroup(path: &str, mib: u64, limit: Option<Limit>, kills: u64) -> Cgroup {
    Cgroup {
        path: Name::from(path),
        usage_bytes: Some(size(mib)),
        limit_bytes: limit,
        events: Some([(Name::from("oom_kill"), kills)].into()),
        ..Cgroup::default()
    }
}

fn process(pid: i64, name: &[u8], mib: u64, cgroup: &str) -> Process {
    let mut process = Process::new(Pid::new(pid), StartTicks::new(7), Comm::new(name));
    process.uid = Some(Uid::new(33));
    process.rss_anon_bytes = Some(size(mib));
    process.rss_bytes = Some(size(mib + 1));
    process.cgroup = Some(Name::from(cgroup));
    process
}

/// One minute of a host: `/shop/web` grows by 10 MiB a minute and has a kill in minute 12 that only
/// its own count tells; in minute 20 only the machine's count rises.
fn minute(boot: &str, minute: u64) -> Snapshot {
    let first: Timestamp = "2026-05-10T12:00:00Z".parse().unwrap();
    let days: i64 = if boot == "a" { 0 } else { 86_400 };
    let at = first.as_second() + days + i64::try_from(minute * 60).unwrap();
    let moment = Moment::new(
        BootId::new(boot.as_bytes()),
        BootClock::from_micros((30 + minute) * 60_000_000),
        None,
        Timestamp::from_second(at).unwrap(),
        Offset::constant(2),
    );
    let mut snapshot = Snapshot::at(moment);
    snapshot.host.name = Some(Name::from("web-1"));
    let sizes = [("MemTotal", size(8192)), ("MemAvailable", size(6144 - minute * 10))];
    let sizes = sizes.map(|(key, size)| (Name::from(key), size)).into();
    snapshot.machine.meminfo = Some(Meminfo { sizes, ..Meminfo::default() });
    let kills = u64::from(20 <= minute);
    snapshot.machine.vmstat = Some([(Name::from("oom_kill"), kills)].into());
    let kills = u64::from(12 <= minute);
    snapshot.cgroups = Some(vec![
        cgroup("/", 900, None, kills),
        cgroup("/batch", 50, Some(Limit::Max), 0),
        cgroup("/shop", 700, Some(Limit::Max), kills),
        cgroup("/shop/web", 100 + minute * 10, Some(Limit::At(size(400))), kills),
    ]);
    snapshot.processes = Some(vec![
        process(10, b"java", 90 + minute * 10, "/shop/web"),
        process(11, HOSTILE, 300, "/shop/web/worker"),
        process(12, b"cron", 5, "/shop/webmail"),
        process(13, b"backup", 40, "/batch"),
    ]);
    snapshot.sort();
    snapshot
}

fn keep(path: &Path) {
    let mut store = Store::open(path, Options::default()).unwrap();
    for at in 0..30 {
        store.write(&minute("a", at)).unwrap();
    }
    for at in 0..3 {
        store.write(&minute("b", at)).unwrap();
    }
}

/// The view over a store, without a terminal.
struct View {
    state: State,
    history: History,
    size: (u16, u16),
}

impl View {
    fn open(path: &Path) -> Self {
        let mut state = State { unicode: true, store: "/var/s.db".into(), ..State::default() };
        let store = Store::open_to_read(path, Options::default()).unwrap();
        let history = History::open(store, &mut state).unwrap();
        Self { state, history, size: (100, 30) }
    }

    /// Presses keys and returns what stands on the screen.
    fn press(&mut self, keys: &[KeyCode]) -> String {
        for key in keys {
            assert_ne!(obey(&mut self.history, &mut self.state, (*key).into()), Wish::Quit);
            self.history.settle(&mut self.state);
        }
        self.screen()
    }

    fn write(&mut self, keys: &str) -> String {
        let keys: Vec<KeyCode> = keys.chars().map(KeyCode::Char).collect();
        self.press(&keys)
    }

    fn screen(&mut self) -> String {
        self.state.width = usize::from(self.size.0);
        self.history.settle(&mut self.state);
        let mut terminal = Terminal::new(TestBackend::new(self.size.0, self.size.1)).unwrap();
        terminal.draw(|frame| draw(&self.state, frame)).unwrap();
        let buffer = terminal.backend().buffer();
        let rows = buffer.content.chunks(usize::from(self.size.0.max(1)));
        rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>() + "\n").collect()
    }

    /// Returns the names in the table, as they are sorted.
    fn names(&self) -> Vec<&str> {
        self.state.rows.iter().flatten().map(|row| row.name.as_str()).collect()
    }

    fn selected(&self) -> Option<&str> {
        self.state.selected.as_ref().map(|row| row.name.as_str())
    }
}

fn world() -> (tempfile::TempDir, View) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    keep(&path);
    let view = View::open(&path);
    (folder, view)
}

#[track_caller]
fn shows(screen: &str, parts: &[&str]) {
    for part in parts {
        assert!(screen.contains(part), "{part:?} is not in\n{screen}");
    }
}

#[test]
fn the_newest_snapshot_is_shown_with_its_place_in_time() {
    let (_folder, mut view) = world();
    let screen = view.screen();
    shows(
        &screen,
        &[
            "web-1  /var/s.db  2026-05-11 14:02:00 +02:00  snapshot 33 of 33 (number 33)",
            "available memory: 6.0 GiB of 8.0 GiB",
            "05-10 14:02",
            "[cgroups (4)]",
            "by usage",
            " 120.0 MiB  +10.0 MiB  400.0 MiB     30 % /shop/web",
            // A limit that is not known, and one that there is not.
            " 900.0 MiB       +0 B          -          /",
            "  50.0 MiB       +0 B        max          /batch",
        ],
    );
    assert_eq!(screen.lines().filter(|line| line.contains('\u{25b2}')).count(), 1, "{screen}");
    assert_eq!(view.names(), ["/", "/shop", "/shop/web", "/batch"]);
    shows(&view.write("--"), &["05-10 14:00", "all (+ -)"]);
    // Without colors and letters, the same figures stand there.
    view.state.unicode = false;
    let screen = view.screen();
    assert!(screen.is_ascii(), "{screen}");
    shows(&screen, &["#", "^"]);
}

#[test]
fn keys_move_through_time() {
    let (_folder, mut view) = world();
    for (key, at) in [
        (KeyCode::Left, 32),
        (KeyCode::Left, 31),
        (KeyCode::Left, 30),
        (KeyCode::Right, 31),
        (KeyCode::End, 33),
        (KeyCode::Right, 33),
        // Within the hour stands the first snapshot of this boot, and nothing within the next one.
        (KeyCode::Char('['), 31),
        (KeyCode::PageUp, 30),
        (KeyCode::PageUp, 1),
        (KeyCode::Left, 1),
        (KeyCode::Char(']'), 30),
        (KeyCode::Home, 1),
        (KeyCode::PageDown, 30),
    ] {
        let screen = view.press(&[key]);
        shows(&screen, &[&format!("snapshot {at} of 33")]);
    }
    // Nothing stands before the first snapshot of a boot to have grown from.
    let screen = view.press(&[KeyCode::End, KeyCode::Left, KeyCode::Left]);
    shows(&screen, &["snapshot 31 of 33", " 100.0 MiB          -  400.0 MiB     25 % /shop/web"]);
}

#[test]
fn kills_are_found_by_the_count_of_a_group_and_of_the_machine() {
    let (_folder, mut view) = world();
    view.press(&[KeyCode::Home]);
    shows(&view.write("k"), &["snapshot 13 of 33", "OOM kills since the snapshot before: 1 in /shop/web"]);
    shows(&view.write("k"), &["snapshot 21 of 33", "OOM kills since the snapshot before: 1 on the machine"]);
    shows(&view.write("k"), &["snapshot 21 of 33", "no OOM kill was counted after this snapshot"]);
    view.press(&[KeyCode::End]);
    shows(&view.write("K"), &["snapshot 21 of 33"]);
    shows(&view.write("K"), &["snapshot 13 of 33"]);
    shows(&view.write("K"), &["snapshot 13 of 33", "no OOM kill was counted before this snapshot"]);
}

#[test]
fn a_group_is_looked_into_and_left_again() {
    let (_folder, mut view) = world();
    view.press(&[KeyCode::Home, KeyCode::Right]);
    let screen = view.press(&[KeyCode::Down, KeyCode::Down, KeyCode::Down]);
    assert_eq!(view.selected(), Some("/shop/web"));
    // The picture of the row stands below that of the machine; its sums are of ten minutes.
    shows(&screen, &["/shop/web: 110.0 MiB", "most in ten minutes: 390.0 MiB"]);
    // The selection stays with the group, wherever the snapshot has it.
    view.press(&[KeyCode::End]);
    assert_eq!(view.selected(), Some("/shop/web"));
    let screen = view.press(&[KeyCode::Enter]);
    shows(&screen, &["[processes (2)]", "in /shop/web", "evil\\x1b[2J\\n\\u{202e}name", "301.0 MiB"]);
    assert_eq!(view.names(), ["evil\\x1b[2J\\n\\u{202e}name", "java"]);
    let screen = view.press(&[KeyCode::Down, KeyCode::Down]);
    shows(&screen, &["all processes of this user named java"]);
    view.press(&[KeyCode::Esc]);
    assert_eq!((view.selected(), view.names().len()), (Some("/shop/web"), 4));
    view.press(&[KeyCode::Backspace]);
    assert_eq!(view.selected(), None);
    view.press(&[KeyCode::Tab]);
    assert_eq!(view.names(), ["evil\\x1b[2J\\n\\u{202e}name", "java", "backup", "cron"]);
}

#[test]
fn rows_are_sorted_and_filtered() {
    let (_folder, mut view) = world();
    view.write("s");
    assert_eq!(view.names(), ["/shop/web", "/", "/batch", "/shop"]);
    view.write("s");
    assert_eq!(view.names(), ["/", "/batch", "/shop", "/shop/web"]);
    // While a text is written, letters are no keys.
    let screen = view.write("/SHOPq");
    shows(&screen, &["/SHOPq", "No row holds this text."]);
    view.press(&[KeyCode::Backspace, KeyCode::Enter]);
    assert_eq!(view.names(), ["/shop", "/shop/web"]);
    shows(&view.screen(), &["with \"SHOP\""]);
    view.press(&[KeyCode::Esc]);
    assert_eq!(view.names().len(), 4);
    view.press(&[KeyCode::Tab]);
    view.write("/13");
    assert_eq!(view.names(), ["backup"]);
    view.press(&[KeyCode::Esc]);
    shows(&view.write("?"), &["Keys", "sort by usage", "Any key closes this."]);
    assert!(!view.write("s").contains("Any key closes this."));
    assert_eq!(obey(&mut view.history, &mut view.state, KeyCode::Char('q').into()), Wish::Quit);
}

#[test]
fn long_paths_keep_their_end() {
    let (_folder, mut view) = world();
    view.size = (48, 12);
    shows(&view.press(&[KeyCode::End]), &["30 % ../web"]);
}

#[test]
fn every_page_fits_every_screen() {
    let (_folder, mut view) = world();
    let keys = [
        KeyCode::Tab,
        KeyCode::Down,
        KeyCode::Char('?'),
        KeyCode::Char('x'),
        KeyCode::Char('/'),
        KeyCode::Char('e'),
    ];
    for key in keys {
        view.press(&[key]);
        for (width, height) in
            (0..60).zip((0..60).rev()).chain((0..45).zip(0..45)).chain([(300, 3), (2, 100)])
        {
            view.size = (width, height);
            view.screen();
        }
    }
    view.state.page = Page::Damaged("why".into());
    view.size = (30, 10);
    view.screen();
}

/// Writes over frames of the file, the last ones first, and returns the snapshots that cannot be read any more.
fn damage(path: &Path, most: usize) -> Vec<i64> {
    const FRAME: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
    let mut bytes = fs::read(path).unwrap();
    let frames: Vec<usize> =
        bytes.windows(4).enumerate().filter(|(_, window)| *window == FRAME).map(|(at, _)| at).collect();
    for at in frames.into_iter().rev().take(most) {
        bytes[at..at + 12].fill(0xa5);
    }
    fs::write(path, &bytes).unwrap();
    let store = Store::open_to_read(path, Options::default()).unwrap();
    (1..=33).filter(|id| store.snapshot(SnapshotId::new(*id)).is_err()).collect()
}

#[test]
fn what_is_damaged_is_said_and_stepped_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    keep(&path);
    let damaged = damage(&path, 1);
    assert!(!damaged.is_empty() && damaged.iter().all(|id| (2..33).contains(id)), "{damaged:?}");
    let mut view = View::open(&path);
    let (mut seen, mut said) = (Vec::new(), false);
    let mut screen = view.press(&[KeyCode::Home]);
    while view.state.at + 1 < view.state.line.len() {
        seen.push(view.state.tick().unwrap().id.get());
        screen = view.press(&[KeyCode::Right]);
        said |= screen.contains("cannot be read, and was skipped: it is damaged");
    }
    let expected: Vec<i64> = (1..33).filter(|id| !damaged.contains(id)).collect();
    assert_eq!(seen, expected);
    assert!(said, "{screen}");
}

#[test]
fn where_nothing_can_be_read_the_page_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    keep(&path);
    assert_eq!(damage(&path, usize::MAX).len(), 33);
    let mut view = View::open(&path);
    let parts = ["Snapshot 33 cannot be read: it is damaged", "available memory: 6.0 GiB of 8.0 GiB"];
    shows(&view.screen(), &parts);
    shows(&view.press(&[KeyCode::Left]), &["Snapshot 32 cannot be read"]);
    // The plain rows still know of the machine's kill.
    view.press(&[KeyCode::Home]);
    shows(&view.write("k"), &["Snapshot 21 cannot be read", "1 on the machine"]);
    shows(&view.press(&[KeyCode::Down, KeyCode::Enter, KeyCode::Tab]), &["Snapshot 21 cannot be read"]);
}

#[test]
fn what_others_write_is_taken_over() {
    let (folder, mut view) = world();
    let path = folder.path().join("s.db");
    view.press(&[KeyCode::Left]);
    let mut store = Store::open(&path, Options::default()).unwrap();
    store.write(&minute("b", 3)).unwrap();
    view.history.renew(&mut view.state);
    shows(&view.screen(), &["snapshot 32 of 34"]);
    shows(&view.press(&[KeyCode::End]), &["snapshot 34 of 34", "14:03:00"]);
    let before = fs::read(&path).unwrap();
    drop(view);
    assert_eq!(fs::read(&path).unwrap(), before);
}
