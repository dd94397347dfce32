//! The manifest as Android's package parser reads it.
//!
//! Source: developer.android.com "App manifest", `ParsingPackageUtils` of the platform.

use std::collections::BTreeMap;

use serde::Serialize;

use super::resources::Texts;
use crate::evidence::{Anomaly, Evidence};
use crate::formats::arsc::Arsc;
use crate::formats::axml::{Attribute, Axml, Element, Value};

/// Resource ids of platform attributes (`android.R.attr`).
mod attr {
    pub(super) const LABEL: u32 = 0x0101_0001;
    pub(super) const NAME: u32 = 0x0101_0003;
    pub(super) const PERMISSION: u32 = 0x0101_0006;
    pub(super) const READ_PERMISSION: u32 = 0x0101_0007;
    pub(super) const WRITE_PERMISSION: u32 = 0x0101_0008;
    pub(super) const PROTECTION_LEVEL: u32 = 0x0101_0009;
    pub(super) const ENABLED: u32 = 0x0101_000e;
    pub(super) const DEBUGGABLE: u32 = 0x0101_000f;
    pub(super) const EXPORTED: u32 = 0x0101_0010;
    pub(super) const PROCESS: u32 = 0x0101_0011;
    pub(super) const AUTHORITIES: u32 = 0x0101_0018;
    pub(super) const VALUE: u32 = 0x0101_0024;
    pub(super) const RESOURCE: u32 = 0x0101_0025;
    pub(super) const TARGET_ACTIVITY: u32 = 0x0101_0202;
    pub(super) const MIN_SDK: u32 = 0x0101_020c;
    pub(super) const VERSION_CODE: u32 = 0x0101_021b;
    pub(super) const VERSION_NAME: u32 = 0x0101_021c;
    pub(super) const TARGET_SDK: u32 = 0x0101_0270;
    pub(super) const MAX_SDK: u32 = 0x0101_0271;
    pub(super) const CLEARTEXT: u32 = 0x0101_04ec;
    pub(super) const NETWORK_CONFIG: u32 = 0x0101_0527;
    pub(super) const VERSION_CODE_MAJOR: u32 = 0x0101_0576;
}

/// Kinds of components.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ComponentKind {
    /// `<activity>`
    Activity,
    /// `<activity-alias>`
    ActivityAlias,
    /// `<service>`
    Service,
    /// `<receiver>`
    Receiver,
    /// `<provider>`
    Provider,
}

impl ComponentKind {
    fn of(element: &str) -> Option<Self> {
        Some(match element {
            "activity" => Self::Activity,
            "activity-alias" => Self::ActivityAlias,
            "service" => Self::Service,
            "receiver" => Self::Receiver,
            "provider" => Self::Provider,
            _ => return None,
        })
    }

    /// The element's name.
    pub fn element(self) -> &'static str {
        match self {
            Self::Activity => "activity",
            Self::ActivityAlias => "activity-alias",
            Self::Service => "service",
            Self::Receiver => "receiver",
            Self::Provider => "provider",
        }
    }
}

/// A component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Its kind.
    pub kind: ComponentKind,
    /// Dotted class name, made absolute.
    pub name: String,
    /// Class behind an alias, empty otherwise.
    pub target: String,
    /// Whether other apps can reach it, by the platform's defaults where the manifest is silent.
    pub exported: bool,
    /// False when disabled in the manifest.
    pub enabled: bool,
    /// Guarding permission, empty when none.
    pub permission: String,
    /// Permission to read a provider, empty when none.
    pub read_permission: String,
    /// Permission to write to a provider, empty when none.
    pub write_permission: String,
    /// Process name, empty for the app's own.
    pub process: String,
    /// Authorities of a provider.
    pub authorities: Vec<String>,
    /// Actions of all its intent filters.
    pub actions: Vec<String>,
    /// Categories of all its intent filters.
    pub categories: Vec<String>,
    /// 1-based line; 0 when unknown.
    pub line: u32,
}

impl Component {
    /// Where it is declared.
    pub fn place(&self) -> Evidence {
        Evidence::Manifest {
            package: String::new(),
            element: self.kind.element().into(),
            name: self.name.clone(),
            line: self.line,
        }
    }

    /// The class that runs: the one behind an alias, else its own.
    pub fn class(&self) -> &str {
        if self.target.is_empty() { &self.name } else { &self.target }
    }
}

