//! Statements that no privacy policy may make.

use super::Rule;
use super::policy_content::finding;
use crate::facts::Facts;
use crate::knowledge::schema::ContentNeed;
use crate::outcome::{Message, Outcome, Verdict};

pub(super) const RULE: Rule = Rule { id: "unfair-policy-statement", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let Some(policy) = &facts.policy else {
        return Outcome::without(Verdict::Undetermined, Message::new("undetermined_no_policy"));
    };
    let knowledge = facts.sources.knowledge;
    let statements = policy.statements(knowledge).filter(|(row, _)| row.needs == ContentNeed::Forbidden);
    let findings =
        statements.filter_map(|(row, place)| Some(finding(policy, knowledge, row, "stated", place?.clone())));
    Outcome::of(findings.collect(), || Outcome::without(Verdict::Pass, Message::new("pass")))
}
