//! Texts by locale, resource names, and the layouts that show them.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use crate::evidence::Evidence;
use crate::formats::arsc::{Arsc, Config, EntryValue};
use crate::formats::axml::{self, Value};
use crate::formats::{Decoded, Flaw, FormatError};

/// One text in the languages that reports use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Texts {
    /// Unqualified.
    pub default: String,
    /// Simplified Chinese where there is one, else any Chinese, else the default.
    pub zh: String,
    /// English, else the default.
    pub en: String,
}

impl Texts {
    /// The texts of a resource.
    pub fn of(table: &Arsc<'_>, id: u32) -> Self {
        let get = |language: &str| table.text(id, language).unwrap_or_default();
        Self { default: get(""), zh: get("zh"), en: get("en") }
    }

    /// The same text in all languages.
    pub fn same(text: &str) -> Self {
        Self { default: text.to_owned(), zh: text.to_owned(), en: text.to_owned() }
    }
}

/// A string resource with its text in the default, Chinese and English configurations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StringResource {
    /// Resource id.
    pub id: u32,
    /// `string`, `array` or `plurals`.
    pub kind: String,
    /// Entry name, e.g. `app_name`.
    pub name: String,
    /// Distinct texts as (locale, text): `default`, `zh-CN`, `en-GB`, …
    pub texts: Vec<(String, String)>,
    best: [(u32, usize); 3],
}

impl StringResource {
    /// Where a text of it stands, with the text.
    pub fn place(&self, locale: &str, text: &str) -> Evidence {
        Evidence::Resource {
            id: resource_id(self.id),
            name: format!("{}/{}", self.kind, self.name),
            locale: locale.to_owned(),
            text: text.to_owned(),
        }
    }

    /// The best text for a language: `""`, `zh` or `en`.
    pub fn text(&self, language: &str) -> &str {
        let slot = LANGUAGES.iter().position(|known| *known == language).unwrap_or(0);
        let (fitness, index) = self.best.get(slot).copied().unwrap_or_default();
        if fitness == 0 {
            return "";
        }
        self.texts.get(index).map(|(_, text)| text.as_str()).unwrap_or_default()
    }
}

impl StringResource {
    /// The text that users in the mainland read.
    pub fn shown(&self) -> &str {
        let zh = self.text("zh");
        if zh.is_empty() { self.text("") } else { zh }
    }
}

const LANGUAGES: [&str; 3] = ["", "zh", "en"];

/// A resource id as reports write it.
pub fn resource_id(id: u32) -> String {
    format!("{id:#010x}")
}

/// Names and texts of the resource table.
#[derive(Debug, Default)]
pub struct Resources {
    /// Table packages.
    pub packages: Vec<String>,
    /// String resources and items of string arrays, ascending by id.
    pub strings: Vec<StringResource>,
    /// Names of view ids.
    pub view_names: FxHashMap<u32, String>,
    /// Names of layouts by resource id; their files may be renamed.
    pub layout_names: FxHashMap<u32, String>,
    /// Texts that other resources of the table name.
    pub referenced: FxHashSet<u32>,
    /// Ids of layouts and other XML files by entry path.
    pub files: FxHashMap<String, u32>,
    /// Number of text resources by language, other than of configurations without one.
    pub languages: BTreeMap<String, usize>,
    index: FxHashMap<u32, usize>,
}

