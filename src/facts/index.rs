//! One pass over the code for everything that any fact asks about.
//!
//! All signature rows that name methods, fields, classes or constants become tags; each DEX file's
//! tables are matched once, every method body is walked once, and the hits are handed to the fact
//! files by body.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::code::{Bits, BodyId, MethodTarget, MethodTargets, Program, Site, SiteTargets};
use crate::formats::dex::RefKind;
use crate::knowledge::Knowledge;
use crate::knowledge::schema::{PermissionApiKind, PiApiKind};

/// What a reference in code stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tag {
    /// Row of `pi_apis`.
    Pi(u32),
    /// A method of a settings class: the key decides.
    Settings,
    /// Row of `permission_apis`.
    PermissionApi(u32),
    /// Row of `reach`.
    Reach(u32),
    /// Row of `accessors`.
    Accessor(u32),
    /// Row of `permissions`, named in a string.
    PermissionName(u32),
    /// A string with an address of the web.
    Url,
    /// A string with wording of the lexicon; index into the term list of [`super::ui::Lexicon`].
    Term(u32),
    /// A call of an SDK that bears on consent, numbered over all SDKs.
    SdkCall(u32),
    /// Row of `permission_requests` that requests.
    Request(u32),
}

const SHIFT: u32 = 24;

impl Tag {
    fn pack(self) -> u32 {
        match self {
            Self::Pi(row) => row,
            Self::Settings => 1 << SHIFT,
            Self::PermissionApi(row) => 2 << SHIFT | row,
            Self::Reach(row) => 3 << SHIFT | row,
            Self::Accessor(row) => 4 << SHIFT | row,
            Self::PermissionName(row) => 5 << SHIFT | row,
            Self::Url => 6 << SHIFT,
            Self::Term(row) => 7 << SHIFT | row,
            Self::SdkCall(row) => 8 << SHIFT | row,
            Self::Request(row) => 9 << SHIFT | row,
        }
    }

    fn unpack(packed: u32) -> Self {
        let row = packed & ((1 << SHIFT) - 1);
        match packed >> SHIFT {
            0 => Self::Pi(row),
            1 => Self::Settings,
            2 => Self::PermissionApi(row),
            3 => Self::Reach(row),
            4 => Self::Accessor(row),
            5 => Self::PermissionName(row),
            6 => Self::Url,
            7 => Self::Term(row),
            8 => Self::SdkCall(row),
            _ => Self::Request(row),
        }
    }
}

/// A tagged place in code.
#[derive(Debug, Clone, Copy)]
pub struct Hit {
    /// The place.
    pub site: Site,
    /// What it stands for.
    pub tag: Tag,
}

/// All tagged places, and all tagged strings whether or not code refers to them.
#[derive(Debug, Default)]
pub struct CodeIndex {
    /// In program order.
    pub hits: Vec<Hit>,
    /// App classes' platform parents' callbacks: (row of `pi_apis`, body that overrides it).
    pub overrides: Vec<(u32, BodyId)>,
    /// Accessor rows used by class.
    pub accessors: FxHashMap<u32, u32>,
    /// Accessor rows used by method body.
    pub body_accessors: FxHashMap<BodyId, u32>,
    /// Constants in platform classes' stead: every distinct string with its tags, by DEX file.
    pub strings: Vec<FxHashMap<u32, Vec<Tag>>>,
}

/// Rows that match a string, by the whole string or by its beginning.
struct StringRows {
    exact: FxHashMap<String, Vec<Tag>>,
    /// (prefix, tag), ascending.
    prefixes: Vec<(String, Tag)>,
    /// First bytes of prefixes.
    first: [bool; 256],
}

