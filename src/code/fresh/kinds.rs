//! Which of several classes an object once was.
//!
//! R8 merges classes that are alike, lambdas above all, into one, and keeps the number of the former class in a final
//! field that the constructor sets; the methods branch on it. What a walk makes objects of tells which branches it can
//! take. The same holds for any final number that constructors are given.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Evaluator, Key};
use crate::code::constants::{self, Constant};
use crate::code::fields::Field;
use crate::code::program::ClassId;
use crate::code::values::Val;
use crate::formats::dex::access;

/// Different numbers beyond which a field says nothing.
const MAX_NUMBERS: usize = 256;

/// Where a constructor has the number from.
#[derive(Debug, Clone, Copy)]
enum Origin {
    Number(i64),
    /// The argument at this place, the receiver counted.
    Argument(usize),
}

/// A final number, by constructor.
#[derive(Debug)]
struct KindField {
    id: u64,
    origins: FxHashMap<u32, Origin>,
}

/// Final numbers of classes, and what they are given.
#[derive(Debug, Clone, Default)]
pub(super) struct Kinds {
    by_class: FxHashMap<u32, Arc<[KindField]>>,
    /// The numbers that each field has, ascending; `None` when it may have any.
    given: Vec<Option<Vec<i64>>>,
    /// Positions in [`Self::given`] by id of the field.
    positions: FxHashMap<u64, u32>,
}

impl Kinds {
    fn position(&mut self, id: u64) -> u32 {
        let next = self.given.len() as u32;
        let position = *self.positions.entry(id).or_insert(next);
        if position == next {
            self.given.push(Some(Vec::new()));
        }
        position
    }

    /// The numbers that a value [`Val::OneOf`] stands for, where they are known.
    pub(super) fn numbers(&self, position: u32) -> Option<&[i64]> {
        self.given.get(position as usize)?.as_deref()
    }

    /// Adds a number; the count of those known when there is one more, or 0 when any may be.
    fn add(&mut self, id: u64, number: Option<i64>) -> Option<usize> {
        let position = self.position(id);
        let slot = self.given.get_mut(position as usize)?;
        let numbers = slot.as_mut()?;
        let place = number.map(|number| (number, numbers.binary_search(&number)));
        match place {
            Some((_, Ok(_))) => return None,
            Some((number, Err(at))) if numbers.len() < MAX_NUMBERS => {
                numbers.insert(at, number);
                return Some(numbers.len());
            }
            _ => {}
        }
        *slot = None;
        Some(0)
    }
}

impl Evaluator<'_, '_> {
    /// A method is called, perhaps a constructor; `arguments` are `None` where nothing is known of them.
    pub(super) fn note_made(&mut self, constructor: u32, arguments: Option<&[Val]>) {
        let Some(row) = self.program.body(self.program.body_at(constructor)) else { return };
        if row.access & access::CONSTRUCTOR == 0 {
            return;
        }
        for field in self.kind_fields(row.class).iter() {
            let number = match field.origins.get(&constructor) {
                Some(Origin::Number(number)) => Some(*number),
                Some(Origin::Argument(at)) => {
                    arguments.and_then(|values| values.get(*at)?.int()).map(|(number, _)| number)
                }
                // Another constructor of the class sets it.
                None => continue,
            };
            if let Some(count) = self.kinds.add(field.id, number) {
                let key = Key::Kinds(field.id);
                self.store.insert(key, Val::Int(count as i64, 0));
                self.dirty.extend(self.readers.get(&key).into_iter().flatten());
            }
        }
    }

    /// The value of a final number of an object that is not known, when it is one of several.
    pub(super) fn kind(&mut self, field: &Field) -> Option<Val> {
        self.kind_fields(field.class).iter().find(|known| known.id == field.id)?;
        self.look_up(Key::Kinds(field.id), true);
        let position = self.kinds.position(field.id);
        self.kinds.numbers(position).filter(|numbers| numbers.len() > 1).map(|_| Val::OneOf(position))
    }

    fn kind_fields(&mut self, class: ClassId) -> Arc<[KindField]> {
        if let Some(known) = self.kinds.by_class.get(&class.0) {
            return Arc::clone(known);
        }
        let found: Arc<[KindField]> = self.find_kind_fields(class).into();
        self.kinds.by_class.insert(class.0, Arc::clone(&found));
        found
    }

    /// Fields that every constructor that sets them sets to a number of its own or to one that it is given.
    fn find_kind_fields(&mut self, class: ClassId) -> Vec<KindField> {
        let program = self.program;
        let Some((row, dex)) = program.class(class).and_then(|row| Some((row, program.dex(row.dex)?))) else {
            return Vec::new();
        };
        let is_number = |kind: u32| dex.type_bytes(kind) == Some(b"I");
        let own = self.dispatch.fields(program, class.0).iter();
        let own = own.filter(|own| !own.is_static && own.access & access::FINAL != 0 && is_number(own.kind));
        let numbers: Vec<u32> = own.map(|own| own.index).collect();
        if numbers.is_empty() {
            return Vec::new();
        }
        let mut origins: FxHashMap<u32, Option<FxHashMap<u32, Origin>>> = FxHashMap::default();
        for constructor in self.dispatch.constructors(program, class.0) {
            for (field, value) in constants::writes(program, program.body_at(constructor)) {
                if !numbers.contains(&field) {
                    continue;
                }
                let origin = match value {
                    Constant::Int(number) => Some(Origin::Number(number)),
                    Constant::Parameter(at) => Some(Origin::Argument(usize::from(at))),
                    _ => None,
                };
                let slot = origins.entry(field).or_insert_with(|| Some(FxHashMap::default()));
                let is_first =
                    slot.as_mut().zip(origin).map(|(known, origin)| known.insert(constructor, origin).is_none());
                if is_first != Some(true) {
                    *slot = None;
                }
            }
        }
        let known = origins.into_iter().filter_map(|(field, origins)| Some((field, origins?)));
        let with_ids: Vec<(u32, FxHashMap<u32, Origin>)> = known.collect();
        with_ids
            .into_iter()
            .filter_map(|(field, origins)| Some(KindField { id: self.field(row.dex, field)?.id, origins }))
            .collect()
    }
}
