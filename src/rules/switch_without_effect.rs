//! Switches for personalised content or tracking that no code asks.

use super::Rule;
use super::support::{blind_to_texts, undetermined};
use super::surfaces::told;
use crate::facts::Facts;
use crate::facts::switches::{SURFACES, SwitchFact};
use crate::outcome::{Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "switch-without-effect", check };

/// Switches for a surface.
fn switches<'f>(facts: &'f Facts<'_>, id: &'f str) -> impl Iterator<Item = &'f SwitchFact> {
    facts.switches.iter().filter(move |switch| switch.surfaces.iter().any(|surface| surface == id))
}

fn check(facts: &Facts<'_>) -> Outcome {
    if let Some(reach) = blind_to_texts(facts) {
        return undetermined(reach);
    }
    let mut findings = Vec::new();
    for id in SURFACES {
        let idle = switches(facts, id).filter(|switch| switch.is_idle).map(|switch| switch.evidence.clone()).collect();
        if findings.is_empty() {
            findings = told(id, "idle", (Verdict::Risk, Severity::High), idle);
        }
    }
    Outcome::of(findings, || {
        let places: Vec<_> = facts.switches.iter().map(|switch| switch.evidence.clone()).collect();
        if !places.is_empty() {
            return Outcome::shown(Verdict::Pass, Message::new("pass"), places);
        }
        Outcome::without(Verdict::NotApplicable, Message::new("na_no_switch"))
    })
}
