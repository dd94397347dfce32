//! Observations that a rule can read without touching bytecode, XML or the inside of `owners`.
//!
//! One file per kind of fact. If two rules would compute the same thing, it belongs here.

#![forbid(unsafe_code)]

pub mod ad_windows;
pub mod consent;
pub mod consent_tick;
pub mod embedded_policy;
pub mod endpoint;
pub mod exposure;
pub mod handed;
pub mod identity;
pub mod idle_page;
pub mod index;
pub mod permission;
pub mod permission_denial;
pub mod permission_request;
pub mod pi_access;
pub mod policy;
pub mod proposal;
pub mod reach;
pub mod screen;
pub mod sdk;
pub mod sdk_call;
pub mod sdk_list;
pub mod sdk_version;
pub(crate) mod stance;
pub mod stored;
pub mod surface;
pub mod switches;
pub mod table_columns;
pub mod ui;
pub mod used;
pub mod wake;

use crate::app::App;
use crate::code::{BodyId, Phase, Program, Site, Tables, World};
use crate::date::Date;
use crate::evidence::Evidence;
use crate::formats::dex::RefKind;
use crate::knowledge::Knowledge;
use crate::knowledge::schema::{AppTypeRow, ProfileRow};
use crate::metadata::Metadata;
use crate::owners::{OwnerId, Owners, UNKNOWN};
use crate::policy::Policy;

/// What facts are made of.
#[derive(Debug)]
pub struct Sources<'k> {
    /// What the app declares.
    pub app: &'k App,
    /// What its bytecode can do.
    pub program: &'k Program<'k>,
    /// Who stands behind what.
    pub owners: &'k Owners<'k>,
    /// The signatures.
    pub knowledge: &'k Knowledge,
}

impl Sources<'_> {
    /// Owner of the class that holds a body.
    pub fn owner_of(&self, body: BodyId) -> OwnerId {
        self.program.body(body).map_or(UNKNOWN, |body| self.owners.of_class(body.class))
    }

    /// True for a body of an SDK or library.
    pub fn is_third_party(&self, body: BodyId) -> bool {
        self.owners.is_third_party(self.owner_of(body))
    }
}

/// Placeholder under which a rule that judges by the day says which it was.
pub const AS_OF: &str = "as_of";

/// The day as of which an app is judged.
#[derive(Debug, Clone, Copy)]
pub struct AsOf {
    /// The day.
    pub date: Date,
    /// It was given, rather than being the day of the scan.
    pub is_given: bool,
}

/// What is told about an app besides its package and its policy.
#[derive(Debug, Clone, Copy)]
pub struct Told<'k> {
    /// The declared app type.
    pub app_type: Option<&'k AppTypeRow>,
    /// The profile of the scan.
    pub profile: &'k ProfileRow,
    /// What was declared outside the package.
    pub metadata: Option<&'k Metadata>,
    /// The day of judgement.
    pub as_of: AsOf,
    /// Words of the policy that cover an item disclose it.
    pub accepts_general: bool,
}

