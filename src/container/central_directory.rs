//! A tolerant reader of ZIP archives that follows Android's `libziparchive`.
//!
//! The central directory alone says what an archive holds; local headers are used only to find
//! where the data starts. What Android ignores (encryption bit, wrong CRC, foreign method numbers
//! on stored data) is read and recorded as an [`Anomaly`].
//! Source: APPNOTE.TXT 6.3.10 and `system/libziparchive/zip_archive.cc`.

use std::borrow::Cow;
use std::io::Read;
use std::sync::Mutex;

use rustc_hash::FxHashMap;

use super::input::Bytes;
use crate::error::{Error, Result};
use crate::evidence::Anomaly;
use crate::formats::bytes::{Cursor, slice_at, u16_at, u32_at, u64_at};
use crate::limits::{Budget, Limits};

const END_RECORD: u32 = 0x0605_4b50;
const CENTRAL_HEADER: u32 = 0x0201_4b50;
const LOCAL_HEADER: u32 = 0x0403_4b50;
const END_RECORD_BYTES: usize = 22;
/// The comment length field has 16 bits, so the end record starts at most this far from the end.
const END_SEARCH_BYTES: usize = 0xffff + END_RECORD_BYTES;
const CENTRAL_HEADER_BYTES: usize = 46;
const LOCAL_HEADER_BYTES: usize = 30;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Deflate cannot expand by more than this factor.
const MAX_DEFLATE_RATIO: u64 = 1032;
/// How many bytes [`Archive::peek`] yields.
pub const MAGIC_PEEK: usize = 64;
const CURE: &str = "Copy or download the file again; if it installs on a device, please report it";

/// One member of an archive.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Name; UTF-8, else GB18030, else with replacement characters.
    pub name: String,
    /// Compression method of the central directory (0 stored, 8 deflated).
    pub method: u16,
    /// Bytes in the archive.
    pub compressed_bytes: u64,
    /// Bytes after inflating, as claimed.
    pub uncompressed_bytes: u64,
    /// When it was last changed, as the archive says; MS-DOS date, 0 for none.
    pub dos_date: u16,
    crc32: u32,
    header_offset: u64,
}

/// An opened archive.
#[derive(Debug)]
pub struct Archive {
    /// Path shown in messages, nested archives as `outer.xapk!base.apk`.
    pub path: String,
    bytes: Bytes,
    entries: Vec<Entry>,
    index: FxHashMap<String, u32>,
    anomalies: Mutex<Vec<Anomaly>>,
    /// Byte offset of the central directory.
    pub central_directory_offset: u64,
}

struct EndRecord {
    offset: usize,
    count: u64,
    directory_bytes: u64,
    directory_offset: u64,
}

impl Archive {
    /// Reads the central directory of `bytes`.
    ///
    /// # Errors
    /// [`Error::NotAnApp`] when there is no end record, [`Error::Archive`] when the central
    /// directory is not where the record says or is broken, [`Error::Limit`] on too many entries.
    pub fn open(path: &str, bytes: Bytes, limits: &Limits) -> Result<Self> {
        let data = bytes.as_slice();
        let mut anomalies = Vec::new();
        let candidates = end_records(data);
        if candidates.is_empty() {
            return Err(no_end_record(path, data));
        }
        let mut first_error = None;
        for (tried, end) in candidates.iter().enumerate() {
            let mut notes = Vec::new();
            match read_directory(path, data, end, limits, &mut notes) {
                Ok(entries) if entries.is_empty() && candidates.len() > tried.saturating_add(1) => {}
                Ok(entries) => {
                    if tried > 0 {
                        notes.push(anomaly(
                            "zip-false-end-record",
                            path,
                            end.offset,
                            "a later end record does not lead to a central directory; an earlier one does",
                        ));
                    }
                    anomalies.append(&mut notes);
                    note_surroundings(path, data, end, &mut anomalies);
                    let index = index_names(path, &entries, &mut anomalies);
                    let central_directory_offset = end.directory_offset;
                    return Ok(Self {
                        path: path.to_owned(),
                        entries,
                        index,
                        anomalies: Mutex::new(anomalies),
                        central_directory_offset,
                        bytes,
                    });
                }
                Err(error) => {
                    first_error.get_or_insert(error);
                }
            }
        }
        Err(first_error.unwrap_or_else(|| no_end_record(path, data)))
    }

