//! `mingcha inspect`: what an app holds, as text or JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::args::{Format, InspectArgs, What};
use super::lists::{print, print_json};
use super::{Failure, graph, screens};
use crate::app::App;
use crate::app::resources::resource_id;
use crate::container::Input;
use crate::error::Error;
use crate::evidence::Owner;
use crate::facts::Sources;
use crate::formats::dex;
use crate::knowledge::Knowledge;
use crate::limits::Budget;
use crate::owners::{OwnerId, Reason};
use crate::report::text::{evidence_line, safe};
use crate::report::{EndpointSummary, Lang};
use crate::{Loaded, load};

pub(super) fn run(args: &InspectArgs, knowledge: &Knowledge, lang: Lang) -> Result<u8, Failure> {
    if args.what == What::Endpoints {
        return endpoints(args, knowledge, lang);
    }
    let limits = args.limits.limits();
    let budget = Budget::default();
    let input = Input::open(&args.app, &limits, &budget)?;
    let loaded = load(&input, &limits, &budget)?;
    let value = match args.what {
        What::Manifest => manifest(&loaded.app),
        What::Permissions => permissions(&loaded.app),
        What::Components => components(&loaded.app),
        What::Resources => resources(&input, &loaded.app)?,
        What::Strings => strings(&loaded.app),
        What::Classes => classes(&loaded)?,
        What::Native => native(&loaded.app),
        What::Certs => json!(loaded.app.signers),
        What::Callgraph | What::Paths | What::Phases => {
            let value = graph::inspect(args.what, args.to.as_deref(), loaded, knowledge)?;
            return match args.format {
                Format::Json => print_json(&value),
                Format::Text => print(&graph::shown(args.what, &value)),
            };
        }
        What::Ui | What::Surfaces | What::Clickpath => return screens::inspect(args, loaded, knowledge, lang),
        What::Owners => {
            let rows = crate::scan::attribute(loaded, knowledge, owners);
            return match args.format {
                Format::Json => print_json(&rows),
                Format::Text => print(&rows.iter().map(OwnerRow::line).collect::<String>()),
            };
        }
        What::Endpoints => Value::Null,
    };
    match args.format {
        Format::Json => print_json(&value),
        Format::Text => print(&shown(args.what, &loaded, &value, knowledge, lang)),
    }
}

fn endpoints(args: &InspectArgs, knowledge: &Knowledge, lang: Lang) -> Result<u8, Failure> {
    let options = crate::Options { lang, limits: args.limits.limits(), ..crate::Options::default() };
    let rows = crate::scan(&args.app, &options, knowledge)?.endpoints;
    if args.format == Format::Json {
        return print_json(&rows);
    }
    let line = |row: &EndpointSummary| {
        let owners = row.owners.iter().map(short);
        let party = row.belongs_to.as_ref().map_or("-", |party| &party.name);
        let country = if row.country.is_empty() { "-" } else { &row.country };
        let place = row.evidence.first().map(evidence_line).unwrap_or_default();
        let owners = owners.collect::<Vec<_>>().join(",");
        format!("{:<40} {country:<3} {:<28} {:<28} {}\n", safe(&row.host), party, owners, safe(&place))
    };
    print(&rows.iter().map(line).collect::<String>())
}

/// An owner's id, or its kind where it has none.
fn short(owner: &Owner) -> &str {
    if owner.id.is_empty() { owner.kind.as_str() } else { &owner.id }
}

/// Whose something is.
#[derive(serde::Serialize)]
struct OwnerRow {
    what: &'static str,
    name: String,
    owner: Owner,
    reason: &'static str,
}

impl OwnerRow {
    fn line(&self) -> String {
        format!("{:<11} {:<14} {:<28} {}\n", self.what, self.reason, short(&self.owner), safe(&self.name))
    }
}

