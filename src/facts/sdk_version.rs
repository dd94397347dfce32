//! Which version of a third party is in the app, where the package tells.
//!
//! In order of trust: where the product's row says that it stands, what build tools wrote (files, source attributes), constants and getters whose name says
//! that they hold the SDK's version, the build configuration, file names of native libraries.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Sources, site_evidence};
use crate::code::ClassId;
use crate::evidence::Evidence;
use crate::formats::dex::{EncodedValue, Instructions, RefKind, opcode};
use crate::owners::{OwnerId, matches_any, matches_glob};

/// A version with what shows it.
#[derive(Debug, Clone)]
pub struct VersionFact {
    /// As written.
    pub version: String,
    /// Where.
    pub evidence: Evidence,
}

/// Class initialisers longer than this, in code units, are not looked through.
const MAX_INITIALISER_UNITS: usize = 400;

/// How far a place is trusted, best first, and how near it is to the root of the product's packages.
type Rank = (u8, usize, String);

const BY_ROW: u8 = 0;
const BY_BUILD_TOOL: u8 = 1;
const BY_NAME: u8 = 2;
const BY_GETTER: u8 = 3;
const BY_BUILD_CONFIG: u8 = 4;
const BY_PLAIN_NAME: u8 = 5;
const BY_FILE_NAME: u8 = 6;

/// The best version of each third party.
pub fn collect(sources: &Sources<'_>) -> FxHashMap<OwnerId, VersionFact> {
    let mut best: FxHashMap<OwnerId, (Rank, VersionFact)> = FxHashMap::default();
    let mut offer = |owner: OwnerId, rank: Rank, version: String, evidence: Evidence| {
        if best.get(&owner).is_none_or(|(known, _)| rank < *known) {
            best.insert(owner, (rank, VersionFact { version, evidence }));
        }
    };
    for artifact in &sources.app.artifacts {
        let named = format!("{}:{}", artifact.group, artifact.name);
        let by_row = sources.owners.rows().find_map(|(owner, _, row)| {
            let place = row.artifacts.iter().position(|glob| matches_glob(glob, &named))?;
            Some((owner, place))
        });
        let by_group = || {
            let owner = sources.owners.of_name(&format!("{}.X", artifact.group));
            (!artifact.group.is_empty() && sources.owners.row(owner).is_some()).then_some((owner, usize::MAX))
        };
        let Some((owner, place)) = by_row.or_else(by_group) else { continue };
        let evidence = Evidence::Asset { path: artifact.place.clone(), text: artifact.version.clone() };
        // The artifact that the row names first; else the plainest name.
        let nearness = place.min(1000).saturating_mul(1000).saturating_add(artifact.name.len());
        offer(owner, (BY_BUILD_TOOL, nearness, artifact.name.clone()), artifact.version.clone(), evidence);
    }
    let candidates = candidates(sources);
    let classes: Vec<ClassId> = sources.program.class_ids().collect();
    let found: Vec<(OwnerId, Rank, String, Evidence)> = classes
        .par_iter()
        .flat_map_iter(|class| {
            by_source_file(sources, *class).into_iter().chain(of_class(sources, *class, &candidates))
        })
        .collect();
    // A row may name one place of several: that one counts.
    let places: FxHashMap<OwnerId, Vec<&str>> = sources
        .owners
        .rows()
        .filter(|(_, _, row)| !row.version.is_empty())
        .map(|(owner, _, row)| (owner, row.version.iter().map(String::as_str).collect()))
        .collect();
    for (owner, mut rank, version, evidence) in found {
        let member = match &evidence {
            Evidence::Constant { class, field, .. } => format!("{class}.{field}"),
            Evidence::Code { class, method, .. } => format!("{class}.{method}"),
            _ => String::new(),
        };
        if places.get(&owner).is_some_and(|places| places.contains(&member.as_str())) {
            rank.0 = BY_ROW;
        }
        offer(owner, rank, version, evidence);
    }
    // `class.*`: the one text in the code of a class that looks like a full version.
    for (owner, places) in &places {
        for class in places.iter().filter_map(|place| place.strip_suffix(".*")) {
            if let Some((version, evidence)) = only_version_in(sources, class) {
                offer(*owner, (BY_ROW, 0, class.to_owned()), version, evidence);
            }
        }
    }
    for library in &sources.app.native {
        let Some(version) = in_file_name(&library.name) else { continue };
        for (owner, _, row) in sources.owners.rows() {
            if matches_any(&row.native_libs, &library.name) {
                let evidence = Evidence::Native { library: library.path.clone(), symbol: String::new() };
                offer(owner, (BY_FILE_NAME, library.name.len(), library.name.clone()), version.clone(), evidence);
            }
        }
    }
    best.into_iter().map(|(owner, (_, fact))| (owner, fact)).collect()
}

