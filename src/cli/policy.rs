//! `policy`: what a privacy policy says, without an app.

use serde_json::{Value, json};

use super::args::{Format, PolicyArgs, PolicyCommand};
use super::lists::{print, print_json};
use super::{FINDINGS, Failure};
use crate::evidence::Evidence;
use crate::facts::policy::{Reading, Readings, as_read, basis, is_needed, read, severity};
use crate::facts::sdk_list::ListedSdk;
use crate::facts::stance::Stance;
use crate::knowledge::Knowledge;
use crate::knowledge::schema::{ContentNeed, ContentRow};
use crate::outcome::Verdict;
use crate::policy::{Column, Policy, Recogniser};
use crate::report::Lang;
use crate::report::names::Names;
use crate::report::text::{cut, evidence_line, safe, wrap};

const COLUMNS: usize = 100;
/// Patterns of sentences that speak of accounts.
const ACCOUNT_TERM: &str = "policy.account";

pub(super) fn run(command: &PolicyCommand, knowledge: &Knowledge, lang: Lang) -> Result<u8, Failure> {
    match command {
        PolicyCommand::Check(args) => check(args, knowledge, lang),
        PolicyCommand::Explain(args) => explain(args, knowledge, lang),
    }
}

/// What the readings name, each once, in the order of the text.
fn named<'r>(readings: &'r [Reading], of: impl Fn(&'r Reading) -> Vec<&'r str>) -> Vec<&'r str> {
    let mut out = Vec::new();
    for id in readings.iter().flat_map(of) {
        if !out.contains(&id) {
            out.push(id);
        }
    }
    out
}

fn items(readings: &[Reading], wanted: Stance) -> Vec<&str> {
    named(readings, |reading| {
        reading.items.iter().filter(|(_, stance)| *stance == wanted).map(|(item, _)| item.as_str()).collect()
    })
}

fn check(args: &PolicyArgs, knowledge: &Knowledge, lang: Lang) -> Result<u8, Failure> {
    let policy = as_read(Policy::load(&args.file)?, knowledge);
    let Readings { sentences: readings, listed } = read(&policy, knowledge);
    let characters = policy.text.chars().count();
    // Without the app, the policy's own words tell whether there are accounts.
    let account = knowledge.term(ACCOUNT_TERM).map(|row| row.regex.clone()).unwrap_or_default();
    let account = Recogniser::new(&account, &[], true);
    let has_account = policy.sentences().iter().any(|sentence| policy.says(sentence, &account));
    let needed = |row: &ContentRow| is_needed(row, has_account);
    let place = |row: &ContentRow| {
        let reading = readings.iter().find(|reading| reading.content.contains(&row.id))?;
        Some(Evidence::from(reading.passage.clone()))
    };
    let statements: Vec<(&ContentRow, Option<Evidence>)> =
        knowledge.policy_content().iter().map(|row| (row, place(row))).collect();
    // What is missing or must not be said is a violation of the clause that says so.
    let failed = args.fail_on.threshold().is_some_and(|threshold| {
        let meets = |row: &ContentRow| threshold.is_met(Verdict::Violation, severity(row));
        let is_fault = |row: &ContentRow, stated: bool| if is_forbidden(row) { stated } else { needed(row) && !stated };
        statements.iter().any(|(row, place)| is_fault(row, place.is_some()) && meets(row))
    });
    let denied: Vec<&str> = {
        let said = items(&readings, Stance::Collected);
        items(&readings, Stance::Denied).into_iter().filter(|item| !said.contains(item)).collect()
    };
    let sdks = named(&readings, |reading| reading.sdks.iter().map(String::as_str).collect());
    let permissions = named(&readings, |reading| reading.permissions.iter().map(String::as_str).collect());
    if args.format == Format::Json {
        let content: Vec<Value> = statements
            .iter()
            .map(|(row, place)| json!({ "id": row.id, "required": needed(row), "forbidden": is_forbidden(row), "severity": row.severity, "clause": row.clause, "place": place }))
            .collect();
        print_json(&json!({
            "path": policy.path,
            "encoding": policy.encoding,
            "characters": characters,
            "sentences": readings.len(),
            "content": content,
            "items": items(&readings, Stance::Collected),
            "denied_items": denied,
            "permissions": permissions,
            "sdks": sdks,
            "sdk_list": listed.iter().map(listed_json).collect::<Vec<_>>(),
        }))?;
    } else {
        let names = Names { knowledge, lang };
        let word = |id: &str| names.say(id);
        let mut out = format!(
            "{}  {}\n{} · {}\n",
            word("policy.heading"),
            safe(&policy.path),
            policy.encoding,
            word("policy.size")
                .replace("{characters}", &characters.to_string())
                .replace("{sentences}", &readings.len().to_string())
        );
        let stated = statements.iter().filter(|(row, place)| is_forbidden(row) && place.is_some());
        for (number, (row, place)) in stated.enumerate() {
            if number == 0 {
                out.push_str(&format!("\n{}\n", word("policy.forbidden")));
            }
            let quote = place.as_ref().map(evidence_line).unwrap_or_default();
            let (name, basis) = (lang.pick(&row.zh, &row.en), basis(knowledge, row));
            out.push_str(&format!("  ✗ {name}  {basis}\n      {}\n", cut(&quote, COLUMNS)));
        }
        for (heading, is_required) in [("policy.required", true), ("policy.optional", false)] {
            out.push_str(&format!("\n{}\n", word(heading)));
            let of_kind = |row: &ContentRow| needed(row) == is_required && !is_forbidden(row);
            for (row, place) in statements.iter().filter(|(row, _)| of_kind(row)) {
                out.push_str(&statement_lines(row, place.as_ref(), is_required, knowledge, lang));
            }
        }
        let lists = [
            ("policy.items", items(&readings, Stance::Collected).iter().map(|id| names.item(id)).collect::<Vec<_>>()),
            ("policy.denied", denied.iter().map(|id| names.item(id)).collect()),
            ("policy.permissions", permissions.iter().map(|name| names.permission(name)).collect()),
            ("policy.sdks", sdks.iter().map(|id| names.sdk(id)).collect()),
        ];
        for (heading, list) in lists {
            out.push_str(&format!("\n{} ({})\n", word(heading), list.len()));
            for line in wrap(&names.list(list), COLUMNS) {
                out.push_str(&format!("  {}\n", safe(&line)));
            }
        }
        out.push_str(&list_lines(&listed, &names));
        print(&out)?;
    }
    Ok(if failed { FINDINGS } else { 0 })
}

