//! Where the platform enters the app: components, initialisers, layouts and what they name.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::constants::{self, Constant};
use super::dispatch::Dispatch;
use super::program::{BodyId, ClassId, Program};
use super::roles::Roles;
use crate::app::App;
use crate::app::manifest::{Component, ComponentKind};
use crate::formats::dex::RefKind;
use crate::knowledge::schema::CallRole;

/// A component with its class.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Index into [`App::components`]; `None` for the Application and initialisers.
    pub component: Option<u32>,
    /// Its class.
    pub class: ClassId,
}

/// What a layout brings to life.
#[derive(Debug, Default, Clone)]
pub(super) struct LayoutLinks {
    pub(super) classes: Vec<ClassId>,
    /// Screens that a navigation graph leads to later.
    pub(super) destinations: Vec<ClassId>,
    pub(super) handlers: Vec<String>,
    pub(super) includes: Vec<u32>,
}

/// Entry points of an app, and names by which code refers to its parts.
#[derive(Debug, Default)]
pub struct EntryPoints {
    /// Application class, if the app has its own.
    pub application: Option<ClassId>,
    /// Content providers in the order in which the process makes them.
    pub providers: Vec<Entry>,
    /// Initialisers that `androidx.startup` runs.
    pub initializers: Vec<ClassId>,
    /// The launcher's activity.
    pub launcher: Option<Entry>,
    /// Other activities.
    pub activities: Vec<Entry>,
    /// Services that others or the system start.
    pub services: Vec<Entry>,
    /// Services for the app's own use.
    pub private_services: Vec<Entry>,
    /// Receivers.
    pub receivers: Vec<Entry>,
    /// Components that the manifest disables and code can enable, by class, with the place in code.
    pub enabled_by: FxHashMap<ClassId, (BodyId, u32)>,
    pub(super) by_action: FxHashMap<String, Vec<ClassId>>,
    pub(super) components: FxHashMap<u32, ComponentKind>,
    pub(super) layouts: FxHashMap<u32, LayoutLinks>,
    pub(super) services_by_interface: FxHashMap<String, Vec<ClassId>>,
    /// Classes that XML resources name without being views, fragments or components.
    pub(super) configured: Vec<ClassId>,
}

/// Value of the meta-data that names an initialiser.
const STARTUP: &str = "androidx.startup";

fn class_of(program: &Program<'_>, component: &Component) -> Option<ClassId> {
    program.find_dotted(component.class())
}

