//! Policies that users in the mainland cannot well read: not in simplified Chinese, or very long.

use super::Rule;
use super::policy_content::about;
use crate::facts::Facts;
use crate::facts::policy::PolicyFacts;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};
use crate::policy::Script;

pub(super) const RULE: Rule = Rule { id: "unreadable-policy", check };

/// Characters from which a policy is called long: an hour's reading at about 400 a minute.
const LONG: usize = 24_000;

fn check(facts: &Facts<'_>) -> Outcome {
    let Some(policy) = &facts.policy else {
        return Outcome::without(Verdict::Undetermined, Message::new("undetermined_no_policy"));
    };
    let Some(place) = policy.opening.clone() else {
        return Outcome::without(Verdict::NotApplicable, Message::new("na_none"));
    };
    let mut findings = Vec::new();
    let found = |verdict, severity, key, about: About| {
        let message = Message::new(key).with("count", policy.characters.to_string()).with("limit", LONG.to_string());
        Finding::new(verdict, severity, Confidence::High, message, place.clone()).about(about)
    };
    if let Some(key) = language_fault(policy) {
        // There may be a version in simplified Chinese that was not given.
        findings.push(found(Verdict::Risk, Severity::Medium, key, about("language")));
    }
    if policy.characters > LONG {
        findings.push(found(Verdict::Risk, Severity::Low, "long", about("length")));
    }
    Outcome::of(findings, || {
        Outcome::shown(Verdict::Pass, Message::new("pass").with("count", policy.characters.to_string()), vec![place])
    })
}

fn language_fault(policy: &PolicyFacts) -> Option<&'static str> {
    match policy.script {
        Script::Simplified => None,
        Script::Traditional => Some("traditional"),
        Script::Other => Some("not_chinese"),
    }
}
