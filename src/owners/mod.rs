//! Who stands behind a class, component, permission or native library.
//!
//! Every class gets exactly one [`Owner`]: the SDK or library whose package prefix is the longest
//! match, else the app when the class lies in the app's own package family, else the third party whose
//! classes alone reach it, else nobody we can name. Knows nothing of what the code does.

#![forbid(unsafe_code)]

mod declared;
pub mod shapes;
mod structure;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::app::App;
use crate::code::{ClassId, Program};
use crate::evidence::{Owner, OwnerKind};
use crate::knowledge::Knowledge;
use crate::knowledge::schema::{SdkFile, SdkRow};

/// Why a class has its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Its name lies under a prefix of the owner.
    Name,
    /// It shows features of the owner's classes, whatever its name is.
    Shape,
    /// Only the owner's classes reach it.
    ReachedOnly,
    /// The signatures list its name with the owner's product.
    Listed,
    /// It exports the native methods of the owner's classes.
    NativeMethods,
    /// Only the owner's code names it.
    NamedInCode,
    /// Nothing tells.
    None,
}

impl Reason {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Shape => "shape",
            Self::ReachedOnly => "reached_only",
            Self::Listed => "listed",
            Self::NativeMethods => "native_methods",
            Self::NamedInCode => "named_in_code",
            Self::None => "none",
        }
    }
}

/// Index into the owner table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OwnerId(pub u32);

const APP: OwnerId = OwnerId(0);
pub(crate) const UNKNOWN: OwnerId = OwnerId(1);
/// Rows of the table before the SDKs.
const FIRST_SDK: u32 = 2;

/// Owners of everything in one app.
#[derive(Debug)]
pub struct Owners<'k> {
    rows: Vec<(&'k SdkFile, &'k SdkRow)>,
    prefixes: FxHashMap<Vec<u8>, OwnerId>,
    excluded: FxHashSet<Vec<u8>>,
    families: Vec<Vec<u8>>,
    by_class: Vec<OwnerId>,
    /// Classes whose owner something other than their name tells.
    renamed: FxHashMap<u32, Reason>,
}

impl<'k> Owners<'k> {
    /// Attributes every class of `program`.
    pub fn new(knowledge: &'k Knowledge, app: &App, program: &Program<'_>) -> Self {
        let rows: Vec<_> =
            knowledge.sdks().iter().flat_map(|file| file.sdk.iter().map(move |row| (file, row))).collect();
        let mut prefixes = FxHashMap::default();
        let mut excluded = FxHashSet::default();
        let own = app.package();
        for (index, (_, row)) in (FIRST_SDK..).zip(&rows) {
            for prefix in &row.packages {
                // An app is not its own SDK; beside an app that lies under a vendor's prefix its SDK may well be.
                if own == prefix {
                    continue;
                }
                prefixes.insert(slashed(prefix), OwnerId(index));
            }
            excluded.extend(row.exclude.iter().map(|prefix| slashed(prefix)));
        }
        let mut owners = Self {
            rows,
            prefixes,
            excluded,
            families: Vec::new(),
            by_class: Vec::new(),
            renamed: FxHashMap::default(),
        };
        owners.families = owners.app_families(app);
        owners.attribute(program);
        for (class, owner) in shapes::attribute(knowledge, program, &owners) {
            if let Some(slot) = owners.by_class.get_mut(class as usize) {
                *slot = owner;
                owners.renamed.insert(class, Reason::Shape);
            }
        }
        let reached = structure::attribute(program, &mut owners.by_class);
        owners.renamed.extend(reached.into_iter().map(|class| (class, Reason::ReachedOnly)));
        owners
    }

    /// The app's package id, and the packages of its Application and launcher classes.
    fn app_families(&self, app: &App) -> Vec<Vec<u8>> {
        let mut out = vec![slashed(app.package())];
        let launcher = app.launcher().map(|launcher| launcher.class());
        for class in [Some(app.manifest.application.as_str()), launcher].into_iter().flatten() {
            let path = slashed(class);
            if self.sdk_of(&path).is_some() {
                continue;
            }
            // `com.example.shop.ui.Main` speaks for `com.example.shop`, and `com.example` when the
            // package id lies there too.
            let segments: Vec<&[u8]> = path.split(|byte| *byte == b'/').collect();
            let common = segments.iter().zip(app.package().split('.')).take_while(|(a, b)| **a == b.as_bytes()).count();
            let keep = if common >= 2 { common } else { 3 };
            let family = segments.get(..keep.min(segments.len().saturating_sub(1))).unwrap_or_default().join(&b'/');
            if !family.is_empty() && !out.contains(&family) && family.contains(&b'/') {
                out.push(family);
            }
        }
        out
    }

    fn attribute(&mut self, program: &Program<'_>) {
        let mut by_package: FxHashMap<&[u8], OwnerId> = FxHashMap::default();
        let mut by_class = Vec::with_capacity(program.class_count());
        for id in program.class_ids() {
            let descriptor = program.descriptor(id);
            let path = descriptor.strip_prefix(b"L").and_then(|rest| rest.strip_suffix(b";")).unwrap_or(descriptor);
            let outer = path.split(|byte| *byte == b'$').next().unwrap_or(path);
            // A signature may name a single class.
            let owner = match self.prefixes.get(path).or_else(|| self.prefixes.get(outer)) {
                Some(owner) => *owner,
                None => {
                    let package = memchr::memrchr(b'/', path).and_then(|end| path.get(..end)).unwrap_or_default();
                    *by_package.entry(package).or_insert_with(|| self.of_path(package))
                }
            };
            by_class.push(owner);
        }
        self.by_class = by_class;
    }

