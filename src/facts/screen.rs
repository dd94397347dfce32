//! Screens of the app, what they show, and which of them leads to which.
//!
//! A screen is an activity, fragment or dialog of the app's own with its inner classes, and the methods of
//! helper classes that it calls. It shows the layouts, menus and texts whose ids or literals its code holds, and
//! leads to the screens whose classes its code names, whose fragments stand in its layouts, and to which actions of
//! navigation graphs lead. Functions of Compose count with the screen that draws them. That a class is named does not
//! say by what tap: the number of taps counted is therefore the least that is possible.

use std::collections::{BTreeMap, VecDeque};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::consent::Times;
use super::used::ACTIVITY;
use super::{Sources, site_evidence};
use crate::app::manifest::ComponentKind;
use crate::app::resources::{Layout, ViewText};
use crate::code::{BodyId, COMPOSER, ClassId, Phase, Tables, display_class, is_initialiser, outer, parameter_types};
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
    (ACTIVITY, ScreenKind::Activity),
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
/// How deep functions that draw parts of a screen are followed into each other.
const MAX_NESTING: u32 = 64;
/// What the compiler of Compose calls classes that hold functions without captured values.
const COMPOSABLE_HOLDER: &[u8] = b"/ComposableSingletons$";
/// Types of Kotlin's function objects.
const FUNCTIONS: &[u8] = b"Lkotlin/jvm/functions/Function";

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
        let mut all: Vec<Screen> = Vec::new();
        let mut read: FxHashSet<BodyId> = FxHashSet::default();
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
            let shown = reader.with_included(&seen.layouts);
            reader.leads_of_layouts(&shown, own, &mut seen);
            let texts = reader.texts(&shown, seen.texts);
            read.extend(&seen.bodies);
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
        for (from, lead) in reader.moved(&read) {
            let Some(screen) = all.get_mut(from) else { continue };
            if screen.leads_to.iter().all(|known| known.to != lead.to) {
                screen.leads_to.push(lead);
            }
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
    nesting: u32,
}

impl Seen {
    /// Adds a way to another screen, unless one is known that takes no more taps.
    fn lead(&mut self, to: usize, taps: u32, place: impl FnOnce() -> Evidence) {
        if self.leads.get(&to).is_none_or(|known| taps < known.taps) {
            self.leads.insert(to, Lead { to, taps, place: place() });
        }
    }
}