/// Classes with a field or method whose name speaks of a version.
fn candidates(sources: &Sources<'_>) -> FxHashSet<ClassId> {
    let program = sources.program;
    let per_dex: Vec<Vec<ClassId>> = (0..program.dexes.len() as u32)
        .into_par_iter()
        .map(|number| {
            let Some(dex) = program.dex(number) else { return Vec::new() };
            // Many members share a name.
            let mut speaks: FxHashMap<u32, bool> = FxHashMap::default();
            let mut is_candidate = |name: u32| {
                *speaks.entry(name).or_insert_with(|| {
                    let bytes = dex.string_bytes(name).unwrap_or_default();
                    bytes.windows(3).any(|three| three.eq_ignore_ascii_case(b"ver"))
                })
            };
            let fields = (0..dex.field_count() as u32).filter_map(|index| dex.field(index));
            let mut out: Vec<u32> = fields.filter(|field| is_candidate(field.name)).map(|field| field.class).collect();
            let methods = (0..dex.method_count() as u32).filter_map(|index| dex.method(index));
            out.extend(methods.filter(|method| is_candidate(method.name)).map(|method| method.class));
            out.sort_unstable();
            out.dedup();
            out.into_iter().filter_map(|kind| program.class_of_type(number, kind)).collect()
        })
        .collect();
    per_dex.into_iter().flatten().collect()
}

/// `com.google.android.gms:play-services-basement@@18.9.0`
fn by_source_file(sources: &Sources<'_>, class: ClassId) -> Option<(OwnerId, Rank, String, Evidence)> {
    let program = sources.program;
    let row = program.class(class)?;
    let source = program.dex(row.dex)?.string_bytes(row.def.source_file)?;
    memchr::memmem::find(source, b"@@")?;
    let owner = sources.owners.of_class(class);
    sources.owners.row(owner)?;
    let source = String::from_utf8_lossy(source).into_owned();
    let (artifact, version) = source.split_once("@@").filter(|(_, version)| is_version(version))?;
    let name = program.class_name(class);
    // Classes of one package may come with an artifact of another group.
    if !name.starts_with(source.split(':').next().unwrap_or_default()) {
        return None;
    }
    let place = program.dexes.get(row.dex as usize)?.place.clone();
    let evidence = Evidence::Constant { class: name, field: "SourceFile".into(), dex: place, value: source.clone() };
    Some((owner, (BY_BUILD_TOOL, artifact.len(), artifact.to_owned()), version.to_owned(), evidence))
}

fn of_class(
    sources: &Sources<'_>,
    class: ClassId,
    candidates: &FxHashSet<ClassId>,
) -> Vec<(OwnerId, Rank, String, Evidence)> {
    let program = sources.program;
    let owner = sources.owners.of_class(class);
    let mut out = Vec::new();
    if !candidates.contains(&class) {
        return out;
    }
    let (Some(row), Some(_)) = (program.class(class), sources.owners.row(owner)) else { return out };
    let Some(dex) = program.dex(row.dex) else { return out };
    let place = program.dexes.get(row.dex as usize).map(|unit| unit.place.clone()).unwrap_or_default();
    let name = program.class_name(class);
    let depth = name.split('.').count();
    if row.def.static_values != 0 {
        for (field, value) in dex.class_data(&row.def).static_fields.iter().zip(dex.static_values(&row.def)) {
            let EncodedValue::String(text) = value else { continue };
            let Some(text) = dex.string(text) else { continue };
            let Some(version) = version_in(&text).map(str::to_owned) else { continue };
            let field = dex.field(field.field).and_then(|field| dex.string(field.name)).unwrap_or_default();
            let Some(trust) = trust_in(&name, &field, &version) else { continue };
            let evidence = Evidence::Constant {
                class: name.clone(),
                field: field.into_owned(),
                dex: place.clone(),
                value: text.clone().into_owned(),
            };
            out.push((owner, (trust, depth, name.clone()), version, evidence));
        }
    }
    out.extend(set_by_initialiser(sources, class, owner, depth));
    for body in program.bodies_of(class) {
        let Some(code) = program.code(body).filter(|code| code.units.len() <= 4) else { continue };
        let method = program.body(body).and_then(|body| dex.method(body.method));
        let Some(method_name) = method.and_then(|method| dex.string(method.name)) else { continue };
        if !is_getter(&method_name) || method.is_none_or(|method| dex.parameters(method.proto).next().is_some()) {
            continue;
        }
        let mut instructions = Instructions::new(code.units, 0);
        let (Some(first), Some(last)) = (instructions.next(), instructions.next()) else { continue };
        if !matches!(first.op, opcode::CONST_STRING | opcode::CONST_STRING_JUMBO) || last.op != 0x11 {
            continue;
        }
        if let Some(text) = dex.string(first.index).filter(|text| is_version(text)) {
            let evidence = site_evidence(sources, body, 0, &format!("\"{text}\""));
            out.push((owner, (BY_GETTER, depth, name.clone()), text.into_owned(), evidence));
        }
    }
    out
}

