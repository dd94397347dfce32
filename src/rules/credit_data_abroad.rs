//! Hosts abroad, named by code of a credit agency's app that takes personal information.

use super::Rule;
use super::overseas_endpoint;
use crate::facts::Facts;
use crate::outcome::{Outcome, Severity};

pub(super) const RULE: Rule = Rule { id: "credit-data-abroad", check };

fn check(facts: &Facts<'_>) -> Outcome {
    overseas_endpoint::abroad(facts, Severity::High)
}
