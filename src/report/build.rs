//! From facts and outcomes to the report: ids become names, keys become sentences.

use super::checklist;
use super::fingerprint::fingerprints;
use super::{
    AppSummary, Citation, ComponentSummary, EndpointSummary, FindingSummary, HandedSummary, HostParty, InputSummary,
    Lang, MAX_PLACES, Named, OutcomeSummary, PermissionSummary, PiSummary, ProposalSummary, ReachSummary,
    ReachedMethods, ReasonSummary, Report, SCHEMA, SdkCallSummary, SdkSummary, Sign, SignatureSet, Timing, Tool,
};
use crate::code::{Consent, Phase};
use crate::evidence::{Evidence, OwnerKind};
use crate::facts::pi_access::PiFact;
use crate::facts::proposal::Proposal;
use crate::facts::reach::ReachSign;
use crate::facts::sdk_version::is_older;
use crate::facts::{AS_OF, Facts};
use crate::knowledge::schema::{InstrumentRow, ReachKind, RuleRow};
use crate::outcome::{Finding, Message, Outcome};
use crate::rules::{RULES, runs_with};

/// What is known of the input before it is opened.
#[derive(Debug, Clone)]
pub struct InputFacts {
    /// Path as given.
    pub path: String,
    /// `apk` or `split_set`.
    pub kind: &'static str,
    /// Bytes.
    pub size: u64,
    /// Digest of the bytes.
    pub sha256: String,
}

