//! Pages for ending the account whose taps do nothing.
//!
//! A page is idle when everything that its taps run, handlers that they set and tasks that they leave included, only
//! shows, computes or waits. What the walk cannot follow may do anything: then the page is not idle.

use rustc_hash::FxHashSet;

use super::consent::Times;
use super::screen::{Screen, Screens, Shown};
use super::ui::{LABEL_CHARS, Lexicon, Term};
use super::{Sources, body_evidence};
use crate::code::constants;
use crate::code::{BodyId, ClassId, Tables, Taps, display_class};
use crate::evidence::Evidence;
use crate::formats::dex::{RefKind, Reference, access, opcode};
use crate::knowledge::schema::{CallRole, DisplayRow};

/// Whom to turn to instead.
const CONTACT_TERM: &str = "account.delete.contact";
/// Most handlers shown of a page.
const MAX_HANDLERS: usize = 4;
/// Longest chain of superclasses that is followed.
const MAX_DEPTH: usize = 32;
/// What it calls back is harmless.
const OBJECT: &str = "java.lang.Object";
/// Package of web pages within the app.
const PAGES: &str = "android.webkit.";
/// `invoke-super` and its form with a range of registers.
const SUPER_CALLS: [u8; 2] = [opcode::INVOKE_SUPER, 0x75];
/// `sput` and its kinds.
const STATIC_PUTS: std::ops::RangeInclusive<u8> = 0x67..=0x6d;

/// A page for ending the account on which nothing can be done.
#[derive(Debug, Clone)]
pub struct IdlePage {
    /// Dotted class of the screen.
    pub screen: String,
    /// The text that shows what it is for.
    pub text: Evidence,
    /// Methods that its taps run.
    pub handlers: Vec<Evidence>,
}

/// The pages on which the way to end the account comes to its end, when none of them does anything; empty when one
/// does, or may.
pub fn collect(
    sources: &Sources<'_>,
    lexicon: &Lexicon,
    screens: &Screens,
    times: &Times<'_, '_>,
    tables: &Tables<'_>,
) -> Vec<IdlePage> {
    let is_label = |shown: &&Shown| shown.text.chars().count() <= LABEL_CHARS;
    let label = |screen: &Screen| {
        let found = screen.texts.iter().filter(is_label).find(|shown| lexicon.ends_account(&shown.text));
        found.map(|shown| shown.evidence.clone())
    };
    let labels: Vec<Option<Evidence>> = screens.all.iter().map(label).collect();
    let is_page = |at: usize| labels.get(at).is_some_and(Option::is_some);
    let contact = Term::new(sources.knowledge, CONTACT_TERM);
    let mut out = Vec::new();
    for (at, (screen, text)) in screens.all.iter().zip(&labels).enumerate() {
        let Some(text) = text else { continue };
        // What leads on to another such page is the way there.
        if screen.leads_to.iter().any(|lead| lead.to != at && is_page(lead.to)) {
            continue;
        }
        // Who is told whom to write to or to call can have the account deleted.
        if screen.texts.iter().any(|shown| contact.is_in(&shown.text)) {
            return Vec::new();
        }
        let Some(class) = sources.program.find_dotted(&screen.class) else { return Vec::new() };
        let Some(handlers) = idle(sources, times, tables, class) else { return Vec::new() };
        out.push(IdlePage { screen: screen.class.clone(), text: text.clone(), handlers });
    }
    out
}

/// Methods that the taps of a screen run, when there are some and all do nothing.
fn idle(sources: &Sources<'_>, times: &Times<'_, '_>, tables: &Tables<'_>, screen: ClassId) -> Option<Vec<Evidence>> {
    let program = sources.program;
    let Taps { shown, handlers, reached } = times.phases().taps(screen);
    let handlers: Vec<BodyId> = handlers.into_iter().filter(|body| !sources.is_third_party(*body)).collect();
    if handlers.is_empty() {
        return None;
    }
    let walk = Walk { sources, tables, reached: reached.iter().copied().collect() };
    let any = |bodies: &[BodyId], does: &dyn Fn(BodyId, Reference) -> bool| {
        let mut own = bodies.iter().filter(|body| !sources.is_third_party(**body));
        own.any(|body| program.references(*body).any(|reference| does(*body, reference)))
    };
    if any(&shown, &|body, reference| walk.may_hear(body, reference))
        || any(&reached, &|body, reference| walk.acts(body, reference))
    {
        return None;
    }
    Some(handlers.into_iter().take(MAX_HANDLERS).map(|body| body_evidence(sources, body, "")).collect())
}

