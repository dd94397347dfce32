//! Permissions that are declared although nothing in the package could need them.

use super::Rule;
use super::support::{blind_to_code, permission_message, undetermined};
use crate::facts::Facts;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "unused-permission", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let granted: Vec<_> = facts
        .permissions
        .iter()
        .filter(|fact| fact.is_granted_by_user() && facts.knows_uses_of(&fact.declared.name))
        .collect();
    if granted.is_empty() {
        return Outcome::without(Verdict::NotApplicable, Message::new("na_none"));
    }
    if let Some(reach) = blind_to_code(facts) {
        return undetermined(reach);
    }
    // A cross-platform runtime or loaded code may call what DEX does not.
    let hidden = facts.reach.hybrids().next().is_some() || facts.reach.loads_code();
    let findings = granted
        .into_iter()
        .filter(|fact| !fact.is_used())
        .map(|fact| {
            let requested = !fact.named.is_empty();
            let (verdict, key) =
                if requested || hidden { (Verdict::Risk, "unused_requested") } else { (Verdict::Violation, "unused") };
            let key = if requested { key } else { "unused" };
            let confidence = if hidden {
                Confidence::Low
            } else if requested {
                Confidence::Medium
            } else {
                Confidence::High
            };
            Finding::new(verdict, Severity::Medium, confidence, permission_message(key, fact), fact.place())
                .about(About::permission(&fact.declared.name))
                .and(fact.named.iter().map(|(_, place)| place.clone()))
        })
        .collect();
    Outcome::of(findings, || Outcome::without(Verdict::Pass, Message::new("pass")))
}
