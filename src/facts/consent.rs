//! Where the app asks for consent to its policy, what the answer is kept in, and what runs before it.

mod labels;

use std::collections::BTreeMap;

use regex::Regex;
use rustc_hash::{FxHashMap, FxHashSet};

use super::used::ACTIVITY;
use super::{Sources, call_evidence, site_evidence};
use crate::code::constants;
use crate::code::{
    Answered, Beginning, BodyId, Consent, EdgeKind, Fresh, Handler, Names, Phase, Phases, Step, Tables, World, dotted,
    outer,
};
use crate::evidence::{CallStep, Evidence, OwnerKind};
use crate::formats::dex::RefKind;
use crate::knowledge::Knowledge;
use crate::knowledge::schema::CallRole;
use labels::{asking, label_handlers, text_wording};

const ACCEPT: &str = "consent.accept";
const REJECT: &str = "consent.reject";
const POLICY: &str = "policy.link";
const CODE: &str = "consent.code";
/// How a handler that several views share asks which of them was tapped.
const VIEW_CLASS: &[u8] = b"Landroid/view/View;";
const VIEW_ID: &[u8] = b"getId";
/// Types of the fields in which a dialog's builder keeps labels and listeners of buttons.
const TEXT: &[u8] = b"Ljava/lang/CharSequence;";
const DIALOG_LISTENER: &[u8] = b"Landroid/content/DialogInterface$OnClickListener;";
/// A label on a button is short.
const LABEL_CHARS: usize = 16;
/// Texts kept of one class.
const MAX_TEXTS: usize = 4;

/// What one text says about consent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Wording {
    accepts: bool,
    rejects: bool,
    names_policy: bool,
}

impl Wording {
    fn is_any(self) -> bool {
        self.accepts || self.rejects || self.names_policy
    }

    fn and(self, other: Self) -> Self {
        Self {
            accepts: self.accepts || other.accepts,
            rejects: self.rejects || other.rejects,
            names_policy: self.names_policy || other.names_policy,
        }
    }
}

struct Words {
    accept: Vec<String>,
    reject: Vec<String>,
    policy: Vec<String>,
    accept_patterns: Vec<Regex>,
    code: Vec<String>,
}

impl Words {
    fn new(knowledge: &Knowledge) -> Self {
        let phrases = |id: &str| knowledge.term(id).map(super::ui::phrases).unwrap_or_default();
        let patterns = |id: &str| -> Vec<Regex> {
            knowledge.term(id).into_iter().flat_map(|row| &row.regex).filter_map(|text| Regex::new(text).ok()).collect()
        };
        Self {
            accept: phrases(ACCEPT),
            reject: phrases(REJECT),
            policy: phrases(POLICY),
            accept_patterns: patterns(ACCEPT),
            code: phrases(CODE),
        }
    }

    fn of(&self, text: &str) -> Wording {
        let text = text.trim().to_lowercase();
        let is_label = text.chars().count() <= LABEL_CHARS;
        let rejects = is_label && self.reject.iter().any(|phrase| text.contains(phrase.as_str()));
        let accepts = !rejects
            && (self
                .accept
                .iter()
                .any(|phrase| if phrase.is_ascii() { text == *phrase } else { text.contains(phrase.as_str()) })
                || self.accept_patterns.iter().any(|pattern| pattern.is_match(&text)));
        Wording { accepts, rejects, names_policy: self.policy.iter().any(|phrase| text.contains(phrase.as_str())) }
    }

    /// True for names in code that speak of the user's decision.
    fn is_decision(&self, name: &str) -> bool {
        let squashed: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        self.code.iter().any(|word| squashed.contains(word.as_str()))
    }
}

/// What a handler of the consent screen stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// The user agrees.
    Accept,
    /// The user refuses.
    Reject,
    /// Cannot be told from its label.
    Unclear,
}

impl Answer {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Unclear => "unclear",
        }
    }
}

/// A stored key that keeps the user's decision.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Preference key, file or field.
    pub key: String,
    /// A branch that it guards.
    pub guard: Evidence,
    /// Where a handler of the consent screen writes it.
    pub write: Evidence,
}

