//! The shape of the files under `signatures/`.
//!
//! This file is compiled twice: into the library, and (by `#[path]`) into the build script that
//! validates and embeds the files. It therefore imports nothing of the crate. It holds rows, not
//! decisions; unknown keys are errors so that a misspelt field cannot be silently ignored.

use serde::{Deserialize, Serialize};

// The paths are told, since the build script and the library would look for them in different folders.
#[path = "schema/policy.rs"]
mod policy;
#[path = "schema/profile.rs"]
mod profile;
#[path = "schema/regulation.rs"]
mod regulation;
#[path = "schema/sdk.rs"]
mod sdk;

pub use policy::*;
pub use profile::*;
pub use regulation::*;
pub use sdk::*;

/// A permission of Android or of a device vendor (`permissions.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct PermissionRow {
    /// Full name, e.g. `android.permission.READ_CONTACTS`.
    pub name: String,
    /// How the platform grants it.
    pub kind: PermissionKind,
    /// Permission group, empty when none.
    #[serde(default)]
    pub group: String,
    /// Chinese label.
    pub label_zh: String,
    /// English label.
    pub label_en: String,
    /// What policies call it beside the word for permission, in lower case; it stands for its whole group.
    #[serde(default)]
    pub spoken: Vec<String>,
    /// Ids of the personal information it guards (taxonomy ids).
    #[serde(default)]
    pub pi: Vec<String>,
    /// First API level that knows it; 0 when unknown.
    #[serde(default)]
    pub api_added: u32,
    /// `protectionLevel` as the platform prints it.
    #[serde(default)]
    pub protection_level: String,
    /// Without it the platform answers with less instead of refusing, and before it existed in full.
    #[serde(default)]
    pub filters: bool,
    /// Declaring it alone calls for a reviewer's attention.
    #[serde(default)]
    pub high_risk: bool,
    /// Advice in Chinese, in the sense of TC260-PG-20204A and GB/T 41391 Annex E.
    #[serde(default)]
    pub advice_zh: String,
    /// Advice in English.
    #[serde(default)]
    pub advice_en: String,
    /// Behaviour changes by API level.
    #[serde(default)]
    pub changed: String,
    /// Whether the row was checked against the named source.
    #[serde(default)]
    pub verified: bool,
    /// Where the row comes from.
    pub source: String,
}

/// How a permission is granted.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum PermissionKind {
    /// Asked of the user at run time.
    Runtime,
    /// Granted on a settings page.
    Special,
    /// Granted silently at install.
    Normal,
    /// Only for system or same-signature apps.
    Signature,
    /// No longer has an effect.
    Legacy,
}

impl PermissionKind {
    /// The name used in signatures, reports and wordings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Runtime => "runtime",
            Self::Special => "special",
            Self::Normal => "normal",
            Self::Signature => "signature",
            Self::Legacy => "legacy",
        }
    }
}

/// An API whose use shows that a permission is needed (`permission-apis.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct PermissionApiRow {
    /// What is matched.
    pub kind: PermissionApiKind,
    /// Dotted class name (`$` for nested), empty for values.
    #[serde(default)]
    pub class: String,
    /// Method or field name, empty for values; `*` = any use of the class.
    #[serde(default)]
    pub name: String,
    /// Exact DEX descriptors; empty = any overload.
    #[serde(default)]
    pub descriptors: Vec<String>,
    /// Calls that name a subclass do not count: `ViewGroup.addView` adds no window.
    #[serde(default)]
    pub exact: bool,
    /// Content URI prefix or intent action.
    #[serde(default)]
    pub value: String,
    /// Any one of these permissions is needed by the API.
    pub permissions: Vec<String>,
    /// Where the row comes from.
    pub source: String,
}

/// What a [`PermissionApiRow`] matches.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum PermissionApiKind {
    /// A call of `class.name`.
    Method,
    /// A string constant starting with `value` (`content://…`).
    ContentUri,
    /// A string constant equal to `value` in code or in an intent filter.
    IntentAction,
    /// Any reference to `class` (field, call, type).
    Class,
}

