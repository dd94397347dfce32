//! The program as a user meets it: exit codes, errors that name file, place and cure, output in both
//! languages, and reports that fit the published schema.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use common::{apks, corpus, json, root, run, scan};
use serde_json::Value;

const DEMO: &str = "fixtures/demo/violating/app.apk";
const POLICY: &str = "fixtures/demo/violating/policy.html";

fn scratch(name: &str) -> PathBuf {
    common::scratch("cli").join(name)
}

#[test]
fn errors_name_file_place_and_cure() {
    let text = scratch("notes.apk");
    fs::write(&text, "no archive at all").unwrap();
    let cut = scratch("cut.apk");
    let whole = fs::read(root().join(DEMO)).unwrap();
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let pdf = scratch("policy.pdf");
    fs::write(&pdf, b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n").unwrap();
    let (text, cut, pdf) = (text.to_str().unwrap(), cut.to_str().unwrap(), pdf.to_str().unwrap());
    let cases: [(&[&str], i32, &[&str]); 8] = [
        (&["scan", "no-such.apk"], 3, &["no-such.apk", "No such file"]),
        (&["scan", text], 3, &["notes.apk", "not an Android app", ".xapk"]),
        (&["scan", cut], 3, &["cut.apk", "truncated"]),
        (&["scan", DEMO, "--max-entries", "2"], 3, &["app.apk", "limit of 2", "--max-entries"]),
        (&["scan", DEMO, "--app-type", "online_shoping"], 2, &["online_shoping", "online_shopping (网上购物类)"]),
        (&["scan", DEMO, "--policy", pdf], 2, &["policy.pdf", "PDF"]),
        (&["rules", "no-such-rule"], 2, &["no-such-rule", "unused-permission"]),
        (&["scan"], 2, &["APP"]),
    ];
    for (arguments, code, wanted) in cases {
        let (got, stdout, stderr) = run(&[&["--lang", "en"], arguments].concat());
        assert_eq!(got, code, "{arguments:?}: {stderr}");
        assert!(stdout.is_empty(), "{arguments:?} prints a report");
        for part in wanted {
            assert!(stderr.contains(part), "{arguments:?}: {part:?} is not in {stderr}");
        }
    }
}

#[test]
fn fail_on_decides_the_exit_code() {
    let scan = |severity: &str| run(&["scan", DEMO, "--policy", POLICY, "--fail-on", severity, "--format", "json"]).0;
    assert_eq!(scan("never"), 0);
    assert_eq!(scan("high"), 1);
    assert_eq!(scan("critical"), 1);
    let mild = "fixtures/rules/high-risk-permission/violating/app.apk";
    assert_eq!(run(&["scan", mild, "--fail-on", "info"]).0, 1);
    assert_eq!(run(&["scan", mild, "--fail-on", "critical"]).0, 0);
}

#[test]
fn a_report_can_go_to_a_file_and_is_plain_text() {
    let file = scratch("report.txt");
    let (code, stdout, stderr) = run(&["scan", DEMO, "--policy", POLICY, "-o", file.to_str().unwrap()]);
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (0, "", ""));
    let text = fs::read_to_string(file).unwrap();
    assert!(!text.contains('\u{1b}'), "colours outside a terminal");
    for wanted in ["小满商城", "■ 违规", "cn.jpush.android.api.JPushInterface", "第二条第1项", "AndroidManifest.xml:"]
    {
        assert!(text.contains(wanted), "{wanted} is not in the report");
    }
    let (_, english, _) = run(&["--lang", "en", "scan", DEMO, "--policy", POLICY]);
    for wanted in ["Xiaoman Shop", "■ violation", "JPush", "第二条第1项"] {
        assert!(english.contains(wanted), "{wanted} is not in the English report");
    }
}

#[test]
fn a_policy_in_gb18030_reads_like_the_same_in_utf_8() {
    let text = fs::read_to_string(root().join(POLICY)).unwrap().replace("utf-8", "gb18030");
    let file = scratch("policy-gb18030.html");
    fs::write(&file, encoding_rs::GB18030.encode(&text).0).unwrap();
    let findings = |policy: &str| -> Vec<String> {
        let report = scan(&root().join(DEMO), &["--policy", policy]);
        let outcomes = report["outcomes"].as_array().unwrap().iter();
        outcomes
            .flat_map(|outcome| outcome["findings"].as_array().unwrap())
            .map(|finding| finding["fingerprint"].to_string())
            .collect()
    };
    assert_eq!(findings(file.to_str().unwrap()), findings(POLICY));
}

