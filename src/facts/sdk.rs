//! Third parties in the app, with what shows them.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::consent::Times;
use super::sdk_version::{self, VersionFact};
use super::{Facts, Sources, code_evidence, site_text};
use crate::code::{ClassId, Phase, Site};
use crate::evidence::{Evidence, OwnerKind};
use crate::formats::dex::RefKind;
use crate::knowledge::schema::{SdkFile, SdkRow};
use crate::outcome::Confidence;
use crate::owners::{OwnerId, Reason, lists_component, matches_any};

/// What an SDK's presence amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Its code is reached from the app's entry points.
    Active,
    /// Its code is there, and no call path to it was found.
    Linked,
    /// Its code calls nothing of the platform: it can do nothing.
    Stub,
    /// Entries in the manifest without any code.
    Leftover,
    /// The code is hidden.
    Unknown,
}

impl Presence {
    /// False for what can do nothing: left-over manifest entries and empty stand-ins.
    pub fn may_act(self) -> bool {
        !matches!(self, Self::Stub | Self::Leftover)
    }

    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Linked => "linked",
            Self::Stub => "stub",
            Self::Leftover => "leftover",
            Self::Unknown => "unknown",
        }
    }
}

/// An SDK or library found in the app.
#[derive(Debug, Clone)]
pub struct SdkFact<'k> {
    /// Its owner id.
    pub owner: OwnerId,
    /// Vendor.
    pub vendor: &'k SdkFile,
    /// Product.
    pub row: &'k SdkRow,
    /// How sure we are that its code is in the app.
    pub confidence: Confidence,
    /// Number of its classes.
    pub classes: u32,
    /// Whether it does anything.
    pub presence: Presence,
    /// Its version, where the package tells.
    pub version: Option<VersionFact>,
    /// What shows it.
    pub reasons: Vec<Evidence>,
}

/// Every SDK and library that leaves a trace, by category and id.
pub fn collect<'k>(sources: &Sources<'k>) -> Vec<SdkFact<'k>> {
    let counts = sources.owners.class_counts();
    let (used, mut versions) = rayon::join(|| uses(sources), || sdk_version::collect(sources));
    // The first class whose name tells, else the first of all.
    let mut first_class: FxHashMap<OwnerId, (Reason, ClassId)> = FxHashMap::default();
    for id in sources.program.class_ids() {
        let shown = (sources.owners.reason(id), id);
        first_class.entry(sources.owners.of_class(id)).and_modify(|known| *known = shown.min(*known)).or_insert(shown);
    }
    let mut out = Vec::new();
    for (owner, vendor, row) in sources.owners.rows() {
        let mut reasons = Vec::new();
        let classes = counts.get(&owner).copied().unwrap_or(0);
        let shown = first_class.get(&owner);
        if let Some((told_by, class)) = shown {
            let dex = sources
                .program
                .class(*class)
                .and_then(|class| sources.program.dexes.get(class.dex as usize))
                .map(|unit| unit.place.clone())
                .unwrap_or_default();
            let class = sources.program.class_name(*class);
            reasons.push(Evidence::Classes { class, dex, count: classes, told_by: told_by.as_str().to_owned() });
        }
        if let Some(site) = used.get(&owner) {
            reasons.push(code_evidence(sources, site, &site_text(sources, site)));
        }
        let native: Vec<Evidence> = sources
            .app
            .native
            .iter()
            .filter(|library| matches_any(&row.native_libs, &library.name))
            .map(|library| Evidence::Native { library: library.path.clone(), symbol: String::new() })
            .take(4)
            .collect();
        let declared = declared(sources, row);
        let is_tied_in = used.contains_key(&owner) || !native.is_empty() || !declared.is_empty();
        let confidence = match (classes, is_tied_in) {
            (0, _) if native.is_empty() => Confidence::Low,
            (0, _) => Confidence::Medium,
            (_, true) => Confidence::High,
            // Classes that other libraries drag along and nothing of the app touches.
            (1..FEW_CLASSES, false) => Confidence::Low,
            (_, false) => Confidence::Medium,
        };
        // Nobody has seen the product under this row's names yet, or its code has other names here.
        let is_seen = row.verified != UNSEEN && shown.is_none_or(|(told_by, _)| *told_by == Reason::Name);
        let confidence = if is_seen { confidence } else { confidence.min(Confidence::Medium) };
        reasons.extend(native);
        reasons.extend(declared);
        if !reasons.is_empty() {
            let version = versions.remove(&owner);
            out.push(SdkFact {
                owner,
                vendor,
                row,
                confidence,
                classes,
                presence: Presence::Unknown,
                version,
                reasons,
            });
        }
    }
    out.sort_by(|a, b| (&a.row.category, &a.row.id).cmp(&(&b.row.category, &b.row.id)));
    out
}

