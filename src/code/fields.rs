//! Which field a reference means, and which fields the app ever writes.

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::class_fields::OwnField;
use super::dispatch::Dispatch;
use super::program::{ClassId, Program};
use super::values::Val;
use crate::formats::dex::{RefKind, access};

/// A field that the app defines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) id: u64,
    pub(super) class: ClassId,
    pub(super) name: u32,
    pub(super) dex: u32,
    pub(super) is_static: bool,
    pub(super) is_final: bool,
}

pub(super) fn platform_constant(program: &Program<'_>, dex: u32, index: u32) -> Option<Val> {
    let file = program.dex(dex)?;
    let field = file.field(index)?;
    match (file.type_bytes(field.class)?, file.string_bytes(field.name)?) {
        (b"Ljava/lang/Boolean;", b"TRUE") => Some(Val::Int(1, 0)),
        (b"Ljava/lang/Boolean;", b"FALSE") => Some(Val::Int(0, 0)),
        _ => None,
    }
}

pub(super) fn is_message_what(program: &Program<'_>, dex: u32, index: u32) -> bool {
    let names = program.dex(dex).and_then(|file| {
        let field = file.field(index)?;
        Some((file.type_bytes(field.class)?, file.string_bytes(field.name)?))
    });
    names == Some((b"Landroid/os/Message;", b"what"))
}

/// Every field that some code of the app writes.
pub(super) fn written_fields(program: &Program<'_>, dispatch: &Dispatch) -> FxHashSet<u64> {
    let per_task: Vec<FxHashSet<(u32, u32)>> = program
        .body_tasks()
        .map(|bodies| {
            let mut out = FxHashSet::default();
            for body in bodies {
                let dex = program.dex_of(body);
                let puts = program.references(body).filter(|reference| reference.kind == RefKind::FieldPut);
                out.extend(puts.map(|reference| (dex, reference.index)));
            }
            out
        })
        .collect();
    let all: FxHashSet<(u32, u32)> = per_task.into_iter().flatten().collect();
    all.into_iter().filter_map(|(dex, index)| field_of(program, dispatch, dex, index)).map(|field| field.id).collect()
}

/// The field that a reference resolves to, when the app defines it.
pub(super) fn field_of(program: &Program<'_>, dispatch: &Dispatch, dex: u32, index: u32) -> Option<Field> {
    let file = program.dex(dex)?;
    let row = file.field(index)?;
    let name = file.string_bytes(row.name)?;
    let mut class = program.class_of_type(dex, row.class)?.0;
    for _ in 0..64 {
        let def = program.class(ClassId(class))?;
        let home = program.dex(def.dex)?;
        // Within one file equal names have equal indices.
        let is_named = |own: &&OwnField| {
            if def.dex == dex { own.name == row.name } else { home.string_bytes(own.name) == Some(name) }
        };
        if let Some(own) = dispatch.fields(program, class).iter().find(is_named) {
            let mut hash = u64::from(class).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            for byte in name {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            }
            return Some(Field {
                id: hash & (u64::MAX >> 1),
                class: ClassId(class),
                name: own.name,
                dex: def.dex,
                is_static: own.is_static,
                is_final: own.access & access::FINAL != 0,
            });
        }
        class = dispatch.superclass(class)?;
    }
    None
}
