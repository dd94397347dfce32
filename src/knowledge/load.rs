//! Reads and checks a folder of signature files.
//!
//! Compiled twice, like [`super::schema`]: the build script validates and embeds the project's own
//! folder with it, the program reads a user's overlay.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::schema::{
    AccessorRow, AppTypeRow, BroadPrefixRow, CallRow, ContentRow, DataSafetyRow, DisplayRow, ExplanationRow, HostRow,
    NoticeWordingRow, PackerRow, PermissionApiRow, PermissionRequestRow, PermissionRow, PiApiRow, PiItemRow,
    ProfileRow, ReachRow, RegulationFile, RuleRow, SDK_CATEGORIES, SHARED, SdkCallRole, SdkFile, SearchKind, ShapeRow,
    SignalRow, SurfaceRow, TermRow, WakeRow, WordingRow,
};

/// A mistake in a signature file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// File, relative to the folder.
    pub file: String,
    /// 1-based line, 0 when unknown.
    pub line: usize,
    /// What is wrong and what was expected.
    pub detail: String,
}

/// Everything that a folder of signature files holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Signatures {
    /// `version` of `version.toml`.
    pub version: String,
    /// `permissions.toml`.
    pub permissions: Vec<PermissionRow>,
    /// `permission-apis.toml`.
    pub permission_apis: Vec<PermissionApiRow>,
    /// `permission-requests.toml`.
    pub permission_requests: Vec<PermissionRequestRow>,
    /// `personal-info/taxonomy.toml`.
    pub items: Vec<PiItemRow>,
    /// `personal-info/apis-*.toml`.
    pub pi_apis: Vec<PiApiRow>,
    /// `personal-info/accessors.toml`.
    pub accessors: Vec<AccessorRow>,
    /// `sdks/*.toml`.
    pub sdks: Vec<SdkFile>,
    /// `packers.toml`.
    pub packers: Vec<PackerRow>,
    /// `hosts.toml`.
    pub hosts: Vec<HostRow>,
    /// `app-types.toml`.
    pub app_types: Vec<AppTypeRow>,
    /// `app-type-signals.toml`.
    pub app_type_signals: Vec<SignalRow>,
    /// `lexicon/*.toml`.
    pub terms: Vec<TermRow>,
    /// `regulations/*.toml`.
    pub regulations: Vec<RegulationFile>,
    /// `reach.toml`.
    pub reach: Vec<ReachRow>,
    /// `wording.toml`.
    pub wording: Vec<WordingRow>,
    /// `notice-wording.toml`.
    pub notice_wording: Vec<NoticeWordingRow>,
    /// `wake.toml`.
    pub wake: Vec<WakeRow>,
    /// `explanations.toml`.
    pub explanations: Vec<ExplanationRow>,
    /// `profiles.toml`.
    pub profiles: Vec<ProfileRow>,
    /// `surfaces.toml`.
    pub surfaces: Vec<SurfaceRow>,
    /// `data-safety.toml`.
    pub data_safety: Vec<DataSafetyRow>,
    /// `broad-prefixes.toml`: needed for checking alone.
    pub broad_prefixes: Vec<BroadPrefixRow>,
    /// `policy-content.toml`.
    pub policy_content: Vec<ContentRow>,
    /// `rules/*.toml`.
    pub rules: Vec<RuleRow>,
    /// `framework/display.toml`.
    pub display: Vec<DisplayRow>,
    /// `framework/calls.toml`.
    pub calls: Vec<CallRow>,
    /// `framework/hierarchy.tsv`, as it stands.
    pub hierarchy: String,
    /// `framework/callbacks.tsv`, as it stands.
    pub callbacks: String,
    /// `framework/overridable.tsv`, as it stands.
    pub overridable: String,
    /// `shapes.tsv`.
    pub shapes: Vec<ShapeRow>,
}

/// Terms whose texts take the place of one another.
const SCRIPT_TERMS: &str = "policy.script.";

