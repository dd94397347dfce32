//! Switches of screens that the code shows, and whether any code can tell what the user chose.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Sources;
use super::ui::Lexicon;
use crate::app::resources::{Layout, Switch};
use crate::evidence::Evidence;
use crate::formats::dex::RefKind;

/// Surfaces whose switches must do what they say.
pub const SURFACES: [&str; 2] = ["recommendation_switch", "tracking_switch"];

/// A switch whose label shows one of [`SURFACES`] of `surfaces.toml`.
#[derive(Debug, Clone)]
pub struct SwitchFact {
    /// Ids of the surfaces.
    pub surfaces: Vec<String>,
    /// Nothing can read it: no code names its id or holds its key, no handler stands in the layout.
    pub is_idle: bool,
    /// In the layout.
    pub evidence: Evidence,
}

/// Labelled switches of the layouts that code shows. Layouts that no code names are left out: nobody sees them.
pub fn collect(sources: &Sources<'_>, lexicon: &Lexicon) -> Vec<SwitchFact> {
    let mut labelled: Vec<(&Layout, &Switch, Vec<String>)> = Vec::new();
    for layout in &sources.app.layouts {
        for switch in &layout.switches {
            let text = switch.label.shown(&sources.app.resources);
            let surfaces: Vec<String> =
                lexicon.surfaces_in(text).filter(|id| SURFACES.contains(id)).map(str::to_owned).collect();
            if !surfaces.is_empty() {
                labelled.push((layout, switch, surfaces));
            }
        }
    }
    if labelled.is_empty() {
        return Vec::new();
    }
    let named = ids_in_code(sources, labelled.iter().map(|(_, switch, _)| *switch));
    let shown = shown_layouts(sources, &named);
    let facts =
        labelled.into_iter().filter(|(layout, ..)| shown.contains(&layout.id)).map(|(layout, switch, surfaces)| {
            let evidence = Evidence::Layout {
                file: layout.file.clone(),
                view: switch.view.clone(),
                attribute: switch.label.attribute.clone(),
                text: switch.label.shown(&sources.app.resources).to_owned(),
                line: switch.line,
            };
            SwitchFact { surfaces, is_idle: is_idle(sources, switch, &named), evidence }
        });
    facts.collect()
}

/// Resource ids that code names, by number or by name.
fn ids_in_code<'l>(sources: &Sources<'_>, switches: impl Iterator<Item = &'l Switch>) -> FxHashSet<u32> {
    let program = sources.program;
    let mut texts: FxHashMap<(u32, u32), u32> = FxHashMap::default();
    for id in switches.map(|switch| switch.view_id) {
        let Some(name) = sources.app.resources.view_names.get(&id) else { continue };
        for (number, unit) in (0u32..).zip(&program.dexes) {
            texts.extend(unit.dex.find_string(name.as_bytes()).map(|text| ((number, text), id)));
        }
    }
    let mut out = FxHashSet::default();
    for body in program.class_ids().flat_map(|class| program.bodies_of(class)) {
        let dex = program.dex_of(body);
        out.extend(program.references(body).filter_map(|reference| match reference.kind {
            RefKind::Resource => Some(reference.resource()),
            // `getIdentifier` finds ids by name.
            RefKind::String => texts.get(&(dex, reference.index)).copied(),
            _ => None,
        }));
    }
    out
}

/// Layouts that code names, with those that they include.
fn shown_layouts(sources: &Sources<'_>, named: &FxHashSet<u32>) -> FxHashSet<u32> {
    let layouts = &sources.app.layouts;
    let mut shown: FxHashSet<u32> =
        layouts.iter().map(|layout| layout.id).filter(|id| *id != 0 && named.contains(id)).collect();
    loop {
        let before = shown.len();
        for layout in layouts.iter().filter(|layout| shown.contains(&layout.id)).collect::<Vec<_>>() {
            shown.extend(&layout.includes);
        }
        if shown.len() == before {
            return shown;
        }
    }
}

fn is_idle(sources: &Sources<'_>, switch: &Switch, named: &FxHashSet<u32>) -> bool {
    let resources = &sources.app.resources;
    let is_text = |text: &str| {
        !text.is_empty() && sources.program.dexes.iter().any(|unit| unit.dex.find_string(text.as_bytes()).is_some())
    };
    if switch.is_bound {
        return false;
    }
    if switch.is_preference() {
        let Some((key, id)) = &switch.key else { return true };
        let texts = resources.string(*id).into_iter().flat_map(|string| string.texts.iter().map(|(_, text)| text));
        return !named.contains(id) && !is_text(key) && !texts.into_iter().any(|text| is_text(text));
    }
    !named.contains(&switch.view_id)
}
