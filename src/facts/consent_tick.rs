//! Boxes that are ticked before the user has touched them, with the text beside them.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Sources, site_evidence};
use crate::app::resources::{Layout, ViewText, resource_id};
use crate::code::constants::{self, Constant};
use crate::evidence::Evidence;
use crate::formats::dex::RefKind;

/// A box that is on from the beginning.
#[derive(Debug, Clone)]
pub struct Tick {
    /// The text of the box, or the texts of its layout where it has none.
    pub text: String,
    /// The box has a text of its own.
    pub is_own_text: bool,
    /// In the layout, or where code ticks it.
    pub evidence: Evidence,
}

/// Parts of the names of views that can be ticked.
const BOXES: [&str; 4] = ["CheckBox", "RadioButton", "CheckedTextView", "ToggleButton"];
const SET_CHECKED: &str = "setChecked";

/// Ticked boxes of the app's layouts and code.
pub fn collect(sources: &Sources<'_>) -> Vec<Tick> {
    let mut out = Vec::new();
    // Boxes by view id: (layout, text).
    let mut boxes: FxHashMap<u32, (&Layout, u32)> = FxHashMap::default();
    for layout in &sources.app.layouts {
        for view in layout.checked.iter().filter(|view| is_box(&view.view)) {
            let (text, is_own_text) = text_of(sources, layout, view.line);
            let evidence = Evidence::Layout {
                file: layout.file.clone(),
                view: view.view.clone(),
                attribute: "checked".into(),
                text: text.clone(),
                line: view.line,
            };
            out.push(Tick { text, is_own_text, evidence });
        }
        for view in layout.texts.iter().filter(|view| view.view_id != 0 && is_box(&view.view)) {
            boxes.insert(view.view_id, (layout, view.line));
        }
    }
    if !boxes.is_empty() {
        out.extend(in_code(sources, &boxes));
    }
    out
}

/// True when a text stands on a screen with a box that the user has to tick himself.
pub fn is_beside_open_box(sources: &Sources<'_>, place: &Evidence) -> bool {
    let layouts = || sources.app.layouts.iter().filter(|layout| layout.has_open_box);
    match place {
        Evidence::Layout { file, .. } => layouts().any(|layout| layout.file == *file),
        Evidence::Resource { id, .. } => {
            let shows = |view: &ViewText| view.string_id != 0 && resource_id(view.string_id) == *id;
            layouts().any(|layout| layout.texts.iter().any(shows))
        }
        _ => false,
    }
}

fn is_box(view: &str) -> bool {
    let simple = view.rsplit('.').next().unwrap_or(view);
    BOXES.iter().any(|name| simple.contains(name))
}

/// Text of the view on a line, else all texts of the layout.
fn text_of(sources: &Sources<'_>, layout: &Layout, line: u32) -> (String, bool) {
    let resources = &sources.app.resources;
    let labels = || layout.texts.iter().filter(|view| view.attribute == "text");
    match labels().find(|view| view.line == line && line != 0) {
        Some(view) => (view.shown(resources).to_owned(), true),
        None => (labels().map(|view| view.shown(resources)).collect::<Vec<_>>().join(" "), false),
    }
}

/// `box.setChecked(true)` in methods that look for one box alone.
fn in_code(sources: &Sources<'_>, boxes: &FxHashMap<u32, (&Layout, u32)>) -> Vec<Tick> {
    let program = sources.program;
    let mut out = Vec::new();
    for class in program.class_ids() {
        if sources.owners.is_third_party(sources.owners.of_class(class)) {
            continue;
        }
        for body in program.bodies_of(class) {
            let dex = program.dex_of(body);
            let mut found: FxHashSet<u32> = FxHashSet::default();
            let mut units = Vec::new();
            for reference in program.references(body) {
                match reference.kind {
                    RefKind::Resource => {
                        let id = reference.resource();
                        found.extend(boxes.contains_key(&id).then_some(id));
                    }
                    RefKind::Invoke if !found.is_empty() => {
                        let name = program.dex(dex).and_then(|file| file.string(file.method(reference.index)?.name));
                        if name.is_some_and(|name| name == SET_CHECKED) {
                            units.push(reference.unit);
                        }
                    }
                    _ => {}
                }
            }
            // With several boxes in sight, which of them is meant is not known.
            let one = found.iter().next().filter(|_| found.len() == 1 && !units.is_empty());
            let Some((layout, line)) = one.and_then(|id| boxes.get(id)) else { continue };
            let ticks = constants::calls(program, body, &units)
                .into_iter()
                .filter(|call| matches!(call.parameters().last(), Some(Constant::Int(1))));
            for call in ticks {
                let (text, is_own_text) = text_of(sources, layout, *line);
                out.push(Tick { evidence: site_evidence(sources, body, call.unit, &text), text, is_own_text });
            }
        }
    }
    out
}
