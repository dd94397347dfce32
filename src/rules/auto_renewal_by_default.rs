//! Renewal that is ticked beforehand.

use super::Rule;
use super::surfaces::{clean, ticked};
use crate::facts::Facts;
use crate::outcome::{Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "auto-renewal-by-default", check };

/// Words that speak of automatic renewal.
const RENEWAL_TERM: &str = "autorenew";

fn check(facts: &Facts<'_>) -> Outcome {
    let found = ticked(facts, RENEWAL_TERM, "auto_renewal", Severity::Medium);
    Outcome::of(found.into_iter().collect(), || {
        if !facts.ui.surfaces.has("auto_renewal") {
            return Outcome::without(Verdict::NotApplicable, Message::new("na_no_renewal"));
        }
        clean(facts)
    })
}