impl EntryPoints {
    /// Finds them in what the app declares.
    pub(super) fn new(app: &App, program: &Program<'_>, dispatch: &Dispatch, roles: &Roles<'_>) -> Self {
        let mut out = Self { application: program.find_dotted(&app.manifest.application), ..Self::default() };
        out.enabled_by = enabled_by_code(app, program, dispatch, roles);
        let launcher = app.launcher().map(|launcher| launcher.name.clone());
        for (number, component) in (0u32..).zip(&app.components) {
            let Some(class) = class_of(program, component) else { continue };
            let entry = Entry { component: Some(number), class };
            out.components.insert(class.0, component.kind);
            for action in component.actions.iter().filter(|action| !action.starts_with("android.intent.action.MAIN")) {
                let list = out.by_action.entry(action.clone()).or_default();
                if !list.contains(&class) {
                    list.push(class);
                }
            }
            if !component.enabled && !out.enabled_by.contains_key(&class) {
                continue;
            }
            match component.kind {
                ComponentKind::Provider => out.providers.push(entry),
                ComponentKind::Receiver => out.receivers.push(entry),
                ComponentKind::Service if component.exported || !component.actions.is_empty() => {
                    out.services.push(entry);
                }
                ComponentKind::Service => out.private_services.push(entry),
                ComponentKind::Activity | ComponentKind::ActivityAlias => {
                    if launcher.as_deref() == Some(component.name.as_str()) {
                        out.launcher = Some(entry);
                    } else {
                        out.activities.push(entry);
                    }
                }
            }
        }
        let init_order = |entry: &Entry| {
            let line = entry.component.and_then(|number| app.components.get(number as usize)).map_or(0, |c| c.line);
            let order = app
                .manifest
                .elements
                .iter()
                .find(|element| element.line == line && element.name == "provider")
                .and_then(|element| element.attributes.get("initOrder")?.parse::<i64>().ok());
            std::cmp::Reverse(order.unwrap_or(0))
        };
        out.providers.sort_by_key(init_order);
        out.initializers = app
            .manifest
            .meta_data
            .iter()
            .filter(|data| data.value == STARTUP)
            .filter_map(|data| program.find_dotted(&data.name))
            .collect();
        out.configured =
            app.layouts.iter().flat_map(|layout| &layout.names).filter_map(|name| program.find_dotted(name)).collect();
        out.configured.sort_unstable();
        out.configured.dedup();
        let named = |name: &String| program.find_dotted(&app.class_name(name));
        for layout in app.layouts.iter().filter(|layout| layout.id != 0) {
            let links = out.layouts.entry(layout.id).or_default();
            links.classes.extend(layout.classes.iter().filter_map(named));
            links.destinations.extend(layout.later().map(|class| &class.name).filter_map(named));
            links.includes.extend(&layout.includes);
            links
                .handlers
                .extend(layout.texts.iter().filter(|text| text.attribute == "onClick").map(|text| text.text.clone()));
        }
        for (interface, names) in &app.services {
            let classes = names.iter().filter_map(|name| program.find_dotted(name)).collect();
            out.services_by_interface.insert(interface.clone(), classes);
        }
        out
    }
}

/// Disabled components whose class is named where code enables components, or calls a method that does.
fn enabled_by_code(
    app: &App,
    program: &Program<'_>,
    dispatch: &Dispatch,
    roles: &Roles<'_>,
) -> FxHashMap<ClassId, (BodyId, u32)> {
    let disabled: FxHashSet<ClassId> =
        app.components.iter().filter(|component| !component.enabled).filter_map(|c| class_of(program, c)).collect();
    let mut out = FxHashMap::default();
    if disabled.is_empty() {
        return out;
    }
    let calling: Vec<Vec<(BodyId, Vec<u32>)>> = program
        .body_tasks()
        .map(|bodies| {
            let units = |body: BodyId| -> Vec<u32> {
                roles.calls(program, body, CallRole::EnableComponent).map(|call| call.unit).collect()
            };
            bodies.map(|body| (body, units(body))).filter(|(_, units)| !units.is_empty()).collect()
        })
        .collect();
    // `COMPONENT_ENABLED_STATE_ENABLED` or what is not known.
    let enables = |body: BodyId, units: &[u32]| {
        constants::calls(program, body, units)
            .iter()
            .any(|call| !matches!(call.parameter(1), Some(Constant::Int(state)) if *state != 1))
    };
    let enabling: FxHashSet<u32> = calling
        .into_iter()
        .flatten()
        .filter(|(body, units)| enables(*body, units))
        .map(|(body, _)| program.body_number(body))
        .collect();
    if enabling.is_empty() {
        return out;
    }
    let callers = dispatch.calls_of(program, &enabling).into_iter().map(|call| program.body_number(call.body));
    let mut acting: Vec<u32> = enabling.iter().copied().chain(callers).collect();
    acting.sort_unstable();
    acting.dedup();
    for body in acting.into_iter().map(|number| program.body_at(number)) {
        let dex = program.dex_of(body);
        for reference in program.references(body) {
            let class = match reference.kind {
                RefKind::Class => program.class_of_type(dex, reference.index),
                RefKind::String => program
                    .dex(dex)
                    .and_then(|file| file.string(reference.index))
                    .and_then(|name| program.find_dotted(&name)),
                _ => None,
            };
            if let Some(class) = class.filter(|class| disabled.contains(class)) {
                out.entry(class).or_insert((body, reference.unit));
            }
        }
    }
    out
}
