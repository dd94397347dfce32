//! What the user says by the buttons of a consent screen, and which methods hear it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Answer, DIALOG_LISTENER, TEXT, VIEW_CLASS, VIEW_ID, Wording, Words};
use crate::app::resources::ViewText;
use crate::code::constants::{self, Call, Constant};
use crate::code::{BINDER, BodyId, ClassId, Handler, Phases, Tables, Views, is_initialiser, outer, parameter_types};
use crate::facts::Sources;
use crate::formats::dex::RefKind;
use crate::knowledge::schema::CallRole;

/// Handlers that the screens register, with what the user says by them.
pub(super) fn label_handlers(
    sources: &Sources<'_>,
    phases: &Phases<'_, '_>,
    tables: &Tables<'_>,
    words: &Words,
    screens: &FxHashSet<&[u8]>,
) -> Vec<(Answer, Handler)> {
    let program = sources.program;
    // A generated binder sets the listeners of its screen.
    let group = |body: BodyId| {
        let name = program.body(body).map(|row| outer(program.descriptor(row.class)))?;
        Some(name.strip_suffix(BINDER.as_bytes()).unwrap_or(name))
    };
    let mut labels: FxHashMap<BodyId, Vec<Label>> = FxHashMap::default();
    let mut views = Views::new(program);
    let mut out: Vec<(Answer, Handler)> = Vec::new();
    for handler in &phases.handlers {
        let is_ours =
            [handler.by, handler.target].into_iter().any(|body| group(body).is_some_and(|name| screens.contains(name)));
        if !is_ours {
            continue;
        }
        let known =
            labels.entry(handler.by).or_insert_with(|| labels_in(sources, tables, words, &mut views, handler.by));
        let class = program.body(handler.target).map(|row| row.class);
        let name = class.map(|class| program.class_name(class)).unwrap_or_default();
        let own: Vec<&Label> = known.iter().filter(|label| label.listener == name).collect();
        if let Some(first) = own.first() {
            let agrees = |label: &&Label| label.answer == first.answer;
            let are_told = first.made_at.is_some() && own.iter().all(|label| agrees(label) || label.made_at.is_some());
            if own.len() == 1 || are_told {
                // Merged classes answer as what their objects once were.
                out.extend(own.iter().map(|label| (label.answer, label.of(*handler))));
            } else {
                let answer = if own.iter().all(agrees) { first.answer } else { Answer::Unclear };
                out.push((answer, *handler));
            }
            continue;
        }
        // The listener set is of a class that goes on from the one that is called.
        let descriptor = class.map(|class| program.descriptor(class));
        let goes_on = |listener: &ClassId| program.superclass(*listener) == descriptor;
        let found = known.iter().filter_map(|label| Some((program.find_dotted(&label.listener)?, label.answer)));
        let mut set: Vec<(ClassId, Answer)> = found.filter(|(listener, _)| goes_on(listener)).collect();
        set.sort_unstable();
        for (listener, answer) in &set {
            let bodies = program.bodies_of(*listener).filter(|body| *body != handler.by);
            let bodies = bodies.filter(|body| !is_initialiser(program, *body));
            out.extend(bodies.map(|target| (*answer, Handler { target, ..*handler })));
        }
        if set.is_empty() {
            out.push((Answer::Unclear, *handler));
        }
    }
    let labels_of =
        |by: BodyId| labels.remove(&by).unwrap_or_else(|| labels_in(sources, tables, words, &mut views, by));
    out.extend(merged_elsewhere(sources, phases, tables, screens, labels_of));
    for (answer, handler) in &mut out {
        // A method for several views does more than refuse.
        if *answer == Answer::Reject && asking(sources, tables, handler.target).is_some() {
            *answer = Answer::Unclear;
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}

/// The method that asks which view was tapped: the handler, or what it hands the tap on to.
pub(super) fn asking(sources: &Sources<'_>, tables: &Tables<'_>, handler: BodyId) -> Option<(BodyId, FxHashSet<u32>)> {
    let program = sources.program;
    let asked_in = |body: BodyId| {
        let dex = program.dex(program.dex_of(body));
        let is_question = |index: u32| {
            let dex = dex?;
            let method = dex.method(index)?;
            Some(dex.string_bytes(method.name)? == VIEW_ID && dex.type_bytes(method.class)? == VIEW_CLASS)
        };
        let calls = program.references(body).filter(|reference| reference.kind == RefKind::Invoke);
        let asked: FxHashSet<u32> =
            calls.filter(|call| is_question(call.index) == Some(true)).map(|call| call.index).collect();
        (!asked.is_empty()).then_some((body, asked))
    };
    let takes_view = |body: &BodyId| parameter_types(program, *body).contains(&Some(VIEW_CLASS));
    asked_in(handler).or_else(|| {
        let dex = program.dex_of(handler);
        let calls = program.references(handler).filter(|reference| reference.kind == RefKind::Invoke);
        let called = calls.flat_map(|call| tables.implementations(program, dex, call.index));
        called.filter(|body| !sources.is_third_party(*body)).filter(takes_view).find_map(asked_in)
    })
}

/// A listener that a method sets on a button.
struct Label {
    /// Its class.
    listener: String,
    /// Where its object is made, when in the same method.
    made_at: Option<u32>,
    /// What the button says.
    answer: Answer,
}

impl Label {
    /// The handler that runs on this very object.
    fn of(&self, handler: Handler) -> Handler {
        Handler { unit: self.made_at.unwrap_or(handler.unit), ..handler }
    }
}

/// Handlers of the screens whose class makes objects for others first: where it does so for these, nothing was
/// registered for the first time.
fn merged_elsewhere(
    sources: &Sources<'_>,
    phases: &Phases<'_, '_>,
    tables: &Tables<'_>,
    screens: &FxHashSet<&[u8]>,
    mut labels_of: impl FnMut(BodyId) -> Vec<Label>,
) -> Vec<(Answer, Handler)> {
    let program = sources.program;
    let mut out = Vec::new();
    if screens.is_empty() {
        return out;
    }
    let mut registered: FxHashMap<BodyId, FxHashSet<BodyId>> = FxHashMap::default();
    for handler in &phases.handlers {
        registered.entry(handler.target).or_default().insert(handler.by);
    }
    for class in program.class_ids().filter(|class| screens.contains(outer(program.descriptor(*class)))) {
        for by in program.bodies_of(class) {
            let is_new = |target: &BodyId| registered.get(target).is_some_and(|known| !known.contains(&by));
            for label in labels_of(by) {
                let (Some(unit), Some(listener)) = (label.made_at, program.find_dotted(&label.listener)) else {
                    continue;
                };
                let targets = tables.user_callbacks(program, sources.knowledge.framework(), listener);
                let new = targets.into_iter().filter(is_new);
                out.extend(new.map(|target| (label.answer, Handler { target, by, unit })));
            }
        }
    }
    out
}

/// Listeners that one method sets, with what the buttons say that they are set on.
fn labels_in(
    sources: &Sources<'_>,
    tables: &Tables<'_>,
    words: &Words,
    views_of: &mut Views<'_, '_>,
    body: BodyId,
) -> Vec<Label> {
    let program = sources.program;
    let dex = program.dex_of(body);
    let mut out = Vec::new();
    let mut sites = Vec::new();
    let mut made: Vec<(u32, u32)> = Vec::new();
    // A method that names one view alone sets its listener on that.
    let mut views: Vec<u32> = Vec::new();
    for reference in program.references(body) {
        match reference.kind {
            RefKind::Resource if sources.app.resources.view_names.contains_key(&reference.resource()) => {
                views.push(reference.resource());
            }
            RefKind::New => made.push((reference.unit, reference.index)),
            RefKind::Invoke => {
                if let Some(row) = tables.roles().of(dex, reference.index)
                    && matches!(row.role, CallRole::PositiveButton | CallRole::NegativeButton | CallRole::OnClick)
                {
                    sites.push((reference.unit, row));
                }
            }
            _ => {}
        }
    }
    views.dedup();
    let only_view = if let [view] = views.as_slice() { *view } else { 0 };
    let units: Vec<u32> = sites.iter().map(|(unit, _)| *unit).collect();
    let calls: FxHashMap<u32, Call> =
        constants::calls(program, body, &units).into_iter().map(|call| (call.unit, call)).collect();
    for (unit, row) in sites {
        let Some(call) = calls.get(&unit) else { continue };
        let view = call.arguments.first().and_then(|receiver| views_of.id(receiver)).unwrap_or(only_view);
        let argument = |number: Option<u32>| number.and_then(|number| call.parameter(number));
        let Some(Constant::Class(listener)) = argument(row.value) else { continue };
        let wording = match argument(row.key) {
            Some(Constant::Text(text)) => words.of(text),
            Some(Constant::Int(id)) => string_wording(sources, words, u32::try_from(*id).unwrap_or(0)),
            _ => view_wording(sources, words, view),
        };
        let answer = match (row.role, wording) {
            (_, Wording { rejects: true, .. }) => Answer::Reject,
            (CallRole::NegativeButton, _) => Answer::Reject,
            (_, Wording { accepts: true, .. }) | (CallRole::PositiveButton, _) => Answer::Accept,
            _ => Answer::Unclear,
        };
        // The last object of the class that is made before.
        let before = made.iter().rev().filter(|(at, _)| *at < unit);
        let is_of_class = |index: u32| program.class_of_type(dex, index) == program.find_dotted(listener);
        let made_at = before.map(|(at, index)| (*at, *index)).find(|(_, index)| is_of_class(*index)).map(|(at, _)| at);
        out.push(Label { listener: listener.clone(), made_at, answer });
    }
    inlined_labels(sources, words, body, &mut out);
    out
}

/// Listeners of a dialog whose builder was inlined: the label is written to a field, then the listener to another of
/// the same object.
fn inlined_labels(sources: &Sources<'_>, words: &Words, body: BodyId, out: &mut Vec<Label>) {
    let program = sources.program;
    let Some(dex) = program.dex(program.dex_of(body)) else { return };
    let kind = |field: u32| dex.field(field).and_then(|field| dex.type_bytes(field.kind));
    let is_listener = |field: u32| kind(field) == Some(DIALOG_LISTENER);
    let fields = || program.references(body).filter(|reference| reference.kind == RefKind::FieldPut);
    if !fields().any(|reference| is_listener(reference.index)) {
        return;
    }
    let class = |field: u32| dex.field(field).map(|field| field.class);
    let mut label: Option<(u32, Wording)> = None;
    for (field, value) in constants::writes(program, body) {
        match (kind(field), value) {
            (Some(TEXT), Constant::Text(text)) => label = Some((field, words.of(&text))),
            (Some(TEXT), _) => label = None,
            (Some(DIALOG_LISTENER), Constant::Class(listener)) => {
                let of_same = label.take().filter(|(text, _)| class(*text) == class(field));
                let answer = match of_same {
                    Some((_, Wording { rejects: true, .. })) => Answer::Reject,
                    Some((_, Wording { accepts: true, .. })) => Answer::Accept,
                    _ => continue,
                };
                if out.iter().all(|label| label.listener != listener) {
                    out.push(Label { listener, made_at: None, answer });
                }
            }
            _ => {}
        }
    }
}

fn string_wording(sources: &Sources<'_>, words: &Words, id: u32) -> Wording {
    sources.app.resources.string(id).map_or(Wording::default(), |string| {
        string.texts.iter().fold(Wording::default(), |all, (_, text)| all.and(words.of(text)))
    })
}

/// What the text or the id of a view says.
fn view_wording(sources: &Sources<'_>, words: &Words, view: u32) -> Wording {
    if view == 0 {
        return Wording::default();
    }
    let mut out = Wording::default();
    for text in sources.app.layouts.iter().flat_map(|layout| &layout.texts).filter(|text| text.view_id == view) {
        out = out.and(text_wording(sources, words, text));
    }
    out
}

pub(super) fn text_wording(sources: &Sources<'_>, words: &Words, text: &ViewText) -> Wording {
    match text.string_id {
        0 => words.of(&text.text),
        id => string_wording(sources, words, id),
    }
}
