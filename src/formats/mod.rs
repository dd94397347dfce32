//! Pure decoders of byte layouts: bytes in, borrowed view out.
//!
//! Nothing here knows file names, apps or privacy; nothing does I/O, logs, or keeps global state.
//! Decoders never panic: every offset is checked before it is used, and every reservation is
//! bounded by the bytes that are really there. Damage that Android tolerates is returned as a
//! [`Flaw`] beside the value; an [`FormatError`] means Android would refuse the bytes too, or that
//! nothing useful is left.

#![forbid(unsafe_code)]

pub mod arsc;
pub mod axml;
pub mod bytes;
pub mod dex;
pub mod elf;
pub mod signing;
mod string_pool;

use std::fmt;

/// Damage that was tolerated while decoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Stable kebab-case id such as `axml-string-count`.
    pub kind: &'static str,
    /// Byte offset within the decoded bytes.
    pub offset: usize,
    /// What was expected and what was found.
    pub detail: String,
}

impl Flaw {
    /// Makes a flaw at `offset` bytes into the decoded data.
    pub fn new(kind: &'static str, offset: usize, detail: impl Into<String>) -> Self {
        Self { kind, offset, detail: detail.into() }
    }
}

/// A decoded value with the damage that was tolerated on the way.
#[derive(Debug, Clone)]
pub struct Decoded<T> {
    /// The value.
    pub value: T,
    /// What was tolerated, in order of discovery.
    pub flaws: Vec<Flaw>,
}

/// Bytes that cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatError {
    /// The format that was expected, e.g. `DEX`.
    pub format: &'static str,
    /// Byte offset of the problem within the decoded data.
    pub offset: usize,
    /// What was expected and what was found.
    pub detail: String,
}

impl FormatError {
    /// Makes an error at `offset` bytes into the decoded data.
    pub fn new(format: &'static str, offset: usize, detail: impl Into<String>) -> Self {
        Self { format, offset, detail: detail.into() }
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at offset {:#x}: {}", self.format, self.offset, self.detail)
    }
}

impl std::error::Error for FormatError {}