/// Consent as the code handles it.
#[derive(Debug, Default)]
pub struct ConsentFacts {
    /// Texts of the screen that asks.
    pub surfaces: Vec<Evidence>,
    /// Its handlers.
    pub handlers: Vec<(Answer, Evidence)>,
    /// Where a refusal ends the app or the screen.
    pub refusal_leaves: Vec<Evidence>,
    /// Outer classes of the screens that ask, dotted.
    pub screens: Vec<String>,
    /// Keys in which the decision is kept and that guard code.
    pub decisions: Vec<Decision>,
    /// The bound on work was met.
    pub is_exhausted: bool,
}

/// When one place in code can run.
#[derive(Debug, Clone, Default)]
pub struct Occurrence {
    /// Phases.
    pub phases: Vec<Phase>,
    /// Before or after consent.
    pub consent: Option<Consent>,
    /// A call path to it, innermost first: before consent where there is one.
    pub path: Vec<CallStep>,
    /// The methods of that path.
    pub steps: Vec<Step>,
    /// Phase in which that path begins.
    pub begins: Option<Phase>,
}

impl Occurrence {
    /// True when a fresh install reaches it before any decision.
    pub fn is_before_consent(&self) -> bool {
        self.consent == Some(Consent::Before)
    }
}

/// Answers when code runs.
#[derive(Debug)]
pub struct Times<'x, 'a> {
    phases: Phases<'x, 'a>,
    fresh: Fresh,
    answered: Answered,
    /// What is known of consent.
    pub consent: ConsentFacts,
}

impl<'x, 'a> Times<'x, 'a> {
    /// Walks the phases and finds the consent screen.
    pub fn new(sources: &Sources<'x>, world: &'x World<'x, 'a>, tables: &Tables<'_>) -> Self {
        let words = Words::new(sources.knowledge);
        let is_decision = |name: &str| words.is_decision(name);
        let names = Names { is_decision: &is_decision };
        let (phases, beginning) = rayon::join(|| Phases::new(world), || Beginning::new(world, &names));
        let mut consent = ConsentFacts::default();
        let screens = find_screens(sources, &phases, tables, &words, &mut consent);
        let handlers = label_handlers(sources, &phases, tables, &words, &screens);
        let refusals: Vec<Handler> =
            handlers.iter().filter(|(answer, _)| *answer == Answer::Reject).map(|(_, handler)| *handler).collect();
        let others: Vec<Handler> =
            handlers.iter().filter(|(answer, _)| *answer != Answer::Reject).map(|(_, handler)| *handler).collect();
        let fresh = beginning.refused(&refusals);
        // Without a screen, any handler may be where the user decides, if anything is named so.
        let guarded = fresh.guards.iter().any(|guard| !others.is_empty() || words.is_decision(&guard.key.name));
        let from = if others.is_empty() { &phases.handlers } else { &others };
        let answered = if guarded { beginning.answered(&phases, from) } else { Answered::default() };
        let by_name: FxHashMap<&str, BodyId> =
            answered.writes.iter().map(|(key, body)| (key.name.as_str(), *body)).collect();
        let mut decisions: BTreeMap<String, Decision> = BTreeMap::new();
        for guard in &fresh.guards {
            let Some(writer) = by_name.get(guard.key.name.as_str()) else { continue };
            if others.is_empty() && !words.is_decision(&guard.key.name) {
                continue;
            }
            // What a class is made with is nobody's decision.
            if sources.program.body_name(*writer).is_some_and(|name| name.name == "<clinit>") {
                continue;
            }
            decisions.entry(guard.key.name.clone()).or_insert_with(|| Decision {
                key: guard.key.name.clone(),
                guard: site_evidence(sources, guard.body, guard.unit, &guard.key.name),
                write: site_evidence(sources, *writer, 0, &guard.key.name),
            });
        }
        let shared = shared_handlers(sources, tables, &words, &handlers);
        consent.refusal_leaves = leaving(sources, &phases, tables, &refusals, &shared, &screens);
        consent.screens = screens.iter().map(|name| dotted(name)).collect();
        consent.screens.sort();
        consent.decisions = decisions.into_values().collect();
        consent.is_exhausted = fresh.is_exhausted;
        consent.handlers = handlers
            .iter()
            .map(|(answer, handler)| (*answer, site_evidence(sources, handler.target, 0, answer.as_str())))
            .chain(shared.iter().filter_map(|part| {
                let unit = part.units.first()?;
                Some((Answer::Reject, site_evidence(sources, part.handler.target, *unit, Answer::Reject.as_str())))
            }))
            .collect();
        Self { phases, fresh, answered, consent }
    }