/// One kind of personal information (`personal-info/taxonomy.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct PiItemRow {
    /// Stable id, e.g. `android_id`.
    pub id: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Category of GB/T 35273-2020 Annex A.
    pub group_gb35273: String,
    /// Sensitive by GB/T 35273-2020 Annex B.
    pub sensitive_gb35273: bool,
    /// Sensitive by PIPL art. 28.
    pub sensitive_pipl28: bool,
    /// Sensitive by either.
    pub sensitive: bool,
    /// Wording in Chinese policies.
    pub aliases_zh: Vec<String>,
    /// Wording in English policies.
    pub aliases_en: Vec<String>,
    /// Names that are everyday words as well, such as 账号 and 短信: alone they do not say that it is collected.
    #[serde(default)]
    pub everyday_zh: Vec<String>,
    /// The same in English.
    #[serde(default)]
    pub everyday_en: Vec<String>,
    /// Chinese words that cover it without naming it: by themselves they do not disclose it.
    #[serde(default)]
    pub general_zh: Vec<String>,
    /// The same in English.
    #[serde(default)]
    pub general_en: Vec<String>,
    /// Items whose mention in a policy discloses this one too: the wider word, or the one that people use.
    #[serde(default)]
    pub disclosed_by: Vec<String>,
    /// Permissions that guard it.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// Only the platform yields it, and only to apps with one of `permissions`: users do not type it in.
    #[serde(default)]
    pub only_with_permission: bool,
    /// Orientation for reviewers.
    #[serde(default)]
    pub android_hint: String,
    /// Identifier that the user cannot reset (GB/T 41391-2022 Annex F).
    #[serde(default)]
    pub unchangeable_id: bool,
    /// Ordinary device information: listed in the inventory, never a finding.
    #[serde(default)]
    pub inventory_only: bool,
    /// Which rule reports its collection before consent: `identifier`, `network-identifier`,
    /// `installed-apps`, `clipboard`, `location`; empty = the general one.
    #[serde(default)]
    pub timing: String,
    /// Taking it without the user in front of the app calls for a reviewer.
    #[serde(default)]
    pub background: bool,
    /// Whether the row was checked against the named source.
    #[serde(default)]
    pub verified: bool,
    /// Remarks.
    #[serde(default)]
    pub note: String,
    /// Where the row comes from.
    pub source: String,
}

/// A way in which code obtains an item (`personal-info/apis-*.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct PiApiRow {
    /// Taxonomy id; empty = inventory only, not personal information by itself.
    #[serde(default)]
    pub item: String,
    /// Finer id within the item, e.g. `ssid` under `ssid_bssid`.
    #[serde(default)]
    pub detail: String,
    /// What is matched.
    pub kind: PiApiKind,
    /// Dotted class name; several separated by `/` share the package of the first.
    #[serde(default)]
    pub class: String,
    /// Method or field name(s).
    #[serde(default)]
    pub name: String,
    /// Exact DEX descriptors; empty = any overload.
    #[serde(default)]
    pub descriptors: Vec<String>,
    /// Constant that must appear (key, URI prefix, path, command, action).
    #[serde(default)]
    pub value: String,
    /// Argument (0-based, receiver not counted) that must hold `value` or `arg_int`.
    #[serde(default)]
    pub arg: Option<i32>,
    /// Integer constant that `arg` must hold.
    #[serde(default)]
    pub arg_int: Option<i64>,
    /// Main permission that guards the call, empty when none.
    #[serde(default)]
    pub permission: String,
    /// Last API level at which an ordinary app gets the real value.
    #[serde(default)]
    pub api_max: Option<u32>,
    /// False for common device attributes.
    #[serde(default)]
    pub sensitive: bool,
    /// Short Chinese label.
    #[serde(default)]
    pub zh: String,
    /// Checked against the platform sources.
    #[serde(default)]
    pub verified: bool,
    /// A callback: matched when an app class overrides it rather than when it is called.
    #[serde(default)]
    pub callback: bool,
    /// Remarks.
    #[serde(default)]
    pub note: String,
    /// Where the row comes from.
    pub source: String,
}

