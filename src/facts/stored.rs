//! What the app's own code keeps on the device: values under constant keys, and columns of databases.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Sources, site_evidence, table_columns};
use crate::code::constants::{self, Constant};
use crate::code::{BodyId, Tables, parameter_types};
use crate::evidence::{Evidence, OwnerKind};
use crate::formats::dex::RefKind;
use crate::knowledge::schema::CallRole;

/// Most facts kept of each kind.
const MAX_FACTS: usize = 10_000;
/// How often a helper may hand its key on to another.
const MAX_WRAPPERS: u32 = 2;

/// A key of a preference, or a column, with the place that stores, reads or makes it.
#[derive(Debug, Clone)]
pub struct KeyFact {
    /// The key or the name of the column.
    pub key: String,
    /// The place.
    pub evidence: Evidence,
}

/// What own code keeps.
#[derive(Debug, Clone, Default)]
pub struct Stored {
    /// Texts that are stored.
    pub texts: Vec<KeyFact>,
    /// Switches that are on unless the user has turned them off.
    pub on_by_default: Vec<KeyFact>,
    /// Columns for texts of the tables that it makes.
    pub columns: Vec<KeyFact>,
    /// Stores of the app may be encrypted.
    pub may_be_encrypted: bool,
}

/// A call that stores or reads, and which of its arguments are key and value.
struct Place {
    body: BodyId,
    unit: u32,
    method: u32,
    key: u32,
    value: u32,
    stores: bool,
    wrapped: u32,
}

/// Types of a value that may be a text.
const TEXT_TYPES: [&[u8]; 2] = [b"Ljava/lang/String;", b"Ljava/lang/Object;"];

/// Looks through all code that is the app's own.
pub fn collect(sources: &Sources<'_>, tables: &Tables<'_>) -> Stored {
    let program = sources.program;
    let mut encrypted = sources.knowledge.calls().iter().filter(|row| row.role == CallRole::EncryptedStore);
    let may_be_encrypted = encrypted.any(|row| program.find_dotted(&row.class).is_some());
    let mut out = Stored { may_be_encrypted, ..Stored::default() };
    let mut places = direct(sources, tables, &mut out);
    let mut seen: FxHashSet<(BodyId, u32)> = FxHashSet::default();
    for _ in 0..=MAX_WRAPPERS {
        places.retain(|place| seen.insert((place.body, place.unit)));
        let mut wrappers: FxHashMap<BodyId, (u32, u32, bool, u32)> = FxHashMap::default();
        let mut by_body: FxHashMap<BodyId, Vec<u32>> = FxHashMap::default();
        for place in &places {
            by_body.entry(place.body).or_default().push(place.unit);
        }
        let mut calls: FxHashMap<(BodyId, u32), Vec<Constant>> = FxHashMap::default();
        for (body, mut units) in by_body {
            units.sort_unstable();
            for call in constants::calls(program, body, &units) {
                calls.insert((body, call.unit), call.parameters().to_vec());
            }
        }
        for place in std::mem::take(&mut places) {
            let Some(arguments) = calls.get(&(place.body, place.unit)) else { continue };
            let (key, value) = (arguments.get(place.key as usize), arguments.get(place.value as usize));
            match key {
                Some(Constant::Text(key)) => out.take(sources, &place, key, value),
                Some(Constant::Parameter(key)) if place.wrapped < MAX_WRAPPERS => {
                    let Some(Constant::Parameter(value)) = value else { continue };
                    // Parameters count the receiver, arguments of calls here do not.
                    let receiver = u16::from(parameter_types(program, place.body).first().is_some_and(Option::is_none));
                    let (Some(key), Some(value)) = (key.checked_sub(receiver), value.checked_sub(receiver)) else {
                        continue;
                    };
                    wrappers.insert(place.body, (key.into(), value.into(), place.stores, place.wrapped + 1));
                }
                _ => {}
            }
        }
        if wrappers.is_empty() {
            break;
        }
        places = tables
            .calls_of(program, wrappers.keys().copied())
            .into_iter()
            .filter(|call| is_own(sources, call.body))
            .filter_map(|call| {
                let (key, value, stores, wrapped) = *wrappers.get(&call.target)?;
                Some(Place { body: call.body, unit: call.unit, method: call.index, key, value, stores, wrapped })
            })
            .collect();
    }
    out
}

fn is_own(sources: &Sources<'_>, body: BodyId) -> bool {
    sources.owners.kind(sources.owner_of(body)) == OwnerKind::App
}

/// Calls of the stores themselves, in program order.
fn direct(sources: &Sources<'_>, tables: &Tables<'_>, stored: &mut Stored) -> Vec<Place> {
    let program = sources.program;
    let mut out = Vec::new();
    for class in program.class_ids() {
        if sources.owners.kind(sources.owners.of_class(class)) != OwnerKind::App {
            continue;
        }
        for body in program.bodies_of(class) {
            if stored.columns.len() < MAX_FACTS {
                stored.columns.extend(table_columns::of_body(sources, body));
            }
            let dex = program.dex_of(body);
            for reference in program.references(body).filter(|reference| reference.kind == RefKind::Invoke) {
                let Some(row) = tables.roles().of(dex, reference.index) else { continue };
                let stores = match row.role {
                    CallRole::WriteFlag => true,
                    CallRole::ReadFlag => false,
                    _ => continue,
                };
                let (Some(key), Some(value)) = (row.key, row.value) else { continue };
                let (unit, method) = (reference.unit, reference.index);
                out.push(Place { body, unit, method, key, value, stores, wrapped: 0 });
            }
        }
    }
    out
}

impl Stored {
    fn take(&mut self, sources: &Sources<'_>, place: &Place, key: &str, value: Option<&Constant>) {
        let program = sources.program;
        let dex = program.dex_of(place.body);
        let Some(name) = program.method_name(dex, place.method) else { return };
        let evidence = || site_evidence(sources, place.body, place.unit, &format!("{}(\"{key}\")", name.dotted()));
        if !place.stores {
            let is_switch = name.descriptor.ends_with(")Z") && value == Some(&Constant::Int(1));
            if is_switch && self.on_by_default.len() < MAX_FACTS {
                self.on_by_default.push(KeyFact { key: key.to_owned(), evidence: evidence() });
            }
            return;
        }
        // A constant is no information about anybody: an emptied entry, a flag.
        let is_given = !matches!(value, Some(Constant::Text(_) | Constant::Int(_) | Constant::Class(_)));
        let proto = program.dex(dex).and_then(|dex| Some((dex, dex.method(place.method)?.proto)));
        let kind = proto.and_then(|(dex, proto)| dex.type_bytes(dex.parameters(proto).nth(place.value as usize)?));
        if is_given && kind.is_some_and(|kind| TEXT_TYPES.contains(&kind)) && self.texts.len() < MAX_FACTS {
            self.texts.push(KeyFact { key: key.to_owned(), evidence: evidence() });
        }
    }
}