    fn sdk_of(&self, path: &[u8]) -> Option<OwnerId> {
        self.longest(path).map(|(owner, _)| owner)
    }

    /// The owner with the longest matching prefix, and that prefix's length.
    fn longest(&self, path: &[u8]) -> Option<(OwnerId, usize)> {
        let mut end = path.len();
        loop {
            let prefix = path.get(..end)?;
            if self.excluded.contains(prefix) {
                return None;
            }
            if let Some(owner) = self.prefixes.get(prefix) {
                return Some((*owner, end));
            }
            end = memchr::memrchr(b'/', prefix)?;
        }
    }

    fn of_path(&self, path: &[u8]) -> OwnerId {
        let family = self
            .families
            .iter()
            .filter(|family| {
                path == family.as_slice()
                    || path.strip_prefix(family.as_slice()).is_some_and(|rest| rest.starts_with(b"/"))
            })
            .map(Vec::len)
            .max();
        match (self.longest(path), family) {
            (Some((_, length)), Some(family)) if family > length => APP,
            (Some((owner, _)), _) => owner,
            (None, Some(_)) => APP,
            (None, None) => UNKNOWN,
        }
    }

    /// Owner of a class of the program.
    pub fn of_class(&self, id: ClassId) -> OwnerId {
        self.by_class.get(id.0 as usize).copied().unwrap_or(UNKNOWN)
    }

    /// Owner of a dotted class name, whether or not the program defines it.
    pub fn of_name(&self, class: &str) -> OwnerId {
        let path = slashed(class);
        let outer = path.split(|byte| *byte == b'$').next().unwrap_or(&path);
        self.of_path(outer)
    }

    /// The SDK or library row of an owner.
    pub fn row(&self, id: OwnerId) -> Option<(&'k SdkFile, &'k SdkRow)> {
        self.rows.get(id.0.checked_sub(FIRST_SDK)? as usize).copied()
    }

    /// All rows with their ids.
    pub fn rows(&self) -> impl Iterator<Item = (OwnerId, &'k SdkFile, &'k SdkRow)> + '_ {
        (FIRST_SDK..).zip(&self.rows).map(|(index, (file, row))| (OwnerId(index), *file, *row))
    }

    /// What kind of owner.
    pub fn kind(&self, id: OwnerId) -> OwnerKind {
        match self.row(id) {
            Some((_, row)) if row.collects => OwnerKind::Sdk,
            Some(_) => OwnerKind::Library,
            None if id == APP => OwnerKind::App,
            None => OwnerKind::Unknown,
        }
    }

    /// True for code of others, be it an SDK or a plain library.
    pub fn is_third_party(&self, id: OwnerId) -> bool {
        matches!(self.kind(id), OwnerKind::Sdk | OwnerKind::Library)
    }

    /// The owner as reports name it.
    pub fn owner(&self, id: OwnerId) -> Owner {
        Owner { kind: self.kind(id), id: self.row(id).map(|(_, row)| row.id.clone()).unwrap_or_default() }
    }

    /// Why a class has its owner.
    pub fn reason(&self, id: ClassId) -> Reason {
        let named = if self.of_class(id) == UNKNOWN { Reason::None } else { Reason::Name };
        self.renamed.get(&id.0).copied().unwrap_or(named)
    }

    /// Number of classes by owner, and of all classes.
    pub fn class_counts(&self) -> FxHashMap<OwnerId, u32> {
        let mut out: FxHashMap<OwnerId, u32> = FxHashMap::default();
        for owner in &self.by_class {
            let slot = out.entry(*owner).or_default();
            *slot = slot.saturating_add(1);
        }
        out
    }
}

fn slashed(dotted: &str) -> Vec<u8> {
    dotted.bytes().map(|byte| if byte == b'.' { b'/' } else { byte }).collect()
}

/// True when any of the patterns matches the file name.
pub fn matches_any(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| matches_glob(pattern, name))
}

/// True when the product lists the component, or a package that it lies in.
pub fn lists_component(row: &SdkRow, class: &str) -> bool {
    // Names relative to the app's package are the app's own classes.
    let listed = |name: &String| {
        !name.starts_with('.') && (name == class || name.ends_with('.') && class.starts_with(name.as_str()))
    };
    row.components.iter().any(listed)
}

/// Shell-like match of a file name with `*` for any run of characters.
pub fn matches_glob(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else { return false };
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut open = false;
    for part in parts {
        open = true;
        if part.is_empty() {
            continue;
        }
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at.saturating_add(part.len())..).unwrap_or_default();
        open = false;
    }
    rest.is_empty() || open
}

#[cfg(test)]
mod tests {
    use super::matches_glob;

    #[test]
    fn globs_match_whole_names() {
        assert!(matches_glob("libjcore*.so", "libjcore421.so"));
        assert!(matches_glob("libapp.so", "libapp.so"));
        assert!(!matches_glob("libapp.so", "libapp.so.1"));
        assert!(!matches_glob("libjcore*.so", "libjcore421.soo"));
        assert!(matches_glob("lib*", "libx"));
    }
}