    /// All entries in central-directory order, duplicates included.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry called `name`: the first of duplicates, as Android's native reader took it.
    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.get(*self.index.get(name)? as usize)
    }

    /// The whole archive as bytes.
    pub fn data(&self) -> &[u8] {
        self.bytes.as_slice()
    }

    /// What was tolerated so far, in order of discovery.
    pub fn anomalies(&self) -> Vec<Anomaly> {
        self.anomalies.lock().map(|list| list.clone()).unwrap_or_default()
    }

    fn note(&self, kind: &str, place: &str, detail: impl Into<String>) {
        if let Ok(mut list) = self.anomalies.lock() {
            list.push(Anomaly { kind: kind.into(), place: place.into(), offset: None, detail: detail.into() });
        }
    }

    /// Where the data of `entry` starts, from its local header.
    fn data_offset(&self, entry: &Entry) -> Result<usize> {
        let data = self.bytes.as_slice();
        let header = usize::try_from(entry.header_offset).unwrap_or(usize::MAX);
        let fail = |detail: String| Error::Entry { path: self.path.clone(), entry: entry.name.clone(), detail };
        if u32_at(data, header) != Some(LOCAL_HEADER) {
            return Err(fail(format!("no local header at offset {header:#x}")));
        }
        let name = usize::from(u16_at(data, header.saturating_add(26)).unwrap_or(0));
        let extra = usize::from(u16_at(data, header.saturating_add(28)).unwrap_or(0));
        Ok(header.saturating_add(LOCAL_HEADER_BYTES).saturating_add(name).saturating_add(extra))
    }

    fn raw(&self, entry: &Entry, len: u64) -> Result<&[u8]> {
        let offset = self.data_offset(entry)?;
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        slice_at(self.bytes.as_slice(), offset, len).ok_or_else(|| Error::Entry {
            path: self.path.clone(),
            entry: entry.name.clone(),
            detail: format!("its {len} bytes at offset {offset:#x} run past the end of the file"),
        })
    }

    /// Reads an entry, borrowing when it is stored.
    ///
    /// # Errors
    /// [`Error::Entry`] when the data is not there or the deflate stream is broken,
    /// [`Error::Limit`] when it would pass a limit; nothing is reserved before that check.
    pub fn read(&self, entry: &Entry, limits: &Limits, budget: &Budget) -> Result<Cow<'_, [u8]>> {
        let place = || format!("{}!{}", self.path, entry.name);
        if entry.uncompressed_bytes > limits.max_entry_bytes {
            return Err(Error::Limit {
                place: place(),
                what: format!("inflated size of {} bytes", entry.uncompressed_bytes),
                limit: limits.max_entry_bytes,
                flag: "--max-entry-bytes",
            });
        }
        if entry.method == DEFLATED && !budget.spend(entry.uncompressed_bytes, limits) {
            return Err(Error::Limit {
                place: place(),
                what: "the sum of all inflated bytes".into(),
                limit: limits.max_total_bytes,
                flag: "--max-total-bytes",
            });
        }
        let content = match entry.method {
            DEFLATED => Cow::Owned(self.inflate(entry)?),
            STORED => Cow::Borrowed(self.raw(entry, entry.compressed_bytes)?),
            other => {
                self.note(
                    "zip-unknown-method",
                    &entry.name,
                    format!("compression method {other:#06x}; read as stored, as Android does"),
                );
                Cow::Borrowed(self.raw(entry, entry.uncompressed_bytes)?)
            }
        };
        if libdeflater::crc32(&content) != entry.crc32 {
            self.note(
                "zip-crc-mismatch",
                &entry.name,
                format!("CRC-32 of the data differs from the recorded {:#010x}", entry.crc32),
            );
        }
        Ok(content)
    }

    fn inflate(&self, entry: &Entry) -> Result<Vec<u8>> {
        let raw = self.raw(entry, entry.compressed_bytes)?;
        let fail = |detail: String| Error::Entry { path: self.path.clone(), entry: entry.name.clone(), detail };
        let possible = (raw.len() as u64).saturating_mul(MAX_DEFLATE_RATIO);
        if entry.uncompressed_bytes > possible {
            return Err(fail(format!(
                "claims to inflate to {} bytes, but {} compressed bytes cannot",
                entry.uncompressed_bytes,
                raw.len()
            )));
        }
        let mut out = vec![0u8; usize::try_from(entry.uncompressed_bytes).unwrap_or(0)];
        match libdeflater::Decompressor::new().deflate_decompress(raw, &mut out) {
            Ok(written) if written == out.len() => Ok(out),
            Ok(written) => Err(fail(format!("inflates to {written} bytes instead of the claimed {}", out.len()))),
            Err(libdeflater::DecompressionError::InsufficientSpace) => {
                Err(fail(format!("inflates to more than the claimed {} bytes", out.len())))
            }
            Err(libdeflater::DecompressionError::BadData) => Err(fail("the deflate stream is broken".into())),
        }
    }

    /// The first bytes of an entry, at most [`MAGIC_PEEK`], without inflating the rest. Empty when
    /// the entry cannot be read.
    pub fn peek(&self, entry: &Entry) -> Vec<u8> {
        let mut head = Vec::new();
        if entry.method == DEFLATED {
            let Ok(raw) = self.raw(entry, entry.compressed_bytes) else { return head };
            let mut reader = flate2::read::DeflateDecoder::new(raw).take(MAGIC_PEEK as u64);
            // A broken stream yields what came before the break, which is all a magic needs.
            let _ = reader.read_to_end(&mut head);
        } else if let Ok(raw) = self.raw(entry, entry.compressed_bytes.min(MAGIC_PEEK as u64)) {
            head.extend_from_slice(raw);
        }
        head
    }
}

