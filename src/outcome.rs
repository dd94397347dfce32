//! How a rule ends, and what it found. Texts are keys with values: `report` makes sentences.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;

/// How a rule ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The evidence decides the clause by itself.
    Violation,
    /// A person must look at what was found.
    Risk,
    /// What was seen is too little to decide.
    Undetermined,
    /// Searched and found in order.
    Pass,
    /// The rule does not bear on this app.
    NotApplicable,
}

impl Verdict {
    /// All of them, the worst first.
    pub const ALL: [Self; 5] = [Self::Violation, Self::Risk, Self::Undetermined, Self::Pass, Self::NotApplicable];

    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Violation => "violation",
            Self::Risk => "risk",
            Self::Undetermined => "undetermined",
            Self::Pass => "pass",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Should be mended.
    Low,
    /// Is regularly objected to.
    Medium,
    /// Is regularly named in public.
    High,
    /// Gets apps removed from stores.
    Critical,
}

impl Severity {
    /// All of them, the worst first.
    pub const ALL: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info];

    /// The one with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == name)
    }

    /// The name used in reports and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// A hint.
    Low,
    /// Likely.
    Medium,
    /// As sure as bytes can make it.
    High,
}

impl Confidence {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A text of the rule's own wording, by key, with values for its placeholders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// Key in the rule's `message` table.
    pub key: &'static str,
    /// Values by placeholder.
    pub values: BTreeMap<&'static str, Slot>,
}

/// A value of a placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    /// The same in all languages.
    Text(String),
    /// (简体中文, English).
    Both(String, String),
}

impl From<&str> for Slot {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Slot {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<(String, String)> for Slot {
    fn from((zh, en): (String, String)) -> Self {
        Self::Both(zh, en)
    }
}

impl Message {
    /// A text without placeholders.
    pub fn new(key: &'static str) -> Self {
        Self { key, values: BTreeMap::new() }
    }

    /// Sets a placeholder.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Slot>) -> Self {
        self.values.insert(name, value.into());
        self
    }
}

/// What a finding is about; also its identity for baselines.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct About {
    /// Item of personal information.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pi: Option<String>,
    /// Permission.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    /// SDK.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdk: Option<String>,
    /// Host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Component.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// Something that a policy must say (`policy-content.toml`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// Something that an app offers or shows (`surfaces.toml`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surface: Option<String>,
}

impl About {
    /// About a permission.
    pub fn permission(name: &str) -> Self {
        Self { permission: Some(name.into()), ..Self::default() }
    }

    /// About an item of personal information.
    pub fn pi(item: &str) -> Self {
        Self { pi: Some(item.into()), ..Self::default() }
    }

    /// About an SDK.
    pub fn sdk(id: &str) -> Self {
        Self { sdk: Some(id.into()), ..Self::default() }
    }

    /// About a host.
    pub fn host(host: &str) -> Self {
        Self { host: Some(host.into()), ..Self::default() }
    }
}

/// A reported violation or risk. It cannot be made without evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Violation or risk.
    pub verdict: Verdict,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// What it is about.
    pub about: About,
    /// What to say.
    pub message: Message,
    /// Proof; the first is the most telling.
    pub evidence: Vec<Evidence>,
}

impl Finding {
    /// A finding with its first proof.
    pub fn new(
        verdict: Verdict,
        severity: Severity,
        confidence: Confidence,
        message: Message,
        first: Evidence,
    ) -> Self {
        Self { verdict, severity, confidence, about: About::default(), message, evidence: vec![first] }
    }

    /// Says what it is about.
    #[must_use]
    pub fn about(mut self, about: About) -> Self {
        self.about = about;
        self
    }

    /// Adds proof.
    #[must_use]
    pub fn and(mut self, more: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(more);
        self
    }
}

/// The end of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended: the worst of its findings, or what the rule says without any.
    pub verdict: Verdict,
    /// Why, when there are no findings.
    pub reason: Message,
    /// Proof for a verdict without findings, such as where the policy entry stands.
    pub evidence: Vec<Evidence>,
    /// Findings, worst first.
    pub findings: Vec<Finding>,
}

impl Outcome {
    /// An end without findings.
    pub fn without(verdict: Verdict, reason: Message) -> Self {
        Self { verdict, reason, evidence: Vec::new(), findings: Vec::new() }
    }

    /// An end without findings, and what shows it.
    pub fn shown(verdict: Verdict, reason: Message, evidence: Vec<Evidence>) -> Self {
        Self { verdict, reason, evidence, findings: Vec::new() }
    }

    /// The end that one finding makes.
    pub fn found(finding: Finding) -> Self {
        Self { verdict: finding.verdict, reason: Message::default(), evidence: Vec::new(), findings: vec![finding] }
    }

    /// The end that `findings` make, or `otherwise` when there are none.
    pub fn of(mut findings: Vec<Finding>, otherwise: impl FnOnce() -> Self) -> Self {
        if findings.is_empty() {
            return otherwise();
        }
        findings.sort_by(|a, b| (a.verdict, b.severity, &a.about).cmp(&(b.verdict, a.severity, &b.about)));
        let verdict = findings.iter().map(|finding| finding.verdict).min().unwrap_or(Verdict::Risk);
        Self { verdict, reason: Message::default(), evidence: Vec::new(), findings }
    }
}
