//! Resource tables (`resources.arsc`): packages, types, configurations, values.
//!
//! Source: AOSP `ResourceTypes.h` and `LoadedArsc.cpp`. Sparse and 16-bit offset tables, compact
//! entries, shared-library packages and staged aliases are read; overlay chunks are skipped.

use std::borrow::Cow;
use std::fmt;

use super::axml::Value;
use super::bytes::{slice_at, u8_at, u16_at, u32_at};
use super::string_pool::StringPool;
use super::{Decoded, Flaw, FormatError};

const CHUNK_STRING_POOL: u16 = 0x0001;
const CHUNK_TABLE: u16 = 0x0002;
const CHUNK_PACKAGE: u16 = 0x0200;
const CHUNK_TYPE: u16 = 0x0201;
const CHUNK_STAGED_ALIAS: u16 = 0x0206;
const TYPE_SPARSE: u8 = 0x01;
const TYPE_OFFSET16: u8 = 0x02;
const ENTRY_COMPLEX: u16 = 0x0001;
const ENTRY_COMPACT: u16 = 0x0008;
const NO_ENTRY: u32 = u32::MAX;

/// A resource table view.
#[derive(Debug, Clone, Default)]
pub struct Arsc<'a> {
    strings: StringPool<'a>,
    packages: Vec<Package<'a>>,
}

#[derive(Debug, Clone, Default)]
struct Package<'a> {
    id: u32,
    name: String,
    type_names: StringPool<'a>,
    keys: StringPool<'a>,
    types: Vec<TypeChunk<'a>>,
    aliases: Vec<(u32, u32)>,
}

#[derive(Debug, Clone)]
struct TypeChunk<'a> {
    type_id: u8,
    flags: u8,
    entry_count: usize,
    data: &'a [u8],
    header_bytes: usize,
    entries_start: usize,
    config: Config,
}

/// The part of a resource configuration that the scanner tells apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Config {
    /// BCP 47-like locale such as `zh`, `zh-CN`, `zh-Hant-TW`; empty for the default.
    pub locale: String,
    /// Anything but the locale is qualified too (density, night mode, API level, …).
    pub other: bool,
}

impl Config {
    fn parse(data: &[u8]) -> Self {
        let size = (u32_at(data, 0).unwrap_or(0) as usize).min(data.len());
        let data = data.get(..size).unwrap_or(data);
        let mut locale = locale_part(data, 8, b'a');
        if !locale.is_empty() {
            let script = ascii_part(data, 36, 4);
            let region = locale_part(data, 10, b'0');
            for part in [script, region] {
                if !part.is_empty() {
                    locale.push('-');
                    locale.push_str(&part);
                }
            }
        }
        let is_locale = |at: usize| (8..12).contains(&at) || (36..48).contains(&at) || at < 4;
        let other = data.iter().enumerate().any(|(at, byte)| *byte != 0 && !is_locale(at));
        Self { locale, other }
    }

    /// The language part of the locale.
    pub fn language(&self) -> &str {
        self.locale.split('-').next().unwrap_or_default()
    }

    /// How well this configuration serves a wanted language, higher is better; `None` = not at all.
    pub fn fitness(&self, wanted: &str) -> Option<u32> {
        let plain = u32::from(!self.other);
        if self.locale.is_empty() {
            return Some(1 + plain);
        }
        if wanted.is_empty() || self.language() != wanted {
            return None;
        }
        let simplified = wanted == "zh" && (self.locale.contains("CN") || self.locale.contains("Hans"));
        let traditional = wanted == "zh" && ["TW", "HK", "MO", "Hant"].iter().any(|part| self.locale.contains(part));
        Some(
            match (simplified, traditional, self.locale.len() == wanted.len()) {
                (true, ..) => 40,
                (_, _, true) => 30,
                (_, true, _) => 10,
                _ => 20,
            } + plain,
        )
    }
}

impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.locale.is_empty() { "default" } else { &self.locale })
    }
}

