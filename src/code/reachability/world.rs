//! What every walk through one program needs.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{deliveries, starters};
use crate::code::dispatch::Dispatch;
use crate::code::entry_points::EntryPoints;
use crate::code::fields::written_fields;
use crate::code::functions::function_objects;
use crate::code::messages::{self, Send};
use crate::code::program::{BodyId, Program};
use crate::code::roles::Roles;
use crate::code::tables::Tables;
use crate::knowledge::Framework;

/// Everything that walks through one program share.
pub struct World<'x, 'a> {
    pub(in crate::code) program: &'x Program<'a>,
    pub(in crate::code) dispatch: &'x Dispatch,
    pub(in crate::code) roles: &'x Roles<'x>,
    pub(in crate::code) framework: &'x Framework,
    pub(in crate::code) entries: &'x EntryPoints,
    /// Classes whose instances a library makes from the class constant.
    pub(in crate::code) by_class: Vec<bool>,
    /// Plain code of others: what it calls back it calls when its published interface says so, and its own
    /// branches decide nothing about consent.
    pub(in crate::code) plain_libraries: Vec<bool>,
    /// Function objects.
    pub(in crate::code) functions: Vec<bool>,
    /// Messages that each body sends.
    pub(super) sends: FxHashMap<u32, Vec<Send>>,
    /// Classes with a handler within them, by descriptor without what follows the `$`.
    pub(super) own_handlers: FxHashSet<&'x [u8]>,
    /// By DEX file, methods that start the component whose class they are given.
    pub(super) starters: Vec<FxHashSet<u32>>,
    /// Fields that some code writes.
    pub(in crate::code) written: Arc<FxHashSet<u64>>,
}

impl std::fmt::Debug for World<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").finish_non_exhaustive()
    }
}

impl<'x, 'a> World<'x, 'a> {
    /// Builds what walks need. `plain_libraries` tells by class which code is plain code of others.
    pub fn new(
        program: &'x Program<'a>,
        tables: &'x Tables<'x>,
        framework: &'x Framework,
        plain_libraries: Vec<bool>,
    ) -> Self {
        let (dispatch, roles, entries) = (&tables.dispatch, &tables.roles, &tables.entries);
        let ((sends, starters), (written, functions)) = rayon::join(
            || (messages::sends(program, roles), starters::starters(program, dispatch, roles)),
            || (Arc::new(written_fields(program, dispatch)), function_objects(program, dispatch)),
        );
        let mut by_class = vec![false; program.class_count()];
        let platform: Vec<&str> = roles.by_class.iter().copied().filter(|class| framework.knows(class)).collect();
        for class in &roles.by_class {
            let Some(base) = program.find_dotted(class) else { continue };
            for child in dispatch.subtypes(base.0, usize::MAX) {
                by_class[child as usize] = true;
            }
        }
        if !platform.is_empty() {
            for class in program.class_ids() {
                if platform.iter().any(|base| program.inherits(program.descriptor(class), base, framework)) {
                    by_class[class.0 as usize] = true;
                }
            }
        }
        let own_handlers = deliveries::own_handlers(program, framework);
        Self {
            program,
            dispatch,
            roles,
            framework,
            entries,
            by_class,
            plain_libraries,
            functions,
            sends,
            own_handlers,
            starters,
            written,
        }
    }

    pub(super) fn is_function(&self, class: u32) -> bool {
        self.functions.get(class as usize).copied().unwrap_or(false)
    }

    /// True for plain code of others.
    pub(super) fn is_of_library(&self, body: BodyId) -> bool {
        let class = self.program.body(body).map(|row| row.class.0 as usize);
        class.and_then(|class| self.plain_libraries.get(class)).copied().unwrap_or(false)
    }
}