impl Resources {
    /// Adds the entries of a table.
    pub fn add(&mut self, table: &Arsc<'_>) {
        self.packages.extend(table.package_names().map(str::to_owned));
        for (language, count) in table.languages() {
            let known = self.languages.entry(language).or_default();
            *known = known.saturating_add(count);
        }
        table.for_each(
            |kind, config| {
                matches!(kind, "string" | "array" | "plurals") && matches!(config.language(), "" | "zh" | "en")
                    || matches!(kind, "id" | "layout" | "navigation" | "xml" | "menu")
            },
            |entry| match entry.value {
                _ if entry.kind == "id" => {
                    self.view_names.entry(entry.id).or_insert_with(|| entry.name.to_string());
                }
                EntryValue::Simple(Value::Text(path))
                    if matches!(entry.kind.as_ref(), "layout" | "navigation" | "xml" | "menu") =>
                {
                    if entry.kind == "layout" {
                        self.layout_names.entry(entry.id).or_insert_with(|| entry.name.to_string());
                    }
                    self.files.entry(path.to_string()).or_insert(entry.id);
                }
                EntryValue::Simple(Value::Text(text)) => {
                    self.push(&entry.kind, entry.id, &entry.name, &entry.config, &text)
                }
                EntryValue::Simple(Value::Reference(target)) => {
                    self.referenced.insert(target);
                    for (slot, language) in LANGUAGES.iter().enumerate() {
                        if entry.config.fitness(language).is_some()
                            && (slot == 0) == entry.config.locale.is_empty()
                            && let Some(text) = table.text(target, language)
                        {
                            self.push(&entry.kind, entry.id, &entry.name, &entry.config, &text);
                        }
                    }
                }
                EntryValue::Bag(_, items) => {
                    for (_, item) in items {
                        match item {
                            Value::Text(text) => self.push(&entry.kind, entry.id, &entry.name, &entry.config, &text),
                            Value::Reference(id) => _ = self.referenced.insert(id),
                            _ => {}
                        }
                    }
                }
                EntryValue::Simple(_) => {}
            },
        );
    }

    fn push(&mut self, kind: &str, id: u32, name: &str, config: &Config, text: &str) {
        let index = *self.index.entry(id).or_insert_with(|| {
            self.strings.push(StringResource {
                id,
                kind: kind.to_owned(),
                name: name.to_owned(),
                texts: Vec::new(),
                best: [(0, 0); 3],
            });
            self.strings.len().saturating_sub(1)
        });
        let Some(resource) = self.strings.get_mut(index) else { return };
        let at = resource.texts.len();
        resource.texts.push((config.to_string(), text.to_owned()));
        for (slot, language) in resource.best.iter_mut().zip(LANGUAGES) {
            if let Some(fitness) = config.fitness(language)
                && fitness > slot.0
            {
                *slot = (fitness, at);
            }
        }
    }

    /// The string resource with this id.
    pub fn string(&self, id: u32) -> Option<&StringResource> {
        self.strings.get(*self.index.get(&id)?)
    }
}

/// A text or class name in a layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewText {
    /// View class or element.
    pub view: String,
    /// Attribute name.
    pub attribute: String,
    /// Literal text, empty when it is a reference.
    pub text: String,
    /// String resource it refers to, 0 when literal.
    pub string_id: u32,
    /// The view's `android:id`, 0 for none.
    pub view_id: u32,
    /// 1-based line; 0 when unknown.
    pub line: u32,
}

impl ViewText {
    /// The text that users in the mainland read.
    pub fn shown<'t>(&'t self, resources: &'t Resources) -> &'t str {
        resources.string(self.string_id).map_or(&self.text, StringResource::shown)
    }
}

/// A box or switch of a layout that is on from the beginning (`android:checked="true"`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedView {
    /// View class or element.
    pub view: String,
    /// The view's `android:id`, 0 for none.
    pub view_id: u32,
    /// 1-based line; 0 when unknown.
    pub line: u32,
}

/// A switch or box that stands alone beside its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    /// View class or element.
    pub view: String,
    /// The view's `android:id`, 0 for none.
    pub view_id: u32,
    /// Key under which a preference keeps its state: literal, or a string resource.
    pub key: Option<(String, u32)>,
    /// Its own text, else the first one of the group that it stands in.
    pub label: ViewText,
    /// A handler is named here, or the view is bound to data.
    pub is_bound: bool,
    /// 1-based line; 0 when unknown.
    pub line: u32,
}

impl Switch {
    /// True for a preference, which keeps its state by itself.
    pub fn is_preference(&self) -> bool {
        self.view.contains("Preference")
    }
}

/// A class that an attribute names: an embedded fragment, a destination of a graph, the screen behind a preference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedClass {
    /// Class name as written, with a leading dot where the package is left out.
    pub name: String,
    /// Element.
    pub view: String,
    /// Attribute name.
    pub attribute: String,
    /// The element's `android:id`, 0 for none.
    pub view_id: u32,
    /// 1-based line; 0 when unknown.
    pub line: u32,
}