/// When a callback runs: third column of `framework/callbacks.tsv`.
pub const CALLBACK_TIMES: [&str; 7] =
    ["async", "component", "launch", "message", "startup", "system_event", "user_action"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VersionFile {
    version: String,
}

/// A file with one table of rows.
trait TableFile: DeserializeOwned {
    /// What the table holds.
    type Row;

    /// Its rows.
    fn rows(self) -> Vec<Self::Row>;
}

macro_rules! table_file {
    ($name:ident, $key:literal, $row:ty) => {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $name {
            #[serde(rename = $key, default)]
            rows: Vec<$row>,
        }

        impl TableFile for $name {
            type Row = $row;

            fn rows(self) -> Vec<$row> {
                self.rows
            }
        }
    };
}

table_file!(PermissionFile, "permission", PermissionRow);
table_file!(PermissionApiFile, "api", PermissionApiRow);
table_file!(RequestFile, "request", PermissionRequestRow);
table_file!(ItemFile, "item", PiItemRow);
table_file!(PiApiFile, "api", PiApiRow);
table_file!(AccessorFile, "accessor", AccessorRow);
table_file!(PackerFile, "packer", PackerRow);
table_file!(HostFile, "host", HostRow);
table_file!(ExplanationFile, "explanation", ExplanationRow);
table_file!(ProfileFile, "profile", ProfileRow);
table_file!(AppTypeFile, "app_type", AppTypeRow);
table_file!(SignalFile, "signal", SignalRow);
table_file!(TermFile, "term", TermRow);
table_file!(ReachFile, "sign", ReachRow);
table_file!(ContentFile, "content", ContentRow);
table_file!(WakeFile, "wake", WakeRow);
table_file!(SurfaceFile, "surface", SurfaceRow);
table_file!(DataSafetyFile, "answer", DataSafetyRow);
table_file!(CallFile, "call", CallRow);
table_file!(DisplayFile, "display", DisplayRow);
table_file!(BroadPrefixFile, "prefix", BroadPrefixRow);
table_file!(NoticeWordingFile, "wording", NoticeWordingRow);
table_file!(WordingFile, "text", WordingRow);

/// Reads every file under `root`; all mistakes are collected rather than the first alone.
///
/// # Errors
/// The list of mistakes, sorted by file and line.
pub fn read(root: &Path) -> Result<Signatures, Vec<Problem>> {
    let mut reader = Reader { root: root.to_owned(), texts: BTreeMap::new(), problems: Vec::new() };
    let mut out = Signatures::default();
    for file in reader.files() {
        reader.take(&file, &mut out);
    }
    out.sdks.sort_by(|a, b| a.vendor.cmp(&b.vendor));
    check(&out, &mut reader);
    if reader.problems.is_empty() {
        return Ok(out);
    }
    reader.problems.sort();
    Err(reader.problems)
}

/// Relative paths of all files under `root`, sorted; folders that cannot be read are problems.
pub fn list(root: &Path) -> Result<Vec<String>, Problem> {
    let mut out = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let shown = folder.to_string_lossy().into_owned();
        let entries = fs::read_dir(root.join(&folder)).map_err(|error| Problem {
            file: shown.clone(),
            line: 0,
            detail: error.to_string(),
        })?;
        for entry in entries {
            let entry = entry.map_err(|error| Problem { file: shown.clone(), line: 0, detail: error.to_string() })?;
            let path = folder.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push(path);
            } else {
                out.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    out.sort();
    Ok(out)
}

struct Reader {
    root: PathBuf,
    texts: BTreeMap<String, String>,
    problems: Vec<Problem>,
}

impl Reader {
    fn files(&mut self) -> Vec<String> {
        match list(&self.root) {
            Ok(files) => files,
            Err(problem) => {
                self.problems.push(problem);
                Vec::new()
            }
        }
    }

    fn take(&mut self, file: &str, out: &mut Signatures) {
        let text = match fs::read_to_string(self.root.join(file)) {
            Ok(text) => text,
            Err(error) => return self.problem(file, 0, format!("cannot be read as UTF-8 text: {error}")),
        };
        self.texts.insert(file.to_owned(), text.clone());
        match file {
            "version.toml" => {
                out.version = self.parse::<VersionFile>(file, &text).map(|file| file.version).unwrap_or_default()
            }
            "permissions.toml" => self.add::<PermissionFile>(file, &text, &mut out.permissions),
            "permission-apis.toml" => self.add::<PermissionApiFile>(file, &text, &mut out.permission_apis),
            "permission-requests.toml" => self.add::<RequestFile>(file, &text, &mut out.permission_requests),
            "packers.toml" => self.add::<PackerFile>(file, &text, &mut out.packers),
            "hosts.toml" => self.add::<HostFile>(file, &text, &mut out.hosts),
            "app-type-signals.toml" => self.add::<SignalFile>(file, &text, &mut out.app_type_signals),
            "app-types.toml" => self.add::<AppTypeFile>(file, &text, &mut out.app_types),
            "reach.toml" => self.add::<ReachFile>(file, &text, &mut out.reach),
            "broad-prefixes.toml" => self.add::<BroadPrefixFile>(file, &text, &mut out.broad_prefixes),
            "policy-content.toml" => self.add::<ContentFile>(file, &text, &mut out.policy_content),
            "data-safety.toml" => self.add::<DataSafetyFile>(file, &text, &mut out.data_safety),
            "explanations.toml" => self.add::<ExplanationFile>(file, &text, &mut out.explanations),
            "profiles.toml" => self.add::<ProfileFile>(file, &text, &mut out.profiles),
            "surfaces.toml" => self.add::<SurfaceFile>(file, &text, &mut out.surfaces),
            "wake.toml" => self.add::<WakeFile>(file, &text, &mut out.wake),
            "notice-wording.toml" => self.add::<NoticeWordingFile>(file, &text, &mut out.notice_wording),
            "wording.toml" => self.add::<WordingFile>(file, &text, &mut out.wording),
            "personal-info/taxonomy.toml" => self.add::<ItemFile>(file, &text, &mut out.items),
            "personal-info/accessors.toml" => self.add::<AccessorFile>(file, &text, &mut out.accessors),
            "framework/calls.toml" => self.add::<CallFile>(file, &text, &mut out.calls),
            "framework/display.toml" => self.add::<DisplayFile>(file, &text, &mut out.display),
            "framework/hierarchy.tsv" => out.hierarchy = text,
            "framework/callbacks.tsv" => {
                self.check_callbacks(file, &text);
                out.callbacks = text;
            }
            "framework/overridable.tsv" => out.overridable = text,
            "shapes.tsv" => {
                for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
                    match shape_row(line) {
                        Ok(row) => out.shapes.push(row),
                        Err(detail) => self.problem(file, number + 1, detail.to_owned()),
                    }
                }
            }
            _ => self.take_from_folder(file, &text, out),
        }
    }

    /// Adds the rows of a file with one table.
    fn add<F: TableFile>(&mut self, file: &str, text: &str, rows: &mut Vec<F::Row>) {
        rows.extend(self.parse::<F>(file, text).map(F::rows).unwrap_or_default());
    }

    fn check_callbacks(&mut self, file: &str, text: &str) {
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
            let columns: Vec<&str> = line.split('\t').collect();
            let when = columns.get(2).copied().unwrap_or_default();
            if columns.len() < 3 || !CALLBACK_TIMES.contains(&when) {
                let detail = format!("expected class, method, time ({}) and registrars", CALLBACK_TIMES.join(", "));
                self.problem(file, number + 1, detail);
            }
        }
    }

    fn take_from_folder(&mut self, file: &str, text: &str, out: &mut Signatures) {
        let stem = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".toml").to_owned();
        match file.split('/').next() {
            Some("personal-info") if stem.starts_with("apis-") => self.add::<PiApiFile>(file, text, &mut out.pi_apis),
            Some("lexicon") => self.add::<TermFile>(file, text, &mut out.terms),
            Some("sdks") => {
                if let Some(rows) = self.parse::<SdkFile>(file, text) {
                    self.same_name(file, &stem, &rows.vendor, "vendor");
                    out.sdks.push(rows);
                }
            }
            Some("regulations") => {
                if let Some(rows) = self.parse::<RegulationFile>(file, text) {
                    self.same_name(file, &stem, &rows.instrument.id, "instrument id");
                    out.regulations.push(rows);
                }
            }
            Some("rules") => {
                if let Some(row) = self.parse::<RuleRow>(file, text) {
                    self.same_name(file, &stem, &row.id, "rule id");
                    out.rules.push(row);
                }
            }
            _ => self.problem(file, 0, "no signature file has this name; see docs/signatures.md for the layout".into()),
        }
    }

    fn same_name(&mut self, file: &str, stem: &str, id: &str, what: &str) {
        if stem != id {
            let line = self.line_of(file, id);
            self.problem(file, line, format!("{what} {id:?} must equal the file's name {stem:?}"));
        }
    }

    fn parse<T: DeserializeOwned>(&mut self, file: &str, text: &str) -> Option<T> {
        match toml::from_str(text) {
            Ok(value) => Some(value),
            Err(error) => {
                let line = error
                    .span()
                    .and_then(|span| text.get(..span.start))
                    .map_or(0, |before| before.matches('\n').count() + 1);
                self.problem(file, line, error.message().to_owned());
                None
            }
        }
    }

    fn problem(&mut self, file: &str, line: usize, detail: String) {
        self.problems.push(Problem { file: file.to_owned(), line, detail });
    }

    /// First line of `file` that holds `needle` in quotation marks.
    fn line_of(&self, file: &str, needle: &str) -> usize {
        let quoted = format!("\"{needle}\"");
        self.texts
            .get(file)
            .and_then(|text| text.lines().position(|line| line.contains(&quoted)))
            .map_or(0, |line| line + 1)
    }

    /// Reports a mistake about a value, in the file under `prefix` that holds it (the last place
    /// it stands when it is a repetition).
    fn blame(&mut self, prefix: &str, value: &str, detail: String) {
        let quoted = format!("\"{value}\"");
        let mut place = None;
        for (file, text) in self.texts.iter().filter(|(file, _)| file.starts_with(prefix)) {
            if let Some(line) = text.lines().collect::<Vec<_>>().iter().rposition(|line| line.contains(&quoted)) {
                place = Some((file.clone(), line + 1));
            }
        }
        let (file, line) = place.unwrap_or((prefix.to_owned(), 0));
        self.problem(&file, line, detail);
    }

    fn unique<'a>(&mut self, prefix: &str, what: &str, ids: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
        let mut seen = BTreeSet::new();
        for id in ids {
            if id.is_empty() {
                self.problem(prefix, 0, format!("a {what} is empty"));
            } else if !seen.insert(id) {
                self.blame(prefix, id, format!("{what} {id:?} stands twice"));
            }
        }
        seen
    }
}