fn anomaly(kind: &str, place: &str, offset: usize, detail: impl Into<String>) -> Anomaly {
    Anomaly { kind: kind.into(), place: place.into(), offset: Some(offset as u64), detail: detail.into() }
}

fn no_end_record(path: &str, data: &[u8]) -> Error {
    let detail = if data.is_empty() {
        "the file is empty".to_owned()
    } else if data.starts_with(b"PK\x03\x04") {
        "the archive is truncated (no end-of-central-directory record in the last 64 KiB)".to_owned()
    } else if data.starts_with(b"dex\n") {
        "this is a bare DEX file, not a package".to_owned()
    } else {
        "no ZIP end-of-central-directory record in the last 64 KiB".to_owned()
    };
    Error::NotAnApp {
        path: path.into(),
        detail,
        cure: "Give an .apk, .apks, .xapk, .apkm or a folder of split APKs".into(),
    }
}

/// End records from the last to the first; more than one when a comment holds a false one.
fn end_records(data: &[u8]) -> Vec<EndRecord> {
    let start = data.len().saturating_sub(END_SEARCH_BYTES);
    let tail = data.get(start..).unwrap_or_default();
    let mut found = Vec::new();
    for position in memchr::memmem::rfind_iter(tail, &END_RECORD.to_le_bytes()) {
        let offset = start.saturating_add(position);
        let Some(record) = slice_at(data, offset, END_RECORD_BYTES) else { continue };
        let field16 = |at: usize| u64::from(u16_at(record, at).unwrap_or(0));
        let field32 = |at: usize| u64::from(u32_at(record, at).unwrap_or(0));
        let plain =
            EndRecord { offset, count: field16(10), directory_bytes: field32(12), directory_offset: field32(16) };
        found.push(zip64_end_record(data, offset).unwrap_or(plain));
        if found.len() >= 8 {
            break;
        }
    }
    found
}

