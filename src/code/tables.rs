//! What every walk through a program looks up.

use super::dispatch::{CallOf, Dispatch};
use super::entry_points::EntryPoints;
use super::program::{BodyId, ClassId, Program};
use super::roles::Roles;
use crate::knowledge::schema::CallRole;
use crate::knowledge::{Framework, Knowledge, When};

/// Most targets of one virtual call that are followed one by one. Wider calls are summarised: their
/// targets count as called where the objects are made.
pub const MAX_CALL_TARGETS: usize = 48;
/// Beyond that many, a method says nothing about who implements it for whom.
const MAX_IMPLEMENTATIONS: usize = 8;

/// Dispatch, roles and entry points of one program.
#[derive(Debug)]
pub struct Tables<'k> {
    pub(super) dispatch: Dispatch,
    pub(super) roles: Roles<'k>,
    pub(super) entries: EntryPoints,
}

impl<'k> Tables<'k> {
    /// Builds them.
    pub fn new(program: &Program<'_>, app: &crate::app::App, knowledge: &'k Knowledge) -> Self {
        let page: Vec<&str> = knowledge
            .calls()
            .iter()
            .filter(|row| row.role == CallRole::PageMethod)
            .map(|row| row.class.as_str())
            .collect();
        let (dispatch, roles) =
            rayon::join(|| Dispatch::new(program, MAX_CALL_TARGETS, &page), || Roles::new(program, knowledge));
        let entries = EntryPoints::new(app, program, &dispatch, &roles);
        Self { dispatch, roles, entries }
    }

    /// Entry points of the app.
    pub fn entries(&self) -> &EntryPoints {
        &self.entries
    }

    /// Calls with a role.
    pub fn roles(&self) -> &Roles<'k> {
        &self.roles
    }

    /// The body that a call of method `index` of file `dex` runs when the receiver is of the named class.
    pub fn callee(&self, program: &Program<'_>, dex: u32, index: u32) -> Option<BodyId> {
        self.dispatch.declared_target(program, dex, index).map(|number| program.body_at(number))
    }

    /// The bodies that a call of method `index` of file `dex` may run, whatever the receiver; none where they are many.
    pub fn implementations(&self, program: &Program<'_>, dex: u32, index: u32) -> Vec<BodyId> {
        let declared = self.callee(program, dex, index);
        let class = program.dex(dex).and_then(|file| program.class_of_type(dex, file.method(index)?.class));
        let targets =
            class.map(|class| self.dispatch.targets(class.0, self.dispatch.selector(dex, index), MAX_IMPLEMENTATIONS));
        let few = targets.filter(|targets| targets.len() <= MAX_IMPLEMENTATIONS).unwrap_or_default();
        let mut out: Vec<BodyId> = few.into_iter().map(|number| program.body_at(number)).collect();
        out.extend(declared);
        out.sort_unstable();
        out.dedup();
        out
    }

    /// Every call that names one of these methods as its target, in program order.
    pub fn calls_of(&self, program: &Program<'_>, targets: impl IntoIterator<Item = BodyId>) -> Vec<CallOf> {
        let targets = targets.into_iter().map(|body| program.body_number(body)).collect();
        self.dispatch.calls_of(program, &targets)
    }

    /// What runs on instances of a class when the user does something.
    pub fn user_callbacks(&self, program: &Program<'_>, framework: &Framework, class: ClassId) -> Vec<BodyId> {
        let callbacks = self.dispatch.callbacks(program, framework, class.0).iter();
        callbacks.filter(|(_, when)| *when == When::UserAction).map(|(body, _)| program.body_at(*body)).collect()
    }

    /// Virtual calls that are summarised.
    pub fn summarised_calls(&self) -> usize {
        self.dispatch.hub_count()
    }
}