/// Everything that rules read.
#[derive(Debug)]
pub struct Facts<'k> {
    /// What the facts are made of.
    pub sources: Sources<'k>,
    /// Accesses of personal information by item and owner.
    pub pi: Vec<pi_access::PiFact>,
    /// Declared permissions with their uses.
    pub permissions: Vec<permission::PermissionFact<'k>>,
    /// Third parties.
    pub sdks: Vec<sdk::SdkFact<'k>>,
    /// Network addresses.
    pub endpoints: Vec<endpoint::Endpoint>,
    /// What the user can see.
    pub ui: ui::UiFacts,
    /// Wording that the interface is read by.
    pub lexicon: ui::Lexicon,
    /// Boxes that are ticked from the beginning.
    pub ticks: Vec<consent_tick::Tick>,
    /// Switches with labels that matter here.
    pub switches: Vec<switches::SwitchFact>,
    /// Splash screens and pop-ups in which the app itself shows advertisements.
    pub ad_windows: Vec<ad_windows::AdWindow>,
    /// Screens and the ways between them.
    pub screens: screen::Screens,
    /// Pages for ending the account, when none of them does anything.
    pub idle_deletion: Vec<idle_page::IdlePage>,
    /// What was not seen.
    pub reach: reach::Reach<'k>,
    /// What the policy says, when one was given.
    pub policy: Option<policy::PolicyFacts>,
    /// The declared app type.
    pub app_type: Option<&'k AppTypeRow>,
    /// The profile that the scan runs under.
    pub profile: &'k ProfileRow,
    /// The app type that the app suggests, where that was asked for.
    pub proposed_type: Option<proposal::Proposal<'k>>,
    /// The profile that it suggests, where that was asked for.
    pub proposed_profile: Option<proposal::Proposal<'k>>,
    /// What was declared outside the package.
    pub metadata: Option<&'k Metadata>,
    /// The day as of which is judged; rules that read it say so by [`AS_OF`].
    pub as_of: AsOf,
    /// How the app asks for consent.
    pub consent: consent::ConsentFacts,
    /// Sizes of the call graph.
    pub graph: GraphFacts,
    /// Calls that start SDKs or tell them what the user decided.
    pub sdk_calls: Vec<sdk_call::SdkCallFact<'k>>,
    /// Personal information that the app hands to SDKs.
    pub handed: Vec<handed::HandedFact<'k>>,
    /// Methods of SDKs that take the user's decision.
    pub sdk_setters: Vec<sdk_call::SdkSetterFact<'k>>,
    /// Requests for permissions.
    pub requests: permission_request::PermissionRequests,
    /// Starts without the user.
    pub wake: wake::WakeFacts<'k>,
    /// What other apps can ask its providers for.
    pub exposures: Vec<exposure::ExposureFact<'k>>,
    /// What its own code keeps on the device.
    pub stored: stored::Stored,
    /// Its own code for pictures of identity documents.
    pub identity: identity::IdentityFacts,
}

/// Sizes of the call graph, part of what a scan reached.
#[derive(Debug, Clone, Copy, Default)]
pub struct GraphFacts {
    /// Call edges met over all phases.
    pub edges: u64,
    /// Methods reached in startup, launch, user action and system event.
    pub reached: [usize; 4],
    /// Calls with too many possible targets to follow one by one.
    pub summarised_calls: usize,
}

impl<'k> Facts<'k> {
    /// Joins everything.
    pub fn new(
        sources: Sources<'k>,
        lexicon: ui::Lexicon,
        tables: &'k Tables<'k>,
        policy: Option<&Policy>,
        told: Told<'k>,
    ) -> Self {
        let framework = sources.knowledge.framework();
        let world = World::new(sources.program, tables, framework, consent::plain_libraries(&sources));
        let (index, times) = rayon::join(
            || index::CodeIndex::new(sources.program, sources.knowledge, &|text, tags| lexicon.tag(text, tags)),
            || consent::Times::new(&sources, &world, tables),
        );
        let used = used::Used::new(&sources);
        let ((pi, permissions), (ui, (mut sdks, (endpoints, reach)))) = rayon::join(
            || rayon::join(|| pi_access::collect(&sources, &index, &times), || permission::collect(&sources, &index)),
            || {
                rayon::join(
                    || ui::UiFacts::new(&sources, &lexicon, &index, &used),
                    || {
                        rayon::join(
                            || sdk::collect(&sources),
                            || rayon::join(|| endpoint::collect(&sources, &index), || reach::collect(&sources, &index)),
                        )
                    },
                )
            },
        );
        sdk::grade(&sources, &times, !reach.packers.is_empty(), &mut sdks);
        let policy = policy.map(|policy| {
            policy::PolicyFacts::new(policy, sources.knowledge, &permissions, &sdks, told.accepts_general)
        });
        let ((sdk_calls, screens), (requests, (wake, (ticks, stored)))) = rayon::join(
            || {
                rayon::join(
                    || sdk_call::collect(&sources, &index, &times),
                    || screen::Screens::new(&sources, &times, tables),
                )
            },
            || {
                rayon::join(
                    || permission_request::collect(&sources, &index, &times, tables, &used),
                    || {
                        rayon::join(
                            || wake::collect(&sources, &times, tables),
                            || rayon::join(|| consent_tick::collect(&sources), || stored::collect(&sources, tables)),
                        )
                    },
                )
            },
        );
        let switches = switches::collect(&sources, &lexicon);
        let idle_deletion = idle_page::collect(&sources, &lexicon, &screens, &times, tables);
        let ad_windows = ad_windows::collect(&sources, &lexicon, &used);
        let handed = handed::collect(&sources, &index, &pi, &times);
        let exposures = exposure::collect(&sources, &pi, &times);
        let identity = identity::collect(&sources, tables, &lexicon, &screens);
        let sdk_setters = sdk_call::setters(&sources);
        let graph = GraphFacts {
            edges: times.phases().edges,
            reached: Phase::ALL.map(|phase| times.phases().reached_count(phase)),
            summarised_calls: tables.summarised_calls(),
        };
        let consent = times.consent;
        Self {
            sources,
            pi,
            permissions,
            sdks,
            endpoints,
            ui,
            lexicon,
            ticks,
            switches,
            ad_windows,
            screens,
            idle_deletion,
            reach,
            policy,
            app_type: told.app_type,
            profile: told.profile,
            proposed_type: None,
            proposed_profile: None,
            metadata: told.metadata,
            as_of: told.as_of,
            consent,
            graph,
            sdk_calls,
            handed,
            sdk_setters,
            requests,
            wake,
            exposures,
            stored,
            identity,
        }
    }
}

