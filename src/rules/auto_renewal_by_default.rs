//! Renewal that is ticked beforehand.

use super::Rule;
use super::surfaces::{clean, surface};
use crate::facts::Facts;
use crate::outcome::{Confidence, Finding, Message, Outcome, Severity, Verdict};

/// Words that speak of automatic renewal.
const RENEWAL_TERM: &str = "autorenew";

pub(super) const RULE: Rule = Rule { id: "auto-renewal-by-default", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let renews = |text: &str| facts.lexicon.shows(RENEWAL_TERM, text);
    let findings = facts.ticks.iter().filter(|tick| renews(&tick.text)).map(|tick| {
        let (verdict, confidence) =
            if tick.is_own_text { (Verdict::Violation, Confidence::High) } else { (Verdict::Risk, Confidence::Medium) };
        let text: String = tick.text.chars().take(80).collect();
        let message = Message::new("ticked").with("text", text);
        Finding::new(verdict, Severity::Medium, confidence, message, tick.evidence.clone())
            .about(surface("auto_renewal"))
    });
    Outcome::of(findings.collect(), || {
        if !facts.ui.surfaces.has("auto_renewal") {
            return Outcome::without(Verdict::NotApplicable, Message::new("na_no_renewal"));
        }
        clean(facts)
    })
}
