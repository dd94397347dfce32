//! The list of installed or running apps taken before the user has agreed.

use super::{Rule, before_consent};
use crate::facts::Facts;
use crate::outcome::{Outcome, Severity};

pub(super) const RULE: Rule = Rule { id: "installed-apps-before-consent", check };

fn check(facts: &Facts<'_>) -> Outcome {
    before_consent::check(facts, "installed-apps", Severity::Critical)
}
