//! Arguments in, exit codes out. Everything else is the library's.
//!
//! Exit codes: 0 done and nothing at or above `--fail-on`, 1 findings at or above it, 2 usage or
//! settings, 3 input unreadable, 4 internal error.

mod args;
mod disclose;
mod explain;
mod graph;
mod inspect;
mod lists;
mod output;
mod policy;
mod screens;

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;

use crate::error::Error;
use crate::knowledge::Knowledge;
use crate::report::form::render;
use crate::report::terminal::Look;
use crate::report::{Lang, text};
use args::{Cli, Command, ScanArgs};

const FINDINGS: u8 = 1;
const USAGE: u8 = 2;
const UNREADABLE: u8 = 3;
const INTERNAL: u8 = 4;

/// Runs the program with the process's arguments.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    let lang = cli.lang;
    match std::panic::catch_unwind(|| execute(cli)) {
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

#[allow(clippy::print_stderr)]
fn complain(lang: Lang, message: &str) {
    eprintln!("mingcha: {}: {}", lang.pick("错误", "error"), text::safe(message));
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

fn execute(cli: Cli) -> Result<u8, Failure> {
    let lang = cli.lang;
    match cli.command {
        Command::Scan(args) => scan(&args, &knowledge(cli.signatures.as_deref())?, lang),
        Command::Inspect(args) => inspect::run(&args, &knowledge(cli.signatures.as_deref())?, lang),
        Command::Sdks(args) => lists::sdks(&args, &knowledge(cli.signatures.as_deref())?, lang),
        Command::Disclose(args) => disclose::run(&args, &knowledge(cli.signatures.as_deref())?, lang),
        Command::Explain(args) => explain::run(&args, &knowledge(cli.signatures.as_deref())?, lang),
        Command::Rules(args) => lists::rules(&args, &knowledge(cli.signatures.as_deref())?, lang),
        Command::Policy { command } => policy::run(&command, &knowledge(cli.signatures.as_deref())?, lang),
        Command::Signatures { command } => lists::signatures(&command, &knowledge(cli.signatures.as_deref())?, lang),
    }
}

fn scan(args: &ScanArgs, knowledge: &Knowledge, lang: Lang) -> Result<u8, Failure> {
    let targets = output::targets(&args.app, &args.format, args.output.as_deref())?;
    let progress = spinner(knowledge, lang, &args.app);
    let langs: Vec<Lang> = args.format.iter().flat_map(|form| form.langs(lang)).collect();
    let reports = crate::scan_in(&args.app, &args.options(lang), knowledge, &langs);
    progress.finish_and_clear();
    let reports = reports?;
    let report = reports.report();
    let to_terminal = args.output.is_none() && std::io::stdout().is_terminal();
    let look = Look {
        lang,
        color: to_terminal && std::env::var_os("NO_COLOR").is_none(),
        columns: columns(to_terminal),
        paths: args.evidence_paths,
    };
    for (form, path) in targets {
        write_bytes(path.as_deref(), &render(form, &reports, knowledge, look)?)?;
    }
    let failed = args.fail_on.severity().is_some_and(|severity| report.reaches(severity));
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
