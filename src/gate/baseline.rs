//! The findings that were there when somebody drew the line.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::outcome::{About, Severity, Verdict};
use crate::report::SCHEMA as REPORT;
use crate::report::stored::{StoredReport, check_schema, schema_of};

/// Version of the file's shape.
pub const SCHEMA: &str = "mingcha.baseline/1";

/// A baseline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// [`SCHEMA`].
    pub schema: String,
    /// Package name of the app.
    pub package: String,
    /// Its `versionName`.
    pub version_name: String,
    /// Version of the signatures that found them.
    pub signatures: String,
    /// The findings, by rule and fingerprint.
    pub findings: Vec<BaselineFinding>,
}

/// A finding of a baseline.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BaselineFinding {
    /// Its rule.
    pub rule: String,
    /// What tells it from others.
    pub fingerprint: String,
    /// How it was judged.
    pub verdict: Verdict,
    /// How bad it was.
    pub severity: Severity,
    /// What it is about.
    pub about: About,
    /// What was found, for people who review the file.
    pub explanation: String,
}

impl Baseline {
    /// The findings of a report.
    pub fn of(report: &StoredReport) -> Self {
        let mut findings: Vec<BaselineFinding> = report
            .findings()
            .map(|(outcome, finding)| BaselineFinding {
                rule: outcome.rule.clone(),
                fingerprint: finding.fingerprint.clone(),
                verdict: finding.verdict,
                severity: finding.severity,
                about: finding.about.clone(),
                explanation: finding.explanation.clone(),
            })
            .collect();
        findings.sort();
        Self {
            schema: SCHEMA.to_owned(),
            package: report.app.package.clone(),
            version_name: report.app.version_name.clone(),
            signatures: report.tool.signatures.version.clone(),
            findings,
        }
    }

    /// Reads a baseline, or takes the findings of a JSON report for one.
    ///
    /// # Errors
    /// [`Error::Usage`] with the file and what is wrong: a gate must not pass because its baseline is broken.
    pub fn read(path: &Path) -> Result<Self> {
        let fail = |detail: String| Error::Usage(format!("{}: {detail}", path.display()));
        let bytes = std::fs::read(path).map_err(|error| fail(error.to_string()))?;
        if schema_of(&bytes).map_err(fail)? == REPORT {
            return StoredReport::parse(&bytes).map(|report| Self::of(&report)).map_err(fail);
        }
        check_schema(&bytes, SCHEMA).map_err(fail)?;
        serde_json::from_slice(&bytes).map_err(|error| fail(format!("not a whole {SCHEMA} file: {error}")))
    }

    /// The file's text.
    ///
    /// # Errors
    /// When serialising fails, which these types never do.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// True when a finding is in the baseline and has become no worse.
    pub fn holds(&self, fingerprint: &str, verdict: Verdict, severity: Severity) -> bool {
        self.findings
            .iter()
            .any(|row| row.fingerprint == fingerprint && verdict >= row.verdict && severity <= row.severity)
    }
}
