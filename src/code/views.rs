//! Which view of a layout a value is: by the id with which it was looked up.

use super::blocks;
use super::constants::{self, Constant};
use super::program::{BodyId, ClassId, Program};
use crate::formats::dex::RefKind;

/// Suffix of the class that ButterKnife generates to fill a class's fields.
pub const BINDER: &str = "_ViewBinding";

/// The id of the view that a value is, where one way alone sets it: looked up on the spot, or kept in a field that
/// the methods of its class or of its generated binder fill, as generated bindings do through their constructor.
pub fn view_id(program: &Program<'_>, value: &Constant) -> Option<u32> {
    match value {
        Constant::View(id) => Some(*id),
        Constant::Field(class, name) => {
            let mut stored = constants::stored(program, *class, name);
            if let Some(binder) = program.find_dotted(&format!("{}{BINDER}", program.class_name(*class))) {
                stored.extend(constants::stored_by(program, binder, *class, name));
            }
            let mut ids: Vec<u32> = Vec::new();
            for value in &stored {
                match value {
                    Constant::View(id) => ids.push(*id),
                    Constant::Parameter(number) => ids.extend(made_with(program, *class, *number)),
                    // Emptied when the screen goes.
                    Constant::Int(0) => {}
                    _ => return None,
                }
            }
            ids.sort_unstable();
            ids.dedup();
            if let [id] = ids.as_slice() { Some(*id) } else { None }
        }
        _ => None,
    }
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
    let bodies = program.bodies_of(class).filter(|body| !blocks::is_constructor(program, *body));
    let found = bodies.flat_map(calls).filter_map(|call| match call.arguments.get(usize::from(number)) {
        Some(Constant::View(id)) => Some(*id),
        _ => None,
    });
    found.collect()
}
