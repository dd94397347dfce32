//! Where the platform enters the app: components, initialisers, layouts and what they name.

use rustc_hash::FxHashMap;

use super::program::{ClassId, Program};
use crate::app::App;
use crate::app::manifest::{Component, ComponentKind};

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
    pub(super) by_action: FxHashMap<String, Vec<ClassId>>,
    pub(super) components: FxHashMap<u32, ComponentKind>,
    pub(super) layouts: FxHashMap<u32, LayoutLinks>,
    pub(super) services_by_interface: FxHashMap<String, Vec<ClassId>>,
}

/// Value of the meta-data that names an initialiser.
const STARTUP: &str = "androidx.startup";

fn class_of(program: &Program<'_>, component: &Component) -> Option<ClassId> {
    program.find_dotted(if component.target.is_empty() { &component.name } else { &component.target })
}

impl EntryPoints {
    /// Finds them in what the app declares.
    pub fn new(app: &App, program: &Program<'_>) -> Self {
        let mut out = Self { application: program.find_dotted(&app.manifest.application), ..Self::default() };
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
            if !component.enabled {
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
        for layout in app.layouts.iter().filter(|layout| layout.id != 0) {
            let links = out.layouts.entry(layout.id).or_default();
            links.classes.extend(layout.classes.iter().filter_map(|name| {
                let full = match name.strip_prefix('.') {
                    Some(_) => format!("{}{name}", app.package()),
                    None => name.clone(),
                };
                program.find_dotted(&full)
            }));
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
