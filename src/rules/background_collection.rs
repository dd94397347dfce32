//! Personal information taken without the user in front of the app.

use super::Rule;
use super::before_consent::takings;
use super::support::{blind_to_code, is_finding_item, item_name, owner_name, undetermined};
use crate::evidence::OwnerKind;
use crate::facts::Facts;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "background-collection", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let mut findings = Vec::new();
    let mut taken = false;
    for fact in &facts.pi {
        let is_wanted = facts.sources.knowledge.item(&fact.item).is_some_and(|row| row.background);
        if !is_wanted
            || !is_finding_item(facts, &fact.item)
            || facts.sources.owners.kind(fact.owner) == OwnerKind::Library
        {
            continue;
        }
        taken |= takings(facts, fact).next().is_some();
        let mut places = takings(facts, fact).filter_map(|access| access.unseen.clone()).take(4);
        let Some(first) = places.next() else { continue };
        let message = Message::new("collected")
            .with("item", item_name(facts, &fact.item))
            .with("owner", owner_name(facts, fact.owner));
        findings.push(
            Finding::new(Verdict::Risk, Severity::High, Confidence::Medium, message, first)
                .about(About::pi(&fact.item))
                .and(places),
        );
    }
    Outcome::of(findings, || {
        if let Some(reach) = blind_to_code(facts) {
            return undetermined(reach);
        }
        if taken {
            Outcome::without(Verdict::Pass, Message::new("pass"))
        } else {
            Outcome::without(Verdict::NotApplicable, Message::new("na_none"))
        }
    })
}
