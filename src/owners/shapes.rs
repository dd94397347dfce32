//! What a class shows whatever it is called: its texts, and what it uses of the platform.
//!
//! Renaming leaves both as they are, and shrinking takes away without adding. `signatures/shapes.tsv` lists
//! such features for the classes of products that can be had from package registries; a nameless class is
//! a product's when nearly all that is known of its features points there.

use std::collections::BTreeMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{FIRST_SDK, OwnerId, Owners, Reason, UNKNOWN};
use crate::code::{ClassId, Program, display_class};
use crate::formats::dex::RefKind;
use crate::knowledge::schema::{SHARED, ShapeRow, hash_bytes};
use crate::knowledge::{Framework, Knowledge};

/// Shorter texts are anybody's.
const TEXT_BYTES: usize = 4;
/// Texts from this length on weigh double: hardly anybody writes the same by chance.
const LONG_TEXT_BYTES: usize = 12;
/// A method that uses fewer members of the platform than this is anybody's.
const METHOD_MEMBERS: usize = 4;
/// A class with fewer fields than this is anybody's.
const CLASS_FIELDS: usize = 5;

/// Hash of one feature and how much it says.
pub type Feature = (u32, u8);

/// Reads features of classes.
#[derive(Debug)]
pub struct Shapes<'p> {
    program: &'p Program<'p>,
    /// Per DEX file, hashes of the platform's types: 0 for others.
    types: Vec<Vec<u32>>,
    /// Per DEX file, hashes of the platform's methods and fields, made when first needed.
    members: Vec<[Vec<AtomicU32>; 2]>,
}

/// Marks a member that is not the platform's.
const FOREIGN: u32 = 1;

impl<'p> Shapes<'p> {
    /// Prepares the tables of every DEX file.
    pub fn new(program: &'p Program<'p>, framework: &Framework) -> Self {
        let numbers = 0..program.dexes.len() as u32;
        let types = numbers.into_par_iter().map(|number| platform_types(program, framework, number)).collect();
        let empty = |count: usize| (0..count).map(|_| AtomicU32::new(0)).collect();
        let members =
            program.dexes.iter().map(|unit| [empty(unit.dex.method_count()), empty(unit.dex.field_count())]).collect();
        Self { program, types, members }
    }

    /// Features of a class, sorted and without repetitions.
    pub fn of(&self, class: ClassId) -> Vec<Feature> {
        let mut out = Vec::new();
        let mut used = Vec::new();
        for body in self.program.bodies_of(class) {
            let dex = self.program.dex_of(body);
            let Some(file) = self.program.dex(dex) else { continue };
            used.clear();
            for reference in self.program.references(body) {
                match reference.kind {
                    RefKind::String => {
                        let text = file.string_bytes(reference.index).unwrap_or_default();
                        if text.len() >= TEXT_BYTES {
                            out.push((hash(b't', &[text]), if text.len() >= LONG_TEXT_BYTES { 2 } else { 1 }));
                        }
                    }
                    RefKind::Invoke => used.extend(self.member(dex, 0, reference.index)),
                    RefKind::FieldGet | RefKind::FieldPut => used.extend(self.member(dex, 1, reference.index)),
                    _ => {}
                }
            }
            used.sort_unstable();
            used.dedup();
            if used.len() >= METHOD_MEMBERS {
                out.push((numbers(b'm', &used), 2));
            }
        }
        out.extend(self.fields(class).map(|hash| (hash, 2)));
        out.sort_unstable();
        out.dedup_by_key(|feature| feature.0);
        out
    }

    /// Hash of a method or field of the platform; of those that any code uses, nothing.
    fn member(&self, dex: u32, kind: usize, index: u32) -> Option<u32> {
        let slot = self.members.get(dex as usize)?.get(kind)?.get(index as usize)?;
        let known = match slot.load(Ordering::Relaxed) {
            0 => {
                let made = self.hash_member(dex, kind, index).unwrap_or(FOREIGN);
                slot.store(made, Ordering::Relaxed);
                made
            }
            known => known,
        };
        (known != FOREIGN).then_some(known)
    }

    fn hash_member(&self, dex: u32, kind: usize, index: u32) -> Option<u32> {
        let file = self.program.dex(dex)?;
        let (class, name) = if kind == 0 {
            let method = file.method(index)?;
            (method.class, method.name)
        } else {
            let field = file.field(index)?;
            (field.class, field.name)
        };
        if *self.types.get(dex as usize)?.get(class as usize)? == 0 {
            return None;
        }
        let class = file.type_bytes(class)?;
        // Joining texts and boxing comes and goes with the compiler.
        let language = class.strip_prefix(b"Ljava/lang/").is_some_and(|rest| !rest.contains(&b'/'));
        (!language).then_some(hash(b'p', &[class, file.string_bytes(name)?]).max(FOREIGN + 1))
    }

