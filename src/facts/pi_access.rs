//! Which code obtains which kind of personal information.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::consent::{Occurrence, Times};
use super::index::{CodeIndex, Hit, Tag};
use super::{Sources, body_evidence, code_evidence};
use crate::code::constants::{self, Call};
use crate::code::{BodyId, EdgeKind};
use crate::evidence::Evidence;
use crate::formats::dex::RefKind;
use crate::knowledge::schema::{CallRole, PiApiKind, PiApiRow};
use crate::owners::{OwnerId, UNKNOWN};

/// Most places of one item and owner whose call path is told.
const MAX_PATHS: usize = 32;

/// One place that obtains an item.
#[derive(Debug, Clone)]
pub struct PiAccess {
    /// How: the API's Chinese label, or its name where it has none.
    pub api: String,
    /// Finer id within the item.
    pub detail: String,
    /// Checked against the platform and sensitive by itself; else a hint.
    pub certain: bool,
    /// The place.
    pub evidence: Evidence,
    /// The method body, `None` for manifest entries.
    pub body: Option<BodyId>,
    /// When it can run.
    pub when: Occurrence,
    /// Permission that the call needs; empty when none.
    pub permission: String,
    /// The method itself takes the item: a call, or a constant that the same method puts to use.
    pub is_immediate: bool,
    /// On every system that the app runs on, the platform answers with a dummy or with the app's own data.
    pub yields_nothing: bool,
    /// The item is brought to a method of the app's later.
    pub is_callback: bool,
    /// Where a receiver or service of the manifest gets here without the user, when asked for.
    pub unseen: Option<Evidence>,
    /// What makes it run again and again, e.g. `onResume`, when nothing on the way keeps the value.
    pub repeated_by: Option<String>,
}

/// All accesses of one item by one owner.
#[derive(Debug, Clone)]
pub struct PiFact {
    /// Taxonomy id.
    pub item: String,
    /// Whose code.
    pub owner: OwnerId,
    /// The places, in program order.
    pub accesses: Vec<PiAccess>,
}

impl PiFact {
    /// True when at least one place is certain and may yield the item.
    pub fn is_certain(&self) -> bool {
        self.accesses.iter().any(|access| access.certain && !access.yields_nothing)
    }
}

/// Groups all accesses by item and owner, items in taxonomy order.
pub fn collect(sources: &Sources<'_>, index: &CodeIndex, times: &Times<'_, '_>) -> Vec<PiFact> {
    let rows = sources.knowledge.pi_apis();
    let calls = constant_calls(sources, index);
    let mut found: BTreeMap<(usize, OwnerId), Vec<PiAccess>> = BTreeMap::new();
    let order: FxHashMap<&str, usize> =
        sources.knowledge.items().iter().enumerate().map(|(index, item)| (item.id.as_str(), index)).collect();
    let items_in_background: FxHashSet<usize> =
        (0..).zip(sources.knowledge.items()).filter(|(_, item)| item.background).map(|(index, _)| index).collect();
    let mut seen: FxHashSet<(usize, OwnerId, Evidence)> = FxHashSet::default();
    let mut add = |row: &PiApiRow, owner: OwnerId, place: Option<(BodyId, u32)>, mut evidence: Evidence| {
        let Some(item) = order.get(row.item.as_str()) else { return };
        let is_merged = is_merged(sources, &row.item, owner);
        let owner = if is_merged { UNKNOWN } else { owner };
        if let Evidence::Code { owner: named, .. } = &mut evidence
            && is_merged
        {
            *named = sources.owners.owner(owner);
        }
        let api = if row.zh.is_empty() { format!("{}.{}", row.class, row.name) } else { row.zh.clone() };
        if !seen.insert((*item, owner, evidence.clone())) {
            return;
        }
        let list = found.entry((*item, owner)).or_default();
        let mut when = place.map(|(body, unit)| times.of(sources, body, unit)).unwrap_or_default();
        if list.len() < MAX_PATHS
            && let Some((body, unit)) = place
        {
            times.trace(sources, body, unit, &mut when);
        }
        if let Evidence::Code { path, .. } = &mut evidence {
            path.clone_from(&when.path);
        }
        let yields_nothing = row.api_max.is_some_and(|last| sources.app.manifest.min_sdk.unwrap_or(1) > last);
        let repeated_by = repetition(sources, &when).filter(|_| !yields_nothing);
        let unseen = place
            .filter(|_| items_in_background.contains(item) && !yields_nothing)
            .and_then(|place| super::wake::starts_unseen(times, sources, place, &evidence));
        list.push(PiAccess {
            repeated_by,
            api,
            detail: row.detail.clone(),
            certain: row.sensitive,
            evidence,
            body: place.map(|(body, _)| body),
            when,
            permission: row.permission.clone(),
            yields_nothing,
            is_callback: row.callback,
            is_immediate: place.is_some_and(|(body, _)| is_immediate(sources, index, row, body)),
            unseen,
        });
    };
    for hit in &index.hits {
        for row in matched_rows(sources, index, hit, rows, &calls) {
            add(
                row,
                sources.owner_of(hit.site.body),
                Some((hit.site.body, hit.site.unit)),
                code_evidence(sources, &hit.site, &refers_to(sources, hit, row)),
            );
        }
    }
    for (row, body) in &index.overrides {
        if let Some(row) = rows.get(*row as usize) {
            add(
                row,
                sources.owner_of(*body),
                Some((*body, 0)),
                body_evidence(sources, *body, &format!("{}.{}", row.class, row.name)),
            );
        }
    }
    for component in &sources.app.components {
        for row in
            rows.iter().filter(|row| row.kind == PiApiKind::IntentAction && row.sensitive && !row.item.is_empty())
        {
            let receives = row.note.contains("direction=receive") || row.note.contains("direction=service");
            if receives && component.actions.contains(&row.value) {
                let evidence = Evidence::Manifest {
                    package: String::new(),
                    element: component.kind.element().into(),
                    name: format!("{} ← {}", component.name, row.value),
                    line: component.line,
                };
                add(row, sources.owners.of_name(&component.name), None, evidence);
            }
        }
    }
    let items = sources.knowledge.items();
    found
        .into_iter()
        .filter_map(|((item, owner), accesses)| Some(PiFact { item: items.get(item)?.id.clone(), owner, accesses }))
        .collect()
}

