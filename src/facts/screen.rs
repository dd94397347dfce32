//! Screens of the app, what they show, and which of them leads to which.
//!
//! A screen is an activity, fragment or dialog of the app's own with its inner classes, and the methods of
//! helper classes that it calls. It shows the layouts, menus and texts whose ids or literals its code holds, and
//! leads to the screens whose classes its code names. That a class is named does not say by what tap: the number
//! of taps counted is therefore the least that is possible.

use std::collections::{BTreeMap, VecDeque};

use rustc_hash::{FxHashMap, FxHashSet};

use super::consent::Times;
use super::{Sources, site_evidence};
use crate::app::manifest::ComponentKind;
use crate::app::resources::Layout;
use crate::code::{BodyId, ClassId, Phase, Tables, outer};
use crate::evidence::Evidence;
use crate::formats::dex::RefKind;

/// What kind of screen it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScreenKind {
    /// Fills the display.
    Activity,
    /// Part of an activity.
    Fragment,
    /// Stands over another screen.
    Dialog,
}

/// Classes from which screens of a kind descend.
const BASES: [(&str, ScreenKind); 8] = [
    ("android.app.Activity", ScreenKind::Activity),
    ("androidx.fragment.app.DialogFragment", ScreenKind::Dialog),
    ("android.app.DialogFragment", ScreenKind::Dialog),
    ("android.app.Dialog", ScreenKind::Dialog),
    ("android.widget.PopupWindow", ScreenKind::Dialog),
    ("androidx.fragment.app.Fragment", ScreenKind::Fragment),
    ("android.support.v4.app.Fragment", ScreenKind::Fragment),
    ("android.app.Fragment", ScreenKind::Fragment),
];
/// Texts kept of one screen.
const MAX_TEXTS: usize = 400;
/// How deep helper methods and included layouts are followed.
const MAX_DEPTH: u32 = 2;

/// A text that a screen shows.
#[derive(Debug, Clone)]
pub struct Shown {
    /// As the user reads it.
    pub text: String,
    /// Where it stands.
    pub evidence: Evidence,
}

/// One screen.
#[derive(Debug, Clone)]
pub struct Screen {
    /// Dotted class name.
    pub class: String,
    /// Its kind.
    pub kind: ScreenKind,
    /// Files of its layouts, menus and preference pages.
    pub layouts: Vec<String>,
    /// What it shows.
    pub texts: Vec<Shown>,
    /// Screens that it leads to.
    pub leads_to: Vec<Lead>,
    /// Least number of taps from the first screen, where a way was found.
    pub taps: Option<u32>,
    /// The screen from which that way comes, and the place in code.
    pub from: Option<(usize, Evidence)>,
}

/// A way from one screen to another.
#[derive(Debug, Clone)]
pub struct Lead {
    /// Number of the other screen.
    pub to: usize,
    /// Taps that it takes at least: none for what happens without the user.
    pub taps: u32,
    /// Where in code.
    pub place: Evidence,
}

/// All screens.
#[derive(Debug, Clone, Default)]
pub struct Screens {
    /// In order of class names.
    pub all: Vec<Screen>,
}

/// A class group in the making.
struct Group {
    class: ClassId,
    kind: ScreenKind,
    bodies: Vec<BodyId>,
}

impl Screens {
    /// Finds the screens and the ways between them.
    pub fn new(sources: &Sources<'_>, times: &Times<'_, '_>, tables: &Tables<'_>) -> Self {
        let groups = groups(sources);
        let program = sources.program;
        let numbers: FxHashMap<&[u8], usize> =
            groups.values().enumerate().map(|(at, group)| (outer(program.descriptor(group.class)), at)).collect();
        let reader = Reader::new(sources, times, tables, &numbers);
        let mut all = Vec::new();
        for (own, (name, group)) in groups.iter().enumerate() {
            let mut seen = Seen::default();
            for body in &group.bodies {
                reader.read(*body, own, 0, &mut seen);
            }
            // What a parent class of the app's own shows, it shows too; calling a parent leads nowhere.
            let parents = reader.parents(group.class);
            for body in parents.iter().flat_map(|parent| program.bodies_of(*parent)) {
                reader.read(body, own, 1, &mut seen);
            }
            for above in parents.iter().filter_map(|class| reader.screen_of_class(*class)) {
                seen.leads.remove(&above);
            }
            seen.layouts.sort_unstable();
            seen.layouts.dedup();
            let texts = reader.texts(seen.layouts.iter().copied(), seen.texts);
            let files = seen.layouts.iter().filter_map(|at| sources.app.layouts.get(*at));
            all.push(Screen {
                class: name.clone(),
                kind: group.kind,
                layouts: files.map(|layout| layout.file.clone()).collect(),
                texts,
                leads_to: seen.leads.into_values().collect(),
                taps: None,
                from: None,
            });
        }
        let mut out = Self { all };
        out.count_taps(sources);
        out
    }

