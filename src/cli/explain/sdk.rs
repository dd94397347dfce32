//! SDKs and libraries.

use super::{Page, explanation};
use crate::knowledge::schema::{SdkCallRole, SdkDeclaredRow, SdkFile, SdkRow};
use crate::report::names::Names;

pub(super) fn page(file: &SdkFile, row: &SdkRow, names: Names<'_>) -> String {
    let lang = names.lang;
    let name = lang.pick(&row.name_zh, &row.name_en);
    let mut page = Page::new(names, name, &row.id);
    let mut known = vec![row.name_zh.as_str(), row.name_en.as_str()];
    known.extend(row.aliases.iter().map(String::as_str));
    known.retain(|name| !name.is_empty());
    page.part("explain.names", &known.join(" · "));
    let vendor = [file.vendor_zh.as_str(), file.vendor_en.as_str(), file.country.as_str()];
    page.part("table.vendor", &vendor.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" · "));
    page.part("table.category", &row.category.clone());
    page.part("table.purpose", lang.pick(&row.purpose_zh, &row.purpose_en));
    page.part("explain.packages", &row.packages.join(" "));
    page.part("explain.components", &row.components.join("\n"));
    page.part("explain.meta_data", &row.meta_data.join(" "));
    page.part("explain.native", &row.native_libs.join(" "));
    page.part("explain.hosts", &row.hosts.join(" "));
    page.part("table.permissions", &row.permissions.join("\n"));
    let calls = row.call.iter().map(|call| {
        let role = match call.role {
            SdkCallRole::Init => "call.init",
            SdkCallRole::PreInit => "call.pre_init",
            SdkCallRole::Agree => "call.agree",
            SdkCallRole::UserData => "call.user_data",
        };
        format!("{}.{}  {}", call.class, call.names.join("/"), names.say(role))
    });
    page.part("explain.calls", &calls.collect::<Vec<_>>().join("\n"));
    let issues = row.issue.iter().map(|issue| {
        let fixed = if issue.fixed_in.is_empty() {
            String::new()
        } else {
            format!(" [{} {}]", names.say("explain.fixed_in"), issue.fixed_in)
        };
        let (problem, cure) = (lang.pick(&issue.zh, &issue.en), lang.pick(&issue.cure_zh, &issue.cure_en));
        format!("{problem}{fixed}\n{cure}\n{}", issue.source)
    });
    page.part("explain.issues", &issues.collect::<Vec<_>>().join("\n"));
    if let Some(declared) = &row.declared {
        page.part("explain.declared", &declared_text(declared, &names));
    }
    page.part("table.policy", &row.policy_url.clone());
    page.part("explain.source", &format!("{} ({})", row.source, row.verified));
    if row.collects
        && let Some(kind) = explanation(names.knowledge, "sdk")
    {
        page.kind(kind, (&row.id, name), &[]);
    }
    page.out
}

/// What the vendor says that its SDK collects, with date and address.
fn declared_text(declared: &SdkDeclaredRow, names: &Names<'_>) -> String {
    let list = |items: &[String]| names.list(items.iter().map(|item| names.item(item)));
    let mut lines = vec![list(&declared.items)];
    if !declared.optional.is_empty() {
        lines.push(format!("{}: {}", names.say("explain.optional"), list(&declared.optional)));
    }
    if declared.partial {
        lines.push(names.say("explain.partial"));
    }
    let date = if declared.date.is_empty() { &declared.seen } else { &declared.date };
    lines.push(format!("“{}”", declared.quote));
    lines.push(format!("{} ({date})", declared.source));
    lines.join("\n")
}