fn ascii_part(data: &[u8], at: usize, len: usize) -> String {
    let part = slice_at(data, at, len).unwrap_or_default();
    part.iter().take_while(|byte| byte.is_ascii_alphanumeric()).map(|byte| char::from(*byte)).collect()
}

/// Two ASCII letters, or three packed into 15 bits (`unpackLanguageOrRegion`).
fn locale_part(data: &[u8], at: usize, base: u8) -> String {
    let (Some(first), Some(second)) = (u8_at(data, at), u8_at(data, at.saturating_add(1))) else {
        return String::new();
    };
    if first & 0x80 == 0 {
        return ascii_part(data, at, 2);
    }
    let packed = [second & 0x1f, (second & 0xe0) >> 5 | (first & 0x03) << 3, (first & 0x7c) >> 2];
    packed.iter().map(|part| char::from(part.wrapping_add(base))).collect()
}

/// One value of one resource in one configuration.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// Resource id `0xPPTTEEEE`.
    pub id: u32,
    /// Type name such as `string`, `layout`.
    pub kind: Cow<'a, str>,
    /// Entry name.
    pub name: Cow<'a, str>,
    /// Configuration.
    pub config: Config,
    /// Value, or the items of a bag (array, plural, style).
    pub value: EntryValue<'a>,
}

/// What an entry holds.
#[derive(Debug, Clone)]
pub enum EntryValue<'a> {
    /// A simple value.
    Simple(Value<'a>),
    /// A bag: parent id and (key, value) items.
    Bag(u32, Vec<(u32, Value<'a>)>),
}

/// Decodes a table.
///
/// # Errors
/// When the header, the global string pool or every package is unreadable. A broken type chunk is
/// a flaw of kind `arsc-chunk`; what stands before it is kept.
pub fn parse(data: &[u8]) -> Result<Decoded<Arsc<'_>>, FormatError> {
    let fail = |offset: usize, detail: &str| FormatError::new("resource table", offset, detail);
    let (Some(kind), Some(header), Some(total)) = (u16_at(data, 0), u16_at(data, 2), u32_at(data, 4)) else {
        return Err(fail(0, "shorter than its header"));
    };
    if kind != CHUNK_TABLE {
        return Err(FormatError::new("resource table", 0, format!("chunk type {kind:#06x} instead of 0x0002")));
    }
    let mut flaws = Vec::new();
    if total as usize > data.len() {
        flaws.push(Flaw::new("arsc-size", 4, format!("claims {total} bytes, has {}", data.len())));
    }
    let mut table = Arsc::default();
    let mut has_pool = false;
    for_each_chunk(data, usize::from(header), &mut flaws, &mut |kind, offset, chunk, flaws| {
        match kind {
            CHUNK_STRING_POOL if !has_pool => {
                table.strings = StringPool::parse(chunk, flaws)?;
                has_pool = true;
            }
            CHUNK_PACKAGE => {
                if let Some(package) = package(chunk, offset, flaws)? {
                    table.packages.push(package);
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    if table.packages.is_empty() && !has_pool {
        return Err(fail(usize::from(header), "neither strings nor a package can be read"));
    }
    Ok(Decoded { value: table, flaws })
}

type ChunkFn<'a, 'f> = &'f mut dyn FnMut(u16, usize, &'a [u8], &mut Vec<Flaw>) -> Result<(), FormatError>;

fn for_each_chunk<'a>(
    data: &'a [u8],
    start: usize,
    flaws: &mut Vec<Flaw>,
    handle: ChunkFn<'a, '_>,
) -> Result<(), FormatError> {
    let mut offset = start;
    while data.len().saturating_sub(offset) >= 8 {
        let kind = u16_at(data, offset).unwrap_or(0);
        let header = usize::from(u16_at(data, offset.saturating_add(2)).unwrap_or(0));
        let bytes = u32_at(data, offset.saturating_add(4)).unwrap_or(0) as usize;
        let chunk = if bytes < 8 || header < 8 || header > bytes { None } else { slice_at(data, offset, bytes) };
        let Some(chunk) = chunk else {
            flaws.push(Flaw::new(
                "arsc-chunk",
                offset,
                format!("chunk {kind:#06x} claims {bytes} bytes; the rest is unreadable"),
            ));
            return Ok(());
        };
        handle(kind, offset, chunk, flaws)?;
        offset = offset.saturating_add(bytes);
    }
    Ok(())
}

fn package<'a>(chunk: &'a [u8], offset: usize, flaws: &mut Vec<Flaw>) -> Result<Option<Package<'a>>, FormatError> {
    let header = usize::from(u16_at(chunk, 2).unwrap_or(0));
    let (Some(id), Some(raw_name)) = (u32_at(chunk, 8), slice_at(chunk, 12, 256)) else {
        flaws.push(Flaw::new("arsc-chunk", offset, "package header cut off"));
        return Ok(None);
    };
    let units = raw_name.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).take_while(|unit| *unit != 0);
    let name = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    let pool_at = |field: usize, flaws: &mut Vec<Flaw>| -> StringPool<'a> {
        let at = u32_at(chunk, field).unwrap_or(0) as usize;
        let bytes = u32_at(chunk, at.saturating_add(4)).unwrap_or(0) as usize;
        let pool = (at != 0).then(|| slice_at(chunk, at, bytes)).flatten();
        match pool.map(|pool| StringPool::parse(pool, flaws)) {
            Some(Ok(pool)) => pool,
            _ => {
                flaws.push(Flaw::new(
                    "arsc-chunk",
                    offset.saturating_add(field),
                    "the package's name pool is unreadable",
                ));
                StringPool::default()
            }
        }
    };
    let type_names = pool_at(268, flaws);
    let keys = pool_at(276, flaws);
    let mut package = Package { id, name, type_names, keys, types: Vec::new(), aliases: Vec::new() };
    for_each_chunk(chunk, header, flaws, &mut |kind, at, body, flaws| {
        match kind {
            CHUNK_TYPE => match type_chunk(body) {
                Some(parsed) => package.types.push(parsed),
                None => flaws.push(Flaw::new(
                    "arsc-chunk",
                    offset.saturating_add(at),
                    "a type chunk claims entries outside itself",
                )),
            },
            CHUNK_STAGED_ALIAS => package.aliases.extend(staged_aliases(body)),
            _ => {}
        }
        Ok(())
    })?;
    Ok(Some(package))
}

