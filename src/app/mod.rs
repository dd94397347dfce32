//! What an app declares: one [`App`] assembled from base and splits.
//!
//! Owns manifest, components, permissions, texts, layouts, signers, native libraries and assets,
//! with names resolved against the resource table. `exported` is computed here because the platform
//! defines it. Judges nothing, and knows nothing of bytecode.

#![forbid(unsafe_code)]

mod addresses;
pub mod artifacts;
pub mod manifest;
pub mod native;
pub mod network_config;
pub mod resources;
mod script_texts;
pub mod signers;
mod text_files;

use rayon::prelude::*;

use crate::container::{Archive, Entry, Input};
use crate::date::Date;
use crate::error::{Error, Result};
use crate::evidence::Anomaly;
use crate::formats::{Flaw, arsc, axml};
use crate::limits::{Budget, Limits};
use manifest::{Component, DeclaredPermission, Manifest, UsesPermission};
use native::NativeLibrary;
use network_config::NetworkConfig;
use resources::{Layout, Resources, Texts};
use signers::Signer;

/// A list of service implementations is a few lines.
const MAX_SERVICE_FILE_BYTES: u64 = 64 << 10;

/// How a compiled XML file begins.
const AXML_START: &[u8] = &[0x03, 0x00, 0x08, 0x00];

/// A file of the package that is neither code, manifest nor resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Entry path, e.g. `assets/www/index.html`.
    pub path: String,
    /// Inflated size as the archive claims it.
    pub size_bytes: u64,
    /// Web addresses that it uses, for text files.
    pub addresses: Vec<String>,
    /// Texts with Chinese that it shows, for scripts and pages.
    pub texts: Vec<String>,
}

impl Asset {
    /// The name by which code opens it: the path within `assets/`.
    pub fn name(&self) -> &str {
        self.path.strip_prefix("assets/").unwrap_or(&self.path)
    }
}

/// Everything an app declares.
#[derive(Debug, Default)]
pub struct App {
    /// The base manifest.
    pub manifest: Manifest,
    /// Name shown to the user.
    pub label: Texts,
    /// Permissions the app asks for, over base and splits, in manifest order.
    pub permissions: Vec<UsesPermission>,
    /// Permissions the app defines.
    pub declared_permissions: Vec<DeclaredPermission>,
    /// Components, over base and splits, in manifest order.
    pub components: Vec<Component>,
    /// Texts and resource names.
    pub resources: Resources,
    /// Layouts and other XML resources that carry texts or class names.
    pub layouts: Vec<Layout>,
    /// The network security configuration, when there is one.
    pub network_config: Option<NetworkConfig>,
    /// Who signed the base.
    pub signers: Vec<Signer>,
    /// Native libraries of all ABIs.
    pub native: Vec<NativeLibrary>,
    /// Every other entry.
    pub assets: Vec<Asset>,
    /// Entries other than `classes*.dex` that begin like a DEX file or a package.
    pub embedded_code: Vec<String>,
    /// Implementations that `META-INF/services` names, by interface.
    pub services: Vec<(String, Vec<String>)>,
    /// Versions of libraries that build tools left in the package.
    pub artifacts: Vec<artifacts::Artifact>,
    /// Split names, base first as an empty name.
    pub splits: Vec<String>,
    /// The youngest entry of the package and its day; `None` where the archive carries no dates of its making.
    pub youngest: Option<(Date, String)>,
    /// Parts that could not be read, each with the reason. A rule that needs them cannot pass.
    pub incomplete: Vec<String>,
    /// What was tolerated.
    pub anomalies: Vec<Anomaly>,
}

impl App {
    /// The resolved package name.
    pub fn package(&self) -> &str {
        &self.manifest.package
    }

    /// A class as attributes name it: the package may be left out before a dot.
    pub fn class_name(&self, name: &str) -> String {
        if name.starts_with('.') { format!("{}{name}", self.package()) } else { name.to_owned() }
    }

    /// Effective target SDK: the manifest's, else its min SDK, else 1 (`PackageParser`).
    pub fn target_sdk(&self) -> u32 {
        self.manifest.target_sdk.or(self.manifest.min_sdk).unwrap_or(1)
    }

    /// The activity or alias that the launcher shows.
    pub fn launcher(&self) -> Option<&Component> {
        self.components.iter().find(|component| component.is_launcher())
    }
}

