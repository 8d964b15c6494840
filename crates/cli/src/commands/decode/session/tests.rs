//! Events for the tests of this folder, and what a session makes of them.

use oomkit_core::{ident::Comm, units::WallTime};
use oomkit_decode::report::Memcg;

use super::*;
use crate::input::{journal::Span, testing::quiet};

/// Decodes some event, so that these tests need not know all that an event holds.
fn specimen() -> Event {
    let log =
        "[    1.000000] Out of memory: Killed process 42 (x) total-vm:4kB, anon-rss:4kB, file-rss:0kB\n";
    let mut events = Vec::new();
    let mut decoder = decoder();
    decoder.begin("kern.log", None);
    decoder.feed(log.as_bytes(), &mut |event| events.push(event));
    decoder.end(None, &mut |event| events.push(event));
    decoder.finish(&mut |event| events.push(event));
    events.pop().unwrap()
}

fn decoder() -> Decoder {
    Decoder::new(oomkit_decode::Options {
        page_size: None,
        now: "2022-05-10T00:00:00Z".parse().unwrap(),
        zone: jiff::tz::TimeZone::UTC,
        names: Vec::new(),
    })
}

/// Makes an event with one victim in one cgroup.
pub(in super::super) fn event(comm: &str, cgroup: &str, at: Option<&str>) -> Event {
    let mut event = specimen();
    event.at = at.map(|at| WallTime::new(at.parse().unwrap(), jiff::tz::Offset::UTC));
    event.victims[0].comm = Comm::new(comm.as_bytes());
    event.memcg = Some(Memcg { path: Some(cgroup.into()), ..Memcg::default() });
    event
}

fn receiver(folder: &std::path::Path, last: Option<usize>) -> Receiver<'static> {
    Receiver {
        filter: Filter::new(Span::default(), None, Some("/a*")).unwrap(),
        presenter: Box::new(super::super::json::Lines::default()),
        output: Output::open(Some(&folder.join("out"))).unwrap(),
        names: vec!["kern.log".into()],
        tally: Tally::default(),
        last: last.map(|last| (last, VecDeque::new())),
        live: false,
        measured: None,
        redactor: None,
        error: None,
    }
}

/// Gives events to a receiver and returns the victims that were presented, with the counts.
fn presented(last: Option<usize>, events: Vec<Event>) -> (String, Tally) {
    let folder = tempfile::tempdir().unwrap();
    let mut receiver = receiver(folder.path(), last);
    events.into_iter().for_each(|event| receiver.take(event));
    receiver.release();
    receiver.check().unwrap();
    let tally = receiver.tally;
    receiver.output.commit().unwrap();
    let names: Vec<String> = std::fs::read_to_string(folder.path().join("out"))
        .unwrap()
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["victims"][0]["comm"].as_str().unwrap().to_owned()
        })
        .collect();
    (names.join(" "), tally)
}

fn events() -> Vec<Event> {
    let mut events: Vec<Event> = ["one", "two", "three"].map(|name| event(name, "/a", None)).into();
    events.push(event("elsewhere", "/b", None));
    events.push(Event { kind: EventKind::UserspaceKill, ..event("four", "/a/b", None) });
    events.push(Event { forged: true, ..event("fake", "/a", None) });
    events
}

#[test]
fn forged_and_hidden_events_are_not_counted() {
    let tally = Tally { events: 4, kills: 3, forged: 1, hidden: 1, untimed: 0 };
    assert_eq!(presented(None, events()), ("one two three four fake".into(), tally));
}

#[test]
fn the_last_ones_are_kept_and_forged_ones_do_not_push_them_out() {
    assert_eq!(presented(Some(2), events()).0, "fake three four");
}

#[test]
fn an_input_that_failed_outranks_the_threshold() {
    let folder = tempfile::tempdir().unwrap();
    let terminal = quiet();
    for (failure, expected) in
        [(None, 0), (Some(Failure::input("cannot read x")), 3), (Some(Failure::host("cannot read y")), 4)]
    {
        let mut session = Session::new(
            decoder(),
            Filter::new(Span::default(), None, None).unwrap(),
            Box::<super::super::json::Json>::default(),
            Output::open(Some(&folder.path().join("out"))).unwrap(),
            &terminal,
        );
        session.start().unwrap();
        session.begin("x", None).unwrap();
        session.end(failure).unwrap();
        assert_eq!(session.finish(FailOn::Any).unwrap().number, expected);
    }
}
