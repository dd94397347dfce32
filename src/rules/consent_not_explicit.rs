//! Consent taken for granted: boxes ticked beforehand, and use that counts as consent.

use super::Rule;
use super::surfaces::{clean, offending, surface};
use crate::facts::Facts;
use crate::outcome::{Confidence, Finding, Message, Outcome, Severity, Verdict};

/// Words that name the policy.
const POLICY_TERM: &str = "policy.link";

pub(super) const RULE: Rule = Rule { id: "consent-not-explicit", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let names_policy = |text: &str| facts.lexicon.shows(POLICY_TERM, text);
    let mut findings = offending(facts, "deemed_consent", "deemed", Verdict::Violation, Severity::High);
    for tick in facts.ticks.iter().filter(|tick| names_policy(&tick.text)) {
        // Without a text of its own, another box of the layout may be the one for the policy.
        let (verdict, confidence) =
            if tick.is_own_text { (Verdict::Violation, Confidence::High) } else { (Verdict::Risk, Confidence::Medium) };
        let text: String = tick.text.chars().take(80).collect();
        let message = Message::new("ticked").with("text", text);
        let finding = Finding::new(verdict, Severity::High, confidence, message, tick.evidence.clone());
        findings.push(finding.about(surface("consent_tick")));
    }
    Outcome::of(findings, || {
        if facts.consent.surfaces.is_empty() && !facts.ui.surfaces.has("consent_tick") {
            return Outcome::without(Verdict::NotApplicable, Message::new("na_no_consent"));
        }
        clean(facts)
    })
}
