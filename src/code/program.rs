//! All DEX files as one program: classes by name, method bodies, and what they refer to.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::formats::dex::{
    APP_PACKAGE, ClassDef, CodeItem, Dex, EncodedMethod, EncodedValue, Instructions, RefKind, Reference, References,
    opcode,
};

/// Classes that one task decodes: small enough to balance, large enough to amortise.
const CLASSES_PER_TASK: usize = 256;
const INDEX_BITS: u32 = 28;
/// What the names of classes hold that the build tools make for the ids of resources.
const RESOURCE_CLASS: &[u8] = b"/R$";

/// One DEX file and the entry it came from.
#[derive(Debug)]
pub struct DexUnit<'a> {
    /// Entry path, e.g. `classes2.dex`.
    pub place: String,
    /// The decoded view.
    pub dex: Dex<'a>,
    /// Class id by type index, [`NO_CLASS`] for types of the platform or of nowhere.
    types: Vec<u32>,
    /// Ids of the app's resources by index of the static field that holds them.
    resource_fields: FxHashMap<u32, u32>,
}

const NO_CLASS: u32 = u32::MAX;

/// A class that the app's own DEX files define.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassId(pub u32);

/// Where a class is defined.
#[derive(Debug, Clone, Copy)]
pub struct Class {
    /// Index into [`Program::dexes`].
    pub dex: u32,
    /// Its definition.
    pub def: ClassDef,
    task: u32,
    bodies: (u32, u32),
}

/// A method with code.
#[derive(Debug, Clone, Copy)]
pub struct Body {
    /// Defining class.
    pub class: ClassId,
    /// Index into the method table of its DEX file.
    pub method: u32,
    /// Access flags.
    pub access: u32,
    /// Offset of the code item.
    pub code: u32,
    first: u32,
    last: u32,
}

/// Names a [`Body`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BodyId {
    task: u32,
    index: u32,
}

/// Class, method and signature as text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MethodName {
    /// Dotted class name.
    pub class: String,
    /// Method name.
    pub name: String,
    /// Descriptor, e.g. `(I)V`.
    pub descriptor: String,
}

impl MethodName {
    /// `class.name`, without the signature.
    pub fn dotted(&self) -> String {
        format!("{}.{}", self.class, self.name)
    }
}

/// What one task decoded: bodies in class order and their references as a struct of arrays.
#[derive(Debug, Default)]
struct Decoded {
    bodies: Vec<Body>,
    units: Vec<u32>,
    refs: Vec<u32>,
    class_bodies: Vec<(u32, u32)>,
    broken_classes: u32,
    broken_bodies: u32,
    first_broken: Option<String>,
}

/// All DEX files of an app.
#[derive(Debug)]
pub struct Program<'a> {
    /// The files in class-loading order.
    pub dexes: Vec<DexUnit<'a>>,
    classes: Vec<Class>,
    by_name: FxHashMap<&'a [u8], ClassId>,
    tasks: Vec<Decoded>,
    /// Number of the first body of each task.
    first_bodies: Vec<u32>,
}