/// The parts of a navigation graph that lead from place to place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    /// Ids of the destinations that it starts with, nested graphs included.
    pub starts: Vec<u32>,
    /// Destinations by id of the action, or of the nested graph, that leads there.
    pub actions: Vec<(u32, u32)>,
}

/// An XML resource with its texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// Entry path.
    pub file: String,
    /// Resource id, 0 when the table does not name the file.
    pub id: u32,
    /// Layouts, menus and navigation graphs that it includes.
    pub includes: Vec<u32>,
    /// Ids of its views in document order.
    pub view_ids: Vec<u32>,
    /// Resources that its attributes name.
    pub references: Vec<u32>,
    /// Texts in document order.
    pub texts: Vec<ViewText>,
    /// Boxes and switches that are on from the beginning.
    pub checked: Vec<CheckedView>,
    /// A box that the user ticks stands here, unticked.
    pub has_open_box: bool,
    /// Preferences that are on until the user turns them off.
    pub on_by_default: Vec<CheckedView>,
    /// Switches with their labels.
    pub switches: Vec<Switch>,
    /// Dotted class names of custom views and fragments.
    pub classes: Vec<String>,
    /// Where the classes of fragments, destinations and preferences' screens are named.
    pub named: Vec<NamedClass>,
    /// What a navigation graph says; `None` for other files.
    pub graph: Option<Graph>,
    /// Attribute values elsewhere that have the form of a class name: configuration that code may read.
    pub names: Vec<String>,
}

impl Layout {
    /// True for a destination with which a navigation graph does not start: it opens when something leads there.
    pub fn is_later(&self, named: &NamedClass) -> bool {
        self.graph.as_ref().is_some_and(|graph| !graph.starts.contains(&named.view_id))
    }

    /// The destinations of a navigation graph with which it does not start.
    pub fn later(&self) -> impl Iterator<Item = &NamedClass> {
        self.named.iter().filter(|named| self.is_later(named))
    }
}

/// Parts of the names of views that the user ticks.
const BOXES: [&str; 2] = ["CheckBox", "CheckedTextView"];

/// Ends of the names of views and preferences that the user turns on and off.
const SWITCHES: [&str; 10] = [
    "Switch",
    "SwitchCompat",
    "SwitchMaterial",
    "SwitchButton",
    "ToggleButton",
    "CheckBox",
    "CheckedTextView",
    "SwitchPreference",
    "SwitchPreferenceCompat",
    "CheckBoxPreference",
];
/// Tags that data binding puts in place of expressions.
const BINDING_TAG: &str = "binding_";
/// Attributes that show text to the user or name a handler.
const TEXT_ATTRIBUTES: [(u32, &str); 7] = [
    (0x0101_014f, "text"),
    (0x0101_0150, "hint"),
    (0x0101_01e1, "title"),
    (0x0101_01e9, "summary"),
    (0x0101_026f, "onClick"),
    (0x0101_0273, "contentDescription"),
    (0x0101_0001, "label"),
];
/// Class names kept of one file.
const MAX_NAMES: usize = 1024;
const ATTR_CHECKED: u32 = 0x0101_0106;
const ATTR_DEFAULT_VALUE: u32 = 0x0101_01ed;
const ATTR_NAME: u32 = 0x0101_0003;
const ATTR_KEY: u32 = 0x0101_01e8;
const ATTR_TAG: u32 = 0x0101_00d1;
const ATTR_ON_CLICK: u32 = 0x0101_026f;
const ATTR_ID: u32 = 0x0101_00d0;