    /// Breadth first from the launcher's activities; what happens without the user costs nothing.
    fn count_taps(&mut self, sources: &Sources<'_>) {
        let mut queue = VecDeque::new();
        for component in sources.app.components.iter().filter(|component| component.is_launcher()) {
            if let Some(at) = self.all.iter().position(|screen| screen.class == component.class())
                && let Some(screen) = self.all.get_mut(at)
            {
                screen.taps = Some(0);
                queue.push_back(at);
            }
        }
        while let Some(at) = queue.pop_front() {
            let Some((taps, leads)) = self.all.get(at).and_then(|screen| Some((screen.taps?, screen.leads_to.clone())))
            else {
                continue;
            };
            for Lead { to, taps: more, place } in leads {
                let taps = taps.saturating_add(more);
                if let Some(screen) = self.all.get_mut(to)
                    && screen.taps.is_none_or(|known| taps < known)
                {
                    screen.taps = Some(taps);
                    screen.from = Some((at, place));
                    if more == 0 { queue.push_front(to) } else { queue.push_back(to) }
                }
            }
        }
    }

    /// Screens on the way to a screen, the first one first, each with the place that leads on.
    pub fn way(&self, to: usize) -> Vec<(usize, Option<&Evidence>)> {
        let mut out = vec![(to, None)];
        let mut at = to;
        while let Some((from, place)) = self.all.get(at).and_then(|screen| screen.from.as_ref()) {
            if out.iter().any(|(known, _)| known == from) {
                break;
            }
            out.push((*from, Some(place)));
            at = *from;
        }
        out.reverse();
        out
    }

    /// Screens that show a text which `wanted` accepts, with the text.
    pub fn showing<'s>(
        &'s self,
        wanted: impl Fn(&str) -> bool + 's,
    ) -> impl Iterator<Item = (usize, &'s Screen, &'s Shown)> + 's {
        self.all.iter().enumerate().filter_map(move |(at, screen)| {
            screen.texts.iter().find(|shown| wanted(&shown.text)).map(|shown| (at, screen, shown))
        })
    }
}

/// Screens of the app's own by class name: activities of the manifest and classes that descend from one of
/// [`BASES`], each with its inner classes.
fn groups(sources: &Sources<'_>) -> BTreeMap<String, Group> {
    let program = sources.program;
    let framework = sources.knowledge.framework();
    let is_others = |class| sources.owners.is_third_party(sources.owners.of_class(class));
    let mut out: BTreeMap<String, Group> = BTreeMap::new();
    let mut members: FxHashMap<&[u8], Vec<ClassId>> = FxHashMap::default();
    for class in program.class_ids().filter(|class| !is_others(*class)) {
        members.entry(outer(program.descriptor(class))).or_default().push(class);
    }
    let declared: FxHashSet<&str> = sources
        .app
        .components
        .iter()
        .filter(|component| component.kind == ComponentKind::Activity)
        .map(|component| component.name.as_str())
        .collect();
    for classes in members.values() {
        let screen = classes.iter().find_map(|class| {
            let name = program.class_name(*class);
            if declared.contains(name.as_str()) {
                return Some((*class, name, ScreenKind::Activity));
            }
            let descriptor = program.descriptor(*class);
            let base = BASES.iter().find(|(base, _)| program.inherits(descriptor, base, framework));
            base.map(|(_, kind)| (*class, name, *kind))
        });
        if let Some((class, name, kind)) = screen {
            let bodies = classes.iter().flat_map(|class| program.bodies_of(*class)).collect();
            out.insert(name, Group { class, kind, bodies });
        }
    }
    out
}

/// What the bodies of one screen refer to.
#[derive(Default)]
struct Seen {
    /// Numbers of layouts.
    layouts: Vec<usize>,
    texts: Vec<Shown>,
    /// The way to each other screen that takes fewest taps, of equal ones the first.
    leads: BTreeMap<usize, Lead>,
    bodies: FxHashSet<BodyId>,
}

/// Looks ids and classes up.
struct Reader<'s, 'k> {
    sources: &'s Sources<'k>,
    tables: &'s Tables<'k>,
    numbers: &'s FxHashMap<&'s [u8], usize>,
    layouts: FxHashMap<u32, usize>,
    /// What runs without the user.
    early: FxHashSet<BodyId>,
}

impl<'s, 'k> Reader<'s, 'k> {
    fn new(
        sources: &'s Sources<'k>,
        times: &Times<'_, '_>,
        tables: &'s Tables<'k>,
        numbers: &'s FxHashMap<&'s [u8], usize>,
    ) -> Self {
        let layouts = sources.app.layouts.iter().enumerate().filter(|(_, layout)| layout.id != 0);
        let layouts = layouts.map(|(at, layout)| (layout.id, at)).collect();
        let early =
            [Phase::Startup, Phase::Launch].into_iter().flat_map(|phase| times.phases().bodies(phase)).collect();
        Self { sources, tables, numbers, layouts, early }
    }

    /// Parent classes that are the app's own and no screens by themselves in the manifest.
    fn parents(&self, class: ClassId) -> Vec<ClassId> {
        let program = self.sources.program;
        let mut out = Vec::new();
        let mut next = program.superclass(class).and_then(|name| program.find(name));
        while let Some(parent) = next.filter(|parent| !out.contains(parent)) {
            if self.sources.owners.is_third_party(self.sources.owners.of_class(parent)) {
                break;
            }
            out.push(parent);
            next = program.superclass(parent).and_then(|name| program.find(name));
        }
        out
    }

