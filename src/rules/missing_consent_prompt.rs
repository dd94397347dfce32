//! Apps that take personal information and never ask before.

use super::Rule;
use super::support::{
    absent, blind_to_texts, has_network, item_name, joined, scope_of_taking, taken_items, undetermined,
};
use super::surfaces::{Grade, surface};
use crate::facts::Facts;
use crate::outcome::{Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "missing-consent-prompt", check };

fn check(facts: &Facts<'_>) -> Outcome {
    if !facts.consent.surfaces.is_empty() {
        return Outcome::shown(
            Verdict::Pass,
            Message::new("pass"),
            facts.consent.surfaces.iter().take(4).cloned().collect(),
        );
    }
    if let Some(reach) = blind_to_texts(facts) {
        return undetermined(reach);
    }
    let taken = taken_items(facts);
    let scope = scope_of_taking(facts);
    if scope.is_empty() {
        return Outcome::without(Verdict::NotApplicable, Message::new("na_scope"));
    }
    // A screen made of scripts or pages asks in words that code does not show.
    if facts.reach.hybrids().next().is_some() {
        return Outcome::shown(Verdict::Undetermined, Message::new("undetermined_remote"), scope);
    }
    let grade = match (has_network(facts), taken.is_empty()) {
        (false, _) => Grade::OFFLINE,
        (true, true) => Grade::missing(Severity::Medium),
        (true, false) => Grade::missing(Severity::High),
    };
    let message = Message::new(grade.key).with("items", joined(taken.keys().map(|item| item_name(facts, item))));
    let finding = Finding::new(Verdict::Risk, grade.severity, grade.confidence, message, absent(facts)).and(scope);
    Outcome::found(finding.about(surface("consent_tick")))
}
