//! Items that an SDK's code takes and the policy's row for that SDK does not name.

use std::collections::{BTreeMap, BTreeSet};

use super::Rule;
use super::support::{MAX_EVIDENCE, blind_to_code, item_name, joined, places, sdk_name, taken_items, undetermined};
use crate::facts::Facts;
use crate::facts::pi_access::PiFact;
use crate::facts::policy::PolicyFacts;
use crate::facts::sdk::SdkFact;
use crate::knowledge::schema::PiItemRow;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};
use crate::policy::Column;

pub(super) const RULE: Rule = Rule { id: "sdk-item-not-listed", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let Some(policy) = &facts.policy else {
        return Outcome::without(Verdict::Undetermined, Message::new("undetermined_no_policy"));
    };
    // Rows that name no items at all are another rule's finding.
    let says_items = |sdk: &&SdkFact<'_>| policy.rows_of(&sdk.row.id).any(|row| row.columns.contains(&Column::Items));
    let listed: Vec<_> = facts.disclosable_sdks().into_iter().filter(says_items).collect();
    if listed.is_empty() {
        return Outcome::without(Verdict::NotApplicable, Message::new("na_no_rows"));
    }
    let taken = taken_items(facts);
    let findings = listed.iter().filter_map(|sdk| finding(facts, policy, sdk, &taken));
    Outcome::of(findings.collect(), || {
        if let Some(reach) = blind_to_code(facts) {
            return undetermined(reach);
        }
        let rows = listed.iter().flat_map(|sdk| policy.rows_of(&sdk.row.id)).map(|row| row.place.clone());
        Outcome::shown(Verdict::Pass, Message::new("pass").with("count", listed.len().to_string()), rows.collect())
    })
}

fn finding(
    facts: &Facts<'_>,
    policy: &PolicyFacts,
    sdk: &SdkFact<'_>,
    taken: &BTreeMap<&str, Vec<&PiFact>>,
) -> Option<Finding> {
    let knowledge = facts.sources.knowledge;
    let told: BTreeSet<&str> =
        policy.rows_of(&sdk.row.id).flat_map(|row| row.items.iter().map(String::as_str)).collect();
    let is_told = |item: &str| knowledge.item(item).is_some_and(|row| row.disclosing().any(|id| told.contains(id)));
    let is_its = |fact: &&PiFact| facts.sources.owners.row(fact.owner).is_some_and(|(_, row)| row.id == sdk.row.id);
    let missing: Vec<(&str, &PiFact)> = taken
        .iter()
        .filter(|(item, _)| !is_told(item))
        .filter_map(|(item, found)| Some((*item, found.iter().copied().find(is_its)?)))
        .collect();
    let is_grave = |item: &str| knowledge.item(item).is_some_and(PiItemRow::is_grave);
    let severity = if missing.iter().any(|(item, _)| is_grave(item)) { Severity::Medium } else { Severity::Low };
    let mut shown = missing.iter().flat_map(|(_, fact)| places(fact).take(2)).take(MAX_EVIDENCE);
    let first = shown.next()?;
    let message = Message::new("missing")
        .with("sdk", sdk_name(sdk.row))
        .with("items", joined(missing.iter().map(|(item, _)| item_name(facts, item))));
    let rows = policy.rows_of(&sdk.row.id).map(|row| row.place.clone());
    // That code takes an item does not say that this app makes it do so, or that it leaves the device.
    let finding = Finding::new(Verdict::Risk, severity, Confidence::Medium, message, first);
    Some(finding.about(About::sdk(&sdk.row.id)).and(shown.collect::<Vec<_>>()).and(rows))
}
