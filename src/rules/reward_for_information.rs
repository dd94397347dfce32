//! Rewards for permissions or personal information.

use super::Rule;
use super::surfaces::{clean, offending};
use crate::facts::Facts;
use crate::outcome::{Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "reward-for-information", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let findings = offending(facts, "reward", "found", Verdict::Risk, Severity::Medium);
    Outcome::of(findings, || clean(facts))
}
