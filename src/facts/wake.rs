//! What starts the app without its user, and what of other apps it starts.

use super::consent::Times;
use super::{Sources, site_evidence};
use crate::app::manifest::{Component, ComponentKind};
use crate::code::constants::{self, Constant};
use crate::code::{BodyId, EdgeKind, Phase, Tables};
use crate::evidence::{Evidence, OwnerKind};
use crate::formats::dex::RefKind;
use crate::knowledge::schema::{CallRole, WakeKind, WakeRow};
use crate::owners::OwnerId;

/// A receiver that runs without the user.
#[derive(Debug, Clone)]
pub struct SelfStartFact<'k> {
    /// Component name.
    pub component: String,
    /// Whose it is.
    pub owner: OwnerId,
    /// Events.
    pub events: Vec<&'k WakeRow>,
    /// The manifest element.
    pub place: Evidence,
    /// Where code enables it, when the manifest does not.
    pub enabled_by: Option<Evidence>,
    /// Where it starts a component of the app, if it does.
    pub starts: Option<Evidence>,
}

/// A component of another app that code starts.
#[derive(Debug, Clone)]
pub struct ForeignStartFact {
    /// Its class.
    pub class: String,
    /// Whose code starts it.
    pub owner: OwnerId,
    /// Where.
    pub evidence: Evidence,
}

/// A component that other apps with the same code look for and start, as this app does theirs.
#[derive(Debug, Clone)]
pub struct AllianceFact {
    /// The app's own component.
    pub component: String,
    /// The action by which they find each other.
    pub action: String,
    /// Whose code looks for the others.
    pub owner: OwnerId,
    /// Where it does.
    pub evidence: Evidence,
    /// The manifest element.
    pub place: Evidence,
}

/// Starts without the user.
#[derive(Debug, Default)]
pub struct WakeFacts<'k> {
    /// Receivers in manifest order.
    pub receivers: Vec<SelfStartFact<'k>>,
    /// Starts of other apps' components.
    pub foreign: Vec<ForeignStartFact>,
    /// Components by which apps wake each other.
    pub alliances: Vec<AllianceFact>,
    /// Methods that start a service or send a broadcast, whoever's.
    pub own_starts: usize,
}

/// Gathers both.
pub fn collect<'k>(sources: &Sources<'k>, times: &Times<'_, '_>, tables: &Tables<'_>) -> WakeFacts<'k> {
    let mut own_starts = 0;
    let foreign = foreign(sources, times, tables, &mut own_starts);
    WakeFacts {
        receivers: receivers(sources, times, tables),
        foreign,
        alliances: alliances(sources, tables),
        own_starts,
    }
}

fn receivers<'k>(sources: &Sources<'k>, times: &Times<'_, '_>, tables: &Tables<'_>) -> Vec<SelfStartFact<'k>> {
    let program = sources.program;
    let rows = sources.knowledge.wake();
    let mut out = Vec::new();
    for entry in &tables.entries().receivers {
        let Some(component) = entry.component.and_then(|number| sources.app.components.get(number as usize)) else {
            continue;
        };
        let events: Vec<&WakeRow> = rows
            .iter()
            .filter(|row| row.kind == WakeKind::SelfStart && component.actions.contains(&row.value))
            .collect();
        if events.is_empty() {
            continue;
        }
        let own: Vec<BodyId> = program.bodies_of(entry.class).collect();
        let starts = times.phases().closure(&own).into_iter().find_map(|body| {
            if sources.owners.kind(sources.owner_of(body)) == OwnerKind::Library {
                return None;
            }
            let reference = tables.roles().calls(program, body, CallRole::StartComponent).next()?;
            let name = program.method_name(program.dex_of(body), reference.index)?;
            Some(site_evidence(sources, body, reference.unit, &name.dotted()))
        });
        out.push(SelfStartFact {
            component: component.name.clone(),
            owner: sources.owners.of_name(&component.name),
            events,
            place: component.place(),
            enabled_by: tables
                .entries()
                .enabled_by
                .get(&entry.class)
                .filter(|_| !component.enabled)
                .map(|(body, unit)| site_evidence(sources, *body, *unit, &component.name)),
            starts,
        });
    }
    out
}

