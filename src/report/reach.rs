//! What a scan could not see, in words.

use std::collections::BTreeMap;

use super::Report;
use super::names::Names;

/// Label and text of what bears on the reach of a scan, in the order of reading.
pub fn rows(report: &Report, names: Names<'_>) -> Vec<(String, String)> {
    let reach = &report.reach;
    let mut rows: Vec<(String, String)> = vec![(names.say("reach.methods"), reach.methods.to_string())];
    let phases = &reach.reached_methods;
    rows.push((
        names.say("reach.phases"),
        format!(
            "{} {} · {} {} · {} {} · {} {}",
            names.say("phase.startup"),
            phases.startup,
            names.say("phase.launch"),
            phases.launch,
            names.say("phase.user_action"),
            phases.user_action,
            names.say("phase.system_event"),
            phases.system_event
        ),
    ));
    if reach.summarised_calls > 0 {
        rows.push((names.say("reach.summarised"), reach.summarised_calls.to_string()));
    }
    if reach.unreached_accesses > 0 {
        rows.push((names.say("reach.unreached"), reach.unreached_accesses.to_string()));
    }
    if let Some(packer) = &reach.packer {
        rows.push((names.say("reach.packer"), packer.name.clone()));
    }
    for (label, signs) in
        [("reach.hybrid", &reach.hybrid), ("reach.dynamic", &reach.dynamic_code), ("reach.web", &reach.web_view)]
    {
        for sign in signs {
            let counts = names
                .say("reach.counts")
                .replace("{count}", &sign.count.to_string())
                .replace("{in_app}", &sign.in_app.to_string());
            rows.push((names.say(label), format!("{} {counts}", sign.name)));
        }
    }
    if reach.reflection_unresolved > 0 {
        rows.push((names.say("reach.reflection"), reach.reflection_unresolved.to_string()));
    }
    if reach.native_libraries > 0 {
        let hits = if reach.native_pi.is_empty() {
            String::new()
        } else {
            format!(" · {} {}", names.say("reach.native_pi"), reach.native_pi.len())
        };
        rows.push((names.say("reach.native"), format!("{}{hits}", reach.native_libraries)));
    }
    if reach.unknown_classes_percent > 0.0 {
        rows.push((names.say("reach.unknown"), format!("{} %", reach.unknown_classes_percent)));
    }
    // What was given needs no word.
    if reach.policy != "given" {
        rows.push((names.say("reach.policy"), names.policy(report)));
    }
    for file in &reach.embedded_code {
        rows.push((names.say("reach.embedded"), file.clone()));
    }
    for part in &reach.incomplete {
        rows.push((names.say("reach.incomplete"), part.clone()));
    }
    let mut kinds: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for anomaly in &report.anomalies {
        let slot = kinds.entry(&anomaly.kind).or_insert((0, &anomaly.place));
        slot.0 = slot.0.saturating_add(1);
    }
    for (kind, (count, place)) in kinds {
        rows.push((names.say("reach.anomaly"), format!("{kind} ×{count}  {place}")));
    }
    rows
}
