//! The flags of a command as keys of the settings, read off the command line's own definition.

use clap::{Arg, ArgAction, Command};

/// Commands that read apps, and so take over from `[scan]` what they share with it.
pub(super) const TAKERS: [&str; 6] = ["baseline", "batch", "diff", "disclose", "inspect", "sdks"];
/// Flags of `scan` that they take over.
pub(super) const SHARED: [&str; 14] = [
    "accept-general-terms",
    "app-type",
    "as-of",
    "fail-on",
    "max-entries",
    "max-entry-bytes",
    "max-nesting",
    "max-total-bytes",
    "metadata",
    "only",
    "policy",
    "profile",
    "severity",
    "skip",
];
/// Flags that name files or folders.
const PATHS: [&str; 5] = ["baseline", "metadata", "output", "policy", "signatures"];
/// Flags that make no sense in a file.
const LEFT_OUT: [&str; 5] = ["config", "force", "help", "to", "version"];

/// A flag as a key.
#[derive(Debug, Clone)]
pub(super) struct Flag {
    /// Id within the command line's definition.
    pub(super) id: String,
    /// The long name, which is the key.
    pub(super) name: String,
    /// What it is for.
    pub(super) help: String,
    /// On or off.
    pub(super) is_switch: bool,
    /// A whole number.
    pub(super) is_number: bool,
    /// May be given several times.
    pub(super) is_list: bool,
    /// The values that it takes, where they are few.
    pub(super) allowed: Vec<String>,
}

impl Flag {
    /// True when it names a file or folder.
    pub(super) fn is_path(&self) -> bool {
        PATHS.contains(&self.name.as_str())
    }

    /// What it takes, for people.
    pub(super) fn expected(&self) -> &'static str {
        match (self.is_switch, self.is_number, self.is_list) {
            (true, ..) => "true or false",
            (_, true, _) => "a number",
            (_, _, true) => "a text or a list of texts",
            _ => "a text",
        }
    }
}

/// The flags of a command, sorted.
pub(super) fn of(command: &Command) -> Vec<Flag> {
    let mut out: Vec<Flag> = command.get_arguments().filter_map(flag).collect();
    out.retain(|flag| !LEFT_OUT.contains(&flag.name.as_str()));
    out.sort_by(|a, b| a.name.cmp(&b.name));
    out
}

fn flag(arg: &Arg) -> Option<Flag> {
    let action = arg.get_action();
    let number = std::any::TypeId::of::<u64>();
    let parsed = arg.get_value_parser().type_id();
    Some(Flag {
        id: arg.get_id().to_string(),
        name: arg.get_long()?.to_owned(),
        help: arg.get_help().map(ToString::to_string).unwrap_or_default(),
        is_switch: matches!(action, ArgAction::SetTrue),
        is_number: parsed == number
            || parsed == std::any::TypeId::of::<u32>()
            || parsed == std::any::TypeId::of::<usize>(),
        is_list: matches!(action, ArgAction::Append),
        allowed: match action {
            ArgAction::SetTrue => Vec::new(),
            _ => arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect(),
        },
    })
}
