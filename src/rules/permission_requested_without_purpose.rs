//! Permissions asked for without any text that says what for.

use super::Rule;
use super::permission_requests::{Asked, by_places, guarded, unread};
use super::support::{absent, blind_to_texts, undetermined};
use crate::evidence::{Evidence, OwnerKind};
use crate::facts::Facts;
use crate::facts::permission_request::RequestFact;
use crate::outcome::{Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "permission-requested-without-purpose", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let is_own =
        |request: &RequestFact| matches!(facts.sources.owners.kind(request.owner), OwnerKind::App | OwnerKind::Unknown);
    let mut asked = Asked::new();
    for request in &facts.requests.requests {
        // What no path leads to asks nobody.
        if is_own(request) && !request.when.phases.is_empty() {
            for name in guarded(facts, request) {
                asked.entry(name).or_insert_with(|| request.places());
            }
        }
    }
    let none_asked = asked.is_empty();
    let purpose = |name: &str| facts.ui.purposes.iter().find(|(permission, _)| permission == name);
    let told: Vec<Evidence> = asked.keys().filter_map(|name| purpose(name)).map(|(_, text)| text.clone()).collect();
    asked.retain(|name, _| purpose(name).is_none());
    let findings: Vec<Finding> = by_places(facts, asked, "untold", (Verdict::Risk, Severity::Medium, Confidence::Low))
        .into_iter()
        .map(|finding| finding.and([absent(facts)]))
        .collect();
    // Texts of web pages and other runtimes are not in the package.
    if facts.reach.hybrids().next().is_some() && !findings.is_empty() {
        return Outcome::without(Verdict::Undetermined, Message::new("undetermined_hybrid"));
    }
    Outcome::of(findings, || {
        if let Some(reach) = blind_to_texts(facts) {
            return undetermined(reach);
        }
        if let Some(outcome) = unread(facts, is_own) {
            return outcome;
        }
        if none_asked {
            Outcome::without(Verdict::NotApplicable, Message::new("na_none"))
        } else {
            Outcome::shown(Verdict::Pass, Message::new("pass"), told)
        }
    })
}
