//! Findings that somebody accepted for a time.

use super::Date;
use crate::report::gate::SuppressionNote;

/// A row of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Of the finding.
    pub fingerprint: String,
    /// The app alone for which it holds; all when `None`.
    pub package: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Last day on which it holds.
    pub expires: Date,
}

impl Suppression {
    /// True for an app of this package name.
    pub fn is_for(&self, package: &str) -> bool {
        self.package.as_deref().is_none_or(|only| only == package)
    }

    /// True while it holds.
    pub fn holds_on(&self, today: Date) -> bool {
        today <= self.expires
    }

    /// What a report says of it.
    pub fn note(&self) -> SuppressionNote {
        SuppressionNote { reason: self.reason.clone(), owner: self.owner.clone(), expires: self.expires.to_string() }
    }
}
