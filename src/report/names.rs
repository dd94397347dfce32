//! What ids are called in one language, and the texts of reports.

use super::Lang;
use crate::evidence::{Owner, OwnerKind};
use crate::knowledge::Knowledge;
use crate::outcome::{Confidence, Severity, Verdict};

/// Names and texts out of the signatures; an id that they do not know stands for itself.
#[derive(Debug, Clone, Copy)]
pub struct Names<'k> {
    /// The signatures.
    pub knowledge: &'k Knowledge,
    /// The language.
    pub lang: Lang,
}

impl Names<'_> {
    /// A text of `wording.toml`.
    pub fn say(&self, id: &str) -> String {
        self.pick(id, self.knowledge.text(id).map(|row| (&row.zh, &row.en)))
    }

    /// An item of personal information.
    pub fn item(&self, id: &str) -> String {
        self.pick(id, self.knowledge.item(id).map(|row| (&row.zh, &row.en)))
    }

    /// An SDK or library.
    pub fn sdk(&self, id: &str) -> String {
        self.pick(id, self.knowledge.sdk(id).map(|(_, row)| (&row.name_zh, &row.name_en)))
    }

    /// A permission.
    pub fn permission(&self, name: &str) -> String {
        self.pick(name, self.knowledge.permission(name).map(|row| (&row.label_zh, &row.label_en)))
    }

    /// Something that a policy says.
    pub fn content(&self, id: &str) -> String {
        self.pick(id, self.knowledge.content(id).map(|row| (&row.zh, &row.en)))
    }

    /// Whose code or declaration something is.
    pub fn owner(&self, owner: &Owner) -> String {
        match owner.kind {
            OwnerKind::App => self.say("owner.app"),
            OwnerKind::Unknown => self.say("owner.unknown"),
            OwnerKind::Sdk | OwnerKind::Library => self.sdk(&owner.id),
        }
    }

    /// How a rule ended.
    pub fn verdict(&self, verdict: Verdict) -> String {
        self.say(&format!("verdict.{}", verdict.as_str()))
    }

    /// How bad a finding is.
    pub fn severity(&self, severity: Severity) -> String {
        self.say(&format!("severity.{}", severity.as_str()))
    }

    /// How sure a finding is.
    pub fn confidence(&self, confidence: Confidence) -> String {
        self.say(&format!("confidence.{}", confidence.as_str()))
    }

    /// Names in a row.
    pub fn list(&self, names: impl IntoIterator<Item = String>) -> String {
        names.into_iter().collect::<Vec<_>>().join(self.lang.pick("、", ", "))
    }

    fn pick(&self, id: &str, names: Option<(&String, &String)>) -> String {
        let name = names.map(|(zh, en)| self.lang.pick(zh, en)).filter(|name| !name.is_empty());
        name.unwrap_or(id).to_owned()
    }
}
