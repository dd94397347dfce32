//! Privacy policies that leave out what the law wants told.

use super::Rule;
use super::policy_content::finding;
use super::support::searched_policy;
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::facts::policy::is_needed;
use crate::outcome::{Message, Outcome, Verdict};

pub(super) const RULE: Rule = Rule { id: "incomplete-policy", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let Some(policy) = &facts.policy else {
        return Outcome::without(Verdict::Undetermined, Message::new("undetermined_no_policy"));
    };
    // What is no set of rules at all is another rule's finding.
    if !policy.has_rules {
        return Outcome::without(Verdict::Undetermined, Message::new("undetermined_no_rules"));
    }
    let knowledge = facts.sources.knowledge;
    let has_account = facts.ui.has_account();
    let all: Vec<_> = policy.statements(knowledge).filter(|(row, _)| is_needed(row, has_account)).collect();
    let missing = all.iter().filter(|(_, place)| place.is_none());
    let findings = missing.map(|(row, _)| {
        let searched =
            vec![searched_policy(facts, policy), format!("policy-content.toml#{}: {}", row.id, row.patterns.len())];
        finding(policy, knowledge, row, "missing", Evidence::Absent { searched })
    });
    Outcome::of(findings.collect(), || {
        Outcome::shown(
            Verdict::Pass,
            Message::new("pass").with("count", all.len().to_string()),
            all.iter().filter_map(|(_, place)| place.cloned()).collect(),
        )
    })
}
