//! Personalised content or advertisements without a way to switch them off.

use super::Rule;
use super::surfaces::{Required, required};
use crate::facts::Facts;
use crate::facts::sdk::SdkFact;
use crate::outcome::{Confidence, Outcome, Severity};

/// Category of SDKs that choose advertisements.
const ADS: &str = "ads";

pub(super) const RULE: Rule = Rule { id: "missing-recommendation-switch", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let mut scope: Vec<_> = facts.ui.surfaces.of("recommendation").iter().take(3).cloned().collect();
    let is_ads = |sdk: &&SdkFact<'_>| sdk.row.category == ADS && sdk.confidence == Confidence::High;
    scope.extend(
        facts.disclosable_sdks().into_iter().filter(is_ads).filter_map(|sdk| sdk.reasons.first().cloned()).take(3),
    );
    let severity = if facts.ui.surfaces.has("recommendation") { Severity::High } else { Severity::Medium };
    let in_policy = facts.policy.as_ref().and_then(|policy| policy.says("personalised_off"));
    required(facts, Required { surface: "recommendation_switch", scope, in_policy, severity })
}
