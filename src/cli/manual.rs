//! `completions` and `man`, made from the command line's own definition.

use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;

use super::args::Cli;
use super::{Failure, write};
use crate::error::Error;

const NAME: &str = "mingcha";

pub(super) fn completions(shell: Shell) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), NAME, &mut script);
    write(None, &String::from_utf8_lossy(&script))?;
    Ok(0)
}

pub(super) fn pages(folder: &Path) -> Result<u8, Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Error::Usage(format!("{}: {error}", folder.display())))?;
    let mut cli = Cli::command();
    cli.build();
    page(&cli, folder, NAME.to_owned())?;
    Ok(0)
}

/// The page of a command, and those of the commands below it.
fn page(command: &Command, folder: &Path, name: String) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command.clone().name(name.clone())).render(&mut text)?;
    write(Some(&folder.join(format!("{name}.1"))), &String::from_utf8_lossy(&text))?;
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        page(inner, folder, format!("{name}-{}", inner.get_name()))?;
    }
    Ok(())
}
