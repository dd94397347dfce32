//! What one report has and another has not. Compares ids, never wording, so reports in two languages compare well.

#![forbid(unsafe_code)]

mod compare;
mod html;
mod markdown;
mod rows;
mod text;

use serde::Serialize;

use crate::outcome::{Severity, Verdict};
use crate::report::gate::Threshold;

pub use compare::compare;
pub use html::render as html;
pub use markdown::render as markdown;
pub use text::render as text;

/// Version of the shape of the JSON form.
pub const SCHEMA: &str = "mingcha.diff/1";

/// A comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diff {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The version before.
    pub old: Side,
    /// The version after.
    pub new: Side,
    /// Ids of wording on what makes the comparison less telling, such as other signatures.
    pub caveats: Vec<&'static str>,
    /// What the package declares of itself.
    pub app: Section,
    /// Permissions.
    pub permissions: Section,
    /// Components.
    pub components: Section,
    /// Third parties and libraries.
    pub sdks: Section,
    /// Who takes which personal information, and when.
    pub pi: Section,
    /// Hosts.
    pub endpoints: Section,
    /// How the rules ended.
    pub outcomes: Section,
    /// Findings.
    pub findings: Section,
}

/// One of the two reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    /// The app's file.
    pub path: String,
    /// Its digest.
    pub sha256: String,
    /// Package name.
    pub package: String,
    /// `versionName`.
    pub version_name: String,
    /// `versionCode`.
    pub version_code: u64,
    /// Version of the signatures.
    pub signatures: String,
}

/// What changed of one kind of thing.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Section {
    /// In the new version only.
    pub added: Vec<Item>,
    /// In the old version only.
    pub removed: Vec<Item>,
    /// In both, and not alike.
    pub changed: Vec<Changed>,
}

/// A thing that came or went.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Item {
    /// What tells it from others of its kind.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What matters of it, as property and value; the properties are ids of wording below `diff.`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<(&'static str, String)>,
    /// Judgement, of findings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// How bad, of findings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
}

/// A thing that became another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changed {
    /// The thing as it is now.
    #[serde(flatten)]
    pub item: Item,
    /// Property, before, after.
    pub changes: Vec<Change>,
    /// A finding that weighs more than before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub worse: bool,
}

/// A property that changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Id of wording below `diff.`.
    pub property: &'static str,
    /// Before.
    pub old: String,
    /// After.
    pub new: String,
}

impl Section {
    /// True when nothing changed.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

impl Diff {
    /// The sections with the ids of their titles.
    pub fn sections(&self) -> [(&'static str, &Section); 8] {
        [
            ("diff.findings", &self.findings),
            ("diff.outcomes", &self.outcomes),
            ("diff.app", &self.app),
            ("diff.permissions", &self.permissions),
            ("diff.sdks", &self.sdks),
            ("diff.pi", &self.pi),
            ("diff.endpoints", &self.endpoints),
            ("diff.components", &self.components),
        ]
    }

    /// How many findings that came or grew worse meet the threshold.
    pub fn meeting(&self, threshold: Threshold) -> usize {
        let worse = self.findings.changed.iter().filter(|changed| changed.worse).map(|changed| &changed.item);
        let is_met = |item: &&Item| {
            item.verdict.zip(item.severity).is_some_and(|(verdict, severity)| threshold.is_met(verdict, severity))
        };
        self.findings.added.iter().chain(worse).filter(is_met).count()
    }
}
