//! Apps that ask for consent and give no way to withdraw it.

use super::Rule;
use super::surfaces::{Required, required};
use crate::facts::Facts;
use crate::outcome::{Outcome, Severity};

pub(super) const RULE: Rule = Rule { id: "missing-consent-withdrawal", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let scope = facts.consent.surfaces.clone();
    let in_policy = facts.policy.as_ref().and_then(|policy| policy.says("rights_withdraw"));
    required(facts, Required { surface: "withdrawal", scope, in_policy, severity: Severity::Medium })
}
