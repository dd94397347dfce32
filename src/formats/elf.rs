//! ELF shared objects: needed libraries, exported and imported symbols, JNI bindings, strings.
//!
//! Source: System V ABI and Android's linker, which goes by the program headers and the dynamic
//! section and does not look at section headers; neither do we.

use super::bytes::{slice_at, u8_at, u16_at, u32_at, u64_at};
use super::{Decoded, Flaw, FormatError};

const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const DT_NEEDED: u64 = 1;
const DT_HASH: u64 = 4;
const DT_STRTAB: u64 = 5;
const DT_SYMTAB: u64 = 6;
const DT_STRSZ: u64 = 10;
const DT_SONAME: u64 = 14;
const DT_GNU_HASH: u64 = 0x6fff_fef5;
/// Program headers beyond this are hostile.
const MAX_HEADERS: u16 = 512;

/// A shared object.
#[derive(Debug, Clone, Default)]
pub struct Elf<'a> {
    /// `arm`, `aarch64`, `x86`, `x86_64`, `mips`, `riscv64` or `other`.
    pub machine: &'static str,
    /// 32 or 64.
    pub bits: u8,
    /// Its own name.
    pub soname: Option<&'a str>,
    /// Libraries it needs.
    pub needed: Vec<&'a str>,
    /// Defined dynamic symbols.
    pub exports: Vec<&'a str>,
    /// Undefined dynamic symbols.
    pub imports: Vec<&'a str>,
    /// Byte ranges of the loaded segments: where constants live, next to code on old tool chains.
    pub data_ranges: Vec<(usize, usize)>,
}

impl<'a> Elf<'a> {
    /// Exported JNI bindings and `JNI_OnLoad`.
    pub fn jni_exports(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.exports.iter().copied().filter(|name| name.starts_with("Java_") || *name == "JNI_OnLoad")
    }
}

struct Segment {
    kind: u32,
    offset: u64,
    address: u64,
    size: u64,
}

/// Decodes headers, dynamic section and symbols.
///
/// # Errors
/// When the magic is wrong, the file is big-endian, or its program headers lie outside the data.
pub fn parse(data: &[u8]) -> Result<Decoded<Elf<'_>>, FormatError> {
    let fail = |offset: usize, detail: &str| FormatError::new("ELF", offset, detail);
    if data.get(..4) != Some(b"\x7fELF") {
        return Err(fail(0, "no ELF magic"));
    }
    let wide = match u8_at(data, 4) {
        Some(1) => false,
        Some(2) => true,
        _ => return Err(fail(4, "neither 32 nor 64 bits")),
    };
    if u8_at(data, 5) != Some(1) {
        return Err(fail(5, "not little-endian"));
    }
    let machine = match u16_at(data, 18) {
        Some(40) => "arm",
        Some(183) => "aarch64",
        Some(3) => "x86",
        Some(62) => "x86_64",
        Some(8) => "mips",
        Some(243) => "riscv64",
        _ => "other",
    };
    let segments = segments(data, wide).ok_or_else(|| fail(28, "the program headers lie outside the file"))?;
    let mut elf = Elf { machine, bits: if wide { 64 } else { 32 }, ..Elf::default() };
    let mut flaws = Vec::new();
    elf.data_ranges = segments
        .iter()
        .filter(|segment| segment.kind == PT_LOAD)
        .filter_map(|segment| {
            let start = usize::try_from(segment.offset).ok().filter(|start| *start < data.len())?;
            Some((start, start.saturating_add(usize::try_from(segment.size).ok()?).min(data.len())))
        })
        .collect();
    if read_dynamic(data, wide, &segments, &mut elf).is_none() {
        flaws.push(Flaw::new(
            "elf-dynamic",
            0,
            "no readable dynamic section: needed libraries and symbols are unknown",
        ));
    }
    Ok(Decoded { value: elf, flaws })
}

fn word(data: &[u8], offset: usize, wide: bool) -> Option<u64> {
    if wide { u64_at(data, offset) } else { u32_at(data, offset).map(u64::from) }
}