/// `product<TAB>hashes`: ascending, four bytes each in little endian, in base64.
fn shape_row(line: &str) -> Result<ShapeRow, &'static str> {
    let (product, text) = line.split_once('\t').ok_or("expected a product, a tab and its features")?;
    let bytes = BASE64_STANDARD.decode(text).map_err(|_| "the features are no base64")?;
    let (features, []) = bytes.as_chunks::<4>() else { return Err("the features are cut off") };
    let features: Vec<u32> = features.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
    if !features.is_sorted_by(|a, b| a < b) {
        return Err("the features are not in ascending order");
    }
    Ok(ShapeRow { product: product.to_owned(), features })
}

/// The line that [`read`] reads as `row`.
pub fn shape_line(row: &ShapeRow) -> String {
    let bytes: Vec<u8> = row.features.iter().flat_map(|hash| hash.to_le_bytes()).collect();
    format!("{}\t{}\n", row.product, BASE64_STANDARD.encode(bytes))
}

/// Labels of letters, digits and `-`, two or more, in lower case.
fn is_host(text: &str) -> bool {
    let labels: Vec<&str> = text.split('.').collect();
    labels.len() >= 2
        && labels.iter().all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
        })
}

fn check(all: &Signatures, reader: &mut Reader) {
    let items = reader.unique("personal-info/taxonomy.toml", "item id", all.items.iter().map(|row| row.id.as_str()));
    reader.unique("permissions.toml", "permission", all.permissions.iter().map(|row| row.name.as_str()));
    reader.unique("app-types.toml", "app type id", all.app_types.iter().map(|row| row.id.as_str()));
    reader.unique("packers.toml", "packer id", all.packers.iter().map(|row| row.id.as_str()));
    reader.unique("hosts.toml", "domain", all.hosts.iter().map(|row| row.domain.as_str()));
    reader.unique("reach.toml", "sign id", all.reach.iter().map(|row| row.id.as_str()));
    reader.unique("wording.toml", "text id", all.wording.iter().map(|row| row.id.as_str()));
    reader.unique("lexicon/", "term id", all.terms.iter().map(|row| row.id.as_str()));
    let sdks: Vec<_> = all.sdks.iter().flat_map(|file| &file.sdk).collect();
    reader.unique("sdks/", "SDK id", sdks.iter().map(|row| row.id.as_str()));
    reader.unique("sdks/", "package prefix", sdks.iter().flat_map(|row| row.packages.iter().map(String::as_str)));
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    for row in &sdks {
        for name in [&row.name_zh, &row.name_en].into_iter().chain(&row.aliases).filter(|name| !name.is_empty()) {
            let plain: String = name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
            if let Some(other) = names.insert(plain, &row.id).filter(|other| *other != row.id) {
                reader.blame("sdks/", name, format!("{} and {other} have the same name {name:?}", row.id));
            }
        }
    }
    let products = reader.unique("shapes.tsv", "product", all.shapes.iter().map(|row| row.product.as_str()));
    if !sdks.is_empty() {
        let known: BTreeSet<&str> = sdks.iter().map(|row| row.id.as_str()).chain([SHARED]).collect();
        for product in products.difference(&known) {
            reader.problem("shapes.tsv", 0, format!("features of the unknown product {product:?}"));
        }
    }
    let clauses: Vec<_> = all.regulations.iter().flat_map(|file| &file.clause).collect();
    let clause_ids = reader.unique("regulations/", "clause id", clauses.iter().map(|row| row.id.as_str()));
    // An overlay may lean on the embedded rows, so references are checked only where the table is here.
    if !items.is_empty() {
        for (row, other) in all.items.iter().flat_map(|row| row.disclosed_by.iter().map(move |other| (row, other))) {
            if !items.contains(other.as_str()) {
                reader.blame(
                    "personal-info/taxonomy.toml",
                    other,
                    format!("{} is disclosed by the unknown item {other:?}", row.id),
                );
            }
        }
        for row in all.pi_apis.iter().filter(|row| !row.item.is_empty() && !items.contains(row.item.as_str())) {
            reader.blame(
                "personal-info/apis-",
                &row.item,
                format!("item {:?} is not in personal-info/taxonomy.toml", row.item),
            );
        }
    }
    for row in &all.data_safety {
        for item in row.items.iter().filter(|item| !items.is_empty() && !items.contains(item.as_str())) {
            let detail = format!("item {item:?} of {} is not in personal-info/taxonomy.toml", row.response);
            reader.blame("data-safety.toml", item, detail);
        }
    }
    // An overlay is held to the embedded list.
    let embedded = toml::from_str::<BroadPrefixFile>(include_str!("../../signatures/broad-prefixes.toml"));
    let embedded = embedded.map(|file| file.rows).unwrap_or_default();
    let is_broad = |prefix: &str| embedded.iter().chain(&all.broad_prefixes).any(|row| row.value == prefix);
    for row in &sdks {
        if !SDK_CATEGORIES.contains(&row.category.as_str()) {
            reader.blame(
                "sdks/",
                &row.category,
                format!("category {:?} of {} is not one of {}", row.category, row.id, SDK_CATEGORIES.join(", ")),
            );
        }
        for call in &row.call {
            let hands_over = call.role == SdkCallRole::UserData;
            if hands_over == call.item.is_empty() {
                let needs = if hands_over { "needs an item" } else { "hands over no item" };
                reader.blame("sdks/", &call.class, format!("call of {} in {} {needs}", call.class, row.id));
            } else if hands_over && !items.is_empty() && !items.contains(call.item.as_str()) {
                let detail = format!("item {:?} of {} is not in personal-info/taxonomy.toml", call.item, row.id);
                reader.blame("sdks/", &call.item, detail);
            }
        }
        let declared = row.declared.iter().flat_map(|declared| declared.items.iter().chain(&declared.optional));
        let told = row.issue.iter().flat_map(|issue| &issue.pi).chain(declared);
        for item in told.filter(|item| !items.is_empty() && !items.contains(item.as_str())) {
            let detail = format!("item {item:?} of {} is not in personal-info/taxonomy.toml", row.id);
            reader.blame("sdks/", item, detail);
        }
        for package in row.packages.iter().filter(|package| is_broad(package)) {
            reader.blame(
                "sdks/",
                package,
                format!("package prefix {package:?} of {} is too broad: other products and apps lie under it", row.id),
            );
        }
        for whole in row.part_of.iter().filter(|whole| !sdks.iter().any(|other| other.id == **whole)) {
            reader.blame("sdks/", whole, format!("{} is part of the unknown product {whole:?}", row.id));
        }
        if !row.succeeds.is_empty() && !sdks.iter().any(|other| other.id == row.succeeds) {
            let detail = format!("{} succeeds the unknown product {:?}", row.id, row.succeeds);
            reader.blame("sdks/", &row.succeeds, detail);
        }
        let address = &row.policy_url;
        let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
        let host = rest.and_then(|rest| rest.split(['/', '?', '#', ':']).next());
        if !address.is_empty() && !host.is_some_and(is_host) {
            reader.blame("sdks/", address, format!("policy_url {address:?} of {} is no address", row.id));
        }
        for host in row.hosts.iter().filter(|host| !is_host(host)) {
            reader.blame("sdks/", host, format!("host {host:?} of {} is no host name", row.id));
        }
        if row.source.trim().is_empty() {
            reader.blame("sdks/", &row.id, format!("{} does not say where it comes from", row.id));
        }
        for package in row.packages.iter().filter(|package| package.len() < 4 || package.ends_with('.')) {
            reader.blame(
                "sdks/",
                package,
                format!("package prefix {package:?} of {} needs four characters or more and no final dot", row.id),
            );
        }
    }
    reader.unique("surfaces.toml", "surface id", all.surfaces.iter().map(|row| row.id.as_str()));
    let terms: BTreeSet<_> = all.terms.iter().map(|row| row.id.as_str()).collect();
    for row in &all.surfaces {
        for term in row.terms.iter().filter(|term| !terms.is_empty() && !terms.contains(term.as_str())) {
            reader.blame("surfaces.toml", term, format!("surface {:?} names the unknown term {term:?}", row.id));
        }
    }
    for row in &all.terms {
        if row.id.starts_with(SCRIPT_TERMS) && !row.is_paired() {
            let detail = format!("zh_hant and zh_hans of {:?} must be as long, each text as its counterpart", row.id);
            reader.blame("lexicon/", &row.id, detail);
        }
        for pattern in &row.regex {
            if let Err(error) = regex::Regex::new(pattern) {
                reader.blame("lexicon/", &row.id, format!("pattern {pattern:?} of term {:?}: {error}", row.id));
            }
        }
    }
    reader.unique("policy-content.toml", "statement id", all.policy_content.iter().map(|row| row.id.as_str()));
    for row in &all.policy_content {
        for pattern in row.patterns.iter().chain(&row.without) {
            if let Err(error) = regex::Regex::new(pattern) {
                reader.blame("policy-content.toml", &row.id, format!("pattern {pattern:?} of {:?}: {error}", row.id));
            }
        }
        if !clause_ids.is_empty() && !clause_ids.contains(row.clause.as_str()) {
            reader.blame(
                "policy-content.toml",
                &row.clause,
                format!("{} names the unknown clause {:?}", row.id, row.clause),
            );
        }
    }
    let rules: BTreeSet<_> = all.rules.iter().map(|row| row.id.as_str()).collect();
    check_profiles(all, reader, &rules);
    check_searches(all, reader);
    check_signals(all, reader);
    check_notice_wording(all, reader, &clause_ids, &rules);
    let told = all.explanations.iter().flat_map(|row| &row.clauses);
    for clause in told.filter(|clause| !clause_ids.is_empty() && !clause_ids.contains(clause.as_str())) {
        reader.blame("explanations.toml", clause, format!("unknown clause {clause:?}"));
    }
    for row in &clauses {
        for other in row.see.iter().filter(|other| !clause_ids.contains(other.as_str())) {
            reader.blame("regulations/", other, format!("clause {:?} refers to the unknown clause {other:?}", row.id));
        }
        for rule in row.rules.iter().filter(|rule| !rules.is_empty() && !rules.contains(rule.as_str())) {
            reader.blame("regulations/", rule, format!("clause {:?} names the unknown rule {rule:?}", row.id));
        }
    }
}

