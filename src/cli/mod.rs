//! Arguments in, exit codes out. Everything else is the library's.
//!
//! Exit codes: 0 done and the gate (`--fail-on`) is passed, 1 it is not, 2 usage or settings, 3 input
//! unreadable, 4 internal error.

mod args;
mod batch;
mod clauses;
mod config;
mod diff;
mod disclose;
mod explain;
mod gate;
mod graph;
mod init;
mod inspect;
mod lists;
mod manual;
mod output;
mod policy;
mod screens;
mod told;

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory as _, FromArgMatches as _, Parser as _};

use crate::error::Error;
use crate::knowledge::Knowledge;
use crate::report::form::render;
use crate::report::terminal::Look;
use crate::report::{Lang, text};
use args::{Cli, Command, ScanArgs};
use config::Config;
use gate::Gate;

pub use config::schema::config_schema;

const FINDINGS: u8 = 1;
const USAGE: u8 = 2;
const UNREADABLE: u8 = 3;
const INTERNAL: u8 = 4;

/// Runs the program with the process's arguments.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refused(&error, lang_asked()),
    };
    let lang = cli.lang;
    let config = match settings(&cli) {
        Ok(config) => config,
        Err(error) => {
            complain(lang, &error.to_string());
            return ExitCode::from(Failure::from(error).code());
        }
    };
    // What the settings say stands behind the flags, so the arguments are read once more.
    let matches = config.laid_under(Cli::command()).try_get_matches();
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return refused(&error, lang),
    };
    let lang = cli.lang;
    match std::panic::catch_unwind(|| execute(cli, &config)) {
        Ok(Ok(code)) => ExitCode::from(code),
        Ok(Err(failure)) => {
            complain(lang, &failure.to_string());
            ExitCode::from(failure.code())
        }
        // The message of the panic is on stderr already.
        Err(_) => {
            complain(lang, "internal error; please report it with the input");
            ExitCode::from(INTERNAL)
        }
    }
}

/// Prints help, version, or what is wrong with the arguments.
fn refused(error: &clap::Error, lang: Lang) -> ExitCode {
    use clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand as Help;
    if error.use_stderr() && error.kind() != Help && lang == Lang::Zh {
        let lines = error.render().to_string();
        let knowledge = Knowledge::embedded();
        let told = lines.lines().map(|line| {
            let text = line.trim_start();
            let indent = line.len().saturating_sub(text.len());
            format!("{:indent$}{}\n", "", text::safe(&told::told(&knowledge, lang, text)))
        });
        let _ = write!(std::io::stderr(), "{}", told.collect::<String>());
    } else {
        let _ = error.print();
    }
    ExitCode::from(if error.use_stderr() { USAGE } else { 0 })
}

/// The language that the arguments ask for, as far as they can be read.
fn lang_asked() -> Lang {
    let args: Vec<_> = std::env::args_os().collect();
    let english = |pair: &[std::ffi::OsString]| {
        matches!(pair, [.., last] if last == "--lang=en")
            || matches!(pair, [flag, value] if flag == "--lang" && value == "en")
    };
    if args.windows(2).any(english) { Lang::En } else { Lang::default() }
}

/// The settings; `init` goes ahead without, so that it can replace a broken file.
fn settings(cli: &Cli) -> Result<Config, Error> {
    match cli.command {
        Command::Init(_) | Command::Completions { .. } | Command::Man { .. } => Ok(Config::default()),
        _ => Config::find(cli.config.as_deref(), &Cli::command()),
    }
}

/// A line on stderr for logs.
fn note(message: &str) {
    say_aside(&text::safe(message));
}

fn complain(lang: Lang, message: &str) {
    let message = told::told(&Knowledge::embedded(), lang, message);
    say_aside(&format!("{}: {}", lang.pick("错误", "error"), text::safe(&message)));
}

/// Writes a line to stderr; that nobody reads it changes nothing.
fn say_aside(line: &str) {
    let _ = writeln!(std::io::stderr(), "mingcha: {line}");
}

/// Why a command failed.
enum Failure {
    Scan(Error),
    Output(std::io::Error),
    Problems,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Scan(error) => error.fmt(f),
            Self::Output(error) => write!(f, "the output cannot be written: {error}"),
            Self::Problems => f.write_str("the signatures have mistakes"),
        }
    }
}

