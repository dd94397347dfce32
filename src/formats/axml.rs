//! Android binary XML: manifest, layouts, network security config, any compiled `res/xml`.
//!
//! Follows `ResXMLTree` of AOSP `libs/androidfw/ResourceTypes.cpp`: attributes are stepped by
//! `attributeSize` from `attributeStart`, the resource map names an attribute whatever its string
//! says, unknown chunks are skipped, and the file chunk's type is not looked at.

use std::borrow::Cow;

use super::bytes::{u16_at, u32_at};
use super::string_pool::StringPool;
use super::{Decoded, Flaw, FormatError};

const CHUNK_STRING_POOL: u16 = 0x0001;
const CHUNK_XML: u16 = 0x0003;
const CHUNK_RESOURCE_MAP: u16 = 0x0180;
const CHUNK_START_ELEMENT: u16 = 0x0102;
const CHUNK_END_ELEMENT: u16 = 0x0103;
const CHUNK_CDATA: u16 = 0x0104;
const ATTRIBUTE_BYTES: usize = 20;
const NO_INDEX: u32 = u32::MAX;
/// The namespace URI of platform attributes.
pub const ANDROID_NAMESPACE: &str = "http://schemas.android.com/apk/res/android";

/// A typed value (`Res_value`).
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// Resource id.
    Reference(u32),
    /// Theme attribute id.
    Attribute(u32),
    /// Text.
    Text(Cow<'a, str>),
    /// IEEE float.
    Float(f32),
    /// Dimension, raw complex bits.
    Dimension(u32),
    /// Fraction, raw complex bits.
    Fraction(u32),
    /// Integer; flags and enums are integers too.
    Int(i32),
    /// Integer written in hexadecimal.
    Hex(u32),
    /// Boolean.
    Bool(bool),
    /// ARGB colour.
    Color(u32),
}

impl<'a> Value<'a> {
    /// Reads type and data of a `Res_value`; text comes from `pool`.
    pub fn from_raw(kind: u8, data: u32, pool: &StringPool<'a>) -> Self {
        match kind {
            0x01 | 0x07 => Self::Reference(data),
            0x02 | 0x08 => Self::Attribute(data),
            0x03 => pool.get(data).map_or(Self::Null, Self::Text),
            0x04 => Self::Float(f32::from_bits(data)),
            0x05 => Self::Dimension(data),
            0x06 => Self::Fraction(data),
            0x10 => Self::Int(data as i32),
            0x11 => Self::Hex(data),
            0x12 => Self::Bool(data != 0),
            0x1c..=0x1f => Self::Color(data),
            0x00 => Self::Null,
            _ => Self::Hex(data),
        }
    }
}

/// One attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute<'a> {
    /// Name as written in the string pool; packers blank or swap it.
    pub name: Cow<'a, str>,
    /// Resource id of the name, 0 when it has none. This is what Android goes by.
    pub resource_id: u32,
    /// Namespace URI, empty when none.
    pub namespace: Cow<'a, str>,
    /// Typed value.
    pub value: Value<'a>,
    /// The text as written in the source, when the compiler kept it.
    pub raw: Option<Cow<'a, str>>,
}

/// One element, in document order.
#[derive(Debug, Clone, PartialEq)]
pub struct Element<'a> {
    /// Local name.
    pub name: Cow<'a, str>,
    /// 1-based line in the XML source; 0 when unknown.
    pub line: u32,
    /// 0 for the root.
    pub depth: u32,
    /// Index of the parent in [`Axml::elements`].
    pub parent: Option<u32>,
    /// Attributes in file order.
    pub attributes: Vec<Attribute<'a>>,
    /// Character data directly inside it, where there is any.
    pub text: Option<Cow<'a, str>>,
    /// Byte offset of the element's chunk.
    pub offset: usize,
}

impl<'a> Element<'a> {
    /// The attribute with this resource id; else the one with this name in the platform's
    /// namespace that carries no id.
    pub fn attribute(&self, resource_id: u32, name: &str) -> Option<&Attribute<'a>> {
        self.attributes.iter().find(|attribute| attribute.resource_id == resource_id).or_else(|| {
            self.attributes.iter().find(|attribute| {
                attribute.resource_id == 0 && attribute.name == name && attribute.namespace == ANDROID_NAMESPACE
            })
        })
    }

    /// The attribute without namespace called `name` (`package`, `split`, …). Android looks these up by
    /// name, so a padded resource map that gives them an id changes nothing.
    pub fn plain_attribute(&self, name: &str) -> Option<&Attribute<'a>> {
        self.attributes.iter().find(|attribute| attribute.namespace.is_empty() && attribute.name == name)
    }
}

