//! What a static scan of this app cannot see, and how much of it.

use super::index::{CodeIndex, Tag};
use super::{Sources, code_evidence};
use crate::code::constants::{self, Constant};
use crate::evidence::{Evidence, OwnerKind};
use crate::knowledge::schema::{PackerRow, PiApiKind, ReachKind, ReachRow};
use crate::owners::matches_any;

/// Most places kept for one sign.
const MAX_PLACES: usize = 3;

/// A sign of hidden behaviour.
#[derive(Debug, Clone)]
pub struct ReachSign<'k> {
    /// What it is.
    pub row: &'k ReachRow,
    /// How often it was met.
    pub count: u32,
    /// How often in code that is not a known third party's.
    pub in_app: u32,
    /// Some places.
    pub places: Vec<Evidence>,
}

/// Limits of what was seen.
#[derive(Debug, Clone, Default)]
pub struct Reach<'k> {
    /// Hardening vendors with what shows them.
    pub packers: Vec<(&'k PackerRow, Vec<Evidence>)>,
    /// Signs of hidden behaviour.
    pub signs: Vec<ReachSign<'k>>,
    /// Reflective look-ups whose class name is not a constant, outside known third parties.
    pub reflection_unresolved: u32,
    /// Native libraries that name keys, files or addresses of personal information.
    pub native_pi: Vec<Evidence>,
    /// Native libraries, by file name without repeats.
    pub native_count: usize,
    /// Parts that could not be read.
    pub incomplete: Vec<String>,
    /// The package has no code at all.
    pub no_code: bool,
    /// Methods with code.
    pub methods: usize,
}

impl Reach<'_> {
    /// True when the code that runs is not the code that was read.
    pub fn is_packed(&self) -> bool {
        !self.packers.is_empty()
    }

    /// True when a part of the code could not be read.
    pub fn code_is_damaged(&self) -> bool {
        self.incomplete.iter().any(|part| part.contains(".dex"))
    }

    /// Cross-platform runtimes.
    pub fn hybrids(&self) -> impl Iterator<Item = &ReachSign<'_>> {
        self.signs.iter().filter(|sign| sign.row.kind == ReachKind::Hybrid)
    }

    /// True when code that is not a known third party's loads code at run time.
    pub fn loads_code(&self) -> bool {
        self.signs.iter().any(|sign| sign.row.kind == ReachKind::DynamicCode && sign.in_app > 0)
    }

    /// True when texts may come from web pages or a cross-platform runtime.
    pub fn has_remote_ui(&self) -> bool {
        self.remote_ui().next().is_some()
    }

    /// Signs of screens that are made of web pages or scripts.
    pub fn remote_ui(&self) -> impl Iterator<Item = &ReachSign<'_>> {
        let pages = self.signs.iter().filter(|sign| sign.row.kind == ReachKind::WebView && sign.in_app > 0);
        self.hybrids().chain(pages)
    }
}

/// Gathers all signs.
pub fn collect<'k>(sources: &Sources<'k>, index: &CodeIndex) -> Reach<'k> {
    let mut out = Reach {
        incomplete: sources.app.incomplete.clone(),
        methods: sources.program.body_count(),
        no_code: sources.program.dexes.is_empty(),
        ..Reach::default()
    };
    for (place, classes, bodies, example) in sources.program.losses() {
        out.incomplete
            .push(format!("{place}: {classes} classes and {bodies} method bodies are damaged, e.g. {example}"));
    }
    out.packers = packers(sources);
    let mut names: Vec<&str> = sources.app.native.iter().map(|library| library.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    out.native_count = names.len();
    for (row, sign) in (0u32..).zip(sources.knowledge.reach()) {
        if let Some(found) = sign_of(sources, index, row, sign) {
            out.signs.push(found);
        }
    }
    out.reflection_unresolved = unresolved_reflection(sources, index);
    out.native_pi = native_pi(sources);
    out
}

