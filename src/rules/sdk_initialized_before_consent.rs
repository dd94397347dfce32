//! SDKs that are started, or told that the user agreed, before the user has agreed.

use std::collections::BTreeMap;

use super::Rule;
use super::support::{blind_to_code, sdk_name, undetermined};
use crate::code::{Consent, Phase};
use crate::facts::Facts;
use crate::facts::sdk_call::SdkCallFact;
use crate::knowledge::schema::SdkCallRole;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "sdk-initialized-before-consent", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let mut by_sdk: BTreeMap<&str, Vec<&SdkCallFact<'_>>> = BTreeMap::new();
    let mut doubtful = Vec::new();
    for call in &facts.sdk_calls {
        // "Not agreed" is what should be said before consent.
        let starts = call.role == SdkCallRole::Init || call.role == SdkCallRole::Agree && call.agreed == Some(true);
        if !starts {
            continue;
        }
        let early = call.when.phases.iter().any(|phase| matches!(phase, Phase::Startup | Phase::Launch));
        if call.when.is_before_consent() {
            by_sdk.entry(&call.sdk.id).or_default().push(call);
        } else if early && call.when.consent == Some(Consent::Unknown) {
            doubtful.push(call);
        }
    }
    let findings = by_sdk
        .iter()
        .filter_map(|(id, calls)| {
            let first = calls.iter().find(|call| call.role == SdkCallRole::Init).or(calls.first())?;
            let key = if first.role == SdkCallRole::Init { "initialized" } else { "agreed" };
            let message = Message::new(key).with("sdk", sdk_name(first.sdk));
            let rest = calls.iter().filter(|call| call.evidence != first.evidence).take(3);
            Some(
                Finding::new(Verdict::Violation, Severity::High, Confidence::High, message, first.evidence.clone())
                    .about(About::sdk(id))
                    .and(rest.map(|call| call.evidence.clone())),
            )
        })
        .collect();
    Outcome::of(findings, || {
        if let Some(reach) = blind_to_code(facts) {
            return undetermined(reach);
        }
        if facts.sdk_calls.is_empty() {
            return Outcome::without(Verdict::NotApplicable, Message::new("na_none"));
        }
        if !doubtful.is_empty() {
            let shown = doubtful.iter().take(5).map(|call| call.evidence.clone()).collect();
            return Outcome::shown(Verdict::Undetermined, Message::new("undetermined_guard"), shown);
        }
        let shown = facts.sdk_calls.iter().take(3).map(|call| call.evidence.clone()).collect();
        Outcome::shown(Verdict::Pass, Message::new("pass"), shown)
    })
}
