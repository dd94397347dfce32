//! Optional processing that is on until the user turns it off.

use super::Rule;
use super::stored_keys::named;
use super::support::{blind_to_texts, undetermined};
use super::surfaces::surface;
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::outcome::{Confidence, Finding, Message, Outcome, Severity, Slot, Verdict};

pub(super) const RULE: Rule = Rule { id: "tracking-on-by-default", check };

/// Wording of switches for processing that nobody needs.
const SWITCH: &str = "tracking.switch";
/// The surface with that wording.
const SURFACE: &str = "tracking_switch";
/// Keys under which such a switch is kept.
const KEYS: &str = "tracking.key";
/// Entries of the manifest by which SDKs collect from the first start on.
const META_DATA: &str = "tracking.meta_data";
/// Most places that one finding carries.
const MAX_PLACES: usize = 4;

fn check(facts: &Facts<'_>) -> Outcome {
    let switches = switches(facts);
    let finding = |key: &'static str, what: String, places: Vec<Evidence>| {
        let mut places = places.into_iter();
        let message = Message::new(key).with("what", Slot::from(what));
        Some(Finding::new(Verdict::Risk, Severity::Medium, Confidence::Medium, message, places.next()?).and(places))
    };
    let shown = switches.first().map(|(text, _)| text.clone()).unwrap_or_default();
    let places = switches.into_iter().map(|(_, place)| place).take(MAX_PLACES).collect();
    let by_switch = finding("switch", shown, places).map(|finding| finding.about(surface(SURFACE)));
    let keys = named(facts, &facts.stored.on_by_default, KEYS);
    let places = keys.iter().map(|fact| fact.evidence.clone()).take(MAX_PLACES).collect();
    let by_key = finding("key", keys.first().map(|fact| fact.key.clone()).unwrap_or_default(), places);
    let entries = entries(facts);
    let places = entries.iter().map(|(_, place)| place.clone()).take(MAX_PLACES).collect();
    let by_entry = finding("meta_data", entries.first().map(|(name, _)| name.clone()).unwrap_or_default(), places);
    Outcome::of(by_switch.into_iter().chain(by_key).chain(by_entry).collect(), || {
        blind_to_texts(facts).map_or_else(|| Outcome::without(Verdict::Pass, Message::new("pass")), undetermined)
    })
}

/// Switches of layouts and preferences that are on, with their texts.
fn switches(facts: &Facts<'_>) -> Vec<(String, Evidence)> {
    let app = facts.sources.app;
    let mut out = Vec::new();
    for layout in &app.layouts {
        for view in layout.checked.iter().chain(&layout.on_by_default).filter(|view| view.line != 0) {
            let own = layout.texts.iter().filter(|text| text.line == view.line && text.attribute != "onClick");
            for text in own.map(|text| text.shown(&app.resources)).filter(|text| facts.lexicon.shows(SWITCH, text)) {
                let place = Evidence::Layout {
                    file: layout.file.clone(),
                    view: view.view.clone(),
                    attribute: "checked".into(),
                    text: text.to_owned(),
                    line: view.line,
                };
                out.push((text.to_owned(), place));
            }
        }
    }
    out
}

/// Entries of the manifest that turn collection on.
fn entries(facts: &Facts<'_>) -> Vec<(String, Evidence)> {
    let names = facts.sources.knowledge.term(META_DATA).map(|row| row.en.as_slice()).unwrap_or_default();
    let on = facts.sources.app.manifest.meta_data.iter();
    let on = on.filter(|entry| names.contains(&entry.name) && entry.value == "true");
    let place = |name: &str, line: u32| Evidence::Manifest {
        package: String::new(),
        element: "meta-data".into(),
        name: format!("{name}=true"),
        line,
    };
    on.map(|entry| (entry.name.clone(), place(&entry.name, entry.line))).collect()
}
