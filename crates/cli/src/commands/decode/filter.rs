//! Which events are wanted: by time, by victim, by cgroup.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};

use clap::Args;
use globset::{GlobBuilder, GlobMatcher};
use jiff::Zoned;
use oomkit_core::units::WallTime;
use oomkit_decode::{Context, Event};

use super::when;
use crate::{failure::Failure, input::journal::Span};

/// Which events are asked for.
#[derive(Debug, Args)]
pub(crate) struct EventArgs {
    /// Leave out events before TIME: 2022-05-10T15:45:51Z, '2022-05-10 15:45', yesterday, -1h
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = "Events")]
    since: Option<String>,

    /// Leave out events after TIME
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = "Events")]
    until: Option<String>,

    /// Leave out events without a victim of this name
    #[arg(long, value_name = "GLOB", help_heading = "Events")]
    victim: Option<String>,

    /// Leave out events of other cgroups; * also matches slashes
    #[arg(long, value_name = "GLOB", help_heading = "Events")]
    cgroup: Option<String>,
}

impl EventArgs {
    /// Reads the times, seen from `now`, and the patterns.
    pub(crate) fn filter(&self, now: &Zoned) -> Result<Filter, Failure> {
        let moment = |option, text: &Option<String>| {
            text.as_deref().map(|text| when::moment(option, text, now)).transpose()
        };
        let span = Span { since: moment("since", &self.since)?, until: moment("until", &self.until)? };
        if let (Some(since), Some(until)) = (span.since, span.until)
            && until < since
        {
            return Err(Failure::usage(format!("--since {since} lies after --until {until}")));
        }
        Filter::new(span, self.victim.as_deref(), self.cgroup.as_deref())
    }
}

/// What is wanted.
#[derive(Debug)]
pub(crate) struct Filter {
    /// When.
    pub(crate) span: Span,
    victim: Option<GlobMatcher>,
    cgroup: Option<GlobMatcher>,
}

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is wanted.
    Keep,
    /// A time was asked for that the event does not tell; it is kept.
    KeepUntimed,
    /// It is not wanted.
    Hide,
}

impl Filter {
    /// Reads the patterns.
    pub(crate) fn new(span: Span, victim: Option<&str>, cgroup: Option<&str>) -> Result<Self, Failure> {
        Ok(Self { span, victim: matcher("victim", victim)?, cgroup: matcher("cgroup", cgroup)? })
    }

    /// Judges an event.
    pub(crate) fn judge(&self, event: &Event) -> Verdict {
        let named =
            |glob: &GlobMatcher| event.victims.iter().any(|victim| matches(glob, victim.comm.as_bytes()));
        let placed = |glob: &GlobMatcher| cgroups(event).any(|path| matches(glob, path.as_bytes()));
        if !self.victim.as_ref().is_none_or(named) || !self.cgroup.as_ref().is_none_or(placed) {
            return Verdict::Hide;
        }
        match (event.at, self.span) {
            (_, Span { since: None, until: None }) => Verdict::Keep,
            (None, _) => Verdict::KeepUntimed,
            (Some(at), Span { since, until }) => {
                let after = since.is_none_or(|since| since <= at.instant());
                let before = until.is_none_or(|until| at.instant() <= until);
                if after && before { Verdict::Keep } else { Verdict::Hide }
            }
        }
    }

    /// Tells whether other trouble is wanted: it has no victim, so its time alone decides.
    pub(crate) fn is_wanted(&self, context: &Context) -> bool {
        let Span { since, until } = self.span;
        let begins = context.at.map(WallTime::instant);
        let ends = context.last_at.map(WallTime::instant).or(begins);
        let after = since.zip(ends).is_none_or(|(since, ends)| since <= ends);
        after && until.zip(begins).is_none_or(|(until, begins)| begins <= until)
    }
}

/// Returns the cgroups that an event names: the one at its limit first.
pub(crate) fn cgroups(event: &Event) -> impl Iterator<Item = &str> {
    let constraint = event.constraint.as_ref();
    [
        event.memcg.as_ref().and_then(|memcg| memcg.path.as_deref()),
        constraint.and_then(|constraint| constraint.oom_memcg.as_deref()),
        constraint.and_then(|constraint| constraint.task_memcg.as_deref()),
        event.oom_group.as_deref(),
        event.killer.as_ref().and_then(|killer| killer.target.as_deref()),
    ]
    .into_iter()
    .flatten()
}

fn matches(glob: &GlobMatcher, bytes: &[u8]) -> bool {
    glob.is_match(OsStr::from_bytes(bytes))
}

fn matcher(option: &str, pattern: Option<&str>) -> Result<Option<GlobMatcher>, Failure> {
    let Some(pattern) = pattern else { return Ok(None) };
    // systemd writes `\x2d` into the names of its cgroups, which are pasted as they are.
    let glob = GlobBuilder::new(pattern).literal_separator(false).backslash_escape(false).build();
    glob.map(|glob| Some(glob.compile_matcher()))
        .map_err(|error| Failure::usage(format!("--{option} {pattern:?} is no pattern")).because(&error))
}

#[cfg(test)]
mod tests {
    use super::{super::session::testing::event, *};

    fn check(filter: &Filter, victim: &str, cgroup: &str, at: Option<&str>, expected: Verdict) {
        assert_eq!(filter.judge(&event(victim, cgroup, at)), expected, "{victim} {cgroup} {at:?}");
    }

    #[test]
    fn times_keep_their_borders_and_what_has_none() {
        let span =
            Span { since: "2022-05-10T10:00:00Z".parse().ok(), until: "2022-05-10T12:00:00Z".parse().ok() };
        let filter = Filter::new(span, None, None).unwrap();
        check(&filter, "java", "/a", Some("2022-05-10T10:00:00Z"), Verdict::Keep);
        check(&filter, "java", "/a", Some("2022-05-10T12:00:00Z"), Verdict::Keep);
        check(&filter, "java", "/a", Some("2022-05-10T09:59:59Z"), Verdict::Hide);
        check(&filter, "java", "/a", Some("2022-05-10T12:00:01Z"), Verdict::Hide);
        check(&filter, "java", "/a", None, Verdict::KeepUntimed);
    }

    #[test]
    fn names_and_cgroups_are_patterns() {
        let filter = Filter::new(Span::default(), Some("php*"), Some(r"/system.slice/*\x2dfpm*")).unwrap();
        check(&filter, "php-fpm", r"/system.slice/php\x2dfpm.service", None, Verdict::Keep);
        check(&filter, "java", r"/system.slice/php\x2dfpm.service", None, Verdict::Hide);
        check(&filter, "php-fpm", "/user.slice", None, Verdict::Hide);
        let deep = Filter::new(Span::default(), None, Some("/kubepods/*")).unwrap();
        check(&deep, "java", "/kubepods/burstable/pod1/c1", None, Verdict::Keep);
        assert_eq!(Filter::new(Span::default(), Some("[a"), None).unwrap_err().code().number, 2);
    }
}
