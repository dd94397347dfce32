//! Every APK of the corpus against independent tools: aapt, dexdump, apksigner.
//!
//! `fixtures/oracle/facts.json` and `texts.json` hold their answers, `differences.json` the facts on
//! which we side against one of them, with the reason; a difference that is gone fails too.

#![allow(clippy::unwrap_used)]

mod common;

use common::{apks, corpus, digest, json};
use mingcha::app::manifest::ComponentKind;
use mingcha::container::Input;
use mingcha::formats::dex;
use mingcha::limits::{Budget, Limits};
use mingcha::{Loaded, load};
use serde_json::{Value, json as value};

/// Collects differences of one APK.
struct Comparison {
    apk: String,
    found: Vec<(String, String)>,
}

impl Comparison {
    fn same(&mut self, fact: &str, ours: &Value, theirs: &Value) {
        if ours != theirs {
            self.found.push((format!("{}: {fact}", self.apk), format!("ours {ours}, oracle {theirs}")));
        }
    }
}

fn text(value: &Value) -> Value {
    value!(value.as_str().unwrap_or_default())
}

fn number(value: &Value) -> Value {
    value.as_str().and_then(|text| text.parse::<u64>().ok()).map_or(Value::Null, |number| value!(number))
}

fn manifest(comparison: &mut Comparison, loaded: &Loaded, aapt: &Value) {
    let app = &loaded.app;
    comparison.same("package", &value!(app.package()), &text(&aapt["package"]));
    comparison.same("versionName", &value!(app.manifest.version_name), &text(&aapt["version_name"]));
    let code = aapt["version_code"].as_str().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    comparison.same("versionCode", &value!(app.manifest.version_code), &value!(code));
    comparison.same("minSdk", &value!(app.manifest.min_sdk), &number(&aapt["min_sdk"]));
    comparison.same("targetSdk", &value!(app.manifest.target_sdk), &number(&aapt["target_sdk"]));
    comparison.same("label", &value!(app.label.default), &text(&aapt["label"]));
    if aapt["label_zh"].is_string() {
        comparison.same("label zh", &value!(app.label.zh), &text(&aapt["label_zh"]));
    }
    let names = app.permissions.iter().map(|permission| &permission.name);
    comparison.same("permissions", &digest(names), &aapt["uses_permissions"]);
    let declared = app.declared_permissions.iter().map(|permission| &permission.name);
    comparison.same("declared permissions", &digest(declared), &aapt["declared_permissions"]);
    let kinds = [
        ComponentKind::Activity,
        ComponentKind::ActivityAlias,
        ComponentKind::Service,
        ComponentKind::Receiver,
        ComponentKind::Provider,
    ];
    for kind in kinds {
        let names = app.components.iter().filter(|component| component.kind == kind).map(|component| &component.name);
        comparison.same(kind.element(), &digest(names), &aapt["components"][kind.element()]);
    }
}

fn code(comparison: &mut Comparison, loaded: &Loaded, dexdump: &Value) {
    let mut classes = Vec::new();
    let mut files = serde_json::Map::new();
    for bytes in loaded.dexes.iter().filter(|bytes| !bytes.place.starts_with('(')) {
        let Ok(decoded) = dex::parse(bytes.data()) else {
            files.insert(bytes.place.clone(), value!("unreadable"));
            continue;
        };
        for dex in decoded.value {
            let counts = value!({
                "strings": dex.string_count(), "types": dex.type_count(), "protos": dex.proto_count(),
                "fields": dex.field_count(), "methods": dex.method_count(), "classes": dex.class_count(),
            });
            files.insert(bytes.place.clone(), counts);
            classes.extend(dex.classes().filter_map(|class| dex.type_descriptor(class.class)));
        }
    }
    comparison.same("dex files", &Value::Object(files), &dexdump["files"]);
    comparison.same("classes", &digest(classes), &dexdump["classes"]);
}

fn certificates(comparison: &mut Comparison, loaded: &Loaded, apksigner: &Value) {
    for oracle in apksigner["certs"].as_array().into_iter().flatten() {
        let ours = loaded.app.signers.iter().find(|signer| oracle["sha256"] == signer.certificate.sha256);
        let shown = ours.map(|signer| &signer.certificate);
        let digests = shown.map_or(Value::Null, |certificate| {
            value!([
                certificate.sha256,
                certificate.sha1,
                certificate.md5,
                certificate.public_key_algorithm,
                certificate.public_key_bits.to_string()
            ])
        });
        let theirs =
            value!([oracle["sha256"], oracle["sha1"], oracle["md5"], oracle["key_algorithm"], oracle["key_size"]]);
        comparison.same("certificate", &digests, &theirs);
    }
}

fn texts(comparison: &mut Comparison, loaded: &Loaded, oracle: &Value) {
    for (language, key) in [("", "default"), ("zh", "zh")] {
        let rows = loaded.app.resources.strings.iter().filter(|resource| resource.kind == "string");
        let lines = rows.map(|resource| (&resource.name, resource.text(language))).filter(|(_, text)| !text.is_empty());
        comparison.same(
            &format!("texts {key}"),
            &digest(lines.map(|(name, text)| format!("{name}\t{text}"))),
            &oracle[key],
        );
    }
}

#[test]
fn facts_equal_those_of_independent_tools() {
    let Some(folder) = corpus() else { return };
    let facts = json("fixtures/oracle/facts.json");
    let oracle_texts = json("fixtures/oracle/texts.json");
    let explained = json("fixtures/oracle/differences.json");
    let limits = Limits { max_entry_bytes: 1 << 30, ..Limits::default() };
    let mut found = Vec::new();
    let mut compared = 0usize;
    for (apk, path) in apks(&folder) {
        let budget = Budget::default();
        let input = Input::open(&path, &limits, &budget).unwrap_or_else(|error| panic!("{error}"));
        let loaded = load(&input, &limits, &budget).unwrap_or_else(|error| panic!("{error}"));
        let mut comparison = Comparison { apk: apk.clone(), found: Vec::new() };
        let oracle = &facts[&apk];
        assert!(oracle.is_object(), "no oracle for {apk}");
        if oracle["aapt"].is_object() {
            manifest(&mut comparison, &loaded, &oracle["aapt"]);
            texts(&mut comparison, &loaded, &oracle_texts[&apk]);
        }
        code(&mut comparison, &loaded, &oracle["dexdump"]);
        certificates(&mut comparison, &loaded, &oracle["apksigner"]);
        found.extend(comparison.found);
        compared += 1;
    }
    assert!(compared >= 50);
    let unexplained: Vec<_> = found.iter().filter(|(fact, _)| explained.get(fact).is_none()).collect();
    assert!(unexplained.is_empty(), "{} unexplained differences:\n{unexplained:#?}", unexplained.len());
    for fact in explained.as_object().unwrap().keys() {
        assert!(
            found.iter().any(|(known, _)| known == fact),
            "{fact} no longer differs: take it out of differences.json"
        );
    }
}