/// Reads a layout; `None` when it holds nothing of interest.
///
/// # Errors
/// See [`axml::parse`].
pub fn layout(file: &str, data: &[u8], table: &Arsc<'_>) -> Result<(Option<Layout>, Vec<Flaw>), FormatError> {
    let Decoded { value: document, flaws } = axml::parse(data)?;
    let mut out = Layout { file: file.to_owned(), graph: graph(&document), ..Layout::default() };
    for element in &document.elements {
        if element.name.contains('.') {
            out.classes.push(element.name.as_ref().to_owned());
        }
        let view_id = reference(element, |attribute| attribute.resource_id == ATTR_ID).unwrap_or_default();
        out.view_ids.extend((view_id != 0).then_some(view_id));
        out.has_open_box |=
            BOXES.iter().any(|name| element.name.as_ref().contains(name)) && !element.attributes.iter().any(is_checked);
        for attribute in &element.attributes {
            if let Value::Reference(id) = &attribute.value {
                out.references.push(*id);
            }
            let known = TEXT_ATTRIBUTES.iter().find(|(id, name)| {
                attribute.resource_id == *id || attribute.resource_id == 0 && attribute.name == *name
            });
            if is_checked(attribute) {
                out.checked.push(CheckedView { view: element.name.as_ref().to_owned(), view_id, line: element.line });
            }
            if is_on_by_default(element, attribute) {
                let view = element.name.as_ref().to_owned();
                out.on_by_default.push(CheckedView { view, view_id, line: element.line });
            }
            let shown = known.map(|(_, name)| *name).or_else(|| custom_text(attribute, table));
            if let Some(name) = shown {
                let (text, string_id) = match &attribute.value {
                    Value::Text(text) => (text.as_ref().to_owned(), 0),
                    Value::Reference(id) => (String::new(), *id),
                    _ => continue,
                };
                if string_id == 0 && text.is_empty()
                    || string_id != 0 && table.name(string_id).is_none_or(|(kind, _)| kind != "string")
                {
                    continue;
                }
                out.texts.push(ViewText {
                    view: element.name.as_ref().to_owned(),
                    attribute: name.to_owned(),
                    text,
                    string_id,
                    view_id,
                    line: element.line,
                });
            } else if let Value::Reference(id) = &attribute.value
                && matches!(attribute.name.as_ref(), "layout" | "navGraph" | "graph" | "menu" | "headerLayout")
            {
                out.includes.push(*id);
            } else if matches!(
                element.name.as_ref(),
                "activity" | "dialog" | "fragment" | "androidx.fragment.app.FragmentContainerView" | "view"
            ) && (attribute.resource_id == ATTR_NAME || attribute.name == "class")
                && let Value::Text(text) = &attribute.value
            {
                let named = named_class(element, attribute, text, view_id);
                if !out.is_later(&named) {
                    out.classes.push(named.name.clone());
                }
                out.named.push(named);
            } else if let Value::Text(text) = &attribute.value
                && out.names.len() < MAX_NAMES
                && is_class_name(text)
            {
                out.names.push(text.as_ref().to_owned());
                if matches!(attribute.name.as_ref(), "fragment" | "targetClass") {
                    out.named.push(named_class(element, attribute, text, view_id));
                }
            }
        }
    }
    out.switches = switches(&document, &out.texts);
    let keep = !out.texts.is_empty()
        || !out.view_ids.is_empty()
        || !out.checked.is_empty()
        || !out.on_by_default.is_empty()
        || !out.classes.is_empty()
        || !out.named.is_empty()
        || !out.names.is_empty()
        || !out.includes.is_empty()
        || !flaws.is_empty();
    Ok((keep.then_some(out), flaws))
}

/// Switches whose label is plain: a text of their own, or that of a group in which no other switch stands.
fn switches(document: &axml::Axml<'_>, texts: &[ViewText]) -> Vec<Switch> {
    let is_switch = |element: &axml::Element<'_>| SWITCHES.iter().any(|end| element.name.ends_with(end));
    // Elements stand in document order, so what lies in one follows it, deeper down.
    let group = |parent: u32| {
        let start = parent as usize;
        let depth = document.elements.get(start).map_or(0, |element| element.depth);
        let inner = document.elements.iter().skip(start.saturating_add(1));
        inner.take_while(move |element| element.depth > depth)
    };
    let label_on = |line: u32| {
        texts.iter().find(|text| text.line == line && line != 0 && matches!(text.attribute.as_str(), "text" | "title"))
    };
    let found = document.elements.iter().filter(|element| is_switch(element)).filter_map(|element| {
        let label = label_on(element.line).or_else(|| {
            let parent = element.parent?;
            let is_alone = group(parent).filter(|element| is_switch(element)).count() == 1;
            is_alone.then(|| group(parent).find_map(|element| label_on(element.line)))?
        })?;
        let value = |id: u32| element.attributes.iter().find(|attribute| attribute.resource_id == id);
        let is_bound = value(ATTR_ON_CLICK).is_some()
            || matches!(value(ATTR_TAG).map(|tag| &tag.value), Some(Value::Text(tag)) if tag.starts_with(BINDING_TAG));
        Some(Switch {
            view: element.name.as_ref().to_owned(),
            view_id: reference(element, |attribute| attribute.resource_id == ATTR_ID).unwrap_or_default(),
            key: value(ATTR_KEY).and_then(|key| match &key.value {
                Value::Text(key) => Some((key.as_ref().to_owned(), 0)),
                Value::Reference(id) => Some((String::new(), *id)),
                _ => None,
            }),
            label: label.clone(),
            is_bound,
            line: element.line,
        })
    });
    found.collect()
}