/// How rows are marked that rest on memory alone.
const UNSEEN: &str = "memory";

/// Fewer classes than this, with nothing that ties them to the app, are a fragment.
const FEW_CLASSES: u32 = 20;

/// Third party behind each method and each type of a DEX file.
type OwnerTables = (Vec<Option<OwnerId>>, Vec<Option<OwnerId>>);

/// For each third party the first place where code that is not a known third party's uses it.
fn uses(sources: &Sources<'_>) -> FxHashMap<OwnerId, Site> {
    let program = sources.program;
    // Owners of the classes behind the method and type tables.
    let tables: Vec<OwnerTables> = (0..program.dexes.len() as u32)
        .into_par_iter()
        .map(|dex| {
            let owner = |index: u32| {
                program
                    .class_of_type(dex, index)
                    .map(|class| sources.owners.of_class(class))
                    .filter(|owner| sources.owners.row(*owner).is_some())
            };
            let Some(file) = program.dex(dex) else { return Default::default() };
            let types: Vec<Option<OwnerId>> = (0..file.type_count() as u32).map(owner).collect();
            let methods = (0..file.method_count() as u32)
                .map(|index| types.get(file.method(index)?.class as usize).copied().flatten())
                .collect();
            (methods, types)
        })
        .collect();
    let found: Vec<FxHashMap<OwnerId, Site>> = program
        .body_tasks()
        .map(|bodies| {
            let mut out = FxHashMap::default();
            for body in bodies {
                if sources.owners.row(sources.owner_of(body)).is_some() {
                    continue;
                }
                let dex = program.dex_of(body);
                let Some((methods, types)) = tables.get(dex as usize) else { continue };
                for reference in program.references(body) {
                    let table = match reference.kind {
                        RefKind::Invoke => methods,
                        RefKind::New | RefKind::Class => types,
                        RefKind::FieldGet
                        | RefKind::FieldPut
                        | RefKind::String
                        | RefKind::Custom
                        | RefKind::Handle
                        | RefKind::Resource => {
                            continue;
                        }
                    };
                    if let Some(owner) = table.get(reference.index as usize).copied().flatten() {
                        out.entry(owner).or_insert(Site {
                            dex,
                            body,
                            unit: reference.unit,
                            kind: reference.kind,
                            index: reference.index,
                        });
                    }
                }
            }
            out
        })
        .collect();
    let mut out = FxHashMap::default();
    for (owner, site) in found.into_iter().flatten() {
        let slot = out.entry(owner).or_insert(site);
        if site < *slot {
            *slot = site;
        }
    }
    out
}

/// Components and meta-data of the manifest that are the product's.
fn declared(sources: &Sources<'_>, row: &SdkRow) -> Vec<Evidence> {
    let mut out = Vec::new();
    for component in &sources.app.components {
        if lists_component(row, &component.name) {
            out.push(component.place());
        }
    }
    for meta in &sources.app.manifest.meta_data {
        if row.meta_data.contains(&meta.name) {
            out.push(Evidence::Manifest {
                package: String::new(),
                element: "meta-data".into(),
                name: meta.name.clone(),
                line: meta.line,
            });
        }
    }
    out.truncate(6);
    out
}

