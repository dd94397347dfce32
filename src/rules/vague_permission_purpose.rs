//! Permissions asked for with a purpose that is none.

use super::Rule;
use super::surfaces::{clean, offending};
use crate::facts::Facts;
use crate::outcome::{Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "vague-permission-purpose", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let findings = offending(facts, "vague_purpose", "found", Verdict::Risk, Severity::Medium);
    Outcome::of(findings, || clean(facts))
}
