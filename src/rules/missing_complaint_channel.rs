//! Apps that take personal information and name nowhere to complain.

use super::Rule;
use super::support::scope_of_taking;
use super::surfaces::{Required, required};
use crate::facts::Facts;
use crate::outcome::{Outcome, Severity};

pub(super) const RULE: Rule = Rule { id: "missing-complaint-channel", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let scope = scope_of_taking(facts);
    let in_policy = facts.policy.as_ref().and_then(|policy| policy.says("complaint"));
    required(facts, Required { surface: "complaint", scope, in_policy, severity: Severity::Medium })
}
