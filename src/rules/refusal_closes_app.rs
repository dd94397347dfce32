//! Apps that close when the user refuses the policy and offer no basic mode.

use super::Rule;
use super::surfaces::surface;
use crate::facts::Facts;
use crate::facts::consent::Answer;
use crate::outcome::{Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "refusal-closes-app", check };

fn check(facts: &Facts<'_>) -> Outcome {
    if facts.consent.surfaces.is_empty() {
        return Outcome::without(Verdict::NotApplicable, Message::new("na_no_consent"));
    }
    let basic = facts.ui.surfaces.of("basic_mode");
    if !basic.is_empty() {
        return Outcome::shown(Verdict::Pass, Message::new("pass"), basic.iter().take(3).cloned().collect());
    }
    let refusals = facts.consent.handlers.iter().filter(|(answer, _)| *answer == Answer::Reject);
    let refusals: Vec<_> = refusals.map(|(_, place)| place.clone()).collect();
    let mut leaves = facts.consent.refusal_leaves.iter().cloned();
    let findings = leaves.next().map(|first| {
        Finding::new(Verdict::Risk, Severity::Low, Confidence::Medium, Message::new("leaves"), first)
            .about(surface("basic_mode"))
            .and(leaves.take(2))
            .and(refusals.iter().take(2).cloned())
    });
    Outcome::of(findings.into_iter().collect(), || match refusals.is_empty() {
        true => Outcome::shown(
            Verdict::Undetermined,
            Message::new("undetermined_refusal"),
            facts.consent.surfaces.iter().take(3).cloned().collect(),
        ),
        false => Outcome::shown(Verdict::Pass, Message::new("pass_stays"), refusals),
    })
}
