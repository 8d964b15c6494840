//! Series, their caps, and what an event is told.

use super::*;
use crate::kernel::context;

/// A collector of lines of the kernel, each at a second of its clock.
#[derive(Default)]
struct Log {
    collector: Collector,
    line: u64,
}

impl Log {
    fn line<T>(&mut self, second: u64, text: &str, with: impl FnOnce(&mut Collector, &Line<'_>) -> T) -> T {
        self.line += 1;
        let line = Line {
            text: text.as_bytes(),
            no: LineNo::new(self.line),
            lines: 1,
            sequence: None,
            since_boot: Some(SinceBoot::from_micros(second * 1_000_000)),
            wall: None,
        };
        with(&mut self.collector, &line)
    }

    fn take(&mut self, second: u64, text: &str) {
        let trouble = context::read(text.as_bytes()).unwrap_or_else(|| panic!("no trouble: {text}"));
        self.line(second, text, |collector, line| collector.take(trouble, None, line));
    }

    fn before_event(&mut self, second: u64) -> Vec<String> {
        self.line(second, "", |collector, line| collector.before(None, line)).iter().map(shown).collect()
    }

    fn all(self) -> Vec<String> {
        self.collector.finish().iter().map(shown).collect()
    }
}

fn shown(context: &Context) -> String {
    let subject = context.subject.as_deref().unwrap_or("-");
    let times = if context.count == 1 { String::new() } else { format!(" x{}", context.count) };
    format!("{}-{} {:?} {subject}{times}", context.line, context.last_line, context.kind)
}

fn hung(task: &str) -> String {
    format!("INFO: task {task}:7 blocked for more than 120 seconds.")
}

#[test]
fn repeats_are_one_series_and_incidents_are_not() {
    let mut log = Log::default();
    log.take(100, &hung("cp"));
    log.take(220, &hung("mv"));
    log.take(222, &hung("cp"));
    // Three days later, and then after another boot.
    log.take(300_000, &hung("cp"));
    log.take(60, &hung("cp"));
    log.take(61, &hung("cp"));
    let all = log.all();
    assert_eq!(all, ["1-3 HungTask cp x2", "2-2 HungTask mv", "4-4 HungTask cp", "5-6 HungTask cp x2"]);
}

#[test]
fn what_goes_on_with_a_line_is_not_counted_again() {
    let mut log = Log::default();
    log.take(7, "BUG: unable to handle page fault for address: ffffeb0400000008");
    log.take(7, "Oops: 0002 [#1] PREEMPT SMP NOPTI");
    log.take(8, "Kernel panic - not syncing: Fatal exception");
    log.take(8, "---[ end Kernel panic - not syncing: Fatal exception ]---");
    assert_eq!(log.all(), ["1-1 Oops unable to handle page fault", "3-3 Panic Fatal exception"]);
    let mut alone = Log::default();
    alone.take(8, "---[ end Kernel panic - not syncing: Fatal exception ]---");
    assert_eq!(alone.all(), ["1-1 Panic Fatal exception"]);
}

#[test]
fn a_line_that_stands_in_two_files_is_counted_once() {
    let mut log = Log::default();
    log.take(7, &hung("cp"));
    log.take(7, &hung("cp"));
    assert_eq!(log.all(), ["1-1 HungTask cp"]);
}

#[test]
fn an_event_is_told_what_stood_shortly_before_it() {
    let mut log = Log::default();
    log.take(100, &hung("cp"));
    log.take(1000, &hung("mv"));
    log.take(1100, &hung("mv"));
    log.take(1200, "watchdog: BUG: soft lockup - CPU#3 stuck for 23s! [java:77]");
    assert_eq!(log.before_event(1300), ["2-3 HungTask mv x2", "4-4 SoftLockup java"]);
    assert_eq!(log.before_event(5000), Vec::<String>::new());
}

#[test]
fn a_flood_keeps_its_first_its_last_and_what_stands_near_an_event() {
    let mut log = Log::default();
    let flood = |log: &mut Log, from: u64, to: u64| {
        (from..to).for_each(|number| log.take(number, &hung(&format!("t{number}"))));
    };
    flood(&mut log, 0, 100);
    let before = log.before_event(100);
    flood(&mut log, 100, 10_000);
    assert_eq!(before.len(), BEFORE_EVENT);
    let left_out = log.collector.left_out;
    let all = log.all();
    assert_eq!(all.len(), FIRST + LAST);
    assert_eq!(left_out, 10_000 - all.len() as u64);
    assert_eq!(all[0], "1-1 HungTask t0");
    assert!(before.iter().all(|near| all.contains(near)), "{all:?}");
    assert_eq!(all.last().map(String::as_str), Some("10001-10001 HungTask t9999"));
}

#[test]
fn a_crash_kernel_is_one_until_the_next_boot() {
    let mut collector = Collector::default();
    let line = LineNo::new(2);
    let crash = |collector: &Collector| collector.crash_kernel(None).map(|(line, _)| line);
    assert_eq!(crash(&collector), None);
    collector.boot(Boot::IsCrashKernel, None, line, b"Command line: elfcorehdr=1K");
    assert_eq!(crash(&collector), Some(line));
    assert_eq!(collector.crash_kernel(Some(&"other".into())), None);
    collector.boot(Boot::Begins, None, LineNo::new(9), b"Linux version 6.1.0 (a)");
    assert_eq!(crash(&collector), None);
}