impl Component {
    /// True for what the launcher shows.
    pub fn is_launcher(&self) -> bool {
        matches!(self.kind, ComponentKind::Activity | ComponentKind::ActivityAlias)
            && self.enabled
            && self.actions.iter().any(|action| action == "android.intent.action.MAIN")
            && self.categories.iter().any(|category| category == "android.intent.category.LAUNCHER")
    }
}

/// A `<uses-permission>` of any spelling.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct UsesPermission {
    /// Permission name.
    pub name: String,
    /// `android:maxSdkVersion`.
    pub max_sdk: Option<u32>,
    /// Written as `<uses-permission-sdk-23>`.
    pub sdk23: bool,
    /// 1-based line; 0 when unknown.
    pub line: u32,
}

/// A `<permission>` that the app defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredPermission {
    /// Permission name.
    pub name: String,
    /// `android:protectionLevel`, raw bits; 0 is normal.
    pub protection_level: u32,
}

impl DeclaredPermission {
    /// True when only apps of the same signer or the system get it.
    pub fn is_signature(&self) -> bool {
        matches!(self.protection_level & 0xf, 2 | 3)
    }
}

/// A `<meta-data>` of the application or of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetaData {
    /// Key.
    pub name: String,
    /// Value as text, references resolved where possible.
    pub value: String,
    /// 1-based line; 0 when unknown.
    pub line: u32,
}

/// An element as it stands, for reading and quoting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ManifestElement {
    /// Element name.
    pub name: String,
    /// 1-based line; 0 when unknown.
    pub line: u32,
    /// 0 for the root.
    pub depth: u32,
    /// Attributes by name, platform ones with the `android:` prefix.
    pub attributes: BTreeMap<String, String>,
}

/// A decoded manifest.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    /// Package name.
    pub package: String,
    /// Split name, empty for the base.
    pub split: String,
    /// `versionCode` with `versionCodeMajor` in the upper half.
    pub version_code: u64,
    /// `versionName`, resolved.
    pub version_name: String,
    /// `minSdkVersion`; `None` when absent or a code name.
    pub min_sdk: Option<u32>,
    /// `targetSdkVersion`; `None` when absent or a code name.
    pub target_sdk: Option<u32>,
    /// `maxSdkVersion`.
    pub max_sdk: Option<u32>,
    /// Application label.
    pub label: Texts,
    /// Application class, dotted and absolute; empty when none.
    pub application: String,
    /// `android:debuggable`.
    pub debuggable: bool,
    /// `android:usesCleartextTraffic`, `None` when the manifest is silent.
    pub uses_cleartext_traffic: Option<bool>,
    /// Line of the `<application>` element.
    pub application_line: u32,
    /// Resource id of the network security configuration.
    pub network_security_config: Option<u32>,
    /// Permissions asked for.
    pub permissions: Vec<UsesPermission>,
    /// Permissions defined.
    pub declared_permissions: Vec<DeclaredPermission>,
    /// Components.
    pub components: Vec<Component>,
    /// Meta-data of application and components.
    pub meta_data: Vec<MetaData>,
    /// Packages and actions under `<queries>`.
    pub queries: Vec<String>,
    /// All elements in document order.
    pub elements: Vec<ManifestElement>,
}

struct Reader<'a, 't> {
    document: &'a Axml<'a>,
    table: &'t Arsc<'t>,
}

impl Manifest {
    /// Reads a decoded document, resolving references against `table`.
    pub fn read(document: &Axml<'_>, table: &Arsc<'_>, anomalies: &mut Vec<Anomaly>) -> Self {
        let reader = Reader { document, table };
        let mut out = Self::default();
        if let Some(root) = document.elements.first() {
            if root.name != "manifest" {
                anomalies.push(Anomaly {
                    kind: "manifest-root".into(),
                    place: "AndroidManifest.xml".into(),
                    offset: Some(root.offset as u64),
                    detail: format!("the root element is {:?}", root.name),
                });
            }
            reader.root(root, &mut out);
        }
        for (index, element) in document.elements.iter().enumerate() {
            let parent = element.parent.and_then(|parent| document.elements.get(parent as usize));
            let parent_name = parent.map_or("", |parent| parent.name.as_ref());
            reader.element(index, element, parent_name, &mut out);
            out.elements.push(reader.shown(element));
        }
        reader.exported_defaults(&mut out);
        out
    }
}

