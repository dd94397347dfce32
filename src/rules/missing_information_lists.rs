//! Apps without the two lists that users must be able to look up.

use super::Rule;
use super::support::scope_of_taking;
use super::surfaces::{Required, required};
use crate::facts::Facts;
use crate::outcome::{Outcome, Severity};

pub(super) const RULE: Rule = Rule { id: "missing-information-lists", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let scope = scope_of_taking(facts);
    if !facts.ui.surfaces.has("collected_list") {
        return required(
            facts,
            Required { surface: "collected_list", scope, in_policy: None, severity: Severity::Low },
        );
    }
    let shares = facts.disclosable_sdks().iter().filter_map(|sdk| sdk.reasons.first().cloned()).take(3).collect();
    let in_policy = facts.policy.as_ref().and_then(|policy| policy.listed.first().map(|row| row.place.clone()));
    required(facts, Required { surface: "shared_list", scope: shares, in_policy, severity: Severity::Low })
}
