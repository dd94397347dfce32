//! Which method a call lands in: class tables, subtypes, and what the platform calls by itself.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use std::hash::Hasher;
use std::sync::OnceLock;

use super::class_fields::{OwnField, own_fields};
use super::program::{BodyId, ClassId, Program, display_class};
use crate::formats::dex::{RefKind, access};
use crate::knowledge::{Framework, When};

/// Longest chain of supertypes that is followed; longer ones are hostile.
const MAX_DEPTH: usize = 64;
/// Name and prototype of a method, hashed alike in every DEX file.
pub(super) type Selector = u64;

/// A call that names its target.
#[derive(Debug, Clone, Copy)]
pub struct CallOf {
    /// The calling method.
    pub body: BodyId,
    /// Where in it.
    pub unit: u32,
    /// Method index in the caller's DEX file.
    pub index: u32,
    /// What is called.
    pub target: BodyId,
}

/// Tables for resolving calls, built once per program.
#[derive(Debug)]
pub struct Dispatch {
    /// By DEX file and method index.
    selectors: Vec<Vec<Selector>>,
    /// Bodies of all classes, each class's range ascending by selector.
    methods: Vec<(Selector, u32)>,
    ranges: Vec<(u32, u32)>,
    superclass: Vec<u32>,
    /// Interfaces that the app defines, by class.
    interfaces: Vec<Vec<u32>>,
    /// Direct subtypes within the app.
    children: Vec<Vec<u32>>,
    /// What the platform calls on instances of a class, found on first use.
    callbacks: Vec<OnceLock<Vec<(u32, When)>>>,
    /// Calls with more possible targets than are followed, by declaring class: (class, selector).
    hubs: FxHashMap<u32, Vec<Selector>>,
    /// Fields that each class declares, found on first use.
    fields: Vec<OnceLock<Vec<OwnField>>>,
    /// String index of `<clinit>` and `<init>` in each DEX file.
    initialisers: Vec<[Option<u32>; 2]>,
    /// Bodies that a web page can call.
    page_methods: FxHashSet<u32>,
}

const NONE: u32 = u32::MAX;

fn hash(parts: &[&[u8]]) -> u64 {
    let mut hasher = FxHasher::default();
    for part in parts {
        hasher.write(part);
        hasher.write_u8(0xff);
    }
    hasher.finish()
}