/// Day and name of an entry. Build tools write fixed days instead of that of the build: 1980 and 1981, and signing
/// tools of the platform the last ones of February 2008 and the first of 2009.
fn dated(entry: &Entry) -> Option<(Date, String)> {
    let date = u32::from(entry.dos_date);
    let year = u16::try_from((date >> 9).saturating_add(1980)).ok()?;
    let date = Date::of(year, u8::try_from(date >> 5 & 15).ok()?, u8::try_from(date & 31).ok()?)?;
    (Some(date) > Date::of(2009, 1, 1)).then(|| (date, entry.name.clone()))
}

/// Records decoder flaws of an entry as anomalies.
pub(crate) fn note_flaws(out: &mut Vec<Anomaly>, place: &str, flaws: Vec<Flaw>) {
    out.extend(flaws.into_iter().map(|flaw| Anomaly {
        kind: flaw.kind.into(),
        place: place.into(),
        offset: Some(flaw.offset as u64),
        detail: flaw.detail,
    }));
}

/// Reads what all packages of an input declare. Native libraries and layouts are read in parallel.
///
/// # Errors
/// [`Error::NotAnApp`] or [`Error::Format`] when the base manifest cannot be read: Android would
/// refuse such a package. A resource table, layout, library or signature that is broken or past a limit
/// is recorded in [`App::incomplete`] instead.
pub fn read(input: &Input, limits: &Limits, budget: &Budget) -> Result<App> {
    let mut app = App::default();
    let base = input.packages.first().ok_or_else(|| Error::NotAnApp {
        path: input.path.to_string_lossy().into_owned(),
        detail: "no package".into(),
        cure: String::new(),
    })?;
    for (number, package) in input.packages.iter().enumerate() {
        read_package(&package.archive, number == 0, limits, budget, &mut app)?;
    }
    app.signers = signers::read(&base.archive, limits, budget, &mut app.anomalies);
    app.youngest = input.packages.iter().flat_map(|package| package.archive.entries()).filter_map(dated).max();
    for package in &input.packages {
        app.anomalies.extend(package.archive.anomalies());
    }
    Ok(app)
}

fn read_package(archive: &Archive, is_base: bool, limits: &Limits, budget: &Budget, app: &mut App) -> Result<()> {
    let table_bytes = match archive.find("resources.arsc").map(|entry| archive.read(entry, limits, budget)) {
        Some(Ok(bytes)) => Some(bytes),
        Some(Err(error)) => {
            app.incomplete.push(format!("resources.arsc: {error}"));
            None
        }
        None => None,
    };
    let table = match table_bytes.as_deref().map(arsc::parse) {
        Some(Ok(decoded)) => {
            note_flaws(&mut app.anomalies, "resources.arsc", decoded.flaws);
            decoded.value
        }
        Some(Err(error)) => {
            app.incomplete.push(format!("resources.arsc: {error}"));
            arsc::Arsc::default()
        }
        None => arsc::Arsc::default(),
    };
    read_manifest(archive, is_base, &table, limits, budget, app)?;
    app.resources.add(&table);
    if is_base && let Some(id) = app.manifest.network_security_config {
        read_network_config(archive, &table, id, limits, budget, app);
    }
    let xml: Vec<_> = archive
        .entries()
        .iter()
        .filter(|entry| entry.name.starts_with("res/") && entry.name.ends_with(".xml"))
        .collect();
    let read: Vec<_> = xml
        .par_iter()
        .map(|entry| match archive.read(entry, limits, budget) {
            // Raw files are not compiled: text there is as it should be.
            Ok(bytes) if entry.name.starts_with("res/raw") && !bytes.starts_with(AXML_START) => Ok((None, Vec::new())),
            Ok(bytes) => {
                resources::layout(&entry.name, &bytes, &table).map_err(|error| format!("{}: {error}", entry.name))
            }
            Err(error) => Err(error.to_string()),
        })
        .collect();
    for layout in read {
        match layout {
            Ok((Some(mut layout), flaws)) => {
                layout.id = app.resources.files.get(&layout.file).copied().unwrap_or(0);
                note_flaws(&mut app.anomalies, &layout.file, flaws);
                app.layouts.push(layout);
            }
            Ok((None, _)) => {}
            Err(reason) => app.incomplete.push(reason),
        }
    }
    native::read(archive, limits, budget, app);
    for entry in archive.entries() {
        let Some(interface) = entry.name.strip_prefix("META-INF/services/") else { continue };
        if interface.is_empty() || entry.uncompressed_bytes > MAX_SERVICE_FILE_BYTES {
            continue;
        }
        if let Ok(bytes) = archive.read(entry, limits, budget) {
            let text = String::from_utf8_lossy(&bytes);
            let names = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim().to_owned());
            app.services.push((interface.to_owned(), names.filter(|name| !name.is_empty()).collect()));
        }
    }
    app.artifacts.extend(artifacts::read(archive, limits, budget));
    app.embedded_code.extend(embedded_code(archive));
    let first = app.assets.len();
    for entry in archive.entries() {
        let name = &entry.name;
        let known = name == "AndroidManifest.xml"
            || name == "resources.arsc"
            || name.starts_with("res/")
            || name.starts_with("lib/")
            || name.starts_with("META-INF/")
            || name.ends_with('/');
        let is_code = name.starts_with("classes") && name.ends_with(".dex");
        if !known && !is_code {
            let size_bytes = entry.uncompressed_bytes;
            app.assets.push(Asset { path: name.clone(), size_bytes, addresses: Vec::new(), texts: Vec::new() });
        }
    }
    text_files::read(archive, limits, budget, app.assets.get_mut(first..).unwrap_or_default());
    Ok(())
}