fn staged_aliases(chunk: &[u8]) -> Vec<(u32, u32)> {
    let header = usize::from(u16_at(chunk, 2).unwrap_or(0));
    let pairs = chunk.get(header..).unwrap_or_default();
    let count = u32_at(chunk, 8).unwrap_or(0) as usize;
    pairs.as_chunks::<8>().0.iter().take(count).filter_map(|pair| Some((u32_at(pair, 0)?, u32_at(pair, 4)?))).collect()
}

fn type_chunk(data: &[u8]) -> Option<TypeChunk<'_>> {
    let header_bytes = usize::from(u16_at(data, 2)?);
    let flags = u8_at(data, 9)?;
    let entry_count = u32_at(data, 12)? as usize;
    let entries_start = u32_at(data, 16)? as usize;
    let width = if flags & TYPE_OFFSET16 != 0 && flags & TYPE_SPARSE == 0 { 2 } else { 4 };
    let table_end = header_bytes.checked_add(entry_count.checked_mul(width)?)?;
    if table_end > data.len() || entries_start > data.len() {
        return None;
    }
    let config = Config::parse(data.get(20..header_bytes)?);
    Some(TypeChunk { type_id: u8_at(data, 8)?, flags, entry_count, data, header_bytes, entries_start, config })
}

impl<'a> TypeChunk<'a> {
    /// Entry index and byte offset of the `slot`-th place of the offset table.
    fn slot(&self, slot: usize) -> Option<(u16, usize)> {
        let (index, relative) = if self.flags & TYPE_SPARSE != 0 {
            let at = self.header_bytes.checked_add(slot.checked_mul(4)?)?;
            (u16_at(self.data, at)?, u32::from(u16_at(self.data, at.checked_add(2)?)?).checked_mul(4)?)
        } else if self.flags & TYPE_OFFSET16 != 0 {
            let offset = u16_at(self.data, self.header_bytes.checked_add(slot.checked_mul(2)?)?)?;
            let relative = if offset == u16::MAX { NO_ENTRY } else { u32::from(offset) << 2 };
            (u16::try_from(slot).ok()?, relative)
        } else {
            (u16::try_from(slot).ok()?, u32_at(self.data, self.header_bytes.checked_add(slot.checked_mul(4)?)?)?)
        };
        (relative != NO_ENTRY).then_some(())?;
        Some((index, self.entries_start.checked_add(relative as usize)?))
    }

