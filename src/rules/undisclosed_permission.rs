//! Permissions that the policy mentions neither by name nor by what they guard.

use super::Rule;
use super::support::permission_message;
use crate::facts::Facts;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "undisclosed-permission", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let granted: Vec<_> = facts
        .permissions
        .iter()
        .filter(|fact| fact.is_granted_by_user() && fact.row.is_some_and(|row| !row.pi.is_empty()))
        .collect();
    if granted.is_empty() {
        return Outcome::without(Verdict::NotApplicable, Message::new("na_none"));
    }
    let Some(policy) = &facts.policy else {
        return Outcome::without(
            Verdict::Undetermined,
            Message::new("undetermined_no_policy").with("count", granted.len().to_string()),
        );
    };
    let findings = granted
        .iter()
        .filter(|fact| policy.permission(&fact.declared.name, fact.row).is_none())
        .map(|fact| {
            let used = fact.is_used();
            let (verdict, severity, key) = if used {
                (Verdict::Violation, Severity::Medium, "undisclosed")
            } else {
                (Verdict::Risk, Severity::Low, "undisclosed_unused")
            };
            Finding::new(
                policy.weigh(verdict),
                severity,
                Confidence::Medium,
                permission_message(key, fact),
                fact.place(),
            )
            .about(About::permission(&fact.declared.name))
            .and(fact.uses.iter().filter_map(|(_, places)| places.first().cloned()).take(4))
        })
        .collect();
    Outcome::of(findings, || {
        let shown = granted.iter().filter_map(|fact| policy.permission(&fact.declared.name, fact.row)).collect();
        Outcome::shown(Verdict::Pass, Message::new("pass"), shown)
    })
}
