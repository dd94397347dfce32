//! Bounds on what one input may make the scanner do, and the running account of it.

use std::sync::atomic::{AtomicU64, Ordering};

/// Limits on one input. Each has a flag of the same name on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most entries that an archive may list.
    pub max_entries: u64,
    /// Most bytes that one entry may inflate to.
    pub max_entry_bytes: u64,
    /// Most bytes that all entries together may inflate to.
    pub max_total_bytes: u64,
    /// How deep archives inside archives are opened.
    pub max_nesting: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_entries: 300_000, max_entry_bytes: 256 << 20, max_total_bytes: 4 << 30, max_nesting: 3 }
    }
}

/// Counts inflated bytes over one input and its nested archives.
#[derive(Debug, Default)]
pub struct Budget {
    spent: AtomicU64,
}

impl Budget {
    /// Books `bytes` more inflated bytes; false when that passes `limits.max_total_bytes`.
    pub fn spend(&self, bytes: u64, limits: &Limits) -> bool {
        let before = self.spent.fetch_add(bytes, Ordering::Relaxed);
        before.saturating_add(bytes) <= limits.max_total_bytes
    }

    /// Bytes inflated so far.
    pub fn spent(&self) -> u64 {
        self.spent.load(Ordering::Relaxed)
    }
}
