//! Identity documents that stay on the device: their numbers in preferences, their scans in files.

use super::Rule;
use super::stored_keys::{clean, stored};
use crate::facts::Facts;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "identity-document-cached", check };

/// Keys that name an identity document or its number.
const KEYS: &str = "identity.key";

fn check(facts: &Facts<'_>) -> Outcome {
    let number = stored(facts, KEYS).map(|finding| finding.about(About::pi("id_card")));
    let mut files = facts.stored.document_files.iter().cloned();
    let scan = files.next().map(|first| {
        let message = Message::new("written");
        let finding = Finding::new(Verdict::Risk, Severity::High, Confidence::Low, message, first);
        finding.about(About::pi("id_card_image")).and(files.take(3))
    });
    Outcome::of(number.into_iter().chain(scan).collect(), || clean(facts))
}
