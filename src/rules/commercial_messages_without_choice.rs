//! Advertising messages that the user cannot refuse, or is taken to want.

use super::Rule;
use super::searches;
use super::surfaces::ticked;
use crate::facts::Facts;
use crate::outcome::{Outcome, Severity};

const ID: &str = "commercial-messages-without-choice";

pub(super) const RULE: Rule = Rule { id: ID, check };

/// Wording that offers or announces advertising messages.
const MARKETING: &str = "marketing.messages";

fn check(facts: &Facts<'_>) -> Outcome {
    let found = ticked(facts, MARKETING, "marketing", Severity::Medium);
    Outcome::of(found.into_iter().collect(), || searches::check(facts, ID))
}
