//! The rows of `signatures/`: embedded at build time, decoded on first use, overlaid on request.
//! Holds rows, not decisions.

#![forbid(unsafe_code)]

mod framework;
pub mod load;
pub mod schema;
pub mod shapes;

use std::path::Path;
use std::sync::OnceLock;

use regex::RegexSet;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

pub use framework::{Framework, When};
use load::{Problem, Signatures};
use schema::{
    AccessorRow, AppTypeRow, CallRow, ClauseRow, ContentRow, DataSafetyRow, DisplayRow, ExplanationRow, HostRow,
    InstrumentRow, NoticeWordingRow, PackerRow, PermissionApiRow, PermissionRequestRow, PermissionRow, PiApiRow,
    PiItemRow, ProfileRow, ReachRow, RegulationFile, RuleRow, SdkFile, SdkRow, SignalRow, SurfaceRow, TermRow, WakeRow,
    WordingRow,
};
use shapes::ShapeTable;

use crate::error::{Error, Result};

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/signatures.rs"));
}

/// All signature rows that a scan uses.
#[derive(Debug, Default)]
pub struct Knowledge {
    overlay: Option<Signatures>,
    overlay_sha256: String,
    permissions: OnceLock<Vec<PermissionRow>>,
    permission_apis: OnceLock<Vec<PermissionApiRow>>,
    permission_requests: OnceLock<Vec<PermissionRequestRow>>,
    items: OnceLock<Vec<PiItemRow>>,
    pi_apis: OnceLock<Vec<PiApiRow>>,
    accessors: OnceLock<Vec<AccessorRow>>,
    sdks: OnceLock<Vec<SdkFile>>,
    packers: OnceLock<Vec<PackerRow>>,
    hosts: OnceLock<Vec<HostRow>>,
    app_types: OnceLock<Vec<AppTypeRow>>,
    app_type_signals: OnceLock<Vec<SignalRow>>,
    terms: OnceLock<Vec<TermRow>>,
    regulations: OnceLock<Vec<RegulationFile>>,
    reach: OnceLock<Vec<ReachRow>>,
    notice_wording: OnceLock<Vec<NoticeWordingRow>>,
    wording: OnceLock<Vec<WordingRow>>,
    rules: OnceLock<Vec<RuleRow>>,
    calls: OnceLock<Vec<CallRow>>,
    policy_content: OnceLock<Vec<ContentRow>>,
    wake: OnceLock<Vec<WakeRow>>,
    display: OnceLock<Vec<DisplayRow>>,
    data_safety: OnceLock<Vec<DataSafetyRow>>,
    explanations: OnceLock<Vec<ExplanationRow>>,
    profiles: OnceLock<Vec<ProfileRow>>,
    surfaces: OnceLock<Vec<SurfaceRow>>,
    framework: OnceLock<Framework>,
    shapes: OnceLock<ShapeTable>,
}

/// The embedded rows; the build script wrote and checked them.
fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Vec<T> {
    postcard::from_bytes(bytes).unwrap_or_default()
}

/// Embedded rows with the overlay's in place of those with the same key, and its new ones behind.
fn overlaid<T: Clone, K: PartialEq>(embedded: Vec<T>, overlay: Option<&Vec<T>>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut rows = embedded;
    for row in overlay.into_iter().flatten() {
        match rows.iter_mut().find(|old| key(old) == key(row)) {
            Some(old) => *old = row.clone(),
            None => rows.push(row.clone()),
        }
    }
    rows
}