/// Files that hold code under another name, by their first bytes.
fn embedded_code(archive: &Archive) -> Vec<String> {
    let is_other = |name: &str| {
        !(name.starts_with("classes") && name.ends_with(".dex"))
            && (name.starts_with("assets/") || name.starts_with("res/raw") || !name.contains('/'))
    };
    let candidates: Vec<_> =
        archive.entries().iter().filter(|entry| entry.uncompressed_bytes >= 112 && is_other(&entry.name)).collect();
    let found = candidates.par_iter().filter(|entry| {
        let head = archive.peek(entry);
        let is_package =
            head.starts_with(b"PK\x03\x04") && [".apk", ".jar", ".dex"].iter().any(|end| entry.name.ends_with(end));
        head.starts_with(b"dex\n0") || is_package
    });
    found.map(|entry| entry.name.clone()).collect()
}

fn read_manifest(
    archive: &Archive,
    is_base: bool,
    table: &arsc::Arsc<'_>,
    limits: &Limits,
    budget: &Budget,
    app: &mut App,
) -> Result<()> {
    const NAME: &str = "AndroidManifest.xml";
    let Some(entry) = archive.find(NAME) else {
        return Err(Error::NotAnApp {
            path: archive.path.clone(),
            detail: "no AndroidManifest.xml inside".into(),
            cure: "Give an .apk, .apks, .xapk, .apkm or a folder of split APKs".into(),
        });
    };
    let bytes = archive.read(entry, limits, budget)?;
    let place = || format!("{}!{NAME}", archive.path);
    let decoded = axml::parse(&bytes).map_err(|source| Error::Format { entry: place(), source })?;
    note_flaws(&mut app.anomalies, NAME, decoded.flaws);
    let manifest = Manifest::read(&decoded.value, table, &mut app.anomalies);
    if is_base && manifest.package.is_empty() {
        return Err(Error::NotAnApp {
            path: archive.path.clone(),
            detail: "its manifest names no package".into(),
            cure: "Give the base APK of the set".into(),
        });
    }
    app.splits.push(manifest.split.clone());
    for permission in &manifest.permissions {
        if !app.permissions.contains(permission) {
            app.permissions.push(permission.clone());
        }
    }
    app.declared_permissions.extend(manifest.declared_permissions.iter().cloned());
    for component in &manifest.components {
        if is_base || !app.components.iter().any(|known| known.kind == component.kind && known.name == component.name) {
            app.components.push(component.clone());
        }
    }
    if is_base {
        app.label = manifest.label.clone();
        app.manifest = manifest;
    }
    Ok(())
}

fn read_network_config(
    archive: &Archive,
    table: &arsc::Arsc<'_>,
    id: u32,
    limits: &Limits,
    budget: &Budget,
    app: &mut App,
) {
    let Some(file) = table.text(id, "") else {
        app.incomplete.push(format!("network security config {id:#010x}: not in the resource table"));
        return;
    };
    let read = archive
        .find(&file)
        .ok_or_else(|| format!("{file}: no such entry"))
        .and_then(|entry| archive.read(entry, limits, budget).map_err(|error| error.to_string()));
    match read.and_then(|bytes| NetworkConfig::read(&file, &bytes).map_err(|error| format!("{file}: {error}"))) {
        Ok(config) => app.network_config = Some(config),
        Err(reason) => app.incomplete.push(reason),
    }
}
