//! Blame: what the kills came from; the first one's cause, and where a later one has another.

use oomkit_core::finding::Finding;
use oomkit_decode::Event;

use crate::{
    episode::Episode,
    incident::{Agreement, Blame, Later},
    timeline,
};

/// How many other causes are told.
const MOST: usize = 3;

/// Says what an event came from, and whether the history agrees.
pub(crate) fn of(event: &Event, history: Agreement) -> Blame {
    let cause = oomkit_decode::view::headline(event);
    Blame {
        culprit: event.culprit.clone(),
        cause: event.cause.clone(),
        code: cause.map(|finding| finding.code.into()),
        confidence: cause.map(|finding| finding.confidence),
        explanation: cause.map(|finding| finding.message.clone()),
        history: event.culprit.as_ref().map_or(Agreement::Nothing, |_| history),
        evidence: cause.map_or_else(Vec::new, |finding| finding.evidence.clone()),
    }
}

/// Returns the later kills that have another cause, each cause once, with the findings that say so.
pub(crate) fn later<'a>(head: &Event, episode: &Episode<'a>) -> Vec<(Later, &'a Finding)> {
    let mut found: Vec<(Later, &Finding)> = Vec::new();
    for event in episode.kills().skip_while(|event| !std::ptr::eq(*event, head)).skip(1) {
        let is_told = found.iter().any(|(later, _)| later.blame.cause == event.cause);
        if event.cause.is_none() || event.cause == head.cause || is_told || MOST <= found.len() {
            continue;
        }
        let told = oomkit_decode::view::headline(event).zip(timeline::kills(head, event).into_iter().next());
        if let Some((finding, kill)) = told {
            found.push((Later { kill, blame: of(event, Agreement::Nothing) }, finding));
        }
    }
    found
}
