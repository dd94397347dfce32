//! One file per behaviour. A rule reads [`Facts`] and returns an [`Outcome`].
//!
//! No I/O, no clock, no formatting: wording stands in `signatures/rules/<id>.toml`, and the clauses
//! that a rule decides name it in `signatures/regulations/`.

#![forbid(unsafe_code)]

mod cleartext_traffic;
mod exposed_personal_information_provider;
mod high_risk_permission;
mod missing_account_deletion;
mod missing_privacy_policy;
mod permission_beyond_app_type;
mod permission_only_for_sdk;
mod support;
mod undisclosed_permission;
mod undisclosed_personal_information;
mod undisclosed_sdk;
mod unused_permission;

use rayon::prelude::*;

use crate::facts::Facts;
use crate::outcome::Outcome;

/// A check of one behaviour.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Stable id, kebab-case, names the flagged behaviour.
    pub id: &'static str,
    /// Decides it.
    pub check: fn(&Facts<'_>) -> Outcome,
}

/// All rules by id.
pub const RULES: &[Rule] = &[
    cleartext_traffic::RULE,
    exposed_personal_information_provider::RULE,
    high_risk_permission::RULE,
    missing_account_deletion::RULE,
    missing_privacy_policy::RULE,
    permission_beyond_app_type::RULE,
    permission_only_for_sdk::RULE,
    undisclosed_permission::RULE,
    undisclosed_personal_information::RULE,
    undisclosed_sdk::RULE,
    unused_permission::RULE,
];

/// Runs all rules, in parallel, results by id.
pub fn run(facts: &Facts<'_>) -> Vec<(&'static str, Outcome)> {
    RULES.par_iter().map(|rule| (rule.id, (rule.check)(facts))).collect()
}
