//! `baseline`, and the gate of `scan`.

use std::path::Path;

use super::args::{BaselineCommand, CreateArgs};
use super::config::Config;
use super::{Failure, note, write};
use crate::Options;
use crate::error::{Error, Result};
use crate::gate::{Baseline, Date, apply};
use crate::knowledge::Knowledge;
use crate::report::gate::{Threshold, log_line};
use crate::report::names::Names;
use crate::report::stored::{StoredReport, is_json};
use crate::report::{Lang, Report};

pub(super) fn run(command: &BaselineCommand, knowledge: &Knowledge, lang: Lang) -> std::result::Result<u8, Failure> {
    let BaselineCommand::Create(args) = command;
    create(args, knowledge, lang)
}

fn create(args: &CreateArgs, knowledge: &Knowledge, lang: Lang) -> std::result::Result<u8, Failure> {
    let report = stored(&args.app, &args.analysis.options(lang), knowledge)?;
    let baseline = Baseline::of(&report);
    write(args.output.as_deref(), &baseline.to_json().map_err(std::io::Error::from)?)?;
    if let Some(path) = &args.output {
        let names = Names { knowledge, lang };
        let text = names
            .say("gate.baseline.written")
            .replace("{count}", &baseline.findings.len().to_string())
            .replace("{file}", &path.to_string_lossy());
        note(&text);
    }
    Ok(0)
}

/// A JSON report as it stands, or an app scanned.
pub(super) fn stored(path: &Path, options: &Options, knowledge: &Knowledge) -> Result<StoredReport> {
    if is_json(path) {
        return StoredReport::read(path);
    }
    StoredReport::of(&crate::scan(path, options, knowledge)?)
}

/// What decides whether a scan passes.
pub(super) struct Gate<'c> {
    baseline: Option<(String, Baseline)>,
    config: &'c Config,
    threshold: Option<Threshold>,
}

impl<'c> Gate<'c> {
    /// Reads the baseline, so that a mistake costs no waiting.
    ///
    /// # Errors
    /// [`Error::Usage`] when it cannot be read.
    pub(super) fn new(
        baseline: Option<&Path>,
        config: &'c Config,
        threshold: Option<Threshold>,
    ) -> std::result::Result<Self, Error> {
        let read = |path: &Path| Ok((path.to_string_lossy().into_owned(), Baseline::read(path)?));
        Ok(Self { baseline: baseline.map(read).transpose()?, config, threshold })
    }

    /// Marks the findings.
    pub(super) fn mark(&self, report: &mut Report) {
        let baseline = self.baseline.as_ref().map(|(path, baseline)| (path.as_str(), baseline));
        apply(report, baseline, &self.config.suppressions, Date::today());
    }

    /// Says on stderr how it ended, where a gate was asked for; true when it failed.
    pub(super) fn conclude(&self, report: &Report, knowledge: &Knowledge, lang: Lang) -> bool {
        let names = Names { knowledge, lang };
        if let Some((path, baseline)) = &self.baseline
            && baseline.package != report.app.package
        {
            let text = names.say("gate.other_package");
            note(&text.replace("{file}", path).replace("{package}", &baseline.package));
        }
        for expired in report.gate.iter().flat_map(|gate| &gate.expired) {
            let text = names
                .say("gate.expired")
                .replace("{fingerprint}", &expired.fingerprint)
                .replace("{date}", &expired.note.expires)
                .replace("{owner}", &expired.note.owner);
            note(&text);
        }
        for unknown in report.gate.iter().flat_map(|gate| &gate.unknown) {
            note(&names.say("gate.unknown").replace("{fingerprint}", unknown));
        }
        if self.threshold.is_some() || report.gate.is_some() {
            note(&log_line(report, self.threshold, names));
        }
        self.threshold.is_some_and(|threshold| report.meeting(threshold) > 0)
    }
}
