//! Where the forms of a report go.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use super::Failure;
use crate::error::Error;
use crate::report::form::Form;
use crate::report::text::safe;

/// Each form with its file, `None` for stdout, known before the scan so that a mistake costs no waiting. A
/// folder that is missing is made.
///
/// # Errors
/// When several forms have no folder to go to, or a document would go to a terminal.
pub(super) fn targets(
    app: &Path,
    forms: &[Form],
    output: Option<&Path>,
) -> Result<Vec<(Form, Option<PathBuf>)>, Failure> {
    let mut forms = forms.to_vec();
    forms.sort_unstable();
    forms.dedup();
    let usage = |detail: String| Failure::from(Error::Usage(detail));
    match (forms.as_slice(), output) {
        ([form], None) => {
            if form.is_document() && std::io::stdout().is_terminal() {
                let detail =
                    format!("this form is no use on a terminal: give it a file with -o FILE.{}", form.extension());
                return Err(usage(detail));
            }
            Ok(vec![(*form, None)])
        }
        ([form], Some(path)) if !is_folder(path) => Ok(vec![(*form, Some(path.to_path_buf()))]),
        (_, None) => Err(usage("several forms need a folder: give it with -o DIR".into())),
        (forms, Some(folder)) => {
            std::fs::create_dir_all(folder)
                .map_err(|error| usage(format!("{}: {error}", safe(&folder.to_string_lossy()))))?;
            let stem = stem(app);
            Ok(forms.iter().map(|form| (*form, Some(folder.join(format!("{stem}.{}", form.extension()))))).collect())
        }
    }
}

fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.to_string_lossy().ends_with(std::path::is_separator)
}

/// The app's file name without its ending; of a folder of splits the folder's name.
fn stem(app: &Path) -> String {
    let name = if app.is_dir() { app.file_name() } else { app.file_stem() };
    name.map_or_else(|| "report".to_owned(), |name| name.to_string_lossy().into_owned())
}
