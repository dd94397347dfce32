//! `init`: a commented `mingcha.toml`.

use super::args::InitArgs;
use super::config::FILE;
use super::{Failure, note, write};
use crate::error::Error;
use crate::knowledge::Knowledge;
use crate::report::Lang;
use crate::report::names::Names;

const ZH: &str = include_str!("zh.toml");
const EN: &str = include_str!("en.toml");

pub(super) fn run(args: &InitArgs, knowledge: &Knowledge, lang: Lang) -> Result<u8, Failure> {
    let path = args.folder.join(FILE);
    if path.exists() && !args.force {
        let detail = format!("{}: the file is there already; --force writes over it", path.display());
        return Err(Error::Usage(detail).into());
    }
    write(Some(&path), lang.pick(ZH, EN))?;
    note(&Names { knowledge, lang }.say("init.written").replace("{file}", &path.to_string_lossy()));
    Ok(0)
}