fn segments(data: &[u8], wide: bool) -> Option<Vec<Segment>> {
    let table = usize::try_from(word(data, if wide { 32 } else { 28 }, wide)?).ok()?;
    let size = usize::from(u16_at(data, if wide { 54 } else { 42 })?);
    let count = u16_at(data, if wide { 56 } else { 44 })?.min(MAX_HEADERS);
    let mut out = Vec::new();
    for index in 0..usize::from(count) {
        let at = table.checked_add(index.checked_mul(size)?)?;
        let header = slice_at(data, at, if wide { 56 } else { 32 })?;
        out.push(if wide {
            Segment {
                kind: u32_at(header, 0)?,

                offset: u64_at(header, 8)?,
                address: u64_at(header, 16)?,
                size: u64_at(header, 32)?,
            }
        } else {
            Segment {
                kind: u32_at(header, 0)?,

                offset: word(header, 4, false)?,
                address: word(header, 8, false)?,
                size: word(header, 16, false)?,
            }
        });
    }
    Some(out)
}

fn file_offset(segments: &[Segment], address: u64) -> Option<usize> {
    let segment = segments.iter().find(|segment| {
        segment.kind == PT_LOAD && address >= segment.address && address < segment.address.saturating_add(segment.size)
    })?;
    usize::try_from(address.checked_sub(segment.address)?.checked_add(segment.offset)?).ok()
}

fn read_dynamic<'a>(data: &'a [u8], wide: bool, segments: &[Segment], elf: &mut Elf<'a>) -> Option<()> {
    let dynamic = segments.iter().find(|segment| segment.kind == PT_DYNAMIC)?;
    let width = if wide { 8usize } else { 4 };
    let start = usize::try_from(dynamic.offset).ok()?;
    let count = usize::try_from(dynamic.size).ok()?.min(data.len()) / width.saturating_mul(2);
    let (mut needed, mut soname, mut strtab, mut symtab, mut strsz, mut hash, mut gnu_hash) =
        (Vec::new(), None, None, None, 0u64, None, None);
    for index in 0..count {
        let at = start.checked_add(index.checked_mul(width.checked_mul(2)?)?)?;
        let (tag, value) = (word(data, at, wide)?, word(data, at.checked_add(width)?, wide)?);
        match tag {
            0 => break,
            DT_NEEDED => needed.push(value),
            DT_SONAME => soname = Some(value),
            DT_STRTAB => strtab = file_offset(segments, value),
            DT_SYMTAB => symtab = file_offset(segments, value),
            DT_STRSZ => strsz = value,
            DT_HASH => hash = file_offset(segments, value),
            DT_GNU_HASH => gnu_hash = file_offset(segments, value),
            _ => {}
        }
    }
    let strings_at = strtab?;
    let rest = data.get(strings_at..)?;
    let strings = rest.get(..usize::try_from(strsz).ok()?.min(rest.len()))?;
    elf.needed = needed.into_iter().filter_map(|offset| text_at(strings, offset)).collect();
    elf.soname = soname.and_then(|offset| text_at(strings, offset));
    let symtab = symtab?;
    let entry = if wide { 24usize } else { 16 };
    let fits = data.len().saturating_sub(symtab) / entry;
    let counted = hash
        .and_then(|at| u32_at(data, at.checked_add(4)?))
        .map(|count| count as usize)
        .or_else(|| gnu_symbol_count(data, gnu_hash?, wide));
    // The linker needs no count; without a hash table the string table usually follows the symbols.
    let count = counted.unwrap_or_else(|| strings_at.saturating_sub(symtab) / entry).min(fits);
    for index in 1..count {
        let at = symtab.checked_add(index.checked_mul(entry)?)?;
        let name = u64::from(u32_at(data, at)?);
        let section = u16_at(data, at.checked_add(if wide { 6 } else { 14 })?)?;
        let Some(name) = text_at(strings, name).filter(|name| !name.is_empty()) else { continue };
        if section == 0 { elf.imports.push(name) } else { elf.exports.push(name) }
    }
    Some(())
}