fn owners(sources: &Sources<'_>) -> Vec<OwnerRow> {
    let (owners, app) = (sources.owners, sources.app);
    let row = |what, name: String, (owner, reason): (OwnerId, Reason)| OwnerRow {
        what,
        name,
        owner: owners.owner(owner),
        reason: reason.as_str(),
    };
    let mut classes: Vec<OwnerRow> = sources
        .program
        .class_ids()
        .map(|class| row("class", sources.program.class_name(class), (owners.of_class(class), owners.reason(class))))
        .collect();
    classes.sort_by(|a, b| a.name.cmp(&b.name));
    let components = app.components.iter().map(|it| row("component", it.name.clone(), owners.of_component(it)));
    let permissions =
        app.permissions.iter().map(|it| row("permission", it.name.clone(), owners.of_permission(&it.name)));
    let meta_data =
        app.manifest.meta_data.iter().map(|it| row("meta-data", it.name.clone(), owners.of_meta_data(&it.name)));
    let native = app.native.iter().map(|it| row("native", it.path.clone(), owners.of_native(it)));
    let assets = owners.of_assets(app, sources.program);
    let assets = app.assets.iter().zip(assets).map(|(it, owner)| row("asset", it.path.clone(), owner));
    let declared = components.chain(permissions).chain(meta_data).chain(native).chain(assets);
    declared.chain(classes).collect()
}

fn manifest(app: &App) -> Value {
    let manifest = &app.manifest;
    json!({
        "package": manifest.package,
        "split": manifest.split,
        "version_code": manifest.version_code,
        "version_name": manifest.version_name,
        "min_sdk": manifest.min_sdk,
        "target_sdk": manifest.target_sdk,
        "max_sdk": manifest.max_sdk,
        "label": app.label,
        "application": manifest.application,
        "debuggable": manifest.debuggable,
        "uses_cleartext_traffic": manifest.uses_cleartext_traffic,
        "splits": app.splits,
        "elements": manifest.elements,
    })
}

fn permissions(app: &App) -> Value {
    let uses = app.permissions.iter().map(|permission| json!({ "name": permission.name, "max_sdk": permission.max_sdk, "sdk23": permission.sdk23, "line": permission.line }));
    let declares = app
        .declared_permissions
        .iter()
        .map(|permission| json!({ "name": permission.name, "protection_level": permission.protection_level }));
    json!({ "uses": uses.collect::<Vec<_>>(), "declares": declares.collect::<Vec<_>>() })
}

fn components(app: &App) -> Value {
    app.components
        .iter()
        .map(|component| {
            json!({
                "kind": component.kind.element(),
                "name": component.name,
                "target": component.target,
                "exported": component.exported,
                "enabled": component.enabled,
                "permission": component.permission,
                "read_permission": component.read_permission,
                "write_permission": component.write_permission,
                "process": component.process,
                "authorities": component.authorities,
                "actions": component.actions,
                "categories": component.categories,
                "line": component.line,
            })
        })
        .collect()
}

fn resources(input: &Input, app: &App) -> Result<Value, Failure> {
    let layouts: Vec<Value> = app
        .layouts
        .iter()
        .map(|layout| json!({ "file": layout.file, "texts": layout.texts.len(), "classes": layout.classes }))
        .collect();
    let mut types = std::collections::BTreeMap::new();
    let (limits, budget) = (crate::limits::Limits::default(), Budget::default());
    for package in &input.packages {
        let Some(entry) = package.archive.find("resources.arsc") else { continue };
        let data = package.archive.read(entry, &limits, &budget)?;
        let table = crate::formats::arsc::parse(&data)
            .map_err(|source| Error::Format { entry: "resources.arsc".into(), source })?;
        for (kind, count) in table.value.type_counts() {
            let slot: &mut usize = types.entry(kind).or_default();
            *slot = slot.saturating_add(count);
        }
    }
    Ok(json!({ "packages": app.resources.packages, "types": types, "layouts": layouts }))
}

fn strings(app: &App) -> Value {
    let rows = app.resources.strings.iter().map(|resource| {
        json!({ "id": resource_id(resource.id), "kind": resource.kind, "name": resource.name, "default": resource.text(""), "zh": resource.text("zh"), "en": resource.text("en") })
    });
    rows.collect()
}