fn named_class(element: &axml::Element<'_>, attribute: &axml::Attribute<'_>, name: &str, view_id: u32) -> NamedClass {
    NamedClass {
        name: name.to_owned(),
        view: element.name.as_ref().to_owned(),
        attribute: attribute.name.as_ref().to_owned(),
        view_id,
        line: element.line,
    }
}

/// Name of an attribute of the app's own views that holds a text to show: a string resource, or wording rather than
/// a name.
fn custom_text<'d>(attribute: &'d axml::Attribute<'_>, table: &Arsc<'_>) -> Option<&'d str> {
    let is_platforms = attribute.resource_id >> 24 == 1;
    let is_wording = match &attribute.value {
        Value::Reference(id) => table.name(*id).is_some_and(|(kind, _)| kind == "string"),
        Value::Text(text) => !text.is_ascii(),
        _ => false,
    };
    (!is_platforms && is_wording && !attribute.name.starts_with("layout_")).then_some(attribute.name.as_ref())
}

fn is_checked(attribute: &axml::Attribute<'_>) -> bool {
    attribute.resource_id == ATTR_CHECKED && matches!(attribute.value, Value::Bool(true))
}

/// `android:defaultValue="true"` of a preference.
fn is_on_by_default(element: &axml::Element<'_>, attribute: &axml::Attribute<'_>) -> bool {
    (attribute.resource_id == ATTR_DEFAULT_VALUE || attribute.name == "defaultValue")
        && element.name.contains("Preference")
        && matches!(&attribute.value, Value::Bool(true))
}

/// The resource that the first attribute that is `wanted` refers to.
fn reference(element: &axml::Element<'_>, wanted: impl Fn(&axml::Attribute<'_>) -> bool) -> Option<u32> {
    match element.attributes.iter().find(|attribute| wanted(attribute))?.value {
        Value::Reference(id) => Some(id),
        _ => None,
    }
}

/// A navigation graph with the graphs in it; `None` for other files.
fn graph(document: &axml::Axml<'_>) -> Option<Graph> {
    let own = |element: &axml::Element<'_>| reference(element, |attribute| attribute.resource_id == ATTR_ID);
    let start = |element: &axml::Element<'_>| reference(element, |attribute| attribute.name == "startDestination");
    let mut graphs = document.elements.iter().filter(|element| element.name == "navigation");
    let root = graphs.next()?;
    let mut starts: Vec<u32> = start(root).into_iter().collect();
    let mut actions = Vec::new();
    // Nested graphs stand behind the graph that starts them.
    for graph in graphs {
        if own(graph).is_some_and(|own| starts.contains(&own)) {
            starts.extend(start(graph));
        }
        actions.extend(own(graph).zip(start(graph)));
    }
    let destination = |element: &axml::Element<'_>| reference(element, |attribute| attribute.name == "destination");
    let leading = document.elements.iter().filter(|element| element.name == "action");
    actions.extend(leading.filter_map(|element| own(element).zip(destination(element))));
    Some(Graph { starts, actions })
}

/// `com.example.Thing`: three parts or more, the last with a capital.
fn is_class_name(text: &str) -> bool {
    let last = text.rsplit('.').next().unwrap_or_default();
    text.len() < 256
        && text.bytes().filter(|byte| *byte == b'.').count() >= 2
        && last.starts_with(|first: char| first.is_ascii_uppercase())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$'))
}
