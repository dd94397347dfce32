//! Subtype questions over the app's classes and the platform's.

use std::borrow::Cow;

use super::program::{ClassId, Program};
use crate::knowledge::Framework;

/// Longest chain of superclasses that is followed; deeper ones are hostile.
const MAX_DEPTH: u32 = 64;

impl Program<'_> {
    /// True when the class with raw descriptor `class` is `wanted` (dotted) or inherits from it.
    pub fn inherits(&self, class: &[u8], wanted: &str, framework: &Framework) -> bool {
        self.inherits_within(class, wanted, framework, MAX_DEPTH)
    }

    fn inherits_within(&self, class: &[u8], wanted: &str, framework: &Framework, depth: u32) -> bool {
        if depth == 0 || class.first() != Some(&b'L') {
            return false;
        }
        if is_named(class, wanted) {
            return true;
        }
        match self.find(class) {
            Some(id) => {
                let next = depth.saturating_sub(1);
                self.superclass(id).is_some_and(|parent| self.inherits_within(parent, wanted, framework, next))
                    || self.interfaces(id).iter().any(|parent| self.inherits_within(parent, wanted, framework, next))
            }
            None => framework.inherits(&dotted(class), wanted),
        }
    }

    /// The platform class (dotted) that a class ends in when its superclasses are followed through
    /// the app.
    pub fn platform_ancestor(&self, id: ClassId) -> Option<String> {
        let mut id = id;
        for _ in 0..MAX_DEPTH {
            let parent = self.superclass(id)?;
            match self.find(parent) {
                Some(next) => id = next,
                None => return Some(dotted(parent).into_owned()),
            }
        }
        None
    }

    /// Where a call of a method with this name and prototype on `class` lands: in an app class, or
    /// beyond the app at a platform (or missing) class.
    pub(super) fn lands(&self, class: &[u8], name: &[u8], descriptor: &str) -> Landing {
        let Some(mut id) = self.find(class) else { return Landing::Outside(dotted(class).into_owned()) };
        for _ in 0..MAX_DEPTH {
            if self.defines(id, name, descriptor) {
                return Landing::App(id);
            }
            let Some(parent) = self.superclass(id) else { break };
            match self.find(parent) {
                Some(next) => id = next,
                None => return Landing::Outside(dotted(parent).into_owned()),
            }
        }
        Landing::Nowhere
    }

    /// True when the class itself has the method.
    pub fn defines(&self, id: ClassId, name: &[u8], descriptor: &str) -> bool {
        let Some(dex) = self.class(id).and_then(|class| self.dex(class.dex)) else { return false };
        self.methods(id).iter().any(|method| {
            dex.method(method.method).is_some_and(|row| {
                dex.string_bytes(row.name) == Some(name)
                    && (descriptor.is_empty() || dex.proto_descriptor(row.proto).is_some_and(|text| text == descriptor))
            })
        })
    }
}

/// Where a method reference resolves to.
pub(super) enum Landing {
    /// An app class defines it.
    App(#[allow(dead_code)] ClassId),
    /// A class outside the app, dotted.
    Outside(String),
    /// The chain of superclasses does not end.
    Nowhere,
}

fn is_named(descriptor: &[u8], dotted: &str) -> bool {
    let Some(inner) = descriptor.strip_prefix(b"L").and_then(|rest| rest.strip_suffix(b";")) else { return false };
    inner.len() == dotted.len()
        && inner.iter().zip(dotted.as_bytes()).all(|(a, b)| a == b || (*a == b'/' && *b == b'.'))
}

fn dotted(descriptor: &[u8]) -> Cow<'static, str> {
    Cow::Owned(super::display_class(&String::from_utf8_lossy(descriptor)))
}