#[test]
fn policies_in_every_form_say_the_same() {
    let check = |file: &str| {
        let file = format!("fixtures/policies/{file}");
        let (code, out, error) = run(&["policy", "check", &file, "--format", "json", "--fail-on", "low"]);
        assert_eq!(code, 0, "{file}: {error}");
        let report: Value = serde_json::from_str(&out).unwrap();
        let content: Vec<(String, bool)> = report["content"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row["id"].as_str().unwrap().to_owned(), row["place"].is_object()))
            .collect();
        (content, report["items"].clone(), report["denied_items"].clone())
    };
    let page = check("policy.html");
    assert!(page.0.contains(&("retention_period".to_owned(), true)));
    assert_eq!(page.1, serde_json::json!(["step_count", "sensor"]));
    for file in ["policy.docx", "policy.pdf", "policy-gbk.txt", "policy-utf16.txt"] {
        assert_eq!(check(file), page, "{file}");
    }
}

#[test]
fn drafts_of_lists_rest_on_the_code() {
    let (code, out, _) = run(&["disclose", DEMO]);
    assert_eq!(code, 0);
    // What the code shows, what the signatures know, and a blank for what only the operator can tell.
    for line in ["| 剪贴板内容 | 本应用 |", "北京巨量引擎网络技术有限公司", "【请填写】", "| 包名 | com.xiaoman.shop |"]
    {
        assert!(out.contains(line), "{line} in {out}");
    }
    let (_, csv, _) = run(&["disclose", DEMO, "--list", "permissions", "--format", "csv", "--lang", "en"]);
    assert!(csv.starts_with("Permission,Label,Used by,Purpose,If refused\r\n"), "{csv}");
    let (code, _, error) = run(&["disclose", DEMO, "--format", "csv"]);
    assert!(code == 2 && error.contains("--list"), "{error}");
    let book = scratch("lists.xlsx");
    let (code, _, error) = run(&["disclose", DEMO, "--format", "xlsx", "-o", book.to_str().unwrap()]);
    assert_eq!(code, 0, "{error}");
    let mut archive = zip::ZipArchive::new(fs::File::open(&book).unwrap()).unwrap();
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert_eq!(names.iter().filter(|name| name.starts_with("xl/worksheets/sheet")).count(), 4, "{names:?}");
    let mut texts = String::new();
    archive.by_name("xl/sharedStrings.xml").unwrap().read_to_string(&mut texts).unwrap();
    assert!(texts.contains("个人信息收集清单") || texts.contains("剪贴板内容"), "{texts}");
}

#[test]
fn drafts_add_what_vendors_say_and_the_form_of_the_play_console() {
    let (_, sdks, _) = run(&["disclose", DEMO, "--list", "sdks"]);
    assert!(sdks.contains("提供方文档另列（"), "{sdks}");
    let (code, csv, error) = run(&["disclose", DEMO, "--list", "data-safety", "--format", "csv"]);
    assert_eq!(code, 0, "{error}");
    assert!(csv.starts_with("Question ID (machine readable),Response ID (machine readable),Response value,"), "{csv}");
    assert!(csv.contains("PSL_DATA_TYPES_IDENTIFIERS,PSL_DEVICE_ID,true,MULTIPLE_CHOICE,"), "{csv}");
    // What the code cannot tell is asked and left blank.
    let usage =
        "PSL_DATA_USAGE_RESPONSES:PSL_DEVICE_ID:PSL_DATA_USAGE_COLLECTION_AND_SHARING,PSL_DATA_USAGE_ONLY_SHARED,,";
    assert!(csv.contains(usage) && csv.contains("PSL_DATA_TYPES_CONTACTS,PSL_CONTACTS,,"), "{csv}");
}

/// Answers `count` requests on a port of this machine, each with the bytes given, and gives the address.
fn serve(answers: Vec<Vec<u8>>) -> String {
    use std::io::Write as _;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(&answer);
        }
    });
    address
}

#[test]
fn policies_are_read_from_their_address() {
    let page = fs::read(root().join("fixtures/policies/policy.html")).unwrap();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", page.len());
    let moved = b"HTTP/1.1 302 Found\r\nLocation: /privacy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let address = serve(vec![moved.to_vec(), [head.as_bytes(), &page].concat()]);
    let items = |name: &str| {
        let (code, out, error) = run(&["policy", "check", name, "--format", "json"]);
        assert_eq!(code, 0, "{error}");
        serde_json::from_str::<Value>(&out).unwrap()["items"].clone()
    };
    assert_eq!(items(&format!("{address}/")), items("fixtures/policies/policy.html"));
    // A page that a script fills, one that is not there, and an answer without end.
    let empty =
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<html><body><div id=app></div><script>x()</script></body></html>";
    let absent = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let mut endless = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
    endless.resize(40 << 20, b'a');
    for (answer, wanted) in
        [(empty.to_vec(), "save it from a browser"), (absent.to_vec(), "404"), (endless, "longer than")]
    {
        let address = serve(vec![answer]);
        let (code, _, error) = run(&["policy", "check", &address, "--lang", "en"]);
        assert!(code == 2 && error.contains(wanted) && error.contains(&address), "{error}");
    }
}

