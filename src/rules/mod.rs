//! One file per behaviour. A rule reads [`Facts`] and returns an [`Outcome`].
//!
//! No I/O, no clock, no formatting: wording stands in `signatures/rules/<id>.toml`, and the clauses
//! that a rule decides name it in `signatures/regulations/`.

#![forbid(unsafe_code)]

mod advertisement_without_close;
mod associated_start;
mod auto_renewal_by_default;
mod background_collection;
mod before_consent;
mod cleartext_traffic;
mod clipboard_before_consent;
mod commercial_messages_without_choice;
mod consent_not_explicit;
mod credit_data_abroad;
mod eu_targeting;
mod exposed_personal_information_provider;
mod filings;
mod high_risk_permission;
mod identifier_before_consent;
mod identity_data_to_third_party;
mod identity_document_cached;
mod incomplete_policy;
mod incomplete_sdk_list;
mod installed_apps_before_consent;
mod location_before_consent;
mod missing_account_deletion;
mod missing_complaint_channel;
mod missing_consent_prompt;
mod missing_consent_withdrawal;
mod missing_eu_representative;
mod missing_filing_number;
mod missing_information_lists;
mod missing_privacy_policy;
mod missing_recommendation_switch;
mod network_identifier_before_consent;
mod over_broad_policy;
mod overseas_endpoint;
mod permission_beyond_app_type;
mod permission_denial_blocks_app;
mod permission_only_for_sdk;
mod permission_requested_repeatedly;
mod permission_requested_without_purpose;
mod permission_requests;
mod permissions_requested_at_launch;
mod personal_information_before_consent;
mod policy_content;
mod policy_contradicts_code;
mod policy_hard_to_reach;
mod refusal_closes_app;
mod repeated_collection;
mod reward_for_information;
mod risk_control_sdk_undisclosed;
mod sdk_decision_not_passed;
mod sdk_initialized_before_consent;
mod sdk_item_not_listed;
mod searches;
mod self_start;
mod sensitive_credentials_kept;
mod shake_to_open_advertisement;
mod signs;
mod stale_app;
mod stored_keys;
mod support;
mod surfaces;
mod switch_without_effect;
mod tracking_on_by_default;
mod undisclosed_permission;
mod undisclosed_personal_information;
mod undisclosed_sdk;
mod unfair_policy_statement;
mod unproven_education_filing;
mod unreadable_policy;
mod unreasonable_deletion_terms;
mod unused_permission;
mod vague_permission_purpose;

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::facts::Facts;
use crate::knowledge::Knowledge;
use crate::knowledge::schema::ProfileRow;
use crate::outcome::{Outcome, Severity};

/// A check of one behaviour.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Stable id, kebab-case, names the flagged behaviour.
    pub id: &'static str,
    /// Decides it.
    pub check: fn(&Facts<'_>) -> Outcome,
}

/// All rules by id.
pub const RULES: &[Rule] = &[
    searches::ADVERTISEMENT_CLOSABLE_AFTER_COUNTDOWN,
    advertisement_without_close::RULE,
    associated_start::RULE,
    auto_renewal_by_default::RULE,
    background_collection::RULE,
    searches::BASIC_DATA_DESPITE_SINGLE_SIGN_ON,
    cleartext_traffic::RULE,
    clipboard_before_consent::RULE,
    commercial_messages_without_choice::RULE,
    consent_not_explicit::RULE,
    searches::CONTACTS_IN_FINANCE_APP,
    credit_data_abroad::RULE,
    eu_targeting::RULE,
    exposed_personal_information_provider::RULE,
    searches::FACE_DATA_ON_CAMPUS,
    searches::FACE_EDIT_WITHOUT_NOTICE,
    searches::FORBIDDEN_CREDIT_DATA,
    searches::GUEST_PLAY,
    high_risk_permission::RULE,
    identifier_before_consent::RULE,
    identity_data_to_third_party::RULE,
    identity_document_cached::RULE,
    searches::IDENTITY_DOCUMENT_WITHOUT_SEPARATE_CONSENT,
    incomplete_policy::RULE,
    incomplete_sdk_list::RULE,
    installed_apps_before_consent::RULE,
    location_before_consent::RULE,
    missing_account_deletion::RULE,
    searches::MISSING_AGE_RATING,
    searches::MISSING_CHILDREN_RULES,
    missing_complaint_channel::RULE,
    missing_consent_prompt::RULE,
    missing_consent_withdrawal::RULE,
    searches::MISSING_CORRECTION,
    searches::MISSING_DATA_COPY,
    missing_eu_representative::RULE,
    missing_filing_number::RULE,
    searches::MISSING_GUARDIAN_CONSENT,
    searches::MISSING_IDENTITY_VERIFICATION,
    missing_information_lists::RULE,
    searches::MISSING_MINORS_MODE,
    searches::MISSING_PLAY_TIME_LIMIT,
    missing_privacy_policy::RULE,
    searches::MISSING_REAL_NAME_CHECK,
    missing_recommendation_switch::RULE,
    searches::MISSING_SPENDING_LIMIT,
    searches::MISSING_SYNTHETIC_CONTENT_LABEL,
    network_identifier_before_consent::RULE,
    searches::OUTDATED_PLAY_TIME_LIMIT,
    over_broad_policy::RULE,
    overseas_endpoint::RULE,
    permission_beyond_app_type::RULE,
    permission_denial_blocks_app::RULE,
    permission_only_for_sdk::RULE,
    permission_requested_repeatedly::RULE,
    permission_requested_without_purpose::RULE,
    permissions_requested_at_launch::RULE,
    personal_information_before_consent::RULE,
    policy_contradicts_code::RULE,
    policy_hard_to_reach::RULE,
    refusal_closes_app::RULE,
    repeated_collection::RULE,
    reward_for_information::RULE,
    risk_control_sdk_undisclosed::RULE,
    sdk_decision_not_passed::RULE,
    sdk_initialized_before_consent::RULE,
    sdk_item_not_listed::RULE,
    self_start::RULE,
    sensitive_credentials_kept::RULE,
    shake_to_open_advertisement::RULE,
    stale_app::RULE,
    switch_without_effect::RULE,
    tracking_on_by_default::RULE,
    undisclosed_permission::RULE,
    undisclosed_personal_information::RULE,
    undisclosed_sdk::RULE,
    unfair_policy_statement::RULE,
    unproven_education_filing::RULE,
    unreadable_policy::RULE,
    unreasonable_deletion_terms::RULE,
    unused_permission::RULE,
    vague_permission_purpose::RULE,
];

