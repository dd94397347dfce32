//! Command line of mingcha.

use std::process::ExitCode;

fn main() -> ExitCode {
    mingcha::cli::run()
}