impl StringRows {
    fn new(knowledge: &Knowledge) -> Self {
        let mut exact: FxHashMap<String, Vec<Tag>> = FxHashMap::default();
        let mut prefixes = Vec::new();
        for (index, row) in (0u32..).zip(knowledge.pi_apis()) {
            if row.value.is_empty() {
                continue;
            }
            match row.kind {
                PiApiKind::ContentUri | PiApiKind::ShellCommand => prefixes.push((row.value.clone(), Tag::Pi(index))),
                PiApiKind::FilePath if row.value.ends_with('/') => prefixes.push((row.value.clone(), Tag::Pi(index))),
                PiApiKind::FilePath | PiApiKind::SystemProperty | PiApiKind::IntentAction => {
                    exact.entry(row.value.clone()).or_default().push(Tag::Pi(index))
                }
                PiApiKind::Method | PiApiKind::Field | PiApiKind::SettingsKey | PiApiKind::Binder => {}
            }
        }
        for (index, row) in (0u32..).zip(knowledge.permission_apis()) {
            match row.kind {
                PermissionApiKind::ContentUri => prefixes.push((row.value.clone(), Tag::PermissionApi(index))),
                PermissionApiKind::IntentAction => {
                    exact.entry(row.value.clone()).or_default().push(Tag::PermissionApi(index))
                }
                PermissionApiKind::Method | PermissionApiKind::Class => {}
            }
        }
        for (index, row) in (0u32..).zip(knowledge.accessors()) {
            for text in &row.strings {
                exact.entry(text.clone()).or_default().push(Tag::Accessor(index));
            }
        }
        for (index, row) in (0u32..).zip(knowledge.permissions()) {
            exact.entry(row.name.clone()).or_default().push(Tag::PermissionName(index));
        }
        prefixes.sort();
        let mut first = [false; 256];
        for byte in prefixes.iter().filter_map(|(prefix, _)| prefix.bytes().next()) {
            first[usize::from(byte)] = true;
        }
        Self { exact, prefixes, first }
    }

    fn tags(&self, text: &str, out: &mut Vec<Tag>) {
        if let Some(tags) = self.exact.get(text) {
            out.extend(tags);
        }
        if !text.bytes().next().is_some_and(|byte| self.first[usize::from(byte)]) {
            return;
        }
        // Every prefix of `text` sorts at or before it and shares its first byte.
        let mut at = self.prefixes.partition_point(|(prefix, _)| prefix.as_str() <= text);
        while let Some((prefix, tag)) = at.checked_sub(1).and_then(|index| self.prefixes.get(index)) {
            at = at.saturating_sub(1);
            if text.starts_with(prefix.as_str()) {
                out.push(*tag);
            } else if prefix.as_bytes().first() != text.as_bytes().first() {
                break;
            }
        }
    }
}

fn method_targets(knowledge: &Knowledge) -> MethodTargets {
    let mut targets = Vec::new();
    let mut push = |class: &str, name: &str, descriptors: &[String], tag: Tag| {
        let exact = match tag {
            Tag::PermissionApi(row) => knowledge.permission_apis().get(row as usize).is_some_and(|row| row.exact),
            _ => false,
        };
        targets.push(MethodTarget {
            class: class.to_owned(),
            name: name.to_owned(),
            descriptors: descriptors.to_vec(),
            exact,
            tag: tag.pack(),
        });
    };
    let mut settings: FxHashSet<&str> = FxHashSet::default();
    for (index, row) in (0u32..).zip(knowledge.pi_apis()) {
        match row.kind {
            PiApiKind::Method | PiApiKind::Binder
                if !row.callback
                    && !row.class.is_empty()
                    && !row.name.is_empty()
                    && (row.kind == PiApiKind::Method || row.name != "<init>") =>
            {
                for name in row.name.split('/') {
                    push(&row.class, name.trim(), &row.descriptors, Tag::Pi(index));
                }
            }
            PiApiKind::SettingsKey => {
                settings.insert(&row.class);
            }
            _ => {}
        }
    }
    for class in settings {
        push(class, "*", &[], Tag::Settings);
    }
    for (index, row) in (0u32..).zip(knowledge.permission_apis()) {
        match row.kind {
            PermissionApiKind::Method => push(&row.class, &row.name, &row.descriptors, Tag::PermissionApi(index)),
            PermissionApiKind::Class => push(&row.class, "*", &[], Tag::PermissionApi(index)),
            PermissionApiKind::ContentUri | PermissionApiKind::IntentAction => {}
        }
    }
    for (index, (_, row)) in (0u32..).zip(knowledge.sdk_calls()) {
        for name in &row.names {
            push(&row.class, name, &[], Tag::SdkCall(index));
        }
    }
    for (index, row) in (0u32..).zip(knowledge.permission_requests()) {
        if row.role == "request" {
            push(&row.class, &row.name, &[], Tag::Request(index));
        }
    }
    for (index, row) in (0u32..).zip(knowledge.accessors()) {
        for class in &row.classes {
            push(class, "*", &[], Tag::Accessor(index));
        }
    }
    for (index, row) in (0u32..).zip(knowledge.reach()) {
        for class in &row.classes {
            push(class, "*", &[], Tag::Reach(index));
        }
        for method in &row.methods {
            if let Some((class, name)) = method.rsplit_once('.') {
                push(class, name, &[], Tag::Reach(index));
            }
        }
    }
    MethodTargets::new(targets)
}