impl Facts<'_> {
    /// True when the signatures know any API that needs the permission: without one, the absence of
    /// uses says nothing.
    pub fn knows_uses_of(&self, permission: &str) -> bool {
        let knowledge = self.sources.knowledge;
        knowledge.permission_apis().iter().any(|row| row.permissions.iter().any(|name| name == permission))
            || knowledge.pi_apis().iter().any(|row| row.permission == permission)
    }
}

/// A place in code as evidence.
pub(crate) fn code_evidence(sources: &Sources<'_>, site: &Site, refers_to: &str) -> Evidence {
    place(sources, site.body, site.unit, refers_to)
}

/// A whole method as evidence.
pub(crate) fn body_evidence(sources: &Sources<'_>, body: BodyId, refers_to: &str) -> Evidence {
    place(sources, body, 0, refers_to)
}

fn place(sources: &Sources<'_>, body: BodyId, unit: u32, refers_to: &str) -> Evidence {
    let program = sources.program;
    let name = program.body_name(body);
    let source = match (program.body(body).and_then(|row| program.source_file(row.class)), program.line(body, unit)) {
        (Some(file), Some(line)) => format!("{file}:{line}"),
        (Some(file), None) => file.into_owned(),
        _ => String::new(),
    };
    let (class, method, descriptor) = name.map(|name| (name.class, name.name, name.descriptor)).unwrap_or_default();
    let dex = program.dexes.get(program.dex_of(body) as usize).map(|unit| unit.place.clone()).unwrap_or_default();
    Evidence::Code {
        owner: sources.owners.owner(sources.owner_of(body)),
        class,
        method,
        descriptor,
        dex,
        offset: unit,
        source,
        refers_to: refers_to.to_owned(),
        path: Vec::new(),
    }
}

/// A place by its method and code unit as evidence.
pub(crate) fn site_evidence(sources: &Sources<'_>, body: BodyId, unit: u32, refers_to: &str) -> Evidence {
    place(sources, body, unit, refers_to)
}

/// A call of the method with this index as evidence.
pub(crate) fn call_evidence(sources: &Sources<'_>, body: BodyId, unit: u32, method: u32) -> Evidence {
    let name = sources.program.method_name(sources.program.dex_of(body), method).map(|name| name.dotted());
    place(sources, body, unit, &name.unwrap_or_default())
}

/// What a site refers to, as text.
pub(crate) fn site_text(sources: &Sources<'_>, site: &Site) -> String {
    let Some(dex) = sources.program.dex(site.dex) else { return String::new() };
    let named = match site.kind {
        RefKind::Invoke => sources.program.method_name(site.dex, site.index).map(|name| name.dotted()),
        RefKind::FieldGet | RefKind::FieldPut => dex.field(site.index).and_then(|field| {
            Some(format!(
                "{}.{}",
                crate::code::display_class(&dex.type_descriptor(field.class)?),
                dex.string(field.name)?
            ))
        }),
        RefKind::String => dex.string(site.index).map(|text| format!("\"{text}\"")),
        _ => dex.type_descriptor(site.index).map(|name| crate::code::display_class(&name)),
    };
    named.unwrap_or_default()
}