/// A decoded document.
#[derive(Debug, Clone, Default)]
pub struct Axml<'a> {
    /// Elements in document order.
    pub elements: Vec<Element<'a>>,
}

struct Chunk<'a> {
    kind: u16,
    header_bytes: usize,
    offset: usize,
    data: &'a [u8],
}

/// Decodes a document.
///
/// # Errors
/// When no element can be read: no string pool, a broken one, or chunks that never reach an
/// element. Damage after the first element is recorded as a flaw, and what was read is kept.
pub fn parse(data: &[u8]) -> Result<Decoded<Axml<'_>>, FormatError> {
    let fail = |offset: usize, detail: &str| FormatError::new("binary XML", offset, detail);
    let (Some(kind), Some(header_bytes), Some(total)) = (u16_at(data, 0), u16_at(data, 2), u32_at(data, 4)) else {
        return Err(fail(0, "shorter than its 8-byte header"));
    };
    let mut flaws = Vec::new();
    if data.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<') {
        return Err(fail(0, "plain text XML, which Android does not read"));
    }
    if kind != CHUNK_XML {
        flaws.push(Flaw::new("axml-type", 0, format!("file chunk type {kind:#06x} instead of 0x0003")));
    }
    let total = total as usize;
    if total > data.len() {
        flaws.push(Flaw::new("axml-size", 4, format!("claims {total} bytes, has {}", data.len())));
    } else if total < data.len() {
        flaws.push(Flaw::new(
            "axml-trailing-data",
            total,
            format!("{} bytes after the document", data.len().saturating_sub(total)),
        ));
    }
    let body = data.get(..total.min(data.len())).unwrap_or(data);
    let mut reader = Reader { flaws, ..Reader::default() };
    let mut offset = usize::from(header_bytes);
    while let Some(chunk) = reader.next_chunk(body, offset)? {
        offset = chunk.offset.saturating_add(chunk.data.len());
        reader.handle(&chunk)?;
    }
    if reader.elements.is_empty() {
        return Err(fail(body.len(), "no element in the document"));
    }
    if reader.open.len() > 1 || reader.unbalanced {
        reader.flaws.push(Flaw::new("axml-unbalanced", body.len(), "start and end of elements do not match"));
    }
    Ok(Decoded { value: Axml { elements: reader.elements }, flaws: reader.flaws })
}

#[derive(Default)]
struct Reader<'a> {
    pool: StringPool<'a>,
    has_pool: bool,
    resource_ids: &'a [u8],
    elements: Vec<Element<'a>>,
    open: Vec<u32>,
    unbalanced: bool,
    flaws: Vec<Flaw>,
}