    /// When a place can run.
    pub fn of(&self, sources: &Sources<'_>, body: BodyId, unit: u32) -> Occurrence {
        let program = sources.program;
        let phases = self.phases.phases_of(body);
        let early = phases.iter().any(|phase| matches!(phase, Phase::Startup | Phase::Launch));
        let consent = if self.fresh.surely_reaches(program, body, unit) {
            Consent::Before
        } else if self.fresh.reaches(program, body, unit) {
            Consent::Unknown
        } else {
            let asks = !self.consent.surfaces.is_empty();
            match early {
                // The answer is what makes the difference, not some other state of the app.
                true if !self.consent.decisions.is_empty() && self.answered.reaches(program, body, unit) => {
                    Consent::After
                }
                false if asks && phases.contains(&Phase::UserAction) => Consent::After,
                _ => Consent::Unknown,
            }
        };
        Occurrence { phases, consent: Some(consent), path: Vec::new(), steps: Vec::new(), begins: None }
    }

    /// Adds a call path to what is known of a place: one before consent where there is one.
    pub fn trace(&self, sources: &Sources<'_>, body: BodyId, unit: u32, when: &mut Occurrence) {
        when.steps = if self.fresh.reaches(sources.program, body, unit) {
            self.fresh.path(sources.program, body, unit)
        } else {
            when.phases.first().map(|phase| self.phases.path(*phase, body, unit)).unwrap_or_default()
        };
        when.begins = when.steps.last().and_then(|step| self.phases.phases_of(step.body).first().copied());
        // What a screen does that the process opens, it does not do as the process starts.
        if when.begins == Some(Phase::Startup) && when.steps.iter().any(|step| opens_screen(sources, step)) {
            when.begins = Some(Phase::Launch);
        }
        when.path = when.steps.iter().map(|step| call_step(sources, step)).collect();
    }

    /// The walks.
    pub fn phases(&self) -> &Phases<'x, 'a> {
        &self.phases
    }

    /// What a fresh install reaches.
    pub fn fresh(&self) -> &Fresh {
        &self.fresh
    }
}

/// True for a step into a screen that code opens.
fn opens_screen(sources: &Sources<'_>, step: &Step) -> bool {
    let program = sources.program;
    let is_screen = |class| program.inherits(program.descriptor(class), ACTIVITY, sources.knowledge.framework());
    step.kind == EdgeKind::Component && program.body(step.body).is_some_and(|row| is_screen(row.class))
}

/// What a handler that several views share does for one of them.
struct Part {
    handler: Handler,
    /// Code units that are met for that view alone, ascending; never empty.
    units: Vec<u32>,
}