    fn find(&self, entry: u16) -> Option<usize> {
        if self.flags & TYPE_SPARSE == 0 {
            let (_, offset) = (usize::from(entry) < self.entry_count).then(|| self.slot(usize::from(entry)))??;
            return Some(offset);
        }
        (0..self.entry_count)
            .filter_map(|slot| self.slot(slot))
            .find(|(index, _)| *index == entry)
            .map(|(_, offset)| offset)
    }

    /// Key index and value at a byte offset.
    fn value(&self, offset: usize, pool: &StringPool<'a>) -> Option<(u32, EntryValue<'a>)> {
        let size = usize::from(u16_at(self.data, offset)?);
        let flags = u16_at(self.data, offset.checked_add(2)?)?;
        if flags & ENTRY_COMPACT != 0 {
            let data = u32_at(self.data, offset.checked_add(4)?)?;
            let kind = u8::try_from(flags >> 8).ok()?;
            return Some((u32::try_from(size).ok()?, EntryValue::Simple(Value::from_raw(kind, data, pool))));
        }
        let key = u32_at(self.data, offset.checked_add(4)?)?;
        let body = offset.checked_add(size)?;
        if flags & ENTRY_COMPLEX == 0 {
            return Some((key, EntryValue::Simple(self.res_value(body, pool)?)));
        }
        let parent = u32_at(self.data, offset.checked_add(8)?)?;
        let count = u32_at(self.data, offset.checked_add(12)?)? as usize;
        let items = (0..count).map_while(|index| {
            let at = body.checked_add(index.checked_mul(12)?)?;
            Some((u32_at(self.data, at)?, self.res_value(at.checked_add(4)?, pool)?))
        });
        Some((key, EntryValue::Bag(parent, items.collect())))
    }

    fn res_value(&self, at: usize, pool: &StringPool<'a>) -> Option<Value<'a>> {
        Some(Value::from_raw(u8_at(self.data, at.checked_add(3)?)?, u32_at(self.data, at.checked_add(4)?)?, pool))
    }
}

impl<'a> Arsc<'a> {
    /// Names of the packages in the table.
    pub fn package_names(&self) -> impl Iterator<Item = &str> {
        self.packages.iter().map(|package| package.name.as_str())
    }

    /// Number of distinct resources by type name.
    pub fn type_counts(&self) -> Vec<(String, usize)> {
        let mut out: std::collections::BTreeMap<String, std::collections::BTreeSet<u32>> =
            std::collections::BTreeMap::new();
        for package in &self.packages {
            for chunk in &package.types {
                let kind = package.type_names.get(u32::from(chunk.type_id).saturating_sub(1)).unwrap_or_default();
                let known = out.entry(kind.into_owned()).or_default();
                known.extend(
                    (0..chunk.entry_count).filter_map(|slot| chunk.slot(slot)).map(|(index, _)| u32::from(index)),
                );
            }
        }
        out.into_iter().map(|(kind, known)| (kind, known.len())).collect()
    }

