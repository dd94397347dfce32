//! What the app offers its user or shows him, by the rows of `surfaces.toml`.

use std::collections::BTreeMap;

use super::index::{CodeIndex, Tag};
use super::ui::{Lexicon, Seen};
use super::{Sources, code_evidence};
use crate::evidence::Evidence;

/// Most places kept of one surface.
const MAX_PLACES: usize = 64;

/// Places by id of `surfaces.toml`.
#[derive(Debug, Clone, Default)]
pub struct SurfaceFacts {
    places: BTreeMap<String, Vec<Evidence>>,
}

impl SurfaceFacts {
    /// Looks through texts of resources, layouts, scripts and pages, and the constants of code that is not a
    /// third party's.
    pub(super) fn new(sources: &Sources<'_>, lexicon: &Lexicon, index: &CodeIndex, texts: &[Seen]) -> Self {
        let mut out = Self::default();
        let mut take = |text: &str, evidence: &dyn Fn() -> Evidence| {
            for id in lexicon.surfaces_in(text) {
                let places = out.places.entry(id.to_owned()).or_default();
                if places.len() < MAX_PLACES {
                    let place = evidence();
                    if !places.contains(&place) {
                        places.push(place);
                    }
                }
            }
        };
        for seen in texts {
            take(&seen.text, &|| seen.evidence.clone());
        }
        for hit in index.hits.iter().filter(|hit| matches!(hit.tag, Tag::Term(_))) {
            if sources.is_third_party(hit.site.body) {
                continue;
            }
            if let Some(text) = sources.program.dex(hit.site.dex).and_then(|dex| dex.string(hit.site.index)) {
                // English words are everyday names in code; Chinese ones are wording.
                if !text.is_ascii() {
                    take(&text, &|| code_evidence(sources, &hit.site, &text));
                }
            }
        }
        out
    }

    /// Where the surface with this id shows.
    pub fn of(&self, id: &str) -> &[Evidence] {
        self.places.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    /// True when it shows anywhere.
    pub fn has(&self, id: &str) -> bool {
        self.places.contains_key(id)
    }
}