/// Builds the report in one language.
pub fn build(
    facts: &Facts<'_>,
    outcomes: Vec<(&'static str, Outcome)>,
    input: InputFacts,
    lang: Lang,
    timings: Option<Vec<Timing>>,
) -> Report {
    let knowledge = facts.sources.knowledge;
    let mut anomalies = facts.sources.app.anomalies.clone();
    anomalies.sort();
    anomalies.dedup();
    let ran = |id: &str| outcomes.iter().any(|(rule, _)| *rule == id);
    let skipped_rules = RULES
        .iter()
        .map(|rule| rule.id)
        .filter(|id| !ran(id) && runs_with(knowledge, facts.profile, id))
        .map(str::to_owned)
        .collect();
    let checklist = checklist::steps(facts, &outcomes, lang);
    Report {
        schema: SCHEMA,
        tool: Tool {
            name: "mingcha",
            version: env!("CARGO_PKG_VERSION"),
            signatures: SignatureSet { version: knowledge.version().to_owned(), sha256: knowledge.sha256() },
        },
        redaction: None,
        input: InputSummary { path: input.path, kind: input.kind, size: input.size, sha256: input.sha256 },
        metadata: facts.metadata.cloned(),
        as_of: (facts.as_of.is_given || reads_date(&outcomes)).then(|| facts.as_of.date.to_string()),
        app: app(facts, lang),
        reach: reach(facts, lang),
        sdks: sdks(facts, lang),
        pi: pi(facts, lang),
        endpoints: endpoints(facts),
        outcomes: outcomes.into_iter().map(|(rule, outcome)| outcome_summary(facts, rule, outcome, lang)).collect(),
        checklist,
        skipped_rules,
        gate: None,
        anomalies,
        timings,
    }
}

/// True when a rule says as of which day it judged.
fn reads_date(outcomes: &[(&'static str, Outcome)]) -> bool {
    let says = |message: &Message| message.values.contains_key(AS_OF);
    outcomes
        .iter()
        .any(|(_, outcome)| says(&outcome.reason) || outcome.findings.iter().any(|finding| says(&finding.message)))
}

fn app(facts: &Facts<'_>, lang: Lang) -> AppSummary {
    let app = facts.sources.app;
    let owners = facts.sources.owners;
    let permissions = facts.permissions.iter().map(|fact| PermissionSummary {
        name: fact.declared.name.clone(),
        max_sdk: fact.declared.max_sdk,
        label: fact.row.map(|row| lang.pick(&row.label_zh, &row.label_en).to_owned()).unwrap_or_default(),
        kind: fact.row.map_or("", |row| row.kind.as_str()),
        used: fact.is_used(),
        used_by: fact.uses.iter().map(|(owner, _)| owners.owner(*owner)).collect(),
    });
    let components = app.components.iter().map(|component| ComponentSummary {
        kind: component.kind.element(),
        name: component.name.clone(),
        exported: component.exported,
        owner: owners.owner(owners.of_name(component.class())),
    });
    let label = match lang {
        Lang::Zh => &app.label.zh,
        Lang::En => &app.label.en,
    };
    AppSummary {
        package: app.package().to_owned(),
        label: if label.is_empty() { app.label.default.clone() } else { label.clone() },
        version_name: app.manifest.version_name.clone(),
        version_code: app.manifest.version_code,
        min_sdk: app.manifest.min_sdk,
        target_sdk: app.manifest.target_sdk,
        app_type: facts.app_type.map(|row| row.id.clone()).unwrap_or_default(),
        profile: facts.profile.id.clone(),
        proposed_type: facts.proposed_type.as_ref().map(|proposal| {
            let row = proposal.id.and_then(|id| facts.sources.knowledge.app_type(id).ok());
            proposed(proposal, row.map(|row| (&row.name_zh, &row.name_en)), lang)
        }),
        proposed_profile: facts.proposed_profile.as_ref().map(|proposal| {
            let row = proposal.id.and_then(|id| facts.sources.knowledge.profile(id).ok());
            proposed(proposal, row.map(|row| (&row.name_zh, &row.name_en)), lang)
        }),
        signers: app.signers.clone(),
        permissions: permissions.collect(),
        components: components.collect(),
    }
}

fn proposed(proposal: &Proposal<'_>, name: Option<(&String, &String)>, lang: Lang) -> ProposalSummary {
    let reasons = proposal.reasons.iter().map(|reason| ReasonSummary {
        kind: reason.kind.as_str(),
        value: reason.value.clone(),
        points: reason.points,
        evidence: reason.evidence.clone(),
    });
    ProposalSummary {
        id: proposal.id.map(str::to_owned),
        name: name.map(|(zh, en)| lang.pick(zh, en).to_owned()).unwrap_or_default(),
        score: proposal.score,
        reasons: reasons.collect(),
    }
}

fn reach(facts: &Facts<'_>, lang: Lang) -> ReachSummary {
    let reach = &facts.reach;
    let of_kind = |kind: ReachKind| -> Vec<Sign> {
        let sign = |sign: &ReachSign<'_>| Sign {
            id: sign.row.id.clone(),
            name: lang.pick(&sign.row.name_zh, &sign.row.name_en).to_owned(),
            count: sign.count,
            in_app: sign.in_app,
            evidence: sign.places.clone(),
        };
        reach.signs.iter().filter(|found| found.row.kind == kind).map(sign).collect()
    };
    let counts = facts.sources.owners.class_counts();
    let all: u32 = counts.values().sum();
    let unknown: u32 = counts
        .iter()
        .filter(|(owner, _)| facts.sources.owners.kind(**owner) == OwnerKind::Unknown)
        .map(|(_, count)| *count)
        .sum();
    let percent = if all == 0 { 0.0 } else { (f64::from(unknown) * 1000.0 / f64::from(all)).round() / 10.0 };
    ReachSummary {
        packer: reach.packers.first().map(|(row, evidence)| Named {
            id: row.id.clone(),
            name: lang.pick(&row.name_zh, &row.name_en).to_owned(),
            evidence: evidence.clone(),
        }),
        dynamic_code: of_kind(ReachKind::DynamicCode),
        reflection_unresolved: reach.reflection_unresolved,
        native_pi: reach.native_pi.clone(),
        native_libraries: reach.native_count,
        hybrid: of_kind(ReachKind::Hybrid),
        web_view: of_kind(ReachKind::WebView),
        embedded_code: facts.sources.app.embedded_code.clone(),
        policy: match &facts.policy {
            Some(policy) if policy.is_embedded => "embedded",
            Some(_) => "given",
            None => "none",
        },
        policy_file: facts.policy.as_ref().map(|policy| policy.path.clone()).unwrap_or_default(),
        incomplete: reach.incomplete.clone(),
        unknown_classes_percent: percent,
        methods: reach.methods,
        reached_methods: {
            let [startup, launch, user_action, system_event] = facts.graph.reached;
            ReachedMethods { startup, launch, user_action, system_event }
        },
        summarised_calls: facts.graph.summarised_calls,
        unreached_accesses: facts
            .pi
            .iter()
            .flat_map(|fact| &fact.accesses)
            .filter(|access| access.certain && access.body.is_some() && access.when.phases.is_empty())
            .count(),
    }
}

fn sdks(facts: &Facts<'_>, lang: Lang) -> Vec<SdkSummary> {
    let summary = |sdk: &crate::facts::sdk::SdkFact<'_>| SdkSummary {
        id: sdk.row.id.clone(),
        name: lang.pick(&sdk.row.name_zh, &sdk.row.name_en).to_owned(),
        vendor: lang.pick(&sdk.vendor.vendor_zh, &sdk.vendor.vendor_en).to_owned(),
        country: sdk.vendor.country.clone(),
        category: sdk.row.category.clone(),
        collects: sdk.row.collects,
        purpose: lang.pick(&sdk.row.purpose_zh, &sdk.row.purpose_en).to_owned(),
        version: sdk.version.as_ref().map(|fact| fact.version.clone()),
        version_evidence: sdk.version.as_ref().map(|fact| fact.evidence.clone()),
        presence: sdk.presence,
        confidence: sdk.confidence,
        reasons: sdk.reasons.clone(),
        disclosed: facts.policy.as_ref().map(|policy| policy.discloses(sdk.row).is_some()),
        policy_url: sdk.row.policy_url.clone(),
        pi: facts.pi.iter().filter(|fact| fact.owner == sdk.owner).map(|fact| fact.item.clone()).collect(),
        declared: sdk.row.declared.clone(),
        pi_before_consent: facts
            .pi
            .iter()
            .filter(|fact| fact.owner == sdk.owner && consent_of(fact) == Consent::Before)
            .map(|fact| fact.item.clone())
            .collect(),
        permissions: facts
            .permissions
            .iter()
            .filter(|fact| fact.uses.iter().any(|(owner, _)| *owner == sdk.owner))
            .map(|fact| fact.declared.name.clone())
            .collect(),
        hosts: facts
            .endpoints
            .iter()
            .filter(|endpoint| endpoint.owners.contains(&sdk.owner))
            .map(|endpoint| endpoint.host.clone())
            .collect(),
        calls: facts
            .sdk_calls
            .iter()
            .filter(|call| call.sdk.id == sdk.row.id)
            .map(|call| SdkCallSummary {
                role: call.role,
                agreed: call.agreed,
                consent: call.when.consent.unwrap_or(Consent::Unknown).as_str(),
                evidence: call.evidence.clone(),
            })
            .collect(),
        handed: facts
            .handed
            .iter()
            .filter(|handed| handed.sdk.id == sdk.row.id)
            .map(|handed| HandedSummary {
                item: handed.item.clone(),
                from: handed.from.clone(),
                consent: handed.when.consent.unwrap_or(Consent::Unknown).as_str(),
                evidence: handed.evidence.clone(),
            })
            .collect(),
    };
    facts.sdks.iter().map(summary).collect()
}

fn pi(facts: &Facts<'_>, lang: Lang) -> Vec<PiSummary> {
    let mut out = Vec::new();
    for fact in &facts.pi {
        let item = facts.sources.knowledge.item(&fact.item);
        let mut apis: Vec<&str> = fact.accesses.iter().map(|access| access.api.as_str()).collect();
        apis.sort_unstable();
        apis.dedup();
        out.push(PiSummary {
            item: fact.item.clone(),
            name: item.map(|row| lang.pick(&row.zh, &row.en).to_owned()).unwrap_or_default(),
            inventory_only: item.is_some_and(|row| row.inventory_only),
            owner: facts.sources.owners.owner(fact.owner),
            consent: consent_of(fact).as_str(),
            phases: phases_of(fact),
            api: apis.join(if lang == Lang::Zh { "、" } else { ", " }),
            count: fact.accesses.len(),
            evidence: fact.accesses.iter().take(MAX_PLACES).map(|access| access.evidence.clone()).collect(),
        });
    }
    out
}

/// The earliest that is sure: one place before consent speaks for all.
fn consent_of(fact: &PiFact) -> Consent {
    let all = || fact.accesses.iter().filter_map(|access| access.when.consent);
    if all().any(|consent| consent == Consent::Before) {
        Consent::Before
    } else if all().next().is_some() && all().all(|consent| consent == Consent::After) {
        Consent::After
    } else {
        Consent::Unknown
    }
}

fn phases_of(fact: &PiFact) -> Vec<&'static str> {
    let mut out: Vec<Phase> = fact.accesses.iter().flat_map(|access| access.when.phases.iter().copied()).collect();
    out.sort_unstable();
    out.dedup();
    out.into_iter().map(Phase::as_str).collect()
}