#[test]
fn general_terms_can_be_let_pass() {
    let folder = "fixtures/rules/undisclosed-personal-information/general";
    let verdict = |extra: &[&str]| {
        let (app, policy) = (format!("{folder}/app.apk"), format!("{folder}/policy.html"));
        let mut arguments = vec!["scan", app.as_str(), "--policy", &policy, "--format", "json"];
        arguments.extend(extra);
        let report: Value = serde_json::from_str(&run(&arguments).1).unwrap();
        let outcomes = report["outcomes"].as_array().unwrap();
        let outcome = outcomes.iter().find(|outcome| outcome["rule"] == "undisclosed-personal-information");
        outcome.unwrap()["verdict"].clone()
    };
    assert_eq!(verdict(&[]), "violation");
    assert_eq!(verdict(&["--accept-general-terms"]), "pass");
}

#[test]
fn a_policy_and_its_list_of_sdks_count_as_one() {
    let list = scratch("sdk-list.txt");
    fs::write(&list, "第三方SDK目录\n极光推送SDK：深圳市和讯华谷信息技术有限公司，用于消息推送。\n").unwrap();
    let app = "fixtures/rules/undisclosed-sdk/violating/app.apk";
    let policy = "fixtures/rules/undisclosed-sdk/violating/policy.html";
    let verdict = |arguments: &[&str]| {
        let (code, out, error) = run(arguments);
        assert_eq!(code, 0, "{error}");
        let report: Value = serde_json::from_str(&out).unwrap();
        let outcomes = report["outcomes"].as_array().unwrap();
        outcomes.iter().find(|outcome| outcome["rule"] == "undisclosed-sdk").unwrap().clone()
    };
    assert_eq!(verdict(&["scan", app, "--format", "json", "--policy", policy])["verdict"], "violation");
    let both = ["scan", app, "--format", "json", "--policy", policy, "--policy", list.to_str().unwrap()];
    let outcome = verdict(&both);
    assert_eq!(outcome["verdict"], "pass");
    // The place names the file.
    assert!(outcome["evidence"].to_string().contains("sdk-list.txt › "), "{outcome}");
}

#[test]
fn a_policy_alone_is_checked_and_explained() {
    let lacking = "fixtures/rules/incomplete-policy/violating/policy.html";
    let (code, out, _) = run(&["policy", "check", lacking, "--fail-on", "medium", "--lang", "en"]);
    assert_eq!(code, 1);
    assert!(out.contains("✗ retention period  《中华人民共和国个人信息保护法》第十七条第一款第二项"), "{out}");
    assert!(out.contains("✗ name of the operator"), "the vendor of an SDK is no operator: {out}");
    let (code, out, _) = run(&["policy", "explain", lacking]);
    assert_eq!(code, 0);
    assert!(out.contains("# 一、我们收集的信息") && out.contains("→ 提到的第三方: 友盟统计"), "{out}");
    let denied = scratch("denied.txt");
    fs::write(&denied, "我们不会收集您的任何信息，包括但不限于通讯录、短信。个人信息是指姓名等信息。\n").unwrap();
    let (_, out, _) = run(&["policy", "explain", denied.to_str().unwrap(), "--lang", "zh"]);
    assert!(out.contains("不收集通讯录") && out.contains("仅提及姓名"), "{out}");
}

