//! What each declared permission is for: the code, component or string that could need it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::index::{CodeIndex, Tag};
use super::{Sources, code_evidence};
use crate::app::manifest::UsesPermission;
use crate::evidence::{Evidence, OwnerKind};
use crate::formats::dex::RefKind;
use crate::knowledge::schema::{PermissionApiKind, PermissionApiRow, PermissionKind, PermissionRow};
use crate::owners::OwnerId;

/// Most places kept for one permission and owner; the rest is counted.
const MAX_PLACES: usize = 8;

/// A declared permission with its uses.
#[derive(Debug, Clone)]
pub struct PermissionFact<'k> {
    /// As declared.
    pub declared: UsesPermission,
    /// What is known of it.
    pub row: Option<&'k PermissionRow>,
    /// Places that could need it, by owner.
    pub uses: Vec<(OwnerId, Vec<Evidence>)>,
    /// Some use has no owner: a constant in a table, a manifest filter, a native string.
    pub used_elsewhere: bool,
    /// Places that name it in a string (requests and checks).
    pub named: Vec<(OwnerId, Evidence)>,
}

impl PermissionFact<'_> {
    /// True when anything could need it.
    pub fn is_used(&self) -> bool {
        !self.uses.is_empty() || self.used_elsewhere
    }

    /// True for permissions that the user grants in a dialog or on a settings page.
    pub fn is_granted_by_user(&self) -> bool {
        self.row.is_some_and(|row| matches!(row.kind, PermissionKind::Runtime | PermissionKind::Special))
    }

    /// The manifest element.
    pub fn place(&self) -> Evidence {
        let element = if self.declared.sdk23 { "uses-permission-sdk-23" } else { "uses-permission" };
        Evidence::Manifest {
            package: String::new(),
            element: element.into(),
            name: self.declared.name.clone(),
            line: self.declared.line,
        }
    }
}

/// Joins declared permissions with what could need them, in manifest order without repeats.
pub fn collect<'k>(sources: &Sources<'k>, index: &CodeIndex) -> Vec<PermissionFact<'k>> {
    let mut out: Vec<PermissionFact<'k>> = Vec::new();
    let mut at: FxHashMap<&str, usize> = FxHashMap::default();
    for declared in &sources.app.permissions {
        if at.contains_key(declared.name.as_str()) {
            continue;
        }
        at.insert(&declared.name, out.len());
        out.push(PermissionFact {
            declared: declared.clone(),
            row: sources.knowledge.permission(&declared.name),
            uses: Vec::new(),
            used_elsewhere: false,
            named: Vec::new(),
        });
    }
    let apis = sources.knowledge.permission_apis();
    let pis = sources.knowledge.pi_apis();
    let guarded = |row: &PermissionApiRow| {
        row.permissions.iter().filter_map(|name| at.get(name.as_str()).copied()).collect::<Vec<usize>>()
    };
    // A constant of the platform stands for its address: reading, and writing, need permissions.
    let addresses: FxHashMap<u32, Vec<usize>> = (0u32..)
        .zip(pis)
        .filter(|(_, row)| row.value.starts_with("content://"))
        .map(|(index, row)| {
            let fitting = apis
                .iter()
                .filter(|api| api.kind == PermissionApiKind::ContentUri && row.value.starts_with(api.value.as_str()));
            (index, fitting.flat_map(&guarded).collect())
        })
        .collect();
    let wanted = |tag: Tag| -> Vec<usize> {
        match tag {
            Tag::PermissionApi(row) => apis.get(row as usize).map(&guarded).unwrap_or_default(),
            Tag::Pi(index) => {
                let own = pis.get(index as usize).and_then(|row| at.get(row.permission.as_str()).copied());
                own.into_iter().chain(addresses.get(&index).into_iter().flatten().copied()).collect()
            }
            _ => Vec::new(),
        }
    };
    for hit in &index.hits {
        let owner = sources.owner_of(hit.site.body);
        // Libraries that serve all apps list platform classes (`getSystemService(Class)`) without using them.
        if hit.site.kind == RefKind::Class && sources.owners.kind(owner) == OwnerKind::Library {
            continue;
        }
        if let Tag::PermissionName(row) = hit.tag {
            let slot = sources
                .knowledge
                .permissions()
                .get(row as usize)
                .and_then(|row| at.get(row.name.as_str()))
                .and_then(|slot| out.get_mut(*slot));
            if let Some(fact) = slot
                && fact.named.len() < MAX_PLACES
            {
                let evidence = code_evidence(sources, &hit.site, &format!("\"{}\"", fact.declared.name));
                fact.named.push((owner, evidence));
            }
            continue;
        }
        for slot in wanted(hit.tag) {
            let Some(fact) = out.get_mut(slot) else { continue };
            let place = fact.uses.iter().position(|(known, _)| *known == owner).unwrap_or_else(|| {
                fact.uses.push((owner, Vec::new()));
                fact.uses.len().saturating_sub(1)
            });
            if let Some((_, places)) = fact.uses.get_mut(place)
                && places.len() < MAX_PLACES
            {
                places.push(code_evidence(sources, &hit.site, &super::site_text(sources, &hit.site)));
            }
        }
    }
    for slot in elsewhere(sources, index, &wanted) {
        if let Some(fact) = out.get_mut(slot) {
            fact.used_elsewhere = true;
        }
    }
    out
}

/// Permissions needed by constants outside method bodies, by manifest filters and guards, and by
/// native code.
fn elsewhere(sources: &Sources<'_>, index: &CodeIndex, wanted: &dyn Fn(Tag) -> Vec<usize>) -> FxHashSet<usize> {
    let mut out = FxHashSet::default();
    for tags in index.strings.iter().flat_map(FxHashMap::values) {
        out.extend(tags.iter().flat_map(|tag| wanted(*tag)));
    }
    let apis = sources.knowledge.permission_apis();
    let actions: FxHashSet<&str> =
        sources.app.components.iter().flat_map(|component| component.actions.iter().map(String::as_str)).collect();
    let native: Vec<&str> = sources
        .app
        .native
        .iter()
        .flat_map(|library| library.strings.iter().map(String::as_str))
        .filter(|text| text.starts_with("content://"))
        .collect();
    for (row, api) in (0u32..).zip(apis) {
        if !api.value.is_empty()
            && (actions.contains(api.value.as_str()) || native.iter().any(|text| text.starts_with(api.value.as_str())))
        {
            out.extend(wanted(Tag::PermissionApi(row)));
        }
    }
    out
}