fn only_version_in(sources: &Sources<'_>, class: &str) -> Option<(String, Evidence)> {
    let program = sources.program;
    let mut found: Option<(String, Evidence)> = None;
    for body in program.bodies_of(program.find_dotted(class)?) {
        let dex = program.dex(program.dex_of(body))?;
        for reference in program.references(body).filter(|reference| reference.kind == RefKind::String) {
            let Some(text) = dex.string(reference.index) else { continue };
            // Some write `3_6_2`.
            let version = text.replace('_', ".");
            if !is_version(&version) || version.split('.').count() != 3 {
                continue;
            }
            if found.as_ref().is_some_and(|(known, _)| *known != version) {
                return None;
            }
            let evidence = site_evidence(sources, body, reference.unit, &format!("\"{text}\""));
            found.get_or_insert((version, evidence));
        }
    }
    found
}

/// Constants that the class initialiser sets.
fn set_by_initialiser(
    sources: &Sources<'_>,
    class: ClassId,
    owner: OwnerId,
    depth: usize,
) -> Option<(OwnerId, Rank, String, Evidence)> {
    let program = sources.program;
    let dex = program.dex(program.class(class)?.dex)?;
    let body = program.bodies_of(class).find(|body| {
        let method = program.body(*body).and_then(|row| dex.method(row.method));
        method.and_then(|method| dex.string_bytes(method.name)) == Some(b"<clinit>")
    })?;
    let code = program.code(body).filter(|code| code.units.len() <= MAX_INITIALISER_UNITS)?;
    let name = program.class_name(class);
    let mut texts: FxHashMap<u16, u32> = FxHashMap::default();
    for instruction in Instructions::new(code.units, 0) {
        match instruction.op {
            opcode::CONST_STRING | opcode::CONST_STRING_JUMBO => {
                texts.insert(instruction.a, instruction.index);
            }
            // `sput-object`
            0x69 => {
                let text = texts.get(&instruction.a).and_then(|index| dex.string(*index));
                let Some(text) = text.filter(|text| is_version(text)) else { continue };
                let field = dex.field(instruction.index).and_then(|field| dex.string(field.name)).unwrap_or_default();
                if let Some(trust) = trust_in(&name, &field, &text) {
                    let evidence = Evidence::Constant {
                        class: name.clone(),
                        field: field.into_owned(),
                        dex: program.dexes.get(program.dex_of(body) as usize)?.place.clone(),
                        value: text.clone().into_owned(),
                    };
                    return Some((owner, (trust, depth, name), text.into_owned(), evidence));
                }
            }
            _ => {}
        }
    }
    None
}

/// `getSdkVersion`, `getVersionName`, `getVersion` …
fn is_getter(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let rest = lower.strip_prefix("get").unwrap_or(&lower);
    matches!(rest, "version" | "versionname" | "sdkversion" | "sdkversionname" | "sdkver" | "versionstring")
}

