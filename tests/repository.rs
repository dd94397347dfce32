//! Rules that the repository keeps: direction of imports, one doc page a rule, generated pages current,
//! signatures with sources. `MINGCHA_BLESS=1 cargo test --test repository` writes the generated pages.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use common::root;
use mingcha::knowledge::Knowledge;
use mingcha::knowledge::schema::{RuleRow, Text};
use mingcha::rules::RULES;

/// Modules by rank: a module imports only modules of a lower rank.
const RANKS: [(&str, u32); 24] = [
    ("date", 0),
    ("evidence", 0),
    ("limits", 0),
    ("formats", 1),
    ("error", 2),
    ("container", 3),
    ("knowledge", 3),
    ("metadata", 3),
    ("policy", 3),
    ("app", 4),
    ("code", 5),
    ("owners", 6),
    ("outcome", 6),
    ("facts", 7),
    ("rules", 8),
    ("report", 9),
    ("gate", 10),
    ("diff", 10),
    ("scan", 10),
    ("batch", 11),
    ("cli", 12),
    ("lib", 13),
    ("main", 14),
    ("build", 14),
];

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
}

#[test]
fn imports_go_one_way() {
    let ranks: BTreeMap<&str, u32> = RANKS.into_iter().collect();
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let mut problems = Vec::new();
    for file in files {
        let inner = file.strip_prefix(root().join("src")).unwrap();
        let module = inner.components().next().unwrap().as_os_str().to_string_lossy().replace(".rs", "");
        let rank = ranks[module.as_str()];
        let text = fs::read_to_string(&file).unwrap();
        for part in text.split("crate::").skip(1) {
            let used: String = part.chars().take_while(|character| character.is_ascii_lowercase()).collect();
            // `crate::scan(…)`, `crate::load(…)` and types at the root are the library's surface.
            let Some(other) = ranks.get(used.as_str()).filter(|_| part[used.len()..].starts_with("::")) else {
                continue;
            };
            if used != module && *other >= rank {
                problems.push(format!("{} imports {used}", inner.display()));
            }
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn rules_wording_and_clauses_belong_together() {
    let knowledge = Knowledge::embedded();
    let mut wording: Vec<&str> = knowledge.rules().iter().map(|row| row.id.as_str()).collect();
    wording.sort_unstable();
    let rules: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(wording, rules);
    assert!(rules.is_sorted());
    for rule in rules {
        assert!(!knowledge.clauses_of(rule).is_empty(), "no clause names {rule}");
    }
}

/// The page of a rule, in both languages.
fn page(row: &RuleRow, knowledge: &Knowledge) -> String {
    let mut out = format!(
        "# {} · {}\n\n`{}`\n\n<!-- Written from signatures/rules/{}.toml by tests/repository.rs. -->\n",
        row.title.zh, row.title.en, row.id, row.id
    );
    let parts: [(&str, &str, &Text); 5] = [
        ("检查内容", "What it does", &row.what),
        ("为什么", "Why it matters", &row.why),
        ("方法", "How it decides", &row.how),
        ("盲区", "What it cannot see", &row.blind_spots),
        ("整改", "How to fix", &row.fix),
    ];
    for (zh, en, text) in parts {
        let _ = write!(out, "\n## {zh} · {en}\n\n{}\n\n{}\n", text.zh, text.en);
    }
    for sample in &row.sample {
        let _ =
            write!(out, "\n### {} · {}\n\n```{}\n{}\n```\n", sample.zh, sample.en, sample.language, sample.code.trim());
    }
    out.push_str("\n## 条款 · Clauses\n\n");
    for (instrument, clause) in knowledge.clauses_of(&row.id) {
        let quote = match clause.quotable() {
            Some(text) => format!("：“{text}”"),
            None => format!(" {}", clause.title_zh),
        };
        let cited = mingcha::report::names::cite(&instrument.title_zh, &clause.clause_no);
        let _ = writeln!(out, "- `{}` {cited}{quote}", clause.id);
    }
    let _ = write!(
        out,
        "\n## 示例 · Example\n\n[violating](../../fixtures/rules/{}/violating), [compliant](../../fixtures/rules/{}/compliant)\n",
        row.id, row.id
    );
    out
}

#[test]
fn every_rule_has_a_current_page() {
    let knowledge = Knowledge::embedded();
    let folder = root().join("docs/rules");
    fs::create_dir_all(&folder).unwrap();
    let bless = std::env::var_os("MINGCHA_BLESS").is_some();
    for row in knowledge.rules() {
        let file = folder.join(format!("{}.md", row.id));
        let wanted = page(row, &knowledge);
        if bless {
            fs::write(&file, &wanted).unwrap();
        }
        let found = fs::read_to_string(&file).unwrap_or_default();
        assert!(found == wanted, "{} is not current: run MINGCHA_BLESS=1 cargo test --test repository", file.display());
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), knowledge.rules().len(), "a page without a rule");
}

#[test]
fn the_list_of_sdks_is_current() {
    let knowledge = Knowledge::embedded();
    let mut rows: Vec<String> = Vec::new();
    for (file, row) in knowledge.sdks().iter().flat_map(|file| file.sdk.iter().map(move |row| (file, row))) {
        let either = |zh: &str, en: &str| match (zh, en) {
            ("", only) | (only, "") => only.to_owned(),
            (zh, en) if zh == en => zh.to_owned(),
            (zh, en) => format!("{zh} · {en}"),
        };
        rows.push(format!(
            "| {} | `{}` | {} | {} | {} | {} | {} |\n",
            row.category,
            row.id,
            either(&row.name_zh, &row.name_en),
            either(&file.vendor_zh, &file.vendor_en),
            file.country,
            if row.collects { "SDK" } else { "library" },
            row.verified,
        ));
    }
    rows.sort();
    let wanted = format!(
        "# SDK 与通用库 · SDKs and libraries\n\n<!-- Written from signatures/sdks by tests/repository.rs. -->\n\n\
         {} rows. *SDK*: a third party may process personal information through it; *library*: plain code. \
         `mingcha explain ID` tells all that is known of one.\n\n\
         | 类别 Category | id | 名称 Name | 厂商 Vendor | 国家 Country | | 核对 Checked |\n| --- | --- | --- | --- | --- | --- | --- |\n{}",
        rows.len(),
        rows.concat()
    );
    let file = root().join("docs/sdks.md");
    if std::env::var_os("MINGCHA_BLESS").is_some() {
        fs::write(&file, &wanted).unwrap();
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    assert!(found == wanted, "docs/sdks.md is not current: run MINGCHA_BLESS=1 cargo test --test repository");
}

#[test]
fn the_map_of_clauses_is_current() {
    let wanted = mingcha::report::coverage::page(&Knowledge::embedded());
    let file = root().join("docs/coverage.md");
    if std::env::var_os("MINGCHA_BLESS").is_some() {
        fs::write(&file, &wanted).unwrap();
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    assert!(found == wanted, "docs/coverage.md is not current: run MINGCHA_BLESS=1 cargo test --test repository");
}

#[test]
fn every_rule_shows_how_it_is_done_right() {
    for row in Knowledge::embedded().rules() {
        assert!(!row.sample.is_empty(), "{} has no [[sample]]", row.id);
        for sample in &row.sample {
            assert!(["kotlin", "xml", "markdown"].contains(&sample.language.as_str()), "{}", row.id);
            assert!([&sample.zh, &sample.en, &sample.code].iter().all(|text| !text.trim().is_empty()), "{}", row.id);
        }
    }
}

#[test]
fn every_clause_says_what_a_person_does() {
    let knowledge = Knowledge::embedded();
    for (_, clause) in knowledge.clauses() {
        let row = knowledge.hand_check(clause).unwrap_or_else(|| panic!("{} has no hand check", clause.id));
        assert!(!row.check_zh.is_empty() && !row.check_en.is_empty(), "{}", clause.id);
    }
}

#[test]
fn every_row_says_where_it_comes_from() {
    let knowledge = Knowledge::embedded();
    let rows = knowledge.sdks().iter().flat_map(|file| &file.sdk).map(|row| (&row.id, &row.source));
    let rows = rows.chain(knowledge.permissions().iter().map(|row| (&row.name, &row.source)));
    let rows = rows.chain(knowledge.items().iter().map(|row| (&row.id, &row.source)));
    let rows = rows.chain(knowledge.pi_apis().iter().map(|row| (&row.class, &row.source)));
    let rows =
        rows.chain(knowledge.regulations().iter().flat_map(|file| &file.clause).map(|row| (&row.id, &row.source)));
    let missing: Vec<_> = rows.filter(|(_, source)| source.trim().is_empty()).map(|(id, _)| id).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(knowledge.sdks().iter().flat_map(|file| &file.sdk).filter(|row| row.collects).count() >= 200);
}

#[test]
fn keys_of_the_metadata_are_documented() {
    let wanted = serde_json::to_string_pretty(&mingcha::metadata::schema()).unwrap() + "\n";
    let file = root().join("docs/metadata.schema.json");
    if std::env::var_os("MINGCHA_BLESS").is_some() {
        fs::write(&file, &wanted).unwrap();
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    assert!(found == wanted, "{} is not current: run MINGCHA_BLESS=1 cargo test --test repository", file.display());
    let page = fs::read_to_string(root().join("docs/metadata.md")).unwrap();
    for (key, example, zh, en) in mingcha::metadata::KEYS {
        let row = format!("| `{key}` | {zh} | {en} | {example} |");
        assert!(page.contains(&row), "docs/metadata.md lacks {row}");
    }
}

/// Notices name problems as authorities do; a rule without a standard wording would stand in them by its own title.
#[test]
fn every_rule_has_a_wording_for_notices() {
    let knowledge = Knowledge::embedded();
    // Rules of a line of business alone have no wording in the notices on apps at large.
    let everywhere = RULES
        .iter()
        .map(|rule| rule.id)
        .filter(|rule| !knowledge.profiles().iter().any(|profile| profile.rules.iter().any(|name| name == rule)));
    let without: Vec<&str> = everywhere.filter(|rule| knowledge.notice_wording_of(rule, None).is_none()).collect();
    assert_eq!(without, Vec::<&str>::new());
}

/// A message in Chinese belongs to one that the program still gives.
#[test]
fn messages_in_chinese_follow_the_code() {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let code: String = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    for row in Knowledge::embedded().wording() {
        let (id, en) = (&row.id, &row.en);
        // What the system says, and the reader of arguments, stands nowhere in the code.
        if !id.starts_with("error.") || id.starts_with("error.usage.") || en.contains("(os error") {
            continue;
        }
        let pieces = en.split(['{', '}']).step_by(2).flat_map(|text| text.split('"'));
        let longest = pieces.max_by_key(|piece| piece.len()).unwrap();
        assert!(code.contains(longest), "{id}: no message holds {longest:?}");
    }
}