/// What a [`PiApiRow`] matches.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum PiApiKind {
    /// A call of `class.name`.
    Method,
    /// A read of `class.name`.
    Field,
    /// `Settings.{Secure,System,Global}.get*` with key `value`.
    SettingsKey,
    /// A content URI with prefix `value`.
    ContentUri,
    /// `SystemProperties.get(value)`, also by reflection or `getprop`.
    SystemProperty,
    /// A file path equal to `value`, or with that prefix when it ends in `/`.
    FilePath,
    /// A shell command starting with `value`.
    ShellCommand,
    /// An intent action.
    IntentAction,
    /// A binder interface or system service.
    Binder,
}

impl PiItemRow {
    /// Ids of the items whose mention discloses it, its own first.
    pub fn disclosing(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.id).chain(&self.disclosed_by).map(String::as_str)
    }

    /// All names by which policies call it, its own first.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        [&self.zh, &self.en].into_iter().chain(self.aliases())
    }

    /// Its names but for its own.
    pub fn aliases(&self) -> impl Iterator<Item = &String> {
        self.aliases_zh.iter().chain(&self.aliases_en).chain(self.everyday())
    }

    /// Those of its names that are everyday words as well.
    pub fn everyday(&self) -> impl Iterator<Item = &String> {
        self.everyday_zh.iter().chain(&self.everyday_en)
    }

    /// Sensitive, or an identifier that the user cannot reset.
    pub fn is_grave(&self) -> bool {
        self.sensitive || self.unchangeable_id
    }
}

/// Classes through which a constant is put to use (`personal-info/accessors.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct AccessorRow {
    /// The kind of [`PiApiRow`] whose constants need it.
    pub kind: PiApiKind,
    /// Dotted platform classes.
    pub classes: Vec<String>,
    /// Strings that show their use by reflection.
    #[serde(default)]
    pub strings: Vec<String>,
    /// Where the row comes from.
    pub source: String,
}

/// An event that starts a process without the user (`wake.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct WakeRow {
    /// Intent action, or package prefix of the system for `system_package`.
    pub value: String,
    /// What the row says.
    pub kind: WakeKind,
    /// Chinese name of the event.
    #[serde(default)]
    pub zh: String,
    /// English name.
    #[serde(default)]
    pub en: String,
    /// Where the row comes from.
    pub source: String,
}

/// A kind of data in Google Play's data-safety form (`data-safety.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct DataSafetyRow {
    /// Machine-readable id of the question.
    pub question: String,
    /// Machine-readable id of the answer.
    pub response: String,
    /// Label of the form.
    pub label: String,
    /// Items of the taxonomy that it stands for.
    #[serde(default)]
    pub items: Vec<String>,
    /// Where the row comes from.
    pub source: String,
}

/// What an app can offer its user or show him (`surfaces.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct SurfaceRow {
    /// Stable id.
    pub id: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Terms of the lexicon, any of which shows it.
    pub terms: Vec<String>,
    /// Longer texts only talk about it; 0 = any length.
    #[serde(default)]
    pub max_chars: u32,
    /// Where the row comes from.
    pub source: String,
}

/// What a [`WakeRow`] says.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum WakeKind {
    /// The system sends it without the user asking for the app.
    SelfStart,
    /// Packages of the system and of device makers, whose services apps may bind.
    SystemPackage,
}

/// A hardening vendor (`packers.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct PackerRow {
    /// Stable id.
    pub id: String,
    /// Chinese name.
    #[serde(default)]
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Vendor.
    #[serde(default)]
    pub vendor: String,
    /// Native library names that show it, `*` allowed.
    #[serde(default)]
    pub native_libs: Vec<String>,
    /// Asset paths that show it.
    #[serde(default)]
    pub assets: Vec<String>,
    /// Stub Application classes.
    #[serde(default)]
    pub application_classes: Vec<String>,
    /// Libraries also shipped by unpacked apps: weak alone.
    #[serde(default)]
    pub weak: bool,
    /// Where the row comes from.
    pub source: String,
}

