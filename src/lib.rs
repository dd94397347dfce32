//! mingcha (明察): audits Android apps for privacy compliance in mainland China.
//!
//! ```no_run
//! let knowledge = mingcha::knowledge::Knowledge::embedded();
//! let report = mingcha::scan(std::path::Path::new("app.apk"), &mingcha::Options::default(), &knowledge)?;
//! println!("{}", report.app.package);
//! # Ok::<(), mingcha::Error>(())
//! ```

#![deny(unsafe_code)]

pub mod app;
pub mod batch;
pub mod cli;
pub mod code;
pub mod container;
pub mod date;
pub mod diff;
pub mod error;
pub mod evidence;
pub mod facts;
pub mod formats;
pub mod gate;
pub mod knowledge;
pub mod limits;
pub mod metadata;
pub mod outcome;
pub mod owners;
pub mod policy;
pub mod report;
pub mod rules;
mod scan;

pub use error::{Error, Result};
pub use scan::{DexBytes, Loaded, Options, load, scan, scan_in};
