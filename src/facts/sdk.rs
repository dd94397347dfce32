//! Third parties in the app, with what shows them.

use super::{Facts, Sources};
use crate::evidence::{Evidence, OwnerKind};
use crate::knowledge::schema::{SdkFile, SdkRow};
use crate::outcome::Confidence;
use crate::owners::{OwnerId, matches_glob};

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
    /// What shows it.
    pub reasons: Vec<Evidence>,
}

/// Every SDK and library that leaves a trace, by category and id.
pub fn collect<'k>(sources: &Sources<'k>) -> Vec<SdkFact<'k>> {
    let counts = sources.owners.class_counts();
    let mut first_class: rustc_hash::FxHashMap<OwnerId, crate::code::ClassId> = rustc_hash::FxHashMap::default();
    for id in sources.program.class_ids() {
        first_class.entry(sources.owners.of_class(id)).or_insert(id);
    }
    let mut out = Vec::new();
    for (owner, vendor, row) in sources.owners.rows() {
        let mut reasons = Vec::new();
        let classes = counts.get(&owner).copied().unwrap_or(0);
        if let Some(class) = first_class.get(&owner) {
            let dex = sources.program.class(*class).and_then(|class| sources.program.dexes.get(class.dex as usize)).map(|unit| unit.place.clone()).unwrap_or_default();
            reasons.push(Evidence::Classes { class: sources.program.class_name(*class), dex, count: classes });
        }
        let native: Vec<Evidence> = sources
            .app
            .native
            .iter()
            .filter(|library| row.native_libs.iter().any(|pattern| matches_glob(pattern, &library.name)))
            .map(|library| Evidence::Native { library: library.path.clone(), symbol: String::new() })
            .take(4)
            .collect();
        let declared = declared(sources, row);
        let confidence = if classes > 0 {
            Confidence::High
        } else if !native.is_empty() && !row.native_libs.is_empty() {
            Confidence::Medium
        } else {
            Confidence::Low
        };
        reasons.extend(native);
        reasons.extend(declared);
        if !reasons.is_empty() {
            out.push(SdkFact { owner, vendor, row, confidence, classes, reasons });
        }
    }
    out.sort_by(|a, b| (&a.row.category, &a.row.id).cmp(&(&b.row.category, &b.row.id)));
    out
}

/// Components and meta-data of the manifest that are the product's.
fn declared(sources: &Sources<'_>, row: &SdkRow) -> Vec<Evidence> {
    let mut out = Vec::new();
    for component in &sources.app.components {
        // Names relative to the app's package are the app's own classes.
        let named = row.components.iter().any(|name| !name.starts_with('.') && (*name == component.name || name.ends_with('.') && component.name.starts_with(name.as_str())));
        if named {
            out.push(Evidence::Manifest { package: String::new(), element: component.kind.element().into(), name: component.name.clone(), line: component.line });
        }
    }
    for meta in &sources.app.manifest.meta_data {
        if row.meta_data.contains(&meta.name) {
            out.push(Evidence::Manifest { package: String::new(), element: "meta-data".into(), name: meta.name.clone(), line: meta.line });
        }
    }
    out.truncate(6);
    out
}

impl Facts<'_> {
    /// Third parties that may process personal information and whose code is there.
    pub fn collecting_sdks(&self) -> impl Iterator<Item = &SdkFact<'_>> {
        self.sdks.iter().filter(|sdk| sdk.row.collects && self.sources.owners.kind(sdk.owner) == OwnerKind::Sdk)
    }
}
