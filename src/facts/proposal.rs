//! Which app type and which profile the app itself suggests, by the rows of `app-type-signals.toml`, with reasons.
//! Where signals are weak or speak for several, nothing is proposed.

use std::collections::BTreeMap;

use super::Facts;
use crate::app::manifest::ComponentKind;
use crate::evidence::Evidence;
use crate::knowledge::schema::{SignalKind, SignalRow};

/// Points below which nothing is proposed.
const LEAST_SCORE: u32 = 8;
/// Points by which the first must lead.
const LEAST_LEAD: u32 = 3;
/// Kinds of signals of which a type needs several: a word of the name alone says too little.
const LEAST_KINDS: usize = 2;
/// Longer texts talk about many things.
const LABEL_CHARS: usize = 24;
/// Shorter words of package names count as whole segments alone.
const PART_CHARS: usize = 5;

/// Something that speaks for a proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What kind of signal.
    pub kind: SignalKind,
    /// The value of the row that was found.
    pub value: String,
    /// Points that it gave.
    pub points: u32,
    /// Where.
    pub evidence: Evidence,
}

/// What was proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal<'k> {
    /// Id of the type or profile; `None` where the signals are too weak.
    pub id: Option<&'k str>,
    /// Points of the strongest candidate.
    pub score: u32,
    /// What speaks for it, most points first.
    pub reasons: Vec<Reason>,
}

/// The app type that the app suggests.
pub fn app_type<'k>(facts: &Facts<'k>) -> Proposal<'k> {
    let rows = facts.sources.knowledge.app_type_signals().iter().filter(|row| !row.app_type.is_empty());
    decide(rows.map(|row| (row.app_type.as_str(), row)), &Seen::new(facts, None), LEAST_KINDS)
}

/// The profile that the app suggests, given the type that stands for it.
pub fn profile<'k>(facts: &Facts<'k>, app_type: Option<&str>) -> Proposal<'k> {
    let knowledge = facts.sources.knowledge;
    let is_there = |row: &&SignalRow| knowledge.profiles().iter().any(|profile| profile.id == row.profile);
    let rows = knowledge.app_type_signals().iter().filter(is_there);
    // The type rests on several kinds of signals already.
    decide(rows.map(|row| (row.profile.as_str(), row)), &Seen::new(facts, app_type), 1)
}

fn decide<'k>(rows: impl Iterator<Item = (&'k str, &'k SignalRow)>, seen: &Seen, least_kinds: usize) -> Proposal<'k> {
    let mut candidates: BTreeMap<&str, (u32, Vec<Reason>)> = BTreeMap::new();
    for (id, row) in rows {
        let (score, reasons) = candidates.entry(id).or_default();
        let mut left = row.most;
        for value in &row.values {
            let points = row.points.min(left);
            let Some(evidence) = seen.find(row.kind, value).filter(|_| points > 0) else { continue };
            left = left.saturating_sub(points);
            *score = score.saturating_add(points);
            reasons.push(Reason { kind: row.kind, value: value.clone(), points, evidence });
        }
    }
    let mut ranked: Vec<(&str, u32, Vec<Reason>)> =
        candidates.into_iter().map(|(id, (score, reasons))| (id, score, reasons)).collect();
    ranked.sort_by_key(|(_, score, _)| std::cmp::Reverse(*score));
    let second = ranked.get(1).map(|(_, score, _)| *score).unwrap_or_default();
    let Some((id, score, mut reasons)) = ranked.into_iter().next() else {
        return Proposal { id: None, score: 0, reasons: Vec::new() };
    };
    let mut kinds: Vec<SignalKind> = reasons.iter().map(|reason| reason.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let is_clear = score >= LEAST_SCORE && score.saturating_sub(second) >= LEAST_LEAD && kinds.len() >= least_kinds;
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.points));
    Proposal { id: is_clear.then_some(id), score, reasons }
}

/// What there is to find signals in, in lower case.
struct Seen {
    names: Vec<(String, Evidence)>,
    package: (Vec<String>, Evidence),
    texts: Vec<(String, Evidence)>,
    screens: Vec<(Vec<String>, Evidence)>,
    exact: Vec<(SignalKind, String, Evidence)>,
}

