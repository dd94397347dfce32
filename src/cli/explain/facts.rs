//! Permissions, items of personal information, profiles and app types.

use super::{Page, explanation};
use crate::knowledge::schema::{AppTypeRow, PermissionApiKind, PermissionApiRow, PermissionRow, PiItemRow, ProfileRow};
use crate::report::names::Names;

/// APIs that a page names.
const SHOWN_APIS: usize = 12;
/// SDKs that a page names.
const SHOWN_SDKS: usize = 12;

pub(super) fn permission(row: &PermissionRow, names: Names<'_>) -> String {
    let lang = names.lang;
    let knowledge = names.knowledge;
    let label = lang.pick(&row.label_zh, &row.label_en);
    let mut page = Page::new(names, label, &row.name);
    let mut what = vec![names.kind(row.kind.as_str())];
    if row.high_risk {
        what.push(names.say("explain.high_risk"));
    }
    what.push(row.changed.clone());
    what.retain(|text| !text.is_empty());
    page.part("rule.what", &names.list(what));
    page.part("explain.guards", &names.list(row.pi.iter().map(|item| names.item(item))));
    page.part("explain.advice", lang.pick(&row.advice_zh, &row.advice_en));
    let needing = |list: fn(&AppTypeRow) -> &Vec<String>| {
        let types = knowledge.app_types().iter().filter(|app_type| list(app_type).contains(&row.name));
        names.list(types.map(|app_type| lang.pick(&app_type.name_zh, &app_type.name_en).to_owned()))
    };
    page.part("explain.necessary_for", &needing(|app_type| &app_type.permissions_necessary));
    page.part("explain.suspect_for", &needing(|app_type| &app_type.permissions_suspect));
    let apis = knowledge.permission_apis().iter().filter(|api| api.permissions.contains(&row.name));
    let apis = apis.map(api).chain(
        knowledge.pi_apis().iter().filter(|api| api.permission == row.name).map(|api| called(&api.class, &api.name)),
    );
    page.part("explain.apis", &shortened(apis.filter(|api| !api.is_empty()).collect(), SHOWN_APIS));
    if let Some(kind) = explanation(knowledge, "permission") {
        page.kind(kind, (&row.name, label), &[]);
    }
    page.part("explain.source", &row.source);
    page.out
}

fn api(row: &PermissionApiRow) -> String {
    match row.kind {
        PermissionApiKind::ContentUri | PermissionApiKind::IntentAction => row.value.clone(),
        PermissionApiKind::Class => row.class.clone(),
        PermissionApiKind::Method => called(&row.class, &row.name),
    }
}

fn called(class: &str, name: &str) -> String {
    match (class, name) {
        ("", _) => String::new(),
        (class, "" | "*") => class.to_owned(),
        (class, name) => format!("{class}.{name}"),
    }
}

pub(super) fn item(row: &PiItemRow, names: Names<'_>) -> String {
    let lang = names.lang;
    let knowledge = names.knowledge;
    let name = lang.pick(&row.zh, &row.en);
    let mut page = Page::new(names, name, &row.id);
    let mut what = vec![row.group_gb35273.clone()];
    for (holds, id) in [
        (row.sensitive_pipl28, "explain.sensitive_pipl"),
        (row.sensitive_gb35273, "explain.sensitive_gb"),
        (row.unchangeable_id, "explain.unchangeable"),
        (row.inventory_only, "explain.inventory"),
    ] {
        if holds {
            what.push(names.say(id));
        }
    }
    what.retain(|text| !text.is_empty());
    page.part("rule.what", &names.list(what));
    page.part("explain.guarded_by", &row.permissions.join("\n"));
    page.part("explain.wording", &row.aliases().cloned().collect::<Vec<_>>().join(" · "));
    page.part(
        "explain.general",
        &row.general_zh.iter().chain(&row.general_en).cloned().collect::<Vec<_>>().join(" · "),
    );
    let types = knowledge.app_types().iter().filter(|app_type| app_type.necessary_pi.contains(&row.id));
    let types = types.map(|app_type| lang.pick(&app_type.name_zh, &app_type.name_en).to_owned());
    page.part("explain.necessary_for", &names.list(types));
    let apis = knowledge.pi_apis().iter().filter(|api| api.item == row.id).map(|api| {
        let call = called(&api.class, &api.name);
        let parts = [call.as_str(), &api.value];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ")
    });
    page.part("explain.apis", &shortened(apis.collect(), SHOWN_APIS));
    let sdks = knowledge.sdks().iter().flat_map(|file| &file.sdk).filter(|sdk| {
        sdk.declared
            .as_ref()
            .is_some_and(|declared| declared.items.contains(&row.id) || declared.optional.contains(&row.id))
    });
    let sdks = sdks.map(|sdk| lang.pick(&sdk.name_zh, &sdk.name_en).to_owned());
    page.part("explain.declared_by", &shortened(sdks.collect(), SHOWN_SDKS));
    let sensitive = explanation(knowledge, "sensitive_item").filter(|_| row.sensitive);
    if let Some(kind) = sensitive {
        let texts = [&kind.why, &kind.fix].map(|text| lang.pick(&text.zh, &text.en));
        page.part("explain.sensitive", &texts.join("\n"));
    }
    if let Some(kind) = explanation(knowledge, "item") {
        let more = sensitive.map(|row| row.clauses.as_slice()).unwrap_or_default();
        page.kind(kind, (&row.id, name), more);
    }
    page.part("explain.source", &row.source);
    page.out
}

