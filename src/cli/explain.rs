//! `explain`: what the signatures know of one SDK.

use super::Failure;
use super::args::{ExplainArgs, Format};
use super::lists::{print, print_json, say, sdk_json};
use crate::error::Error;
use crate::knowledge::Knowledge;
use crate::knowledge::schema::{SdkCallRole, SdkDeclaredRow, SdkFile, SdkRow};
use crate::report::Lang;
use crate::report::names::Names;
use crate::report::text::{safe, wrap};

/// Most names that are offered where none fits.
const MAX_OFFERED: usize = 8;

pub(super) fn run(args: &ExplainArgs, knowledge: &Knowledge, lang: Lang) -> Result<u8, Failure> {
    let all = || knowledge.sdks().iter().flat_map(|file| file.sdk.iter().map(move |row| (file, row)));
    let wanted = args.sdk.trim().to_lowercase();
    let names = |row: &SdkRow| {
        let own = [&row.id, &row.name_zh, &row.name_en].into_iter().chain(&row.aliases);
        own.map(|name| name.to_lowercase()).collect::<Vec<_>>()
    };
    let found = all()
        .find(|(_, row)| row.id.to_lowercase() == wanted)
        .or_else(|| all().find(|(_, row)| names(row).contains(&wanted)));
    let Some((file, row)) = found else {
        let mut near: Vec<&str> = all()
            .filter(|(_, row)| names(row).iter().any(|name| name.contains(&wanted)))
            .map(|(_, row)| row.id.as_str())
            .collect();
        near.sort_unstable();
        near.truncate(MAX_OFFERED);
        let hint = if near.is_empty() { "`mingcha sdks` lists them".to_owned() } else { near.join(", ") };
        return Err(Error::Usage(format!("unknown SDK {:?}; {hint}", safe(&args.sdk))).into());
    };
    if args.format == Format::Json {
        return print_json(&sdk_json(file, row));
    }
    print(&page(file, row, knowledge, lang))
}

fn page(file: &SdkFile, row: &SdkRow, knowledge: &Knowledge, lang: Lang) -> String {
    let word = |id: &str| say(knowledge, lang, id);
    let mut out = format!("{}  {}\n", lang.pick(&row.name_zh, &row.name_en), row.id);
    let mut part = |heading: &str, text: String| {
        if text.is_empty() {
            return;
        }
        out.push_str(&format!("\n{}\n", word(heading)));
        for line in text.lines().flat_map(|line| wrap(line, 96)) {
            out.push_str(&format!("  {line}\n"));
        }
    };
    let mut names = vec![row.name_zh.as_str(), row.name_en.as_str()];
    names.extend(row.aliases.iter().map(String::as_str));
    names.retain(|name| !name.is_empty());
    part("explain.names", names.join(" · "));
    let vendor = [file.vendor_zh.as_str(), file.vendor_en.as_str(), file.country.as_str()];
    part("table.vendor", vendor.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" · "));
    part("table.category", row.category.clone());
    part("table.purpose", lang.pick(&row.purpose_zh, &row.purpose_en).to_owned());
    part("explain.packages", row.packages.join(" "));
    part("explain.components", row.components.join("\n"));
    part("explain.meta_data", row.meta_data.join(" "));
    part("explain.native", row.native_libs.join(" "));
    part("explain.hosts", row.hosts.join(" "));
    part("table.permissions", row.permissions.join("\n"));
    let calls = row.call.iter().map(|call| {
        let role = match call.role {
            SdkCallRole::Init => "call.init",
            SdkCallRole::PreInit => "call.pre_init",
            SdkCallRole::Agree => "call.agree",
            SdkCallRole::UserData => "call.user_data",
        };
        format!("{}.{}  {}", call.class, call.names.join("/"), word(role))
    });
    part("explain.calls", calls.collect::<Vec<_>>().join("\n"));
    let issues = row.issue.iter().map(|issue| {
        let fixed = if issue.fixed_in.is_empty() {
            String::new()
        } else {
            format!(" [{} {}]", word("explain.fixed_in"), issue.fixed_in)
        };
        let (problem, cure) = (lang.pick(&issue.zh, &issue.en), lang.pick(&issue.cure_zh, &issue.cure_en));
        format!("{problem}{fixed}\n{cure}\n{}", issue.source)
    });
    part("explain.issues", issues.collect::<Vec<_>>().join("\n"));
    if let Some(declared) = &row.declared {
        part("explain.declared", declared_text(declared, &Names { knowledge, lang }));
    }
    part("table.policy", row.policy_url.clone());
    part("explain.source", format!("{} ({})", row.source, row.verified));
    out
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
