//! DEX files, versions 035 to 041.
//!
//! Source: "Dalvik executable format" (source.android.com) and AOSP `libdexfile`. The view borrows
//! the file; tables are checked against its end once, items are decoded on demand. Every index a
//! caller passes may come from hostile bytes, so every accessor returns an `Option`.

pub mod access;
mod annotations;
mod class_data;
mod debug_info;
mod instruction;
mod value;

use std::borrow::Cow;

pub use class_data::{ClassData, CodeItem, EncodedField, EncodedMethod, TryItem};
pub use instruction::{APP_PACKAGE, Instruction, Instructions, RefKind, Reference, References, opcode};
pub use value::EncodedValue;

use super::bytes::{Cursor, slice_at, u16_at, u32_at};
use super::string_pool::decode_modified_utf8;
use super::{Decoded, Flaw, FormatError};

/// "No index" in tables of 32-bit indices.
pub const NO_INDEX: u32 = u32::MAX;
const HEADER_BYTES: usize = 0x70;
const ENDIAN_REVERSED: u32 = 0x7856_3412;
const MAP_CALL_SITE_ID: u16 = 0x0007;
const MAP_METHOD_HANDLE: u16 = 0x0008;

/// True when `data` starts like a DEX file of any version.
pub fn is_dex(data: &[u8]) -> bool {
    data.starts_with(b"dex\n0") && data.get(7) == Some(&0)
}

/// One DEX file within a container (version 041 files may hold several).
#[derive(Debug, Clone, Copy)]
pub struct Dex<'a> {
    data: &'a [u8],
    /// Format version, e.g. 35.
    pub version: u32,
    strings: &'a [[u8; 4]],
    types: &'a [[u8; 4]],
    protos: &'a [[u8; 12]],
    fields: &'a [[u8; 8]],
    methods: &'a [[u8; 8]],
    classes: &'a [[u8; 32]],
    call_sites: &'a [[u8; 4]],
    method_handles: &'a [[u8; 8]],
}

/// An entry of the field table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldId {
    /// Defining or referenced class (type index).
    pub class: u32,
    /// Type (type index).
    pub kind: u32,
    /// Name (string index).
    pub name: u32,
}

/// An entry of the method table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodId {
    /// Defining or referenced class (type index).
    pub class: u32,
    /// Prototype index.
    pub proto: u32,
    /// Name (string index).
    pub name: u32,
}

/// An entry of the class definition table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassDef {
    /// The class (type index).
    pub class: u32,
    /// Access flags.
    pub access: u32,
    /// Superclass (type index) or [`NO_INDEX`].
    pub superclass: u32,
    /// Offset of the interface list, 0 for none.
    pub interfaces: u32,
    /// Source file (string index) or [`NO_INDEX`].
    pub source_file: u32,
    /// Offset of the annotations directory, 0 for none.
    pub annotations: u32,
    /// Offset of the class data, 0 for none.
    pub class_data: u32,
    /// Offset of the initial values of static fields, 0 for none.
    pub static_values: u32,
}

/// Decodes the header and finds the tables of every DEX file in `data`.
///
/// # Errors
/// When the magic is wrong, the byte order is reversed, or a table lies outside the data: Android
/// refuses such files too. Wrong checksums and sizes that can be worked around are flaws.
pub fn parse(data: &[u8]) -> Result<Decoded<Vec<Dex<'_>>>, FormatError> {
    let mut flaws = Vec::new();
    let first = Dex::at(data, 0, &mut flaws)?;
    let mut found = vec![first];
    if first.version >= 41 {
        // Version 041: header fields container_size and header_offset, files stand back to back.
        let end = (u32_at(data, 0x70).unwrap_or(0) as usize).min(data.len());
        let mut offset = u32_at(data, 32).unwrap_or(0) as usize;
        while offset >= HEADER_BYTES && offset < end && found.len() < 1000 {
            let next = Dex::at(data, offset, &mut flaws)?;
            found.push(next);
            let size = u32_at(data, offset.saturating_add(32)).unwrap_or(0) as usize;
            if size < HEADER_BYTES {
                break;
            }
            offset = offset.saturating_add(size);
        }
    }
    Ok(Decoded { value: found, flaws })
}

