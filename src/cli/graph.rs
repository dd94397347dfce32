//! `mingcha inspect APP callgraph|paths|phases`: what reaches what, and when.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Failure;
use super::args::What;
use crate::Loaded;
use crate::code::{BodyId, MAX_CALL_TARGETS, Phase, Tables};
use crate::error::Error;
use crate::facts::Sources;
use crate::facts::consent::{Times, call_step};
use crate::formats::dex::RefKind;
use crate::knowledge::Knowledge;
use crate::report::text::safe;
use crate::scan::analyse;

/// Most methods and callers that one answer lists.
const MAX_ROWS: usize = 200;

/// Answers one question about the call graph.
pub(super) fn inspect(what: What, to: Option<&str>, loaded: Loaded, knowledge: &Knowledge) -> Result<Value, Failure> {
    if what == What::Paths && to.is_none() {
        return Err(Error::Usage("`inspect paths` needs --to CLASS.METHOD".into()).into());
    }
    Ok(analyse(loaded, knowledge, |sources, tables, times| match what {
        What::Paths => paths(sources, times, to.unwrap_or_default()),
        What::Callgraph => callgraph(sources, tables, times, to),
        _ => phases(sources, tables, times),
    }))
}

/// `CLASS.METHOD` or `METHOD` against a class and a method name.
fn fits(wanted: &str, class: &str, method: &str) -> bool {
    match wanted.rsplit_once('.') {
        Some((wanted_class, wanted_method)) => {
            wanted_method == method && (wanted_class == class || class.ends_with(&format!(".{wanted_class}")))
        }
        None => wanted == method,
    }
}

/// Places of a method: its own body, and calls of it when it is not the app's.
fn places(sources: &Sources<'_>, wanted: &str) -> Vec<(BodyId, u32, String)> {
    let program = sources.program;
    let mut out = Vec::new();
    for class in program.class_ids() {
        for body in program.bodies_of(class) {
            if out.len() >= MAX_ROWS {
                return out;
            }
            if let Some(name) = program.body_name(body)
                && fits(wanted, &name.class, &name.name)
            {
                out.push((body, 0, format!("{}.{}{}", name.class, name.name, name.descriptor)));
                continue;
            }
            let dex = program.dex_of(body);
            for reference in program.references(body).filter(|reference| reference.kind == RefKind::Invoke) {
                let Some(file) = program.dex(dex) else { continue };
                let is_outside = file
                    .method(reference.index)
                    .is_some_and(|method| program.class_of_type(dex, method.class).is_none());
                if is_outside
                    && let Some(name) = program.method_name(dex, reference.index)
                    && fits(wanted, &name.class, &name.name)
                {
                    out.push((body, reference.unit, name.dotted()));
                }
            }
        }
    }
    out
}

fn paths(sources: &Sources<'_>, times: &Times<'_, '_>, wanted: &str) -> Value {
    let rows: Vec<Value> = places(sources, wanted)
        .into_iter()
        .map(|(body, unit, name)| {
            let when = times.of(sources, body, unit);
            let frames = |steps: Vec<crate::code::Step>| -> Vec<Value> {
                steps.iter().map(|step| json!(call_step(sources, step))).collect()
            };
            let by_phase: serde_json::Map<String, Value> = when
                .phases
                .iter()
                .map(|phase| (phase.as_str().to_owned(), json!(frames(times.phases().path(*phase, body, unit)))))
                .collect();
            let before = if when.is_before_consent() {
                frames(times.fresh().path(sources.program, body, unit))
            } else {
                Vec::new()
            };
            json!({
                "target": name,
                "consent": when.consent.map(|consent| consent.as_str()),
                "before_consent": before,
                "phases": by_phase,
            })
        })
        .collect();
    json!({ "to": wanted, "places": rows })
}

fn callgraph(sources: &Sources<'_>, tables: &Tables<'_>, times: &Times<'_, '_>, to: Option<&str>) -> Value {
    let program = sources.program;
    let reached: serde_json::Map<String, Value> = Phase::ALL
        .into_iter()
        .map(|phase| (phase.as_str().to_owned(), json!(times.phases().reached_count(phase))))
        .collect();
    let mut out = json!({
        "methods": program.body_count(),
        "edges": times.phases().edges,
        "reached": reached,
        "max_call_targets": MAX_CALL_TARGETS,
        "summarised_calls": tables.summarised_calls(),
    });
    if let (Some(wanted), Some(object)) = (to, out.as_object_mut()) {
        let targets: Vec<BodyId> =
            places(sources, wanted).into_iter().filter(|(_, unit, _)| *unit == 0).map(|(body, ..)| body).collect();
        let callers: Vec<Value> = tables
            .calls_of(program, targets)
            .into_iter()
            .take(MAX_ROWS)
            .map(|call| {
                let step = crate::code::Step { body: call.body, unit: call.unit, kind: crate::code::EdgeKind::Call };
                let phases = times.phases().phases_of(call.body);
                json!({
                    "caller": call_step(sources, &step).frame,
                    "phases": phases.iter().map(|phase| phase.as_str()).collect::<Vec<_>>(),
                })
            })
            .collect();
        object.insert("to".into(), json!(wanted));
        object.insert("callers".into(), json!(callers));
    }
    out
}

