//! Signs that an app is meant for people in the European Union.

use super::Rule;
use super::signs::shown;
use super::support::{blind_to_texts, joined, undetermined, wording};
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::outcome::{Confidence, Finding, Message, Outcome, Severity, Slot, Verdict};

const ID: &str = "eu-targeting";

pub(super) const RULE: Rule = Rule { id: ID, check };

/// Languages of the Union that are spoken little outside it; English says nothing.
const LANGUAGES: &str = "eu.languages";
/// Languages into which only libraries are translated, with all others.
const LIBRARY_LANGUAGES: &str = "eu.library_languages";
/// Texts more than libraries bring: fewer are chance.
const MIN_OWN_TEXTS: usize = 20;
/// Kinds of signs without which nothing is said.
const MIN_KINDS: usize = 2;
/// Most places that the finding carries.
const MAX_PLACES: usize = 8;

fn check(facts: &Facts<'_>) -> Outcome {
    let signs = signs(facts);
    if signs.len() < MIN_KINDS {
        return blind_to_texts(facts).map_or_else(
            || Outcome::shown(Verdict::Pass, Message::new("pass"), signs.into_iter().flat_map(|(_, it)| it).collect()),
            undetermined,
        );
    }
    let names = joined(signs.iter().map(|(name, _)| name.clone()));
    let mut places = signs.into_iter().flat_map(|(_, places)| places).take(MAX_PLACES);
    let Some(first) = places.next() else { return Outcome::without(Verdict::Pass, Message::new("pass")) };
    let message = Message::new("found").with("signs", names);
    Outcome::found(Finding::new(Verdict::Risk, Severity::Info, Confidence::Medium, message, first).and(places))
}

/// True when enough speaks for it.
pub(super) fn is_likely(facts: &Facts<'_>) -> bool {
    signs(facts).len() >= MIN_KINDS
}

/// Where it shows, by the first places.
pub(super) fn places(facts: &Facts<'_>) -> Vec<Evidence> {
    signs(facts).into_iter().filter_map(|(_, places)| places.into_iter().next()).collect()
}

/// Kinds of signs with their places.
fn signs(facts: &Facts<'_>) -> Vec<(Slot, Vec<Evidence>)> {
    let knowledge = facts.sources.knowledge;
    let mut out = Vec::new();
    let languages = languages(facts);
    if !languages.is_empty() {
        let named: Vec<&str> = languages.iter().map(|(language, _)| language.as_str()).collect();
        let places = languages.iter().map(|(language, count)| Evidence::Resource {
            id: String::new(),
            name: "string/*".into(),
            locale: language.clone(),
            text: count.to_string(),
        });
        out.push((Slot::from(wording(facts, "eu.languages", &named.join(", "))), places.collect()));
    }
    let search = knowledge.rule(ID).and_then(|row| row.search.as_ref());
    for sign in search.map(|search| shown(facts, &search.signs)).unwrap_or_default() {
        out.push((sign.name, sign.places));
    }
    out
}

/// Languages with texts of the app's own: libraries come in all languages alike.
fn languages(facts: &Facts<'_>) -> Vec<(String, usize)> {
    let known = &facts.sources.app.resources.languages;
    let words = |term: &str| facts.sources.knowledge.term(term).map(|row| row.en.as_slice()).unwrap_or_default();
    let of_libraries = words(LIBRARY_LANGUAGES).iter().filter_map(|language| known.get(language)).max().copied();
    let least = of_libraries.unwrap_or(0).saturating_add(MIN_OWN_TEXTS);
    let own = words(LANGUAGES).iter().filter_map(|language| Some((language.clone(), *known.get(language)?)));
    own.filter(|(_, count)| *count >= least).collect()
}
