//! The one top error: what was being read, where it broke, and what the user can do.

use std::path::PathBuf;

use crate::formats::FormatError;

/// Result with the crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Why an input could not be scanned. Every variant names the file and the place.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// File concerned.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The bytes are not an app that Android would install.
    #[error("{path}: not an Android app: {detail}. {cure}")]
    NotAnApp {
        /// File concerned.
        path: String,
        /// What was found instead.
        detail: String,
        /// What to do.
        cure: String,
    },
    /// The archive is damaged beyond what Android tolerates.
    #[error("{path}: broken archive at offset {offset:#x}: {detail}. {cure}")]
    Archive {
        /// File concerned.
        path: String,
        /// Byte offset in it.
        offset: u64,
        /// What was expected and found.
        detail: String,
        /// What to do.
        cure: String,
    },
    /// One entry of the archive cannot be read.
    #[error("{path}!{entry}: {detail}")]
    Entry {
        /// Archive concerned.
        path: String,
        /// Entry within it.
        entry: String,
        /// What is wrong.
        detail: String,
    },
    /// A limit was passed.
    #[error("{place}: {what} exceeds the limit of {limit}; raise it with {flag} if the input is trusted")]
    Limit {
        /// File or entry concerned.
        place: String,
        /// What grew too large, with its size.
        what: String,
        /// The limit in force.
        limit: u64,
        /// The flag that raises it.
        flag: &'static str,
    },
    /// An entry is not of the format that its name promises.
    #[error("{entry}: {source}")]
    Format {
        /// Entry path.
        entry: String,
        /// What the decoder found.
        source: FormatError,
    },
    /// A file of `signatures/` is wrong.
    #[error("{file}:{line}: {detail}")]
    Signatures {
        /// File concerned.
        file: String,
        /// 1-based line; 0 when unknown.
        line: usize,
        /// What is wrong.
        detail: String,
    },
    /// A policy file cannot be read.
    #[error("{path}: {detail}")]
    Policy {
        /// File concerned.
        path: String,
        /// What is wrong and what to do.
        detail: String,
    },
    /// A file is no report that can be read.
    #[error("{path}: {detail}")]
    Report {
        /// File concerned.
        path: String,
        /// What is wrong.
        detail: String,
    },
    /// A mistake in `mingcha.toml`.
    #[error("{file}:{line}: {detail}")]
    Settings {
        /// File concerned.
        file: String,
        /// 1-based line.
        line: usize,
        /// What is wrong.
        detail: String,
    },
    /// Arguments or settings that make no sense.
    #[error("{0}")]
    Usage(String),
}

impl Error {
    /// An I/O error on `path`.
    pub fn io(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::Io { path: path.into(), source }
    }

    /// True for errors of the caller's making (exit code 2), false for unreadable input (3).
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Usage(_) | Self::Signatures { .. } | Self::Settings { .. })
    }
}
