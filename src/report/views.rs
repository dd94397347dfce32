//! The report looked at in the ways that its forms share: by gravity, by clause, by level.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Citation, FindingSummary, OutcomeSummary, Report};
use crate::outcome::{Severity, Verdict};

/// How loud an annotation of a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Fails a check.
    Error,
    /// Asks for a look.
    Warning,
    /// Informs.
    Note,
}

impl FindingSummary {
    /// A level as consumers gate on it: errors are violations of weight, and what a person must first look at
    /// never is one.
    pub fn level(&self) -> Level {
        match (self.verdict, self.severity) {
            (Verdict::Violation, Severity::Critical | Severity::High) => Level::Error,
            (Verdict::Violation, Severity::Medium) | (_, Severity::Critical | Severity::High) => Level::Warning,
            _ => Level::Note,
        }
    }
}

/// What sorts ids of clauses by their numbers: article 5 before article 13.
pub(super) fn natural(id: &str) -> Vec<(u32, String)> {
    id.split('.').map(|part| (part.parse().unwrap_or(0), part.to_owned())).collect()
}

/// A clause with how the rules ended that bear on it.
#[derive(Debug, Clone)]
pub struct ClauseStatus<'r> {
    /// The clause.
    pub citation: &'r Citation,
    /// The worst of the outcomes.
    pub verdict: Verdict,
    /// The outcomes, in the order of the rules.
    pub outcomes: Vec<&'r OutcomeSummary>,
}

impl Report {
    /// Rules that ended so.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.verdict == verdict).count()
    }

    /// The outcomes, gravest first; in the order of the rules where equal.
    pub fn by_gravity(&self) -> Vec<&OutcomeSummary> {
        let mut sorted: Vec<&OutcomeSummary> = self.outcomes.iter().collect();
        let worst = |outcome: &OutcomeSummary| {
            outcome.findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Info)
        };
        sorted.sort_by_key(|outcome| (outcome.verdict, Reverse(worst(outcome))));
        sorted
    }

    /// All findings with the outcomes they belong to, gravest first; in the order of the rules where equal.
    pub fn findings(&self) -> Vec<(&OutcomeSummary, &FindingSummary)> {
        let all =
            self.outcomes.iter().flat_map(|outcome| outcome.findings.iter().map(move |finding| (outcome, finding)));
        let mut sorted: Vec<_> = all.collect();
        sorted.sort_by_key(|(_, finding)| (finding.verdict, Reverse(finding.severity)));
        sorted
    }

    /// The clauses that the rules bear on, in order of documents and numbers, each with how its rules ended.
    pub fn clauses(&self) -> Vec<ClauseStatus<'_>> {
        let mut all: BTreeMap<&str, ClauseStatus<'_>> = BTreeMap::new();
        for outcome in &self.outcomes {
            for citation in &outcome.cited {
                let status = ClauseStatus { citation, verdict: outcome.verdict, outcomes: Vec::new() };
                let status = all.entry(&citation.id).or_insert(status);
                status.verdict = status.verdict.min(outcome.verdict);
                status.outcomes.push(outcome);
            }
        }
        let mut all: Vec<_> = all.into_values().collect();
        all.sort_by_cached_key(|status| natural(&status.citation.id));
        // A document's clauses stay together, whatever their ids begin with.
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for (place, status) in all.iter().enumerate() {
            places.entry(&status.citation.instrument).or_insert(place);
        }
        all.sort_by_key(|status| places.get(status.citation.instrument.as_str()).copied());
        all
    }

    /// The report as JSON text with a final newline.
    ///
    /// # Errors
    /// When serialising fails, which these types never do.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}