impl<'a> Reader<'a> {
    fn next_chunk(&mut self, body: &'a [u8], offset: usize) -> Result<Option<Chunk<'a>>, FormatError> {
        if body.len().saturating_sub(offset) < 8 {
            return Ok(None);
        }
        let kind = u16_at(body, offset).unwrap_or(0);
        let header_bytes = usize::from(u16_at(body, offset.saturating_add(2)).unwrap_or(0));
        let bytes = u32_at(body, offset.saturating_add(4)).unwrap_or(0) as usize;
        let problem = if bytes < 8 || header_bytes < 8 || header_bytes > bytes {
            Some(format!("chunk {kind:#06x} claims {bytes} bytes with a header of {header_bytes}"))
        } else if bytes > body.len().saturating_sub(offset) {
            Some(format!("chunk {kind:#06x} of {bytes} bytes runs past the end"))
        } else {
            None
        };
        if let Some(detail) = problem {
            if self.elements.is_empty() {
                return Err(FormatError::new("binary XML", offset, detail));
            }
            self.flaws.push(Flaw::new("axml-chunk", offset, format!("{detail}; the rest is unreadable")));
            return Ok(None);
        }
        let data = body.get(offset..offset.saturating_add(bytes)).unwrap_or_default();
        Ok(Some(Chunk { kind, header_bytes, offset, data }))
    }

    fn handle(&mut self, chunk: &Chunk<'a>) -> Result<(), FormatError> {
        match chunk.kind {
            CHUNK_STRING_POOL => {
                if self.has_pool {
                    self.flaws.push(Flaw::new(
                        "axml-second-pool",
                        chunk.offset,
                        "a second string pool; the last one before the elements counts",
                    ));
                }
                if self.elements.is_empty() {
                    self.pool = StringPool::parse(chunk.data, &mut self.flaws)?;
                    self.has_pool = true;
                }
            }
            CHUNK_RESOURCE_MAP => self.resource_ids = chunk.data.get(chunk.header_bytes..).unwrap_or_default(),
            CHUNK_START_ELEMENT => self.start_element(chunk),
            CHUNK_END_ELEMENT => {
                if self.open.pop().is_none() {
                    self.unbalanced = true;
                }
            }
            CHUNK_CDATA => {
                let text = u32_at(chunk.data, chunk.header_bytes).and_then(|index| self.pool.get(index));
                if let Some(element) = self.open.last().and_then(|index| self.elements.get_mut(*index as usize)) {
                    element.text = element.text.take().or(text);
                }
            }
            0x0100 | 0x0101 => {}
            other => self.flaws.push(Flaw::new(
                "axml-unknown-chunk",
                chunk.offset,
                format!("chunk type {other:#06x} skipped"),
            )),
        }
        Ok(())
    }

    fn text(&self, index: u32) -> Cow<'a, str> {
        self.pool.get(index).unwrap_or_default()
    }

    fn start_element(&mut self, chunk: &Chunk<'a>) {
        let base = chunk.header_bytes;
        let word = |offset: usize| u32_at(chunk.data, base.saturating_add(offset));
        let half = |offset: usize| u16_at(chunk.data, base.saturating_add(offset)).map(usize::from);
        let (Some(name), Some(start), Some(size), Some(count)) = (word(4), half(8), half(10), half(12)) else {
            self.flaws.push(Flaw::new("axml-element", chunk.offset, "element header cut off"));
            return;
        };
        if self.pool.get(name).is_none() {
            self.flaws.push(Flaw::new(
                "axml-element-name",
                chunk.offset,
                format!("element name {name:#x} is not in the string pool"),
            ));
        }
        let mut attributes = Vec::new();
        if count > 0 && size < ATTRIBUTE_BYTES {
            self.flaws.push(Flaw::new(
                "axml-attribute-size",
                chunk.offset,
                format!("attribute size {size} instead of 20"),
            ));
        } else {
            for index in 0..count {
                let at = base.saturating_add(start).saturating_add(index.saturating_mul(size));
                let Some(attribute) = self.attribute(chunk, at) else {
                    self.flaws.push(Flaw::new(
                        "axml-attribute-count",
                        chunk.offset,
                        format!("{count} attributes claimed, {index} are there"),
                    ));
                    break;
                };
                attributes.push(attribute);
            }
        }
        let index = u32::try_from(self.elements.len()).unwrap_or(u32::MAX);
        self.elements.push(Element {
            name: self.text(name),
            line: u32_at(chunk.data, 8).unwrap_or(0),
            depth: u32::try_from(self.open.len()).unwrap_or(u32::MAX),
            parent: self.open.last().copied(),
            attributes,
            text: None,
            offset: chunk.offset,
        });
        self.open.push(index);
    }

    fn attribute(&self, chunk: &Chunk<'a>, at: usize) -> Option<Attribute<'a>> {
        let word = |offset: usize| u32_at(chunk.data, at.checked_add(offset)?);
        let (namespace, name, raw, data) = (word(0)?, word(4)?, word(8)?, word(16)?);
        let kind = *chunk.data.get(at.checked_add(15)?)?;
        let resource_id = u32_at(self.resource_ids, (name as usize).checked_mul(4)?).unwrap_or(0);
        let raw = if raw == NO_INDEX { None } else { self.pool.get(raw) };
        Some(Attribute {
            name: self.text(name),
            resource_id,
            namespace: if namespace == NO_INDEX { Cow::Borrowed("") } else { self.text(namespace) },
            value: Value::from_raw(kind, data, &self.pool),
            raw,
        })
    }
}
