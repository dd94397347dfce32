//! What stands in `policy-content.toml` and `lexicon/`.

use serde::{Deserialize, Serialize};

/// Something that a privacy policy must say (`policy-content.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ContentRow {
    /// Stable id, e.g. `retention_period`.
    pub id: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Patterns for single sentences in normal form, any of which shows it.
    pub patterns: Vec<String>,
    /// Patterns that take a sentence out again.
    #[serde(default)]
    pub without: Vec<String>,
    /// Rows of tables count too.
    #[serde(default = "yes")]
    pub tables: bool,
    /// When a policy must say it.
    pub needs: ContentNeed,
    /// How its absence ends, or its presence where it is forbidden.
    pub verdict: ContentVerdict,
    /// How bad that is.
    pub severity: ContentSeverity,
    /// The clause that asks for it.
    pub clause: String,
    /// How to mend its absence, in Chinese.
    pub fix_zh: String,
    /// The same in English.
    pub fix_en: String,
    /// Where the row comes from.
    pub source: String,
}

/// When a policy must say something.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum ContentNeed {
    /// Every policy.
    Always,
    /// Policies of apps with accounts.
    Account,
    /// It is recognised, but its absence is no fault.
    Never,
    /// No policy may say it.
    Forbidden,
}

/// How a fault of a policy ends.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum ContentVerdict {
    /// The clause is offended.
    Violation,
    /// A person must look.
    Risk,
}

/// How bad a fault of a policy is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum ContentSeverity {
    /// Should be mended.
    Low,
    /// Is regularly objected to.
    Medium,
    /// Is regularly named in public.
    High,
}

fn yes() -> bool {
    true
}

/// Wording that shows a UI or policy fact (`lexicon/*.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct TermRow {
    /// Stable id, e.g. `account.delete`.
    pub id: String,
    /// `ui`, `policy` or `both`.
    pub kind: String,
    /// What a hit means.
    pub means: String,
    /// Simplified Chinese wording.
    #[serde(default)]
    pub zh_hans: Vec<String>,
    /// Traditional Chinese wording.
    #[serde(default)]
    pub zh_hant: Vec<String>,
    /// English wording, matched without regard to case.
    #[serde(default)]
    pub en: Vec<String>,
    /// RE2-compatible patterns.
    #[serde(default)]
    pub regex: Vec<String>,
    /// Wording that must not stand beside the match; or ids of terms.
    #[serde(default)]
    pub negative: Vec<String>,
    /// Clauses it bears on.
    #[serde(default)]
    pub clauses: Vec<String>,
    /// Remarks.
    #[serde(default)]
    pub note: String,
    /// Whether the wording was seen.
    #[serde(default)]
    pub verified: bool,
    /// Where the row comes from.
    pub source: String,
}

impl TermRow {
    /// True when each text in simplified Chinese is as long, in bytes, as its counterpart in traditional Chinese.
    pub fn is_paired(&self) -> bool {
        self.zh_hant.iter().map(String::len).eq(self.zh_hans.iter().map(String::len))
    }
}