/// Fields and classes by dotted name.
#[derive(Default)]
struct NamedRows {
    /// By class descriptor, then by field name.
    fields: FxHashMap<Vec<u8>, FxHashMap<Vec<u8>, Vec<Tag>>>,
    /// By class descriptor.
    classes: FxHashMap<Vec<u8>, Vec<Tag>>,
}

fn descriptor(dotted: &str) -> Vec<u8> {
    format!("L{};", dotted.replace('.', "/")).into_bytes()
}

impl NamedRows {
    fn new(knowledge: &Knowledge) -> Self {
        let mut out = Self::default();
        for (index, row) in (0u32..).zip(knowledge.pi_apis()) {
            if row.kind == PiApiKind::Field {
                for name in row.name.split('/') {
                    let fields = out.fields.entry(descriptor(&row.class)).or_default();
                    fields.entry(name.trim().as_bytes().to_vec()).or_default().push(Tag::Pi(index));
                }
            }
        }
        for (index, row) in (0u32..).zip(knowledge.permission_apis()) {
            if row.kind == PermissionApiKind::Class {
                out.classes.entry(descriptor(&row.class)).or_default().push(Tag::PermissionApi(index));
            }
        }
        for (index, row) in (0u32..).zip(knowledge.reach()) {
            for class in &row.classes {
                out.classes.entry(descriptor(class)).or_default().push(Tag::Reach(index));
            }
        }
        out
    }
}

/// Tags by table index of one DEX file.
#[derive(Default)]
struct DexTags {
    methods: FxHashMap<u32, Vec<Tag>>,
    fields: FxHashMap<u32, Vec<Tag>>,
    types: FxHashMap<u32, Vec<Tag>>,
    strings: FxHashMap<u32, Vec<Tag>>,
}

impl DexTags {
    fn targets(&self, program: &Program<'_>, dex: u32) -> SiteTargets {
        let Some(file) = program.dex(dex) else { return SiteTargets::default() };
        let bits = |len: usize, map: &FxHashMap<u32, Vec<Tag>>| {
            let mut bits = Bits::new(len);
            map.keys().for_each(|index| bits.insert(*index));
            bits
        };
        SiteTargets {
            methods: bits(file.method_count(), &self.methods),
            fields: bits(file.field_count(), &self.fields),
            strings: bits(file.string_count(), &self.strings),
            types: bits(file.type_count(), &self.types),
        }
    }

    fn of(&self, site: &Site) -> &[Tag] {
        let map = match site.kind {
            RefKind::Invoke => &self.methods,
            RefKind::FieldGet => &self.fields,
            RefKind::String => &self.strings,
            _ => &self.types,
        };
        map.get(&site.index).map(Vec::as_slice).unwrap_or_default()
    }
}

impl CodeIndex {
    /// Finds all hits. `text_tags` adds tags of free text (addresses, wording) to each string.
    pub fn new(program: &Program<'_>, knowledge: &Knowledge, text_tags: &(dyn Fn(&str, &mut Vec<Tag>) + Sync)) -> Self {
        let framework = knowledge.framework();
        let methods = method_targets(knowledge);
        let strings = StringRows::new(knowledge);
        let named = NamedRows::new(knowledge);
        let dexes: Vec<DexTags> = (0..program.dexes.len() as u32)
            .into_par_iter()
            .map(|dex| {
                let mut out = DexTags::default();
                let Some(file) = program.dex(dex) else { return out };
                let (by_method, by_string) = rayon::join(
                    || methods.resolve(program, dex, framework),
                    || {
                        let count = file.string_count() as u32;
                        let chunks: Vec<Vec<(u32, Vec<Tag>)>> = (0..count.div_ceil(4096))
                            .into_par_iter()
                            .map(|chunk| {
                                let mut found = Vec::new();
                                let mut tags = Vec::new();
                                for index in
                                    chunk.saturating_mul(4096)..chunk.saturating_add(1).saturating_mul(4096).min(count)
                                {
                                    let Some(text) = file.string(index) else { continue };
                                    if text.len() < 3 {
                                        continue;
                                    }
                                    strings.tags(&text, &mut tags);
                                    text_tags(&text, &mut tags);
                                    if !tags.is_empty() {
                                        found.push((index, std::mem::take(&mut tags)));
                                    }
                                }
                                found
                            })
                            .collect();
                        chunks.into_iter().flatten().collect::<FxHashMap<_, _>>()
                    },
                );
                out.methods = by_method
                    .into_iter()
                    .map(|(index, tags)| (index, tags.into_iter().map(Tag::unpack).collect()))
                    .collect();
                out.strings = by_string;
                for index in 0..file.type_count() as u32 {
                    if let Some(tags) = file.type_bytes(index).and_then(|name| named.classes.get(name)) {
                        out.types.insert(index, tags.clone());
                    }
                }
                for index in 0..file.field_count() as u32 {
                    let Some(field) = file.field(index) else { continue };
                    // A class of the app with a platform class's name is not the platform's.
                    let foreign = |class: u32| program.class_of_type(dex, class).is_none();
                    let fields = file.type_bytes(field.class).and_then(|class| named.fields.get(class));
                    let tags = fields
                        .filter(|_| foreign(field.class))
                        .and_then(|fields| fields.get(file.string_bytes(field.name)?));
                    if let Some(tags) = tags {
                        out.fields.insert(index, tags.clone());
                    }
                }
                out
            })
            .collect();
        let targets: Vec<SiteTargets> =
            dexes.iter().zip(0u32..).map(|(tags, dex)| tags.targets(program, dex)).collect();
        let mut index = Self::default();
        for site in program.sites(&targets) {
            let Some(tags) = dexes.get(site.dex as usize) else { continue };
            for tag in tags.of(&site) {
                if let Tag::Accessor(row) = tag {
                    let class = program.body(site.body).map_or(u32::MAX, |body| body.class.0);
                    *index.accessors.entry(class).or_default() |= 1u32.wrapping_shl(*row);
                    *index.body_accessors.entry(site.body).or_default() |= 1u32.wrapping_shl(*row);
                } else {
                    index.hits.push(Hit { site, tag: *tag });
                }
            }
        }
        index.overrides = overrides(program, knowledge);
        index.strings = dexes.into_iter().map(|tags| tags.strings).collect();
        index
    }