fn endpoints(facts: &Facts<'_>) -> Vec<EndpointSummary> {
    let summary = |endpoint: &crate::facts::endpoint::Endpoint| EndpointSummary {
        host: endpoint.host.clone(),
        url: endpoint.url.clone(),
        cleartext: endpoint.cleartext.is_some(),
        country: endpoint.country().to_owned(),
        belongs_to: endpoint.party.as_ref().map(|party| HostParty {
            name: party.name.clone(),
            sdk: party.sdk.clone(),
            domain: party.domain.clone(),
        }),
        owners: endpoint.owners.iter().map(|owner| facts.sources.owners.owner(*owner)).collect(),
        evidence: endpoint.places.clone(),
    };
    facts.endpoints.iter().map(summary).collect()
}

fn outcome_summary(facts: &Facts<'_>, rule: &str, outcome: Outcome, lang: Lang) -> OutcomeSummary {
    let knowledge = facts.sources.knowledge;
    let row = knowledge.rule(rule);
    let title = row.map(|row| lang.pick(&row.title.zh, &row.title.en).to_owned()).unwrap_or_default();
    // Clauses of other lines of business say nothing of this app, unless its rule was asked for by name.
    let mut clauses = knowledge.clauses_of(rule);
    if clauses.iter().any(|(_, clause)| facts.profile.clauses.contains(&clause.seed_row)) {
        clauses.retain(|(_, clause)| facts.profile.clauses.contains(&clause.seed_row));
    }
    if facts.as_of.is_given {
        let day = facts.as_of.date.to_string();
        let in_force = |instrument: &InstrumentRow| instrument.date_effective <= day;
        if clauses.iter().any(|(instrument, _)| in_force(instrument)) {
            clauses.retain(|(instrument, _)| in_force(instrument));
        }
    }
    let cited = clauses.iter().map(|(instrument, clause)| Citation::of(instrument, clause));
    OutcomeSummary {
        rule: rule.to_owned(),
        verdict: outcome.verdict,
        clauses: clauses.iter().map(|(_, clause)| clause.id.clone()).collect(),
        cited: cited.collect(),
        reason: sentence(row, &outcome.reason, lang),
        message: outcome.reason,
        evidence: outcome.evidence,
        findings: fingerprints(facts, rule, &outcome.findings)
            .into_iter()
            .zip(outcome.findings)
            .map(|(fingerprint, finding)| finding_summary(facts, fingerprint, row, &title, finding, lang))
            .collect(),
        title,
    }
}

