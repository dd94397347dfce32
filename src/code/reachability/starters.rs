//! Methods of the app that start the component whose class they are given, or make the intent for it, such as `startActivity(Class)` of a base
//! class: the code that names the class calls them and makes no intent itself.

use rustc_hash::FxHashSet;

use crate::code::dispatch::Dispatch;
use crate::code::program::Program;
use crate::code::roles::Roles;
use crate::formats::dex::RefKind;
use crate::knowledge::schema::CallRole;

/// How many methods may hand the class on.
const MAX_WRAPPERS: usize = 3;
const CLASS: &[u8] = b"Ljava/lang/Class;";

/// By DEX file, the numbers of the methods that do.
pub(super) fn starters(program: &Program<'_>, dispatch: &Dispatch, roles: &Roles<'_>) -> Vec<FxHashSet<u32>> {
    // Methods that take a class: (file, number, body).
    let mut takers: Vec<(u32, u32, u32)> = Vec::new();
    for (number, unit) in (0u32..).zip(&program.dexes) {
        let file = &unit.dex;
        for index in 0..file.method_count() as u32 {
            let takes_class = file
                .method(index)
                .is_some_and(|method| file.parameters(method.proto).any(|kind| file.type_bytes(kind) == Some(CLASS)));
            if takes_class && let Some(body) = dispatch.declared_target(program, number, index) {
                takers.push((number, index, body));
            }
        }
    }
    let mut bodies: Vec<u32> = takers.iter().map(|(.., body)| *body).collect();
    bodies.sort_unstable();
    bodies.dedup();
    let calls = |body: u32, wanted: CallRole| roles.calls(program, program.body_at(body), wanted).next().is_some();
    let mut known: FxHashSet<u32> = bodies
        .iter()
        .copied()
        .filter(|body| {
            // What is kept for later is started by somebody else.
            let is_later = calls(*body, CallRole::PendingUser) || calls(*body, CallRole::PendingSystem);
            calls(*body, CallRole::Intent) && !is_later
        })
        .collect();
    let mut out: Vec<FxHashSet<u32>> = vec![FxHashSet::default(); program.dexes.len()];
    for _ in 0..MAX_WRAPPERS {
        for (file, index, _) in takers.iter().filter(|(.., body)| known.contains(body)) {
            if let Some(list) = out.get_mut(*file as usize) {
                list.insert(*index);
            }
        }
        let hands_on = |body: &u32| {
            let id = program.body_at(*body);
            let list = out.get(program.dex_of(id) as usize);
            program.references(id).any(|reference| {
                reference.kind == RefKind::Invoke && list.is_some_and(|list| list.contains(&reference.index))
            })
        };
        let more: Vec<u32> = bodies.iter().copied().filter(|body| !known.contains(body) && hands_on(body)).collect();
        if more.is_empty() {
            break;
        }
        known.extend(more);
    }
    out
}