#[test]
fn inspect_shows_everything_in_text_and_json() {
    let parts = [
        "manifest",
        "permissions",
        "components",
        "resources",
        "strings",
        "classes",
        "native",
        "certs",
        "endpoints",
        "owners",
    ];
    for part in parts {
        let (code, text, _) = run(&["inspect", DEMO, part]);
        assert_eq!(code, 0, "{part}");
        let (code, json, _) = run(&["inspect", DEMO, part, "--format", "json"]);
        assert_eq!(code, 0, "{part}");
        serde_json::from_str::<Value>(&json).unwrap_or_else(|error| panic!("{part}: {error}"));
        assert_eq!(text.is_empty(), part == "native", "{part}: the demo has no native library");
    }
    let (_, strings, _) = run(&["inspect", DEMO, "strings", "--format", "json"]);
    let strings: Value = serde_json::from_str(&strings).unwrap();
    let name = strings.as_array().unwrap().iter().find(|row| row["name"] == "app_name").unwrap();
    assert_eq!((name["default"].as_str(), name["zh"].as_str()), (Some("Xiaoman Shop"), Some("小满商城")));
    let (_, permissions, _) = run(&["inspect", DEMO, "permissions"]);
    assert!(permissions.contains("android.permission.READ_CONTACTS  读取联系人"), "{permissions}");
}

#[test]
fn lists_name_what_there_is() {
    let (code, sdks, _) = run(&["sdks", DEMO]);
    assert_eq!(code, 0);
    for id in ["umeng-analytics", "jpush", "pangle", "alipay"] {
        assert!(sdks.contains(id), "{id} is not in {sdks}");
    }
    let (_, table, _) = run(&["sdks", DEMO, "--format", "csv"]);
    let columns = table.lines().next().unwrap().split(',').count();
    let jpush = table.lines().find(|line| line.starts_with("jpush,")).unwrap();
    assert!(columns == 17 && jpush.contains(",极光推送,") && table.ends_with("\r\n"), "{table}");
    let (_, table, _) = run(&["sdks", DEMO, "--format", "markdown", "--lang", "en"]);
    assert!(table.starts_with("| Id | Name |") && table.lines().nth(1).unwrap().starts_with("| --- |"), "{table}");
    let (_, page, _) = run(&["explain", "新浪微博"]);
    assert!(page.contains("com.sina.weibo.sdk") && page.contains("12.5.0"), "{page}");
    let (code, _, error) = run(&["explain", "umeng-anal"]);
    assert!(code == 2 && error.contains("umeng-analytics"), "{error}");
    let (_, known, _) = run(&["sdks", "--format", "json"]);
    assert!(serde_json::from_str::<Value>(&known).unwrap().as_array().unwrap().len() >= 200);
    let (_, types, _) = run(&["rules", "--app-types", "--format", "json"]);
    assert_eq!(serde_json::from_str::<Value>(&types).unwrap().as_array().unwrap().len(), 39);
    let (_, rule, _) = run(&["rules", "missing-account-deletion"]);
    assert!(rule.contains("cac191.6.1") && rule.contains("“未提供有效的更正、删除"), "{rule}");
}

#[test]
fn everything_that_a_report_names_is_explained() {
    let told = [
        ("identifier-before-consent", "第三条第1项", "示例"),
        ("cac191.6.1", "“未提供有效的更正、删除个人信息及注销用户账号功能”", "人工核查方法"),
        ("miit26", "工信部信管函〔2023〕26号", "miit26.sdk.app"),
        ("READ_CONTACTS", "通讯录", "tools:node=\"remove\""),
        ("id_card", "敏感个人信息", "pipl.29"),
        ("umeng-analytics", "UMConfigure.init", "cac191.2.1"),
        ("general", "mingcha clauses --profile general", "场景"),
        ("地图导航类", "位置信息、出发地、到达地", "cac39.type"),
    ];
    for (subject, first, second) in told {
        let (code, page, _) = run(&["explain", subject, "--lang", "zh"]);
        assert!(code == 0 && page.contains(first) && page.contains(second), "{subject}: {page}");
        let (code, page, _) = run(&["explain", subject, "--lang", "en"]);
        assert!(code == 0 && !page.contains('{') || subject == "identifier-before-consent", "{subject}: {page}");
        let (code, json, _) = run(&["explain", subject, "--format", "json"]);
        let json: Value = serde_json::from_str(&json).unwrap();
        assert!(code == 0 && json["kind"].is_string(), "{subject}: {json}");
    }
    // A text that was not read word by word is no quotation.
    let (_, page, _) = run(&["explain", "cac191.4.1"]);
    assert!(page.contains("要旨（非原文）") && !page.contains("“收集的个人信息类型"), "{page}");
    let (code, _, error) = run(&["explain", "READ_CONTACT"]);
    assert!(code == 2 && error.contains("android.permission.READ_CONTACTS"), "{error}");
    let (code, _, _) = run(&["explain", "imei", "--kind", "permission"]);
    assert_eq!(code, 2);
}

