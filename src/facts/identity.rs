//! Own code that takes pictures of identity documents: what it writes, and whose code it calls.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::screen::Screens;
use super::ui::Lexicon;
use super::{Sources, call_evidence};
use crate::code::{BodyId, Tables, dotted, outer};
use crate::evidence::{Evidence, OwnerKind};
use crate::formats::dex::RefKind;
use crate::knowledge::schema::CallRole;
use crate::owners::OwnerId;

/// Term whose patterns fit names of classes for identity documents.
const TERM: &str = "identity.class";
/// Surface whose texts stand on screens that ask for pictures of identity documents.
const SURFACE: &str = "identity_capture";
/// Most places kept of the calls to one product.
const MAX_PLACES: usize = 4;

/// A class that writes files and never deletes one.
#[derive(Debug, Clone)]
pub struct DocumentFile {
    /// The first call that writes.
    pub written: Evidence,
    /// The call that names a folder outside the app's own storage, where the class has one.
    pub shared: Option<Evidence>,
    /// The text that shows what the class is for, where its name does not.
    pub text: Option<Evidence>,
}

/// What is known of code for identity documents.
#[derive(Debug, Clone, Default)]
pub struct IdentityFacts {
    /// Outermost classes, dotted, with the text that shows what they are for, where their names do not.
    pub classes: BTreeMap<String, Option<Evidence>>,
    /// Files that are written and not deleted, one row a class.
    pub files: Vec<DocumentFile>,
    /// Calls into third-party products.
    pub calls: BTreeMap<OwnerId, Vec<Evidence>>,
}

/// What one class does.
#[derive(Default)]
struct Doings {
    written: Option<Evidence>,
    shared: Option<Evidence>,
    deletes: bool,
}

/// Looks through the app's own classes for identity documents.
pub fn collect(sources: &Sources<'_>, tables: &Tables<'_>, lexicon: &Lexicon, screens: &Screens) -> IdentityFacts {
    let program = sources.program;
    let names = sources.knowledge.matcher(TERM, |row| &row.regex);
    let asking: BTreeMap<&str, &Evidence> = screens
        .showing(|text| lexicon.surfaces_in(text).any(|surface| surface == SURFACE))
        .map(|(_, screen, shown)| (screen.class.as_str(), &shown.evidence))
        .collect();
    let mut out = IdentityFacts::default();
    let mut others: FxHashSet<&[u8]> = FxHashSet::default();
    let mut doings: BTreeMap<String, Doings> = BTreeMap::new();
    for class in program.class_ids() {
        let home = outer(program.descriptor(class));
        if others.contains(home) || sources.owners.kind(sources.owners.of_class(class)) != OwnerKind::App {
            continue;
        }
        let dotted = dotted(home);
        if !out.classes.contains_key(&dotted) {
            let by_name = names.is_match(dotted.rsplit('.').next().unwrap_or(&dotted));
            let text = asking.get(dotted.as_str()).map(|text| (*text).clone());
            if !by_name && text.is_none() {
                others.insert(home);
                continue;
            }
            out.classes.insert(dotted.clone(), text.filter(|_| !by_name));
        }
        let doing = doings.entry(dotted).or_default();
        for body in program.bodies_of(class) {
            read(sources, tables, body, doing, &mut out.calls);
        }
    }
    out.files = doings
        .into_iter()
        .filter(|(_, doing)| !doing.deletes)
        .filter_map(|(class, doing)| {
            let text = out.classes.get(&class).cloned().flatten();
            Some(DocumentFile { written: doing.written?, shared: doing.shared, text })
        })
        .collect();
    out
}

/// Adds what a body does.
fn read(
    sources: &Sources<'_>,
    tables: &Tables<'_>,
    body: BodyId,
    doing: &mut Doings,
    calls: &mut BTreeMap<OwnerId, Vec<Evidence>>,
) {
    let program = sources.program;
    let dex = program.dex_of(body);
    for call in program.references(body).filter(|reference| reference.kind == RefKind::Invoke) {
        let place = || call_evidence(sources, body, call.unit, call.index);
        match tables.roles().of(dex, call.index).map(|row| row.role) {
            Some(CallRole::WriteFile) => {
                doing.written.get_or_insert_with(place);
            }
            Some(CallRole::SharedFolder) => {
                doing.shared.get_or_insert_with(place);
            }
            Some(CallRole::DeleteFile) => doing.deletes = true,
            _ => {}
        }
        let callee = program.dex(dex).and_then(|file| program.class_of_type(dex, file.method(call.index)?.class));
        let owner = callee.map(|class| sources.owners.of_class(class));
        if let Some(owner) = owner.filter(|owner| sources.owners.kind(*owner) == OwnerKind::Sdk) {
            let known = calls.entry(owner).or_default();
            if known.len() < MAX_PLACES {
                known.push(place());
            }
        }
    }
}
