//! What the rules on values kept on the device share.

use super::support::{blind_to_code, undetermined};
use crate::facts::Facts;
use crate::facts::stored::KeyFact;
use crate::outcome::{Confidence, Finding, Message, Outcome, Severity, Verdict};

/// Most places that one finding carries.
const MAX_PLACES: usize = 8;

/// Texts stored under keys that name what `term` stands for, as one finding told by the rule's text `stored`.
pub(super) fn stored(facts: &Facts<'_>, term: &str) -> Option<Finding> {
    let found = named(facts, &facts.stored.texts, term);
    let mut keys: Vec<&str> = found.iter().map(|fact| fact.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    let message = Message::new("stored").with("keys", keys.join(", "));
    // An encrypted store has the same interface as a plain one.
    let confidence = if facts.stored.may_be_encrypted { Confidence::Low } else { Confidence::Medium };
    let mut places = found.iter().map(|fact| fact.evidence.clone()).take(MAX_PLACES);
    Some(Finding::new(Verdict::Risk, Severity::High, confidence, message, places.next()?).and(places))
}

/// Facts whose keys fit the patterns of a term.
pub(super) fn named<'f>(facts: &Facts<'_>, keys: &'f [KeyFact], term: &str) -> Vec<&'f KeyFact> {
    let knowledge = facts.sources.knowledge;
    let (wanted, unwanted) = (knowledge.matcher(term, |row| &row.regex), knowledge.matcher(term, |row| &row.negative));
    keys.iter().filter(|fact| wanted.is_match(&fact.key) && !unwanted.is_match(&fact.key)).collect()
}

/// The end of a rule that found nothing kept.
pub(super) fn clean(facts: &Facts<'_>) -> Outcome {
    blind_to_code(facts).map_or_else(|| Outcome::without(Verdict::Pass, Message::new("pass")), undetermined)
}