#[test]
fn clauses_are_listed_with_what_decides_them() {
    let (code, text, _) = run(&["clauses", "cac191", "--lang", "zh"]);
    assert_eq!(code, 0);
    assert!(text.contains("cac191.1.1") && text.contains("missing-privacy-policy") && text.contains("合计:"), "{text}");
    let (_, json, _) = run(&["clauses", "--format", "json"]);
    let all: Value = serde_json::from_str(&json).unwrap();
    let all = all.as_array().unwrap();
    assert!(all.len() >= 247);
    for row in all {
        let decided = !row["clause"]["rules"].as_array().unwrap().is_empty();
        assert_eq!(decided, row["coverage"] != "by_hand", "{row}");
        assert!(!row["by_hand"].as_str().unwrap().is_empty(), "{row}");
    }
    let (_, csv, _) = run(&["clauses", "--rule", "self-start", "--format", "csv"]);
    assert!(csv.lines().count() > 1 && csv.lines().skip(1).all(|line| line.contains("self-start")), "{csv}");
    let (code, _, error) = run(&["clauses", "nothing-such"]);
    assert!(code == 2 && error.contains("cac191"), "{error}");
}

#[test]
fn a_scan_is_arranged_by_clause_and_by_sdk() {
    let (_, text, _) = run(&["scan", DEMO, "--group", "clause", "--lang", "zh"]);
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what} is not in {text}"));
    assert!(at("第一条第1项") < at("须人工核查"), "{text}");
    // What no rule looks at is named with what to do.
    assert!(at("没有规则涉及") < at("□ 请运营者出示个人信息保护影响评估报告和处理记录。"), "{text}");
    let (_, text, _) = run(&["scan", DEMO, "--group", "sdk", "--lang", "en"]);
    assert!(text.contains("■ violation  ") && text.contains("the app"), "{text}");
    let (_, json, _) = run(&["scan", DEMO, "--format", "json"]);
    let report: Value = serde_json::from_str(&json).unwrap();
    let steps = report["checklist"].as_array().unwrap();
    assert!(steps.iter().any(|step| step["clauses"][0] == "pipl.55" && step.get("verdict").is_none()));
    // What is violated is mended, not checked by hand.
    let violated: Vec<&str> = report["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|outcome| outcome["verdict"] == "violation")
        .flat_map(|outcome| outcome["clauses"].as_array().unwrap())
        .map(|clause| clause.as_str().unwrap())
        .collect();
    for clause in steps.iter().flat_map(|step| step["clauses"].as_array().unwrap()) {
        assert!(!violated.contains(&clause.as_str().unwrap()), "{clause}");
    }
}

#[test]
fn signature_mistakes_have_file_and_line() {
    let (code, _, _) = run(&["signatures", "check", "signatures"]);
    assert_eq!(code, 0);
    let folder = scratch("signatures");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("sdks")).unwrap();
    let row = "vendor = \"acme\"\n\n[[sdk]]\nid = \"acme.push\"\nname_en = \"Acme\"\ncategory = \"pushing\"\ncollects = true\nsource = \"test\"\nverified = \"memory\"\n";
    fs::write(folder.join("sdks/acme.toml"), row).unwrap();
    let (code, _, stderr) = run(&["signatures", "check", folder.to_str().unwrap()]);
    assert_eq!(code, 2);
    assert!(stderr.contains("acme.toml:6:") && stderr.contains("pushing"), "{stderr}");
    let bad = row
        .replace("pushing", "push")
        .replace("verified", "packages = [\"com.tencent\"]\nhosts = [\"not a host\"]\npolicy_url = \"ftp:x\"\nverified")
        .replace("source = \"test\"", "source = \"\"");
    fs::write(folder.join("sdks/acme.toml"), bad).unwrap();
    let (code, _, stderr) = run(&["signatures", "check", folder.to_str().unwrap()]);
    assert_eq!(code, 2);
    for problem in ["too broad", "is no host name", "is no address", "where it comes from"] {
        assert!(stderr.contains(problem), "{problem}: {stderr}");
    }
    let good = row.replace("pushing", "push").replace("verified", "packages = [\"com.xiaoman\"]\nverified");
    fs::write(folder.join("sdks/acme.toml"), good).unwrap();
    let (code, known, _) = run(&["--signatures", folder.to_str().unwrap(), "sdks"]);
    assert_eq!(code, 0);
    assert!(known.contains("acme.push"), "the overlay is not in the list");
}

