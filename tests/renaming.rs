//! Real SDKs whose classes R8 renamed and moved to one package: whose they are is told by what reaches them,
//! against R8's own mapping.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod common;

use std::collections::BTreeMap;

use mingcha::knowledge::Knowledge;

/// Vendor of the longest package prefix that a class name lies under.
fn vendor<'k>(prefixes: &BTreeMap<&'k str, &'k str>, class: &str) -> Option<&'k str> {
    let mut name = class;
    loop {
        if let Some(vendor) = prefixes.get(name) {
            return Some(vendor);
        }
        name = name.rsplit_once('.')?.0;
    }
}

/// Right, wrong and unknown among the renamed classes of an app.
fn attributed(app: &str) -> Option<[usize; 3]> {
    let apps = common::rejections()?;
    let knowledge = Knowledge::embedded();
    let rows = || knowledge.sdks().iter().flat_map(|file| file.sdk.iter().map(move |row| (file, row)));
    let prefixes: BTreeMap<&str, &str> = rows()
        .flat_map(|(file, row)| row.packages.iter().map(move |prefix| (prefix.as_str(), file.vendor.as_str())))
        .collect();
    let vendors: BTreeMap<&str, &str> = rows().map(|(file, row)| (row.id.as_str(), file.vendor.as_str())).collect();
    let path = apps.join(format!("{app}.apk"));
    let output = common::mingcha(&["inspect", &path.to_string_lossy(), "owners", "--format", "json"]);
    let owners: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let owners: BTreeMap<&str, &str> = owners
        .iter()
        .map(|row| (row["name"].as_str().unwrap(), row["owner"]["id"].as_str().unwrap_or_default()))
        .collect();
    let mapping = std::fs::read_to_string(apps.join(format!("{app}.map"))).unwrap();
    let mut counts = [0; 3];
    for line in mapping.lines().filter(|line| !line.starts_with([' ', '#'])) {
        let Some((original, renamed)) = line.trim_end_matches(':').split_once(" -> ") else { continue };
        let (Some(truth), Some(found)) = (vendor(&prefixes, original), owners.get(renamed)) else { continue };
        if original == renamed {
            continue;
        }
        let slot = match vendors.get(found) {
            Some(vendor) if *vendor == truth => 0,
            Some(_) => 1,
            None => 2,
        };
        counts[slot] += 1;
    }
    println!("{app}: right, wrong, unknown {counts:?}");
    Some(counts)
}

#[test]
fn renamed_code_behind_kept_classes_is_attributed() {
    let Some([right, wrong, unknown]) = attributed("kept") else { return };
    assert!(right + wrong + unknown > 1000);
    let share = right as f64 / (right + wrong + unknown) as f64;
    assert!(share >= 0.9, "recall {share:.3}");
    let share = right as f64 / (right + wrong) as f64;
    // Code that one SDK carries inside (UTDID in Alipay, ASUS push in JPush) counts as the carrier's, wrong here.
    assert!(share >= 0.94, "precision {share:.3}");
}

#[test]
fn code_without_any_name_is_nobodys() {
    let Some([right, wrong, unknown]) = attributed("all") else { return };
    assert!(unknown > 1000);
    assert_eq!((right, wrong), (0, 0), "what only nameless code reaches is a guess");
}
