//! One transformation of a report, before any form is made of it, that leaves out what could be used against the
//! app: places in code and package, components, hosts, texts out of the input, paths of the machine. Clauses, kinds
//! of problems, items of personal information, names of SDKs and counts stay.
//!
//! Sentences are made anew from the wording of the rules: a value stays only where it is made of words of the
//! signatures or is a count, so that whatever a rule will say of the app is left out by default.

use std::collections::BTreeSet;

use serde::Serialize;

use super::names::Names;
use super::{Citation, FindingSummary, OutcomeSummary, Report};
use crate::evidence::Evidence;
use crate::knowledge::Knowledge;
use crate::knowledge::schema::{RuleRow, Text};
use crate::outcome::{About, Message};

/// Clauses for whose sake reports are redacted.
const CLAUSES: [&str; 2] = ["threat.2", "threat.1"];
/// Keys of the metadata that are addresses, contacts or texts.
const WITHHELD_KEYS: [&str; 5] = ["description", "listing_url", "note", "operator_contact", "privacy_policy_url"];
/// Digits of the largest number that is taken for a count.
const COUNT_DIGITS: usize = 5;

/// That a report is redacted, why, and how much was left out.
#[derive(Debug, Clone, Serialize)]
pub struct RedactionSummary {
    /// What readers are told, in the report's language.
    pub note: String,
    /// The clauses for whose sake.
    pub cited: Vec<Citation>,
    /// Components of the manifest that were left out.
    pub components: usize,
    /// Hosts that were left out.
    pub endpoints: usize,
}

/// What readers of a redacted report are told.
pub fn note(report: &Report) -> Option<String> {
    report.redaction.as_ref().map(|redaction| redaction.note.clone())
}

/// Redacts a report; one that is redacted stays as it is.
pub fn redact(report: &mut Report, names: Names<'_>) {
    if report.redaction.is_some() {
        return;
    }
    let redactor = Redactor { names, words: words(names.knowledge), withheld: names.say("redact.withheld") };
    report.redaction = Some(RedactionSummary {
        note: redactor.note(),
        cited: cited(names.knowledge).collect(),
        components: report.app.components.len(),
        endpoints: report.endpoints.len(),
    });
    redactor.report(report);
}

fn cited(knowledge: &Knowledge) -> impl Iterator<Item = Citation> {
    CLAUSES.iter().filter_map(|id| knowledge.clause(id)).map(|(instrument, clause)| Citation::of(instrument, clause))
}

/// Words of the signatures that name no app's inside.
fn words(knowledge: &Knowledge) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let mut add = |words: &[&str]| out.extend(words.iter().map(|word| (*word).to_owned()));
    for file in knowledge.sdks() {
        add(&[&file.vendor_zh, &file.vendor_en]);
        file.sdk.iter().for_each(|row| add(&[&row.name_zh, &row.name_en]));
    }
    knowledge.items().iter().for_each(|row| add(&[&row.zh, &row.en]));
    knowledge
        .permissions()
        .iter()
        .for_each(|row| add(&[&row.name, &row.label_zh, &row.label_en, &row.advice_zh, &row.advice_en]));
    knowledge.policy_content().iter().for_each(|row| add(&[&row.zh, &row.en]));
    knowledge.surfaces().iter().for_each(|row| add(&[&row.zh, &row.en]));
    knowledge.app_types().iter().for_each(|row| add(&[&row.name_zh, &row.name_en]));
    knowledge.packers().iter().for_each(|row| add(&[&row.name_zh, &row.name_en]));
    knowledge.reach().iter().for_each(|row| add(&[&row.name_zh, &row.name_en]));
    knowledge.wake().iter().for_each(|row| add(&[&row.zh, &row.en]));
    knowledge.wording().iter().filter(|row| !row.zh.contains('{')).for_each(|row| add(&[&row.zh, &row.en]));
    out
}

struct Redactor<'k> {
    names: Names<'k>,
    words: BTreeSet<String>,
    withheld: String,
}