/// A network host whose owner is known (`hosts.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct HostRow {
    /// Domain; matches itself and its sub-domains, longest wins.
    pub domain: String,
    /// Owner.
    #[serde(default)]
    pub owner: String,
    /// ISO 3166 country code.
    #[serde(default)]
    pub country: String,
    /// SDK id, empty when it identifies none.
    #[serde(default)]
    pub sdk: String,
    /// Not an endpoint (XML namespace, schema id, licence, documentation).
    #[serde(default)]
    pub not_endpoint: bool,
    /// Beginnings of paths under which an address is a name and nothing is called, such as scopes of authorisation.
    #[serde(default)]
    pub names: Vec<String>,
    /// Where the row comes from.
    pub source: String,
}

/// A call that requests, checks or explains a permission (`permission-requests.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct PermissionRequestRow {
    /// `request`, `check`, `rationale`, `result` or `contract`; of callbacks `denied` (called on a refusal alone),
    /// `granted` (told by a flag) or `granted_here` (the same, for objects made where the request is).
    pub role: String,
    /// Dotted class name.
    pub class: String,
    /// Method name.
    pub name: String,
    /// Exact descriptor; empty = any.
    #[serde(default)]
    pub descriptor: String,
    /// Argument with the permission string or array.
    #[serde(default)]
    pub arg: Option<i32>,
    /// The method is called for other things too: a request only where it is given a permission.
    #[serde(default)]
    pub serves_others: bool,
    /// Remarks.
    #[serde(default)]
    pub note: String,
    /// Checked against the platform sources.
    #[serde(default)]
    pub verified: bool,
    /// Where the row comes from.
    pub source: String,
}

/// A call that links code to code, or stores and reads what the user decided (`framework/calls.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct CallRow {
    /// What the call does.
    pub role: CallRole,
    /// Dotted class that declares it.
    pub class: String,
    /// Method names; none for roles of a class.
    pub names: Vec<String>,
    /// Argument with the name or key (0-based, the receiver not counted).
    #[serde(default)]
    pub key: Option<u32>,
    /// Argument with the value, default or listener.
    #[serde(default)]
    pub value: Option<u32>,
    /// Where the row comes from.
    pub source: String,
}

/// Code of the platform or of a library that shows, computes or waits, and neither keeps nor sends anything
/// (`framework/display.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct DisplayRow {
    /// Dotted class or package.
    pub name: String,
    /// Methods, and classes or packages within it (dotted), that do more.
    #[serde(default)]
    pub except: Vec<String>,
    /// The only methods that are meant; empty = all.
    #[serde(default)]
    pub only: Vec<String>,
    /// Where the row comes from.
    pub source: String,
}

impl DisplayRow {
    /// True when the row speaks of `class` (dotted) or of a package that holds it.
    pub fn names(&self, class: &str) -> bool {
        is_within(class, &self.name)
    }

    /// True when it says that this method of a class that it [names](Self::names) does nothing more.
    pub fn holds_of(&self, class: &str, method: &str) -> bool {
        let is_excepted = |name: &String| name == method || name.contains('.') && is_within(class, name);
        (self.only.is_empty() || self.only.iter().any(|name| name == method)) && !self.except.iter().any(is_excepted)
    }
}

/// True for a class itself, its inner classes, and the classes of a package and of those below it.
fn is_within(class: &str, name: &str) -> bool {
    class.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '$']))
}

