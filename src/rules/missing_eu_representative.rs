//! Policies of apps for people in the European Union that name no representative there.

use super::Rule;
use super::eu_targeting;
use super::support::searched_policy;
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "missing-eu-representative", check };

/// What the policy must say.
const STATEMENT: &str = "eu_representative";

fn check(facts: &Facts<'_>) -> Outcome {
    if !eu_targeting::is_likely(facts) {
        return Outcome::without(Verdict::NotApplicable, Message::new("na_scope"));
    }
    let Some(policy) = &facts.policy else {
        return Outcome::without(Verdict::Undetermined, Message::new("undetermined_no_policy"));
    };
    if let Some(place) = policy.says(STATEMENT) {
        return Outcome::shown(Verdict::Pass, Message::new("pass"), vec![place]);
    }
    let searched = vec![searched_policy(facts, policy)];
    let about = About { statement: Some(STATEMENT.to_owned()), ..About::default() };
    let finding = Finding::new(
        Verdict::Risk,
        Severity::Medium,
        Confidence::Medium,
        Message::new("missing"),
        Evidence::Absent { searched },
    );
    Outcome::found(finding.about(about).and(eu_targeting::places(facts)))
}
