//! One serialisable [`Report`] and its renderers, which see nothing but it.
//!
//! Field names follow the published schema `docs/report.schema.json` (`mingcha.report/1`).

#![forbid(unsafe_code)]

mod build;
mod checklist;
pub mod coverage;
pub mod csv;
pub mod disclosure;
pub mod escape;
mod fingerprint;
pub mod form;
pub mod gate;
pub mod github;
pub mod groups;
pub mod junit;
pub mod markdown;
pub mod names;
pub mod notice;
pub mod page;
pub mod reach;
pub mod rectification;
pub mod redact;
pub mod sarif;
pub mod sheets;
pub mod stored;
pub mod table;
pub mod terminal;
pub mod text;
mod views;
pub mod workbook;

use serde::Serialize;

use crate::app::signers::Signer;
use crate::evidence::{Anomaly, Evidence, Owner};
use crate::facts::sdk::Presence;
use crate::knowledge::schema::{ClauseRow, InstrumentRow, SdkCallRole, SdkDeclaredRow, Text};
use crate::metadata::Metadata;
use crate::outcome::{About, Confidence, Message, Severity, Slot, Verdict};

pub use build::{InputFacts, build};
use gate::{GateSummary, State, SuppressionNote};
pub use views::{ClauseStatus, Level};

/// Version of the report's shape.
pub const SCHEMA: &str = "mingcha.report/1";

/// Language of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Lang {
    /// 简体中文
    #[default]
    Zh,
    /// English
    En,
}

impl Lang {
    /// Picks one of two texts; the other when it is empty.
    pub fn pick<'t>(self, zh: &'t str, en: &'t str) -> &'t str {
        match self {
            Self::Zh if !zh.is_empty() => zh,
            Self::Zh => en,
            Self::En if !en.is_empty() => en,
            Self::En => zh,
        }
    }

    /// A template in this language with the values of a message, each as `shown` gives it.
    pub(crate) fn fill<'v>(self, text: &'v Text, message: &'v Message, shown: impl Fn(&'v str) -> &'v str) -> String {
        let values = message.values.iter().map(|(name, slot)| {
            let value = match slot {
                Slot::Text(value) => value.as_str(),
                Slot::Both(zh, en) => self.pick(zh, en),
            };
            (*name, shown(value))
        });
        filled(self.pick(&text.zh, &text.en), values)
    }
}

/// A template with the values of its placeholders, by name.
pub(crate) fn filled<'n, V: AsRef<str>>(template: &str, values: impl IntoIterator<Item = (&'n str, V)>) -> String {
    let fill = |text: String, (name, value): (&str, V)| text.replace(&format!("{{{name}}}"), value.as_ref());
    values.into_iter().fold(template.to_owned(), fill)
}

/// A whole scan.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// What made it.
    pub tool: Tool,
    /// That it is redacted, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redaction: Option<redact::RedactionSummary>,
    /// What was read.
    pub input: InputSummary,
    /// What was declared about the app outside its package, where that was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
    /// The day as of which was judged, where one was given or a rule asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// What it declares.
    pub app: AppSummary,
    /// What was not seen.
    pub reach: ReachSummary,
    /// Third parties found.
    pub sdks: Vec<SdkSummary>,
    /// Accesses of personal information.
    pub pi: Vec<PiSummary>,
    /// Network addresses.
    pub endpoints: Vec<EndpointSummary>,
    /// How each rule ended.
    pub outcomes: Vec<OutcomeSummary>,
    /// What a person must still do, since no rule or none alone decides it.
    pub checklist: Vec<CheckStep>,
    /// Rules that were left out on request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skipped_rules: Vec<String>,
    /// What the gate did, where a baseline or suppressions were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gate: Option<GateSummary>,
    /// What was tolerated while reading.
    pub anomalies: Vec<Anomaly>,
    /// Stages and milliseconds, with `--timings` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timings: Option<Vec<Timing>>,
}

/// The program and its signatures.
#[derive(Debug, Clone, Serialize)]
pub struct Tool {
    /// `mingcha`.
    pub name: &'static str,
    /// Program version.
    pub version: &'static str,
    /// Signature set.
    pub signatures: SignatureSet,
}

