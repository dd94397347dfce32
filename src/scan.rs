//! The pipeline: the only place that knows the order of stages.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::app::{self, App};
use crate::code::{Program, Tables, World};
use crate::container::{Entry, Input};
use crate::date::Date;
use crate::error::Result;
use crate::evidence::Anomaly;
use crate::facts::consent::{Times, plain_libraries};
use crate::facts::policy::as_read;
use crate::facts::ui::Lexicon;
use crate::facts::{AsOf, Facts, Sources, Told, embedded_policy, proposal};
use crate::formats::dex;
use crate::knowledge::Knowledge;
use crate::knowledge::schema::{AppTypeRow, ProfileRow};
use crate::limits::{Budget, Limits};
use crate::metadata::Metadata;
use crate::outcome::Severity;
use crate::owners::Owners;
use crate::policy::Policy;
use crate::report::form::Reports;
use crate::report::{InputFacts, Lang, Report, Timing, build};
use crate::rules::{self, Rule};

/// Name that asks for a proposal in place of an app type or profile.
const AUTO: &str = "auto";

/// What to do with an input.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Bounds.
    pub limits: Limits,
    /// Privacy policy to compare with; several files that belong together count as one.
    pub policy: Vec<PathBuf>,
    /// Words of the policy that cover an item without naming it, such as 设备信息, disclose it.
    pub accepts_general_terms: bool,
    /// App type: id or name of one of the 39 types, or `auto` for what the app suggests.
    pub app_type: Option<String>,
    /// Profile by id or name, or `auto` for what the app suggests; the general one without.
    pub profile: Option<String>,
    /// What is declared about the app outside its package.
    pub metadata: Option<PathBuf>,
    /// The day as of which is judged; that of the scan without.
    pub as_of: Option<Date>,
    /// Severities that win over the rules' own and the profile's, as `RULE=LEVEL`.
    pub severity: Vec<String>,
    /// Rules to run, all of the profile when empty.
    pub only: Vec<String>,
    /// Rules to leave out.
    pub skip: Vec<String>,
    /// Language of texts.
    pub lang: Lang,
    /// Record how long each stage took.
    pub timings: bool,
}

impl Options {
    /// The profile of the scan.
    ///
    /// # Errors
    /// [`crate::error::Error::Usage`] for an unknown one.
    pub fn profile<'k>(&self, knowledge: &'k Knowledge) -> Result<&'k ProfileRow> {
        knowledge.profile(self.profile.as_deref().filter(|name| *name != AUTO).unwrap_or(ProfileRow::GENERAL))
    }

    /// The app type that was chosen; none with `auto`.
    ///
    /// # Errors
    /// [`crate::error::Error::Usage`] for an unknown one.
    pub fn app_type<'k>(&self, knowledge: &'k Knowledge) -> Result<Option<&'k AppTypeRow>> {
        self.app_type.as_deref().filter(|name| *name != AUTO).map(|name| knowledge.app_type(name)).transpose()
    }

    /// Puts what the app suggests in place of what was left to it. What was chosen stands.
    fn propose(&self, facts: &mut Facts<'_>) -> Result<()> {
        let knowledge = facts.sources.knowledge;
        let is_auto = |given: &Option<String>| given.as_deref() == Some(AUTO);
        if is_auto(&self.app_type) {
            let proposal = proposal::app_type(facts);
            if let Some(id) = proposal.id {
                facts.app_type = Some(knowledge.app_type(id)?);
            }
            facts.proposed_type = Some(proposal);
        }
        if is_auto(&self.profile) {
            let proposal = proposal::profile(facts, facts.app_type.map(|row| row.id.as_str()));
            if let Some(id) = proposal.id {
                facts.profile = knowledge.profile(id)?;
            }
            facts.proposed_profile = Some(proposal);
        }
        if facts.app_type.is_none() && !facts.profile.app_type.is_empty() {
            facts.app_type = Some(knowledge.app_type(&facts.profile.app_type)?);
        }
        Ok(())
    }

    /// Severities by rule that win over all others.
    ///
    /// # Errors
    /// [`crate::error::Error::Usage`] for what is not `RULE=LEVEL` of a rule and a level that there are.
    pub fn severities(&self) -> Result<BTreeMap<String, Severity>> {
        rules::severities(&self.severity)
    }

    /// The rules of the scan.
    ///
    /// # Errors
    /// [`crate::error::Error::Usage`] for an unknown rule or profile, and when no rule is left.
    pub fn rules(&self, knowledge: &Knowledge) -> Result<Vec<Rule>> {
        self.rules_of(knowledge, self.profile(knowledge)?)
    }

    fn rules_of(&self, knowledge: &Knowledge, profile: &ProfileRow) -> Result<Vec<Rule>> {
        rules::select(&self.only, &self.skip, |rule| rules::runs_with(knowledge, profile, rule))
    }
}