fn table<'a, const N: usize>(
    data: &'a [u8],
    header: usize,
    field: usize,
    what: &str,
) -> Result<&'a [[u8; N]], FormatError> {
    let at = header.saturating_add(field);
    let (Some(count), Some(offset)) = (u32_at(data, at), u32_at(data, at.saturating_add(4))) else {
        return Err(FormatError::new("DEX", at, "header cut off"));
    };
    if count == 0 {
        return Ok(&[]);
    }
    let bytes = (count as usize).checked_mul(N).and_then(|bytes| slice_at(data, offset as usize, bytes));
    match bytes {
        Some(bytes) => Ok(bytes.as_chunks::<N>().0),
        None => Err(FormatError::new(
            "DEX",
            at,
            format!("{count} {what} at {offset:#x} lie outside the {} bytes of the file", data.len()),
        )),
    }
}

impl<'a> Dex<'a> {
    fn at(data: &'a [u8], header: usize, flaws: &mut Vec<Flaw>) -> Result<Self, FormatError> {
        let fail = |at: usize, detail: String| FormatError::new("DEX", header.saturating_add(at), detail);
        let head = slice_at(data, header, HEADER_BYTES).ok_or_else(|| {
            fail(0, format!("{} bytes are shorter than the header of 112", data.len().saturating_sub(header)))
        })?;
        if !is_dex(head) {
            return Err(fail(0, "no `dex` magic".into()));
        }
        let digits = head.get(4..7).unwrap_or_default();
        let version = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).unwrap_or(0);
        if !(35..=41).contains(&version) {
            flaws.push(Flaw::new(
                "dex-version",
                header.saturating_add(4),
                format!("version {:?}; 035 to 041 are known", String::from_utf8_lossy(digits)),
            ));
        }
        if u32_at(head, 40) == Some(ENDIAN_REVERSED) {
            return Err(fail(40, "reversed byte order, which Android refuses".into()));
        }
        let size = u32_at(head, 32).unwrap_or(0) as usize;
        if version < 41 && size != data.len() {
            flaws.push(Flaw::new(
                "dex-size",
                header.saturating_add(32),
                format!("claims {size} bytes, has {}", data.len()),
            ));
        }
        let mut dex = Dex {
            data,
            version,
            strings: table(data, header, 56, "strings")?,
            types: table(data, header, 64, "types")?,
            protos: table(data, header, 72, "prototypes")?,
            fields: table(data, header, 80, "fields")?,
            methods: table(data, header, 88, "methods")?,
            classes: table(data, header, 96, "classes")?,
            call_sites: &[],
            method_handles: &[],
        };
        dex.read_map(header, flaws);
        dex.note_bad_rows(header, flaws);
        Ok(dex)
    }

    /// Rows of the id tables that point outside other tables. Such rows are kept, so that indices stay true.
    fn note_bad_rows(&self, header: usize, flaws: &mut Vec<Flaw>) {
        let (strings, types, protos) = (self.strings.len() as u32, self.types.len() as u32, self.protos.len() as u32);
        let word = |row: &[u8], at: usize| u32_at(row, at).unwrap_or(u32::MAX);
        let half = |row: &[u8], at: usize| u16_at(row, at).map_or(u32::MAX, u32::from);
        let bad_types = self.types.iter().filter(|row| u32::from_le_bytes(**row) >= strings).count();
        let bad_fields = self
            .fields
            .iter()
            .filter(|row| half(&row[..], 0) >= types || half(&row[..], 2) >= types || word(&row[..], 4) >= strings)
            .count();
        let bad_methods = self
            .methods
            .iter()
            .filter(|row| half(&row[..], 0) >= types || half(&row[..], 2) >= protos || word(&row[..], 4) >= strings)
            .count();
        let bad_protos = self
            .protos
            .iter()
            .filter(|row| {
                word(&row[..], 0) >= strings || word(&row[..], 4) >= types || !self.has_type_list(word(&row[..], 8))
            })
            .count();
        for (field, what, bad) in [
            (64, "types", bad_types),
            (72, "prototypes", bad_protos),
            (80, "fields", bad_fields),
            (88, "methods", bad_methods),
        ] {
            if bad > 0 {
                flaws.push(Flaw::new(
                    "dex-table",
                    header.saturating_add(field),
                    format!("{bad} {what} point outside the tables of the file"),
                ));
            }
        }
    }

    /// True for offset 0 and for a type list that is there whole.
    pub fn has_type_list(&self, offset: u32) -> bool {
        let count = || u32_at(self.data, offset as usize).map(|count| (count as usize).saturating_mul(2));
        offset == 0
            || count().is_some_and(|bytes| slice_at(self.data, (offset as usize).saturating_add(4), bytes).is_some())
    }

    fn read_map(&mut self, header: usize, flaws: &mut Vec<Flaw>) {
        let map = u32_at(self.data, header.saturating_add(52)).unwrap_or(0) as usize;
        let Some(count) = u32_at(self.data, map) else {
            flaws.push(Flaw::new("dex-map", map, "the map list lies outside the file"));
            return;
        };
        let mut cursor = Cursor::at(self.data, map.saturating_add(4));
        for _ in 0..count.min(64) {
            let (Some(kind), Some(_), Some(size), Some(offset)) =
                (cursor.u16(), cursor.u16(), cursor.u32(), cursor.u32())
            else {
                return;
            };
            let bytes = |width: usize| {
                (size as usize)
                    .checked_mul(width)
                    .and_then(|bytes| slice_at(self.data, offset as usize, bytes))
                    .unwrap_or_default()
            };
            match kind {
                MAP_CALL_SITE_ID => self.call_sites = bytes(4).as_chunks::<4>().0,
                MAP_METHOD_HANDLE => self.method_handles = bytes(8).as_chunks::<8>().0,
                _ => {}
            }
        }
    }

    /// The whole file.
    pub fn data(&self) -> &'a [u8] {
        self.data
    }

    /// Number of strings.
    pub fn string_count(&self) -> usize {
        self.strings.len()
    }

    /// Number of types.
    pub fn type_count(&self) -> usize {
        self.types.len()
    }

    /// Number of prototypes.
    pub fn proto_count(&self) -> usize {
        self.protos.len()
    }

    /// Number of field references.
    pub fn field_count(&self) -> usize {
        self.fields.len()
    }

    /// Number of method references.
    pub fn method_count(&self) -> usize {
        self.methods.len()
    }

    /// Number of class definitions.
    pub fn class_count(&self) -> usize {
        self.classes.len()
    }

    /// Number of call sites (`invoke-custom`).
    pub fn call_site_count(&self) -> usize {
        self.call_sites.len()
    }

    /// Number of method handles.
    pub fn method_handle_count(&self) -> usize {
        self.method_handles.len()
    }

    /// Bytes of string `index` in modified UTF-8, without the closing NUL.
    #[inline]
    pub fn string_bytes(&self, index: u32) -> Option<&'a [u8]> {
        let offset = u32::from_le_bytes(*self.strings.get(index as usize)?) as usize;
        let mut cursor = Cursor::at(self.data, offset);
        let units = cursor.uleb128()? as usize;
        let rest = self.data.get(cursor.pos()..)?;
        // ASCII has one byte per UTF-16 unit, so the NUL usually stands where the length says.
        if rest.get(units) == Some(&0)
            && let Some(text) = rest.get(..units)
            && text.is_ascii()
            && memchr::memchr(0, text).is_none()
        {
            return Some(text);
        }
        rest.get(..memchr::memchr(0, rest)?)
    }

    /// Index of the string with these bytes. Strings are sorted by UTF-16 code unit, which for ASCII is by
    /// byte; a file that is not sorted may not be searched with success.
    pub fn find_string(&self, wanted: &[u8]) -> Option<u32> {
        let (mut low, mut high) = (0u32, u32::try_from(self.strings.len()).ok()?);
        while low < high {
            let middle = low.midpoint(high);
            match self.string_bytes(middle)?.cmp(wanted) {
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Less => low = middle.saturating_add(1),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// String `index`.
    pub fn string(&self, index: u32) -> Option<Cow<'a, str>> {
        let bytes = self.string_bytes(index)?;
        Some(match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => decode_modified_utf8(bytes),
        })
    }

    /// String index of the descriptor of type `index`.
    #[inline]
    pub fn type_string(&self, index: u32) -> Option<u32> {
        self.types.get(index as usize).map(|bytes| u32::from_le_bytes(*bytes))
    }

    /// Descriptor of type `index` as raw bytes, e.g. `Ljava/lang/String;`.
    #[inline]
    pub fn type_bytes(&self, index: u32) -> Option<&'a [u8]> {
        self.string_bytes(self.type_string(index)?)
    }

    /// Descriptor of type `index`.
    pub fn type_descriptor(&self, index: u32) -> Option<Cow<'a, str>> {
        self.string(self.type_string(index)?)
    }

    /// Field reference `index`.
    pub fn field(&self, index: u32) -> Option<FieldId> {
        let row = self.fields.get(index as usize)?;
        Some(FieldId { class: u32::from(u16_at(row, 0)?), kind: u32::from(u16_at(row, 2)?), name: u32_at(row, 4)? })
    }

    /// Method reference `index`.
    #[inline]
    pub fn method(&self, index: u32) -> Option<MethodId> {
        let row = self.methods.get(index as usize)?;
        Some(MethodId { class: u32::from(u16_at(row, 0)?), proto: u32::from(u16_at(row, 2)?), name: u32_at(row, 4)? })
    }

    /// Return type of prototype `index` (type index).
    pub fn return_type(&self, index: u32) -> Option<u32> {
        u32_at(self.protos.get(index as usize)?, 4)
    }

    /// Parameter types of prototype `index` (type indices).
    pub fn parameters(&self, index: u32) -> impl Iterator<Item = u32> + 'a {
        let offset = self.protos.get(index as usize).and_then(|row| u32_at(row, 8)).unwrap_or(0);
        self.type_list(offset)
    }

    /// The type list at `offset`; empty for offset 0 or where it is cut off.
    pub fn type_list(&self, offset: u32) -> impl Iterator<Item = u32> + use<'a> {
        let count = if offset == 0 { 0 } else { u32_at(self.data, offset as usize).unwrap_or(0) };
        let bytes = slice_at(self.data, (offset as usize).saturating_add(4), (count as usize).saturating_mul(2))
            .unwrap_or_default();
        bytes.as_chunks::<2>().0.iter().map(|pair| u32::from(u16::from_le_bytes(*pair)))
    }

    /// Descriptor of prototype `index`, e.g. `(ILjava/lang/String;)V`.
    pub fn proto_descriptor(&self, index: u32) -> Option<String> {
        let mut text = String::from("(");
        for parameter in self.parameters(index) {
            text.push_str(&self.type_descriptor(parameter)?);
        }
        text.push(')');
        text.push_str(&self.type_descriptor(self.return_type(index)?)?);
        Some(text)
    }

    /// Class definition `index`.
    pub fn class(&self, index: u32) -> Option<ClassDef> {
        let row = self.classes.get(index as usize)?;
        let word = |at: usize| u32_at(row, at);
        Some(ClassDef {
            class: word(0)?,
            access: word(4)?,
            superclass: word(8)?,
            interfaces: word(12)?,
            source_file: word(16)?,
            annotations: word(20)?,
            class_data: word(24)?,
            static_values: word(28)?,
        })
    }

    /// Class definitions in file order.
    pub fn classes(&self) -> impl Iterator<Item = ClassDef> + '_ {
        (0..u32::try_from(self.classes.len()).unwrap_or(0)).filter_map(|index| self.class(index))
    }

    /// Method (or field) that method handle `index` refers to, with the handle's kind.
    pub fn method_handle(&self, index: u32) -> Option<(u16, u32)> {
        let row = self.method_handles.get(index as usize)?;
        Some((u16_at(row, 0)?, u32::from(u16_at(row, 4)?)))
    }

    /// Values of call site `index`: bootstrap handle, name, type, then extra arguments.
    pub fn call_site(&self, index: u32) -> Option<Vec<EncodedValue>> {
        let offset = u32::from_le_bytes(*self.call_sites.get(index as usize)?);
        value::encoded_array(self.data, offset as usize)
    }

    /// Initial values of the static fields of a class, in field order.
    pub fn static_values(&self, class: &ClassDef) -> Vec<EncodedValue> {
        if class.static_values == 0 {
            return Vec::new();
        }
        value::encoded_array(self.data, class.static_values as usize).unwrap_or_default()
    }

    /// True when the first static value of a class is the id of one of the app's resources, as in `R` classes.
    pub fn begins_with_resource(&self, class: &ClassDef) -> bool {
        if class.static_values == 0 {
            return false;
        }
        let mut cursor = Cursor::at(self.data, class.static_values as usize);
        // An `int` of four bytes: type 0x04, three more bytes than one.
        cursor.uleb128().is_some_and(|count| count > 0)
            && self.data.get(cursor.pos()) == Some(&0x64)
            && cursor.pos().checked_add(4).and_then(|at| self.data.get(at)) == Some(&(APP_PACKAGE as u8))
    }

    /// Methods of a class that carry an annotation of type `kind`, by method index.
    pub fn annotated_methods(&self, class: &ClassDef, kind: u32) -> Vec<u32> {
        if class.annotations == 0 {
            return Vec::new();
        }
        annotations::methods_with(self.data, class.annotations as usize, kind)
    }

    /// Source line of the instruction at `unit` (16-bit code units from the method's start).
    pub fn line(&self, code: &CodeItem<'a>, unit: u32) -> Option<u32> {
        debug_info::line(self.data, code.debug_info as usize, unit)
    }
}
