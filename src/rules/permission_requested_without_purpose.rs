//! Permissions asked for without any text that says what for.

use std::collections::BTreeMap;

use super::Rule;
use super::permissions_requested_at_launch::{guarded, label};
use super::support::{absent, blind_to_texts, undetermined};
use crate::evidence::{Evidence, OwnerKind};
use crate::facts::Facts;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "permission-requested-without-purpose", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let mut asked: BTreeMap<&str, Evidence> = BTreeMap::new();
    for request in &facts.requests.requests {
        if matches!(facts.sources.owners.kind(request.owner), OwnerKind::App | OwnerKind::Unknown) {
            for name in guarded(facts, request) {
                asked.entry(name).or_insert_with(|| request.evidence.clone());
            }
        }
    }
    let mut told = Vec::new();
    let mut findings = Vec::new();
    for (name, place) in &asked {
        match facts.ui.purposes.iter().find(|(permission, _)| permission == name) {
            Some((_, text)) => told.push(text.clone()),
            None => {
                let message = Message::new("untold").with("permission", *name).with("label", label(facts, name));
                findings.push(
                    Finding::new(Verdict::Risk, Severity::Medium, Confidence::Low, message, place.clone())
                        .about(About::permission(name))
                        .and([absent(facts)]),
                );
            }
        }
    }
    // Texts of web pages and other runtimes are not in the package.
    if facts.reach.hybrids().next().is_some() && !findings.is_empty() {
        return Outcome::without(Verdict::Undetermined, Message::new("undetermined_hybrid"));
    }
    Outcome::of(findings, || {
        if let Some(reach) = blind_to_texts(facts) {
            return undetermined(reach);
        }
        if asked.is_empty() {
            Outcome::without(Verdict::NotApplicable, Message::new("na_none"))
        } else {
            Outcome::shown(Verdict::Pass, Message::new("pass"), told)
        }
    })
}