impl<'a> Program<'a> {
    /// Decodes every method of `dexes`, given in class-loading order, in parallel.
    pub fn new(dexes: Vec<(String, Dex<'a>)>) -> Self {
        let mut classes = Vec::with_capacity(dexes.iter().map(|(_, dex)| dex.class_count()).sum());
        let mut work: Vec<(u32, Range<usize>)> = Vec::new();
        for (number, (_, dex)) in dexes.iter().enumerate() {
            let first = classes.len();
            let number = number as u32;
            classes.extend(dex.classes().map(|def| Class { dex: number, def, task: 0, bodies: (0, 0) }));
            let mut at = first;
            while at < classes.len() {
                let end = at.saturating_add(CLASSES_PER_TASK).min(classes.len());
                work.push((number, at..end));
                at = end;
            }
        }
        let resource_fields = resource_fields(&dexes);
        let no_fields = FxHashMap::default();
        let (tasks, by_name) = rayon::join(
            || {
                work.par_iter()
                    .map(|(number, range)| {
                        let dex = dexes.get(*number as usize).map(|(_, dex)| *dex);
                        let fields = resource_fields.get(*number as usize).unwrap_or(&no_fields);
                        dex.map(|dex| decode(&dex, range.start, classes.get(range.clone()).unwrap_or_default(), fields))
                            .unwrap_or_default()
                    })
                    .collect::<Vec<Decoded>>()
            },
            || {
                let mut by_name: FxHashMap<&'a [u8], ClassId> =
                    FxHashMap::with_capacity_and_hasher(classes.len(), Default::default());
                for (index, class) in classes.iter().enumerate() {
                    let name = dexes.get(class.dex as usize).and_then(|(_, dex)| dex.type_bytes(class.def.class));
                    if let Some(name) = name {
                        // The class loader takes the first definition.
                        by_name.entry(name).or_insert(ClassId(index as u32));
                    }
                }
                by_name
            },
        );
        for (task, ((_, range), decoded)) in work.iter().zip(&tasks).enumerate() {
            for (class, bodies) in
                classes.get_mut(range.clone()).unwrap_or_default().iter_mut().zip(&decoded.class_bodies)
            {
                class.task = task as u32;
                class.bodies = *bodies;
            }
        }
        let dexes = dexes
            .into_par_iter()
            .zip(resource_fields)
            .map(|((place, dex), resource_fields)| {
                let types = (0..dex.type_count() as u32)
                    .map(|index| dex.type_bytes(index).and_then(|name| by_name.get(name)).map_or(NO_CLASS, |id| id.0))
                    .collect();
                DexUnit { place, dex, types, resource_fields }
            })
            .collect();
        let mut first_bodies = Vec::with_capacity(tasks.len());
        let mut count = 0u32;
        for task in &tasks {
            first_bodies.push(count);
            count = count.saturating_add(task.bodies.len() as u32);
        }
        Self { dexes, classes, by_name, tasks, first_bodies }
    }

    /// Number of defined classes.
    pub fn class_count(&self) -> usize {
        self.classes.len()
    }

    /// Ids of all defined classes, by file and position.
    pub fn class_ids(&self) -> impl Iterator<Item = ClassId> + use<> {
        (0..self.classes.len() as u32).map(ClassId)
    }

    /// The class `id`.
    pub fn class(&self, id: ClassId) -> Option<&Class> {
        self.classes.get(id.0 as usize)
    }

    /// The DEX file with number `index`.
    pub fn dex(&self, index: u32) -> Option<&Dex<'a>> {
        self.dexes.get(index as usize).map(|unit| &unit.dex)
    }

    /// The id of the app's resources that a static field holds.
    pub fn resource_field(&self, dex: u32, field: u32) -> Option<u32> {
        self.dexes.get(dex as usize)?.resource_fields.get(&field).copied()
    }

    /// The class with this raw descriptor.
    pub fn find(&self, descriptor: &[u8]) -> Option<ClassId> {
        self.by_name.get(descriptor).copied()
    }

    /// The class with this dotted name.
    pub fn find_dotted(&self, name: &str) -> Option<ClassId> {
        self.find(format!("L{};", name.replace('.', "/")).as_bytes())
    }

    /// The class that type `index` of file `dex` names, when the app defines it.
    pub fn class_of_type(&self, dex: u32, index: u32) -> Option<ClassId> {
        let id = *self.dexes.get(dex as usize)?.types.get(index as usize)?;
        (id != NO_CLASS).then_some(ClassId(id))
    }

