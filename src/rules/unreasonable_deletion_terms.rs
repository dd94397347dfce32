//! Accounts that are harder to close than to open, or slow to close.

use super::Rule;
use super::surfaces::{clean, offending};
use crate::facts::Facts;
use crate::outcome::{Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "unreasonable-deletion-terms", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let mut findings = offending(facts, "deletion_condition", "condition", Verdict::Violation, Severity::High);
    findings.extend(offending(facts, "slow_deletion", "slow", Verdict::Violation, Severity::Medium));
    Outcome::of(findings, || {
        if facts.ui.deletions.is_empty() {
            return Outcome::without(Verdict::NotApplicable, Message::new("na_no_deletion"));
        }
        clean(facts)
    })
}
