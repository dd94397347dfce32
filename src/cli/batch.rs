//! `batch`: many apps in one run.

use std::collections::BTreeSet;
use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha256};

use super::args::BatchArgs;
use super::config::Config;
use super::told::told;
use super::{FINDINGS, Failure, UNREADABLE, note};
use crate::Options;
use crate::batch::{OVERVIEW, Plan, Run, Store, Watch, collect, publish, run as scan_all};
use crate::error::Error;
use crate::gate::{Date, apply};
use crate::knowledge::Knowledge;
use crate::metadata::Metadata;
use crate::report::Lang;
use crate::report::names::Names;
use crate::report::redact::redact;

/// Failures told at the end; the table has all.
const SHOWN_FAILURES: usize = 5;

pub(super) fn run(args: &BatchArgs, config: &Config, knowledge: &Knowledge, lang: Lang) -> Result<u8, Failure> {
    let start = Instant::now();
    let Some(folder) = &args.output else {
        return Err(Error::Usage("where do the reports go? Give a folder with -o DIR".into()).into());
    };
    let options = args.analysis.options(lang);
    // A mistake in what holds for all apps alike is told before the first.
    options.rules(knowledge)?;
    options.app_type(knowledge)?;
    let today = Date::today();
    let key = key(&options, args.redact, config, knowledge, today)?;
    crate::policy::Policy::load_all(&options.policy)?;
    let inputs = collect(&args.inputs, std::io::stdin().lock())?;
    if inputs.apps.is_empty() && inputs.bad.is_empty() {
        return Err(Error::Usage("there is no app among the inputs (.apk, .apks, .xapk, .apkm)".into()).into());
    }
    let store = Store::open(folder)?;
    let plan = Plan { jobs: args.jobs, max_bytes: args.max_bytes_in_flight, key };
    knowledge.warm_up();
    let names = Names { knowledge, lang };
    let bar = Bar::new(names);
    let scan = |path: &Path| {
        let mut report = crate::scan(path, &options, knowledge)?;
        apply(&mut report, None, &config.suppressions, today);
        // What fits no finding of this app may fit one of another.
        if let Some(gate) = &mut report.gate {
            gate.unknown.clear();
        }
        if args.redact {
            redact(&mut report, names);
        }
        Ok(report)
    };
    let done = scan_all(&inputs, &plan, &store, &bar, &scan);
    bar.bar.finish_and_clear();
    let mut done = done?;
    for record in done.records.iter_mut().filter(|record| !record.error.is_empty()) {
        record.error = told(knowledge, lang, &record.error);
    }
    publish(&store, &done, knowledge, lang)?;
    let threshold = args.fail_on.threshold();
    let meeting = threshold.map(|threshold| done.meeting(threshold)).unwrap_or_default();
    note(&summary(&done, names, start.elapsed(), &folder.join(OVERVIEW)));
    for record in done.records.iter().filter(|record| !record.error.is_empty()).take(SHOWN_FAILURES) {
        note(&format!("{}: {}", record.path, record.error));
    }
    if inputs.ignored > 0 {
        note(&names.say("batch.ignored").replace("{count}", &inputs.ignored.to_string()));
    }
    if let Some(threshold) = threshold {
        let id = if meeting > 0 { "batch.gate.failed" } else { "batch.gate.passed" };
        note(&names.say(id).replace("{count}", &meeting.to_string()).replace("{threshold}", threshold.as_str()));
    }
    Ok(match (meeting > 0, done.failures() == done.records.len()) {
        (true, _) => FINDINGS,
        (false, true) => UNREADABLE,
        (false, false) => 0,
    })
}

/// What makes reports what they are, apart from the inputs.
fn key(options: &Options, redacts: bool, config: &Config, knowledge: &Knowledge, today: Date) -> Result<String, Error> {
    let mut digest = Sha256::new();
    let mut add = |part: &str| {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    };
    add(env!("CARGO_PKG_VERSION"));
    add(&knowledge.sha256());
    let Options { limits, lang, app_type, profile, accepts_general_terms, as_of, .. } = options;
    add(&format!("{limits:?} {lang:?} {app_type:?} {profile:?} {accepts_general_terms} {as_of:?} {redacts}"));
    add(&format!("{:?}", options.severities()?));
    if let Some(path) = &options.metadata {
        add(&format!("{:?}", Metadata::load(path)?));
    }
    for rules in [&options.only, &options.skip] {
        add(&rules.iter().map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(","));
    }
    for path in &options.policy {
        let shown = path.to_string_lossy();
        if shown.contains("://") {
            let detail = format!("{shown}: many apps would fetch it each for itself; save the page and give the file");
            return Err(Error::Usage(detail));
        }
        add(&shown);
        add(&format!("{:x}", Sha256::digest(std::fs::read(path).map_err(|error| Error::io(path, error))?)));
    }
    for row in &config.suppressions {
        add(&format!("{row:?} {}", row.holds_on(today)));
    }
    Ok(format!("{:x}", digest.finalize()))
}

fn summary(run: &Run, names: Names<'_>, took: Duration, overview: &Path) -> String {
    names
        .say("batch.summary")
        .replace("{inputs}", &run.records.len().to_string())
        .replace("{scanned}", &run.scanned.to_string())
        .replace("{unchanged}", &run.unchanged.to_string())
        .replace("{duplicates}", &run.duplicates.to_string())
        .replace("{failed}", &run.failures().to_string())
        .replace("{seconds}", &format!("{:.1}", took.as_secs_f64()))
        .replace("{file}", &overview.to_string_lossy())
}

/// Progress on stderr, only on a terminal.
struct Bar {
    bar: ProgressBar,
    failed: AtomicUsize,
    failures: String,
}

impl Bar {
    fn new(names: Names<'_>) -> Self {
        let bar = if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
        let template = "{bar:30} {pos}/{len} · {per_sec} · ETA {eta} · {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar, failed: AtomicUsize::new(0), failures: names.say("batch.progress") }
    }

    fn show(&self, failed: usize) {
        self.bar.set_message(self.failures.replace("{count}", &failed.to_string()));
    }
}

impl Watch for Bar {
    fn begin(&self, count: usize) {
        self.bar.set_length(count as u64);
        self.bar.enable_steady_tick(Duration::from_millis(250));
        self.show(0);
    }

    fn done(&self, failed: bool) {
        let before = self.failed.fetch_add(usize::from(failed), Ordering::Relaxed);
        if failed {
            self.show(before.saturating_add(1));
        }
        self.bar.inc(1);
    }
}