    /// True when the class of a body uses an accessor of this kind.
    pub fn class_accesses(&self, program: &Program<'_>, body: BodyId, kind: PiApiKind, knowledge: &Knowledge) -> bool {
        let used = program.body(body).and_then(|body| self.accessors.get(&body.class.0)).copied().unwrap_or(0);
        (0u32..)
            .zip(knowledge.accessors())
            .any(|(row, accessor)| accessor.kind == kind && used & 1u32.wrapping_shl(row) != 0)
    }
}

impl CodeIndex {
    /// True when a body itself uses an accessor of this kind.
    pub fn body_accesses(&self, body: BodyId, kind: PiApiKind, knowledge: &Knowledge) -> bool {
        let used = self.body_accessors.get(&body).copied().unwrap_or(0);
        (0u32..)
            .zip(knowledge.accessors())
            .any(|(row, accessor)| accessor.kind == kind && used & 1u32.wrapping_shl(row) != 0)
    }
}

/// Bodies that override a platform callback through which an item arrives.
fn overrides(program: &Program<'_>, knowledge: &Knowledge) -> Vec<(u32, BodyId)> {
    let framework = knowledge.framework();
    let mut by_name: FxHashMap<&[u8], Vec<u32>> = FxHashMap::default();
    for (index, row) in (0u32..).zip(knowledge.pi_apis()) {
        if row.callback && !row.item.is_empty() {
            by_name.entry(row.name.as_bytes()).or_default().push(index);
        }
    }
    if by_name.is_empty() {
        return Vec::new();
    }
    // Names by string index of each DEX file, so that most bodies cost one look-up of a number.
    let names: Vec<FxHashMap<u32, &Vec<u32>>> = program
        .dexes
        .iter()
        .map(|unit| {
            let wanted = |index: u32| Some((index, by_name.get(unit.dex.string_bytes(index)?)?));
            by_name.keys().filter_map(|name| unit.dex.find_string(name)).filter_map(wanted).collect()
        })
        .collect();
    let found: Vec<Vec<(u32, BodyId)>> = program
        .body_tasks()
        .map(|bodies| {
            let mut out = Vec::new();
            for id in bodies {
                let Some(body) = program.body(id) else { continue };
                let number = program.dex_of(id);
                let (Some(dex), Some(names)) = (program.dex(number), names.get(number as usize)) else { continue };
                let Some(rows) = dex.method(body.method).and_then(|method| names.get(&method.name)) else { continue };
                for row in *rows {
                    let class =
                        knowledge.pi_apis().get(*row as usize).map(|row| row.class.as_str()).unwrap_or_default();
                    if program.inherits(program.descriptor(body.class), class, framework) {
                        out.push((*row, id));
                    }
                }
            }
            out
        })
        .collect();
    found.concat()
}
