//! Function objects: lambdas whose type says neither who calls them nor when, as Kotlin's do.

use super::dispatch::Dispatch;
use super::program::{ClassId, Program};
use crate::formats::dex::{Dex, access};

/// Type of the parameter by which functions of Compose are told.
pub const COMPOSER: &[u8] = b"Landroidx/compose/runtime/Composer;";
/// Package of Kotlin's function types.
const NAMED: &[u8] = b"Lkotlin/jvm/functions/Function";
/// Their method, which renaming mostly leaves.
const INVOKE: &[u8] = b"invoke";
/// Interfaces of the platform's extensions are called by those who define them.
const EXTENSIONS: &[u8] = b"Ljavax/";
const OBJECT: &[u8] = b"Ljava/lang/Object;";

/// By class, true for function objects.
pub(super) fn function_objects(program: &Program<'_>, dispatch: &Dispatch) -> Vec<bool> {
    let mut out = vec![false; program.class_count()];
    let mut mark = |class: ClassId, value: bool| {
        for child in dispatch.subtypes(class.0, usize::MAX) {
            if let Some(slot) = out.get_mut(child as usize) {
                *slot = value;
            }
        }
    };
    for class in program.class_ids().filter(|class| is_function_type(program, dispatch, *class)) {
        mark(class, true);
    }
    for class in program.class_ids().filter(|class| is_coroutine(program, *class)) {
        mark(class, false);
    }
    out
}

/// True for the base of the bodies of coroutines, which run where they are made: objects with a method
/// `invokeSuspend` left to each of them.
fn is_coroutine(program: &Program<'_>, class: ClassId) -> bool {
    let is_abstract_class = |flags: u32| flags & access::ABSTRACT != 0 && flags & access::INTERFACE == 0;
    let Some(row) = program.class(class).filter(|row| is_abstract_class(row.def.access)) else { return false };
    let Some(dex) = program.dex(row.dex) else { return false };
    program.methods(class).iter().filter(|method| method.access & access::ABSTRACT != 0).any(|method| {
        dex.method(method.method)
            .is_some_and(|method| dex.parameters(method.proto).count() == 1 && is_on_objects(dex, method.proto))
    })
}

/// True when nothing but objects of any kind goes in and out.
fn is_on_objects(dex: &Dex<'_>, proto: u32) -> bool {
    let is_object = |kind: u32| dex.type_bytes(kind) == Some(OBJECT);
    dex.return_type(proto).is_some_and(is_object) && dex.parameters(proto).all(is_object)
}

/// True for an interface with one method on objects of any kind, by name Kotlin's or called from very many places.
fn is_function_type(program: &Program<'_>, dispatch: &Dispatch, class: ClassId) -> bool {
    let Some(row) = program.class(class).filter(|row| row.def.access & access::INTERFACE != 0) else { return false };
    let name = program.descriptor(class);
    if name.starts_with(NAMED) {
        return true;
    }
    let Some(dex) = program.dex(row.dex).filter(|_| !name.starts_with(EXTENSIONS)) else { return false };
    let [only] = program.methods(class)[..] else { return false };
    let Some(method) = dex.method(only.method) else { return false };
    let is_wide = !dispatch.hubs_of(class.0).is_empty();
    (is_wide || dex.string_bytes(method.name) == Some(INVOKE)) && is_on_objects(dex, method.proto)
}