/// Components that other apps can start by an action by which code here looks for components of other apps: each
/// app with the same SDK wakes the others.
fn alliances(sources: &Sources<'_>, tables: &Tables<'_>) -> Vec<AllianceFact> {
    let program = sources.program;
    let system: Vec<&WakeRow> =
        sources.knowledge.wake().iter().filter(|row| row.kind != WakeKind::SystemPackage).collect();
    let open: Vec<(&Component, &str)> = sources
        .app
        .components
        .iter()
        .filter(|component| component.exported && component.permission.is_empty())
        .filter(|component| matches!(component.kind, ComponentKind::Service | ComponentKind::Receiver))
        .flat_map(|component| component.actions.iter().map(move |action| (component, action.as_str())))
        .filter(|(_, action)| !action.starts_with("android.") && system.iter().all(|row| row.value != *action))
        .collect();
    let mut out: Vec<AllianceFact> = Vec::new();
    if open.is_empty() {
        return out;
    }
    for class in program.class_ids() {
        for body in program.bodies_of(class) {
            let dex = program.dex_of(body);
            let with_role = |role: CallRole| tables.roles().calls(program, body, role).next();
            // SDKs that check the app's own manifest name its package.
            let Some(query) = with_role(CallRole::QueryComponents) else { continue };
            if with_role(CallRole::IntentPackage).is_some() {
                continue;
            }
            for reference in program.references(body).filter(|reference| reference.kind == RefKind::String) {
                let Some(text) = program.dex(dex).and_then(|file| file.string(reference.index)) else { continue };
                for (component, action) in open.iter().filter(|(_, action)| *action == text) {
                    if out.iter().all(|known| known.component != component.name) {
                        out.push(AllianceFact {
                            component: component.name.clone(),
                            action: (*action).to_owned(),
                            owner: sources.owners.of_class(class),
                            evidence: site_evidence(sources, body, query.unit, action),
                            place: component.place(),
                        });
                    }
                }
            }
        }
    }
    out
}

/// Services and receivers of other apps that code names and starts.
fn foreign(
    sources: &Sources<'_>,
    times: &Times<'_, '_>,
    tables: &Tables<'_>,
    count: &mut usize,
) -> Vec<ForeignStartFact> {
    let program = sources.program;
    let system: Vec<&str> = sources
        .knowledge
        .wake()
        .iter()
        .filter(|row| row.kind == WakeKind::SystemPackage)
        .map(|row| row.value.as_str())
        .collect();
    let is_system = |name: &str| {
        system
            .iter()
            .any(|prefix| name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
    };
    let mut out: Vec<ForeignStartFact> = Vec::new();
    for class in program.class_ids() {
        let owner = sources.owners.of_class(class);
        if sources.owners.kind(owner) == OwnerKind::Library {
            continue;
        }
        for body in program.bodies_of(class) {
            let dex = program.dex_of(body);
            let mut names = Vec::new();
            let mut starts = None;
            for reference in program.references(body).filter(|reference| reference.kind == RefKind::Invoke) {
                let Some(row) = tables.roles().of(dex, reference.index) else { continue };
                match row.role {
                    CallRole::Intent => names.push(reference.unit),
                    CallRole::StartComponent => {
                        let method = program.method_name(dex, reference.index).map(|name| name.name);
                        // Opening another app's screen is in the user's sight.
                        if method.is_some_and(|name| name.contains("Service") || name.contains("Broadcast")) {
                            starts = Some(reference.unit);
                        }
                    }
                    _ => {}
                }
            }
            *count = count.saturating_add(usize::from(starts.is_some()));
            let Some(start) = starts.filter(|_| !names.is_empty()) else { continue };
            // A login or payment that the user asked another app for.
            if times.phases().phases_of(body) == [Phase::UserAction] {
                continue;
            }
            for call in constants::calls(program, body, &names) {
                let texts: Vec<&str> = call
                    .arguments
                    .iter()
                    .filter_map(|argument| match argument {
                        Constant::Text(text) if text.contains('.') && !text.contains([' ', '/', ':']) => {
                            Some(text.as_str())
                        }
                        _ => None,
                    })
                    .collect();
                // A component is named by its package and class, in this order; a single text is an action.
                if call.arguments.len() < 3 {
                    continue;
                }
                let Some(name) = texts.last() else { continue };
                let own =
                    program.find_dotted(name).is_some() || texts.iter().any(|text| *text == sources.app.package());
                let last = name.rsplit('.').next().unwrap_or_default();
                // An SDK that names a part of itself, which this app left out, in a package that is not constant.
                let optional = texts.len() < 2
                    && sources.owners.kind(owner) == OwnerKind::Sdk
                    && sources.owners.of_name(name) == owner;
                if own
                    || optional
                    || texts.iter().any(|text| is_system(text))
                    || !last.starts_with(|c: char| c.is_ascii_uppercase())
                {
                    continue;
                }
                if !out.iter().any(|known| known.class == *name && known.owner == owner) {
                    out.push(ForeignStartFact {
                        class: (*name).to_owned(),
                        owner,
                        evidence: site_evidence(sources, body, start, name),
                    });
                }
            }
        }
    }
    out
}

/// The place with a call path that starts at a receiver or service of the manifest rather than at a listener, where
/// there is one.
pub fn starts_unseen(
    times: &Times<'_, '_>,
    sources: &Sources<'_>,
    (body, unit): (BodyId, u32),
    place: &Evidence,
) -> Option<Evidence> {
    let steps = times.phases().path(Phase::SystemEvent, body, unit);
    steps.last().filter(|step| step.kind == EdgeKind::Entry)?;
    let mut evidence = place.clone();
    if let Evidence::Code { path, .. } = &mut evidence {
        *path = steps.iter().map(|step| super::consent::call_step(sources, step)).collect();
    }
    Some(evidence)
}