impl Dispatch {
    /// Builds the tables. A virtual call with more than `max_targets` possible targets is a hub.
    /// Methods with one of the annotations `page` (dotted names) are for web pages.
    pub fn new(program: &Program<'_>, max_targets: usize, page: &[&str]) -> Self {
        let selectors: Vec<Vec<Selector>> = program
            .dexes
            .par_iter()
            .map(|unit| {
                let dex = &unit.dex;
                let protos: Vec<u64> = (0..dex.proto_count() as u32)
                    .map(|proto| {
                        let mut hasher = FxHasher::default();
                        let result = dex.return_type(proto).and_then(|index| dex.type_bytes(index));
                        for part in dex.parameters(proto).map(|index| dex.type_bytes(index)).chain([result]) {
                            hasher.write(part.unwrap_or_default());
                            hasher.write_u8(0xff);
                        }
                        hasher.finish()
                    })
                    .collect();
                (0..dex.method_count() as u32)
                    .map(|index| {
                        let Some(method) = dex.method(index) else { return 0 };
                        let name = dex.string_bytes(method.name).unwrap_or_default();
                        let proto = protos.get(method.proto as usize).copied().unwrap_or(0);
                        hash(&[name]) ^ proto.rotate_left(17)
                    })
                    .collect()
            })
            .collect();
        let classes: Vec<ClassId> = program.class_ids().collect();
        let per_class: Vec<Vec<(Selector, u32)>> = classes
            .par_iter()
            .map(|class| {
                let dex = program.class(*class).map_or(0, |class| class.dex) as usize;
                let mut out: Vec<(Selector, u32)> = program
                    .bodies_of(*class)
                    .filter_map(|id| {
                        let method = program.body(id)?.method as usize;
                        Some((*selectors.get(dex)?.get(method)?, program.body_number(id)))
                    })
                    .collect();
                out.sort_unstable();
                out
            })
            .collect();
        let mut methods = Vec::with_capacity(program.body_count());
        let mut ranges = Vec::with_capacity(classes.len());
        for own in per_class {
            let first = methods.len() as u32;
            methods.extend(own);
            ranges.push((first, methods.len() as u32));
        }
        let parents: Vec<(u32, Vec<u32>)> = classes
            .par_iter()
            .map(|class| {
                let superclass = program.superclass(*class).and_then(|name| program.find(name)).map_or(NONE, |id| id.0);
                let interfaces = program
                    .interfaces(*class)
                    .into_iter()
                    .filter_map(|name| program.find(name))
                    .filter(|id| id != class)
                    .map(|id| id.0)
                    .collect();
                (if superclass == class.0 { NONE } else { superclass }, interfaces)
            })
            .collect();
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); classes.len()];
        for (class, (superclass, interfaces)) in (0u32..).zip(&parents) {
            for parent in interfaces.iter().chain(Some(superclass)) {
                if let Some(list) = children.get_mut(*parent as usize) {
                    list.push(class);
                }
            }
        }
        let (superclass, interfaces) = parents.into_iter().unzip();
        let mut out = Self {
            selectors,
            methods,
            ranges,
            superclass,
            interfaces,
            children,
            callbacks: std::iter::repeat_with(OnceLock::new).take(classes.len()).collect(),
            hubs: FxHashMap::default(),
            fields: std::iter::repeat_with(OnceLock::new).take(classes.len()).collect(),
            initialisers: program
                .dexes
                .iter()
                .map(|unit| [unit.dex.find_string(b"<clinit>"), unit.dex.find_string(b"<init>")])
                .collect(),
            page_methods: annotated(program, page),
        };
        out.hubs = out.find_hubs(program, max_targets);
        out
    }

    /// Selector of method `index` of file `dex`.
    pub(super) fn selector(&self, dex: u32, index: u32) -> Selector {
        self.selectors.get(dex as usize).and_then(|table| table.get(index as usize)).copied().unwrap_or(0)
    }

    fn own_methods(&self, class: u32) -> &[(Selector, u32)] {
        let (first, last) = self.ranges.get(class as usize).copied().unwrap_or((0, 0));
        self.methods.get(first as usize..last as usize).unwrap_or_default()
    }

    pub(super) fn own_method(&self, class: u32, selector: Selector) -> Option<u32> {
        let own = self.own_methods(class);
        let at = own.partition_point(|(known, _)| *known < selector);
        own.get(at).filter(|(known, _)| *known == selector).map(|(_, body)| *body)
    }

    pub(super) fn superclass(&self, class: u32) -> Option<u32> {
        self.superclass.get(class as usize).copied().filter(|parent| *parent != NONE)
    }

    /// The body that a call on an instance of `class` runs, when the app defines it.
    pub(super) fn resolve(&self, class: u32, selector: Selector) -> Option<u32> {
        let mut at = Some(class);
        for _ in 0..MAX_DEPTH {
            let Some(current) = at else { break };
            if let Some(body) = self.own_method(current, selector) {
                return Some(body);
            }
            at = self.superclass(current);
        }
        // Default methods of interfaces.
        self.supertypes(class).into_iter().find_map(|parent| self.own_method(parent, selector))
    }

    /// `class` and all supertypes that the app defines.
    pub(super) fn supertypes(&self, class: u32) -> Vec<u32> {
        let mut out = vec![class];
        let mut at = 0;
        while let Some(current) = out.get(at).copied() {
            at += 1;
            let interfaces = self.interfaces.get(current as usize).map(Vec::as_slice).unwrap_or_default();
            for parent in self.superclass(current).iter().chain(interfaces) {
                if out.len() < 512 && !out.contains(parent) {
                    out.push(*parent);
                }
            }
        }
        out
    }

    /// `class` and all subtypes that the app defines, at most `limit`.
    pub(super) fn subtypes(&self, class: u32, limit: usize) -> Vec<u32> {
        let mut out = vec![class];
        let mut seen: rustc_hash::FxHashSet<u32> = out.iter().copied().collect();
        let mut at = 0;
        while let Some(current) = out.get(at).copied() {
            at += 1;
            for child in self.children.get(current as usize).map(Vec::as_slice).unwrap_or_default() {
                if out.len() < limit && seen.insert(*child) {
                    out.push(*child);
                }
            }
        }
        out
    }

    /// Bodies that a virtual call on `class` may run, at most `limit` + 1.
    pub(super) fn targets(&self, class: u32, selector: Selector, limit: usize) -> Vec<u32> {
        let mut out: Vec<u32> = Vec::new();
        let add = |body: Option<u32>, out: &mut Vec<u32>| {
            if let Some(body) = body
                && !out.contains(&body)
            {
                out.push(body);
            }
        };
        add(self.resolve(class, selector), &mut out);
        for child in self.subtypes(class, 4096) {
            add(self.own_method(child, selector), &mut out);
            if out.len() > limit {
                break;
            }
        }
        out
    }

    pub(super) fn is_hub(&self, class: u32, selector: Selector) -> bool {
        self.hubs.get(&class).is_some_and(|selectors| selectors.contains(&selector))
    }

    /// Selectors declared by `class` whose calls are not followed one by one.
    pub(super) fn hubs_of(&self, class: u32) -> &[Selector] {
        self.hubs.get(&class).map(Vec::as_slice).unwrap_or_default()
    }

    /// Number of calls that are summarised.
    pub fn hub_count(&self) -> usize {
        self.hubs.values().map(Vec::len).sum()
    }

    /// Virtual calls with more than `limit` possible targets.
    fn find_hubs(&self, program: &Program<'_>, limit: usize) -> FxHashMap<u32, Vec<Selector>> {
        // Only classes with many subtypes can have them.
        let wide: Vec<u32> = (0..self.children.len() as u32)
            .filter(|class| !self.children.get(*class as usize).is_none_or(Vec::is_empty))
            .filter(|class| self.subtypes(*class, limit.saturating_add(2)).len() > limit)
            .collect();
        if wide.is_empty() {
            return FxHashMap::default();
        }
        let wide_set: rustc_hash::FxHashSet<u32> = wide.iter().copied().collect();
        let called: rustc_hash::FxHashSet<(u32, Selector)> = program
            .dexes
            .par_iter()
            .enumerate()
            .flat_map_iter(|(number, unit)| {
                let number = number as u32;
                let wide_set = &wide_set;
                (0..unit.dex.method_count() as u32).filter_map(move |index| {
                    let method = unit.dex.method(index)?;
                    let class = program.class_of_type(number, method.class)?;
                    wide_set.contains(&class.0).then(|| (class.0, self.selector(number, index)))
                })
            })
            .collect();
        let found: Vec<(u32, Selector)> = called
            .into_par_iter()
            .filter(|(class, selector)| self.targets(*class, *selector, limit).len() > limit)
            .collect();
        let mut out: FxHashMap<u32, Vec<Selector>> = FxHashMap::default();
        for (class, selector) in found {
            out.entry(class).or_default().push(selector);
        }
        out.values_mut().for_each(|list| list.sort_unstable());
        out
    }

    /// Bodies that the platform, or a library by a published interface, calls on instances of
    /// `class`, inherited ones included.
    pub(super) fn callbacks(&self, program: &Program<'_>, framework: &Framework, class: u32) -> &[(u32, When)] {
        let Some(slot) = self.callbacks.get(class as usize) else { return &[] };
        slot.get_or_init(|| self.find_callbacks(program, framework, class))
    }

    fn find_callbacks(&self, program: &Program<'_>, framework: &Framework, class: u32) -> Vec<(u32, When)> {
        let supertypes = self.supertypes(class);
        // Names of everything above the class: the app's (libraries have published interfaces) and the platform's.
        let mut named: Vec<String> = Vec::new();
        let mut platform: Vec<String> = Vec::new();
        for current in &supertypes {
            let id = ClassId(*current);
            let parents = program.superclass(id).into_iter().chain(program.interfaces(id));
            for parent in parents.filter(|parent| *parent != b"Ljava/lang/Object;") {
                let name = display_class(&String::from_utf8_lossy(parent));
                if program.find(parent).is_some() {
                    named.push(name);
                } else if !platform.contains(&name) {
                    platform.push(name);
                }
            }
        }
        let mut at = 0;
        while let Some(name) = platform.get(at).cloned() {
            at += 1;
            for parent in framework.parents(&name).filter(|parent| *parent != "java.lang.Object") {
                if platform.len() < 256 && !platform.iter().any(|known| known == parent) {
                    platform.push(parent.to_owned());
                }
            }
        }
        let rows: Vec<&(&str, When)> =
            platform.iter().chain(&named).flat_map(|name| framework.callbacks(name)).collect();
        let mut of_page: Vec<(u32, When)> = Vec::new();
        if !self.page_methods.is_empty() {
            let bodies = supertypes.iter().flat_map(|owner| self.bodies(*owner));
            of_page.extend(bodies.filter(|body| self.page_methods.contains(body)).map(|body| (body, When::Page)));
        }
        if platform.is_empty() && rows.is_empty() {
            return of_page;
        }
        let mut out: Vec<(u32, When)> = Vec::new();
        let mut seen: FxHashSet<Selector> = FxHashSet::default();
        let mut current = Some(class);
        for _ in 0..MAX_DEPTH {
            let Some(owner) = current else { break };
            let dex = program.class(ClassId(owner)).and_then(|class| program.dex(class.dex));
            for (selector, number) in self.own_methods(owner) {
                let Some(body) = program.body(program.body_at(*number)) else { continue };
                if body.access & (access::PRIVATE | access::STATIC) != 0 || !seen.insert(*selector) {
                    continue;
                }
                let Some(name) = dex.and_then(|dex| dex.string(dex.method(body.method)?.name)) else { continue };
                if name.starts_with('<') {
                    continue;
                }
                let row = rows.iter().find(|(known, _)| *known == name).map(|(_, when)| *when);
                let when = row.or_else(|| {
                    platform.iter().any(|class| framework.is_overridable(class, &name)).then_some(When::Async)
                });
                out.extend(when.map(|when| (*number, when)));
            }
            current = self.superclass(owner);
        }
        out.extend(of_page);
        out
    }

    /// Fields that the class itself declares.
    pub(super) fn fields(&self, program: &Program<'_>, class: u32) -> &[OwnField] {
        let Some(slot) = self.fields.get(class as usize) else { return &[] };
        slot.get_or_init(|| own_fields(program, class))
    }

    /// The class initialiser.
    pub(super) fn class_initialiser(&self, program: &Program<'_>, class: u32) -> Option<u32> {
        self.initialisers_of(program, class, 0).next()
    }

    /// Constructors of the class.
    pub(super) fn constructors<'s>(
        &'s self,
        program: &'s Program<'_>,
        class: u32,
    ) -> impl Iterator<Item = u32> + use<'s> {
        self.initialisers_of(program, class, 1)
    }

    fn initialisers_of<'s>(
        &'s self,
        program: &'s Program<'_>,
        class: u32,
        which: usize,
    ) -> impl Iterator<Item = u32> + use<'s> {
        let place = program.class(ClassId(class)).map(|class| class.dex);
        let dex = place.and_then(|dex| program.dex(dex));
        let name = place.and_then(|dex| *self.initialisers.get(dex as usize)?.get(which)?);
        self.bodies(class).filter(move |number| {
            let named = program.body(program.body_at(*number)).and_then(|body| Some(dex?.method(body.method)?.name));
            name.is_some() && named == name
        })
    }

    /// Bodies with this method name on the class itself.
    pub(super) fn own_by_name(&self, program: &Program<'_>, class: u32, name: &str) -> Vec<u32> {
        let Some(dex) = program.class(ClassId(class)).and_then(|class| program.dex(class.dex)) else {
            return Vec::new();
        };
        let named = |number: &u32| {
            program.body(program.body_at(*number)).and_then(|body| dex.string_bytes(dex.method(body.method)?.name))
                == Some(name.as_bytes())
        };
        self.bodies(class).filter(named).collect()
    }

    /// Bodies with this method name on `class` or its superclasses.
    pub(super) fn by_name(&self, program: &Program<'_>, class: u32, name: &str) -> Vec<u32> {
        let mut out = Vec::new();
        let mut current = Some(class);
        for _ in 0..MAX_DEPTH {
            let Some(owner) = current else { break };
            out.extend(self.own_by_name(program, owner, name));
            current = self.superclass(owner);
        }
        out
    }

    /// The body that a call of method `index` of file `dex` runs when the receiver is of the named class.
    pub(super) fn declared_target(&self, program: &Program<'_>, dex: u32, index: u32) -> Option<u32> {
        let method = program.dex(dex)?.method(index)?;
        let class = program.class_of_type(dex, method.class)?;
        self.resolve(class.0, self.selector(dex, index))
    }

    /// Every call that names one of these bodies as its target, in program order.
    pub(super) fn calls_of(&self, program: &Program<'_>, targets: &FxHashSet<u32>) -> Vec<CallOf> {
        let names: FxHashSet<&[u8]> = targets
            .iter()
            .filter_map(|target| {
                let id = program.body_at(*target);
                let home = program.dex(program.dex_of(id))?;
                home.string_bytes(home.method(program.body(id)?.method)?.name)
            })
            .collect();
        // What each method of each file resolves to, where it is one of them.
        let wanted: Vec<FxHashMap<u32, u32>> = (0u32..)
            .zip(&program.dexes)
            .map(|(number, unit)| {
                let is_named = |index: &u32| {
                    let name = unit.dex.method(*index).and_then(|method| unit.dex.string_bytes(method.name));
                    name.is_some_and(|name| names.contains(name))
                };
                (0..unit.dex.method_count() as u32)
                    .filter(is_named)
                    .filter_map(|index| Some((index, self.declared_target(program, number, index)?)))
                    .filter(|(_, target)| targets.contains(target))
                    .collect()
            })
            .collect();
        if wanted.iter().all(FxHashMap::is_empty) {
            return Vec::new();
        }
        let per_task: Vec<Vec<CallOf>> = program
            .body_tasks()
            .map(|bodies| {
                let mut out = Vec::new();
                for body in bodies {
                    let Some(wanted) = wanted.get(program.dex_of(body) as usize) else { continue };
                    let invokes = program.references(body).filter(|reference| reference.kind == RefKind::Invoke);
                    out.extend(invokes.filter_map(|call| {
                        let target = program.body_at(*wanted.get(&call.index)?);
                        Some(CallOf { body, unit: call.unit, index: call.index, target })
                    }));
                }
                out
            })
            .collect();
        per_task.into_iter().flatten().collect()
    }

    /// All bodies of a class itself.
    pub(super) fn bodies(&self, class: u32) -> impl Iterator<Item = u32> + '_ {
        self.own_methods(class).iter().map(|(_, body)| *body)
    }
}

