//! Which findings count: those of a baseline are old, those suppressed are accepted for a time, the rest are new.

#![forbid(unsafe_code)]

mod baseline;
mod suppression;

use std::collections::{BTreeMap, BTreeSet};

use crate::outcome::Verdict;
use crate::report::Report;
use crate::report::gate::{Expired, GateSummary, Gone, State};

pub use crate::date::Date;
pub use baseline::{Baseline, BaselineFinding, SCHEMA};
pub use suppression::Suppression;

/// Marks the findings of `report` and says what became of the baseline and the suppressions. Without either,
/// nothing is marked.
pub fn apply(report: &mut Report, baseline: Option<(&str, &Baseline)>, suppressions: &[Suppression], today: Date) {
    let package = report.app.package.clone();
    let suppressions: Vec<&Suppression> = suppressions.iter().filter(|row| row.is_for(&package)).collect();
    if baseline.is_none() && suppressions.is_empty() {
        return;
    }
    let by_fingerprint: BTreeMap<&str, &Suppression> =
        suppressions.iter().map(|row| (row.fingerprint.as_str(), *row)).collect();
    let mut summary = GateSummary {
        baseline: baseline.map(|(path, _)| path.to_owned()).unwrap_or_default(),
        ..GateSummary::default()
    };
    let mut found = BTreeSet::new();
    for finding in report.outcomes.iter_mut().flat_map(|outcome| &mut outcome.findings) {
        found.insert(finding.fingerprint.clone());
        let suppression = by_fingerprint.get(finding.fingerprint.as_str());
        finding.suppression = suppression.map(|row| row.note());
        let old = baseline
            .is_some_and(|(_, baseline)| baseline.holds(&finding.fingerprint, finding.verdict, finding.severity));
        // Whoever suppressed a finding was to look again by that day, whatever the baseline holds.
        let state = match suppression {
            Some(row) if row.holds_on(today) => State::Suppressed,
            Some(row) => {
                summary.expired.push(Expired { fingerprint: row.fingerprint.clone(), note: row.note() });
                State::New
            }
            None if old => State::Baseline,
            None => State::New,
        };
        match state {
            State::New => summary.new = summary.new.saturating_add(1),
            State::Baseline => summary.in_baseline = summary.in_baseline.saturating_add(1),
            State::Suppressed => summary.suppressed = summary.suppressed.saturating_add(1),
        }
        // Without a baseline everything would be new.
        finding.state =
            Some(state).filter(|state| baseline.is_some() || *state == State::Suppressed || suppression.is_some());
    }
    if let Some((_, baseline)) = baseline {
        let unseen = |rule: &str| {
            let outcome = report.outcomes.iter().find(|outcome| outcome.rule == rule);
            outcome.is_none_or(|outcome| outcome.verdict == Verdict::Undetermined)
        };
        for row in baseline.findings.iter().filter(|row| !found.contains(&row.fingerprint)) {
            if unseen(&row.rule) {
                summary.not_checked = summary.not_checked.saturating_add(1);
            } else {
                summary.gone.push(Gone {
                    fingerprint: row.fingerprint.clone(),
                    rule: row.rule.clone(),
                    explanation: row.explanation.clone(),
                });
            }
        }
    }
    // A rule that did not run could have found it.
    if report.skipped_rules.is_empty() {
        let missing = suppressions.iter().filter(|row| !found.contains(&row.fingerprint));
        summary.unknown = missing.map(|row| row.fingerprint.clone()).collect();
    }
    report.gate = Some(summary);
}
