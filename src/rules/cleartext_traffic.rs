//! Traffic that may go unencrypted.

use super::Rule;
use super::support::{blind_to_code, has_network, lies_in, undetermined};
use crate::evidence::{Evidence, OwnerKind};
use crate::facts::Facts;
use crate::outcome::{About, Confidence, Finding, Message, Outcome, Severity, Verdict};

pub(super) const RULE: Rule = Rule { id: "cleartext-traffic", check };

/// First API level whose apps refuse cleartext by default.
const FORBIDDEN_SINCE: u32 = 28;

fn check(facts: &Facts<'_>) -> Outcome {
    if !has_network(facts) {
        return Outcome::without(Verdict::NotApplicable, Message::new("na_no_network"));
    }
    let app = facts.sources.app;
    let mut findings = Vec::new();
    let application = |name: String| Evidence::Manifest {
        package: String::new(),
        element: "application".into(),
        name,
        line: app.manifest.application_line,
    };
    let base = app.network_config.as_ref().and_then(|config| config.base_cleartext());
    let by_default = app.target_sdk() < FORBIDDEN_SINCE;
    // The configuration wins over the manifest flag from API 24 on.
    let allowed = match (&app.network_config, base.and_then(|rule| rule.cleartext), app.manifest.uses_cleartext_traffic)
    {
        (Some(config), Some(true), _) => Some((
            config.file.clone(),
            Evidence::Layout {
                file: config.file.clone(),
                view: "base-config".into(),
                attribute: "cleartextTrafficPermitted".into(),
                text: "true".into(),
                line: base.map_or(0, |rule| rule.line),
            },
        )),
        (_, Some(false), _) => None,
        (None, None, Some(true)) => {
            Some(("android:usesCleartextTraffic=\"true\"".to_owned(), application("usesCleartextTraffic=true".into())))
        }
        (None, None, Some(false)) => None,
        (_, None, _) if by_default => {
            let setting = format!("targetSdkVersion {}", app.target_sdk());
            Some((setting.clone(), application(setting)))
        }
        _ => None,
    };
    let permitted_domains: Vec<(&str, u32)> = app
        .network_config
        .iter()
        .flat_map(|config| &config.rules)
        .filter(|rule| rule.cleartext == Some(true))
        .flat_map(|rule| rule.domains.iter().map(|domain| (domain.as_str(), rule.line)))
        .filter(|(domain, _)| !is_local(domain))
        .collect();
    for (domain, line) in &permitted_domains {
        let file = app.network_config.as_ref().map(|config| config.file.clone()).unwrap_or_default();
        let place = Evidence::Layout {
            file,
            view: "domain-config".into(),
            attribute: "cleartextTrafficPermitted".into(),
            text: (*domain).to_owned(),
            line: *line,
        };
        findings.push(
            Finding::new(
                Verdict::Risk,
                Severity::Low,
                Confidence::High,
                Message::new("domain").with("host", *domain),
                place,
            )
            .about(About::host(domain)),
        );
    }
    let reachable = |host: &str| allowed.is_some() || permitted_domains.iter().any(|(domain, _)| lies_in(host, domain));
    for endpoint in &facts.endpoints {
        let (Some(url), Some(place)) = (&endpoint.cleartext, endpoint.places.first()) else { continue };
        let by_app = endpoint.owners.iter().any(|owner| matches!(facts.sources.owners.kind(*owner), OwnerKind::App))
            // A file or resource of nobody's in particular is the app's, unless the host is some SDK's.
            || endpoint.owners.is_empty() && endpoint.party.as_ref().is_none_or(|party| party.sdk.is_empty());
        if !by_app || !reachable(&endpoint.host) {
            continue;
        }
        let message = Message::new("endpoint").with("host", endpoint.host.as_str()).with("url", url.as_str());
        findings.push(
            Finding::new(Verdict::Risk, Severity::Medium, Confidence::Medium, message, place.clone())
                .about(About::host(&endpoint.host)),
        );
    }
    let may_be_used = allowed.is_some();
    // An explicit permission is worth a word; a mere default only when something uses it.
    let explicit = app.manifest.uses_cleartext_traffic == Some(true) || base.is_some();
    if let Some((setting, place)) = allowed.filter(|_| explicit || !findings.is_empty()) {
        findings.push(Finding::new(
            Verdict::Risk,
            Severity::Low,
            Confidence::High,
            Message::new("allowed").with("setting", setting),
            place,
        ));
    }
    Outcome::of(findings, || match blind_to_code(facts) {
        Some(reach) => undetermined(reach),
        // By default alone, and the app's own code makes no use of it.
        None if may_be_used => Outcome::without(Verdict::Pass, Message::new("pass_unused")),
        None => Outcome::without(Verdict::Pass, Message::new("pass")),
    })
}

fn is_local(domain: &str) -> bool {
    domain == "localhost" || domain.starts_with("127.") || domain.starts_with("10.") || domain.starts_with("192.168.")
}
