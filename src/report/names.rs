//! What ids are called in one language, and the texts of reports.

use super::{Citation, Lang, ProposalSummary, Report};
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

    /// An item of personal information, or several with commas between.
    pub fn item(&self, id: &str) -> String {
        let one = |id: &str| self.pick(id, self.knowledge.item(id).map(|row| (&row.zh, &row.en)));
        self.list(id.split(',').map(one))
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

    /// Something that an app offers or shows.
    pub fn surface(&self, id: &str) -> String {
        self.pick(id, self.knowledge.surface(id).map(|row| (&row.zh, &row.en)))
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

    /// One of the common app types; empty when none was given.
    pub fn app_type(&self, id: &str) -> String {
        let row = self.knowledge.app_types().iter().find(|row| row.id == id);
        self.pick(id, row.map(|row| (&row.name_zh, &row.name_en)))
    }

    /// What an app suggests, with what speaks for it.
    pub fn proposal(&self, proposal: &ProposalSummary) -> String {
        let reasons = proposal.reasons.iter().map(|reason| {
            format!("{} “{}” +{}", self.say(&format!("signal.{}", reason.kind)), reason.value, reason.points)
        });
        let id = if proposal.id.is_some() { "proposal" } else { "proposal.none" };
        self.say(id)
            .replace("{name}", &proposal.name)
            .replace("{score}", &proposal.score.to_string())
            .replace("{reasons}", &self.list(reasons))
    }

    /// How a permission is granted; empty when unknown.
    pub fn kind(&self, kind: &str) -> String {
        if kind.is_empty() { String::new() } else { self.say(&format!("permission.{kind}")) }
    }

    /// Which policy was compared with.
    pub fn policy(&self, report: &Report) -> String {
        match report.reach.policy {
            "given" => report.reach.policy_file.clone(),
            other => self.say(&format!("reach.policy.{other}")).replace("{file}", &report.reach.policy_file),
        }
    }

    /// Phases in a row, or that no caller was seen.
    pub fn phases(&self, phases: &[impl AsRef<str>]) -> String {
        if phases.is_empty() {
            return self.say("phase.none");
        }
        self.list(phases.iter().map(|phase| self.say(&format!("phase.{}", phase.as_ref()))))
    }

    /// Whether the policy names an SDK; empty without a policy.
    pub fn disclosed(&self, disclosed: Option<bool>) -> String {
        match disclosed {
            Some(true) => self.say("sdk.disclosed"),
            Some(false) => self.say("sdk.undisclosed"),
            None => String::new(),
        }
    }

    /// A clause as people cite it, with its document.
    pub fn cited(&self, clause: &Citation) -> String {
        cite(&clause.instrument, &clause.number)
    }

    /// A clause by its id, as people cite it with its document.
    pub fn clause(&self, id: &str) -> String {
        let found = self.knowledge.clause(id);
        found.map_or_else(|| id.to_owned(), |(instrument, clause)| cite(&instrument.title_zh, &clause.clause_no))
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

/// Clauses as people cite them: the document's title in book marks, whether it carries them or not, and the numbers.
pub fn cite(title: &str, numbers: &str) -> String {
    format!("《{}》{numbers}", title.trim_matches(['《', '》']))
}