/// Grades the presence of each, once it is known what code is reached and whether code is hidden.
pub(super) fn grade(sources: &Sources<'_>, times: &Times<'_, '_>, is_packed: bool, sdks: &mut [SdkFact<'_>]) {
    let phases = times.phases();
    let reached: FxHashSet<OwnerId> =
        Phase::ALL.into_iter().flat_map(|phase| phases.bodies(phase)).map(|body| sources.owner_of(body)).collect();
    let capable = capable(sources);
    for sdk in sdks {
        let has_library = sdk.reasons.iter().any(|reason| matches!(reason, Evidence::Native { .. }));
        sdk.presence = match sdk.classes {
            0 if is_packed => Presence::Unknown,
            // A native library whose Java side is not there.
            0 if has_library && sdk.row.packages.is_empty() => Presence::Linked,
            0 => Presence::Leftover,
            _ if !capable.contains(&sdk.owner) && !has_library => Presence::Stub,
            _ if reached.contains(&sdk.owner) => Presence::Active,
            _ => Presence::Linked,
        };
        if sdk.presence == Presence::Leftover {
            sdk.confidence = Confidence::Low;
        }
    }
}

/// Owners whose code calls anything beyond itself and the language.
fn capable(sources: &Sources<'_>) -> FxHashSet<OwnerId> {
    let program = sources.program;
    let beyond: Vec<Vec<bool>> = (0..program.dexes.len() as u32)
        .into_par_iter()
        .map(|number| {
            let Some(dex) = program.dex(number) else { return Vec::new() };
            let types: Vec<bool> = (0..dex.type_count() as u32)
                .map(|index| {
                    let name = dex.type_bytes(index).unwrap_or_default();
                    program.class_of_type(number, index).is_none()
                        && name.starts_with(b"L")
                        && !LANGUAGE.iter().any(|prefix| name.starts_with(prefix))
                })
                .collect();
            (0..dex.method_count() as u32)
                .map(|index| dex.method(index).and_then(|method| types.get(method.class as usize)) == Some(&true))
                .collect()
        })
        .collect();
    let per_task: Vec<FxHashSet<OwnerId>> = program
        .body_tasks()
        .map(|bodies| {
            let mut out = FxHashSet::default();
            for body in bodies {
                let owner = sources.owner_of(body);
                if sources.owners.row(owner).is_none() || out.contains(&owner) {
                    continue;
                }
                let Some(table) = beyond.get(program.dex_of(body) as usize) else { continue };
                let calls = program.references(body).any(|reference| {
                    reference.kind == RefKind::Invoke && table.get(reference.index as usize) == Some(&true)
                });
                if calls {
                    out.insert(owner);
                }
            }
            out
        })
        .collect();
    per_task.into_iter().flatten().collect()
}

/// What every program calls, and what says nothing of what it does.
const LANGUAGE: [&[u8]; 3] = [b"Ljava/lang/", b"Ljava/util/", b"Lkotlin/"];

impl Facts<'_> {
    /// Third parties that may process personal information and whose code is there.
    pub fn collecting_sdks(&self) -> impl Iterator<Item = &SdkFact<'_>> {
        self.sdks.iter().filter(|sdk| sdk.row.collects && self.sources.owners.kind(sdk.owner) == OwnerKind::Sdk)
    }

    /// Third parties that process personal information and do something in the app: left-over manifest entries
    /// alone are no SDK, and an empty stand-in does nothing.
    pub fn disclosable_sdks(&self) -> Vec<&SdkFact<'_>> {
        self.collecting_sdks().filter(|sdk| sdk.confidence >= Confidence::Medium && sdk.presence.may_act()).collect()
    }
}
