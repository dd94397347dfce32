//! Permissions that only third parties' code needs.

use super::Rule;
use super::support::{blind_to_code, joined, owner_name, permission_message, undetermined};
use crate::evidence::OwnerKind;
use crate::facts::Facts;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "permission-only-for-sdk", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let granted: Vec<_> = facts.permissions.iter().filter(|fact| fact.is_granted_by_user()).collect();
    if granted.is_empty() {
        return Outcome::without(Verdict::NotApplicable, Message::new("na_none"));
    }
    if let Some(reach) = blind_to_code(facts) {
        return undetermined(reach);
    }
    let owners = facts.sources.owners;
    let findings = granted
        .into_iter()
        .filter_map(|fact| {
            let kinds = |kind: OwnerKind| fact.uses.iter().filter(move |(owner, _)| owners.kind(*owner) == kind);
            // Names in strings show that the app asks for it itself; tables and filters have no owner.
            let asked_by_app =
                fact.named.iter().any(|(owner, _)| matches!(owners.kind(*owner), OwnerKind::App | OwnerKind::Unknown));
            let others =
                kinds(OwnerKind::App).next().is_some() || kinds(OwnerKind::Unknown).next().is_some() || asked_by_app;
            let sdks: Vec<_> = kinds(OwnerKind::Sdk).collect();
            if others || sdks.is_empty() {
                return None;
            }
            let names = joined(sdks.iter().map(|(owner, _)| owner_name(facts, *owner)));
            let places = sdks.iter().filter_map(|(_, places)| places.first().cloned()).take(6);
            Some(
                Finding::new(
                    Verdict::Risk,
                    Severity::Medium,
                    Confidence::Medium,
                    permission_message("sdk_only", fact).with("sdks", names),
                    fact.place(),
                )
                .about(About::permission(&fact.declared.name))
                .and(places),
            )
        })
        .collect();
    Outcome::of(findings, || Outcome::without(Verdict::Pass, Message::new("pass")))
}