    /// Raw descriptor of a class.
    pub fn descriptor(&self, id: ClassId) -> &'a [u8] {
        self.class(id).and_then(|class| self.dex(class.dex)?.type_bytes(class.def.class)).unwrap_or_default()
    }

    /// Dotted name of a class.
    pub fn class_name(&self, id: ClassId) -> String {
        display_class(&String::from_utf8_lossy(self.descriptor(id)))
    }

    /// Raw descriptor of the superclass.
    pub fn superclass(&self, id: ClassId) -> Option<&'a [u8]> {
        let class = self.class(id)?;
        self.dex(class.dex)?.type_bytes(class.def.superclass)
    }

    /// Raw descriptors of the interfaces that a class names.
    pub fn interfaces(&self, id: ClassId) -> Vec<&'a [u8]> {
        let Some(class) = self.class(id) else { return Vec::new() };
        let Some(dex) = self.dex(class.dex) else { return Vec::new() };
        dex.type_list(class.def.interfaces).filter_map(|index| dex.type_bytes(index)).collect()
    }

    /// Methods that a class defines, with or without code.
    pub fn methods(&self, id: ClassId) -> Vec<EncodedMethod> {
        let Some(class) = self.class(id) else { return Vec::new() };
        self.dex(class.dex).map(|dex| dex.class_data(&class.def).methods).unwrap_or_default()
    }

    /// Bodies of a class's methods.
    pub fn bodies_of(&self, id: ClassId) -> impl Iterator<Item = BodyId> + use<'a> {
        let (task, (first, last)) = self.class(id).map_or((0, (0, 0)), |class| (class.task, class.bodies));
        (first..last).map(move |index| BodyId { task, index })
    }

    /// All bodies, as one list per task for parallel walks.
    pub fn body_tasks(&self) -> impl IndexedParallelIterator<Item = impl Iterator<Item = BodyId> + use<'a>> + '_ {
        self.tasks.par_iter().enumerate().map(|(task, decoded)| {
            (0..decoded.bodies.len() as u32).map(move |index| BodyId { task: task as u32, index })
        })
    }

    /// Number of method bodies.
    pub fn body_count(&self) -> usize {
        self.tasks.iter().map(|task| task.bodies.len()).sum()
    }

    /// Position of a body among all bodies.
    pub fn body_number(&self, id: BodyId) -> u32 {
        self.first_bodies.get(id.task as usize).copied().unwrap_or(0).saturating_add(id.index)
    }

    /// The body at a position.
    pub fn body_at(&self, number: u32) -> BodyId {
        let task = self.first_bodies.partition_point(|first| *first <= number).saturating_sub(1);
        BodyId { task: task as u32, index: number.saturating_sub(self.first_bodies.get(task).copied().unwrap_or(0)) }
    }

    /// The body `id`.
    pub fn body(&self, id: BodyId) -> Option<&Body> {
        self.tasks.get(id.task as usize)?.bodies.get(id.index as usize)
    }

    /// What a body refers to, in code order.
    pub fn references(&self, id: BodyId) -> impl Iterator<Item = Reference> + '_ {
        let task = self.tasks.get(id.task as usize);
        let range = self.body(id).map_or(0..0, |body| body.first as usize..body.last as usize);
        let units = task.and_then(|task| task.units.get(range.clone())).unwrap_or_default();
        let refs = task.and_then(|task| task.refs.get(range)).unwrap_or_default();
        units.iter().zip(refs).filter_map(|(unit, packed)| unpack(*unit, *packed))
    }

    /// Number of the DEX file that holds a body.
    pub fn dex_of(&self, id: BodyId) -> u32 {
        self.body(id).and_then(|body| self.class(body.class)).map_or(0, |class| class.dex)
    }

    /// The code of a body.
    pub fn code(&self, id: BodyId) -> Option<CodeItem<'a>> {
        self.dex(self.dex_of(id))?.code(self.body(id)?.code)
    }

    /// Source line of a code unit, when the file has debug information.
    pub fn line(&self, id: BodyId, unit: u32) -> Option<u32> {
        let code = self.code(id)?;
        self.dex(self.dex_of(id))?.line(&code, unit)
    }

    /// Source file name of a class, when the file has debug information.
    pub fn source_file(&self, id: ClassId) -> Option<Cow<'a, str>> {
        let class = self.class(id)?;
        self.dex(class.dex)?.string(class.def.source_file)
    }

    /// Name of method `index` of file `dex`.
    pub fn method_name(&self, dex: u32, index: u32) -> Option<MethodName> {
        let file = self.dex(dex)?;
        let method = file.method(index)?;
        Some(MethodName {
            class: display_class(&file.type_descriptor(method.class)?),
            name: file.string(method.name)?.into_owned(),
            descriptor: file.proto_descriptor(method.proto)?,
        })
    }

    /// Name of a body.
    pub fn body_name(&self, id: BodyId) -> Option<MethodName> {
        self.method_name(self.dex_of(id), self.body(id)?.method)
    }

    /// What could not be decoded: (DEX file, broken classes, broken method bodies, an example).
    pub fn losses(&self) -> Vec<(String, u32, u32, String)> {
        let mut by_dex: Vec<(u32, u32, String)> = vec![(0, 0, String::new()); self.dexes.len()];
        let mut dex_of_task: FxHashMap<u32, u32> = FxHashMap::default();
        for class in &self.classes {
            dex_of_task.insert(class.task, class.dex);
        }
        for (task, decoded) in self.tasks.iter().enumerate() {
            let slot = dex_of_task.get(&(task as u32)).and_then(|dex| by_dex.get_mut(*dex as usize));
            if let Some((classes, bodies, example)) = slot {
                *classes = classes.saturating_add(decoded.broken_classes);
                *bodies = bodies.saturating_add(decoded.broken_bodies);
                if example.is_empty() {
                    *example = decoded.first_broken.clone().unwrap_or_default();
                }
            }
        }
        let places = self.dexes.iter().map(|unit| unit.place.clone());
        places
            .zip(by_dex)
            .filter(|(_, (classes, bodies, _))| *classes > 0 || *bodies > 0)
            .map(|(place, (classes, bodies, example))| (place, classes, bodies, example))
            .collect()
    }
}