/// An opened input with its bytes.
pub struct Loaded {
    /// What it declares.
    pub app: App,
    /// DEX files in class-loading order: entry path and bytes.
    pub dexes: Vec<DexBytes>,
}

/// One DEX file's bytes.
pub struct DexBytes {
    /// Entry path; of splits with the split's file in front.
    pub place: String,
    data: Vec<u8>,
}

/// Scans one input.
///
/// # Errors
/// When it is no app, damaged beyond what Android accepts, or past a limit; when the policy cannot
/// be read or the app type is unknown.
pub fn scan(path: &Path, options: &Options, knowledge: &Knowledge) -> Result<Report> {
    scan_in(path, options, knowledge, &[]).map(Reports::into_report)
}

/// Scans one input once, for a report in the options' language and in each of `langs` besides.
///
/// # Errors
/// As [`scan`].
pub fn scan_in(path: &Path, options: &Options, knowledge: &Knowledge, langs: &[Lang]) -> Result<Reports> {
    let mut clock = Clock::new(options.timings);
    let app_type = options.app_type(knowledge)?;
    let profile = options.profile(knowledge)?;
    // A mistake in the choice of rules is told before the scan.
    options.rules(knowledge)?;
    let severities = options.severities()?;
    let metadata = options.metadata.as_deref().map(Metadata::load).transpose()?;
    let policy = Policy::load_all(&options.policy)?;
    clock.lap("policy");
    let budget = Budget::default();
    let input = Input::open(path, &options.limits, &budget)?;
    clock.lap("open");
    // Decoding the signatures and compiling the wording take some milliseconds, which small apps would otherwise wait
    // for.
    let (digest, (loaded, ((), lexicon))) = rayon::join(
        || sha256(&input),
        || {
            rayon::join(
                || load(&input, &options.limits, &budget),
                || rayon::join(|| knowledge.warm_up(), || Lexicon::new(knowledge)),
            )
        },
    );
    let mut loaded = loaded?;
    clock.lap("read");
    let parsed = parse(&loaded.dexes, &mut loaded.app);
    let app = loaded.app;
    let constants: Vec<_> = match policy {
        None => parsed.iter().flat_map(|(place, dex)| embedded_policy::constants(place, dex)).collect(),
        Some(_) => Vec::new(),
    };
    let (program, policy) = rayon::join(
        || Program::new(parsed),
        || {
            let found = policy.or_else(|| {
                embedded_policy::find(&input, &app.resources, &constants, &options.limits, &budget, knowledge)
            });
            found.map(|policy| as_read(policy, knowledge))
        },
    );
    clock.lap("code");
    let (owners, tables) =
        rayon::join(|| Owners::new(knowledge, &app, &program), || Tables::new(&program, &app, knowledge));
    clock.lap("owners");
    let sources = Sources { app: &app, program: &program, owners: &owners, knowledge };
    let as_of = AsOf { date: options.as_of.unwrap_or_else(Date::today), is_given: options.as_of.is_some() };
    let accepts_general = options.accepts_general_terms;
    let told = Told { app_type, profile, metadata: metadata.as_ref(), as_of, accepts_general };
    let mut facts = Facts::new(sources, lexicon, &tables, policy.as_ref(), told);
    options.propose(&mut facts)?;
    let chosen = options.rules_of(knowledge, facts.profile)?;
    clock.lap("facts");
    let outcomes = rules::run(&facts, &chosen, &severities);
    clock.lap("rules");
    let described = InputFacts {
        path: path.to_string_lossy().into_owned(),
        kind: input.kind.as_str(),
        size: input.size_bytes,
        sha256: digest,
    };
    let timings = clock.finish();
    let others = langs.iter().filter(|lang| **lang != options.lang);
    let others: Vec<(Lang, Report)> = others
        .map(|lang| (*lang, build(&facts, outcomes.clone(), described.clone(), *lang, timings.clone())))
        .collect();
    let mut reports = Reports::new(options.lang, build(&facts, outcomes, described, options.lang, timings));
    others.into_iter().for_each(|(lang, report)| reports.push(lang, report));
    Ok(reports)
}

