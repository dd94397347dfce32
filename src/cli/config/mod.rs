//! `mingcha.toml`: the flags of the commands as keys, and suppressions. Flags win over the file, the file over
//! the defaults: what the file says becomes the default of the flag.

mod flags;
pub(super) mod schema;

use std::path::{Path, PathBuf};

use clap::Command;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{Error, Result};
use crate::gate::{Date, Suppression};
use flags::Flag;

/// Name of the file that is looked for.
pub(super) const FILE: &str = "mingcha.toml";
/// Tables with flags, by command.
pub(super) const COMMANDS: [&str; 3] = ["scan", "batch", "diff"];
/// Key of the suppressions.
const SUPPRESS: &str = "suppress";
/// Keys of a suppression.
const SUPPRESSION_KEYS: [&str; 5] = ["expires", "fingerprint", "owner", "package", "reason"];

/// The settings in force.
#[derive(Debug, Default)]
pub(super) struct Config {
    /// Values by command (empty for the global ones) and flag.
    values: Vec<(String, Flag, Vec<String>)>,
    /// Findings that somebody accepted.
    pub(super) suppressions: Vec<Suppression>,
}

impl Config {
    /// Reads the given file, or the nearest one from the working directory upward, or nothing.
    ///
    /// # Errors
    /// [`Error::Settings`] with file and line of the first mistake.
    pub(super) fn find(given: Option<&Path>, cli: &Command) -> Result<Self> {
        let path = match given {
            Some(path) => path.to_owned(),
            None => {
                let here = std::env::current_dir().map_err(|error| Error::io(".", error))?;
                let Some(path) = here.ancestors().map(|folder| folder.join(FILE)).find(|file| file.is_file()) else {
                    return Ok(Self::default());
                };
                // Nearby files are shown as one would type them.
                path.strip_prefix(&here).map(Path::to_path_buf).unwrap_or(path)
            }
        };
        let text = std::fs::read_to_string(&path)
            .map_err(|error| Error::Usage(format!("{}: the settings cannot be read: {error}", path.display())))?;
        Reader { path: &path, text: &text, cli }.read()
    }

    /// The command line with the file's values for defaults.
    pub(super) fn laid_under(&self, mut cli: Command) -> Command {
        // What `scan` has, the other commands take over; their own tables come later and win.
        for (table, flag, values) in &self.values {
            let values = values.clone();
            if table.is_empty() {
                cli = cli.mut_arg(&flag.id, |arg| arg.default_values(values));
                continue;
            }
            let takes = |command: &str| {
                command == table
                    || table == "scan"
                        && flags::TAKERS.contains(&command)
                        && flags::SHARED.contains(&flag.name.as_str())
            };
            cli = cli.mut_subcommands(|command| {
                if takes(command.get_name()) { with_default(command, flag, &values) } else { command }
            });
        }
        cli
    }
}

/// The command with another default of one flag, in its subcommands too; unchanged where it has no such flag.
fn with_default(command: Command, flag: &Flag, values: &[String]) -> Command {
    let command = if command.get_arguments().any(|arg| arg.get_id() == flag.id.as_str()) {
        command.mut_arg(&flag.id, |arg| arg.default_values(values.to_vec()))
    } else {
        command
    };
    command.mut_subcommands(|inner| with_default(inner, flag, values))
}

/// A key with its value.
type Entry<'v, 'i> = (&'v Spanned<std::borrow::Cow<'i, str>>, &'v Spanned<DeValue<'i>>);

struct Reader<'t> {
    path: &'t Path,
    text: &'t str,
    cli: &'t Command,
}