/// Refusals in handlers that ask which view was tapped.
fn shared_handlers(
    sources: &Sources<'_>,
    tables: &Tables<'_>,
    words: &Words,
    handlers: &[(Answer, Handler)],
) -> Vec<Part> {
    let program = sources.program;
    let mut refusing: Vec<u32> = Vec::new();
    for text in sources.app.layouts.iter().flat_map(|layout| &layout.texts) {
        if text.view_id != 0 && !refusing.contains(&text.view_id) && text_wording(sources, words, text).rejects {
            refusing.push(text.view_id);
        }
    }
    let mut out: Vec<Part> = Vec::new();
    for (_, handler) in handlers.iter().filter(|(answer, _)| *answer == Answer::Unclear) {
        let Some((target, asked)) = asking(sources, tables, handler.target) else { continue };
        let met = |id: i64| constants::reached_when(program, target, asked.clone(), id);
        // Nobody's view.
        let common = met(0);
        for view in &refusing {
            let mut units: Vec<u32> = met(i64::from(*view)).into_iter().filter(|unit| !common.contains(unit)).collect();
            units.sort_unstable();
            let is_known = |part: &Part| part.handler.target == target && part.units == units;
            if !units.is_empty() && !out.iter().any(is_known) {
                out.push(Part { handler: Handler { target, ..*handler }, units });
            }
        }
    }
    out
}

/// Calls that end the app or its screen, from handlers that refuse.
fn leaving(
    sources: &Sources<'_>,
    phases: &Phases<'_, '_>,
    tables: &Tables<'_>,
    refusals: &[Handler],
    shared: &[Part],
    screens: &FxHashSet<&[u8]>,
) -> Vec<Evidence> {
    let program = sources.program;
    let mut from: Vec<BodyId> = refusals.iter().map(|handler| handler.target).collect();
    let mut out = Vec::new();
    let mut look = |body: BodyId, within: Option<&[u32]>| {
        let calls = tables.roles().calls(program, body, CallRole::LeavesApp);
        let calls = calls.filter(|call| within.is_none_or(|units| units.binary_search(&call.unit).is_ok()));
        out.extend(calls.map(|call| call_evidence(sources, body, call.unit, call.index)));
    };
    for part in shared {
        look(part.handler.target, Some(&part.units));
        let dex = program.dex_of(part.handler.target);
        let calls = program.references(part.handler.target).filter(|reference| reference.kind == RefKind::Invoke);
        let calls = calls.filter(|call| part.units.binary_search(&call.unit).is_ok());
        from.extend(calls.flat_map(|call| tables.implementations(program, dex, call.index)));
    }
    if from.is_empty() {
        return out;
    }
    // What shows the screen also makes the objects to which it tells the answer.
    let makes = |body: &BodyId| {
        let file = program.dex(program.dex_of(*body));
        program.references(*body).filter(|reference| reference.kind == RefKind::New).any(|reference| {
            let made = file.and_then(|file| file.type_bytes(reference.index));
            made.is_some_and(|name| screens.contains(outer(name)))
        })
    };
    let mut before: Vec<BodyId> = early(phases).into_iter().filter(makes).collect();
    before.extend(refusals.iter().chain(shared.iter().map(|part| &part.handler)).map(|handler| handler.by));
    before.sort_unstable();
    before.dedup();
    for body in phases.closure_after(&before, &from) {
        if !sources.is_third_party(body) {
            look(body, None);
        }
    }
    out
}

/// By class: plain code of others.
pub fn plain_libraries(sources: &Sources<'_>) -> Vec<bool> {
    sources
        .program
        .class_ids()
        .map(|class| sources.owners.kind(sources.owners.of_class(class)) == OwnerKind::Library)
        .collect()
}

/// A step in the form in which stores print stacks: `com.example.A.b(A.java:7)`.
pub fn call_step(sources: &Sources<'_>, step: &Step) -> CallStep {
    let program = sources.program;
    let name = program.body_name(step.body);
    let file = program.body(step.body).and_then(|row| program.source_file(row.class));
    let line = program.line(step.body, step.unit);
    let source = match (file, line) {
        (Some(file), Some(line)) => format!("{file}:{line}"),
        (Some(file), None) => format!("{file}+{}", step.unit),
        (None, Some(line)) => format!("SourceFile:{line}"),
        (None, None) => format!("SourceFile+{}", step.unit),
    };
    let (class, method) = name.map(|name| (name.class, name.name)).unwrap_or_default();
    CallStep { frame: format!("{class}.{method}({source})"), via: step.kind.as_str() }
}