/// Names of severities.
const SEVERITIES: [&str; 5] = ["info", "low", "medium", "high", "critical"];

/// Tables of rules name only what is there.
fn check_searches(all: &Signatures, reader: &mut Reader) {
    const FILE: &str = "rules/";
    let surfaces: BTreeSet<&str> = all.surfaces.iter().map(|row| row.id.as_str()).collect();
    let terms: BTreeSet<&str> = all.terms.iter().map(|row| row.id.as_str()).collect();
    let items: BTreeSet<&str> = all.items.iter().map(|row| row.id.as_str()).collect();
    let sdks: BTreeSet<&str> = all.sdks.iter().flat_map(|file| &file.sdk).map(|row| row.id.as_str()).collect();
    let permissions: BTreeSet<&str> = all.permissions.iter().map(|row| row.name.as_str()).collect();
    let statements: BTreeSet<&str> = all.policy_content.iter().map(|row| row.id.as_str()).collect();
    let categories: BTreeSet<&str> = SDK_CATEGORIES.iter().copied().collect();
    for row in &all.rules {
        let mut named = |what: &str, known: &BTreeSet<&str>, names: &[String]| {
            for name in names.iter().filter(|name| !known.is_empty() && !known.contains(name.as_str())) {
                reader.blame(FILE, name, format!("rule {:?} names the unknown {what} {name:?}", row.id));
            }
        };
        if let Some(recipients) = &row.recipients {
            named("category", &categories, &recipients.by_nature);
            named("category", &categories, &recipients.where_called);
            named("item", &items, &recipients.items);
        }
        let Some(search) = &row.search else { continue };
        if search.kind == SearchKind::Missing {
            named("surface", &surfaces, std::slice::from_ref(&search.surface));
        }
        for signs in search.scope.iter().chain([&search.signs]) {
            named("surface", &surfaces, &signs.surfaces);
            named("SDK", &sdks, &signs.sdks);
            named("category", &categories, &signs.sdk_categories);
            named("permission", &permissions, &signs.permissions);
            named("item", &items, &signs.items);
            named("item", &items, &signs.policy_items);
            named("term", &terms, &signs.names);
            named("statement", &statements, &signs.statements);
        }
        named("severity", &SEVERITIES.into_iter().collect(), std::slice::from_ref(&search.severity));
    }
}