fn phases(sources: &Sources<'_>, tables: &Tables<'_>, times: &Times<'_, '_>) -> Value {
    let program = sources.program;
    let entries = tables.entries();
    let names = |list: &[crate::code::Entry]| -> Vec<String> {
        list.iter().map(|entry| program.class_name(entry.class)).collect()
    };
    let consent = &times.consent;
    json!({
        "entry_points": {
            "application": entries.application.map(|class| program.class_name(class)),
            "providers": names(&entries.providers),
            "initializers": entries.initializers.iter().map(|class| program.class_name(*class)).collect::<Vec<_>>(),
            "launcher": entries.launcher.map(|entry| program.class_name(entry.class)),
            "activities": names(&entries.activities),
            "services": names(&entries.services),
            "receivers": names(&entries.receivers),
        },
        "reached": Phase::ALL.map(|phase| json!({ "phase": phase.as_str(), "methods": times.phases().reached_count(phase) })),
        "consent": {
            "screens": consent.surfaces,
            "handlers": consent.handlers.iter().map(|(answer, place)| json!({ "answer": answer.as_str(), "place": place })).collect::<Vec<_>>(),
            "decisions": consent.decisions.iter().map(|decision| json!({ "key": decision.key, "guard": decision.guard, "write": decision.write })).collect::<Vec<_>>(),
        },
    })
}

/// The answers as text.
pub(super) fn shown(what: What, value: &Value) -> String {
    let mut out = String::new();
    let frames = |out: &mut String, list: &Value| {
        for frame in list.as_array().into_iter().flatten() {
            let via = frame.get("via").and_then(Value::as_str).unwrap_or_default();
            let text = frame.get("frame").and_then(Value::as_str).unwrap_or_default();
            let note = if matches!(via, "call" | "virtual") { String::new() } else { format!(" [{via}]") };
            let _ = writeln!(out, "    at {}{note}", safe(text));
        }
    };
    match what {
        What::Paths => {
            for place in value.get("places").and_then(Value::as_array).into_iter().flatten() {
                let text = |key: &str| place.get(key).and_then(Value::as_str).unwrap_or_default();
                let _ = writeln!(out, "{}  consent: {}", safe(text("target")), text("consent"));
                for (phase, list) in place.get("phases").and_then(Value::as_object).into_iter().flatten() {
                    let _ = writeln!(out, "  {phase}");
                    frames(&mut out, list);
                }
            }
        }
        _ => print(&mut out, value, 0),
    }
    out
}

/// Nested values as an indented list.
fn print(out: &mut String, value: &Value, indent: usize) {
    let pad = "  ".repeat(indent);
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::Object(_) | Value::Array(_) => {
                        let _ = writeln!(out, "{pad}{key}");
                        print(out, value, indent.saturating_add(1));
                    }
                    other => {
                        let _ = writeln!(out, "{pad}{key}: {}", scalar(other));
                    }
                }
            }
        }
        Value::Array(list) => {
            for value in list {
                match value {
                    Value::Object(map) => {
                        let parts: Vec<String> = map
                            .iter()
                            .map(|(key, value)| match value.get("refers_to").and_then(Value::as_str) {
                                Some(what) => format!("{key}: {}", safe(&place_of(value, what))),
                                None => format!("{key}: {}", scalar(value)),
                            })
                            .collect();
                        let line = match value.get("refers_to").and_then(Value::as_str) {
                            Some(what) => safe(&place_of(value, what)),
                            None => parts.join("  "),
                        };
                        let _ = writeln!(out, "{pad}{line}");
                    }
                    other => {
                        let _ = writeln!(out, "{pad}{}", scalar(other));
                    }
                }
            }
        }
        other => {
            let _ = writeln!(out, "{pad}{}", scalar(other));
        }
    }
}

fn place_of(value: &Value, what: &str) -> String {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    format!("{}.{}({}) → {what}", text("class"), text("method"), text("source"))
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => safe(text),
        Value::Null => "-".into(),
        other => safe(&other.to_string()),
    }
}