/// Version and digest of the signatures.
#[derive(Debug, Clone, Serialize)]
pub struct SignatureSet {
    /// Version.
    pub version: String,
    /// SHA-256 over all files.
    pub sha256: String,
}

/// The input file.
#[derive(Debug, Clone, Serialize)]
pub struct InputSummary {
    /// As given.
    pub path: String,
    /// `apk` or `split_set`.
    pub kind: &'static str,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the file, or over the files of a folder in order.
    pub sha256: String,
}

/// What the app declares.
#[derive(Debug, Clone, Serialize)]
pub struct AppSummary {
    /// Package name.
    pub package: String,
    /// Name shown to users, in the report's language.
    pub label: String,
    /// `versionName`.
    pub version_name: String,
    /// `versionCode`.
    pub version_code: u64,
    /// `minSdkVersion`.
    pub min_sdk: Option<u32>,
    /// `targetSdkVersion`.
    pub target_sdk: Option<u32>,
    /// Declared app type, empty when none was given.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub app_type: String,
    /// Profile that the scan ran under.
    pub profile: String,
    /// The app type that the app suggests, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed_type: Option<ProposalSummary>,
    /// The profile that it suggests, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed_profile: Option<ProposalSummary>,
    /// Signers.
    pub signers: Vec<Signer>,
    /// Declared permissions.
    pub permissions: Vec<PermissionSummary>,
    /// Components.
    pub components: Vec<ComponentSummary>,
}

/// What an app suggests.
#[derive(Debug, Clone, Serialize)]
pub struct ProposalSummary {
    /// Id of the type or profile; `null` where the signals are too weak.
    pub id: Option<String>,
    /// Its name in the report's language, empty where there is none.
    pub name: String,
    /// Points of the strongest candidate.
    pub score: u32,
    /// What speaks for it, most points first.
    pub reasons: Vec<ReasonSummary>,
}

/// Something that speaks for a proposal.
#[derive(Debug, Clone, Serialize)]
pub struct ReasonSummary {
    /// `label`, `package`, `text`, `screen`, `permission`, `sdk`, `sdk_category`, `category` or `app_type`.
    pub kind: &'static str,
    /// The word or id that was found.
    pub value: String,
    /// Points that it gave.
    pub points: u32,
    /// Where.
    pub evidence: Evidence,
}

/// A declared permission.
#[derive(Debug, Clone, Serialize)]
pub struct PermissionSummary {
    /// Name.
    pub name: String,
    /// `maxSdkVersion`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_sdk: Option<u32>,
    /// Label in the report's language, empty when unknown.
    pub label: String,
    /// `runtime`, `special`, `normal`, `signature`, `legacy`; empty when unknown.
    pub kind: &'static str,
    /// True when something in the package could need it.
    pub used: bool,
    /// Who needs it.
    pub used_by: Vec<Owner>,
}

/// A component.
#[derive(Debug, Clone, Serialize)]
pub struct ComponentSummary {
    /// `activity`, `activity-alias`, `service`, `receiver`, `provider`.
    pub kind: &'static str,
    /// Class name.
    pub name: String,
    /// Reachable by other apps.
    pub exported: bool,
    /// Whose class it is.
    pub owner: Owner,
}

/// Limits of the scan.
#[derive(Debug, Clone, Serialize)]
pub struct ReachSummary {
    /// Hardening product, `null` when none was seen.
    pub packer: Option<Named>,
    /// Ways by which code is loaded at run time.
    pub dynamic_code: Vec<Sign>,
    /// Reflective look-ups outside known third parties whose class name is no constant.
    pub reflection_unresolved: u32,
    /// Native strings that name personal information.
    pub native_pi: Vec<Evidence>,
    /// Number of distinct native libraries.
    pub native_libraries: usize,
    /// Cross-platform runtimes.
    pub hybrid: Vec<Sign>,
    /// Web pages inside the app.
    pub web_view: Vec<Sign>,
    /// Code hidden in other files.
    pub embedded_code: Vec<String>,
    /// `given`, `embedded` (found in the package) or `none`.
    pub policy: &'static str,
    /// The policy's file, empty when there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub policy_file: String,
    /// Parts that could not be read.
    pub incomplete: Vec<String>,
    /// Share of classes without a known owner, in per cent.
    pub unknown_classes_percent: f64,
    /// Methods decoded.
    pub methods: usize,
    /// Methods that some phase reaches, by phase.
    pub reached_methods: ReachedMethods,
    /// Calls with too many possible targets to follow one by one; their targets count as called where the
    /// objects are made.
    pub summarised_calls: usize,
    /// Places that take personal information and to which no call path was found.
    pub unreached_accesses: usize,
}