impl Seen {
    fn new(facts: &Facts<'_>, app_type: Option<&str>) -> Self {
        let app = facts.sources.app;
        let manifest = |element: &str, name: String, line: u32| Evidence::Manifest {
            package: String::new(),
            element: element.into(),
            name,
            line,
        };
        let mut names = Vec::new();
        for label in [&app.label.default, &app.label.zh, &app.label.en] {
            names.push((
                label.to_lowercase(),
                manifest("application", format!("label={label}"), app.manifest.application_line),
            ));
        }
        for key in ["name", "category"] {
            let given = facts.metadata.and_then(|metadata| Some((metadata.get(key)?, metadata.evidence(key)?)));
            names.extend(given.map(|(text, place)| (text.to_lowercase(), place)));
        }
        let segments = app.package().split(['.', '_']).map(str::to_lowercase).collect();
        let mut texts = Vec::new();
        for string in &app.resources.strings {
            let text = string.shown();
            if text.chars().count() <= LABEL_CHARS && !text.is_empty() {
                let place = string.place("", text);
                texts.push((text.to_lowercase(), place));
            }
        }
        for layout in &app.layouts {
            for view in layout.texts.iter().filter(|view| view.string_id == 0 && view.attribute != "onClick") {
                if view.text.chars().count() <= LABEL_CHARS {
                    let place = Evidence::Layout {
                        file: layout.file.clone(),
                        view: view.view.clone(),
                        attribute: view.attribute.clone(),
                        text: view.text.clone(),
                        line: view.line,
                    };
                    texts.push((view.text.to_lowercase(), place));
                }
            }
        }
        let is_own = |name: &str| !facts.sources.owners.is_third_party(facts.sources.owners.of_name(name));
        let activities =
            app.components.iter().filter(|part| part.kind == ComponentKind::Activity && is_own(&part.name));
        let screens = activities
            .map(|part| (words(&part.name), manifest(part.kind.element(), part.name.clone(), part.line)))
            .collect();
        let mut exact = Vec::new();
        for permission in &facts.permissions {
            let place = manifest("uses-permission", permission.declared.name.clone(), permission.declared.line);
            exact.push((SignalKind::Permission, permission.declared.name.clone(), place));
        }
        // Services that hold a permission say what the app is, such as an input method.
        for part in app.components.iter().filter(|part| !part.permission.is_empty() && is_own(&part.name)) {
            let place = manifest(part.kind.element(), part.name.clone(), part.line);
            exact.push((SignalKind::Permission, part.permission.clone(), place));
        }
        for sdk in &facts.sdks {
            if let Some(place) = sdk.reasons.first() {
                exact.push((SignalKind::Sdk, sdk.row.id.clone(), place.clone()));
                exact.push((SignalKind::SdkCategory, sdk.row.category.clone(), place.clone()));
            }
        }
        let application = app.manifest.elements.iter().find(|element| element.name == "application");
        for (attribute, value) in application.iter().flat_map(|element| &element.attributes) {
            let category = match (attribute.as_str(), value.as_str()) {
                // `ApplicationInfo.CATEGORY_*`.
                ("android:appCategory", "0" | "game") => "game",
                ("android:appCategory", "1" | "audio") => "audio",
                ("android:appCategory", "2" | "video") => "video",
                ("android:appCategory", "3" | "image") => "image",
                ("android:appCategory", "4" | "social") => "social",
                ("android:appCategory", "5" | "news") => "news",
                ("android:appCategory", "6" | "maps") => "maps",
                ("android:appCategory", "7" | "productivity") => "productivity",
                ("android:isGame", "true" | "-1" | "1") => "game",
                _ => continue,
            };
            let place = manifest("application", format!("{attribute}={value}"), app.manifest.application_line);
            exact.push((SignalKind::Category, category.to_owned(), place));
        }
        let given = app_type
            .map(|id| (SignalKind::AppType, id.to_owned(), manifest("application", format!("app type {id}"), 0)));
        exact.extend(given);
        let package = (segments, manifest("manifest", format!("package={}", app.package()), 0));
        Self { names, package, texts, screens, exact }
    }

    /// Where a value is found.
    fn find(&self, kind: SignalKind, value: &str) -> Option<Evidence> {
        let value = if matches!(kind, SignalKind::Permission) { value.to_owned() } else { value.to_lowercase() };
        match kind {
            SignalKind::Label => {
                let found = self.names.iter().find(|(name, _)| holds(name, &value));
                found.map(|(_, place)| place.clone())
            }
            SignalKind::Package => {
                let is_part =
                    |part: &String| *part == value || value.chars().count() >= PART_CHARS && part.contains(&value);
                self.package.0.iter().any(is_part).then(|| self.package.1.clone())
            }
            SignalKind::Text => self.texts.iter().find(|(text, _)| holds(text, &value)).map(|(_, place)| place.clone()),
            SignalKind::Screen => {
                self.screens.iter().find(|(words, _)| words.contains(&value)).map(|(_, place)| place.clone())
            }
            _ => {
                self.exact.iter().find(|(of, found, _)| *of == kind && *found == value).map(|(.., place)| place.clone())
            }
        }
    }
}

/// True when a text holds a word; one in Latin letters not as a part of another.
fn holds(text: &str, word: &str) -> bool {
    let is_letter = |character: Option<char>| character.is_some_and(|character| character.is_ascii_alphanumeric());
    text.match_indices(word).any(|(at, found)| {
        let before = text.get(..at).and_then(|rest| rest.chars().next_back());
        let after = text.get(at.saturating_add(found.len())..).and_then(|rest| rest.chars().next());
        !(word.is_ascii() && (is_letter(before) || is_letter(after)))
    })
}

/// `com.a.ShopCartActivity` → shop, cart, activity.
fn words(class: &str) -> Vec<String> {
    let simple = class.rsplit(['.', '$']).next().unwrap_or(class);
    let mut out: Vec<String> = Vec::new();
    let mut was_lower = false;
    for character in simple.chars() {
        if character.is_uppercase() && was_lower || out.is_empty() || character == '_' {
            out.push(String::new());
        }
        was_lower = !character.is_uppercase();
        if let Some(last) = out.last_mut().filter(|_| character != '_') {
            last.extend(character.to_lowercase());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{holds, words};

    #[test]
    fn words_are_found_as_words() {
        assert_eq!(words("com.a.ShopCartActivity"), ["shop", "cart", "activity"]);
        assert_eq!(words("IMChat_list"), ["imchat", "list"]);
        assert!(holds("my chat", "chat") && !holds("chatter", "chat"));
        assert!(holds("云天运动", "运动"));
    }
}