/// Hardening vendors with what shows them.
pub(super) fn packers<'k>(sources: &Sources<'k>) -> Vec<(&'k PackerRow, Vec<Evidence>)> {
    let mut out = Vec::new();
    for row in sources.knowledge.packers() {
        let mut strong = Vec::new();
        if row.application_classes.contains(&sources.app.manifest.application) {
            strong.push(Evidence::Manifest {
                package: String::new(),
                element: "application".into(),
                name: sources.app.manifest.application.clone(),
                line: sources.app.manifest.application_line,
            });
        }
        let mut files: Vec<Evidence> = sources
            .app
            .native
            .iter()
            .filter(|library| matches_any(&row.native_libs, &library.name))
            .map(|library| Evidence::Native { library: library.path.clone(), symbol: String::new() })
            .collect();
        let assets = sources.app.assets.iter().filter(|asset| matches_any(&row.assets, asset.name()));
        files.extend(assets.map(|asset| Evidence::Asset { path: asset.path.clone(), text: String::new() }));
        // Some of these files are also shipped by apps that are not packed.
        if strong.is_empty() && (row.weak || files.is_empty()) {
            continue;
        }
        strong.extend(files);
        strong.truncate(6);
        out.push((row, strong));
    }
    out
}

fn sign_of<'k>(sources: &Sources<'k>, index: &CodeIndex, row: u32, sign: &'k ReachRow) -> Option<ReachSign<'k>> {
    let mut found = ReachSign { row: sign, count: 0, in_app: 0, places: Vec::new() };
    for hit in index.hits.iter().filter(|hit| hit.tag == Tag::Reach(row)) {
        found.count = found.count.saturating_add(1);
        let owner = sources.owners.kind(sources.owner_of(hit.site.body));
        if matches!(owner, OwnerKind::App | OwnerKind::Unknown) {
            found.in_app = found.in_app.saturating_add(1);
        } else if found.in_app > 0 {
            continue;
        }
        if found.places.len() < MAX_PLACES {
            found.places.push(code_evidence(sources, &hit.site, &super::site_text(sources, &hit.site)));
        }
    }
    for library in sources.app.native.iter().filter(|library| matches_any(&sign.native_libs, &library.name)) {
        found.count = found.count.saturating_add(1);
        found.places.push(Evidence::Native { library: library.path.clone(), symbol: String::new() });
    }
    for asset in sources
        .app
        .assets
        .iter()
        .filter(|asset| sign.assets.iter().any(|prefix| asset.path.starts_with(prefix.as_str())))
    {
        found.count = found.count.saturating_add(1);
        found.places.push(Evidence::Asset { path: asset.path.clone(), text: String::new() });
    }
    found.places.truncate(MAX_PLACES);
    (found.count > 0).then_some(found)
}

/// Reflective look-ups with a class name that is no constant.
fn unresolved_reflection(sources: &Sources<'_>, index: &CodeIndex) -> u32 {
    let is_reflection = |tag: Tag| matches!(tag, Tag::Reach(row) if sources.knowledge.reach().get(row as usize).is_some_and(|row| row.kind == ReachKind::Reflection));
    let mut by_body: std::collections::BTreeMap<crate::code::BodyId, Vec<u32>> = std::collections::BTreeMap::new();
    for hit in index.hits.iter().filter(|hit| is_reflection(hit.tag)) {
        if matches!(sources.owners.kind(sources.owner_of(hit.site.body)), OwnerKind::App | OwnerKind::Unknown) {
            by_body.entry(hit.site.body).or_default().push(hit.site.unit);
        }
    }
    let unresolved = by_body.into_iter().flat_map(|(body, mut units)| {
        units.sort_unstable();
        constants::calls(sources.program, body, &units)
    });
    let count =
        unresolved.filter(|call| !call.arguments.iter().any(|argument| matches!(argument, Constant::Text(_)))).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Strings of native libraries that name keys, files or addresses of personal information.
fn native_pi(sources: &Sources<'_>) -> Vec<Evidence> {
    let rows: Vec<_> = sources
        .knowledge
        .pi_apis()
        .iter()
        .filter(|row| {
            row.sensitive
                && !row.item.is_empty()
                && matches!(
                    row.kind,
                    PiApiKind::FilePath | PiApiKind::SystemProperty | PiApiKind::ContentUri | PiApiKind::SettingsKey
                )
        })
        .map(|row| (row.value.as_str(), row.value.ends_with('/') || row.kind == PiApiKind::ContentUri))
        .collect();
    let mut out = Vec::new();
    for library in &sources.app.native {
        for text in &library.strings {
            if rows.iter().any(|(value, prefix)| text == value || *prefix && text.starts_with(value)) {
                out.push(Evidence::Native { library: library.path.clone(), symbol: text.clone() });
            }
        }
    }
    out.truncate(20);
    out
}
