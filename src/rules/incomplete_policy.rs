//! Privacy policies that leave out what the law wants told.

use super::Rule;
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::facts::policy::PolicyFacts;
use crate::knowledge::Knowledge;
use crate::knowledge::schema::{ContentNeed, ContentRow};
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Slot, Verdict};

pub(super) const RULE: Rule = Rule { id: "incomplete-policy", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let Some(policy) = &facts.policy else {
        return Outcome::without(Verdict::Undetermined, Message::new("undetermined_no_policy"));
    };
    // What is no set of rules at all is another rule's finding.
    if !policy.has_rules {
        return Outcome::without(Verdict::Undetermined, Message::new("undetermined_no_rules"));
    }
    outcome(policy, facts.sources.knowledge, facts.ui.has_account())
}

/// True when the policy of an app with or without accounts must say it.
pub(crate) fn is_needed(row: &ContentRow, has_account: bool) -> bool {
    match row.needs {
        ContentNeed::Always => true,
        ContentNeed::Account => has_account,
        ContentNeed::Never | ContentNeed::Forbidden => false,
    }
}

/// How bad it is to leave it out.
pub(crate) fn severity(row: &ContentRow) -> Severity {
    match row.severity.as_str() {
        "high" => Severity::High,
        "medium" => Severity::Medium,
        _ => Severity::Low,
    }
}

/// Name and number of the clause that asks for it.
pub(crate) fn basis(knowledge: &Knowledge, row: &ContentRow) -> String {
    let clause = knowledge.clause(&row.clause);
    clause.map(|(instrument, clause)| format!("《{}》{}", instrument.title_zh, clause.clause_no)).unwrap_or_default()
}

fn outcome(policy: &PolicyFacts, knowledge: &Knowledge, has_account: bool) -> Outcome {
    let all: Vec<_> = policy.statements(knowledge).filter(|(row, _)| is_needed(row, has_account)).collect();
    let findings = all.iter().filter(|(_, place)| place.is_none()).map(|(row, _)| finding(policy, knowledge, row));
    Outcome::of(findings.collect(), || {
        Outcome::shown(
            Verdict::Pass,
            Message::new("pass").with("count", all.len().to_string()),
            all.iter().filter_map(|(_, place)| place.cloned()).collect(),
        )
    })
}

fn finding(policy: &PolicyFacts, knowledge: &Knowledge, row: &ContentRow) -> Finding {
    let verdict = if row.verdict == "violation" { Verdict::Violation } else { Verdict::Risk };
    let message = Message::new("missing")
        .with("content", Slot::Both(row.zh.clone(), row.en.clone()))
        .with("basis", basis(knowledge, row))
        .with("fix", Slot::Both(row.fix_zh.clone(), row.fix_en.clone()));
    let searched = vec![
        format!("{}: {} / {}", policy.path, policy.sentences, policy.characters),
        format!("policy-content.toml#{}: {}", row.id, row.patterns.len()),
    ];
    Finding::new(policy.weigh(verdict), severity(row), Confidence::Medium, message, Evidence::Absent { searched })
        .about(About { statement: Some(row.id.clone()), ..About::default() })
}