/// Highest symbol index that a GNU hash table reaches, plus one.
fn gnu_symbol_count(data: &[u8], at: usize, wide: bool) -> Option<usize> {
    let buckets = u32_at(data, at)? as usize;
    let first = u32_at(data, at.checked_add(4)?)? as usize;
    let bloom = (u32_at(data, at.checked_add(8)?)? as usize).checked_mul(if wide { 8 } else { 4 })?;
    let table = at.checked_add(16)?.checked_add(bloom)?;
    let bucket_bytes = slice_at(data, table, buckets.checked_mul(4)?)?;
    let last = bucket_bytes.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes) as usize).max()?;
    if last < first {
        return Some(first);
    }
    let chains = table.checked_add(bucket_bytes.len())?;
    let mut index = last;
    loop {
        let chain = u32_at(data, chains.checked_add(index.checked_sub(first)?.checked_mul(4)?)?)?;
        index = index.checked_add(1)?;
        if chain & 1 == 1 {
            return Some(index);
        }
    }
}

fn text_at(strings: &[u8], offset: u64) -> Option<&str> {
    let rest = strings.get(usize::try_from(offset).ok()?..)?;
    std::str::from_utf8(rest.get(..memchr::memchr(0, rest)?)?).ok()
}

/// Class (dotted) and method that a `Java_…` symbol binds, by the JNI specification's name mangling.
pub fn jni_class_method(symbol: &str) -> Option<(String, String)> {
    let mangled = symbol.strip_prefix("Java_")?;
    let mut parts = vec![String::new()];
    let mut characters = mangled.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '_' {
            parts.last_mut()?.push(character);
            continue;
        }
        match characters.peek() {
            Some('1') => parts.last_mut()?.push('_'),
            Some('2') => parts.last_mut()?.push(';'),
            Some('3') => parts.last_mut()?.push('['),
            Some('0') => {
                characters.next();
                let digits: String = characters.by_ref().take(4).collect();
                parts.last_mut()?.push(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)?);
                continue;
            }
            // Two underscores: the signature of an overload follows.
            Some('_') => break,
            _ => {
                parts.push(String::new());
                continue;
            }
        }
        characters.next();
    }
    let method = parts.pop()?;
    (!parts.is_empty() && !method.is_empty()).then(|| (parts.join("."), method))
}

/// Runs of at least `min_chars` printable characters (ASCII or well-formed UTF-8), with offsets.
pub fn printable_strings(data: &[u8], min_chars: usize) -> impl Iterator<Item = (usize, &str)> {
    let mut offset = 0usize;
    data.split(|byte| *byte < 0x20 || *byte == 0x7f).filter_map(move |run| {
        let at = offset;
        offset = offset.saturating_add(run.len()).saturating_add(1);
        if run.len() < min_chars {
            return None;
        }
        // Keep the longest valid part of a run that binary bytes interrupt.
        let text = run.utf8_chunks().map(|chunk| chunk.valid()).max_by_key(|text| text.len())?;
        (text.chars().take(min_chars).count() >= min_chars).then_some((at, text))
    })
}

#[cfg(test)]
mod tests {
    use super::{jni_class_method, parse, printable_strings};

    #[test]
    fn jni_names_are_unmangled() {
        assert_eq!(
            jni_class_method("Java_com_example_my_1app_Native_getId"),
            Some(("com.example.my_app.Native".into(), "getId".into()))
        );
        assert_eq!(jni_class_method("Java_a_B_c__Ljava_lang_String_2"), Some(("a.B".into(), "c".into())));
        assert_eq!(jni_class_method("Java_a_B_x_00024y"), Some(("a.B".into(), "x$y".into())));
        assert_eq!(jni_class_method("JNI_OnLoad"), None);
        assert_eq!(jni_class_method("Java_"), None);
    }

    #[test]
    fn strings_keep_chinese_and_drop_noise() {
        let data = b"\x01ab\x00android_id\x00\xff\xfe\x00\xe6\x98\x8e\xe5\xaf\x9f\xe7\x9a\x84\xe5\xad\x97\x00";
        let found: Vec<_> = printable_strings(data, 4).map(|(_, text)| text).collect();
        assert_eq!(found, ["android_id", "明察的字"]);
    }

    #[test]
    fn truncation_never_panics() {
        let mut data = b"\x7fELF\x02\x01\x01".to_vec();
        data.resize(64, 0xff);
        for length in 0..data.len() {
            let _ = parse(data.get(..length).unwrap_or_default());
        }
    }
}
