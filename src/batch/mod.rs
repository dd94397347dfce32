//! Many apps in one run: a report each, a table and an overview. A bad input is a row, never the end of the run;
//! what is finished and unchanged is not done again; the files do not depend on the number of threads.

#![forbid(unsafe_code)]

mod inputs;
mod overview;
mod panics;
mod record;
mod run;
mod store;
mod table;

use crate::knowledge::Knowledge;
use crate::report::Lang;
use crate::report::gate::Threshold;

pub use inputs::{Inputs, collect};
pub use record::{AppRow, Record};
pub use run::{Plan, Run, Watch, run};
pub use store::Store;

/// Bytes of apps that are open at a time unless told otherwise.
pub const DEFAULT_BYTES_IN_FLIGHT: u64 = 512 << 20;

/// Name of the table.
pub const TABLE: &str = "summary.csv";
/// Name of the overview.
pub const OVERVIEW: &str = "index.html";

/// Writes the table and the overview of a finished run.
///
/// # Errors
/// When a file cannot be written.
pub fn publish(store: &Store, run: &Run, knowledge: &Knowledge, lang: Lang) -> crate::Result<()> {
    store.write(TABLE, table::render(&run.records, knowledge, lang).as_bytes())?;
    store.write(OVERVIEW, overview::render(&run.records, knowledge, lang).as_bytes())
}

impl Run {
    /// Inputs that could not be scanned.
    pub fn failures(&self) -> usize {
        self.records.iter().filter(|record| record.app.is_none()).count()
    }

    /// Apps with findings that count and meet the threshold; copies count once.
    pub fn meeting(&self, threshold: Threshold) -> usize {
        let apps =
            self.records.iter().filter(|record| record.same_as.is_empty()).filter_map(|record| record.app.as_ref());
        apps.filter(|app| app.meets(threshold)).count()
    }
}