impl Redactor<'_> {
    fn note(&self) -> String {
        let cited = cited(self.names.knowledge).map(|clause| self.names.cited(&clause));
        self.names.say("redact.note").replace("{clauses}", &self.names.list(cited))
    }

    fn report(&self, report: &mut Report) {
        report.input.path.clone_from(&self.withheld);
        if let Some(metadata) = &mut report.metadata {
            metadata.file.clone_from(&self.withheld);
            WITHHELD_KEYS.iter().for_each(|key| metadata.forget(key));
        }
        for proposal in report.app.proposed_type.iter_mut().chain(&mut report.app.proposed_profile) {
            proposal.reasons.iter_mut().for_each(|reason| self.place(&mut reason.evidence));
        }
        report.app.signers.clear();
        report.app.components.clear();
        report.app.permissions.retain(|row| self.names.knowledge.permission(&row.name).is_some());
        report.endpoints.clear();
        let reach = &mut report.reach;
        if let Some(packer) = &mut reach.packer {
            self.places(&mut packer.evidence);
        }
        for sign in reach.dynamic_code.iter_mut().chain(&mut reach.hybrid).chain(&mut reach.web_view) {
            self.places(&mut sign.evidence);
        }
        self.places(&mut reach.native_pi);
        if !reach.policy_file.is_empty() {
            reach.policy_file.clone_from(&self.withheld);
        }
        for part in reach.embedded_code.iter_mut().chain(&mut reach.incomplete) {
            part.clone_from(&self.withheld);
        }
        for sdk in &mut report.sdks {
            self.places(&mut sdk.reasons);
            // A version leads to the known holes of it.
            sdk.version = None;
            sdk.version_evidence = None;
            sdk.hosts.clear();
            sdk.permissions.retain(|name| self.names.knowledge.permission(name).is_some());
            sdk.calls.iter_mut().for_each(|call| self.place(&mut call.evidence));
            for handed in &mut sdk.handed {
                handed.from.clear();
                self.place(&mut handed.evidence);
            }
        }
        for pi in &mut report.pi {
            pi.api.clear();
            self.places(&mut pi.evidence);
        }
        report.outcomes.iter_mut().for_each(|outcome| self.outcome(outcome));
        for anomaly in &mut report.anomalies {
            anomaly.place.clone_from(&self.withheld);
            anomaly.detail.clone_from(&self.withheld);
            anomaly.offset = None;
        }
        if let Some(gate) = &mut report.gate {
            if !gate.baseline.is_empty() {
                gate.baseline.clone_from(&self.withheld);
            }
            gate.gone.iter_mut().for_each(|gone| gone.explanation.clone_from(&self.withheld));
            for expired in &mut gate.expired {
                expired.note.reason.clone_from(&self.withheld);
                expired.note.owner.clone_from(&self.withheld);
            }
        }
    }

    fn outcome(&self, outcome: &mut OutcomeSummary) {
        let row = self.names.knowledge.rule(&outcome.rule);
        outcome.reason = self.sentence(row, &outcome.message);
        self.places(&mut outcome.evidence);
        outcome.findings.iter_mut().for_each(|finding| self.finding(row, finding));
    }

    fn finding(&self, row: Option<&RuleRow>, finding: &mut FindingSummary) {
        finding.explanation = self.sentence(row, &finding.message);
        finding.fix = row.map(|row| self.fill(&row.fix, &finding.message)).unwrap_or_default();
        let known = |name: &String| self.names.knowledge.permission(name).is_some();
        let about = std::mem::take(&mut finding.about);
        finding.about = About { permission: about.permission.filter(known), host: None, component: None, ..about };
        self.places(&mut finding.evidence);
        if let Some(note) = &mut finding.suppression {
            note.reason.clone_from(&self.withheld);
            note.owner.clone_from(&self.withheld);
        }
    }

    fn places(&self, places: &mut [Evidence]) {
        places.iter_mut().for_each(|place| self.place(place));
    }

    fn place(&self, place: &mut Evidence) {
        *place = place.redacted();
    }

    fn sentence(&self, row: Option<&RuleRow>, message: &Message) -> String {
        row.and_then(|row| row.message.get(message.key)).map(|text| self.fill(text, message)).unwrap_or_default()
    }

    fn fill(&self, text: &Text, message: &Message) -> String {
        let shown = |value| if self.is_known(value) { value } else { &self.withheld };
        self.names.lang.fill(text, message, shown)
    }

    /// True for a list of words of the signatures and counts.
    fn is_known(&self, value: &str) -> bool {
        let is_count = |part: &str| part.len() <= COUNT_DIGITS && part.bytes().all(|byte| byte.is_ascii_digit());
        // Names may hold commas, so the whole is looked up first.
        self.words.contains(value)
            || value.split(['、', ',', ';']).map(str::trim).all(|part| is_count(part) || self.words.contains(part))
    }
}
