//! Permissions asked for when the app opens: before consent, or several at once.

use std::collections::BTreeSet;

use super::Rule;
use super::permission_requests::{Asked, by_places, guarded, label, unread};
use super::support::{blind_to_code, joined, undetermined};
use crate::code::Phase;
use crate::facts::Facts;
use crate::facts::permission_request::RequestFact;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "permissions-requested-at-launch", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let (mut before, mut without_screen) = (Asked::new(), Asked::new());
    let mut at_once: Vec<&RequestFact> = Vec::new();
    let mut is_asked = false;
    for request in &facts.requests.requests {
        let names: Vec<&str> = guarded(facts, request).collect();
        is_asked |= !names.is_empty() || request.permissions.is_empty();
        if request.when.is_before_consent() {
            // As the process starts there is no screen yet over which the system could ask.
            let asked = if request.when.begins == Some(Phase::Startup) { &mut without_screen } else { &mut before };
            for name in names {
                asked.entry(name).or_default().extend(request.places());
            }
        } else if groups(facts, &names) > 1 && comes_with_the_start(request) {
            at_once.push(request);
        }
    }
    let mut findings = by_places(facts, before, "before", (Verdict::Violation, Severity::High, Confidence::High));
    let grade = (Verdict::Risk, Severity::Medium, Confidence::Medium);
    findings.extend(by_places(facts, without_screen, "without_screen", grade));
    findings.extend(at_once.into_iter().map(|request| {
        let labels = joined(guarded(facts, request).map(|name| label(facts, name)));
        let message = Message::new("at_once").with("labels", labels);
        Finding::new(Verdict::Risk, Severity::Medium, Confidence::Medium, message, request.evidence.clone())
            .about(About::permission(&guarded(facts, request).collect::<Vec<_>>().join(",")))
            .and(request.inner.clone())
    }));
    Outcome::of(findings, || {
        if let Some(reach) = blind_to_code(facts) {
            return undetermined(reach);
        }
        if let Some(outcome) = unread(facts, comes_with_the_start) {
            return outcome;
        }
        if is_asked {
            let shown = facts.requests.requests.iter().take(3).map(|request| request.evidence.clone()).collect();
            Outcome::shown(Verdict::Pass, Message::new("pass"), shown)
        } else {
            Outcome::without(Verdict::NotApplicable, Message::new("na_none"))
        }
    })
}

/// How many questions the system asks: one for a group, such as the two kinds of location.
fn groups(facts: &Facts<'_>, names: &[&str]) -> usize {
    let group = |name: &&str| {
        let row = facts.sources.knowledge.permission(name).filter(|row| !row.group.is_empty());
        row.map_or_else(|| (*name).to_owned(), |row| row.group.clone())
    };
    names.iter().map(group).collect::<BTreeSet<_>>().len()
}

fn comes_with_the_start(request: &RequestFact) -> bool {
    request.when.phases.iter().any(|phase| *phase <= Phase::Launch)
}
