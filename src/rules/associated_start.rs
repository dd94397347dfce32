//! Services and receivers of other apps that this app starts.

use super::Rule;
use super::support::{blind_to_code, owner_name, undetermined};
use crate::facts::Facts;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "associated-start", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let alliances = facts.wake.alliances.iter().map(|alliance| {
        let message = Message::new("alliance")
            .with("component", alliance.component.as_str())
            .with("action", alliance.action.as_str())
            .with("owner", owner_name(facts, alliance.owner));
        Finding::new(Verdict::Risk, Severity::Medium, Confidence::Medium, message, alliance.place.clone())
            .about(About { component: Some(alliance.component.clone()), ..About::default() })
            .and([alliance.evidence.clone()])
    });
    let findings = facts
        .wake
        .foreign
        .iter()
        .map(|start| {
            let message = Message::new("starts")
                .with("component", start.class.as_str())
                .with("owner", owner_name(facts, start.owner));
            Finding::new(Verdict::Risk, Severity::Medium, Confidence::Medium, message, start.evidence.clone())
                .about(About { component: Some(start.class.clone()), ..About::default() })
        })
        .chain(alliances)
        .collect();
    Outcome::of(findings, || {
        if let Some(reach) = blind_to_code(facts) {
            undetermined(reach)
        } else if facts.wake.own_starts > 0 {
            let count = facts.wake.own_starts.to_string();
            Outcome::without(Verdict::Pass, Message::new("pass").with("count", count))
        } else {
            Outcome::without(Verdict::NotApplicable, Message::new("na_none"))
        }
    })
}