    /// Adds what a body refers to.
    fn read(&self, body: BodyId, own: usize, depth: u32, seen: &mut Seen) {
        if !seen.bodies.insert(body) {
            return;
        }
        let program = self.sources.program;
        let dex = program.dex_of(body);
        let Some(file) = program.dex(dex) else { return };
        for reference in program.references(body) {
            match reference.kind {
                RefKind::Resource => {
                    let id = reference.resource();
                    if let Some(layout) = self.layouts.get(&id) {
                        seen.layouts.push(*layout);
                    } else if let Some(string) = self.sources.app.resources.string(id) {
                        let text = string.shown();
                        self.show(text, &|| site_evidence(self.sources, body, reference.unit, text), seen);
                    }
                }
                RefKind::String => {
                    if let Some(text) = file.string(reference.index).filter(|text| !text.is_ascii()) {
                        self.show(&text, &|| site_evidence(self.sources, body, reference.unit, &text), seen);
                    }
                }
                RefKind::Class | RefKind::New => {
                    let named = file.type_bytes(reference.index).map(outer).and_then(|name| self.numbers.get(name));
                    if let Some(to) = named.filter(|to| **to != own) {
                        let name = file.type_descriptor(reference.index).unwrap_or_default();
                        self.lead(*to, body, reference.unit, &crate::code::display_class(&name), seen);
                    }
                }
                RefKind::Invoke if depth < MAX_DEPTH => {
                    let callee = self.tables.callee(program, dex, reference.index);
                    if let Some(callee) = callee.filter(|callee| self.is_helper(*callee)) {
                        self.read(callee, own, depth.saturating_add(1), seen);
                    } else if let Some(to) = callee.and_then(|callee| self.screen_of(callee)).filter(|to| *to != own) {
                        // `DetailActivity.start(context)`.
                        let name = program.method_name(dex, reference.index).map(|name| name.dotted());
                        self.lead(to, body, reference.unit, &name.unwrap_or_default(), seen);
                    }
                }
                _ => {}
            }
        }
    }

    /// Adds a way to another screen, unless one is known that takes no more taps.
    fn lead(&self, to: usize, body: BodyId, unit: u32, name: &str, seen: &mut Seen) {
        let taps = u32::from(!self.early.contains(&body));
        if seen.leads.get(&to).is_none_or(|known| taps < known.taps) {
            seen.leads.insert(to, Lead { to, taps, place: site_evidence(self.sources, body, unit, name) });
        }
    }

    /// The screen to which a method belongs.
    fn screen_of(&self, body: BodyId) -> Option<usize> {
        self.screen_of_class(self.sources.program.body(body)?.class)
    }

    fn screen_of_class(&self, class: ClassId) -> Option<usize> {
        self.numbers.get(outer(self.sources.program.descriptor(class))).copied()
    }

    /// A method of the app's own that belongs to no screen.
    fn is_helper(&self, body: BodyId) -> bool {
        !self.sources.owners.is_third_party(self.sources.owner_of(body)) && self.screen_of(body).is_none()
    }

    fn show(&self, text: &str, evidence: &dyn Fn() -> Evidence, seen: &mut Seen) {
        let text = text.trim();
        if !text.is_empty() && seen.texts.len() < MAX_TEXTS && seen.texts.iter().all(|shown| shown.text != text) {
            seen.texts.push(Shown { text: text.to_owned(), evidence: evidence() });
        }
    }

    /// Texts of layouts and what they include, before those of code.
    fn texts(&self, layouts: impl Iterator<Item = usize>, of_code: Vec<Shown>) -> Vec<Shown> {
        let all = &self.sources.app.layouts;
        let mut seen = Seen::default();
        let mut queue: VecDeque<(usize, u32)> = layouts.map(|at| (at, 0)).collect();
        let mut known: FxHashSet<usize> = FxHashSet::default();
        while let Some((at, depth)) = queue.pop_front() {
            let Some(layout) = all.get(at).filter(|_| known.insert(at)) else { continue };
            self.layout_texts(layout, &mut seen);
            if depth < MAX_DEPTH {
                let included = layout.includes.iter().filter_map(|id| self.layouts.get(id));
                queue.extend(included.map(|at| (*at, depth.saturating_add(1))));
            }
        }
        for shown in of_code {
            let text = shown.text.clone();
            self.show(&text, &|| shown.evidence.clone(), &mut seen);
        }
        seen.texts
    }

    fn layout_texts(&self, layout: &Layout, seen: &mut Seen) {
        for view in layout.texts.iter().filter(|view| view.attribute != "onClick") {
            let text = view.shown(&self.sources.app.resources);
            let evidence = || Evidence::Layout {
                file: layout.file.clone(),
                view: view.view.clone(),
                attribute: view.attribute.clone(),
                text: text.to_owned(),
                line: view.line,
            };
            self.show(text, &evidence, seen);
        }
    }
}