/// Bodies that run before the user does anything, ascending.
fn early(phases: &Phases<'_, '_>) -> Vec<BodyId> {
    let mut out: Vec<BodyId> =
        [Phase::Startup, Phase::Launch].into_iter().flat_map(|phase| phases.bodies(phase)).collect();
    out.sort_unstable();
    out.dedup();
    out
}

/// Classes whose early code shows both the policy and a way to agree.
fn find_screens<'x>(
    sources: &Sources<'x>,
    phases: &Phases<'_, '_>,
    tables: &Tables<'_>,
    words: &Words,
    consent: &mut ConsentFacts,
) -> FxHashSet<&'x [u8]> {
    let program = sources.program;
    let resources = &sources.app.resources;
    let mut by_id: FxHashMap<u32, Wording> = FxHashMap::default();
    for string in &resources.strings {
        let wording = string.texts.iter().fold(Wording::default(), |all, (_, text)| all.and(words.of(text)));
        if wording.is_any() {
            by_id.insert(string.id, wording);
        }
    }
    for layout in sources.app.layouts.iter().filter(|layout| layout.id != 0) {
        let wording = layout.texts.iter().fold(Wording::default(), |all, text| {
            all.and(match text.string_id {
                0 => words.of(&text.text),
                id => by_id.get(&id).copied().unwrap_or_default(),
            })
        });
        if wording.is_any() {
            by_id.insert(layout.id, wording);
        }
    }
    let mut early = early(phases);
    early.retain(|body| !sources.is_third_party(*body));
    let mut told: BTreeMap<BodyId, (Wording, Vec<Evidence>)> = BTreeMap::new();
    for body in &early {
        let dex = program.dex_of(*body);
        for reference in program.references(*body) {
            let (wording, text) = match reference.kind {
                RefKind::Resource => {
                    let id = reference.resource();
                    let Some(wording) = by_id.get(&id).copied() else { continue };
                    let text = resources.string(id).map(|string| string.text("zh").to_owned());
                    (wording, text.unwrap_or_else(|| format!("{id:#010x}")))
                }
                RefKind::String => {
                    let Some(text) = program.dex(dex).and_then(|file| file.string(reference.index)) else { continue };
                    if text.is_ascii() && !text.contains(' ') {
                        continue;
                    }
                    (words.of(&text), text.into_owned())
                }
                _ => continue,
            };
            if wording.is_any() {
                let slot = told.entry(*body).or_default();
                slot.0 = slot.0.and(wording);
                if slot.1.len() < MAX_TEXTS {
                    let short: String = text.chars().take(60).collect();
                    slot.1.push(site_evidence(sources, *body, reference.unit, &short));
                }
            }
        }
    }
    // Texts may come out of a method of another class: a screen says what the methods say that it calls.
    let mut groups: BTreeMap<&'x [u8], (Wording, Vec<Evidence>)> = BTreeMap::new();
    // Most methods are called from many places.
    let mut callees: FxHashMap<(u32, u32), Option<BodyId>> = FxHashMap::default();
    for body in if told.is_empty() { &[] } else { early.as_slice() } {
        let Some(row) = program.body(*body) else { continue };
        let name = outer(program.descriptor(row.class));
        let dex = program.dex_of(*body);
        let calls = program.references(*body).filter(|reference| reference.kind == RefKind::Invoke);
        let called = calls.filter_map(|call| {
            let callee = || tables.callee(program, dex, call.index).filter(|body| told.contains_key(body));
            *callees.entry((dex, call.index)).or_insert_with(callee)
        });
        for (wording, places) in std::iter::once(*body).chain(called).filter_map(|body| told.get(&body)) {
            let slot = groups.entry(name).or_default();
            slot.0 = slot.0.and(*wording);
            slot.1.extend(places.iter().cloned());
            slot.1.truncate(MAX_TEXTS);
        }
    }
    let mut out = FxHashSet::default();
    for (name, (wording, places)) in groups {
        if wording.names_policy && wording.accepts {
            out.insert(name);
            for place in places {
                if !consent.surfaces.contains(&place) {
                    consent.surfaces.push(place);
                }
            }
        }
    }
    out
}
