//! Personal information that the code takes and the policy does not mention.

use super::Rule;
use super::support::{blind_to_code, item_name, joined, owner_name, places, taken_items, undetermined};
use crate::evidence::OwnerKind;
use crate::facts::Facts;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "undisclosed-personal-information", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let owners = facts.sources.owners;
    let by_item = taken_items(facts);
    if by_item.is_empty() {
        return blind_to_code(facts)
            .map_or_else(|| Outcome::without(Verdict::NotApplicable, Message::new("na_none")), undetermined);
    }
    let count = by_item.len().to_string();
    let Some(policy) = &facts.policy else {
        let items = joined(by_item.keys().map(|item| item_name(facts, item)));
        return Outcome::without(
            Verdict::Undetermined,
            Message::new("undetermined_no_policy").with("count", count).with("items", items),
        );
    };
    let disclosed = |item: &str| facts.sources.knowledge.item(item).and_then(|row| policy.item(row));
    let findings = by_item
        .iter()
        .filter(|(item, _)| disclosed(item).is_none())
        .filter_map(|(item, found)| {
            let own: Vec<_> = found.iter().filter(|fact| owners.kind(fact.owner) == OwnerKind::App).collect();
            let unnamed: Vec<_> = found.iter().filter(|fact| owners.kind(fact.owner) == OwnerKind::Unknown).collect();
            let (verdict, key, confidence, shown) = if !own.is_empty() {
                (Verdict::Violation, "undisclosed", Confidence::High, own)
            } else if !unnamed.is_empty() {
                (Verdict::Risk, "undisclosed", Confidence::Medium, unnamed)
            } else {
                (Verdict::Risk, "undisclosed_sdk", Confidence::Medium, found.iter().collect())
            };
            let sensitive = facts.sources.knowledge.item(item).is_some_and(|row| row.is_grave());
            let severity = if sensitive { Severity::High } else { Severity::Medium };
            // 设备信息 alone does not say that the IMEI is taken.
            let general = policy.general(item);
            let named = facts.sources.knowledge.item(item).and_then(|row| policy.named_item(row));
            let (verdict, key) = match key {
                // Whether the sentence is meant to tell of it is for a person to judge.
                "undisclosed" if named.is_some() => (Verdict::Risk, "undisclosed_named"),
                "undisclosed" if general.is_some() => (verdict, "undisclosed_general"),
                _ => (verdict, key),
            };
            let message = Message::new(key)
                .with("item", item_name(facts, item))
                .with("owner", joined(shown.iter().map(|fact| owner_name(facts, fact.owner))));
            let mut evidence = shown.iter().flat_map(|fact| places(fact)).take(super::support::MAX_EVIDENCE);
            let first = evidence.next()?;
            let rest: Vec<_> = evidence.collect();
            Some(
                Finding::new(policy.weigh(verdict), severity, confidence, message, first)
                    .about(About::pi(item))
                    .and(rest)
                    .and(policy.denied_item(item))
                    .and(named.or(general)),
            )
        })
        .collect();
    Outcome::of(findings, || {
        if let Some(reach) = blind_to_code(facts) {
            return undetermined(reach);
        }
        Outcome::shown(
            Verdict::Pass,
            Message::new("pass").with("count", count),
            by_item.keys().filter_map(|item| disclosed(item)).collect(),
        )
    })
}
