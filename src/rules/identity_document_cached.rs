//! Identity documents that stay on the device: their numbers in preferences and databases, their scans in files.

use super::Rule;
use super::stored_keys::{clean, stored};
use crate::facts::Facts;
use crate::facts::identity::DocumentFile;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "identity-document-cached", check };

/// Keys that name an identity document or its number.
const KEYS: &str = "identity.key";
/// Most files that one finding shows.
const MAX_FILES: usize = 4;

fn check(facts: &Facts<'_>) -> Outcome {
    let numbers = stored(facts, KEYS).map(|finding| finding.about(About::pi("id_card")));
    let (shared, private): (Vec<_>, Vec<_>) = facts.identity.files.iter().partition(|file| file.shared.is_some());
    let scans = [scans(&shared, "written_shared", Confidence::Medium), scans(&private, "written", Confidence::Low)];
    Outcome::of(numbers.chain(scans.into_iter().flatten()).collect(), || clean(facts))
}

/// One finding on files that classes for identity documents leave behind.
fn scans(files: &[&DocumentFile], text: &'static str, confidence: Confidence) -> Option<Finding> {
    let places = |file: &&DocumentFile| {
        [Some(file.written.clone()), file.shared.clone(), file.text.clone()].into_iter().flatten().collect::<Vec<_>>()
    };
    let mut places = files.iter().take(MAX_FILES).flat_map(places);
    let finding = Finding::new(Verdict::Risk, Severity::High, confidence, Message::new(text), places.next()?);
    Some(finding.about(About::pi("id_card_image")).and(places))
}
