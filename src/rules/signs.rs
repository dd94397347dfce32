//! Signs of the rows of rules: which of them an app shows, and where.

use std::collections::BTreeSet;

use super::support::{
    item_name, joined, lies_in, owner_name, permission_label, place_name, places as access_places, sdk_name,
    taken_items,
};
use super::surfaces::surface as about_surface;
use crate::app::manifest::Component;
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::facts::pi_access::PiFact;
use crate::facts::sdk::SdkFact;
use crate::knowledge::schema::Signs;
use crate::outcome::{About, Confidence, Slot};
use crate::owners::OwnerId;

/// Most places kept of one sign.
const MAX_PLACES: usize = 4;

/// A sign that an app shows.
pub(super) struct Sign {
    /// What it is.
    pub(super) about: About,
    /// What a sentence calls it.
    pub(super) name: Slot,
    /// Where it shows; never empty.
    pub(super) places: Vec<Evidence>,
}

/// The signs that the app shows, each once, in the order of the row's lists.
pub(super) fn shown(facts: &Facts<'_>, signs: &Signs) -> Vec<Sign> {
    let mut out = Vec::new();
    let mut push = |about: About, name: Slot, places: Vec<Evidence>| {
        if !places.is_empty() {
            out.push(Sign { about, name, places: places.into_iter().take(MAX_PLACES).collect() });
        }
    };
    let knowledge = facts.sources.knowledge;
    for id in &signs.surfaces {
        let places = facts.ui.surfaces.of(id).to_vec();
        let name = places.first().map(|place| Slot::from(place_name(place))).unwrap_or_else(|| Slot::from(""));
        push(about_surface(id), name, places);
    }
    for sdk in facts.disclosable_sdks().into_iter().filter(|sdk| is_named(sdk, signs)) {
        push(About::sdk(&sdk.row.id), sdk_name(sdk.row), sdk.reasons.clone());
    }
    for fact in facts.permissions.iter().filter(|fact| signs.permissions.contains(&fact.declared.name)) {
        let name = permission_label(fact.row, &fact.declared.name);
        push(About::permission(&fact.declared.name), name, vec![fact.place()]);
    }
    if !signs.items.is_empty() {
        for (item, taken) in taken_items(facts).into_iter().filter(|(item, _)| signs.items.iter().any(|id| id == item))
        {
            let places = taken.iter().flat_map(|fact| access_places(fact).take(2)).collect();
            push(About::pi(item), item_by(facts, item, &taken), places);
        }
    }
    let policy = facts.policy.as_ref();
    for row in signs.policy_items.iter().filter_map(|id| knowledge.item(id)) {
        let place = policy.and_then(|policy| policy.item(row));
        push(About::pi(&row.id), item_name(facts, &row.id), place.into_iter().collect());
    }
    for endpoint in
        facts.endpoints.iter().filter(|endpoint| signs.hosts.iter().any(|host| lies_in(&endpoint.host, host)))
    {
        push(About::host(&endpoint.host), Slot::from(endpoint.host.as_str()), endpoint.places.clone());
    }
    for term in &signs.names {
        let places = named(facts, term);
        push(About::default(), joined(places.iter().take(2).map(|place| Slot::from(place_name(place)))), places);
    }
    for row in signs.statements.iter().filter_map(|id| knowledge.content(id)) {
        let place = policy.and_then(|policy| policy.says(&row.id));
        let about = About { statement: Some(row.id.clone()), ..About::default() };
        push(about, Slot::Both(row.zh.clone(), row.en.clone()), place.into_iter().collect());
    }
    out
}

/// Name of an item with who takes it.
fn item_by(facts: &Facts<'_>, item: &str, taken: &[&PiFact]) -> Slot {
    let owners: BTreeSet<OwnerId> = taken.iter().map(|fact| fact.owner).collect();
    let owners = joined(owners.into_iter().take(MAX_PLACES).map(|owner| owner_name(facts, owner)));
    match (item_name(facts, item), owners) {
        (Slot::Both(zh, en), Slot::Both(by_zh, by_en)) => {
            Slot::Both(format!("{zh}（{by_zh}）"), format!("{en} ({by_en})"))
        }
        (name, _) => name,
    }
}

/// SDKs that may act and surely are what they seem.
fn is_named(sdk: &SdkFact<'_>, signs: &Signs) -> bool {
    let by_category = sdk.confidence == Confidence::High && signs.sdk_categories.contains(&sdk.row.category);
    by_category || signs.sdks.contains(&sdk.row.id)
}

/// Components, files, layouts and texts whose names fit the patterns of a term.
fn named(facts: &Facts<'_>, term: &str) -> Vec<Evidence> {
    let app = facts.sources.app;
    let patterns = facts.sources.knowledge.matcher(term, |row| &row.regex);
    let stem = |path: &str| {
        let file = path.rsplit('/').next().unwrap_or(path);
        patterns.is_match(file.split('.').next().unwrap_or(file))
    };
    let components = app
        .components
        .iter()
        .filter(|component| patterns.is_match(component.name.rsplit(['.', '$']).next().unwrap_or(&component.name)));
    let components = components.map(Component::place);
    let files = app.assets.iter().map(|asset| &asset.path).chain(app.layouts.iter().map(|layout| &layout.file));
    let files = files.filter(|path| stem(path));
    let files = files.map(|path| Evidence::Asset { path: path.clone(), text: String::new() });
    let texts = app.resources.strings.iter().filter(|resource| patterns.is_match(&resource.name));
    let texts = texts.map(|resource| resource.place("", resource.shown()));
    components.chain(files).chain(texts).take(MAX_PLACES).collect()
}