fn finding_summary(
    facts: &Facts<'_>,
    fingerprint: String,
    row: Option<&RuleRow>,
    title: &str,
    finding: Finding,
    lang: Lang,
) -> FindingSummary {
    let mut fix = row.map(|row| lang.fill(&row.fix, &finding.message, |value| value)).unwrap_or_default();
    for known in known_issues(facts, &finding, lang) {
        fix.push_str(if lang == Lang::Zh { "" } else { " " });
        fix.push_str(&known);
    }
    FindingSummary {
        fingerprint,
        verdict: finding.verdict,
        severity: finding.severity,
        confidence: finding.confidence,
        title: title.to_owned(),
        explanation: sentence(row, &finding.message, lang),
        message: finding.message,
        fix,
        about: finding.about,
        evidence: finding.evidence,
        state: None,
        suppression: None,
    }
}

/// What is publicly known of the SDKs that a finding is about, with what helps.
fn known_issues(facts: &Facts<'_>, finding: &Finding, lang: Lang) -> Vec<String> {
    let owners = finding.evidence.iter().filter_map(|evidence| match evidence {
        Evidence::Code { owner, .. } if owner.kind == OwnerKind::Sdk => Some(owner.id.as_str()),
        _ => None,
    });
    let mut ids: Vec<&str> = owners.chain(finding.about.sdk.as_deref()).collect();
    ids.sort_unstable();
    ids.dedup();
    // An SDK's trouble with one item says nothing of a finding on another; findings on the SDK take all.
    let matters = |pi: &[String]| match &finding.about.pi {
        Some(item) => pi.is_empty() || pi.contains(item),
        None => finding.about.sdk.is_some(),
    };
    let wording = facts.sources.knowledge.text("sdk.issue");
    let template = wording.map(|row| lang.pick(&row.zh, &row.en)).unwrap_or_default();
    let mut out = Vec::new();
    for sdk in facts.sdks.iter().filter(|sdk| ids.contains(&sdk.row.id.as_str())) {
        let version = sdk.version.as_ref().map(|fact| fact.version.as_str());
        let name = lang.pick(&sdk.row.name_zh, &sdk.row.name_en);
        for issue in sdk.row.issue.iter().filter(|issue| matters(&issue.pi)) {
            if version.is_some_and(|version| !issue.fixed_in.is_empty() && !is_older(version, &issue.fixed_in)) {
                continue;
            }
            let shown = version.map(|version| format!("{name} {version}")).unwrap_or_else(|| name.to_owned());
            out.push(
                template
                    .replace("{sdk}", &shown)
                    .replace("{problem}", lang.pick(&issue.zh, &issue.en))
                    .replace("{cure}", lang.pick(&issue.cure_zh, &issue.cure_en)),
            );
        }
    }
    out
}

fn sentence(row: Option<&RuleRow>, message: &Message, lang: Lang) -> String {
    row.and_then(|row| row.message.get(message.key))
        .map(|text| lang.fill(text, message, |value| value))
        .unwrap_or_default()
}