macro_rules! rows {
    ($(#[$doc:meta])* $name:ident, $row:ty, $bytes:ident, $key:expr) => {
        $(#[$doc])*
        pub fn $name(&self) -> &[$row] {
            self.$name.get_or_init(|| overlaid(decode(embedded::$bytes), self.overlay.as_ref().map(|overlay| &overlay.$name), $key))
        }
    };
}

impl Knowledge {
    /// The embedded signatures alone.
    pub fn embedded() -> Self {
        Self::default()
    }

    /// The embedded signatures with those of a folder laid over them.
    ///
    /// # Errors
    /// [`Error::Signatures`] for the first mistake in the folder.
    pub fn with_overlay(folder: &Path) -> Result<Self> {
        let overlay = load::read(folder).map_err(|problems| first_error(folder, &problems))?;
        let mut digest = Sha256::new();
        for file in load::list(folder).unwrap_or_default() {
            digest.update(file.as_bytes());
            digest.update(std::fs::read(folder.join(&file)).map_err(|error| Error::io(folder.join(&file), error))?);
        }
        Ok(Self { overlay: Some(overlay), overlay_sha256: format!("{:x}", digest.finalize()), ..Self::default() })
    }

    /// Version of the embedded signatures.
    pub fn version(&self) -> &str {
        self.overlay
            .as_ref()
            .map(|overlay| overlay.version.as_str())
            .filter(|version| !version.is_empty())
            .unwrap_or(embedded::VERSION)
    }

    /// SHA-256 over the signature files in use.
    pub fn sha256(&self) -> String {
        if self.overlay.is_none() {
            return embedded::SHA256.to_owned();
        }
        format!("{:x}", Sha256::digest(format!("{}{}", embedded::SHA256, self.overlay_sha256)))
    }

    rows!(
        /// Permissions.
        permissions, PermissionRow, PERMISSIONS, |row: &PermissionRow| row.name.clone());
    rows!(
        /// APIs that need a permission.
        permission_apis, PermissionApiRow, PERMISSION_APIS, |row: &PermissionApiRow| format!("{row:?}"));
    rows!(
        /// Calls that request permissions.
        permission_requests, PermissionRequestRow, PERMISSION_REQUESTS, |row: &PermissionRequestRow| format!("{row:?}"));
    rows!(
        /// Kinds of personal information.
        items, PiItemRow, ITEMS, |row: &PiItemRow| row.id.clone());
    rows!(
        /// APIs that yield personal information.
        pi_apis, PiApiRow, PI_APIS, |row: &PiApiRow| format!("{row:?}"));
    rows!(
        /// Classes through which constants are put to use.
        accessors, AccessorRow, ACCESSORS, |row: &AccessorRow| row.kind);
    rows!(
        /// SDK vendors with their products.
        sdks, SdkFile, SDKS, |row: &SdkFile| row.vendor.clone());
    rows!(
        /// Hardening vendors.
        packers, PackerRow, PACKERS, |row: &PackerRow| row.id.clone());
    rows!(
        /// Hosts with known owners.
        hosts, HostRow, HOSTS, |row: &HostRow| row.domain.clone());
    rows!(
        /// The common app types.
        app_types, AppTypeRow, APP_TYPES, |row: &AppTypeRow| row.id.clone());
    rows!(
        /// What speaks for an app type or a profile.
        app_type_signals, SignalRow, APP_TYPE_SIGNALS, |row: &SignalRow| format!("{} {} {:?}", row.app_type, row.profile, row.kind));
    rows!(
        /// Wording.
        terms, TermRow, TERMS, |row: &TermRow| row.id.clone());
    rows!(
        /// Instruments with their clauses.
        regulations, RegulationFile, REGULATIONS, |row: &RegulationFile| row.instrument.id.clone());
    rows!(
        /// What hides behaviour from a static scan.
        reach, ReachRow, REACH, |row: &ReachRow| row.id.clone());
    rows!(
        /// Wordings of official notices, the preferred ones first.
        notice_wording, NoticeWordingRow, NOTICE_WORDING, |row: &NoticeWordingRow| row.clause.clone());
    rows!(
        /// Texts of reports.
        wording, WordingRow, WORDING, |row: &WordingRow| row.id.clone());
    rows!(
        /// Wording of the rules.
        rules, RuleRow, RULES, |row: &RuleRow| row.id.clone());

    rows!(
        /// Events that start a process without the user.
        wake, WakeRow, WAKE, |row: &WakeRow| row.value.clone());
    rows!(
        /// Code that shows, computes or waits, and neither keeps nor sends anything.
        display, DisplayRow, DISPLAY, |row: &DisplayRow| row.name.clone());
    rows!(
        /// What holds for everything of one kind.
        explanations, ExplanationRow, EXPLANATIONS, |row: &ExplanationRow| row.id.clone());
    rows!(
        /// Lines of business with their own rules.
        profiles, ProfileRow, PROFILES, |row: &ProfileRow| row.id.clone());
    rows!(
        /// What an app can offer its user or show him.
        surfaces, SurfaceRow, SURFACES, |row: &SurfaceRow| row.id.clone());
    rows!(
        /// Kinds of data in Google Play's data-safety form.
        data_safety, DataSafetyRow, DATA_SAFETY, |row: &DataSafetyRow| row.response.clone());
    rows!(
        /// What a privacy policy must say.
        policy_content, ContentRow, POLICY_CONTENT, |row: &ContentRow| row.id.clone());
    rows!(
        /// Calls that link code to code, or store and read what the user decided.
        calls, CallRow, CALLS, |row: &CallRow| format!("{row:?}"));

    /// Decodes what every scan needs, so that it can happen beside other work.
    pub fn warm_up(&self) {
        rayon::join(
            || rayon::join(|| self.sdks(), || self.framework()),
            || rayon::join(|| self.pi_apis(), || self.permission_apis()),
        );
    }

    /// The platform's class hierarchy.
    pub fn framework(&self) -> &Framework {
        self.framework.get_or_init(|| Framework::new(embedded::HIERARCHY, embedded::CALLBACKS, embedded::OVERRIDABLE))
    }

    /// Features of classes by product; an overlay's table stands in place of the embedded one.
    pub fn shapes(&self) -> &ShapeTable {
        self.shapes.get_or_init(|| match self.overlay.as_ref().map(|overlay| &overlay.shapes) {
            Some(rows) if !rows.is_empty() => {
                let (hashes, numbers) = shapes::columns(rows);
                ShapeTable::new(rows.iter().map(|row| row.product.clone()).collect(), hashes, numbers)
            }
            _ => ShapeTable::new(decode(embedded::SHAPE_PRODUCTS), embedded::SHAPE_HASHES, embedded::SHAPE_NUMBERS),
        })
    }

    /// Calls of SDKs that bear on privacy, with their products, in a fixed order.
    pub fn sdk_calls(&self) -> impl Iterator<Item = (&SdkRow, &schema::SdkCallRow)> {
        let rows = self.sdks().iter().flat_map(|file| &file.sdk);
        rows.flat_map(|sdk| sdk.call.iter().map(move |call| (sdk, call)))
    }

    /// The SDK or library with this id, and its vendor.
    pub fn sdk(&self, id: &str) -> Option<(&SdkFile, &SdkRow)> {
        self.sdks().iter().find_map(|file| file.sdk.iter().find(|row| row.id == id).map(|row| (file, row)))
    }

    /// The kind of personal information with this id.
    pub fn item(&self, id: &str) -> Option<&PiItemRow> {
        self.items().iter().find(|row| row.id == id)
    }

    /// The permission with this name.
    pub fn permission(&self, name: &str) -> Option<&PermissionRow> {
        self.permissions().iter().find(|row| row.name == name)
    }

    /// The text of reports with this id.
    pub fn text(&self, id: &str) -> Option<&WordingRow> {
        self.wording().iter().find(|row| row.id == id)
    }

    /// What a policy must say, by its id.
    pub fn content(&self, id: &str) -> Option<&ContentRow> {
        self.policy_content().iter().find(|row| row.id == id)
    }

    /// The surface with this id.
    pub fn surface(&self, id: &str) -> Option<&SurfaceRow> {
        self.surfaces().iter().find(|row| row.id == id)
    }

    /// The term with this id.
    pub fn term(&self, id: &str) -> Option<&TermRow> {
        self.terms().iter().find(|row| row.id == id)
    }

    /// What a kind of patterns of a term matches; nothing where there is none such.
    pub fn matcher(&self, term: &str, patterns: fn(&TermRow) -> &[String]) -> RegexSet {
        // Patterns were compiled when the signatures were checked.
        self.term(term).and_then(|row| RegexSet::new(patterns(row)).ok()).unwrap_or_else(RegexSet::empty)
    }

    /// The wording of a rule.
    pub fn rule(&self, id: &str) -> Option<&RuleRow> {
        self.rules().iter().find(|row| row.id == id)
    }

    /// All clauses with their instruments, in the order of the signatures.
    pub fn clauses(&self) -> impl Iterator<Item = (&InstrumentRow, &ClauseRow)> {
        self.regulations().iter().flat_map(|file| file.clause.iter().map(move |clause| (&file.instrument, clause)))
    }

    /// The clauses that a rule decides, with their instruments; binding ones first.
    pub fn clauses_of(&self, rule: &str) -> Vec<(&InstrumentRow, &ClauseRow)> {
        let mut out: Vec<_> = self.clauses().filter(|(_, clause)| clause.rules.iter().any(|id| id == rule)).collect();
        out.sort_by_key(|(instrument, clause)| (instrument.binding != "binding", clause.id.clone()));
        out
    }

    /// The wording under which official notices name what a rule found: by what the policy lacks or says, by the
    /// rule, by a clause that the rule decides, by a clause that carries the same fact.
    pub fn notice_wording_of(&self, rule: &str, statement: Option<&str>) -> Option<&NoticeWordingRow> {
        let rows = self.notice_wording();
        let named = |names: &[String], wanted: &str| names.iter().any(|name| name == wanted);
        if let Some(row) = statement.and_then(|id| rows.iter().find(|row| named(&row.statements, id))) {
            return Some(row);
        }
        if let Some(row) = rows.iter().find(|row| named(&row.rules, rule)) {
            return Some(row);
        }
        // A wording of its own is fitted to the rules that its row names.
        let common = || rows.iter().filter(|row| row.zh.is_empty());
        let own = self.clauses_of(rule);
        let decides = |id: &str| own.iter().any(|(_, clause)| clause.id == id);
        common().find(|row| decides(&row.clause)).or_else(|| {
            common().find(|row| {
                let sees = |(_, clause): (&InstrumentRow, &ClauseRow)| clause.see.iter().any(|id| decides(id));
                self.clause(&row.clause).is_some_and(sees)
                    || own.iter().any(|(_, clause)| named(&clause.see, &row.clause))
            })
        })
    }

    /// What a person does to settle a clause: its own row's text or that of the first clause it refers to that has
    /// one. Yields the row that holds the text.
    pub fn hand_check<'k>(&'k self, clause: &'k ClauseRow) -> Option<&'k ClauseRow> {
        const MAX_STEPS: usize = 8;
        let mut open = vec![clause];
        let mut place = 0usize;
        while let Some(row) = open.get(place).copied().filter(|_| place < MAX_STEPS) {
            if !row.check_zh.is_empty() {
                return Some(row);
            }
            open.extend(row.see.iter().filter_map(|id| self.clause(id)).map(|(_, row)| row));
            place = place.saturating_add(1);
        }
        None
    }

    /// The clause with this id.
    pub fn clause(&self, id: &str) -> Option<(&InstrumentRow, &ClauseRow)> {
        self.clauses().find(|(_, clause)| clause.id == id)
    }

    /// The app type with this id or Chinese name.
    ///
    /// # Errors
    /// [`Error::Usage`] with the nearest names.
    pub fn app_type(&self, wanted: &str) -> Result<&AppTypeRow> {
        if let Some(row) = self
            .app_types()
            .iter()
            .find(|row| row.id == wanted || row.name_zh == wanted || row.name_en.eq_ignore_ascii_case(wanted))
        {
            return Ok(row);
        }
        let rows = self.app_types().iter();
        let near = nearest(rows.map(|row| [row.id.as_str(), &row.name_zh, &row.name_en]), wanted);
        Err(Error::Usage(format!(
            "unknown app type {wanted:?}; nearest: {near}. `mingcha rules --app-types` lists all"
        )))
    }

    /// The profile with this id or name.
    ///
    /// # Errors
    /// [`Error::Usage`] with the nearest names.
    pub fn profile(&self, wanted: &str) -> Result<&ProfileRow> {
        let names =
            |row: &&ProfileRow| row.id == wanted || row.name_zh == wanted || row.name_en.eq_ignore_ascii_case(wanted);
        self.profiles().iter().find(names).ok_or_else(|| {
            let rows = self.profiles().iter();
            let near = nearest(rows.map(|row| [row.id.as_str(), &row.name_zh, &row.name_en]), wanted);
            Error::Usage(format!("unknown profile {wanted:?}; nearest: {near}. `mingcha profiles` lists all"))
        })
    }
}

/// The three rows whose id or names come nearest, as `id (Chinese name)`.
fn nearest<'r>(rows: impl Iterator<Item = [&'r str; 3]>, wanted: &str) -> String {
    let wanted = wanted.to_lowercase();
    let mut near: Vec<(f64, String)> = rows
        .map(|names| {
            // Names that hold the word come before names that only look alike.
            let score = |name: &&str| {
                let name = name.to_lowercase();
                let holds = !wanted.is_empty() && name.contains(&wanted);
                strsim::jaro_winkler(&name, &wanted) + if holds { 1.0 } else { 0.0 }
            };
            let score = names.iter().map(score).fold(0.0, f64::max);
            let [id, zh, _] = names;
            (score, format!("{id} ({zh})"))
        })
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.into_iter().take(3).map(|(_, name)| name).collect::<Vec<_>>().join(", ")
}

/// Reads a folder and returns every mistake in it.
pub fn check_folder(folder: &Path) -> std::result::Result<Signatures, Vec<Problem>> {
    load::read(folder)
}

fn first_error(folder: &Path, problems: &[Problem]) -> Error {
    let shown = |problem: &Problem| folder.join(&problem.file).to_string_lossy().into_owned();
    match problems.first() {
        Some(problem) => Error::Signatures {
            file: shown(problem),
            line: problem.line,
            detail: format!("{} ({} in all; `mingcha signatures check` lists them)", problem.detail, problems.len()),
        },
        None => Error::Signatures { file: folder.to_string_lossy().into_owned(), line: 0, detail: "unreadable".into() },
    }
}
