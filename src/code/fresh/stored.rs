//! Values that are kept: preferences, files and fields.

use super::{Access, Evaluator, Key};
use crate::code::fields::{Field, field_of, platform_constant};
use crate::code::values::Val;
use crate::formats::dex::EncodedValue;

impl Evaluator<'_, '_> {
    fn key_number(&mut self, key: Key) -> u32 {
        if let Some(number) = self.key_numbers.get(&key) {
            return *number;
        }
        self.keys.push(key);
        let number = self.keys.len() as u32;
        self.key_numbers.insert(key, number);
        number
    }

    /// Reads a place that holds `initial` until it is written.
    pub(super) fn read(&mut self, key: Key, initial: Val) -> Val {
        let value = match self.look_up(key, true) {
            Some(stored) => initial.join(stored),
            None => initial,
        };
        match value {
            Val::Int(number, 0) => Val::Int(number, self.key_number(key)),
            other => other,
        }
    }

    /// What is stored; `watched` when a change of it matters to the reader.
    pub(super) fn look_up(&mut self, key: Key, watched: bool) -> Option<Val> {
        let value = self.store.get(&key).copied();
        if watched {
            self.readers.entry(key).or_default().insert(self.outer);
        }
        self.log.push(Access::Read(key, value, watched));
        value
    }

    pub(super) fn write(&mut self, key: Key, value: Val) {
        let value = match value {
            Val::Int(number, _) => Val::Int(number, 0),
            Val::Parameter => Val::Unknown,
            other => other,
        };
        self.log.push(Access::Write(key, value));
        self.writes.insert((key, self.outer));
        let new = match self.store.get(&key) {
            Some(old) => old.join(value),
            None => value,
        };
        if self.store.insert(key, new) != Some(new)
            && let Some(readers) = self.readers.get(&key)
        {
            self.dirty.extend(readers);
        }
    }

    pub(super) fn field(&mut self, dex: u32, index: u32) -> Option<Field> {
        if let Some(known) = self.fields.get(&(dex, index)) {
            return *known;
        }
        let found = field_of(self.program, self.dispatch, dex, index).filter(|field| !self.is_opaque(field.class));
        if let Some(field) = found {
            let name = self.program.dex(field.dex).and_then(|dex| dex.string(field.name)).unwrap_or_default();
            let full = format!("{}.{name}", self.program.class_name(field.class));
            self.field_names.insert(field.id, full);
        }
        self.fields.insert((dex, index), found);
        found
    }

    pub(super) fn read_field(&mut self, dex: u32, index: u32, receiver: Option<Val>) -> Val {
        let Some(field) = self.field(dex, index) else {
            return platform_constant(self.program, dex, index).unwrap_or(Val::Unknown);
        };
        if let Some(object) = receiver.and_then(Val::object) {
            let slot = Key::Slot(object, field.id);
            let watched = self.store.contains_key(&slot);
            if let Some(value) = self.look_up(slot, watched) {
                return value.or_null();
            }
        }
        if !field.is_static
            && field.is_final
            && let Some(kind) = self.kind(&field)
        {
            return kind;
        }
        let initial = match (field.is_static, self.initials.get(&field.id)) {
            (false, _) => None,
            (true, Some(known)) => *known,
            (true, None) => {
                let found = self.initial_value(&field);
                self.initials.insert(field.id, found);
                found
            }
        };
        if !self.written.contains(&field.id) {
            // Set by nobody that we see: a constant has its value, everything else comes from elsewhere.
            return initial.unwrap_or(Val::Unknown);
        }
        let key = Key::Field(field.id);
        let mut initial = initial.unwrap_or(Val::NULL);
        if field.is_final
            && let Some(stored) = self.look_up(key, false)
        {
            initial = stored;
        }
        self.read(key, initial)
    }

    fn initial_value(&mut self, field: &Field) -> Option<Val> {
        let program = self.program;
        let row = program.class(field.class)?;
        let dex = program.dex(row.dex)?;
        let name = program.dex(field.dex)?.string_bytes(field.name)?;
        let data = dex.class_data(&row.def);
        let position = data
            .static_fields
            .iter()
            .position(|known| dex.field(known.field).and_then(|known| dex.string_bytes(known.name)) == Some(name))?;
        match dex.static_values(&row.def).into_iter().nth(position)? {
            EncodedValue::Int(number) => Some(Val::Int(number, 0)),
            EncodedValue::String(index) => Some(Val::Text(self.intern(dex.string_bytes(index)?))),
            EncodedValue::Null => Some(Val::NULL),
            _ => Some(Val::Unknown),
        }
    }
}