impl Failure {
    fn code(&self) -> u8 {
        match self {
            Self::Scan(Error::Policy { .. }) | Self::Problems | Self::Output(_) => USAGE,
            Self::Scan(error) if error.is_usage() => USAGE,
            Self::Scan(_) => UNREADABLE,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Scan(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}

fn knowledge(folder: Option<&Path>) -> Result<Knowledge, Failure> {
    Ok(match folder {
        Some(folder) => Knowledge::with_overlay(folder)?,
        None => Knowledge::embedded(),
    })
}

fn execute(cli: Cli, config: &Config) -> Result<u8, Failure> {
    let lang = cli.lang;
    match cli.command {
        Command::Scan(args) => scan(&args, config, &knowledge(cli.signatures.as_deref())?, lang),
        Command::Batch(args) => batch::run(&args, config, &knowledge(cli.signatures.as_deref())?, lang),
        Command::Diff(args) => diff::run(&args, &knowledge(cli.signatures.as_deref())?, lang),
        Command::Baseline { command } => gate::run(&command, &knowledge(cli.signatures.as_deref())?, lang),
        Command::Init(args) => init::run(&args, &knowledge(cli.signatures.as_deref())?, lang),
        Command::Inspect(args) => inspect::run(&args, &knowledge(cli.signatures.as_deref())?, lang),
        Command::Sdks(args) => lists::sdks(&args, &knowledge(cli.signatures.as_deref())?, lang),
        Command::Disclose(args) => disclose::run(&args, &knowledge(cli.signatures.as_deref())?, lang),
        Command::Explain(args) => explain::run(&args, &knowledge(cli.signatures.as_deref())?, lang),
        Command::Clauses(args) => clauses::run(&args, &knowledge(cli.signatures.as_deref())?, lang),
        Command::Rules(args) => lists::rules(&args, &knowledge(cli.signatures.as_deref())?, lang),
        Command::Profiles(args) => lists::profiles(args.format, &knowledge(cli.signatures.as_deref())?, lang),
        Command::Policy { command } => policy::run(&command, &knowledge(cli.signatures.as_deref())?, lang),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { folder } => manual::pages(&folder),
        Command::Signatures { command } => lists::signatures(&command, &knowledge(cli.signatures.as_deref())?, lang),
    }
}

fn scan(args: &ScanArgs, config: &Config, knowledge: &Knowledge, lang: Lang) -> Result<u8, Failure> {
    let targets = output::targets(&args.app, &args.format, args.output.as_deref())?;
    let gate = Gate::new(args.baseline.as_deref(), config, args.fail_on.threshold())?;
    let progress = spinner(knowledge, lang, &args.app);
    let langs: Vec<Lang> = args.format.iter().flat_map(|form| form.langs(lang)).collect();
    let reports = crate::scan_in(&args.app, &args.options(lang), knowledge, &langs);
    progress.finish_and_clear();
    let mut reports = reports?;
    reports.reports_mut().for_each(|report| gate.mark(report));
    if args.redact {
        reports.redact(knowledge);
    }
    let report = reports.report();
    let to_terminal = args.output.is_none() && std::io::stdout().is_terminal();
    let look = Look {
        lang,
        color: to_terminal && std::env::var_os("NO_COLOR").is_none(),
        columns: columns(to_terminal),
        paths: args.evidence_paths,
        verbose: args.verbose,
        group: args.group,
    };
    for (form, path) in targets {
        write_bytes(path.as_deref(), &render(form, &reports, knowledge, look)?)?;
    }
    let failed = gate.conclude(report, knowledge, lang);
    Ok(if failed { FINDINGS } else { 0 })
}

/// Progress on stderr, only on a terminal.
fn spinner(knowledge: &Knowledge, lang: Lang, path: &Path) -> indicatif::ProgressBar {
    if !std::io::stderr().is_terminal() {
        return indicatif::ProgressBar::hidden();
    }
    let bar = indicatif::ProgressBar::new_spinner();
    let word = lists::say(knowledge, lang, "progress");
    bar.set_message(format!("{word} {}", text::safe(&path.to_string_lossy())));
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// Columns to fill: the terminal's as its shell says, else a fixed width so that files are stable.
fn columns(to_terminal: bool) -> usize {
    const DEFAULT: usize = 120;
    if !to_terminal {
        return DEFAULT;
    }
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(DEFAULT).clamp(60, 200)
}

fn write(path: Option<&Path>, text: &str) -> Result<(), Failure> {
    write_bytes(path, text.as_bytes())
}

fn write_bytes(path: Option<&Path>, bytes: &[u8]) -> Result<(), Failure> {
    match path {
        Some(path) => std::fs::write(path, bytes)
            .map_err(|error| Failure::Scan(Error::Usage(format!("{}: {error}", path.display())))),
        None => match std::io::stdout().write_all(bytes) {
            // A reader that has seen enough closes the pipe.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => Ok(other?),
        },
    }
}
