//! Real SDKs whose classes R8 renamed and moved to one package: whose they are is told by what they show and by
//! what reaches them, against R8's own mapping.

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

/// Share of the renamed classes that were told, and share of the told ones that are right.
fn recall_and_precision(app: &str) -> Option<(f64, f64)> {
    let [right, wrong, unknown] = attributed(app)?;
    assert!(right + wrong + unknown > 500);
    Some((right as f64 / (right + wrong + unknown) as f64, right as f64 / (right + wrong) as f64))
}

#[test]
fn renamed_code_behind_kept_classes_is_attributed() {
    let Some((recall, precision)) = recall_and_precision("kept") else { return };
    assert!(recall >= 0.93, "recall {recall:.3}");
    assert!(precision >= 0.99, "precision {precision:.3}");
}

#[test]
fn code_without_any_name_is_told_by_its_shape() {
    let Some((recall, precision)) = recall_and_precision("all") else { return };
    assert!(recall >= 0.9, "recall {recall:.3}");
    assert!(precision >= 0.99, "precision {precision:.3}");
}

#[test]
fn optimized_code_without_any_name_is_told_by_its_shape() {
    // R8 merges classes of several products here, which then are nobody's.
    let Some((recall, precision)) = recall_and_precision("optimized") else { return };
    assert!(recall >= 0.8, "recall {recall:.3}");
    assert!(precision >= 0.95, "precision {precision:.3}");
}
