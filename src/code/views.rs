//! Which view of a layout a value is: by the id with which it was looked up.

use rustc_hash::FxHashMap;

use super::blocks::is_initialiser;
use super::constants::{self, Constant};
use super::program::{BodyId, ClassId, Program};
use crate::formats::dex::RefKind;

/// Suffix of the class that ButterKnife generates to fill a class's fields.
pub const BINDER: &str = "_ViewBinding";

/// Looks values up; what classes store in their fields is read once.
#[derive(Debug)]
pub struct Views<'p, 'a> {
    program: &'p Program<'a>,
    stored: FxHashMap<ClassId, FxHashMap<String, Vec<Constant>>>,
}

impl<'p, 'a> Views<'p, 'a> {
    /// Of one program.
    pub fn new(program: &'p Program<'a>) -> Self {
        Self { program, stored: FxHashMap::default() }
    }

    /// The id of the view that a value is, where one way alone sets it: looked up on the spot, or kept in a field that
    /// the methods of its class or of its generated binder fill, as generated bindings do through their constructor.
    pub fn id(&mut self, value: &Constant) -> Option<u32> {
        let (class, name) = match value {
            Constant::View(id) => return Some(*id),
            Constant::Field(class, name) => (*class, name),
            _ => return None,
        };
        let program = self.program;
        let fields = self.stored.entry(class).or_insert_with(|| stored(program, class));
        let mut ids: Vec<u32> = Vec::new();
        for value in fields.get(name)? {
            match value {
                Constant::View(id) => ids.push(*id),
                Constant::Parameter(number) => ids.extend(made_with(program, class, *number)),
                // Emptied when the screen goes.
                Constant::Int(0) => {}
                _ => return None,
            }
        }
        ids.sort_unstable();
        ids.dedup();
        if let [id] = ids.as_slice() { Some(*id) } else { None }
    }
}

/// All values by field that a class and its binder store in the fields of its objects.
fn stored(program: &Program<'_>, class: ClassId) -> FxHashMap<String, Vec<Constant>> {
    let binder = program.find_dotted(&format!("{}{BINDER}", program.class_name(class)));
    let mut out: FxHashMap<String, Vec<Constant>> = FxHashMap::default();
    let writes = |body: &BodyId| program.references(*body).any(|reference| reference.kind == RefKind::FieldPut);
    for body in [Some(class), binder].into_iter().flatten().flat_map(|class| program.bodies_of(class)).filter(writes) {
        let dex = program.dex_of(body);
        let Some(file) = program.dex(dex) else { continue };
        for (field, value) in constants::writes(program, body) {
            let Some(row) = file.field(field).filter(|row| program.class_of_type(dex, row.class) == Some(class)) else {
                continue;
            };
            let values = out.entry(file.string(row.name).unwrap_or_default().into_owned()).or_default();
            if !values.contains(&value) {
                values.push(value);
            }
        }
    }
    out
}

/// Views that a class hands to its own constructors as the argument with this number, the receiver counted.
fn made_with(program: &Program<'_>, class: ClassId, number: u16) -> Vec<u32> {
    let calls = |body: BodyId| {
        let dex = program.dex_of(body);
        let makes = move |index: u32| {
            let file = program.dex(dex)?;
            let method = file.method(index)?;
            (program.class_of_type(dex, method.class) == Some(class))
                .then_some(file.string_bytes(method.name)? == b"<init>")
        };
        let sites = program.references(body).filter(|reference| reference.kind == RefKind::Invoke);
        let units: Vec<u32> =
            sites.filter(|reference| makes(reference.index) == Some(true)).map(|reference| reference.unit).collect();
        constants::calls(program, body, &units)
    };
    let bodies = program.bodies_of(class).filter(|body| !is_initialiser(program, *body));
    let found = bodies.flat_map(calls).filter_map(|call| match call.arguments.get(usize::from(number)) {
        Some(Constant::View(id)) => Some(*id),
        _ => None,
    });
    found.collect()
}
