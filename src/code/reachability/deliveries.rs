//! Which handler gets a message that is sent, and which part of the handler the message leads to.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Doubt, EdgeKind, Parent, Run};
use crate::code::fresh::Ranges;
use crate::code::messages::Whats;
use crate::code::outer;
use crate::code::program::{ClassId, Program};
use crate::knowledge::Framework;

/// Superclass of what takes messages.
const HANDLER: &str = "android.os.Handler";

/// A method that is called when a message is sent to an object made in this walk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Receiver {
    pub(super) target: u32,
    pub(super) class: u32,
    /// Who made the object.
    pub(super) body: u32,
}

/// Which part of a handler each message leads to, with its sender, by receiving body.
pub(in crate::code) type Deliveries = FxHashMap<u32, Vec<(Ranges, Parent)>>;

/// Classes with a handler within them, by descriptor without what follows the `$`.
pub(super) fn own_handlers<'x>(program: &'x Program<'_>, framework: &Framework) -> FxHashSet<&'x [u8]> {
    program
        .class_ids()
        .map(|class| program.descriptor(class))
        .filter(|name| name.contains(&b'$') && program.inherits(name, HANDLER, framework))
        .map(outer)
        .collect()
}

impl Run<'_, '_> {
    /// Hands a message that `sender` sends to an object that can be the one it is sent to.
    pub(super) fn deliver(&mut self, receiver: Receiver, sender: u32, number: usize) {
        let world = self.world;
        // Nothing new can come of it.
        let takes_all =
            self.evaluator.as_ref().is_none_or(|evaluator| evaluator.whats.get(&receiver.target) == Some(&Whats::Any));
        if takes_all && self.parents.contains_key(&receiver.target) {
            return;
        }
        let Some(send) = world.sends.get(&sender).and_then(|sends| sends.get(number)) else { return };
        let kind = EdgeKind::HandOff;
        match send.class {
            Some(class) if world.dispatch.supertypes(receiver.class).contains(&class) => {}
            Some(_) => return,
            // Sent through a plain `Handler`: surely to one that the same part of the app made.
            None if self.belong_together(receiver, sender) => {}
            // Who has a handler of his own does not send to a stranger's.
            None if self.are_strangers(receiver, sender) => return,
            None if self.passes_doubt() => {}
            None => {
                self.doubts.push(Doubt::Deliver(receiver, sender, number));
                return;
            }
        }
        if let Some(evaluator) = &mut self.evaluator {
            let whats = evaluator.whats.entry(receiver.target).or_insert_with(|| Whats::These(Vec::new()));
            if whats.add(&send.whats) {
                evaluator.dirty.push(receiver.target);
            }
            self.delivered.push((receiver.target, Parent { body: sender, unit: send.unit, kind }, send.whats.clone()));
        }
        self.reach(receiver.target, sender, send.unit, kind);
    }

    /// For each handler, which part of it each message leads to.
    pub(in crate::code) fn deliveries(&mut self) -> Deliveries {
        let mut out = Deliveries::default();
        let Some(evaluator) = &mut self.evaluator else { return out };
        let mut known: FxHashMap<(u32, Whats), Ranges> = FxHashMap::default();
        for (target, parent, whats) in std::mem::take(&mut self.delivered) {
            let ranges = known.entry((target, whats.clone())).or_insert_with(|| {
                evaluator.whats.insert(target, whats);
                evaluator.analyse(target, false)
            });
            out.entry(target).or_default().push((ranges.clone(), parent));
        }
        out
    }

    /// True when the object was made by the class that sends, or by one around or within it.
    fn belong_together(&self, receiver: Receiver, sender: u32) -> bool {
        let program = self.world.program;
        let class = |body: u32| program.body(program.body_at(body)).map(|row| row.class);
        let (Some(sends), Some(makes)) = (class(sender), class(receiver.body)) else { return false };
        sends == makes || outer(program.descriptor(sends)) == outer(program.descriptor(makes))
    }

    /// True when the sending class has a handler within it and the object is of another part of the package tree.
    fn are_strangers(&self, receiver: Receiver, sender: u32) -> bool {
        let program = self.world.program;
        let Some(sends) = program.body(program.body_at(sender)).map(|row| program.descriptor(row.class)) else {
            return false;
        };
        let receives = program.descriptor(ClassId(receiver.class));
        self.world.own_handlers.contains(outer(sends)) && home(sends) != home(receives)
    }
}

/// The first two parts of a class's package.
fn home(descriptor: &[u8]) -> &[u8] {
    let mut ends = memchr::memchr_iter(b'/', descriptor);
    let end = ends.nth(1).or_else(|| memchr::memrchr(b'/', descriptor)).unwrap_or(0);
    descriptor.get(..end).unwrap_or_default()
}