/// How far a constant's name says that it is the version of the code around it.
fn trust_in(class: &str, field: &str, value: &str) -> Option<u8> {
    let upper = field.to_ascii_uppercase().replace('_', "");
    let simple = class.rsplit(['.', '$']).next().unwrap_or_default();
    // What an Android library's build writes where nobody set a version.
    if simple == "BuildConfig" {
        return (upper.ends_with("VERSIONNAME") || upper.ends_with("SDKVERSION"))
            .then_some(BY_BUILD_CONFIG)
            .filter(|_| value != "1.0");
    }
    if matches!(upper.as_str(), "SDKVERSION" | "SDKVERSIONNAME" | "SDKVER" | "LIBVERSION" | "LIBRARYVERSION") {
        return Some(BY_NAME);
    }
    if (upper.ends_with("SDKVERSION") || upper.ends_with("SDKVERSIONNAME")) && !upper.contains("ANDROID") {
        return Some(BY_GETTER);
    }
    // `1.0` and `1.1` are often versions of a protocol.
    let plain = matches!(upper.as_str(), "VERSION" | "VERSIONNAME" | "VERSIONSTRING");
    (plain && value.len() > 3).then_some(BY_PLAIN_NAME)
}

/// True when `version` is older than `fixed`; suffixes do not count.
pub fn is_older(version: &str, fixed: &str) -> bool {
    let parts = |text: &str| -> Vec<u64> {
        let core = text.trim_start_matches(['v', 'V']).split(['-', '_', '+']).next().unwrap_or_default();
        core.split('.')
            .map(|part| part.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0))
            .collect()
    };
    let (mut a, mut b) = (parts(version), parts(fixed));
    let length = a.len().max(b.len());
    a.resize(length, 0);
    b.resize(length, 0);
    a < b
}

/// The version in `android 5.3.1` or `4.0.2`.
fn version_in(text: &str) -> Option<&str> {
    let last = text.rsplit(' ').next()?;
    // `GTC-3.2.18.0`
    let bare = last.trim_start_matches(|first: char| first.is_ascii_alphabetic()).trim_start_matches(['-', '_']);
    [last, bare].into_iter().find(|text| is_version(text))
}

/// Digits and dots with at least one dot, a suffix such as `-beta1` allowed.
fn is_version(text: &str) -> bool {
    let rest = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let core = rest.split(['-', '_', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = core.split('.').collect();
    text.len() <= 32
        && (2..=5).contains(&parts.len())
        && parts.first().is_some_and(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        && parts.iter().all(|part| part.starts_with(|first: char| first.is_ascii_digit()))
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        && parts.iter().filter(|part| part.bytes().all(|byte| byte.is_ascii_digit())).count() >= 2
}

/// `libcocklogic-1.1.3.so`
fn in_file_name(name: &str) -> Option<String> {
    let stem = name.strip_suffix(".so")?;
    let (_, version) = stem.rsplit_once(['-', '_'])?;
    let version = version.strip_prefix('v').unwrap_or(version);
    is_version(version).then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{BY_BUILD_CONFIG, BY_NAME, in_file_name, is_getter, is_older, is_version, trust_in};

    #[test]
    fn versions_look_like_versions() {
        for text in ["1.5.3", "v3.0.3", "8.0.10-beta1", "15.6.5", "2.0"] {
            assert!(is_version(text), "{text}");
        }
        for text in ["1", "", "version", "1.0.dev", "1.", ".1", "a.b.c", "ro.build.version", "1.2.3.4.5.6"] {
            assert!(!is_version(text), "{text}");
        }
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(is_older("4.3.6", "12.5.0") && is_older("v5.3.0", "5.3.0.300") && is_older("6.4", "6.4.2"));
        assert!(!is_older("12.5.0", "12.5") && !is_older("13.10.0-beta", "12.5.0"));
    }

    #[test]
    fn names_tell_the_version_of_the_sdk_from_others() {
        assert_eq!(trust_in("com.umeng.commonsdk.statistics.SdkVersion", "SDK_VERSION", "1.5.3"), Some(BY_NAME));
        assert_eq!(trust_in("a.BuildConfig", "VERSION_NAME", "3.0.3"), Some(BY_BUILD_CONFIG));
        assert_eq!(trust_in("a.BuildConfig", "VERSION_NAME", "1.0"), None);
        assert_eq!(trust_in("a.Http", "VERSION", "1.1"), None);
        assert_eq!(trust_in("a.Keys", "KEY_MIUI_VERSION_NAME", "1.2.3"), None);
        assert!(is_getter("getSDKVersion") && !is_getter("getAppVersion"));
        assert_eq!(in_file_name("libcocklogic-1.1.3.so").as_deref(), Some("1.1.3"));
        assert_eq!(in_file_name("libjcore421.so"), None);
    }
}