/// The ZIP64 end record, when a locator stands right before the plain one.
fn zip64_end_record(data: &[u8], end_offset: usize) -> Option<EndRecord> {
    let locator = end_offset.checked_sub(20)?;
    if u32_at(data, locator)? != 0x0706_4b50 {
        return None;
    }
    let offset = usize::try_from(u64_at(data, locator.checked_add(8)?)?).ok()?;
    if u32_at(data, offset)? != 0x0606_4b50 {
        return None;
    }
    Some(EndRecord {
        offset: end_offset,
        count: u64_at(data, offset.checked_add(32)?)?,
        directory_bytes: u64_at(data, offset.checked_add(40)?)?,
        directory_offset: u64_at(data, offset.checked_add(48)?)?,
    })
}

fn read_directory(
    path: &str,
    data: &[u8],
    end: &EndRecord,
    limits: &Limits,
    notes: &mut Vec<Anomaly>,
) -> Result<Vec<Entry>> {
    let broken = |offset: u64, detail: String| Error::Archive { path: path.into(), offset, detail, cure: CURE.into() };
    let directory_end = end.directory_offset.saturating_add(end.directory_bytes);
    if directory_end > end.offset as u64 {
        return Err(broken(
            end.offset as u64,
            format!(
                "the central directory ({} bytes at {:#x}) runs past the end record",
                end.directory_bytes, end.directory_offset
            ),
        ));
    }
    let (start, stop) = (end.directory_offset as usize, directory_end as usize);
    let Some(directory) = data.get(start..stop) else {
        return Err(broken(end.directory_offset, "the central directory lies outside the file".into()));
    };
    let mut entries =
        Vec::with_capacity(usize::try_from(end.count).unwrap_or(0).min(directory.len() / CENTRAL_HEADER_BYTES));
    let mut cursor = Cursor::at(directory, 0);
    while cursor.remaining() >= 4 {
        let at = start.saturating_add(cursor.pos());
        let signature = u32_at(directory, cursor.pos());
        if signature != Some(CENTRAL_HEADER) {
            if (entries.len() as u64) < end.count {
                return Err(broken(
                    at as u64,
                    format!("entry {} of {} has no central header", entries.len(), end.count),
                ));
            }
            break;
        }
        if entries.len() as u64 >= limits.max_entries {
            return Err(Error::Limit {
                place: path.into(),
                what: "the number of entries".into(),
                limit: limits.max_entries,
                flag: "--max-entries",
            });
        }
        let Some(entry) = central_header(&mut cursor, at, notes) else {
            return Err(broken(at as u64, format!("central header {} is cut off", entries.len())));
        };
        entries.push(entry);
    }
    let found = entries.len() as u64;
    // The plain record has only 16 bits for the count.
    if found != end.count && found & 0xffff != end.count {
        notes.push(anomaly(
            "zip-entry-count",
            path,
            end.offset,
            format!("the end record claims {} entries, the central directory holds {found}", end.count),
        ));
    }
    Ok(entries)
}

fn central_header(cursor: &mut Cursor<'_>, at: usize, notes: &mut Vec<Anomaly>) -> Option<Entry> {
    cursor.take(8)?;
    let flags = cursor.u16()?;
    let method = cursor.u16()?;
    cursor.take(2)?;
    let dos_date = cursor.u16()?;
    let crc32 = cursor.u32()?;
    let mut compressed_bytes = u64::from(cursor.u32()?);
    let mut uncompressed_bytes = u64::from(cursor.u32()?);
    let name_bytes = usize::from(cursor.u16()?);
    let extra_bytes = usize::from(cursor.u16()?);
    let comment_bytes = usize::from(cursor.u16()?);
    cursor.take(8)?;
    let mut header_offset = u64::from(cursor.u32()?);
    let raw_name = cursor.take(name_bytes)?;
    let extra = cursor.take(extra_bytes)?;
    cursor.take(comment_bytes)?;
    zip64_extra(extra, &mut uncompressed_bytes, &mut compressed_bytes, &mut header_offset);
    let (name, odd) = decode_name(raw_name);
    if odd {
        notes.push(anomaly("zip-name-encoding", &name, at, "the name is not UTF-8"));
    }
    if let Some(reason) = suspicious_name(&name) {
        notes.push(anomaly("zip-name", &name, at, reason));
    }
    if flags & 1 != 0 {
        notes.push(anomaly(
            "zip-encryption-flag",
            &name,
            at,
            "marked as encrypted; Android ignores the mark and so does this scan",
        ));
    }
    Some(Entry { name, method, compressed_bytes, uncompressed_bytes, dos_date, crc32, header_offset })
}

