//! What the rules on filings share: numbers that the app or its policy shows, and whether they are well formed.

use regex::Regex;

use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::facts::ui::text_of;

/// Most numbers looked at.
const MAX_NUMBERS: usize = 16;

/// A number with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    /// As written, without spaces.
    pub(super) text: String,
    /// Where it stands.
    pub(super) place: Evidence,
}

/// Numbers that a surface of this name or a statement of the policy of the same name shows; `like` is the term of
/// what looks like one.
pub(super) fn shown(facts: &Facts<'_>, surface: &str, like: &str) -> Vec<Number> {
    let patterns = patterns(facts, like);
    let in_policy = facts.policy.as_ref().and_then(|policy| policy.says(surface));
    let mut out: Vec<Number> = Vec::new();
    for place in facts.ui.surfaces.of(surface).iter().cloned().chain(in_policy) {
        let text = match &place {
            Evidence::Policy { quote, .. } => quote.clone(),
            other => text_of(other),
        };
        for found in patterns.iter().flat_map(|pattern| pattern.find_iter(&text)) {
            let number = bare(found.as_str());
            if out.len() < MAX_NUMBERS && !out.iter().any(|known| known.text == number) {
                out.push(Number { text: number, place: place.clone() });
            }
        }
    }
    out
}

/// True when the whole text is what the term stands for.
pub(super) fn is_formed(facts: &Facts<'_>, term: &str, text: &str) -> bool {
    let text = bare(text);
    patterns(facts, term).iter().any(|pattern| pattern.is_match(&text))
}

/// A number as it is compared: without spaces.
pub(super) fn bare(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

fn patterns(facts: &Facts<'_>, term: &str) -> Vec<Regex> {
    let row = facts.sources.knowledge.term(term);
    row.into_iter().flat_map(|row| &row.regex).filter_map(|pattern| Regex::new(pattern).ok()).collect()
}