struct Walk<'w, 'k> {
    sources: &'w Sources<'k>,
    tables: &'w Tables<'k>,
    reached: FxHashSet<BodyId>,
}

impl Walk<'_, '_> {
    /// True for what may do more than show, compute or wait.
    fn acts(&self, body: BodyId, reference: Reference) -> bool {
        match reference.kind {
            RefKind::Invoke => self.calls_out(body, reference.index),
            RefKind::FieldPut => self.keeps(body, reference),
            RefKind::Custom | RefKind::Handle => true,
            _ => false,
        }
    }

    /// True for writing a static field of another class: what others see.
    fn keeps(&self, body: BodyId, reference: Reference) -> bool {
        let program = self.sources.program;
        let dex = program.dex_of(body);
        let field = program.dex(dex).and_then(|file| file.field(reference.index));
        let of_own =
            field.and_then(|field| program.class_of_type(dex, field.class)) == program.body(body).map(|row| row.class);
        STATIC_PUTS.contains(&self.op(body, reference.unit)) && !of_own
    }

    /// True for calls by which others may come to hear taps: libraries that bind or draw screens, reflection, pages.
    fn may_hear(&self, body: BodyId, reference: Reference) -> bool {
        let (program, owners) = (self.sources.program, self.sources.owners);
        if reference.kind != RefKind::Invoke {
            return false;
        }
        let dex = program.dex_of(body);
        match self.tables.roles().of(dex, reference.index).map(|row| row.role) {
            Some(CallRole::NewInstance) => return true,
            Some(CallRole::ClassByName) => return self.names_own_class(body, reference.unit),
            // The screen's own parents do what screens do.
            _ if SUPER_CALLS.contains(&self.op(body, reference.unit)) => return false,
            _ => {}
        }
        let Some(name) = program.method_name(dex, reference.index) else { return true };
        let is_others = owners.is_third_party(owners.of_name(&name.class));
        (is_others || name.class.starts_with(PAGES)) && !self.only_shows(&name.class, &name.name)
    }

    /// True unless the class that is looked up is known not to be one of the package.
    fn names_own_class(&self, body: BodyId, unit: u32) -> bool {
        let program = self.sources.program;
        let call = constants::call(program, body, unit);
        let name = call.as_ref().and_then(|call| call.parameter(0)?.text());
        name.is_none_or(|name| program.find_dotted(name).is_some())
    }

    fn op(&self, body: BodyId, unit: u32) -> u8 {
        self.sources.program.code(body).map_or(0, |code| code.opcode(unit))
    }

    fn calls_out(&self, body: BodyId, index: u32) -> bool {
        let (program, owners) = (self.sources.program, self.sources.owners);
        let dex = program.dex_of(body);
        let Some(name) = program.method_name(dex, index) else { return true };
        let targets = self.tables.implementations(program, dex, index);
        let own: Vec<&BodyId> = targets.iter().filter(|target| !self.sources.is_third_party(**target)).collect();
        if !own.is_empty() {
            // Somebody else's object, when none that is made here has the method.
            return !own.iter().any(|target| self.reached.contains(*target));
        }
        // The first class above that is not the app's own.
        let mut class = name.class.clone();
        for _ in 0..MAX_DEPTH {
            let Some(id) = program.find_dotted(&class) else { break };
            if owners.is_third_party(owners.of_class(id)) {
                break;
            }
            let is_interface = program.class(id).is_none_or(|row| row.def.access & access::INTERFACE != 0);
            // Abstract or native: the code is elsewhere.
            if is_interface || program.methods(id).iter().any(|method| self.is_named(id, method.method, &name.name)) {
                return true;
            }
            let Some(above) = program.superclass(id) else { return true };
            class = display_class(&String::from_utf8_lossy(above));
        }
        // Whose object a listener is, is not known here.
        let listened = self.sources.knowledge.framework().callbacks(&class);
        class != OBJECT && listened.iter().any(|(method, _)| *method == name.name)
            || !self.only_shows(&class, &name.name)
    }

    fn is_named(&self, class: ClassId, method: u32, name: &str) -> bool {
        let program = self.sources.program;
        let dex = program.class(class).map_or(0, |row| row.dex);
        program.method_name(dex, method).is_some_and(|known| known.name == name)
    }

    /// True for methods of others that [`DisplayRow`]s list, by the row that says most of the class.
    fn only_shows(&self, class: &str, method: &str) -> bool {
        let rows = self.sources.knowledge.display().iter().filter(|row| row.names(class));
        rows.max_by_key(|row| row.name.len()).is_some_and(|row: &DisplayRow| row.holds_of(class, method))
    }
}
