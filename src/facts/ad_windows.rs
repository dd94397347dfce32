//! Splash screens and pop-ups in which the app itself shows advertisements, and how they are closed.

use super::Sources;
use super::ui::{Lexicon, Term};
use super::used::Used;
use crate::app::resources::{Layout, ViewText};
use crate::evidence::Evidence;

/// Names of layouts that open by themselves and cover what the user came for.
const WINDOW_TERM: &str = "ad.window";
/// Names of layouts and views, and short texts, that stand for an advertisement.
const MARK_TERM: &str = "ad.mark";
/// Names of views that close a window.
const CLOSE_VIEW_TERM: &str = "ad.close_view";
/// Texts that do.
const CLOSE_SURFACE: &str = "close";

/// A window with an advertisement.
#[derive(Debug, Clone)]
pub struct AdWindow {
    /// What shows that it is one, in the layout.
    pub evidence: Evidence,
    /// The view that closes it.
    pub close: Option<Evidence>,
}

/// Windows with advertisements among the layouts that the app's own code shows. What advertising SDKs draw is theirs.
pub fn collect(sources: &Sources<'_>, lexicon: &Lexicon, used: &Used) -> Vec<AdWindow> {
    let term = |id| Term::new(sources.knowledge, id);
    let (window, mark, close_view) = (term(WINDOW_TERM), term(MARK_TERM), term(CLOSE_VIEW_TERM));
    let shown = sources.app.layouts.iter().filter(|layout| used.is_named_by_app(layout.id));
    shown
        .filter(|layout| window.is_in(name(sources, layout)))
        .filter_map(|layout| Some((layout, marked(sources, layout, &mark)?)))
        .map(|(layout, evidence)| AdWindow { evidence, close: closing(sources, layout, &close_view, lexicon) })
        .collect()
}

/// Name of a layout: that of the resource, since the file may be renamed.
fn name<'s>(sources: &'s Sources<'_>, layout: &Layout) -> &'s str {
    sources.app.resources.layout_names.get(&layout.id).map(String::as_str).unwrap_or_default()
}

fn text_evidence(sources: &Sources<'_>, layout: &Layout, text: &ViewText) -> Evidence {
    Evidence::Layout {
        file: layout.file.clone(),
        view: text.view.clone(),
        attribute: text.attribute.clone(),
        text: text.shown(&sources.app.resources).to_owned(),
        line: text.line,
    }
}

/// A name in a layout as evidence: of a view's id, or of the layout itself.
fn name_evidence(layout: &Layout, attribute: &str, name: &str) -> Evidence {
    Evidence::Layout {
        file: layout.file.clone(),
        view: String::new(),
        attribute: attribute.to_owned(),
        text: name.to_owned(),
        line: 0,
    }
}

/// The views of a layout by name.
fn views<'s>(sources: &'s Sources<'_>, layout: &'s Layout) -> impl Iterator<Item = &'s str> {
    layout.view_ids.iter().filter_map(|id| sources.app.resources.view_names.get(id)).map(String::as_str)
}

/// What shows that a layout holds an advertisement.
fn marked(sources: &Sources<'_>, layout: &Layout, mark: &Term) -> Option<Evidence> {
    let shown = |text: &&ViewText| mark.is_in(text.shown(&sources.app.resources).trim());
    let by_text = || layout.texts.iter().find(shown).map(|text| text_evidence(sources, layout, text));
    let by_view = || views(sources, layout).find(|name| mark.is_in(name)).map(|name| name_evidence(layout, "id", name));
    let own = name(sources, layout);
    let by_name = || mark.is_in(own).then(|| name_evidence(layout, "name", own));
    by_view().or_else(by_text).or_else(by_name)
}

/// The view of a layout, or of one that it includes, by which the user closes it.
fn closing(sources: &Sources<'_>, layout: &Layout, close_view: &Term, lexicon: &Lexicon) -> Option<Evidence> {
    let included = sources.app.layouts.iter().filter(|other| other.id != 0 && layout.includes.contains(&other.id));
    [layout].into_iter().chain(included).find_map(|part| {
        let is_close = |text: &&ViewText| {
            lexicon.surfaces_in(text.shown(&sources.app.resources)).any(|surface| surface == CLOSE_SURFACE)
        };
        let by_text = part.texts.iter().find(is_close).map(|text| text_evidence(sources, part, text));
        let by_view = || {
            let name = views(sources, part).find(|name| close_view.is_in(name))?;
            Some(name_evidence(part, "id", name))
        };
        by_text.or_else(by_view)
    })
}
