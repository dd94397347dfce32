//! What is kept of an input: a line of the record and a row of the table.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::outcome::{Severity, Verdict};
use crate::report::Report;
use crate::report::gate::Threshold;

/// An input that is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// As given.
    pub path: String,
    /// Bytes, of all files of a folder.
    pub size: u64,
    /// Time of the last change, in nanoseconds of the system's clock; 0 when unknown.
    pub changed: u64,
    /// Digest of the bytes, empty when they could not be read.
    pub sha256: String,
    /// Digest of program, signatures and options.
    pub key: String,
    /// The report within the folder, empty without one.
    pub report: String,
    /// The input with the same bytes that was scanned in its stead.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub same_as: String,
    /// How long the scan took.
    pub seconds: f64,
    /// Why there is no report.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error: String,
    /// What was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<AppRow>,
}

/// What the table and the overview show of an app.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AppRow {
    /// Package name.
    pub package: String,
    /// Name shown to users.
    pub label: String,
    /// `versionName`.
    pub version_name: String,
    /// `versionCode`.
    pub version_code: u64,
    /// Subject and SHA-256 of the first signer's certificate.
    pub signer: (String, String),
    /// How each rule ended.
    pub verdicts: BTreeMap<String, Verdict>,
    /// Findings that count, by verdict and severity.
    pub findings: Vec<(Verdict, Severity, usize)>,
    /// SDKs that may process personal information: id and version.
    pub sdks: Vec<(String, String)>,
    /// Share of classes without a known owner, in per cent.
    pub unknown_percent: f64,
    /// What hides behaviour: ids of the signatures.
    pub limits: Vec<String>,
}

impl AppRow {
    /// The row of a report.
    pub fn of(report: &Report) -> Self {
        let mut findings: BTreeMap<(Verdict, Severity), usize> = BTreeMap::new();
        let all = report.outcomes.iter().flat_map(|outcome| &outcome.findings);
        for finding in all.filter(|finding| finding.counts()) {
            let count = findings.entry((finding.verdict, finding.severity)).or_insert(0);
            *count = count.saturating_add(1);
        }
        let reach = &report.reach;
        let packer = reach.packer.iter().map(|packer| packer.id.clone());
        let signs = [&reach.dynamic_code, &reach.hybrid].into_iter().flatten();
        // What a third party's code does by itself is part of that third party.
        let signs = signs.filter(|sign| sign.in_app > 0).map(|sign| sign.id.clone());
        let counted = [
            ("incomplete", reach.incomplete.len()),
            ("embedded_code", reach.embedded_code.len()),
            ("reflection", reach.reflection_unresolved as usize),
        ];
        let counted = counted.into_iter().filter(|(_, count)| *count > 0);
        let signer = report.app.signers.first().map(|signer| &signer.certificate);
        Self {
            package: report.app.package.clone(),
            label: report.app.label.clone(),
            version_name: report.app.version_name.clone(),
            version_code: report.app.version_code,
            signer: signer.map(|row| (row.subject.clone(), row.sha256.clone())).unwrap_or_default(),
            verdicts: report.outcomes.iter().map(|outcome| (outcome.rule.clone(), outcome.verdict)).collect(),
            findings: findings.into_iter().map(|((verdict, severity), count)| (verdict, severity, count)).collect(),
            sdks: report
                .sdks
                .iter()
                .filter(|sdk| sdk.collects)
                .map(|sdk| (sdk.id.clone(), sdk.version.clone().unwrap_or_default()))
                .collect(),
            unknown_percent: reach.unknown_classes_percent,
            limits: packer.chain(signs).chain(counted.map(|(id, _)| id.to_owned())).collect(),
        }
    }

    /// Rules that ended so.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.verdicts.values().filter(|found| **found == verdict).count()
    }

    /// True when a finding that counts meets the threshold.
    pub fn meets(&self, threshold: Threshold) -> bool {
        self.findings.iter().any(|(verdict, severity, _)| threshold.is_met(*verdict, *severity))
    }
}