impl Reader<'_> {
    fn read(&self) -> Result<Config> {
        let table = DeTable::parse(self.text)
            .map_err(|error| self.error(error.span().map_or(0, |span| span.start), error.message()))?;
        let globals = flags::of(self.cli);
        let mut known: Vec<&str> = globals.iter().map(|flag| flag.name.as_str()).collect();
        known.extend(COMMANDS);
        known.push(SUPPRESS);
        let mut config = Config::default();
        let mut tables = Vec::new();
        for (key, value) in table.get_ref() {
            let name: &str = key.get_ref();
            if let Some(flag) = globals.iter().find(|flag| flag.name == name) {
                config.values.push((String::new(), flag.clone(), self.values(flag, value)?));
            } else if COMMANDS.contains(&name) {
                tables.push((name, self.table(name, value)?));
            } else if name == SUPPRESS {
                config.suppressions = self.suppressions(value)?;
            } else {
                return Err(self.unknown(key.span().start, "key", name, &known));
            }
        }
        tables.sort_by_key(|(name, _)| COMMANDS.iter().position(|command| command == name));
        for (name, table) in tables {
            let flags = self.cli.find_subcommand(name).map(flags::of).unwrap_or_default();
            let known: Vec<&str> = flags.iter().map(|flag| flag.name.as_str()).collect();
            for (key, value) in table {
                let Some(flag) = flags.iter().find(|flag| flag.name == *key.get_ref()) else {
                    return Err(self.unknown(key.span().start, &format!("key in [{name}]"), key.get_ref(), &known));
                };
                config.values.push((name.to_owned(), flag.clone(), self.values(flag, value)?));
            }
        }
        Ok(config)
    }

    /// A value as the flag would be given it.
    fn values(&self, flag: &Flag, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>> {
        let list = match value.get_ref() {
            DeValue::Array(list) if flag.is_list => list.iter().collect(),
            _ => vec![value],
        };
        list.into_iter().map(|value| self.value(flag, value)).collect()
    }

    fn value(&self, flag: &Flag, value: &Spanned<DeValue<'_>>) -> Result<String> {
        let at = value.span().start;
        let text = match (value.get_ref(), flag.is_switch, flag.is_number) {
            (DeValue::Boolean(on), true, _) => on.to_string(),
            (DeValue::Integer(number), false, true) => number.to_string().replace('_', ""),
            (DeValue::String(text), false, false) => text.to_string(),
            (other, ..) => {
                let detail = format!("{} is {}, and {} is expected", flag.name, kind(other), flag.expected());
                return Err(self.error(at, &detail));
            }
        };
        if flag.is_number && text.parse::<u64>().is_err() {
            return Err(self.error(at, &format!("{} takes a whole number of 0 or more", flag.name)));
        }
        let allowed: Vec<&str> = flag.allowed.iter().map(String::as_str).collect();
        if !allowed.is_empty() && !allowed.contains(&text.as_str()) {
            return Err(self.unknown(at, &format!("value for {}", flag.name), &text, &allowed));
        }
        if flag.is_path() && !text.contains("://") {
            return Ok(self.beside(&text).to_string_lossy().into_owned());
        }
        Ok(text)
    }

    /// A path of the file, which is meant from the file's own folder.
    fn beside(&self, path: &str) -> PathBuf {
        self.path.parent().map_or_else(|| PathBuf::from(path), |folder| folder.join(path))
    }

    fn table<'v, 'i>(&self, name: &str, value: &'v Spanned<DeValue<'i>>) -> Result<Vec<Entry<'v, 'i>>> {
        match value.get_ref() {
            DeValue::Table(table) => Ok(table.iter().collect()),
            other => {
                Err(self.error(value.span().start, &format!("{name} is {}, and a table is expected", kind(other))))
            }
        }
    }

    fn suppressions(&self, value: &Spanned<DeValue<'_>>) -> Result<Vec<Suppression>> {
        let DeValue::Array(rows) = value.get_ref() else {
            let detail = format!("{SUPPRESS} is {}; write [[{SUPPRESS}]] above each", kind(value.get_ref()));
            return Err(self.error(value.span().start, &detail));
        };
        let mut out: Vec<Suppression> = Vec::new();
        for row in rows.iter() {
            let suppression = self.suppression(row)?;
            if out
                .iter()
                .any(|old| (&old.fingerprint, &old.package) == (&suppression.fingerprint, &suppression.package))
            {
                let detail = format!("{} is suppressed twice", suppression.fingerprint);
                return Err(self.error(row.span().start, &detail));
            }
            out.push(suppression);
        }
        Ok(out)
    }

    fn suppression(&self, row: &Spanned<DeValue<'_>>) -> Result<Suppression> {
        let at = row.span().start;
        let table = self.table(SUPPRESS, row)?;
        for (key, _) in &table {
            if !SUPPRESSION_KEYS.contains(&key.get_ref().as_ref()) {
                return Err(self.unknown(key.span().start, "key in [[suppress]]", key.get_ref(), &SUPPRESSION_KEYS));
            }
        }
        let get = |name: &str| table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| *value);
        let text = |name: &str| -> Result<Option<String>> {
            let Some(value) = get(name) else { return Ok(None) };
            match value.get_ref() {
                DeValue::String(text) if !text.trim().is_empty() => Ok(Some(text.trim().to_owned())),
                // A day may be written with or without quotes.
                DeValue::Datetime(day) if name == "expires" => Ok(Some(day.to_string())),
                other => {
                    let detail = format!("{name} of a suppression is {}, and a text is expected", kind(other));
                    Err(self.error(value.span().start, &detail))
                }
            }
        };
        let needed = |name: &str| -> Result<String> {
            text(name)?.ok_or_else(|| {
                self.error(at, &format!("a suppression needs {name}: who accepts a finding, why and until when"))
            })
        };
        let fingerprint = needed("fingerprint")?;
        if fingerprint.len() != 16 || !fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let detail =
                format!("{fingerprint:?} is no fingerprint; reports name it for each finding, 16 hexadecimal digits");
            return Err(self.error(get("fingerprint").map_or(at, |value| value.span().start), &detail));
        }
        let expires = needed("expires")?;
        let expires = Date::parse(&expires).ok_or_else(|| {
            let detail = format!("{expires:?} is no day; write expires = 2030-12-31, the last day on which it holds");
            self.error(get("expires").map_or(at, |value| value.span().start), &detail)
        })?;
        Ok(Suppression {
            fingerprint: fingerprint.to_ascii_lowercase(),
            package: text("package")?,
            reason: needed("reason")?,
            owner: needed("owner")?,
            expires,
        })
    }

    fn unknown(&self, at: usize, what: &str, name: &str, known: &[&str]) -> Error {
        let nearest = known
            .iter()
            .max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)))
            .copied()
            .unwrap_or_default();
        self.error(at, &format!("unknown {what} {name:?}; did you mean {nearest:?}? Known: {}", known.join(", ")))
    }

    fn error(&self, at: usize, detail: &str) -> Error {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count().saturating_add(1);
        Error::Settings { file: self.path.to_string_lossy().into_owned(), line, detail: detail.to_owned() }
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(text) if text.trim().is_empty() => "empty",
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
