//! Vocabulary shared by every layer: anomalies and places. No logic, no imports.

use serde::{Deserialize, Serialize};

/// Tolerated damage or an oddity of the input, itself evidence of tampering or evasion.
///
/// `kind` is a stable kebab-case id; `place` names the entry, and the byte offset within it where
/// one is known; `detail` says what was expected and what was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Anomaly {
    /// Stable kebab-case id such as `zip-duplicate-name`.
    pub kind: String,
    /// Entry path, or the container's own path.
    pub place: String,
    /// Byte offset within `place`, where one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// What was expected and what was found.
    pub detail: String,
}
