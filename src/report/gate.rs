//! What a gate adds to a report: which findings count, and what became of the baseline and the suppressions.

use serde::{Deserialize, Serialize};

use super::names::Names;
use super::{FindingSummary, Report};
use crate::outcome::{Severity, Verdict};

/// Where a finding stands with the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not in the baseline, or worse than there, or its suppression has expired.
    New,
    /// In the baseline.
    Baseline,
    /// Suppressed by the settings.
    Suppressed,
}

impl State {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Baseline => "baseline",
            Self::Suppressed => "suppressed",
        }
    }
}

/// Why a finding does not count, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuppressionNote {
    /// Why it is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Last day on which it holds, `YYYY-MM-DD`.
    pub expires: String,
}

/// A suppression that no longer holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Expired {
    /// Of the finding.
    pub fingerprint: String,
    /// What it said.
    #[serde(flatten)]
    pub note: SuppressionNote,
}

/// A finding of the baseline that is not there any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gone {
    /// Of the finding.
    pub fingerprint: String,
    /// Its rule.
    pub rule: String,
    /// What had been found.
    pub explanation: String,
}

/// What the gate did. Present when a baseline or suppressions were given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct GateSummary {
    /// The baseline's file, empty without one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub baseline: String,
    /// Findings that count.
    pub new: usize,
    /// Findings of the baseline.
    pub in_baseline: usize,
    /// Suppressed findings.
    pub suppressed: usize,
    /// Findings of the baseline that are gone.
    pub gone: Vec<Gone>,
    /// Findings of the baseline whose rules were skipped or cannot tell now.
    pub not_checked: usize,
    /// Suppressions that have expired although their finding is still there.
    pub expired: Vec<Expired>,
    /// Suppressions that fit no finding.
    pub unknown: Vec<String>,
}

/// What makes a gate fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threshold {
    /// A finding of this severity or worse.
    Severity(Severity),
    /// A violation, however severe.
    Violation,
    /// A violation or a risk.
    Risk,
}

impl Threshold {
    /// True for a finding that makes the gate fail.
    pub fn is_met(self, verdict: Verdict, severity: Severity) -> bool {
        match self {
            Self::Severity(least) => severity >= least,
            Self::Violation => verdict == Verdict::Violation,
            Self::Risk => matches!(verdict, Verdict::Violation | Verdict::Risk),
        }
    }

    /// The name used on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Severity(severity) => severity.as_str(),
            Self::Violation => "violation",
            Self::Risk => "risk",
        }
    }
}

impl FindingSummary {
    /// True unless the baseline or a suppression keeps it from counting.
    pub fn counts(&self) -> bool {
        matches!(self.state, None | Some(State::New))
    }
}

impl Report {
    /// How many findings that count meet the threshold.
    pub fn meeting(&self, threshold: Threshold) -> usize {
        let findings = self.outcomes.iter().flat_map(|outcome| &outcome.findings);
        findings.filter(|finding| finding.counts() && threshold.is_met(finding.verdict, finding.severity)).count()
    }
}

/// Where a finding stands, and its fingerprint, to be copied into a suppression; `None` where nothing was asked.
pub fn state_line(finding: &FindingSummary, names: Names<'_>) -> Option<String> {
    state_words(finding, names).map(|words| format!("{words}  {}", finding.fingerprint))
}

/// Where a finding stands, for people; `None` where nothing was asked.
pub fn state_words(finding: &FindingSummary, names: Names<'_>) -> Option<String> {
    let state = names.say(&format!("gate.state.{}", finding.state?.as_str()));
    let note = finding.suppression.as_ref().map(|note| {
        let expired = if finding.state == Some(State::New) { "gate.expired_note" } else { "gate.note" };
        names
            .say(expired)
            .replace("{date}", &note.expires)
            .replace("{reason}", &note.reason)
            .replace("{owner}", &note.owner)
    });
    Some(state + &note.unwrap_or_default())
}

/// The counts of the gate in one line; `None` where there was none.
pub fn counts_line(report: &Report, names: Names<'_>) -> Option<String> {
    let gate = report.gate.as_ref()?;
    let mut parts = vec![
        names.say("gate.count.new").replace("{count}", &gate.new.to_string()),
        names.say("gate.count.baseline").replace("{count}", &gate.in_baseline.to_string()),
        names.say("gate.count.suppressed").replace("{count}", &gate.suppressed.to_string()),
        names.say("gate.count.gone").replace("{count}", &gate.gone.len().to_string()),
    ];
    for (id, count) in [("gate.count.not_checked", gate.not_checked), ("gate.count.expired", gate.expired.len())] {
        if count > 0 {
            parts.push(names.say(id).replace("{count}", &count.to_string()));
        }
    }
    Some(parts.join(" · "))
}

/// One line for logs: how the gate ended and why.
pub fn log_line(report: &Report, threshold: Option<Threshold>, names: Names<'_>) -> String {
    let findings = || report.outcomes.iter().flat_map(|outcome| &outcome.findings);
    let of = |verdict: Verdict| {
        let count = findings().filter(|finding| finding.counts() && finding.verdict == verdict).count();
        format!("{} {count}", names.say(&format!("verdict.{}", verdict.as_str())))
    };
    let mut parts = vec![of(Verdict::Violation), of(Verdict::Risk)];
    parts.extend(counts_line(report, names));
    let end = match threshold {
        None => names.say("gate.open"),
        Some(threshold) => {
            let count = report.meeting(threshold);
            let id = if count > 0 { "gate.failed" } else { "gate.passed" };
            names.say(id).replace("{count}", &count.to_string()).replace("{threshold}", threshold.as_str())
        }
    };
    format!("{}  {}  {}", names.say("gate.label"), end, parts.join(" · "))
}
