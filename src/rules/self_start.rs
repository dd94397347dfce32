//! Components that start the app without its user.

use super::Rule;
use super::support::{blind_to_code, joined, owner_name, undetermined};
use crate::facts::Facts;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Slot, Verdict};

pub(super) const RULE: Rule = Rule { id: "self-start", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let findings = facts
        .wake
        .receivers
        .iter()
        .filter_map(|receiver| {
            let starts = receiver.starts.clone()?;
            let events = joined(receiver.events.iter().map(|row| Slot::Both(row.zh.clone(), row.en.clone())));
            let message = Message::new("starts")
                .with("component", receiver.component.as_str())
                .with("owner", owner_name(facts, receiver.owner))
                .with("events", events);
            Some(
                Finding::new(Verdict::Risk, Severity::Medium, Confidence::Medium, message, receiver.place.clone())
                    .about(About { component: Some(receiver.component.clone()), ..About::default() })
                    .and([starts])
                    .and(receiver.enabled_by.clone()),
            )
        })
        .collect();
    Outcome::of(findings, || {
        if facts.wake.receivers.is_empty() {
            return Outcome::without(Verdict::NotApplicable, Message::new("na_none"));
        }
        if let Some(reach) = blind_to_code(facts) {
            return undetermined(reach);
        }
        let shown = facts.wake.receivers.iter().take(4).map(|receiver| receiver.place.clone()).collect();
        Outcome::shown(Verdict::Pass, Message::new("pass"), shown)
    })
}