fn zip64_extra(extra: &[u8], uncompressed: &mut u64, compressed: &mut u64, offset: &mut u64) {
    let mut cursor = Cursor::at(extra, 0);
    while let (Some(id), Some(len)) = (cursor.u16(), cursor.u16()) {
        let Some(body) = cursor.take(usize::from(len)) else { return };
        if id != 1 {
            continue;
        }
        let mut fields = Cursor::at(body, 0);
        for value in [uncompressed, compressed, offset] {
            if *value == u64::from(u32::MAX) {
                let Some(wide) = fields.u64() else { return };
                *value = wide;
            }
        }
        return;
    }
}

/// The name as text, and whether it was not UTF-8.
fn decode_name(raw: &[u8]) -> (String, bool) {
    if let Ok(name) = std::str::from_utf8(raw) {
        return (name.to_owned(), false);
    }
    let (name, _, failed) = encoding_rs::GB18030.decode(raw);
    let name = if failed { String::from_utf8_lossy(raw) } else { name };
    (name.into_owned(), true)
}

fn suspicious_name(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        Some("empty name")
    } else if name.contains('\0') {
        Some("NUL byte in the name")
    } else if name.split(['/', '\\']).any(|part| part == "..") {
        Some("the name climbs out of its folder (path traversal)")
    } else if name.starts_with('/')
        || name.starts_with('\\')
        || name.get(1..3) == Some(":\\")
        || name.starts_with("file:")
    {
        Some("absolute name")
    } else if name.starts_with("AndroidManifest.xml/") || is_dex_folder(name) {
        Some("a folder with the name of a core file, which breaks tools that unpack to disk")
    } else {
        None
    }
}

fn is_dex_folder(name: &str) -> bool {
    name.split_once('/').is_some_and(|(first, _)| first.starts_with("classes") && first.ends_with(".dex"))
}

fn note_surroundings(path: &str, data: &[u8], end: &EndRecord, notes: &mut Vec<Anomaly>) {
    if data.starts_with(b"dex\n") {
        notes.push(anomaly("zip-dex-prefix", path, 0, "a DEX stands in front of the archive (Janus, CVE-2017-13156)"));
    } else if u32_at(data, 0) != Some(LOCAL_HEADER) {
        notes.push(anomaly(
            "zip-prefix",
            path,
            0,
            "the file does not begin with a local header: foreign bytes stand in front of the archive",
        ));
    }
    let comment = usize::from(u16_at(data, end.offset.saturating_add(20)).unwrap_or(0));
    let archive_end = end.offset.saturating_add(END_RECORD_BYTES).saturating_add(comment);
    if archive_end != data.len() {
        notes.push(anomaly(
            "zip-trailing-data",
            path,
            archive_end.min(data.len()),
            format!("{} bytes after the archive", data.len().abs_diff(archive_end)),
        ));
    }
}

fn index_names(path: &str, entries: &[Entry], notes: &mut Vec<Anomaly>) -> FxHashMap<String, u32> {
    let mut index = FxHashMap::with_capacity_and_hasher(entries.len(), Default::default());
    for (position, entry) in (0u32..).zip(entries) {
        if let Some(first) = index.get(&entry.name) {
            notes.push(Anomaly {
                kind: "zip-duplicate-name".into(),
                place: entry.name.clone(),
                offset: Some(entry.header_offset),
                detail: format!("entries {first} and {position} of {path} have the same name; the first is taken, DEX files are scanned all"),
            });
        } else {
            index.insert(entry.name.clone(), position);
        }
    }
    index
}
