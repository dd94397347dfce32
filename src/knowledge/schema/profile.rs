//! App types, lines of business and what shows them.

use serde::{Deserialize, Serialize};

use super::Text;

/// A line of business, or a reader, with the rules that only it needs (`profiles.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ProfileRow {
    /// Stable id.
    pub id: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// For which apps it is meant.
    pub what: Text,
    /// Groups of clauses that bind such apps (`seed_row` of clauses).
    pub clauses: Vec<String>,
    /// App type that stands when the user gives none; empty = none.
    #[serde(default)]
    pub app_type: String,
    /// Rules that run with it and, unless another profile names them too, with no other.
    #[serde(default)]
    pub rules: Vec<String>,
    /// Severities in place of the rules' own, by rule.
    #[serde(default)]
    pub severity: std::collections::BTreeMap<String, String>,
    /// Where the row comes from.
    pub source: String,
}

impl ProfileRow {
    /// Id of the profile of a scan that names none.
    pub const GENERAL: &'static str = "general";
}

/// One of the 39 common app types (`app-types.toml`, 国信办秘字〔2021〕14号 art. 5).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct AppTypeRow {
    /// Number in the rule.
    pub no: u32,
    /// Stable id.
    pub id: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Basic function, official wording.
    pub basic_function_zh: String,
    /// Basic function in English.
    pub basic_function_en: String,
    /// The basic function needs no personal information.
    pub needs_no_pi: bool,
    /// Necessary information, official wording.
    #[serde(default)]
    pub necessary_pi_zh: Vec<String>,
    /// The same as taxonomy ids.
    #[serde(default)]
    pub necessary_pi: Vec<String>,
    /// Permissions that the necessary information justifies.
    #[serde(default)]
    pub permissions_necessary: Vec<String>,
    /// Permissions that a visible optional feature may justify.
    #[serde(default)]
    pub permissions_feature: Vec<String>,
    /// Permissions hardly ever justified.
    #[serde(default)]
    pub permissions_suspect: Vec<String>,
    /// Remarks.
    #[serde(default)]
    pub note: String,
    /// Whether checked against the official text.
    #[serde(default)]
    pub verified: bool,
    /// Where the row comes from.
    pub source: String,
}

/// What speaks for an app type or a profile (`app-type-signals.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct SignalRow {
    /// The app type that it speaks for; empty = none.
    #[serde(default)]
    pub app_type: String,
    /// The profile that it speaks for; empty = none.
    #[serde(default)]
    pub profile: String,
    /// Where the values are looked for.
    pub kind: SignalKind,
    /// Words or ids.
    pub values: Vec<String>,
    /// Points for each value that is there.
    pub points: u32,
    /// Most points that the row gives.
    pub most: u32,
    /// Where the row comes from.
    pub source: String,
}

/// Where the values of a [`SignalRow`] are looked for.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum SignalKind {
    /// The app's name.
    Label,
    /// The package name.
    Package,
    /// Short texts that users see.
    Text,
    /// Names of the app's own activities.
    Screen,
    /// Permissions asked for, or held by components.
    Permission,
    /// Ids of SDKs.
    Sdk,
    /// Categories of SDKs.
    SdkCategory,
    /// The manifest's category.
    Category,
    /// The app type that stands or is proposed.
    AppType,
}

impl SignalKind {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Package => "package",
            Self::Text => "text",
            Self::Screen => "screen",
            Self::Permission => "permission",
            Self::Sdk => "sdk",
            Self::SdkCategory => "sdk_category",
            Self::Category => "category",
            Self::AppType => "app_type",
        }
    }
}
