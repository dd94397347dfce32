//! The same personal information read again and again.

use super::Rule;
use super::before_consent::takings;
use super::support::{blind_to_code, is_finding_item, item_name, owner_name, undetermined};
use crate::evidence::OwnerKind;
use crate::facts::Facts;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "repeated-collection", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let mut findings = Vec::new();
    let mut taken = false;
    for fact in &facts.pi {
        // What notices count: identifiers, the app list, the clipboard, the location.
        let counted = facts.sources.knowledge.item(&fact.item).is_some_and(|row| !row.timing.is_empty());
        if !counted
            || !is_finding_item(facts, &fact.item)
            || facts.sources.owners.kind(fact.owner) == OwnerKind::Library
        {
            continue;
        }
        taken |= takings(facts, fact).next().is_some();
        let again: Vec<_> = takings(facts, fact).filter(|access| access.repeated_by.is_some()).collect();
        let Some(first) = again.first() else { continue };
        let message = Message::new("repeated")
            .with("item", item_name(facts, &fact.item))
            .with("owner", owner_name(facts, fact.owner))
            .with("trigger", first.repeated_by.clone().unwrap_or_default());
        findings.push(
            Finding::new(Verdict::Risk, Severity::Medium, Confidence::Medium, message, first.evidence.clone())
                .about(About::pi(&fact.item))
                .and(again.iter().skip(1).take(3).map(|access| access.evidence.clone())),
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