impl Reader<'_, '_> {
    fn root(&self, root: &Element<'_>, out: &mut Manifest) {
        let plain = |name: &str| root.plain_attribute(name).map(|attribute| self.text(attribute)).unwrap_or_default();
        out.package = plain("package");
        out.split = plain("split");
        let low = self.number(root, attr::VERSION_CODE, "versionCode").unwrap_or(0);
        let high = self.number(root, attr::VERSION_CODE_MAJOR, "versionCodeMajor").unwrap_or(0);
        out.version_code = u64::from(high) << 32 | u64::from(low);
        out.version_name = self.named(root, attr::VERSION_NAME, "versionName");
    }

    fn element(&self, index: usize, element: &Element<'_>, parent: &str, out: &mut Manifest) {
        match (element.name.as_ref(), parent) {
            ("uses-sdk", _) => {
                out.min_sdk = self.number(element, attr::MIN_SDK, "minSdkVersion").or(out.min_sdk);
                out.target_sdk = self.number(element, attr::TARGET_SDK, "targetSdkVersion").or(out.target_sdk);
                out.max_sdk = self.number(element, attr::MAX_SDK, "maxSdkVersion").or(out.max_sdk);
            }
            ("uses-permission" | "uses-permission-sdk-23" | "uses-permission-sdk-m", "manifest") => {
                let name = self.named(element, attr::NAME, "name");
                if !name.is_empty() {
                    out.permissions.push(UsesPermission {
                        name,
                        max_sdk: self.number(element, attr::MAX_SDK, "maxSdkVersion"),
                        sdk23: element.name != "uses-permission",
                        line: element.line,
                    });
                }
            }
            ("permission", "manifest") => {
                let protection_level = self.number(element, attr::PROTECTION_LEVEL, "protectionLevel").unwrap_or(0);
                out.declared_permissions
                    .push(DeclaredPermission { name: self.named(element, attr::NAME, "name"), protection_level });
            }
            ("application", "manifest") => self.application(element, out),
            ("meta-data", _) => {
                let value =
                    element.attribute(attr::VALUE, "value").or_else(|| element.attribute(attr::RESOURCE, "resource"));
                out.meta_data.push(MetaData {
                    name: self.named(element, attr::NAME, "name"),
                    value: value.map(|value| self.text(value)).unwrap_or_default(),
                    line: element.line,
                });
            }
            ("package", "queries") => out.queries.push(self.named(element, attr::NAME, "name")),
            (name, "application") => {
                if let Some(kind) = ComponentKind::of(name) {
                    out.components.push(self.component(kind, index, element, &out.package));
                }
            }
            _ => {}
        }
    }

    fn application(&self, element: &Element<'_>, out: &mut Manifest) {
        let name = self.named(element, attr::NAME, "name");
        out.application = if name.is_empty() { name } else { absolute(&name, &out.package) };
        out.application_line = element.line;
        out.debuggable = self.flag(element, attr::DEBUGGABLE, "debuggable").unwrap_or(false);
        out.uses_cleartext_traffic = self.flag(element, attr::CLEARTEXT, "usesCleartextTraffic");
        if let Some(Attribute { value: Value::Reference(id), .. }) =
            element.attribute(attr::NETWORK_CONFIG, "networkSecurityConfig")
        {
            out.network_security_config = Some(*id);
        }
        if let Some(label) = element.attribute(attr::LABEL, "label") {
            out.label = match label.value {
                Value::Reference(id) => Texts::of(self.table, id),
                _ => Texts::same(&self.text(label)),
            };
        }
    }

    fn component(&self, kind: ComponentKind, index: usize, element: &Element<'_>, package: &str) -> Component {
        let mut component = Component {
            kind,
            name: absolute(&self.named(element, attr::NAME, "name"), package),
            target: String::new(),
            exported: false,
            enabled: self.flag(element, attr::ENABLED, "enabled").unwrap_or(true),
            permission: self.named(element, attr::PERMISSION, "permission"),
            read_permission: self.named(element, attr::READ_PERMISSION, "readPermission"),
            write_permission: self.named(element, attr::WRITE_PERMISSION, "writePermission"),
            process: self.named(element, attr::PROCESS, "process"),
            authorities: self
                .named(element, attr::AUTHORITIES, "authorities")
                .split(';')
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect(),
            actions: Vec::new(),
            categories: Vec::new(),
            line: element.line,
        };
        let target = self.named(element, attr::TARGET_ACTIVITY, "targetActivity");
        if !target.is_empty() {
            component.target = absolute(&target, package);
        }
        let mut filters = 0u32;
        for child in
            self.document.elements.iter().skip(index.saturating_add(1)).take_while(|child| child.depth > element.depth)
        {
            match child.name.as_ref() {
                "intent-filter" => filters = filters.saturating_add(1),
                "action" => component.actions.push(self.named(child, attr::NAME, "name")),
                "category" => component.categories.push(self.named(child, attr::NAME, "name")),
                _ => {}
            }
        }
        // Providers get their default in `exported_defaults`, once the target SDK is known.
        component.exported =
            self.flag(element, attr::EXPORTED, "exported").unwrap_or(kind != ComponentKind::Provider && filters > 0);
        component
    }