/// Runs the rules, in parallel, results by id; `severities` stand in place of the profile's, and these in place of
/// the rules' own.
pub fn run(facts: &Facts<'_>, rules: &[Rule], severities: &BTreeMap<String, Severity>) -> Vec<(&'static str, Outcome)> {
    let graded = |rule: &Rule| {
        let mut outcome = (rule.check)(facts);
        let of_profile = || facts.profile.severity.get(rule.id).and_then(|name| Severity::named(name));
        if let Some(severity) = severities.get(rule.id).copied().or_else(of_profile) {
            outcome.findings.iter_mut().for_each(|finding| finding.severity = severity);
        }
        (rule.id, outcome)
    };
    rules.par_iter().map(graded).collect()
}

/// True for rules that run with this profile: all but those that only other profiles name.
pub fn runs_with(knowledge: &Knowledge, profile: &ProfileRow, rule: &str) -> bool {
    let names = |row: &ProfileRow| row.rules.iter().any(|name| name == rule);
    names(profile) || !knowledge.profiles().iter().any(names)
}

/// Refuses a name that no rule has.
fn known(name: &str) -> Result<()> {
    if RULES.iter().any(|rule| rule.id == name) {
        return Ok(());
    }
    let nearest =
        RULES.iter().max_by(|a, b| strsim::jaro_winkler(a.id, name).total_cmp(&strsim::jaro_winkler(b.id, name)));
    let nearest = nearest.map(|rule| rule.id).unwrap_or_default();
    Err(Error::Usage(format!("unknown rule {name:?}; did you mean {nearest:?}? `mingcha rules` lists all")))
}

/// Severities by rule out of `RULE=LEVEL`; the last of a rule wins.
///
/// # Errors
/// [`Error::Usage`] for anything else, an unknown rule or an unknown level.
pub fn severities(given: &[String]) -> Result<BTreeMap<String, Severity>> {
    let mut out = BTreeMap::new();
    for text in given {
        let levels = || Severity::ALL.map(Severity::as_str).join(", ");
        let Some((rule, level)) = text.split_once('=').map(|(rule, level)| (rule.trim(), level.trim())) else {
            return Err(Error::Usage(format!("severity {text:?} is not RULE=LEVEL, such as unused-permission=low")));
        };
        known(rule)?;
        let Some(severity) = Severity::named(level) else {
            return Err(Error::Usage(format!("unknown severity {level:?} of {rule}; levels: {}", levels())));
        };
        out.insert(rule.to_owned(), severity);
    }
    Ok(out)
}

/// The rules named in `only`, or all of the profile when it is empty, without those named in `skip`.
///
/// # Errors
/// [`Error::Usage`] for a name that no rule has, with the nearest one, and when no rule is left.
pub fn select(only: &[String], skip: &[String], runs: impl Fn(&str) -> bool) -> Result<Vec<Rule>> {
    only.iter().chain(skip).try_for_each(|name| known(name))?;
    let named = |names: &[String], rule: &Rule| names.iter().any(|name| name == rule.id);
    let chosen: Vec<Rule> = RULES
        .iter()
        .filter(|rule| if only.is_empty() { runs(rule.id) } else { named(only, rule) } && !named(skip, rule))
        .copied()
        .collect();
    if chosen.is_empty() {
        return Err(Error::Usage("no rule is left to run: --skip names all that --only chose".into()));
    }
    Ok(chosen)
}
