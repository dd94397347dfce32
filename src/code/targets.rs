//! Finds the places in code that refer to wanted methods, fields, strings and classes.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::hierarchy::Landing;
use super::program::{BodyId, Program};
use crate::formats::dex::{MethodId, RefKind};
use crate::knowledge::Framework;

/// A set of small integers.
#[derive(Debug, Clone, Default)]
pub struct Bits(Vec<u64>);

impl Bits {
    /// An empty set for values below `len`.
    pub fn new(len: usize) -> Self {
        Self(vec![0; len.div_ceil(64)])
    }

    /// Adds `index` when it is in range.
    pub fn insert(&mut self, index: u32) {
        if let Some(word) = self.0.get_mut((index / 64) as usize) {
            *word |= 1 << (index % 64);
        }
    }

    /// True when `index` was added.
    #[inline]
    pub fn contains(&self, index: u32) -> bool {
        self.0.get((index / 64) as usize).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }
}

/// A method of the platform (or of a library) to look for.
#[derive(Debug, Clone)]
pub struct MethodTarget {
    /// Dotted class that declares it.
    pub class: String,
    /// Method name; `*` = every method of the class.
    pub name: String,
    /// Exact descriptors; empty = all overloads.
    pub descriptors: Vec<String>,
    /// Calls through a subclass are meant otherwise and do not count.
    pub exact: bool,
    /// The caller's number for it.
    pub tag: u32,
}

/// Methods to look for, by name.
#[derive(Debug, Default)]
pub struct MethodTargets {
    by_name: FxHashMap<Vec<u8>, Vec<MethodTarget>>,
    by_class: FxHashMap<Vec<u8>, Vec<u32>>,
}

impl MethodTargets {
    /// Indexes `targets`.
    pub fn new(targets: impl IntoIterator<Item = MethodTarget>) -> Self {
        let mut out = Self::default();
        for target in targets {
            if target.name == "*" {
                let descriptor = format!("L{};", target.class.replace('.', "/")).into_bytes();
                out.by_class.entry(descriptor).or_default().push(target.tag);
            } else {
                out.by_name.entry(target.name.as_bytes().to_vec()).or_default().push(target);
            }
        }
        out
    }

    /// Tags by method index of file `dex`. A method of an app class counts for the platform method
    /// it inherits, unless an app class on the way overrides it (that override is a body of its own).
    pub fn resolve(&self, program: &Program<'_>, dex: u32, framework: &Framework) -> FxHashMap<u32, Vec<u32>> {
        let mut out = FxHashMap::default();
        let Some(file) = program.dex(dex) else { return out };
        let mut names: FxHashMap<u32, Option<&Vec<MethodTarget>>> = FxHashMap::default();
        let mut ancestors = FxHashMap::default();
        let whole_classes: Vec<Option<&Vec<u32>>> =
            (0..file.type_count() as u32).map(|index| self.by_class.get(file.type_bytes(index)?)).collect();
        for index in 0..file.method_count() as u32 {
            let Some(method) = file.method(index) else { continue };
            let candidates = *names
                .entry(method.name)
                .or_insert_with(|| file.string_bytes(method.name).and_then(|name| self.by_name.get(name)));
            let mut tags = candidates
                .map(|candidates| self.matching(program, dex, method, candidates, framework, &mut ancestors))
                .unwrap_or_default();
            if let Some(more) = whole_classes.get(method.class as usize).copied().flatten() {
                tags.extend(more);
            }
            if !tags.is_empty() {
                out.insert(index, tags);
            }
        }
        out
    }

    fn matching(
        &self,
        program: &Program<'_>,
        dex: u32,
        method: MethodId,
        candidates: &[MethodTarget],
        framework: &Framework,
        ancestors: &mut FxHashMap<u32, Option<String>>,
    ) -> Vec<u32> {
        let Some(file) = program.dex(dex) else { return Vec::new() };
        let (Some(class), Some(name)) = (file.type_bytes(method.class), file.string_bytes(method.name)) else {
            return Vec::new();
        };
        if class.first() != Some(&b'L') {
            return Vec::new();
        }
        let Some(descriptor) = file.proto_descriptor(method.proto) else { return Vec::new() };
        let wanted: Vec<&MethodTarget> = candidates
            .iter()
            .filter(|target| target.descriptors.is_empty() || target.descriptors.contains(&descriptor))
            .collect();
        if wanted.is_empty() {
            return Vec::new();
        }
        let dotted = super::display_class(&String::from_utf8_lossy(class));
        // The platform class at the end of the chain rules most candidates out before methods are looked at.
        let ancestor = match program.find(class) {
            Some(id) => ancestors
                .entry(method.class)
                .or_insert_with(|| program.platform_ancestor(id))
                .clone()
                .unwrap_or_default(),
            None => dotted.clone(),
        };
        let wanted: Vec<&MethodTarget> = wanted
            .into_iter()
            .filter(|target| {
                target.class == dotted
                    || !target.exact && (target.class == ancestor || framework.inherits(&ancestor, &target.class))
            })
            .collect();
        if wanted.is_empty() {
            return Vec::new();
        }
        match program.lands(class, name, &descriptor) {
            // SDK classes that are themselves targets are defined in the app.
            Landing::App(_) | Landing::Nowhere => {
                wanted.iter().filter(|target| target.class == dotted).map(|target| target.tag).collect()
            }
            Landing::Outside(outside) => wanted
                .iter()
                .filter(|target| {
                    target.class == outside || target.class == dotted || framework.inherits(&outside, &target.class)
                })
                .map(|target| target.tag)
                .collect(),
        }
    }
}

/// Indices to look for in one DEX file.
#[derive(Debug, Clone, Default)]
pub struct SiteTargets {
    /// Method indices.
    pub methods: Bits,
    /// Field indices, for reads.
    pub fields: Bits,
    /// String indices.
    pub strings: Bits,
    /// Type indices, for class constants and new instances.
    pub types: Bits,
}

/// A place in code that refers to something wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// Number of the DEX file.
    pub dex: u32,
    /// The method body.
    pub body: BodyId,
    /// Code units from the start of the method.
    pub unit: u32,
    /// What `index` refers to.
    pub kind: RefKind,
    /// Index into a table of the DEX file.
    pub index: u32,
}

impl Program<'_> {
    /// Every reference to one of `targets` (one per DEX file), in program order.
    pub fn sites(&self, targets: &[SiteTargets]) -> Vec<Site> {
        let found: Vec<Vec<Site>> = self
            .body_tasks()
            .map(|bodies| {
                let mut out = Vec::new();
                for body in bodies {
                    let dex = self.dex_of(body);
                    let Some(wanted) = targets.get(dex as usize) else { continue };
                    for reference in self.references(body) {
                        let hit = match reference.kind {
                            RefKind::Invoke => wanted.methods.contains(reference.index),
                            RefKind::FieldGet => wanted.fields.contains(reference.index),
                            RefKind::String => wanted.strings.contains(reference.index),
                            RefKind::Class | RefKind::New => wanted.types.contains(reference.index),
                            RefKind::FieldPut | RefKind::Custom | RefKind::Handle | RefKind::Resource => false,
                        };
                        if hit {
                            out.push(Site {
                                dex,
                                body,
                                unit: reference.unit,
                                kind: reference.kind,
                                index: reference.index,
                            });
                        }
                    }
                }
                out
            })
            .collect();
        found.concat()
    }
}