#[test]
fn reports_fit_the_schema() {
    let validator = jsonschema::validator_for(&json("docs/report.schema.json")).unwrap();
    let check = |report: &Value| {
        let problems: Vec<String> =
            validator.iter_errors(report).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(problems.is_empty(), "{}: {problems:#?}", report["input"]["path"]);
    };
    check(&scan(&root().join(DEMO), &["--policy", POLICY, "--app-type", "online_shopping", "--timings"]));
    check(&scan(&root().join("fixtures/rules/unused-permission/packed/app.apk"), &[]));
    let Some(folder) = corpus() else { return };
    for (_, apk) in apks(&folder) {
        check(&scan(&apk, &["--max-entry-bytes", "1073741824"]));
    }
}

#[test]
fn split_sets_read_like_the_apk_inside() {
    let plain = scan(&root().join(DEMO), &[]);
    let apk = fs::read(root().join(DEMO)).unwrap();
    let set = scratch("demo.xapk");
    let mut writer = zip::ZipWriter::new(fs::File::create(&set).unwrap());
    for method in [zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated] {
        let name = if method == zip::CompressionMethod::Stored { "com.xiaoman.shop.apk" } else { "config.zh.apk" };
        writer.start_file(name, zip::write::SimpleFileOptions::default().compression_method(method)).unwrap();
        std::io::Write::write_all(&mut writer, &apk).unwrap();
    }
    writer.finish().unwrap();
    let nested = scan(&set, &[]);
    assert_eq!(nested["input"]["kind"], "split_set");
    assert_eq!(nested["app"]["package"], plain["app"]["package"]);
    assert_eq!(nested["app"]["permissions"], plain["app"]["permissions"]);
    assert_eq!(nested["app"]["components"], plain["app"]["components"]);
}

#[test]
fn completions_and_manual_pages_cover_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let (code, out, _) = run(&["completions", shell]);
        assert!(code == 0 && out.contains("baseline") && out.contains("fail-on"), "{shell}");
    }
    let folder = scratch("man");
    assert_eq!(run(&["man", folder.to_str().unwrap()]).0, 0);
    let page = fs::read_to_string(folder.join("mingcha-baseline-create.1")).unwrap();
    assert!(page.contains("mingcha baseline create") && page.contains("基线"), "{page}");
}

#[test]
fn profiles_are_listed_with_their_rules() {
    let profiles: Value = serde_json::from_str(&run(&["profiles", "--format", "json"]).1).unwrap();
    let rows = profiles.as_array().unwrap();
    let game = rows.iter().find(|row| row["id"] == "game").unwrap();
    assert!(game["rules"].as_array().unwrap().contains(&Value::from("missing-real-name-check")));
    for (lang, wanted) in [("zh", "互联网金融"), ("en", "Credit reporting and rating")] {
        let (code, text, _) = run(&["--lang", lang, "profiles"]);
        assert_eq!(code, 0);
        assert!(text.contains(wanted) && text.contains("contacts-in-finance-app"), "{text}");
    }
}