/// Numbers of methods by phase.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ReachedMethods {
    /// While the process starts.
    pub startup: usize,
    /// While the first screen comes up.
    pub launch: usize,
    /// On actions of the user.
    pub user_action: usize,
    /// On events of the system.
    pub system_event: usize,
}

/// An id with a name and what shows it.
#[derive(Debug, Clone, Serialize)]
pub struct Named {
    /// Id in the signatures.
    pub id: String,
    /// Name in the report's language.
    pub name: String,
    /// What shows it.
    pub evidence: Vec<Evidence>,
}

/// A sign of hidden behaviour.
#[derive(Debug, Clone, Serialize)]
pub struct Sign {
    /// Id in the signatures.
    pub id: String,
    /// Name in the report's language.
    pub name: String,
    /// How often it was met.
    pub count: u32,
    /// How often outside known third parties.
    pub in_app: u32,
    /// Some places.
    pub evidence: Vec<Evidence>,
}

/// A third party.
#[derive(Debug, Clone, Serialize)]
pub struct SdkSummary {
    /// Id in the signatures.
    pub id: String,
    /// Name in the report's language.
    pub name: String,
    /// Vendor in the report's language.
    pub vendor: String,
    /// ISO 3166 code of the vendor's country, empty when unknown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub country: String,
    /// Category.
    pub category: String,
    /// True for SDKs that may process personal information, false for plain libraries.
    pub collects: bool,
    /// What apps use it for.
    pub purpose: String,
    /// Version, where it was found.
    pub version: Option<String>,
    /// What shows the version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_evidence: Option<Evidence>,
    /// Whether it does anything.
    pub presence: Presence,
    /// How sure.
    pub confidence: Confidence,
    /// What shows it.
    pub reasons: Vec<Evidence>,
    /// Whether the given policy names it.
    pub disclosed: Option<bool>,
    /// The vendor's privacy policy, where known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub policy_url: String,
    /// Items its code takes.
    pub pi: Vec<String>,
    /// What its vendor says that it collects, where the signatures know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared: Option<SdkDeclaredRow>,
    /// Items that it takes before consent.
    pub pi_before_consent: Vec<String>,
    /// Permissions of the manifest that its code can use.
    pub permissions: Vec<String>,
    /// Hosts that its code names.
    pub hosts: Vec<String>,
    /// Calls of the app that start it or tell it what the user decided.
    pub calls: Vec<SdkCallSummary>,
    /// Personal information that the app hands to it.
    pub handed: Vec<HandedSummary>,
}

/// An item that the app hands to an SDK.
#[derive(Debug, Clone, Serialize)]
pub struct HandedSummary {
    /// Taxonomy id.
    pub item: String,
    /// The constant in quotes, or the call that yields it; empty when unknown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// `before`, `after` or `unknown`.
    pub consent: &'static str,
    /// The call.
    pub evidence: Evidence,
}

/// A call that starts an SDK, prepares it, or passes on the user's decision.
#[derive(Debug, Clone, Serialize)]
pub struct SdkCallSummary {
    /// `init`, `pre_init` or `agree`.
    pub role: SdkCallRole,
    /// What it says of the user's agreement, where that is a constant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreed: Option<bool>,
    /// `before`, `after` or `unknown`.
    pub consent: &'static str,
    /// The place.
    pub evidence: Evidence,
}