/// Decodes the DEX files; what cannot be decoded is recorded as incomplete.
fn parse<'b>(dexes: &'b [DexBytes], app: &mut App) -> Vec<(String, dex::Dex<'b>)> {
    let mut parsed = Vec::new();
    for bytes in dexes {
        match dex::parse(&bytes.data) {
            Ok(decoded) => {
                app::note_flaws(&mut app.anomalies, &bytes.place, decoded.flaws);
                parsed.extend(decoded.value.into_iter().map(|dex| (bytes.place.clone(), dex)));
            }
            Err(error) => app.incomplete.push(format!("{}: {error}", bytes.place)),
        }
    }
    parsed
}

/// Attributes the classes of a read input and hands them to `ask`.
pub(crate) fn attribute<R>(loaded: Loaded, knowledge: &Knowledge, ask: impl FnOnce(&Sources<'_>) -> R) -> R {
    let Loaded { mut app, dexes } = loaded;
    let program = Program::new(parse(&dexes, &mut app));
    let owners = Owners::new(knowledge, &app, &program);
    ask(&Sources { app: &app, program: &program, owners: &owners, knowledge })
}

/// Walks the phases of a read input and hands them to `ask`.
pub(crate) fn analyse<R>(
    loaded: Loaded,
    knowledge: &Knowledge,
    ask: impl FnOnce(&Sources<'_>, &Tables<'_>, &Times<'_, '_>) -> R,
) -> R {
    let Loaded { mut app, dexes } = loaded;
    let program = Program::new(parse(&dexes, &mut app));
    let (owners, tables) =
        rayon::join(|| Owners::new(knowledge, &app, &program), || Tables::new(&program, &app, knowledge));
    let sources = Sources { app: &app, program: &program, owners: &owners, knowledge };
    let world = World::new(&program, &tables, knowledge.framework(), plain_libraries(&sources));
    let times = Times::new(&sources, &world, &tables);
    ask(&sources, &tables, &times)
}

/// Opens and reads an input without analysing its code.
///
/// # Errors
/// As [`scan`].
pub fn load(input: &Input, limits: &Limits, budget: &Budget) -> Result<Loaded> {
    let (app, dexes) = rayon::join(|| app::read(input, limits, budget), || read_dexes(input, limits, budget));
    let mut app = app?;
    let mut out = Vec::new();
    for (place, data) in dexes {
        match data {
            Ok(data) => out.push(DexBytes { place, data: data.into_owned() }),
            Err(error) => app.incomplete.push(format!("{place}: {error}")),
        }
    }
    note_numbering(&out, &mut app.anomalies);
    if let Some(prefix) = janus_prefix(input) {
        app.anomalies.push(Anomaly {
            kind: "dex-before-archive".into(),
            place: input.path.to_string_lossy().into_owned(),
            offset: Some(0),
            detail: "its classes are scanned too".into(),
        });
        out.push(prefix);
    }
    Ok(Loaded { app, dexes: out })
}

impl DexBytes {
    /// The bytes.
    pub fn data(&self) -> &[u8] {
        &self.data
    }
}

/// `classes.dex`, `classes2.dex`, …: the number, or `None` for other names.
fn dex_number(name: &str) -> Option<u32> {
    let digits = name.strip_prefix("classes")?.strip_suffix(".dex")?;
    if digits.is_empty() { Some(1) } else { digits.parse().ok() }
}

/// DEX files that Android does not load by itself, because a number before theirs is missing or the name
/// is not spelt as it spells it. They are scanned all the same: code of the app may load them.
fn note_numbering(dexes: &[DexBytes], anomalies: &mut Vec<Anomaly>) {
    let names: Vec<&str> =
        dexes.iter().map(|bytes| bytes.place.as_str()).filter(|place| !place.contains('!')).collect();
    for name in &names {
        let expected = match dex_number(name) {
            Some(1) => "classes.dex".to_owned(),
            Some(number) => format!("classes{number}.dex"),
            None => continue,
        };
        let before = match dex_number(name).and_then(|number| number.checked_sub(1)) {
            Some(1) => "classes.dex".to_owned(),
            Some(0) | None => String::new(),
            Some(number) => format!("classes{number}.dex"),
        };
        if *name != expected || !before.is_empty() && !names.contains(&before.as_str()) {
            let detail = "Android does not load this file by itself; its classes are scanned too".into();
            anomalies.push(Anomaly { kind: "dex-numbering".into(), place: (*name).to_owned(), offset: None, detail });
        }
    }
}

fn read_dexes<'i>(input: &'i Input, limits: &Limits, budget: &Budget) -> Vec<(String, Result<Cow<'i, [u8]>>)> {
    let mut wanted: Vec<(String, &crate::container::Archive, &Entry)> = Vec::new();
    for (number, package) in input.packages.iter().enumerate() {
        let mut entries: Vec<(u32, &Entry)> =
            package.archive.entries().iter().filter_map(|entry| Some((dex_number(&entry.name)?, entry))).collect();
        entries.sort_by_key(|(number, _)| *number);
        let prefix = if number == 0 {
            String::new()
        } else {
            format!("{}!", package.archive.path.rsplit(['/', '!']).next().unwrap_or_default())
        };
        wanted
            .extend(entries.into_iter().map(|(_, entry)| (format!("{prefix}{}", entry.name), &package.archive, entry)));
    }
    wanted.into_par_iter().map(|(place, archive, entry)| (place, archive.read(entry, limits, budget))).collect()
}

/// A DEX file in front of the archive, which old Android versions run instead of the one inside
/// (CVE-2017-13156).
fn janus_prefix(input: &Input) -> Option<DexBytes> {
    let data = input.packages.first()?.archive.data();
    if !data.starts_with(b"dex\n") {
        return None;
    }
    let size = crate::formats::bytes::u32_at(data, 32)? as usize;
    Some(DexBytes { place: "(in front of the archive)".into(), data: data.get(..size)?.to_vec() })
}

fn sha256(input: &Input) -> String {
    let mut digest = Sha256::new();
    for bytes in &input.bytes {
        digest.update(bytes.as_slice());
    }
    format!("{:x}", digest.finalize())
}

struct Clock {
    last: Instant,
    laps: Option<Vec<Timing>>,
}

impl Clock {
    fn new(on: bool) -> Self {
        Self { last: Instant::now(), laps: on.then(Vec::new) }
    }

    fn lap(&mut self, stage: &'static str) {
        let now = Instant::now();
        if let Some(laps) = &mut self.laps {
            laps.push(Timing { stage, ms: now.duration_since(self.last).as_secs_f64() * 1000.0 });
        }
        self.last = now;
    }

    fn finish(self) -> Option<Vec<Timing>> {
        self.laps
    }
}
