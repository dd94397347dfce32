//! An app that leaves when a permission is refused.

use super::Rule;
use super::support::{blind_to_code, undetermined};
use crate::facts::Facts;
use crate::facts::permission_denial::Reaction;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "permission-denial-blocks-app", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let findings = facts
        .requests
        .denials
        .iter()
        .filter_map(|denial| {
            let (verdict, confidence, key) = match denial.reaction {
                Reaction::Leaves => (Verdict::Violation, Confidence::High, "leaves"),
                Reaction::MayLeave => (Verdict::Risk, Confidence::Low, "may_leave"),
                Reaction::AsksAgain => return None,
            };
            let message = Message::new(key).with("class", denial.class.as_str());
            Some(
                Finding::new(verdict, Severity::High, confidence, message, denial.evidence.clone())
                    .about(About { component: Some(denial.class.clone()), ..About::default() }),
            )
        })
        .collect();
    Outcome::of(findings, || {
        if let Some(reach) = blind_to_code(facts) {
            return undetermined(reach);
        }
        let count = facts.requests.handlers.to_string();
        if facts.requests.handlers > 0 {
            Outcome::without(Verdict::Pass, Message::new("pass").with("count", count))
        } else {
            Outcome::without(Verdict::NotApplicable, Message::new("na_none"))
        }
    })
}
