//! Permissions whose mere declaration calls for a reviewer's attention.

use super::Rule;
use super::support::permission_message;
use crate::facts::Facts;
use crate::knowledge::schema::PermissionKind;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Slot, Verdict};

pub(super) const RULE: Rule = Rule { id: "high-risk-permission", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let findings = facts
        .permissions
        .iter()
        .filter_map(|fact| Some((fact, fact.row.filter(|row| row.high_risk)?)))
        .map(|(fact, row)| {
            let key = if row.kind == PermissionKind::Special { "special" } else { "high_risk" };
            let advice = Slot::Both(row.advice_zh.clone(), row.advice_en.clone());
            let places = fact.uses.iter().flat_map(|(_, places)| places.first().cloned()).take(4);
            Finding::new(
                Verdict::Risk,
                Severity::Medium,
                Confidence::High,
                permission_message(key, fact).with("advice", advice),
                fact.place(),
            )
            .about(About::permission(&fact.declared.name))
            .and(places)
        })
        .collect();
    Outcome::of(findings, || Outcome::without(Verdict::Pass, Message::new("pass")))
}
