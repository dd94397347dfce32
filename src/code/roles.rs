//! Which calls link code to code, or store and read what the user decided, by DEX file.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::program::{BodyId, Program};
use super::targets::{MethodTarget, MethodTargets};
use crate::formats::dex::{RefKind, Reference};
use crate::knowledge::Knowledge;
use crate::knowledge::schema::{CallRole, CallRow};

/// Rows of `framework/calls.toml` by method index of each DEX file.
#[derive(Debug, Default)]
pub struct Roles<'k> {
    by_dex: Vec<FxHashMap<u32, &'k CallRow>>,
    /// Dotted classes whose instances a library makes from the class constant.
    pub(super) by_class: Vec<&'k str>,
}

impl<'k> Roles<'k> {
    /// Resolves the rows against every method table.
    pub fn new(program: &Program<'_>, knowledge: &'k Knowledge) -> Self {
        let rows = knowledge.calls();
        let targets = MethodTargets::new((0u32..).zip(rows).flat_map(|(tag, row)| {
            row.names.iter().map(move |name| MethodTarget {
                class: row.class.clone(),
                name: name.clone(),
                descriptors: Vec::new(),
                exact: false,
                tag,
            })
        }));
        let by_dex = (0..program.dexes.len() as u32)
            .into_par_iter()
            .map(|dex| {
                let found = targets.resolve(program, dex, knowledge.framework());
                found
                    .into_iter()
                    .filter_map(|(index, tags)| Some((index, rows.get(*tags.first()? as usize)?)))
                    .collect()
            })
            .collect();
        let by_class = rows.iter().filter(|row| row.role == CallRole::ByClass).map(|row| row.class.as_str()).collect();
        Self { by_dex, by_class }
    }

    /// Calls with this role in a method.
    pub fn calls(&self, program: &Program<'_>, body: BodyId, role: CallRole) -> impl Iterator<Item = Reference> {
        let dex = program.dex_of(body);
        program.references(body).filter(move |reference| {
            reference.kind == RefKind::Invoke && self.of(dex, reference.index).is_some_and(|row| row.role == role)
        })
    }

    /// The row of method `index` of file `dex`.
    pub fn of(&self, dex: u32, index: u32) -> Option<&'k CallRow> {
        self.by_dex.get(dex as usize)?.get(&index).copied()
    }
}