/// Items of this group no toolkit takes.
const IDENTIFIERS: &str = "identifier";

/// True when an identifier is read in a class of a toolkit, none of which reads any: a shrinker has merged classes, and
/// whose the code was cannot be told from the name.
fn is_merged(sources: &Sources<'_>, item: &str, owner: OwnerId) -> bool {
    sources.owners.row(owner).is_some_and(|(_, row)| row.toolkit)
        && sources.knowledge.item(item).is_some_and(|row| row.timing == IDENTIFIERS)
}

/// The callback on the way that runs again and again.
pub(super) fn repetition(sources: &Sources<'_>, when: &Occurrence) -> Option<String> {
    let program = sources.program;
    let framework = sources.knowledge.framework();
    // Near the access: a value that is kept is not read again.
    if when.steps.iter().take(4).any(|step| keeps_a_value(sources, step.body)) {
        return None;
    }
    let rows: Vec<_> = sources
        .knowledge
        .calls()
        .iter()
        .filter(|row| matches!(row.role, CallRole::Again | CallRole::RepeatedTask))
        .collect();
    when.steps.iter().find_map(|step| {
        let name = program.body_name(step.body)?;
        let class = program.descriptor(program.body(step.body)?.class);
        let row =
            rows.iter().find(|row| row.names.contains(&name.name) && program.inherits(class, &row.class, framework))?;
        // The screen's own callback runs again, not one that its `onCreate` calls by hand.
        let by_platform =
            row.role == CallRole::RepeatedTask || matches!(step.kind, EdgeKind::Entry | EdgeKind::HandOff);
        by_platform.then(|| name.dotted())
    })
}

/// A method that reads a field and sets it is a cache.
fn keeps_a_value(sources: &Sources<'_>, body: BodyId) -> bool {
    let read: FxHashSet<u32> = sources
        .program
        .references(body)
        .filter(|reference| reference.kind == RefKind::FieldGet)
        .map(|reference| reference.index)
        .collect();
    let mut all = sources.program.references(body);
    all.any(|reference| reference.kind == RefKind::FieldPut && read.contains(&reference.index))
}

/// A callback brings the item later, and a constant may be used elsewhere in the class.
fn is_immediate(sources: &Sources<'_>, index: &CodeIndex, row: &PiApiRow, body: BodyId) -> bool {
    match row.kind {
        PiApiKind::Method | PiApiKind::Binder => !row.callback,
        PiApiKind::SettingsKey => true,
        PiApiKind::Field => {
            !row.value.starts_with("content://") || index.body_accesses(body, PiApiKind::ContentUri, sources.knowledge)
        }
        kind => index.body_accesses(body, kind, sources.knowledge),
    }
}