/// An item of personal information taken by one owner.
#[derive(Debug, Clone, Serialize)]
pub struct PiSummary {
    /// Taxonomy id.
    pub item: String,
    /// Name in the report's language.
    pub name: String,
    /// Ordinary device information: never a finding by itself.
    pub inventory_only: bool,
    /// Whose code.
    pub owner: Owner,
    /// `before` when some place runs on a fresh install without any decision of the user, `after` when all
    /// places run only once the user agreed, else `unknown`.
    pub consent: &'static str,
    /// Phases in which some place can run: `startup`, `launch`, `user_action`, `system_event`.
    pub phases: Vec<&'static str>,
    /// API labels.
    pub api: String,
    /// Number of places.
    pub count: usize,
    /// The places, at most [`MAX_PLACES`].
    pub evidence: Vec<Evidence>,
}

/// Most places listed for one item and owner; `count` says how many there are.
pub const MAX_PLACES: usize = 20;

/// Whose a host is, by the signatures.
#[derive(Debug, Clone, Serialize)]
pub struct HostParty {
    /// Company or product.
    pub name: String,
    /// SDK id, empty when it identifies none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sdk: String,
    /// The domain of the signatures that the host is or lies in.
    pub domain: String,
}

/// A host.
#[derive(Debug, Clone, Serialize)]
pub struct EndpointSummary {
    /// Host name.
    pub host: String,
    /// An address of it.
    pub url: String,
    /// Some address of it is in clear text.
    pub cleartext: bool,
    /// Country code, empty when unknown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub country: String,
    /// Whose host it is, where the signatures tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub belongs_to: Option<HostParty>,
    /// Whose code, library or file names it.
    pub owners: Vec<Owner>,
    /// Some places.
    pub evidence: Vec<Evidence>,
}

/// Something that a person does to settle clauses of the profile that the scan leaves open.
#[derive(Debug, Clone, Serialize)]
pub struct CheckStep {
    /// Ids of the clauses.
    pub clauses: Vec<String>,
    /// How the rules ended that bear on them, the worst; none = no rule did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// What to do.
    pub text: String,
}

/// How a rule ended.
#[derive(Debug, Clone, Serialize)]
pub struct OutcomeSummary {
    /// Rule id.
    pub rule: String,
    /// Rule title.
    pub title: String,
    /// How it ended.
    pub verdict: Verdict,
    /// Clause ids, binding ones first.
    pub clauses: Vec<String>,
    /// The clauses as people cite them.
    pub cited: Vec<Citation>,
    /// Why, when there are no findings.
    pub reason: String,
    /// What `reason` was made of.
    #[serde(skip)]
    pub message: Message,
    /// What shows it, when there are no findings.
    pub evidence: Vec<Evidence>,
    /// Findings, worst first.
    pub findings: Vec<FindingSummary>,
}

/// A clause as people cite it; always in Chinese.
#[derive(Debug, Clone, Serialize)]
pub struct Citation {
    /// Clause id.
    pub id: String,
    /// Title of the document.
    pub instrument: String,
    /// Number as printed.
    pub number: String,
    /// Short title.
    pub title: String,
    /// Wording, only where it was checked word by word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
}

impl Citation {
    /// A clause with its document.
    pub fn of(instrument: &InstrumentRow, clause: &ClauseRow) -> Self {
        Self {
            id: clause.id.clone(),
            instrument: instrument.title_zh.clone(),
            number: clause.clause_no.clone(),
            title: clause.title_zh.clone(),
            quote: clause.quotable().map(str::to_owned),
        }
    }
}

/// A finding.
#[derive(Debug, Clone, Serialize)]
pub struct FindingSummary {
    /// Stable over rebuilds.
    pub fingerprint: String,
    /// Violation or risk.
    pub verdict: Verdict,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// What it is about.
    pub about: About,
    /// Rule title.
    pub title: String,
    /// What was found.
    pub explanation: String,
    /// What `explanation` and `fix` were made of.
    #[serde(skip)]
    pub message: Message,
    /// How to mend it.
    pub fix: String,
    /// Proof.
    pub evidence: Vec<Evidence>,
    /// Where it stands with the gate, where one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Why it is suppressed, or was until the suppression expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppression: Option<SuppressionNote>,
}

/// Duration of one stage.
#[derive(Debug, Clone, Serialize)]
pub struct Timing {
    /// Stage.
    pub stage: &'static str,
    /// Milliseconds.
    pub ms: f64,
}
