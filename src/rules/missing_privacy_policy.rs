//! Apps without any way to read a privacy policy.

use super::Rule;
use super::support::{absent, blind_to_texts, has_network, place_name, searched_policy, taken_items, undetermined};
use super::surfaces::Grade;
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::outcome::{Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "missing-privacy-policy", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let app = facts.sources.app;
    let Some(launcher) = app.launcher() else {
        return Outcome::without(Verdict::NotApplicable, Message::new("na_no_ui"));
    };
    let mut findings = Vec::new();
    if let Some(policy) = facts.policy.as_ref().filter(|policy| !policy.has_rules) {
        let place = Evidence::Absent { searched: vec![searched_policy(facts, policy)] };
        findings.push(Finding::new(
            Verdict::Violation,
            Severity::Critical,
            Confidence::Medium,
            Message::new("policy_without_rules"),
            place,
        ));
    }
    if let Some(entry) = facts.ui.policy_entries.first() {
        let reason = Message::new("pass").with("where", place_name(entry));
        return Outcome::of(findings, || {
            Outcome::shown(Verdict::Pass, reason, facts.ui.policy_entries.iter().take(4).cloned().collect())
        });
    }
    let takes_pi = !taken_items(facts).is_empty();
    if !takes_pi && !has_network(facts) {
        return Outcome::of(findings, || Outcome::without(Verdict::NotApplicable, Message::new("na_no_pi")));
    }
    if let Some(reach) = blind_to_texts(facts) {
        return Outcome::of(findings, || undetermined(reach));
    }
    let place = launcher.place();
    let finding = if !has_network(facts) {
        let Grade { key, severity, confidence } = Grade::OFFLINE;
        Finding::new(Verdict::Risk, severity, confidence, Message::new(key), absent(facts))
    } else if facts.reach.has_remote_ui() {
        let remote = facts
            .reach
            .signs
            .iter()
            .filter(|sign| sign.in_app > 0)
            .flat_map(|sign| sign.places.first().cloned())
            .take(2);
        Finding::new(
            Verdict::Risk,
            Severity::High,
            Confidence::Low,
            Message::new("no_entry_maybe_remote"),
            absent(facts),
        )
        .and(remote)
    } else if takes_pi {
        Finding::new(Verdict::Violation, Severity::Critical, Confidence::High, Message::new("no_entry"), absent(facts))
    } else {
        Finding::new(Verdict::Risk, Severity::High, Confidence::Medium, Message::new("no_entry"), absent(facts))
    };
    findings.push(finding.and([place]));
    Outcome::of(findings, || Outcome::without(Verdict::Pass, Message::new("pass")))
}
