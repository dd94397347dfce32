//! Consent taken for granted: boxes ticked beforehand, and use that counts as consent.

use super::Rule;
use super::surfaces::{clean, offending, ticked};
use crate::facts::Facts;
use crate::outcome::{Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "consent-not-explicit", check };

/// Words that name the policy.
const POLICY_TERM: &str = "policy.link";

fn check(facts: &Facts<'_>) -> Outcome {
    let mut findings = offending(facts, "deemed_consent", "deemed", Verdict::Violation, Severity::High);
    findings.extend(ticked(facts, POLICY_TERM, "consent_tick", Severity::High));
    Outcome::of(findings, || {
        if facts.consent.surfaces.is_empty() && !facts.ui.surfaces.has("consent_tick") {
            return Outcome::without(Verdict::NotApplicable, Message::new("na_no_consent"));
        }
        clean(facts)
    })
}
