//! What stands in `regulations/` and `rules/`.

use serde::{Deserialize, Serialize};

/// One file under `regulations/`.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct RegulationFile {
    /// The document.
    pub instrument: InstrumentRow,
    /// Its clauses in order.
    #[serde(default)]
    pub clause: Vec<ClauseRow>,
}

/// A law, rule, notice or standard.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct InstrumentRow {
    /// Stable id = file name without `.toml`.
    pub id: String,
    /// Chinese title.
    pub title_zh: String,
    /// English title.
    pub title_en: String,
    /// Issuing body.
    pub issuer: String,
    /// Document number.
    #[serde(default)]
    pub number: String,
    /// ISO date, empty when none.
    #[serde(default)]
    pub date_issued: String,
    /// ISO date, empty when none.
    #[serde(default)]
    pub date_effective: String,
    /// Official address.
    #[serde(default)]
    pub url: String,
    /// `law`, `rule`, `notice`, `standard`, …
    pub kind: String,
    /// `binding`, `recommended`, `guidance`, `not-in-force`, `enforcement-practice`, `foreign`.
    pub binding: String,
    /// `in_force`, `campaign` (its period may be over, its demands are practice), `concluded`, `superseded`,
    /// `practice` or `draft`.
    pub state: String,
    /// Status in words.
    pub status: String,
    /// Whom it binds.
    #[serde(default)]
    pub scope: String,
    /// Remarks.
    #[serde(default)]
    pub note: String,
    /// Whether checked.
    #[serde(default)]
    pub verified: bool,
    /// Where the row comes from.
    pub source: String,
}

/// An atomic demand that a scan can test.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ClauseRow {
    /// Stable id, e.g. `cac191.1.2`.
    pub id: String,
    /// Number as printed, e.g. `第一条第2项`.
    pub clause_no: String,
    /// Chinese title.
    pub title_zh: String,
    /// English title.
    pub title_en: String,
    /// Text; may stand in quotation marks only when `quote` is `exact`.
    pub text_zh: String,
    /// `exact`, `exact-memory` or `paraphrase`.
    pub quote: String,
    /// What in an APK or policy shows it.
    pub static_evidence: String,
    /// `static`, `static-partial`, `needs-policy`, `needs-declaration`, `needs-dynamic/manual`.
    pub decidable: String,
    /// What a person does to settle it, in Chinese; empty = as the clauses that it refers to.
    #[serde(default)]
    pub check_zh: String,
    /// The same in English.
    #[serde(default)]
    pub check_en: String,
    /// Suggested severity.
    pub severity: String,
    /// Profile row it belongs to.
    #[serde(default)]
    pub seed_row: String,
    /// Other clauses carrying the same fact.
    #[serde(default)]
    pub see: Vec<String>,
    /// Ids of the rules that decide it, wholly or in part.
    #[serde(default)]
    pub rules: Vec<String>,
    /// Remarks.
    #[serde(default)]
    pub note: String,
    /// Whether checked.
    #[serde(default)]
    pub verified: bool,
    /// Where the row comes from.
    pub source: String,
}

/// A wording under which official notices name a problem (`notice-wording.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct NoticeWordingRow {
    /// The clause whose text it is.
    pub clause: String,
    /// Chinese wording in place of the clause's text; empty = the text.
    #[serde(default)]
    pub zh: String,
    /// English rendering.
    pub en: String,
    /// Short class of MIIT's notices; empty = none.
    #[serde(default)]
    pub class_zh: String,
    /// The same in English.
    #[serde(default)]
    pub class_en: String,
    /// Rules whose findings it names.
    #[serde(default)]
    pub rules: Vec<String>,
    /// What policies lack or say (`policy-content.toml`) and it names.
    #[serde(default)]
    pub statements: Vec<String>,
    /// Where the row comes from.
    pub source: String,
}