fn check_signals(all: &Signatures, reader: &mut Reader) {
    const FILE: &str = "app-type-signals.toml";
    let types: BTreeSet<&str> = all.app_types.iter().map(|row| row.id.as_str()).collect();
    for row in &all.app_type_signals {
        // Rows of profiles that there are not say nothing.
        if row.app_type.is_empty() == row.profile.is_empty() {
            let target = format!("{}{}", row.app_type, row.profile);
            reader.blame(FILE, &target, format!("a signal speaks for an app type or a profile: {target:?}"));
        }
        if !row.app_type.is_empty() && !types.is_empty() && !types.contains(row.app_type.as_str()) {
            reader.blame(FILE, &row.app_type, format!("signal of the unknown app type {:?}", row.app_type));
        }
        if row.points == 0 || row.most < row.points {
            reader.blame(FILE, &row.app_type, format!("points of {:?} are 0 or more than most", row.app_type));
        }
    }
}

fn check_notice_wording(all: &Signatures, reader: &mut Reader, clauses: &BTreeSet<&str>, rules: &BTreeSet<&str>) {
    const FILE: &str = "notice-wording.toml";
    let statements: BTreeSet<&str> = all.policy_content.iter().map(|row| row.id.as_str()).collect();
    reader.unique(FILE, "wording of clause", all.notice_wording.iter().map(|row| row.clause.as_str()));
    for row in &all.notice_wording {
        let named = [
            (std::slice::from_ref(&row.clause), clauses, "clause"),
            (&row.rules, rules, "rule"),
            (&row.statements, &statements, "statement"),
        ];
        for (names, known, what) in named {
            for name in names.iter().filter(|name| !known.is_empty() && !known.contains(name.as_str())) {
                reader.blame(FILE, name, format!("wording {:?} names the unknown {what} {name:?}", row.clause));
            }
        }
    }
}