    /// Number of text resources by language, configurations without one left out.
    pub fn languages(&self) -> std::collections::BTreeMap<String, usize> {
        let mut out: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
        for package in &self.packages {
            for chunk in package.types.iter().filter(|chunk| !chunk.config.language().is_empty()) {
                let kind = package.type_names.get(u32::from(chunk.type_id).saturating_sub(1)).unwrap_or_default();
                if kind == "string" {
                    let count = (0..chunk.entry_count).filter_map(|slot| chunk.slot(slot)).count();
                    // Regions of a language translate the same texts again.
                    let known = out.entry(chunk.config.language().to_owned()).or_default();
                    *known = count.max(*known);
                }
            }
        }
        out
    }

    /// Calls `visit` for every entry whose type name and configuration pass `wanted`, in file order.
    pub fn for_each(&self, wanted: impl Fn(&str, &Config) -> bool, mut visit: impl FnMut(Entry<'a>)) {
        for package in &self.packages {
            for chunk in &package.types {
                let kind = package.type_names.get(u32::from(chunk.type_id).saturating_sub(1)).unwrap_or_default();
                if !wanted(&kind, &chunk.config) {
                    continue;
                }
                for (index, offset) in (0..chunk.entry_count).filter_map(|slot| chunk.slot(slot)) {
                    let Some((key, value)) = chunk.value(offset, &self.strings) else { continue };
                    visit(Entry {
                        id: package.id << 24 | u32::from(chunk.type_id) << 16 | u32::from(index),
                        kind: kind.clone(),
                        name: package.keys.get(key).unwrap_or_default(),
                        config: chunk.config.clone(),
                        value,
                    });
                }
            }
        }
    }

    fn chunks(&self, id: u32) -> impl Iterator<Item = (&Package<'a>, &TypeChunk<'a>, usize)> {
        let package_id = id >> 24;
        self.packages
            .iter()
            .filter(move |package| package.id == package_id || package.id == 0 && package_id == 0x7f)
            .flat_map(move |package| {
                let id = package.aliases.iter().find(|(staged, _)| *staged == id).map_or(id, |(_, real)| *real);
                let (type_id, entry) = ((id >> 16) as u8, id as u16);
                package
                    .types
                    .iter()
                    .filter(move |chunk| chunk.type_id == type_id)
                    .filter_map(move |chunk| chunk.find(entry).map(|offset| (package, chunk, offset)))
            })
    }

    /// Type and entry name of a resource, e.g. `("string", "app_name")`.
    pub fn name(&self, id: u32) -> Option<(String, String)> {
        let (package, chunk, offset) = self.chunks(id).next()?;
        let (key, _) = chunk.value(offset, &self.strings)?;
        let kind = package.type_names.get(u32::from(chunk.type_id).saturating_sub(1)).unwrap_or_default();
        Some((kind.into_owned(), package.keys.get(key).unwrap_or_default().into_owned()))
    }

    /// The value of `id` for a language (`""` default, `zh`, `en`, …), references followed at most
    /// 16 deep; the last reference itself when the target is not in this table.
    pub fn resolve(&self, id: u32, language: &str) -> Option<Value<'a>> {
        let mut id = id;
        let mut last = None;
        for _ in 0..16 {
            let best = self
                .chunks(id)
                .filter_map(|(_, chunk, offset)| Some((chunk.config.fitness(language)?, chunk, offset)))
                .reduce(|best, next| if next.0 > best.0 { next } else { best });
            let best = match best {
                Some(best) => Some((best.1, best.2)),
                None => self.chunks(id).map(|(_, chunk, offset)| (chunk, offset)).next(),
            };
            let Some((chunk, offset)) = best else { return last };
            match chunk.value(offset, &self.strings)?.1 {
                EntryValue::Simple(Value::Reference(next)) => {
                    last = Some(Value::Reference(next));
                    id = next;
                }
                EntryValue::Simple(value) => return Some(value),
                EntryValue::Bag(..) => return None,
            }
        }
        last
    }

    /// The text of `id` for a language, or `None` when it is no text.
    pub fn text(&self, id: u32, language: &str) -> Option<String> {
        match self.resolve(id, language)? {
            Value::Text(text) => Some(text.into_owned()),
            Value::Int(number) => Some(number.to_string()),
            _ => None,
        }
    }
}
