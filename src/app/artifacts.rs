//! Versions of libraries that build tools leave in a package.
//!
//! `META-INF/<group>_<artifact>.version` (Android Gradle plugin), `META-INF/maven/**/pom.properties` (Maven) and
//! `<artifact>.properties` with `version=` and `client=` (Play services, Firebase).

use crate::container::Archive;
use crate::limits::{Budget, Limits};

/// Largest file that is read for a version.
const MAX_BYTES: u64 = 16 * 1024;

/// A library with its version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Artifact {
    /// Dotted group, empty when the file names none.
    pub group: String,
    /// Artifact name.
    pub name: String,
    /// Version as written.
    pub version: String,
    /// Archive entry.
    pub place: String,
}

/// Artifacts of one archive, in archive order.
pub(super) fn read(archive: &Archive, limits: &Limits, budget: &Budget) -> Vec<Artifact> {
    let mut out = Vec::new();
    for entry in archive.entries() {
        if entry.uncompressed_bytes > MAX_BYTES {
            continue;
        }
        let Some(kind) = kind_of(&entry.name) else { continue };
        let Ok(bytes) = archive.read(entry, limits, budget) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        let value = |key: &str| {
            text.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('=')).map(str::trim)
        };
        let (group, name, version) = match kind {
            Kind::Version(group, name) => (group, name, text.lines().next().map(str::trim)),
            Kind::Pom(group, name) => (group, name, value("version")),
            Kind::Client(_) if value("client").is_none() => continue,
            Kind::Client(name) => ("", name, value("version")),
        };
        if let Some(version) = version.filter(|version| version.starts_with(|first: char| first.is_ascii_digit())) {
            out.push(Artifact {
                group: group.to_owned(),
                name: name.to_owned(),
                version: version.to_owned(),
                place: entry.name.clone(),
            });
        }
    }
    out
}

enum Kind<'n> {
    Version(&'n str, &'n str),
    Pom(&'n str, &'n str),
    Client(&'n str),
}

fn kind_of(path: &str) -> Option<Kind<'_>> {
    if let Some(name) = path.strip_prefix("META-INF/").and_then(|rest| rest.strip_suffix(".version")) {
        let (group, artifact) = name.split_once('_')?;
        return Some(Kind::Version(group, artifact));
    }
    if let Some(rest) = path.strip_prefix("META-INF/maven/").and_then(|rest| rest.strip_suffix("/pom.properties")) {
        let (group, artifact) = rest.split_once('/')?;
        return Some(Kind::Pom(group, artifact));
    }
    let name = path.strip_suffix(".properties")?;
    (!name.contains('/')).then_some(Kind::Client(name))
}