fn check_profiles(all: &Signatures, reader: &mut Reader, rules: &BTreeSet<&str>) {
    const FILE: &str = "profiles.toml";
    reader.unique(FILE, "profile id", all.profiles.iter().map(|row| row.id.as_str()));
    let groups: BTreeSet<&str> =
        all.regulations.iter().flat_map(|file| &file.clause).map(|clause| clause.seed_row.as_str()).collect();
    let types: BTreeSet<&str> = all.app_types.iter().map(|row| row.id.as_str()).collect();
    for row in &all.profiles {
        for rule in row.rules.iter().chain(row.severity.keys()) {
            if !rules.is_empty() && !rules.contains(rule.as_str()) {
                reader.blame(FILE, rule, format!("profile {:?} names the unknown rule {rule:?}", row.id));
            }
        }
        for group in row.clauses.iter().filter(|group| !groups.is_empty() && !groups.contains(group.as_str())) {
            reader.blame(FILE, group, format!("profile {:?} names the unknown group of clauses {group:?}", row.id));
        }
        if !row.app_type.is_empty() && !types.is_empty() && !types.contains(row.app_type.as_str()) {
            reader.blame(FILE, &row.app_type, format!("profile {:?} names the unknown app type", row.id));
        }
        for severity in row.severity.values().filter(|severity| !SEVERITIES.contains(&severity.as_str())) {
            let detail =
                format!("severity {severity:?} of profile {:?} is not one of {}", row.id, SEVERITIES.join(", "));
            reader.blame(FILE, severity, detail);
        }
    }
}