fn classes(loaded: &Loaded) -> Result<Value, Failure> {
    let mut files = Vec::new();
    let mut names = Vec::new();
    for bytes in &loaded.dexes {
        let decoded =
            dex::parse(bytes.data()).map_err(|source| Error::Format { entry: bytes.place.clone(), source })?;
        for dex in decoded.value {
            files.push(json!({
                "place": bytes.place,
                "version": dex.version,
                "strings": dex.string_count(),
                "types": dex.type_count(),
                "protos": dex.proto_count(),
                "fields": dex.field_count(),
                "methods": dex.method_count(),
                "classes": dex.class_count(),
            }));
            names.extend(
                dex.classes().filter_map(|class| dex.type_descriptor(class.class).map(|name| name.into_owned())),
            );
        }
    }
    names.sort();
    names.dedup();
    Ok(json!({ "dex": files, "classes": names }))
}

fn native(app: &App) -> Value {
    let rows = app.native.iter().map(|library| {
        json!({ "path": library.path, "abi": library.abi, "machine": library.machine, "needed": library.needed, "jni_exports": library.jni_exports, "exports": library.exports, "strings": library.strings })
    });
    rows.collect()
}

/// The same as text: one line a thing.
fn shown(what: What, loaded: &Loaded, value: &Value, knowledge: &Knowledge, lang: Lang) -> String {
    let mut out = String::new();
    let app = &loaded.app;
    match what {
        What::Manifest => {
            for element in &app.manifest.elements {
                let attributes: Vec<String> =
                    element.attributes.iter().map(|(name, value)| format!("{name}={:?}", safe(value))).collect();
                let _ = writeln!(
                    out,
                    "{:>5}  {}{} {}",
                    element.line,
                    "  ".repeat(element.depth as usize),
                    safe(&element.name),
                    attributes.join(" ")
                );
            }
        }
        What::Permissions => {
            for permission in &app.permissions {
                let label = knowledge
                    .permission(&permission.name)
                    .map(|row| lang.pick(&row.label_zh, &row.label_en).to_owned())
                    .unwrap_or_default();
                let max = permission.max_sdk.map(|max| format!("  maxSdk={max}")).unwrap_or_default();
                let _ = writeln!(out, "{:>5}  {}{max}  {label}", permission.line, safe(&permission.name));
            }
        }
        What::Components => {
            for component in &app.components {
                let exported = if component.exported { "exported" } else { "-" };
                let _ = writeln!(
                    out,
                    "{:>5}  {:<15}{:<10}{}",
                    component.line,
                    component.kind.element(),
                    exported,
                    safe(&component.name)
                );
            }
        }
        What::Strings => {
            for resource in &app.resources.strings {
                let text = match lang {
                    Lang::Zh => resource.text("zh"),
                    Lang::En => resource.text("en"),
                };
                let _ = writeln!(
                    out,
                    "{}  {}/{}  {}",
                    resource_id(resource.id),
                    safe(&resource.kind),
                    safe(&resource.name),
                    safe(text)
                );
            }
        }
        What::Native => {
            for library in &app.native {
                let _ = writeln!(
                    out,
                    "{}  {}  exports {}  JNI {}  needs {}",
                    safe(&library.path),
                    library.machine,
                    library.exports,
                    library.jni_exports.len(),
                    library.needed.join(" ")
                );
            }
        }
        What::Classes => {
            for name in value.get("classes").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
                let _ = writeln!(out, "{}", safe(&crate::code::display_class(name)));
            }
        }
        What::Certs => {
            for signer in &app.signers {
                let certificate = &signer.certificate;
                let _ = writeln!(out, "{}  {}", signer.schemes.join("+"), safe(&certificate.subject));
                let rows = [
                    ("SHA-256", &certificate.sha256),
                    ("SHA-1", &certificate.sha1),
                    ("MD5", &certificate.md5),
                    ("from", &certificate.not_before),
                    ("to", &certificate.not_after),
                ];
                for (label, text) in rows {
                    let _ = writeln!(out, "  {label:<11}{text}");
                }
                let _ = writeln!(
                    out,
                    "  {:<11}{} {} {}",
                    "public key", certificate.public_key_algorithm, certificate.public_key_bits, certificate.public_key
                );
            }
        }
        What::Resources => {
            for (kind, count) in value.get("types").and_then(Value::as_object).into_iter().flatten() {
                let _ = writeln!(out, "{kind:<20}{count:>8}");
            }
        }
        What::Endpoints
        | What::Owners
        | What::Callgraph
        | What::Paths
        | What::Phases
        | What::Ui
        | What::Surfaces
        | What::Clickpath => {}
    }
    out
}
