//! What a method reaches by name: reflection, service loaders and intents.

use super::{Doubt, EdgeKind, Run};
use crate::app::manifest::ComponentKind;
use crate::code::dispatch::is_abstract;
use crate::code::program::{ClassId, Program};
use crate::knowledge::When;
use crate::knowledge::schema::CallRole;

/// Roles, classes and strings of one body.
#[derive(Default)]
pub(super) struct Links {
    pub(super) any: bool,
    roles: u64,
    pub(super) classes: Vec<(ClassId, u32)>,
    pub(super) casts: Vec<(ClassId, u32)>,
    pub(super) strings: Vec<(u32, u32)>,
}

impl Links {
    pub(super) fn add(&mut self, role: CallRole) {
        self.roles |= 1u64.wrapping_shl(role as u32);
        self.any |= matches!(
            role,
            CallRole::ClassByName
                | CallRole::MethodByName
                | CallRole::AllMethods
                | CallRole::NewInstance
                | CallRole::ServiceLoader
                | CallRole::Intent
        );
    }

    fn has(&self, role: CallRole) -> bool {
        self.roles & 1u64.wrapping_shl(role as u32) != 0
    }
}

impl Run<'_, '_> {
    /// Reflection, service loaders and intents of one body.
    pub(super) fn follow(&mut self, caller: u32, dex: u32, links: &Links) {
        let program = self.world.program;
        let Some(file) = program.dex(dex) else { return };
        let texts: Vec<(std::borrow::Cow<'_, str>, u32)> =
            links.strings.iter().filter_map(|(index, unit)| Some((file.string(*index)?, *unit))).collect();
        if links.has(CallRole::Intent) {
            self.components(caller, links, &texts);
        }
        if links.has(CallRole::ServiceLoader) {
            for (class, unit) in &links.classes {
                let name = program.class_name(*class);
                for found in self.world.entries.services_by_interface.get(&name).cloned().unwrap_or_default() {
                    self.start(found, caller, *unit, EdgeKind::Reflection);
                }
            }
        }
        let by_name = links.has(CallRole::ClassByName);
        let methods = links.has(CallRole::MethodByName);
        if !by_name && !methods && !links.has(CallRole::NewInstance) && !links.has(CallRole::AllMethods) {
            return;
        }
        let mut classes: Vec<(ClassId, u32)> = links.classes.clone();
        if by_name && links.has(CallRole::NewInstance) && texts.iter().all(|(text, _)| named(program, text).is_none()) {
            self.configured(caller, links);
        }
        if by_name {
            for (text, unit) in &texts {
                if let Some(class) = named(program, text) {
                    classes.push((class, *unit));
                    self.initialise(class.0, caller, *unit);
                }
            }
        }
        for (class, unit) in classes {
            if links.has(CallRole::NewInstance) && !is_abstract(program, class.0) {
                self.start(class, caller, unit, EdgeKind::Reflection);
            }
            if methods {
                for (text, at) in &texts {
                    for target in self.world.dispatch.by_name(program, class.0, text) {
                        self.reach(target, caller, *at, EdgeKind::Reflection);
                    }
                }
            }
            if links.has(CallRole::AllMethods) && links.has(CallRole::InvokeMethod) {
                let all: Vec<u32> = self.world.dispatch.bodies(class.0).collect();
                for target in all {
                    self.reach(target, caller, unit, EdgeKind::Reflection);
                }
            }
        }
    }

    /// A class by a name that is not constant, made and cast to a type of the app: what configuration names of it,
    /// though not which of them when.
    fn configured(&mut self, caller: u32, links: &Links) {
        let entries = self.world.entries;
        for (cast, unit) in &links.casts {
            for class in &entries.configured {
                if is_abstract(self.world.program, class.0)
                    || !self.world.dispatch.supertypes(class.0).contains(&cast.0)
                {
                    continue;
                }
                if self.passes_doubt() {
                    self.start(*class, caller, *unit, EdgeKind::Reflection);
                } else {
                    self.doubts.push(Doubt::Start(*class, caller, *unit));
                }
            }
        }
    }

    fn components(&mut self, caller: u32, links: &Links, texts: &[(std::borrow::Cow<'_, str>, u32)]) {
        let entries = self.world.entries;
        let mut found: Vec<(ClassId, u32)> =
            links.classes.iter().filter(|(class, _)| entries.components.contains_key(&class.0)).copied().collect();
        for (text, unit) in texts {
            if let Some(class) = self.world.program.find_dotted(text) {
                if entries.components.contains_key(&class.0) {
                    found.push((class, *unit));
                }
            } else if let Some(classes) = entries.by_action.get(text.as_ref()) {
                found.extend(classes.iter().map(|class| (*class, *unit)));
            }
        }
        let later = match (
            links.has(CallRole::StartComponent),
            links.has(CallRole::PendingUser),
            links.has(CallRole::PendingSystem),
        ) {
            (false, true, _) => Some(When::UserAction),
            (false, false, true) => Some(When::SystemEvent),
            _ => None,
        };
        for (class, unit) in found {
            match later {
                None => self.start(class, caller, unit, EdgeKind::Component),
                Some(when) => {
                    let kind = entries.components.get(&class.0).copied();
                    // Activities come up for the user; services and receivers run by themselves.
                    let when = if kind == Some(ComponentKind::Activity) { When::UserAction } else { when };
                    self.start_later(class, when, caller, unit);
                }
            }
        }
    }
}

/// The class of the app that a text names.
fn named(program: &Program<'_>, text: &str) -> Option<ClassId> {
    program.find_dotted(&text.replace('/', "."))
}
