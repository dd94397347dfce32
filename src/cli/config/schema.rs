//! The schema of `mingcha.toml`, made from the flags, so that editors complete and check it.

use clap::CommandFactory as _;
use serde_json::{Map, Value, json};

use super::flags::{Flag, of};
use super::{COMMANDS, SUPPRESS};
use crate::cli::args::Cli;

/// The JSON schema of the settings.
pub fn config_schema() -> Value {
    let cli = Cli::command();
    let mut properties = flags(&of(&cli));
    for name in COMMANDS {
        let inner = cli.find_subcommand(name).map(of).unwrap_or_default();
        let table = json!({ "type": "object", "properties": flags(&inner), "additionalProperties": false });
        properties.insert(name.into(), table);
    }
    let text = |what: &str| json!({ "type": "string", "minLength": 1, "description": what });
    let row = json!({
        "type": "object",
        "properties": {
            "fingerprint": { "type": "string", "pattern": "^[0-9a-fA-F]{16}$", "description": "Of the finding, as reports name it" },
            "package": text("The app alone for which it holds"),
            "reason": text("Why it is accepted"),
            "owner": text("Who answers for it"),
            "expires": { "type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$", "description": "Last day on which it holds (UTC)" },
        },
        "required": ["fingerprint", "reason", "owner", "expires"],
        "additionalProperties": false,
    });
    properties.insert(SUPPRESS.into(), json!({ "type": "array", "items": row }));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": super::FILE,
        "description": "Settings of mingcha. Flags of the command line win over them; docs/config.md.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

fn flags(flags: &[Flag]) -> Map<String, Value> {
    flags.iter().map(|flag| (flag.name.clone(), shape(flag))).collect()
}

fn shape(flag: &Flag) -> Value {
    let one = match (flag.is_switch, flag.is_number, flag.allowed.is_empty()) {
        (true, ..) => json!({ "type": "boolean" }),
        (_, true, _) => json!({ "type": "integer", "minimum": 0 }),
        (_, _, true) => json!({ "type": "string" }),
        _ => json!({ "enum": flag.allowed }),
    };
    let mut shape = match flag.is_list {
        true => json!({ "anyOf": [one, { "type": "array", "items": one }] }),
        false => one,
    };
    if let Some(shape) = shape.as_object_mut() {
        shape.insert("description".into(), flag.help.clone().into());
    }
    shape
}
