//! Permissions asked for again each time the screen comes up, refused or not.

use std::collections::BTreeSet;

use super::Rule;
use super::permission_requests::{guarded, permissions_message, unread};
use super::support::{blind_to_code, undetermined};
use crate::facts::Facts;
use crate::facts::permission_denial::Reaction;
use crate::facts::permission_request::RequestFact;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "permission-requested-repeatedly", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let mut again: Vec<(&RequestFact, Vec<&str>)> = Vec::new();
    let mut named: BTreeSet<&str> = BTreeSet::new();
    let mut asked = false;
    for request in &facts.requests.requests {
        let mut names: Vec<&str> = guarded(facts, request).collect();
        asked |= !names.is_empty() || request.permissions.is_empty();
        if is_repeated(request) {
            names.retain(|name| named.insert(*name));
            again.extend((!names.is_empty()).then_some((request, names)));
        }
    }
    let findings = again
        .into_iter()
        .map(|(request, names)| {
            let message = permissions_message(facts, "again", &names)
                .with("trigger", request.repeated_by.clone().unwrap_or_default());
            Finding::new(Verdict::Risk, Severity::Medium, Confidence::Medium, message, request.evidence.clone())
                .about(About::permission(&names.join(",")))
                .and(request.inner.clone())
        })
        .chain(facts.requests.denials.iter().filter(|denial| denial.reaction == Reaction::AsksAgain).map(|denial| {
            let message = Message::new("after_refusal").with("class", denial.class.as_str());
            Finding::new(Verdict::Risk, Severity::Medium, Confidence::Medium, message, denial.evidence.clone())
                .about(About { component: Some(denial.class.clone()), ..About::default() })
        }))
        .collect();
    Outcome::of(findings, || {
        if let Some(reach) = blind_to_code(facts) {
            return undetermined(reach);
        }
        if let Some(outcome) = unread(facts, is_repeated) {
            return outcome;
        }
        if asked {
            Outcome::without(Verdict::Pass, Message::new("pass"))
        } else {
            Outcome::without(Verdict::NotApplicable, Message::new("na_none"))
        }
    })
}

fn is_repeated(request: &RequestFact) -> bool {
    request.repeated_by.is_some() && !request.looks_at_storage
}
