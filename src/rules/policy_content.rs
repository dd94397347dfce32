//! What the rules on the content of a policy share.

use crate::evidence::Evidence;
use crate::facts::policy::{PolicyFacts, basis, severity};
use crate::knowledge::Knowledge;
use crate::knowledge::schema::{ContentRow, ContentVerdict};
use crate::outcome::{About, Confidence, Finding, Message, Slot, Verdict};

/// A fault in what the row stands for, told by the rule's text `key`.
pub(super) fn finding(
    policy: &PolicyFacts,
    knowledge: &Knowledge,
    row: &ContentRow,
    key: &'static str,
    place: Evidence,
) -> Finding {
    let verdict = match row.verdict {
        ContentVerdict::Violation => Verdict::Violation,
        ContentVerdict::Risk => Verdict::Risk,
    };
    let message = Message::new(key)
        .with("content", Slot::Both(row.zh.clone(), row.en.clone()))
        .with("basis", basis(knowledge, row))
        .with("fix", Slot::Both(row.fix_zh.clone(), row.fix_en.clone()));
    Finding::new(policy.weigh(verdict), severity(row), Confidence::Medium, message, place).about(about(&row.id))
}

/// About something that a policy says.
pub(super) fn about(statement: &str) -> About {
    About { statement: Some(statement.to_owned()), ..About::default() }
}
