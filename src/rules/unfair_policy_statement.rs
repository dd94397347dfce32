//! Statements that no privacy policy may make.

use super::Rule;
use super::incomplete_policy::{basis, severity};
use crate::facts::Facts;
use crate::knowledge::schema::ContentNeed;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Slot, Verdict};

pub(super) const RULE: Rule = Rule { id: "unfair-policy-statement", check };

fn check(facts: &Facts<'_>) -> Outcome {
    let Some(policy) = &facts.policy else {
        return Outcome::without(Verdict::Undetermined, Message::new("undetermined_no_policy"));
    };
    let knowledge = facts.sources.knowledge;
    let statements = policy.statements(knowledge).filter(|(row, _)| row.needs == ContentNeed::Forbidden);
    let findings = statements
        .filter_map(|(row, place)| {
            let verdict = if row.verdict == "violation" { Verdict::Violation } else { Verdict::Risk };
            let message = Message::new("stated")
                .with("content", Slot::Both(row.zh.clone(), row.en.clone()))
                .with("basis", basis(knowledge, row))
                .with("fix", Slot::Both(row.fix_zh.clone(), row.fix_en.clone()));
            let about = About { statement: Some(row.id.clone()), ..About::default() };
            let place = place?.clone();
            Some(Finding::new(policy.weigh(verdict), severity(row), Confidence::Medium, message, place).about(about))
        })
        .collect();
    Outcome::of(findings, || Outcome::without(Verdict::Pass, Message::new("pass")))
}