#[test]
fn metadata_is_read_and_mistakes_have_file_and_line() {
    let folder = scratch("metadata");
    fs::create_dir_all(&folder).unwrap();
    let app = "fixtures/rules/stale-app/undated/app.apk";
    let try_it = |name: &str, text: &str| {
        let file = folder.join(name);
        fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap().to_owned();
        let to_json = ["--format", "json", "--lang", "en"];
        let told = ["scan", app, "--metadata", &file, "--profile", "education", "--as-of", "2026-06-30"];
        run(&[&told[..], &to_json].concat())
    };
    for (name, text, wanted) in [
        ("a.toml", "store = \"x\"\nopertor = \"y\"\n", "a.toml:2: unknown key \"opertor\"; did you mean \"operator\"?"),
        ("b.json", "{\n \"store\": \"x\",\n \"updatd\": \"2026-01-01\"\n}\n", "b.json:3: unknown key \"updatd\""),
        ("c.toml", "\nupdated = \"2026-13-01\"\n", "c.toml:2: \"2026-13-01\" is no day"),
        ("d.toml", "store = 5\n", "d.toml:1: store takes a text"),
        ("e.json", "{\n \"store\": }\n", "e.json:2:"),
    ] {
        let (code, _, err) = try_it(name, text);
        assert_eq!(code, 2, "{name}: {err}");
        assert!(err.contains(wanted), "{name}: {err}");
    }
    let (code, out, err) = try_it("good.toml", "store = \"x\"\nupdated = 2025-01-01\n");
    assert_eq!(code, 0, "{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["metadata"]["updated"], "2025-01-01");
    assert_eq!(report["as_of"], "2026-06-30");
    let validator = jsonschema::validator_for(&json("docs/report.schema.json")).unwrap();
    let problems: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(problems.is_empty(), "{problems:?}");
    // A day that no rule asked for is not in the report.
    let (_, out, _) = run(&["scan", app, "--format", "json"]);
    assert!(serde_json::from_str::<Value>(&out).unwrap().get("as_of").is_none());
    // Before a text takes effect it is not cited beside those in force.
    let cited = |day: &[&str]| {
        let (_, out, _) = run(&[&["scan", app, "--only", "missing-privacy-policy", "--format", "json"], day].concat());
        let report: Value = serde_json::from_str(&out).unwrap();
        report["outcomes"][0]["clauses"].as_array().unwrap().iter().any(|id| id.as_str().unwrap().starts_with("pipl."))
    };
    assert!(cited(&[]));
    assert!(cited(&["--as-of", "2022-01-01"]));
    assert!(!cited(&["--as-of", "2020-01-01"]), "《个人信息保护法》 takes effect on 2021-11-01");
}

#[test]
fn severities_can_be_overridden() {
    let app = "fixtures/rules/high-risk-permission/violating/app.apk";
    let severities = |more: &[&str]| -> Vec<String> {
        let all = [&["scan", app, "--only", "high-risk-permission", "--format", "json"], more].concat();
        let report: Value = serde_json::from_str(&run(&all).1).unwrap();
        let findings = report["outcomes"][0]["findings"].as_array().unwrap().clone();
        findings.iter().map(|finding| finding["severity"].as_str().unwrap().to_owned()).collect()
    };
    assert!(!severities(&[]).contains(&"critical".to_owned()));
    let raised = severities(&["--severity", "high-risk-permission=critical"]);
    assert!(raised.iter().all(|severity| severity == "critical") && !raised.is_empty());
    for (given, wanted) in [
        ("high-risk-permission", "is not RULE=LEVEL"),
        ("high-risk-permision=low", "did you mean \"high-risk-permission\""),
        ("high-risk-permission=huge", "unknown severity \"huge\""),
    ] {
        let (code, _, err) = run(&["scan", app, "--severity", given, "--lang", "en"]);
        assert!(code == 2 && err.contains(wanted), "{err}");
    }
}

#[test]
fn a_type_is_proposed_with_reasons_or_not_at_all() {
    let scan = |app: &str, more: &[&str]| -> Value {
        serde_json::from_str(&run(&[&["scan", app, "--format", "json"], more].concat()).1).unwrap()
    };
    let auto = ["--app-type", "auto", "--profile", "auto"];
    let shop = scan(DEMO, &auto);
    assert_eq!(shop["app"]["proposed_type"]["id"], "online_shopping");
    assert_eq!(shop["app"]["app_type"], "online_shopping");
    assert!(shop["app"]["proposed_type"]["reasons"].as_array().unwrap().len() >= 2);
    // What is chosen stands, and without a question there is no answer.
    let chosen = scan(DEMO, &["--app-type", "news"]);
    assert_eq!(chosen["app"]["app_type"], "news");
    assert!(chosen["app"].get("proposed_type").is_none());
    let plain = scan("fixtures/rules/unused-permission/violating/app.apk", &auto);
    assert!(plain["app"]["proposed_type"]["id"].is_null());
    assert!(plain["app"].get("app_type").is_none());
}

#[test]
fn errors_speak_the_readers_language() {
    let demo = "fixtures/demo/violating/app.apk";
    for (args, zh, en) in [
        (
            vec!["scan", "README.md"],
            "README.md：不是 Android 应用：末尾 64 KiB 中没有 ZIP 的目录结束记录。请给出",
            "not an Android app",
        ),
        (vec!["scan", "no-such.apk"], "no-such.apk：没有这个文件或文件夹", "No such file"),
        (vec!["scan", demo, "--only", "nothing"], "没有规则“nothing”；是否指", "unknown rule"),
        (vec!["scan", demo, "--profile", "loan"], "没有场景“loan”；相近的有", "unknown profile"),
        (
            vec!["scan", demo, "--policy", "/dev/null"],
            "文件中没有文字；请给出写有隐私政策的文件",
            "the file holds no text",
        ),
        (vec!["scna", demo], "错误：没有子命令“scna”", "unrecognized subcommand"),
        (vec!["scan", demo, "--polcy", "x"], "提示：相近的参数：--policy", "a similar argument exists"),
        (vec!["scan"], "错误：缺少以下必需的参数：", "required arguments"),
        (
            vec!["scan", demo, "--fail-on", "foo"],
            "错误：--fail-on <SEVERITY|violation|risk> 的值“foo”无效",
            "invalid value 'foo'",
        ),
        (vec!["scan", demo, "--max-entries", "x"], "的值“x”无效：应为非负整数", "invalid digit"),
        (vec!["scan", demo, demo], "用法：mingcha scan", "Usage: mingcha scan"),
        (vec!["scan", demo, "--group", "sdk", "--group", "sdk"], "只能给出一次", "cannot be used multiple times"),
        (vec!["scan", demo, "--as-of", "2020"], "日期应写作 YYYY-MM-DD", "write a day"),
        (vec!["scan", demo, "--config"], "--config <FILE> 需要一个值", "a value is required"),
        (vec!["inspect", demo, "clickpath"], "`inspect clickpath` 需要 --to 文字", "needs --to TEXT"),
    ] {
        for (lang, wanted) in [("zh", zh), ("en", en)] {
            let (code, _, err) = run(&[args.clone(), vec!["--lang", lang]].concat());
            assert!(code >= 2, "{args:?}");
            assert!(err.contains(wanted), "{lang}: {err}");
        }
    }
}

#[test]
fn policies_speak_of_permissions_in_their_own_words() {
    let folder = common::fresh("cli/spoken-permissions");
    let path = folder.join("policy.txt");
    let named = |text: &str| -> Vec<String> {
        std::fs::write(&path, text).unwrap();
        let (code, out, err) = run(&["policy", "check", path.to_str().unwrap(), "--format", "json"]);
        assert_eq!(code, 0, "{err}");
        let report: serde_json::Value = serde_json::from_str(&out).unwrap();
        let names = report["permissions"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
        let mut names: Vec<String> = names.map(|name| name.rsplit('.').next().unwrap().to_owned()).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(
        named("您扫描二维码时，我们会请求您的相机和相册使用权限；拒绝不影响其他功能。\n"),
        ["CAMERA", "READ_EXTERNAL_STORAGE"]
    );
    assert_eq!(named("系统权限包括：悬浮窗、麦克风。\n"), ["RECORD_AUDIO", "SYSTEM_ALERT_WINDOW"]);
    assert_eq!(named("We ask for the microphone permission.\n"), ["RECORD_AUDIO"]);
    // Things of the same names that no permission is spoken of for.
    assert_eq!(named("您可以上传相册中的照片。我们通过 Internet 提供服务，并尊重您的权利。\n"), Vec::<String>::new());
}

/// One sentence of millions of names once took minutes: every name looked for its ends through all of it.
/// A glossary of so many different kinds.
fn kinds_of_information(count: u32) -> String {
    let letter = |digit: char| char::from(b'a' + u8::try_from(digit.to_digit(16).unwrap()).unwrap());
    let kind = |number: u32| format!("{number:x}").chars().map(letter).collect::<String>();
    (0..count).map(|number| format!("甲{}信息：包括IMEI。\n", kind(number))).collect()
}

#[test]
fn policies_without_an_end_are_read_in_time() {
    let folder = common::fresh("cli/endless-policy");
    for (name, text) in [
        ("permissions.txt", "相机权限".repeat(500_000)),
        ("lists.txt", "华为/小米/".repeat(200_000) + &"推送、".repeat(100_000)),
        ("told.txt", "“甲”：由乙公司提供，用于推送，收集：IMEI、\n\n".repeat(20_000)),
        ("built-in.txt", format!("我们的产品集成{}，需要收集您的IMEI。\n", "甲SDK、".repeat(200_000))),
        ("names.md", format!("我们接入的第三方SDK：\n\n{}", "- 甲SDK\n".repeat(200_000))),
        ("headings.md", "###### 第三方\n目的：统计\n收集信息：设备型号\n".repeat(100_000)),
        ("columns.md", "|>".repeat(200_000)),
        ("one-line.txt", "我们使用极光推送SDK、友盟SDK收集您的IMEI。".repeat(200_000)),
        ("names-of-prose.txt", (0..20_000).map(|number| format!("我们使用甲{number}号SDK收集您的IMEI。\n")).collect()),
        ("kinds.txt", kinds_of_information(60_000) + &"我们会收集您的位置。\n".repeat(20_000)),
        (
            "brackets.txt",
            format!("{}\n", format!("SDK{}极光推送{}", "（".repeat(20), "）".repeat(20)).repeat(200)).repeat(200),
        ),
    ] {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        let start = std::time::Instant::now();
        let (code, _, err) = run(&["policy", "check", path.to_str().unwrap()]);
        assert!(code == 0 || code == 1, "{name}: {err}");
        assert!(start.elapsed().as_secs() < 30, "{name} took {:?}", start.elapsed());
    }
}