/// Wording and documentation of one rule (`rules/<id>.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct RuleRow {
    /// Stable id, kebab-case, names the flagged behaviour.
    pub id: String,
    /// Title in both languages.
    pub title: Text,
    /// What the rule reports.
    pub what: Text,
    /// Why it matters.
    pub why: Text,
    /// How the rule finds it.
    pub how: Text,
    /// What it cannot see.
    pub blind_spots: Text,
    /// What the developer should do; may hold `{placeholders}`.
    pub fix: Text,
    /// Explanations by key, with `{placeholders}` filled by the rule.
    #[serde(default)]
    pub message: std::collections::BTreeMap<String, Text>,
    /// What decides the rule, where signs alone do.
    #[serde(default)]
    pub search: Option<Search>,
    /// Who counts as a recipient, where the rule is on handing something to others.
    #[serde(default)]
    pub recipients: Option<Recipients>,
    /// How it is done right.
    #[serde(default)]
    pub sample: Vec<SampleRow>,
}

/// A piece of code, of a layout or of a policy that does it right.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct SampleRow {
    /// `kotlin`, `xml` or `markdown`.
    pub language: String,
    /// What it shows, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// The text.
    pub code: String,
}

/// What holds for everything of one kind, as `explain` tells it (`explanations.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ExplanationRow {
    /// `permission`, `item`, `sensitive_item`, `sdk`, `app_type` or `profile`.
    pub id: String,
    /// Why it matters.
    pub why: Text,
    /// How it is found.
    pub how: Text,
    /// What is not seen.
    pub blind_spots: Text,
    /// What to do.
    pub fix: Text,
    /// Clauses that bear on it.
    pub clauses: Vec<String>,
    /// How it is done right.
    #[serde(default)]
    pub sample: Vec<SampleRow>,
    /// Where the row comes from.
    pub source: String,
}

/// A rule that its row decides: signs that must be there, or must not.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// What ends as a finding.
    pub kind: SearchKind,
    /// What is looked for.
    pub signs: Signs,
    /// An app is in scope that shows one of each of these; without any, every app under a profile that names the rule.
    #[serde(default)]
    pub scope: Vec<Signs>,
    /// Only apps are in scope in which accounts can be made or used.
    #[serde(default)]
    pub needs_account: bool,
    /// How bad a finding is.
    pub severity: String,
    /// Surface that a finding on an absence is about.
    #[serde(default)]
    pub surface: String,
    /// The policy may show the sign: without one, an absence cannot be told.
    #[serde(default)]
    pub needs_policy: bool,
}

/// What a [`Search`] reports.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum SearchKind {
    /// That none of the signs shows.
    Missing,
    /// Each sign that shows.
    Found,
}

/// SDKs that receive something by their nature or by who calls them.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Recipients {
    /// Categories of SDKs whose very purpose it is.
    pub by_nature: Vec<String>,
    /// Categories of SDKs that count where the code in question calls them.
    pub where_called: Vec<String>,
    /// Items of personal information that the policy's row for such an SDK is to name, any of them.
    pub items: Vec<String>,
}

/// Signs, any of which counts.
#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Signs {
    /// Wording that the user sees: ids of `surfaces.toml`.
    pub surfaces: Vec<String>,
    /// SDKs by id.
    pub sdks: Vec<String>,
    /// SDKs by category.
    pub sdk_categories: Vec<String>,
    /// Permissions that the app asks for.
    pub permissions: Vec<String>,
    /// Items that code surely takes.
    pub items: Vec<String>,
    /// Items that the policy names as collected.
    pub policy_items: Vec<String>,
    /// Domains that the app names.
    pub hosts: Vec<String>,
    /// Terms whose patterns fit names of components, files, layouts and texts.
    pub names: Vec<String>,
    /// What the policy says: ids of `policy-content.toml`.
    pub statements: Vec<String>,
}

impl ClauseRow {
    /// The text, where it was read word by word and may stand in quotation marks.
    pub fn quotable(&self) -> Option<&str> {
        (self.quote == "exact").then_some(self.text_zh.as_str())
    }
}

impl RuleRow {
    /// What explains the rule, in order, with the ids of the headings.
    pub fn parts(&self) -> [(&'static str, &Text); 5] {
        [
            ("rule.what", &self.what),
            ("rule.why", &self.why),
            ("rule.how", &self.how),
            ("rule.blind_spots", &self.blind_spots),
            ("rule.fix", &self.fix),
        ]
    }
}

/// One text in both languages.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq, Default)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// 简体中文.
    pub zh: String,
    /// English.
    pub en: String,
}
