//! What the rules on values kept on the device share.

use super::support::{blind_to_code, undetermined};
use crate::facts::Facts;
use crate::facts::stored::KeyFact;
use crate::outcome::{Confidence, Finding, Message, Outcome, Severity, Verdict};

/// Most places that one finding carries.
const MAX_PLACES: usize = 8;

/// Texts stored under keys, and columns of tables, that name what `term` stands for: a finding each, told by the
/// rule's texts `stored` and `column`.
pub(super) fn stored(facts: &Facts<'_>, term: &str) -> impl Iterator<Item = Finding> {
    let kept = &facts.stored;
    [("stored", &kept.texts), ("column", &kept.columns)]
        .into_iter()
        .filter_map(|(text, keys)| told(facts, keys, term, text))
}

fn told(facts: &Facts<'_>, keys: &[KeyFact], term: &str, text: &'static str) -> Option<Finding> {
    let found = named(facts, keys, term);
    let mut keys: Vec<&str> = found.iter().map(|fact| fact.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    let message = Message::new(text).with("keys", keys.join(", "));
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
