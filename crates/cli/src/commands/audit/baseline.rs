//! The baseline: what an audit of before came to, so that only what is new or worse is told.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use oomkit_audit::Report;
use oomkit_core::{finding::Severity, ident::visible, problem::Fingerprint};

use super::{
    json::{PastDocument, SCHEMA},
    problems::{self, Fate},
};
use crate::failure::Failure;

/// What was found before, and how bad it was.
#[derive(Debug, Default)]
pub(super) struct Baseline(BTreeMap<String, Severity>);

impl Baseline {
    /// Reads what `--format json` wrote.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let name = visible(path.as_os_str().as_encoded_bytes()).into_owned();
        let wrong = || {
            Failure::usage(format!("the baseline {name} is no audit"))
                .hint("`oomkit audit --format json -o FILE` writes one")
        };
        let text = fs::read(path)
            .map_err(|error| Failure::usage(format!("cannot read the baseline {name}")).because(&error))?;
        let past: PastDocument = serde_json::from_slice(&text).map_err(|error| wrong().because(&error))?;
        if past.schema != SCHEMA {
            return Err(wrong().cause(format!("its schema is {:?}, not {SCHEMA:?}", past.schema)));
        }
        Ok(past.findings.into_iter().map(|one| (one.fingerprint, one.severity)).collect())
    }

    /// Takes what an audit came to.
    pub(super) fn of(report: &Report) -> Self {
        let prints = problems::fingerprints(report);
        let found = problems::findings(report).zip(prints);
        found.map(|((finding, _), print)| (print.to_string(), finding.severity)).collect()
    }

    /// Returns the files in which an audit of later finds an error that was not there, or was none.
    pub(super) fn worsened(&self, later: &Report) -> BTreeSet<String> {
        let found = problems::findings(later).zip(problems::fingerprints(later));
        let errors = found.filter(|((finding, fate), print)| {
            *fate == Fate::Open && finding.severity == Severity::Error && !self.knows(print, finding.severity)
        });
        let places = errors.filter_map(|((finding, _), _)| finding.evidence.first());
        places.filter_map(|place| later.model.file(place.file)).map(|file| file.name.clone()).collect()
    }

    /// Sets aside what was there before and is no worse.
    pub(super) fn apply(&self, report: &mut Report) {
        let prints = problems::fingerprints(report);
        let findings = std::mem::take(&mut report.findings);
        let (known, fresh): (Vec<_>, Vec<_>) = findings
            .into_iter()
            .zip(prints)
            .partition(|(finding, print)| self.knows(print, finding.severity));
        report.findings = fresh.into_iter().map(|(finding, _)| finding).collect();
        report.known = known.into_iter().map(|(finding, _)| finding).collect();
    }

    fn knows(&self, print: &Fingerprint, severity: Severity) -> bool {
        self.0.get(print.as_str()).is_some_and(|before| severity <= *before)
    }
}

impl FromIterator<(String, Severity)> for Baseline {
    fn from_iter<I: IntoIterator<Item = (String, Severity)>>(findings: I) -> Self {
        let mut all = BTreeMap::new();
        for (print, severity) in findings {
            let worst = all.entry(print).or_insert(severity);
            *worst = severity.max(*worst);
        }
        Self(all)
    }
}
