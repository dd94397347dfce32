//! SDKs that the app starts and never tells what the user decided.

use std::collections::BTreeMap;

use super::Rule;
use super::support::{blind_to_code, joined, sdk_name, undetermined};
use crate::facts::Facts;
use crate::facts::sdk_call::{SdkCallFact, SdkSetterFact};
use crate::knowledge::schema::SdkCallRole;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "sdk-decision-not-passed", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let mut never: BTreeMap<&str, (&SdkSetterFact<'_>, &SdkCallFact<'_>)> = BTreeMap::new();
    let mut passed = Vec::new();
    for setter in &facts.sdk_setters {
        let call =
            |role: SdkCallRole| facts.sdk_calls.iter().find(|call| call.role == role && call.sdk.id == setter.sdk.id);
        let Some(init) = call(SdkCallRole::Init) else { continue };
        match call(SdkCallRole::Agree) {
            Some(call) => passed.push(call.evidence.clone()),
            None => {
                never.entry(&setter.sdk.id).or_insert((setter, init));
            }
        }
    }
    if let Some(reach) = blind_to_code(facts).filter(|_| never.is_empty()) {
        return undetermined(reach);
    }
    if facts.reach.hybrids().next().is_some() && !never.is_empty() {
        let names = joined(never.values().map(|(setter, _)| sdk_name(setter.sdk)));
        return Outcome::without(Verdict::Undetermined, Message::new("undetermined_hybrid").with("names", names));
    }
    let findings = never
        .values()
        .map(|(setter, init)| {
            let message =
                Message::new("never").with("sdk", sdk_name(setter.sdk)).with("setter", setter.setter.as_str());
            Finding::new(Verdict::Risk, Severity::Medium, Confidence::Medium, message, init.evidence.clone())
                .about(About::sdk(&setter.sdk.id))
                .and([setter.evidence.clone()])
        })
        .collect();
    Outcome::of(findings, || {
        if passed.is_empty() {
            return Outcome::without(Verdict::NotApplicable, Message::new("na_none"));
        }
        passed.truncate(3);
        Outcome::shown(Verdict::Pass, Message::new("pass"), passed.clone())
    })
}