    /// Providers were exported by default up to API 16.
    fn exported_defaults(&self, out: &mut Manifest) {
        if out.target_sdk.or(out.min_sdk).unwrap_or(1) >= 17 {
            return;
        }
        let silent: Vec<u32> = self
            .document
            .elements
            .iter()
            .filter(|element| element.name == "provider" && element.attribute(attr::EXPORTED, "exported").is_none())
            .map(|element| element.line)
            .collect();
        for component in out
            .components
            .iter_mut()
            .filter(|component| component.kind == ComponentKind::Provider && silent.contains(&component.line))
        {
            component.exported = true;
        }
    }

    fn named(&self, element: &Element<'_>, id: u32, name: &str) -> String {
        element.attribute(id, name).map(|attribute| self.text(attribute)).unwrap_or_default()
    }

    fn flag(&self, element: &Element<'_>, id: u32, name: &str) -> Option<bool> {
        match self.resolved(&element.attribute(id, name)?.value)? {
            Value::Bool(flag) => Some(flag),
            Value::Int(number) => Some(number != 0),
            Value::Text(text) => Some(text == "true"),
            _ => None,
        }
    }

    fn number(&self, element: &Element<'_>, id: u32, name: &str) -> Option<u32> {
        match self.resolved(&element.attribute(id, name)?.value)? {
            Value::Int(number) => u32::try_from(number).ok(),
            Value::Hex(number) => Some(number),
            Value::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    fn resolved<'v>(&'v self, value: &'v Value<'v>) -> Option<Value<'v>> {
        match value {
            Value::Reference(id) => self.table.resolve(*id, ""),
            value => Some(value.clone()),
        }
    }

    /// The attribute's value as text; references to nothing stay `@0x…`.
    fn text(&self, attribute: &Attribute<'_>) -> String {
        match &attribute.value {
            Value::Text(text) => text.as_ref().to_owned(),
            Value::Reference(id) => match self.table.resolve(*id, "") {
                Some(value) => shown_value(&value).unwrap_or_else(|| format!("@{id:#010x}")),
                None => format!("@{id:#010x}"),
            },
            value => attribute
                .raw
                .as_ref()
                .map(|raw| raw.as_ref().to_owned())
                .or_else(|| shown_value(value))
                .unwrap_or_default(),
        }
    }

    fn shown(&self, element: &Element<'_>) -> ManifestElement {
        let attributes = element
            .attributes
            .iter()
            .map(|attribute| {
                let prefix =
                    if attribute.resource_id != 0 || !attribute.namespace.is_empty() { "android:" } else { "" };
                let name = if attribute.name.is_empty() {
                    format!("{:#010x}", attribute.resource_id)
                } else {
                    attribute.name.as_ref().to_owned()
                };
                (format!("{prefix}{name}"), self.text(attribute))
            })
            .collect();
        ManifestElement { name: element.name.as_ref().to_owned(), line: element.line, depth: element.depth, attributes }
    }
}

/// A plain value as text, `None` for references.
fn shown_value(value: &Value<'_>) -> Option<String> {
    Some(match value {
        Value::Null | Value::Reference(_) | Value::Attribute(_) => return None,
        Value::Text(text) => text.as_ref().to_owned(),
        Value::Float(number) => number.to_string(),
        Value::Dimension(bits) | Value::Fraction(bits) | Value::Hex(bits) => format!("{bits:#x}"),
        Value::Int(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Color(argb) => format!("#{argb:08x}"),
    })
}

/// A class name as the platform completes it: a leading dot, or no dot at all, means the package.
fn absolute(name: &str, package: &str) -> String {
    match name.find('.') {
        Some(0) => format!("{package}{name}"),
        Some(_) => name.to_owned(),
        None if name.is_empty() => String::new(),
        None => format!("{package}.{name}"),
    }
}