/// What a [`CallRow`] does.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum CallRole {
    /// Loads a class by its name.
    ClassByName,
    /// Looks a method up by its name.
    MethodByName,
    /// Lists all methods of a class.
    AllMethods,
    /// Makes an instance by reflection.
    NewInstance,
    /// Calls a method by reflection.
    InvokeMethod,
    /// Loads the implementations that `META-INF/services` names.
    ServiceLoader,
    /// Names a component or action.
    Intent,
    /// Starts a component.
    StartComponent,
    /// Keeps an intent for a tap of the user.
    PendingUser,
    /// Keeps an intent for an event.
    PendingSystem,
    /// Reads a stored value: key and default.
    ReadFlag,
    /// Asks whether a key is stored.
    HasFlag,
    /// Stores a value: key and value.
    WriteFlag,
    /// Names a file.
    File,
    /// Asks whether a file is there.
    FileExists,
    /// Makes a file.
    FileCreate,
    /// Gives its argument (or receiver) back in another form.
    Box,
    /// Compares two values.
    Equals,
    /// Asks whether a text is empty.
    IsEmpty,
    /// Ends the activity or the process.
    LeavesApp,
    /// Button of a dialog that agrees: text and listener.
    PositiveButton,
    /// Button of a dialog that does not: text and listener.
    NegativeButton,
    /// Finds a view by its id.
    FindView,
    /// Sets what a click does.
    OnClick,
    /// Runs something again and again.
    Repeat,
    /// Instances of this class are made by the library from the class constant.
    ByClass,
    /// A callback that runs each time the screen comes to the front.
    Again,
    /// A callback that a timer runs again and again.
    RepeatedTask,
    /// Enables or disables a component of the manifest: component and state.
    EnableComponent,
    /// Asks which components, of whatever app, answer an intent.
    QueryComponents,
    /// Annotation of methods that a web page can call.
    PageMethod,
    /// Restricts an intent to one package.
    IntentPackage,
    /// Sends a message to a handler or makes one for it; the key is the argument with `what`.
    SendMessage,
    /// Writes a file or an image of the gallery.
    WriteFile,
    /// Deletes a file.
    DeleteFile,
    /// Names a folder that the user and other apps may look into.
    SharedFolder,
    /// Opens a store that encrypts what it keeps.
    EncryptedStore,
}

/// What hides behaviour from a static scan (`reach.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ReachRow {
    /// Stable id, e.g. `flutter`.
    pub id: String,
    /// What it hides.
    pub kind: ReachKind,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Native library file names, `*` allowed.
    #[serde(default)]
    pub native_libs: Vec<String>,
    /// Asset path prefixes.
    #[serde(default)]
    pub assets: Vec<String>,
    /// Dotted classes whose use shows it (platform classes: when the code refers to them).
    #[serde(default)]
    pub classes: Vec<String>,
    /// `class.method` whose call shows it.
    #[serde(default)]
    pub methods: Vec<String>,
    /// Where the row comes from.
    pub source: String,
}

/// What a [`ReachRow`] hides.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum ReachKind {
    /// A cross-platform runtime: the app's logic and texts are not in DEX and resources.
    Hybrid,
    /// Code loaded at run time.
    DynamicCode,
    /// Calls by reflection.
    Reflection,
    /// Web pages shown inside the app.
    WebView,
}

/// A text of reports (`wording.toml`).
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct WordingRow {
    /// Stable id.
    pub id: String,
    /// 简体中文; may hold `{placeholders}`.
    pub zh: String,
    /// English.
    pub en: String,
}

/// Stable hash of a class and a method name, shared by the build script and the program.
pub fn member_hash(class: &str, name: &str) -> u32 {
    hash_bytes(class.bytes().chain([b'.']).chain(name.bytes()))
}

/// FNV-1a, 64 bits folded to 32: the same on every machine.
pub fn hash_bytes(bytes: impl Iterator<Item = u8>) -> u32 {
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    (hash ^ hash >> 32) as u32
}

/// Features of the classes of one product, a line of `shapes.tsv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShapeRow {
    /// SDK or library id, or [`SHARED`].
    pub product: String,
    /// Hashes, ascending.
    pub features: Vec<u32>,
}

/// Stands for a product in lines of features that several products have.
pub const SHARED: &str = "-";