/// Bodies with one of these annotations.
fn annotated(program: &Program<'_>, annotations: &[&str]) -> FxHashSet<u32> {
    let descriptors: Vec<String> = annotations.iter().map(|name| format!("L{};", name.replace('.', "/"))).collect();
    let mut out = FxHashSet::default();
    for (number, unit) in (0u32..).zip(&program.dexes) {
        let dex = &unit.dex;
        let kinds = (0..dex.type_count() as u32)
            .filter(|kind| dex.type_bytes(*kind).is_some_and(|name| descriptors.iter().any(|d| d.as_bytes() == name)));
        for kind in kinds {
            for class in dex.classes().filter(|class| class.annotations != 0) {
                let methods = dex.annotated_methods(&class, kind);
                let Some(id) = program.class_of_type(number, class.class).filter(|_| !methods.is_empty()) else {
                    continue;
                };
                let bodies = program.bodies_of(id).filter(|body| {
                    program.dex_of(*body) == number && program.body(*body).is_some_and(|b| methods.contains(&b.method))
                });
                out.extend(bodies.map(|body| program.body_number(body)));
            }
        }
    }
    out
}

/// True for interfaces and abstract classes.
pub(super) fn is_abstract(program: &Program<'_>, class: u32) -> bool {
    program.class(ClassId(class)).is_none_or(|class| class.def.access & (access::ABSTRACT | access::INTERFACE) != 0)
}