/// Each once, a line each, with how many are left out.
fn shortened(mut texts: Vec<String>, shown: usize) -> String {
    texts.sort();
    texts.dedup();
    let more = texts.len().saturating_sub(shown);
    texts.truncate(shown);
    if more > 0 {
        texts.push(format!("… +{more}"));
    }
    texts.join("\n")
}

pub(super) fn profile(row: &ProfileRow, names: Names<'_>) -> String {
    let lang = names.lang;
    let knowledge = names.knowledge;
    let mut page = Page::new(names, lang.pick(&row.name_zh, &row.name_en), &row.id);
    page.text("rule.what", &row.what);
    page.part("table.app_type", &if row.app_type.is_empty() { String::new() } else { names.app_type(&row.app_type) });
    let rules = row.rules.iter().map(|id| {
        let title = knowledge.rule(id).map(|rule| lang.pick(&rule.title.zh, &rule.title.en)).unwrap_or_default();
        format!("{id}  {title}")
    });
    page.part("explain.own_rules", &rules.collect::<Vec<_>>().join("\n"));
    let severities =
        row.severity.iter().map(|(rule, severity)| format!("{rule}  {}", names.say(&format!("severity.{severity}"))));
    page.part("table.severity", &severities.collect::<Vec<_>>().join("\n"));
    if let Some(kind) = explanation(knowledge, "profile") {
        page.kind(kind, (&row.id, lang.pick(&row.name_zh, &row.name_en)), &[]);
    }
    // Those of every app would drown the profile's own.
    let general = knowledge.profiles().iter().find(|other| other.id == ProfileRow::GENERAL);
    let is_own = |group: &String| general.is_none_or(|general| !general.clauses.contains(group));
    let clauses = knowledge.clauses();
    page.clauses(clauses.filter(|(_, clause)| row.clauses.contains(&clause.seed_row) && is_own(&clause.seed_row)));
    page.part("explain.more", &names.say("explain.profile_clauses").replace("{id}", &row.id));
    page.part("explain.source", &row.source);
    page.out
}

pub(super) fn app_type(row: &AppTypeRow, names: Names<'_>) -> String {
    let lang = names.lang;
    let name = lang.pick(&row.name_zh, &row.name_en);
    let mut page = Page::new(names, name, &row.id);
    page.part("explain.basic_function", lang.pick(&row.basic_function_zh, &row.basic_function_en));
    let necessary = if row.needs_no_pi { names.say("explain.needs_no_pi") } else { row.necessary_pi_zh.join("\n") };
    page.part("explain.necessary", &necessary);
    let labelled = |list: &[String]| {
        list.iter().map(|name| format!("{name}  {}", names.permission(name))).collect::<Vec<_>>().join("\n")
    };
    page.part("explain.permissions_necessary", &labelled(&row.permissions_necessary));
    page.part("explain.permissions_feature", &labelled(&row.permissions_feature));
    page.part("explain.permissions_suspect", &labelled(&row.permissions_suspect));
    if let Some(kind) = explanation(names.knowledge, "app_type") {
        page.kind(kind, (&row.id, name), &[]);
    }
    page.part("explain.source", &row.source);
    page.out
}
