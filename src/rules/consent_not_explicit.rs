//! Consent taken for granted: boxes ticked beforehand, and use that counts as consent.

use super::Rule;
use super::surfaces::{clean, ticked, told};
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::facts::consent_tick::is_beside_open_box;
use crate::outcome::{Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "consent-not-explicit", check };

/// Words that name the policy.
const POLICY_TERM: &str = "policy.link";

fn check(facts: &Facts<'_>) -> Outcome {
    // A box beside such a text may be what the user really consents by.
    let (boxed, plain): (Vec<Evidence>, Vec<Evidence>) = facts
        .ui
        .surfaces
        .of("deemed_consent")
        .iter()
        .cloned()
        .partition(|place| is_beside_open_box(&facts.sources, place));
    let mut findings = told("deemed_consent", "deemed", (Verdict::Violation, Severity::High), plain);
    if findings.is_empty() {
        findings = told("deemed_consent", "deemed_with_box", (Verdict::Risk, Severity::Low), boxed);
    }
    findings.extend(ticked(facts, POLICY_TERM, "consent_tick", Severity::High));
    Outcome::of(findings, || {
        if facts.consent.surfaces.is_empty() && !facts.ui.surfaces.has("consent_tick") {
            return Outcome::without(Verdict::NotApplicable, Message::new("na_no_consent"));
        }
        clean(facts)
    })
}
