//! Vocabulary shared by every layer: anomalies, owners and places. No judgement, no imports.

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

/// Whose code or declaration something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerKind {
    /// The app itself.
    App,
    /// A third party that may process personal information through its code.
    Sdk,
    /// Plain code of others.
    Library,
    /// Nobody's that we can name, such as renamed code.
    Unknown,
}

impl OwnerKind {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Sdk => "sdk",
            Self::Library => "library",
            Self::Unknown => "unknown",
        }
    }
}

/// An owner with its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Owner {
    /// What kind of owner.
    pub kind: OwnerKind,
    /// SDK or library id of `signatures/`; empty for the app and for unknown owners.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
}

impl Owner {
    /// The app itself.
    pub fn app() -> Self {
        Self { kind: OwnerKind::App, id: String::new() }
    }

    /// Nobody that we can name.
    pub fn unknown() -> Self {
        Self { kind: OwnerKind::Unknown, id: String::new() }
    }
}

/// One frame of a call path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct CallStep {
    /// `com.example.A.b(A.java:7)`: where in the method the inner call stands. Without debug
    /// information the offset follows, `(SourceFile+12)` in code units.
    pub frame: String,
    /// How control gets into the method: `call`, `virtual`, `hand_off`, `lambda`, `class_init`,
    /// `reflection`, `component`, `layout` or `entry`.
    pub via: &'static str,
}

/// Proof of a finding: a place that a reader can look up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Evidence {
    /// An element of the manifest.
    Manifest {
        /// Package (archive entry or file) whose manifest it is, empty for a single APK.
        #[serde(skip_serializing_if = "String::is_empty")]
        package: String,
        /// Element name, e.g. `uses-permission`.
        element: String,
        /// Its `android:name`, or the attribute that matters as `name=value`.
        name: String,
        /// 1-based line of the source manifest as the compiler recorded it; 0 when unknown.
        line: u32,
    },
    /// A place in bytecode.
    Code {
        /// Whose code it is.
        owner: Owner,
        /// Dotted class.
        class: String,
        /// Method name.
        method: String,
        /// Method descriptor.
        descriptor: String,
        /// DEX entry.
        dex: String,
        /// 16-bit code units from the start of the method.
        offset: u32,
        /// `File.java:12` when the file carries debug information.
        #[serde(skip_serializing_if = "String::is_empty")]
        source: String,
        /// What stands there: the called method, the field or the constant.
        refers_to: String,
        /// Calls from an entry point of the app to this place, innermost first; empty where not asked for.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        path: Vec<CallStep>,
    },
    /// A constant that a class declares.
    Constant {
        /// Dotted class.
        class: String,
        /// Field, or `SourceFile` for the attribute of that name.
        field: String,
        /// DEX entry.
        dex: String,
        /// Its value.
        value: String,
    },
    /// Classes of one owner in the code.
    Classes {
        /// One of them, dotted.
        class: String,
        /// DEX entry that defines it.
        dex: String,
        /// How many there are.
        count: u32,
        /// Why that class is the owner's: `name`, `shape` or `reached_only`.
        told_by: String,
    },
    /// A text of the resource table.
    Resource {
        /// Resource id, `0x7f0b0001`.
        id: String,
        /// `string/app_name`.
        name: String,
        /// Locale, `default` for the unqualified one.
        locale: String,
        /// The text.
        text: String,
    },
    /// A view of a layout or another XML resource.
    Layout {
        /// Archive entry.
        file: String,
        /// View class or element.
        view: String,
        /// Attribute.
        attribute: String,
        /// Its text.
        text: String,
        /// 1-based line; 0 when unknown.
        line: u32,
    },
    /// A native library.
    Native {
        /// Archive entry.
        library: String,
        /// Symbol or string in it; empty when the file itself is the evidence.
        #[serde(skip_serializing_if = "String::is_empty")]
        symbol: String,
    },
    /// Another file of the package.
    Asset {
        /// Archive entry.
        path: String,
        /// What it holds, where that matters.
        #[serde(skip_serializing_if = "String::is_empty")]
        text: String,
    },
    /// A sentence of the privacy policy.
    Policy {
        /// Heading it stands under.
        section: String,
        /// The sentence.
        quote: String,
        /// 1-based line of the policy file.
        line: u32,
    },
    /// Something that was searched and not found.
    Absent {
        /// What was searched, with counts.
        searched: Vec<String>,
    },
    /// Something that was declared about the app outside its package.
    Declared {
        /// Key of the metadata.
        key: String,
        /// What was declared.
        value: String,
    },
    /// A place that a redacted report leaves out.
    Redacted {
        /// The kind of place.
        of: &'static str,
        /// Whose code it is, of places in code.
        #[serde(skip_serializing_if = "Option::is_none")]
        owner: Option<Owner>,
    },
}

impl Evidence {
    /// The name of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Manifest { .. } => "manifest",
            Self::Code { .. } => "code",
            Self::Constant { .. } => "constant",
            Self::Classes { .. } => "classes",
            Self::Resource { .. } => "resource",
            Self::Layout { .. } => "layout",
            Self::Native { .. } => "native",
            Self::Asset { .. } => "asset",
            Self::Policy { .. } => "policy",
            Self::Absent { .. } => "absent",
            Self::Declared { .. } => "declared",
            Self::Redacted { of, .. } => of,
        }
    }

    /// The same with nothing but its kind and whose code it is.
    #[must_use]
    pub fn redacted(&self) -> Self {
        let owner = match self {
            Self::Code { owner, .. } => Some(owner.clone()),
            Self::Redacted { owner, .. } => owner.clone(),
            _ => None,
        };
        Self::Redacted { of: self.kind(), owner }
    }
}
