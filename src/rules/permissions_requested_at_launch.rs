//! Permissions asked for when the app opens: before consent, or several at once.

use std::collections::BTreeMap;

use super::Rule;
use super::support::{blind_to_code, joined, permission_label, undetermined};
use crate::code::Phase;
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::facts::permission_request::RequestFact;
use crate::knowledge::schema::PermissionKind;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Slot, Verdict};

pub(super) const RULE: Rule = Rule { id: "permissions-requested-at-launch", check };

/// Permissions of a request that the user must grant and that guard personal information.
pub(super) fn guarded<'f>(facts: &'f Facts<'_>, request: &'f RequestFact) -> impl Iterator<Item = &'f str> {
    request.permissions.iter().map(String::as_str).filter(|name| {
        facts.sources.knowledge.permission(name).is_some_and(|row| {
            matches!(row.kind, PermissionKind::Runtime | PermissionKind::Special) && !row.pi.is_empty()
        })
    })
}

/// Chinese and English label of a permission.
pub(super) fn label(facts: &Facts<'_>, name: &str) -> Slot {
    permission_label(facts.sources.knowledge.permission(name), name)
}

fn check(facts: &Facts<'_>) -> Outcome {
    let mut before: BTreeMap<&str, Vec<Evidence>> = BTreeMap::new();
    let mut at_once: Vec<&RequestFact> = Vec::new();
    let mut asked = false;
    for request in &facts.requests.requests {
        let names: Vec<&str> = guarded(facts, request).collect();
        asked |= !names.is_empty();
        if request.when.is_before_consent() {
            for name in names {
                before.entry(name).or_default().push(request.evidence.clone());
            }
        } else if names.len() > 1 && request.when.phases.iter().any(|phase| *phase <= Phase::Launch) {
            at_once.push(request);
        }
    }
    let mut findings: Vec<Finding> = before
        .into_iter()
        .filter_map(|(name, places)| {
            let mut places = places.into_iter().take(4);
            let message = Message::new("before").with("permission", name).with("label", label(facts, name));
            let first = places.next()?;
            Some(
                Finding::new(Verdict::Violation, Severity::High, Confidence::High, message, first)
                    .about(About::permission(name))
                    .and(places),
            )
        })
        .collect();
    findings.extend(at_once.into_iter().map(|request| {
        let labels = joined(guarded(facts, request).map(|name| label(facts, name)));
        let message = Message::new("at_once").with("labels", labels);
        Finding::new(Verdict::Risk, Severity::Medium, Confidence::Medium, message, request.evidence.clone())
            .about(About::permission(&guarded(facts, request).collect::<Vec<_>>().join(",")))
    }));
    Outcome::of(findings, || {
        if let Some(reach) = blind_to_code(facts) {
            return undetermined(reach);
        }
        if asked {
            let shown = facts.requests.requests.iter().take(3).map(|request| request.evidence.clone()).collect();
            Outcome::shown(Verdict::Pass, Message::new("pass"), shown)
        } else {
            Outcome::without(Verdict::NotApplicable, Message::new("na_none"))
        }
    })
}
