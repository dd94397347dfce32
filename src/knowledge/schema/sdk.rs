//! What stands in `sdks/` and what no SDK may claim.

use serde::{Deserialize, Serialize};

/// One vendor's file under `sdks/`.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct SdkFile {
    /// Stable vendor slug = file name without `.toml`.
    pub vendor: String,
    /// Chinese name of the vendor (legal entity where known).
    #[serde(default)]
    pub vendor_zh: String,
    /// English name of the vendor.
    #[serde(default)]
    pub vendor_en: String,
    /// ISO 3166 country code, empty when unknown.
    #[serde(default)]
    pub country: String,
    /// The vendor's products.
    #[serde(default)]
    pub sdk: Vec<SdkRow>,
}

/// A package prefix that no SDK may claim (`broad-prefixes.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct BroadPrefixRow {
    /// The prefix, dotted.
    pub value: String,
    /// What else lies under it.
    pub why: String,
}

/// One third-party SDK or library.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct SdkRow {
    /// Stable id `vendor.product`.
    pub id: String,
    /// Chinese name, empty when it has none.
    #[serde(default)]
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Other names under which policies mention it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// One of [`SDK_CATEGORIES`].
    pub category: String,
    /// True: a third party may process end users' personal information through it (an SDK);
    /// false: plain code (a library).
    pub collects: bool,
    /// What apps use it for, Chinese.
    #[serde(default)]
    pub purpose_zh: String,
    /// What apps use it for, English.
    #[serde(default)]
    pub purpose_en: String,
    /// Dotted package or class prefixes that identify it (whole segments; longest match wins).
    #[serde(default)]
    pub packages: Vec<String>,
    /// Prefixes under `packages` that are not this product.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Component class names (or prefixes ending in `.`).
    #[serde(default)]
    pub components: Vec<String>,
    /// `<meta-data android:name>` keys.
    #[serde(default)]
    pub meta_data: Vec<String>,
    /// Native library file names, `*` allowed.
    #[serde(default)]
    pub native_libs: Vec<String>,
    /// Hosts (registrable domain or longer) that belong to the product alone.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Asset path prefixes.
    #[serde(default)]
    pub assets: Vec<String>,
    /// `class.member` of the constant or getter that holds its version, where several look like it; `class.*` for
    /// the one text in the code of a class that looks like a version of three parts.
    #[serde(default)]
    pub version: Vec<String>,
    /// `group:artifact` of its packages in registries, `*` allowed; the group is empty where the file names none.
    #[serde(default)]
    pub artifacts: Vec<String>,
    /// Prefixes of the names of resources it brings along.
    #[serde(default)]
    pub resource_prefixes: Vec<String>,
    /// Permissions its manifest declares.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// A toolkit, such as the platform's own libraries and loaders of pictures, that takes personal information only at
    /// the app's bidding.
    #[serde(default)]
    pub toolkit: bool,
    /// Id of the product that this one goes on under another name: classes of both are alike.
    #[serde(default)]
    pub succeeds: String,
    /// Ids of the products that bring it along and that a policy names in its place.
    #[serde(default)]
    pub part_of: Vec<String>,
    /// Calls that start it, prepare it, or tell it what the user decided.
    #[serde(default)]
    pub call: Vec<SdkCallRow>,
    /// What is publicly known of its trouble with app stores and regulators.
    #[serde(default)]
    pub issue: Vec<SdkIssueRow>,
    /// Vendor's privacy policy for it.
    #[serde(default)]
    pub policy_url: String,
    /// What the vendor itself says that it collects.
    #[serde(default)]
    pub declared: Option<SdkDeclaredRow>,
    /// Where the row comes from.
    pub source: String,
    /// How far it was checked: `seen` in a real package, `vendor-doc`, `list` or `memory`.
    pub verified: String,
}

/// What a vendor's own document says that its SDK collects.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct SdkDeclaredRow {
    /// Items of the taxonomy that it collects, or collects unless switched off.
    pub items: Vec<String>,
    /// Items that it collects only where the app turns it on.
    #[serde(default)]
    pub optional: Vec<String>,
    /// Date that the document bears, empty when it bears none.
    #[serde(default)]
    pub date: String,
    /// Day on which it was read.
    pub seen: String,
    /// The document was read in part only: what is not listed may still be collected.
    #[serde(default)]
    pub partial: bool,
    /// Words of the document that list them.
    pub quote: String,
    /// Its address.
    pub source: String,
}

/// A publicly known problem of an SDK.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct SdkIssueRow {
    /// First version that is free of it, empty where none is known.
    #[serde(default)]
    pub fixed_in: String,
    /// Items of personal information that it is about; none = all.
    #[serde(default)]
    pub pi: Vec<String>,
    /// The problem, Chinese.
    pub zh: String,
    /// The problem, English.
    pub en: String,
    /// What to do, Chinese.
    pub cure_zh: String,
    /// What to do, English.
    pub cure_en: String,
    /// Where it was reported.
    pub source: String,
}

/// A call of an SDK that bears on consent.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct SdkCallRow {
    /// What the vendor says that it does.
    pub role: SdkCallRole,
    /// Dotted class.
    pub class: String,
    /// Method names.
    pub names: Vec<String>,
    /// Argument that says whether the user agreed, or that is the item (0-based, the receiver not counted).
    #[serde(default)]
    pub arg: Option<u32>,
    /// Item of the taxonomy that the call hands over (`user_data`).
    #[serde(default)]
    pub item: String,
    /// Where the row comes from.
    pub source: String,
}

/// What a [`SdkCallRow`] does.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum SdkCallRole {
    /// Starts the SDK: it collects from here on.
    Init,
    /// Prepares it without collecting, by the vendor's word.
    PreInit,
    /// Tells it whether the user agreed.
    Agree,
    /// Hands it an item of personal information.
    UserData,
}

/// Closed list of SDK categories.
pub const SDK_CATEGORIES: &[&str] = &[
    "ads",
    "analytics",
    "asr-tts",
    "attribution",
    "captcha-risk",
    "cloud-storage",
    "crash",
    "customer-service",
    "database",
    "framework",
    "game",
    "hotfix",
    "iap",
    "identity-verify",
    "im",
    "image",
    "map-location",
    "network",
    "oaid",
    "ocr",
    "one-click-login",
    "other",
    "payment",
    "push",
    "rtc-av",
    "security",
    "share",
    "smart-device",
    "social-login",
    "ui",
    "update",
    "webview",
];