    /// Types of the instance fields with the superclass and interfaces, when there is enough to tell.
    fn fields(&self, class: ClassId) -> Option<u32> {
        let row = self.program.class(class)?;
        let file = self.program.dex(row.dex)?;
        let types = self.types.get(row.dex as usize)?;
        let data = file.class_data(&row.def);
        if data.instance_fields.len() < CLASS_FIELDS {
            return None;
        }
        let of = |index: u32| -> u32 {
            let name = file.type_bytes(index).unwrap_or_default();
            // Primitives and their arrays keep their names too.
            let primitive = !name.ends_with(b";");
            if primitive { hash(b'y', &[name]) } else { types.get(index as usize).copied().unwrap_or(0) }
        };
        let mut fields: Vec<u32> = data
            .instance_fields
            .iter()
            .filter_map(|field| file.field(field.field))
            .map(|field| of(field.kind))
            .collect();
        fields.sort_unstable();
        let mut kinds = fields.clone();
        kinds.dedup();
        if kinds.len() < 3 {
            return None;
        }
        let mut interfaces: Vec<u32> = file.type_list(row.def.interfaces).map(of).collect();
        interfaces.sort_unstable();
        fields.push(of(row.def.superclass));
        fields.extend(interfaces);
        Some(numbers(b'f', &fields))
    }
}

/// Hashes of the platform's types in the type table of a DEX file; 0 for others.
fn platform_types(program: &Program<'_>, framework: &Framework, number: u32) -> Vec<u32> {
    let Some(dex) = program.dex(number) else { return Vec::new() };
    let is_platform = |index: u32, name: &[u8]| {
        program.class_of_type(number, index).is_none()
            && std::str::from_utf8(name).is_ok_and(|name| framework.knows(&display_class(name.trim_start_matches('['))))
    };
    (0..dex.type_count() as u32)
        .map(|index| {
            let name = dex.type_bytes(index).unwrap_or_default();
            if is_platform(index, name) { hash(b'y', &[name]).max(1) } else { 0 }
        })
        .collect()
}

fn hash(tag: u8, parts: &[&[u8]]) -> u32 {
    let bytes = parts.iter().flat_map(|part| part.iter().copied().chain([0]));
    hash_bytes(std::iter::once(tag).chain(bytes))
}

fn numbers(tag: u8, parts: &[u32]) -> u32 {
    hash_bytes(std::iter::once(tag).chain(parts.iter().flat_map(|part| part.to_le_bytes())))
}

/// A class takes an owner when the known features weigh at least this much …
const WEIGHT: u32 = 3;
/// … and those of that owner are at least this part of all its features, in percent.
const PERCENT: u32 = 60;
/// Fewer classes than this with a product's features are chance, unless its name stands somewhere too.
const CLASSES: u32 = 4;
/// An SDK that processes personal information comes whole, as its vendor's rules for shrinkers ask: less than this
/// part of its features, in percent, is code that it has copied from elsewhere.
const WHOLE_PERCENT: usize = 3;