/// True for what no policy may say.
fn is_forbidden(row: &ContentRow) -> bool {
    row.needs == ContentNeed::Forbidden
}

fn statement_lines(
    row: &ContentRow,
    place: Option<&Evidence>,
    is_required: bool,
    knowledge: &Knowledge,
    lang: Lang,
) -> String {
    let name = lang.pick(&row.zh, &row.en);
    match place {
        Some(place) => format!("  ✓ {name}  {}\n", cut(&evidence_line(place), COLUMNS)),
        None if !is_required => format!("  – {name}\n"),
        None => {
            let mut out = format!("  ✗ {name}  {}\n", basis(knowledge, row));
            for line in wrap(lang.pick(&row.fix_zh, &row.fix_en), COLUMNS) {
                out.push_str(&format!("      {line}\n"));
            }
            out
        }
    }
}

fn explain(args: &PolicyArgs, knowledge: &Knowledge, lang: Lang) -> Result<u8, Failure> {
    let policy = as_read(Policy::load(&args.file)?, knowledge);
    let Readings { sentences: readings, listed } = read(&policy, knowledge);
    if args.format == Format::Json {
        let rows: Vec<Value> = readings
            .iter()
            .map(|reading| {
                let items: Vec<Value> =
                    reading.items.iter().map(|(item, stance)| json!({ "item": item, "stance": stance })).collect();
                json!({
                    "section": reading.passage.section,
                    "line": reading.passage.line,
                    "quote": reading.passage.quote,
                    "content": reading.content,
                    "items": items,
                    "sdks": reading.sdks,
                    "permissions": reading.permissions,
                })
            })
            .collect();
        return print_json(
            &json!({ "sentences": rows, "sdk_list": listed.iter().map(listed_json).collect::<Vec<_>>() }),
        );
    }
    let names = Names { knowledge, lang };
    let word = |id: &str| names.say(id);
    let mut out = String::new();
    let mut section: Option<&str> = None;
    for reading in &readings {
        if section != Some(reading.passage.section.as_str()) {
            section = Some(&reading.passage.section);
            let heading = if reading.passage.section.is_empty() { "—" } else { &reading.passage.section };
            out.push_str(&format!("\n# {}\n", safe(heading)));
        }
        out.push_str(&format!("{:>5}  {}\n", reading.passage.line, cut(&safe(&reading.passage.quote), COLUMNS)));
        let item = |(item, stance): &(String, Stance)| match stance {
            Stance::Collected => names.item(item),
            Stance::Denied => format!("{}{}", word("policy.not"), names.item(item)),
            Stance::Named => format!("{}{}", word("policy.only_named"), names.item(item)),
        };
        let parts = [
            ("policy.says", reading.content.iter().map(|id| names.content(id)).collect::<Vec<_>>()),
            ("policy.items", reading.items.iter().map(item).collect()),
            ("policy.permissions", reading.permissions.iter().map(|name| names.permission(name)).collect()),
            ("policy.sdks", reading.sdks.iter().map(|id| names.sdk(id)).collect()),
        ];
        for (heading, list) in parts.into_iter().filter(|(_, list)| !list.is_empty()) {
            out.push_str(&format!("       → {}: {}\n", word(heading), names.list(list)));
        }
    }
    out.push_str(&list_lines(&listed, &names));
    print(out.trim_start())
}

/// A row of the policy's lists of third parties.
fn listed_json(row: &ListedSdk) -> Value {
    json!({ "name": row.name, "sdks": row.sdks, "says": row.columns, "items": row.items, "place": row.place })
}

/// The rows of the policy's lists, one to a line, with what they leave out.
fn list_lines(listed: &[ListedSdk], names: &Names<'_>) -> String {
    let mut out = format!("\n{} ({})\n", names.say("policy.sdk_list"), listed.len());
    for row in listed {
        let missing = LIST_COLUMNS.iter().filter(|(column, _)| !row.columns.contains(column));
        let missing = names.list(missing.map(|(_, word)| names.say(word)));
        let items = names.list(row.items.iter().map(|item| names.item(item)));
        let known = names.list(row.sdks.iter().map(|id| names.sdk(id)));
        out.push_str(&format!("  {}  {}\n", safe(&row.name), if known.is_empty() { "?".into() } else { known }));
        out.push_str(&format!(
            "      {}: {}\n",
            names.say("policy.items"),
            if items.is_empty() { "–".into() } else { items }
        ));
        if !missing.is_empty() {
            out.push_str(&format!("      ✗ {}: {missing}\n", names.say("policy.row_lacks")));
        }
    }
    out
}

/// What a row ought to say, with the word for it.
const LIST_COLUMNS: [(Column, &str); 4] = [
    (Column::Vendor, "policy.column.vendor"),
    (Column::Purpose, "policy.column.purpose"),
    (Column::Items, "policy.column.items"),
    (Column::Link, "policy.column.link"),
];