fn refers_to(sources: &Sources<'_>, hit: &Hit, row: &PiApiRow) -> String {
    match row.kind {
        PiApiKind::Method | PiApiKind::Binder => match sources.program.method_name(hit.site.dex, hit.site.index) {
            Some(name) if row.value.is_empty() || row.kind == PiApiKind::Binder => name.dotted(),
            Some(name) => format!("{}.{}(\"{}\")", name.class, name.name, row.value),
            None => format!("{}.{}", row.class, row.name),
        },
        PiApiKind::SettingsKey => format!("{}.getString(\"{}\")", row.class, row.value),
        PiApiKind::Field => format!("{}.{}", row.class, row.name),
        _ => format!("\"{}\"", row.value),
    }
}

/// The rows that a hit proves, after looking at arguments and at what the class does with constants.
fn matched_rows<'k>(
    sources: &Sources<'_>,
    index: &CodeIndex,
    hit: &Hit,
    rows: &'k [PiApiRow],
    calls: &FxHashMap<(BodyId, u32), Call>,
) -> Vec<&'k PiApiRow> {
    match hit.tag {
        Tag::Pi(row) => {
            let Some(row) = rows.get(row as usize).filter(|row| !row.item.is_empty()) else { return Vec::new() };
            let proven = match row.kind {
                PiApiKind::Method if row.arg.is_some() && (!row.value.is_empty() || row.arg_int.is_some()) => {
                    calls.get(&(hit.site.body, hit.site.unit)).is_some_and(|call| argument_fits(call, row))
                }
                PiApiKind::Method | PiApiKind::Binder => true,
                // Reading the address of a table is an access only where the class queries.
                PiApiKind::Field => {
                    !row.value.starts_with("content://")
                        || index.class_accesses(
                            sources.program,
                            hit.site.body,
                            PiApiKind::ContentUri,
                            sources.knowledge,
                        )
                }
                PiApiKind::IntentAction => {
                    !row.note.contains("direction=start")
                        && row.sensitive
                        && index.class_accesses(sources.program, hit.site.body, row.kind, sources.knowledge)
                }
                kind => index.class_accesses(sources.program, hit.site.body, kind, sources.knowledge),
            };
            if proven { vec![row] } else { Vec::new() }
        }
        Tag::Settings => {
            let Some(call) = calls.get(&(hit.site.body, hit.site.unit)) else { return Vec::new() };
            let Some(method) = sources
                .program
                .method_name(hit.site.dex, hit.site.index)
                .filter(|method| method.name.starts_with("get"))
            else {
                return Vec::new();
            };
            let texts: Vec<&str> = call.arguments.iter().flat_map(|argument| argument.texts()).collect();
            rows.iter()
                .filter(|row| {
                    row.kind == PiApiKind::SettingsKey
                        && !row.item.is_empty()
                        && row.class == method.class
                        && texts.contains(&row.value.as_str())
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

fn argument_fits(call: &Call, row: &PiApiRow) -> bool {
    let argument = row.arg.and_then(|arg| u32::try_from(arg).ok()).and_then(|arg| call.parameter(arg));
    match argument {
        Some(constants::Constant::Text(text)) => !row.value.is_empty() && *text == row.value,
        Some(constants::Constant::Int(number)) => row.arg_int == Some(*number),
        _ => false,
    }
}

/// Arguments of the calls whose meaning depends on a constant.
fn constant_calls(sources: &Sources<'_>, index: &CodeIndex) -> FxHashMap<(BodyId, u32), Call> {
    let rows = sources.knowledge.pi_apis();
    let mut wanted: BTreeMap<BodyId, Vec<u32>> = BTreeMap::new();
    for hit in &index.hits {
        let needs = match hit.tag {
            Tag::Settings => true,
            Tag::Pi(row) => rows
                .get(row as usize)
                .is_some_and(|row| row.kind == PiApiKind::Method && row.arg.is_some() && !row.item.is_empty()),
            _ => false,
        };
        if needs {
            wanted.entry(hit.site.body).or_default().push(hit.site.unit);
        }
    }
    let wanted: Vec<_> = wanted.into_iter().collect();
    wanted
        .into_par_iter()
        .flat_map_iter(|(body, mut units)| {
            units.sort_unstable();
            units.dedup();
            constants::calls(sources.program, body, &units).into_iter().map(move |call| ((body, call.unit), call))
        })
        .collect()
}