/// Looks ids and classes up.
struct Reader<'s, 'k> {
    sources: &'s Sources<'k>,
    tables: &'s Tables<'k>,
    numbers: &'s FxHashMap<&'s [u8], usize>,
    layouts: FxHashMap<u32, usize>,
    /// Screens by id of the destination of a navigation graph, with the name there.
    destinations: FxHashMap<u32, (usize, String)>,
    /// Destinations by id of the action that leads there.
    actions: FxHashMap<u32, u32>,
    /// Parts of screens are drawn by functions.
    composes: bool,
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
        let mut out = Self {
            sources,
            tables,
            numbers,
            layouts,
            destinations: FxHashMap::default(),
            actions: FxHashMap::default(),
            composes: sources.program.find(COMPOSER).is_some(),
            early,
        };
        for (layout, graph) in sources.app.layouts.iter().filter_map(|layout| Some((layout, layout.graph.as_ref()?))) {
            out.actions.extend(graph.actions.iter().copied());
            let screens = layout.named.iter().filter_map(|named| Some((named, out.screen_named(&named.name)?)));
            let screens: Vec<_> = screens.map(|(named, to)| (named.view_id, (to, named.name.clone()))).collect();
            out.destinations.extend(screens);
        }
        out
    }

    /// The screen of a class that an attribute names.
    fn screen_named(&self, name: &str) -> Option<usize> {
        self.screen_of_class(self.sources.program.find_dotted(&self.sources.app.class_name(name))?)
    }

    /// The screen to which the id of a destination or of an action leads.
    fn destination(&self, id: u32) -> Option<&(usize, String)> {
        let mut id = id;
        // An action may name a graph, which starts with another.
        for _ in 0..=MAX_DEPTH {
            if let Some(screen) = self.destinations.get(&id) {
                return Some(screen);
            }
            id = *self.actions.get(&id)?;
        }
        None
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
                    } else if let Some((to, name)) = self.destination(id).filter(|(to, _)| *to != own) {
                        self.lead(*to, body, reference.unit, name, seen);
                    }
                }
                RefKind::String => {
                    if let Some(text) = file.string(reference.index).filter(|text| !text.is_ascii()) {
                        self.show(&text, &|| site_evidence(self.sources, body, reference.unit, &text), seen);
                    }
                }
                RefKind::Class | RefKind::New => {
                    let named = file.type_bytes(reference.index).and_then(|name| self.screen_of_type(name));
                    if let Some(to) = named.filter(|to| *to != own) {
                        let name = file.type_descriptor(reference.index).unwrap_or_default();
                        self.lead(to, body, reference.unit, &display_class(&name), seen);
                    } else if named.is_none() {
                        let class = program.class_of_type(dex, reference.index);
                        if self.composes {
                            self.draw(class, own, depth, seen);
                        }
                        if reference.kind == RefKind::New {
                            self.listen(class, own, depth, seen);
                        }
                    }
                }
                RefKind::FieldGet if self.composes => {
                    let holder = file.field(reference.index).and_then(|field| program.class_of_type(dex, field.class));
                    self.draw(holder.filter(|class| self.holds_functions(*class)), own, depth, seen);
                }
                RefKind::Invoke => {
                    let callee = self.tables.callee(program, dex, reference.index);
                    let drawn = callee.filter(|callee| self.composes && self.is_helper(*callee) && self.draws(*callee));
                    if let Some(callee) = drawn {
                        self.nested(&mut std::iter::once(callee), own, depth, seen);
                        continue;
                    }
                    if depth >= MAX_DEPTH {
                        continue;
                    }
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

    /// Reads the methods of a function object, or of a class that holds such objects, that draw a part of a screen.
    fn draw(&self, class: Option<ClassId>, own: usize, depth: u32, seen: &mut Seen) {
        let program = self.sources.program;
        let is_function = |class: &ClassId| {
            let functions = program.interfaces(*class).iter().any(|name| name.starts_with(FUNCTIONS));
            functions || self.holds_functions(*class)
        };
        if let Some(class) = class.filter(|class| self.is_own_code(*class)).filter(is_function) {
            self.nested(&mut program.bodies_of(class), own, depth, seen);
        }
    }

    fn is_own_code(&self, class: ClassId) -> bool {
        !self.sources.owners.is_third_party(self.sources.owners.of_class(class))
    }

    /// Reads the methods of an object that is made with the screen in hand: what the compiler calls an inner class,
    /// however it was renamed.
    fn listen(&self, class: Option<ClassId>, own: usize, depth: u32, seen: &mut Seen) {
        let program = self.sources.program;
        let takes_screen = |body: BodyId| {
            let kinds = parameter_types(program, body);
            is_initialiser(program, body)
                && kinds.into_iter().flatten().any(|kind| self.screen_of_type(kind) == Some(own))
        };
        let is_listener = |class: &ClassId| program.bodies_of(*class).any(takes_screen);
        if let Some(class) = class.filter(|class| self.is_own_code(*class)).filter(is_listener) {
            self.nested(&mut program.bodies_of(class), own, depth, seen);
        }
    }

    /// Ways that code outside the screens opens, with the screen from which: shrinkers move what a screen does on a tap
    /// into whatever class calls it.
    fn moved(&self, read: &FxHashSet<BodyId>) -> Vec<(usize, Lead)> {
        let program = self.sources.program;
        let classes: Vec<ClassId> =
            program.class_ids().filter(|class| self.screen_of_class(*class).is_none()).collect();
        let of_class = |class: &ClassId| {
            let bodies = program.bodies_of(*class).filter(|body| !read.contains(body));
            bodies.flat_map(|body| self.moved_to(body)).collect::<Vec<_>>()
        };
        classes.par_iter().flat_map_iter(of_class).collect()
    }

    /// Such ways of one body. The screen is the one that was taken out of a field last, or given.
    fn moved_to(&self, body: BodyId) -> Vec<(usize, Lead)> {
        let program = self.sources.program;
        let mut out = Vec::new();
        let Some(file) = program.dex(program.dex_of(body)) else { return out };
        let given = || parameter_types(program, body).into_iter().flatten().find_map(|kind| self.screen_of_type(kind));
        let mut from: Option<usize> = None;
        for reference in program.references(body) {
            match reference.kind {
                RefKind::FieldGet => {
                    let kind = file.field(reference.index).and_then(|field| file.type_bytes(field.kind));
                    from = kind.and_then(|kind| self.screen_of_type(kind)).or(from);
                }
                RefKind::Class => {
                    let Some(name) = file.type_bytes(reference.index) else { continue };
                    let Some(to) = self.screen_of_type(name) else { continue };
                    if let Some(from) = from.or_else(given).filter(|from| *from != to) {
                        let text = display_class(&String::from_utf8_lossy(name));
                        let place = site_evidence(self.sources, body, reference.unit, &text);
                        out.push((from, Lead { to, taps: self.taps(body), place }));
                    }
                }
                _ => {}
            }
        }
        out
    }

    fn nested(&self, bodies: &mut dyn Iterator<Item = BodyId>, own: usize, depth: u32, seen: &mut Seen) {
        if seen.nesting < MAX_NESTING {
            seen.nesting += 1;
            bodies.for_each(|body| self.read(body, own, depth, seen));
            seen.nesting -= 1;
        }
    }

    /// True for functions of Compose.
    fn draws(&self, body: BodyId) -> bool {
        parameter_types(self.sources.program, body).contains(&Some(COMPOSER))
    }

    fn holds_functions(&self, class: ClassId) -> bool {
        memchr::memmem::find(self.sources.program.descriptor(class), COMPOSABLE_HOLDER).is_some()
    }

    /// Adds a way to another screen that a body opens.
    fn lead(&self, to: usize, body: BodyId, unit: u32, name: &str, seen: &mut Seen) {
        seen.lead(to, self.taps(body), || site_evidence(self.sources, body, unit, name));
    }

    /// Taps that it takes at least until a body runs.
    fn taps(&self, body: BodyId) -> u32 {
        u32::from(!self.early.contains(&body))
    }

    /// The screen to which a method belongs.
    fn screen_of(&self, body: BodyId) -> Option<usize> {
        self.screen_of_class(self.sources.program.body(body)?.class)
    }

    fn screen_of_class(&self, class: ClassId) -> Option<usize> {
        self.screen_of_type(self.sources.program.descriptor(class))
    }

    fn screen_of_type(&self, descriptor: &[u8]) -> Option<usize> {
        self.numbers.get(outer(descriptor)).copied()
    }

    /// A method of the app's own that belongs to no screen.
    fn is_helper(&self, body: BodyId) -> bool {
        !self.sources.is_third_party(body) && self.screen_of(body).is_none()
    }

    fn show(&self, text: &str, evidence: &dyn Fn() -> Evidence, seen: &mut Seen) {
        let text = text.trim();
        if !text.is_empty() && seen.texts.len() < MAX_TEXTS && seen.texts.iter().all(|shown| shown.text != text) {
            seen.texts.push(Shown { text: text.to_owned(), evidence: evidence() });
        }
    }

    /// Layouts with what they include, in the order in which they are met.
    fn with_included(&self, layouts: &[usize]) -> Vec<&'s Layout> {
        let mut out = Vec::new();
        let mut queue: VecDeque<(usize, u32)> = layouts.iter().map(|at| (*at, 0)).collect();
        let mut known: FxHashSet<usize> = FxHashSet::default();
        while let Some((at, depth)) = queue.pop_front() {
            let Some(layout) = self.sources.app.layouts.get(at).filter(|_| known.insert(at)) else { continue };
            out.push(layout);
            if depth < MAX_DEPTH {
                let included = layout.includes.iter().filter_map(|id| self.layouts.get(id));
                queue.extend(included.map(|at| (*at, depth.saturating_add(1))));
            }
        }
        out
    }

    /// Adds the ways that layouts open by themselves: fragments in them, screens behind preferences, and the start and
    /// the menu items of the navigation graphs that they hold.
    fn leads_of_layouts(&self, layouts: &[&Layout], own: usize, seen: &mut Seen) {
        let has_graph = layouts.iter().any(|layout| layout.graph.is_some());
        for layout in layouts {
            for named in layout.named.iter().filter(|named| !layout.is_later(named)) {
                let behind_a_tap = matches!(named.attribute.as_str(), "fragment" | "targetClass");
                let taps = u32::from(layout.graph.is_none() && behind_a_tap);
                let to = self.screen_named(&named.name).filter(|to| *to != own);
                let place = || Evidence::Layout {
                    file: layout.file.clone(),
                    view: named.view.clone(),
                    attribute: named.attribute.clone(),
                    text: named.name.clone(),
                    line: named.line,
                };
                if let Some(to) = to {
                    seen.lead(to, taps, place);
                }
            }
            // Items of a bar or a drawer have the ids of the destinations that they open.
            for item in layout.texts.iter().filter(|text| has_graph && text.view == "item") {
                if let Some((to, _)) = self.destination(item.view_id).filter(|(to, _)| *to != own) {
                    seen.lead(*to, 1, || self.view_place(layout, item));
                }
            }
        }
    }

    /// Texts of layouts, before those of code.
    fn texts(&self, layouts: &[&Layout], of_code: Vec<Shown>) -> Vec<Shown> {
        let mut seen = Seen::default();
        for layout in layouts {
            self.layout_texts(layout, &mut seen);
        }
        for shown in of_code {
            let text = shown.text.clone();
            self.show(&text, &|| shown.evidence.clone(), &mut seen);
        }
        seen.texts
    }

    fn view_place(&self, layout: &Layout, view: &ViewText) -> Evidence {
        Evidence::Layout {
            file: layout.file.clone(),
            view: view.view.clone(),
            attribute: view.attribute.clone(),
            text: view.shown(&self.sources.app.resources).to_owned(),
            line: view.line,
        }
    }

    fn layout_texts(&self, layout: &Layout, seen: &mut Seen) {
        // Labels of a graph's destinations show there, not where the graph is held.
        for view in layout.texts.iter().filter(|view| layout.graph.is_none() && view.attribute != "onClick") {
            let text = view.shown(&self.sources.app.resources);
            self.show(text, &|| self.view_place(layout, view), seen);
        }
    }
}