/// Gives nameless classes the owner whose features they show; returns which.
pub(super) fn attribute(knowledge: &Knowledge, program: &Program<'_>, owners: &Owners<'_>) -> Vec<(u32, OwnerId)> {
    let by_class = &owners.by_class;
    if !by_class.contains(&UNKNOWN) {
        return Vec::new();
    }
    let table = knowledge.shapes();
    let ids: FxHashMap<&str, OwnerId> =
        (FIRST_SDK..).zip(&owners.rows).map(|(index, (_, row))| (row.id.as_str(), OwnerId(index))).collect();
    let products: Vec<Option<OwnerId>> = table.products().map(|id| ids.get(id).copied()).collect();
    let shapes = Shapes::new(program, knowledge.framework());
    let nameless: Vec<u32> =
        (0u32..).zip(by_class).filter(|(_, owner)| **owner == UNKNOWN).map(|(class, _)| class).collect();
    let found: Vec<(u32, OwnerId)> = nameless
        .into_par_iter()
        .filter_map(|class| {
            let mut all = 0u32;
            let mut weights: Vec<(OwnerId, u32)> = Vec::new();
            for (hash, weight) in shapes.of(ClassId(class)) {
                let weight = u32::from(weight);
                match table.product(hash).map(|product| products.get(product).copied().flatten()) {
                    // Many have it.
                    Some(None) => continue,
                    Some(Some(owner)) => match weights.iter_mut().find(|(known, _)| *known == owner) {
                        Some((_, sum)) => *sum = sum.saturating_add(weight),
                        None => weights.push((owner, weight)),
                    },
                    None => {}
                }
                all = all.saturating_add(weight);
            }
            let (owner, best) = weights.iter().copied().max_by_key(|(_, weight)| *weight)?;
            // R8 merges classes of several products into one, which then is nobody's.
            let mixed = weights.iter().any(|(other, weight)| *other != owner && *weight >= WEIGHT);
            let enough = best >= WEIGHT && best.saturating_mul(100) >= all.saturating_mul(PERCENT);
            (enough && !mixed).then_some((class, owner))
        })
        .collect();
    let mut counts: FxHashMap<OwnerId, u32> = FxHashMap::default();
    for (_, owner) in &found {
        let slot = counts.entry(*owner).or_default();
        *slot = slot.saturating_add(1);
    }
    let is_whole = |owner: OwnerId| {
        let Some(product) = products.iter().position(|known| *known == Some(owner)) else { return true };
        let classes = found.iter().filter(|(_, known)| *known == owner);
        let features = classes.flat_map(|(class, _)| shapes.of(ClassId(*class))).map(|(hash, _)| hash);
        let own: FxHashSet<u32> = features.filter(|hash| table.product(*hash) == Some(product)).collect();
        own.len().saturating_mul(100) >= table.features_of(product).saturating_mul(WHOLE_PERCENT)
    };
    let named: FxHashSet<OwnerId> = by_class.iter().copied().collect();
    // What is named needs no more proof.
    counts.retain(|owner, count| {
        let collects = owners.row(*owner).is_some_and(|(_, row)| row.collects);
        !named.contains(owner) && *count >= CLASSES && (!collects || is_whole(*owner))
    });
    // Where the app names the older of two products that go on from one another, it is that one.
    let older: FxHashMap<OwnerId, OwnerId> = owners
        .rows
        .iter()
        .filter_map(|(_, row)| Some((*ids.get(row.id.as_str())?, *ids.get(row.succeeds.as_str())?)))
        .filter(|(newer, older)| named.contains(older) && !named.contains(newer))
        .collect();
    found
        .into_iter()
        .map(|(class, owner)| (class, older.get(&owner).copied().unwrap_or(owner)))
        .filter(|(_, owner)| named.contains(owner) || counts.contains_key(owner))
        .collect()
}

/// Makes the table of `signatures/shapes.tsv` out of packages whose classes still have their names.
#[derive(Debug, Default)]
pub struct Collector {
    /// The one product that has a feature, or nobody where several have it.
    by_feature: FxHashMap<u32, Option<String>>,
}

impl Collector {
    /// Takes up the features of the classes of one package.
    pub fn add(&mut self, program: &Program<'_>, owners: &Owners<'_>, framework: &Framework) {
        let shapes = Shapes::new(program, framework);
        for class in program.class_ids() {
            let owner = owners.of_class(class);
            // Only names are sure enough to learn from; the app's own say that a feature is no product's.
            if owners.reason(class) != Reason::Name {
                continue;
            }
            // What goes on under another name is one product here.
            let product = owners.row(owner).map(|(_, row)| {
                let newer = owners.rows.iter().find(|(_, other)| other.succeeds == row.id);
                newer.map_or(row, |(_, newer)| *newer).id.clone()
            });
            for (hash, _) in shapes.of(class) {
                match self.by_feature.entry(hash) {
                    Entry::Vacant(slot) => {
                        slot.insert(product.clone());
                    }
                    Entry::Occupied(mut slot) if *slot.get() != product => {
                        slot.insert(None);
                    }
                    Entry::Occupied(_) => {}
                }
            }
        }
    }

    /// Rows by product, those of nobody under [`SHARED`].
    pub fn rows(self) -> Vec<ShapeRow> {
        let mut rows: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for (hash, product) in self.by_feature {
            rows.entry(product.unwrap_or_else(|| SHARED.to_owned())).or_default().push(hash);
        }
        let sorted = |(product, mut features): (String, Vec<u32>)| {
            features.sort_unstable();
            ShapeRow { product, features }
        };
        rows.into_iter().map(sorted).collect()
    }
}