impl Decoded {
    #[inline]
    fn push(&mut self, reference: Reference) {
        self.units.push(reference.unit);
        self.refs
            .push((reference.kind as u32).wrapping_sub(1) << INDEX_BITS | reference.index & ((1 << INDEX_BITS) - 1));
    }
}

#[inline]
fn unpack(unit: u32, packed: u32) -> Option<Reference> {
    let kind = *RefKind::ALL.get((packed >> INDEX_BITS) as usize)?;
    Some(Reference { unit, kind, index: packed & ((1 << INDEX_BITS) - 1) })
}

/// Ids of resources by the name of the field that holds them.
type IdsByName<'a> = FxHashMap<&'a [u8], u32>;

/// By field index of each file: ids of the app's resources that static fields hold, where they were not inlined
/// (`R.id.name` of libraries, and of whole apps that are not shrunk).
fn resource_fields(dexes: &[(String, Dex<'_>)]) -> Vec<FxHashMap<u32, u32>> {
    let defined: Vec<_> = dexes.par_iter().map(|(_, dex)| defined_resources(dex)).collect();
    // The class loader takes the first definition.
    let mut by_class = FxHashMap::default();
    for (class, ids) in defined.into_iter().flatten() {
        by_class.entry(class).or_insert(ids);
    }
    let of_file = |(_, dex): &(String, Dex<'_>)| {
        if by_class.is_empty() {
            return FxHashMap::default();
        }
        let ids: Vec<Option<&IdsByName<'_>>> =
            (0..dex.type_count() as u32).map(|index| by_class.get(dex.type_bytes(index)?)).collect();
        let fields = (0..dex.field_count() as u32).filter_map(|index| {
            let field = dex.field(index)?;
            let ids = ids.get(field.class as usize).copied().flatten()?;
            Some((index, *ids.get(dex.string_bytes(field.name)?)?))
        });
        fields.collect()
    };
    dexes.par_iter().map(of_file).collect()
}

/// Classes of one file that hold ids of resources, with the ids by name.
fn defined_resources<'a>(dex: &Dex<'a>) -> Vec<(&'a [u8], IdsByName<'a>)> {
    let mut out = Vec::new();
    for def in dex.classes() {
        let Some(class) = dex.type_bytes(def.class) else { continue };
        let values: Vec<(u32, EncodedValue)> = if dex.begins_with_resource(&def) {
            let fields = dex.class_data(&def).static_fields;
            fields.iter().map(|field| field.field).zip(dex.static_values(&def)).collect()
        } else if memchr::memmem::find(class, RESOURCE_CLASS).is_some() {
            initialised(dex, &def)
        } else {
            continue;
        };
        let ids = values.into_iter().filter_map(|(field, value)| {
            let EncodedValue::Int(id) = value else { return None };
            let id = u32::try_from(id).ok().filter(|id| id >> 24 == APP_PACKAGE)?;
            Some((dex.string_bytes(dex.field(field)?.name)?, id))
        });
        out.push((class, ids.collect()));
    }
    out
}

/// Constants that the initialiser of a class stores in its static fields, by field index.
fn initialised(dex: &Dex<'_>, def: &ClassDef) -> Vec<(u32, EncodedValue)> {
    let mut out = Vec::new();
    let data = dex.class_data(def);
    let is_initialiser = |method: &&EncodedMethod| {
        dex.method(method.method).and_then(|row| dex.string_bytes(row.name)) == Some(b"<clinit>")
    };
    let code = data.methods.iter().find(is_initialiser).and_then(|method| dex.code(method.code));
    let mut known: FxHashMap<u16, i64> = FxHashMap::default();
    for instruction in code.into_iter().flat_map(|code| Instructions::new(code.units, 0)) {
        match instruction.op {
            opcode::CONST | opcode::CONST_HIGH16 => {
                known.insert(instruction.a, instruction.literal);
            }
            opcode::SPUT => {
                let value = known.get(&instruction.a).map(|value| EncodedValue::Int(*value));
                out.extend(value.map(|value| (instruction.index, value)));
            }
            _ => {
                known.remove(&instruction.a);
            }
        }
    }
    out
}

fn decode(dex: &Dex<'_>, first_class: usize, classes: &[Class], resource_fields: &FxHashMap<u32, u32>) -> Decoded {
    let mut out = Decoded::default();
    // How many rows the table behind each kind of reference has.
    let limits = {
        let mut limits = [0usize; RefKind::ALL.len() + 1];
        limits[RefKind::Invoke as usize] = dex.method_count();
        limits[RefKind::FieldGet as usize] = dex.field_count();
        limits[RefKind::FieldPut as usize] = dex.field_count();
        limits[RefKind::String as usize] = dex.string_count();
        limits[RefKind::Class as usize] = dex.type_count();
        limits[RefKind::New as usize] = dex.type_count();
        limits[RefKind::Custom as usize] = dex.call_site_count();
        limits[RefKind::Handle as usize] = dex.method_handle_count();
        limits[RefKind::Resource as usize] = usize::MAX;
        limits
    };
    for (offset, class) in classes.iter().enumerate() {
        let start = out.bodies.len() as u32;
        let data = dex.class_data(&class.def);
        let describe = || dex.type_descriptor(class.def.class).map(|name| display_class(&name)).unwrap_or_default();
        // A class defines members of its own only.
        let damaged = data.cut_off
            || dex.type_bytes(class.def.class).is_none()
            || !dex.has_type_list(class.def.interfaces)
            || class.def.annotations as usize >= dex.data().len()
            || data
                .methods
                .iter()
                .any(|method| dex.method(method.method).is_none_or(|row| row.class != class.def.class))
            || data
                .static_fields
                .iter()
                .chain(&data.instance_fields)
                .any(|field| dex.field(field.field).is_none_or(|row| row.class != class.def.class));
        if damaged {
            out.broken_classes = out.broken_classes.saturating_add(1);
            out.first_broken.get_or_insert_with(|| format!("class {}", describe()));
        }
        for method in &data.methods {
            if method.code == 0 {
                continue;
            }
            let first = out.refs.len() as u32;
            let broken = match dex.code(method.code) {
                Some(code) => {
                    let mut references = References::new(code.units, code.registers);
                    let mut misses = !dex.has_all_tries(&code);
                    for reference in references.by_ref() {
                        misses |= reference.index as usize >= limits[reference.kind as usize];
                        out.push(reference);
                        if reference.kind == RefKind::FieldGet
                            && let Some(id) = resource_fields.get(&reference.index)
                        {
                            out.push(Reference { kind: RefKind::Resource, index: *id & 0x00ff_ffff, ..reference });
                        }
                    }
                    references.broken || misses
                }
                None => true,
            };
            if broken {
                out.broken_bodies = out.broken_bodies.saturating_add(1);
                out.first_broken.get_or_insert_with(|| format!("a method of {}", describe()));
            }
            out.bodies.push(Body {
                class: ClassId(first_class.saturating_add(offset) as u32),
                method: method.method,
                access: method.access,
                code: method.code,
                first,
                last: out.refs.len() as u32,
            });
        }
        out.class_bodies.push((start, out.bodies.len() as u32));
    }
    out.units.shrink_to_fit();
    out.refs.shrink_to_fit();
    out
}

/// `Lcom/a/B;` as `com.a.B`; other descriptors unchanged.
pub fn display_class(descriptor: &str) -> String {
    match descriptor.strip_prefix('L').and_then(|rest| rest.strip_suffix(';')) {
        Some(inner) => inner.replace('/', "."),
        None => descriptor.to_owned(),
    }
}
