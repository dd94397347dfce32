//! Fields that a class declares.

use super::program::{ClassId, Program};

/// A field as its class declares it.
#[derive(Debug, Clone, Copy)]
pub(super) struct OwnField {
    /// Index into the field table of the class's DEX file.
    pub(super) index: u32,
    /// String index of the name in that file.
    pub(super) name: u32,
    /// Type index of the type in that file.
    pub(super) kind: u32,
    pub(super) access: u32,
    pub(super) is_static: bool,
}

/// Fields that a class declares.
pub(super) fn own_fields(program: &Program<'_>, class: u32) -> Vec<OwnField> {
    let Some(def) = program.class(ClassId(class)) else { return Vec::new() };
    let Some(home) = program.dex(def.dex) else { return Vec::new() };
    let data = home.class_data(&def.def);
    let statics = data.static_fields.iter().map(|field| (field, true));
    statics
        .chain(data.instance_fields.iter().map(|field| (field, false)))
        .filter_map(|(field, is_static)| {
            let row = home.field(field.field)?;
            Some(OwnField { index: field.field, name: row.name, kind: row.kind, access: field.access, is_static })
        })
        .collect()
}
