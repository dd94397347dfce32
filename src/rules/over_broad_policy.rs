//! Policies that claim items which the app has no way to take.

use super::Rule;
use super::support::{item_name, joined};
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::outcome::{Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "over-broad-policy", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let Some(policy) = &facts.policy else {
        return Outcome::without(Verdict::Undetermined, Message::new("undetermined_no_policy"));
    };
    let declared = |name: &String| facts.permissions.iter().any(|fact| fact.declared.name == *name);
    let is_taken = |item: &str| facts.pi.iter().any(|fact| fact.item == item);
    let guarded: Vec<_> = facts.sources.knowledge.items().iter().filter(|row| row.only_with_permission).collect();
    let claimed: Vec<_> = guarded
        .iter()
        .filter(|row| !row.permissions.iter().any(declared) && !is_taken(&row.id))
        .filter_map(|row| Some((*row, policy.item_itself(&row.id)?)))
        .collect();
    let Some((_, first)) = claimed.first() else {
        let message = Message::new("pass").with("count", guarded.len().to_string());
        return Outcome::without(Verdict::Pass, message);
    };
    let message =
        Message::new("claimed").with("items", joined(claimed.iter().map(|(row, _)| item_name(facts, &row.id))));
    let lacking = claimed.iter().flat_map(|(row, _)| row.permissions.iter().cloned()).collect();
    let finding = Finding::new(Verdict::Risk, Severity::Low, Confidence::Medium, message, first.clone())
        .and(claimed.iter().skip(1).map(|(_, place)| place.clone()))
        .and([Evidence::Absent { searched: lacking }]);
    Outcome::found(finding)
}
