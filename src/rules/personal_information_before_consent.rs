//! Other personal information taken before the user has agreed.

use super::{Rule, before_consent};
use crate::facts::Facts;
use crate::outcome::{Outcome, Severity};

pub(super) const RULE: Rule = Rule { id: "personal-information-before-consent", check };

fn check(facts: &Facts<'_>) -> Outcome {
    before_consent::check(facts, "", Severity::High)
}
