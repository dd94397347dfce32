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

fn label(facts: &Facts<'_>, name: &str) -> Slot {
    permission_label(facts.sources.knowledge.permission(name), name)
}

/// A message about several permissions.
pub(super) fn permissions_message(facts: &Facts<'_>, key: &'static str, names: &[&str]) -> Message {
    Message::new(key)
        .with("permission", joined(names.iter().map(|name| Slot::Text((*name).to_owned()))))
        .with("label", joined(names.iter().map(|name| label(facts, name))))
}

/// Permissions with the places that ask for them.
pub(super) type Asked<'n> = BTreeMap<&'n str, Vec<Evidence>>;

/// One finding for all permissions that the same places ask for.
pub(super) fn by_places(
    facts: &Facts<'_>,
    asked: Asked<'_>,
    key: &'static str,
    grade: (Verdict, Severity, Confidence),
) -> Vec<Finding> {
    let mut groups: Vec<(Vec<&str>, Vec<Evidence>)> = Vec::new();
    for (name, places) in asked {
        match groups.iter_mut().find(|(_, known)| *known == places) {
            Some((names, _)) => names.push(name),
            None => groups.push((vec![name], places)),
        }
    }
    let finding = |(names, places): (Vec<&str>, Vec<Evidence>)| {
        let mut places = places.into_iter();
        let message = permissions_message(facts, key, &names);
        let (verdict, severity, confidence) = grade;
        let finding = Finding::new(verdict, severity, confidence, message, places.next()?);
        Some(finding.about(About::permission(&names.join(","))).and(places.take(MAX_PLACES)))
    };
    groups.into_iter().filter_map(finding).collect()
}

/// Most further places that one finding shows.
const MAX_PLACES: usize = 5;

fn check(facts: &Facts<'_>) -> Outcome {
    let mut before = Asked::new();
    let mut at_once: Vec<&RequestFact> = Vec::new();
    let mut asked = false;
    for request in &facts.requests.requests {
        let names: Vec<&str> = guarded(facts, request).collect();
        asked |= !names.is_empty();
        if request.when.is_before_consent() {
            for name in names {
                before.entry(name).or_default().extend(request.places());
            }
        } else if names.len() > 1 && request.when.phases.iter().any(|phase| *phase <= Phase::Launch) {
            at_once.push(request);
        }
    }
    let mut findings = by_places(facts, before, "before", (Verdict::Violation, Severity::High, Confidence::High));
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
        if asked {
            let shown = facts.requests.requests.iter().take(3).map(|request| request.evidence.clone()).collect();
            Outcome::shown(Verdict::Pass, Message::new("pass"), shown)
        } else {
            Outcome::without(Verdict::NotApplicable, Message::new("na_none"))
        }
    })
}
