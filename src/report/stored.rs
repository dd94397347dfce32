//! Reads JSON reports: the part of a [`Report`] that comparing needs. Fields that are added later do not disturb
//! it; another schema is refused.

use std::path::Path;

use serde::Deserialize;

use super::{Report, SCHEMA};
use crate::error::{Error, Result};
use crate::evidence::Owner;
use crate::outcome::{About, Severity, Verdict};

/// A report as it was read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StoredReport {
    /// What made it.
    pub tool: StoredTool,
    /// What was scanned.
    pub input: StoredInput,
    /// What the app declares.
    pub app: StoredApp,
    /// What was not seen.
    pub reach: StoredReach,
    /// Third parties.
    pub sdks: Vec<StoredSdk>,
    /// Accesses of personal information.
    pub pi: Vec<StoredPi>,
    /// Hosts.
    pub endpoints: Vec<StoredEndpoint>,
    /// How the rules ended.
    pub outcomes: Vec<StoredOutcome>,
    /// Rules that were left out.
    #[serde(default)]
    pub skipped_rules: Vec<String>,
}

/// The program and its signatures.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StoredTool {
    /// Version of the program.
    pub version: String,
    /// Its signatures.
    pub signatures: StoredSignatures,
}

/// The signatures.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StoredSignatures {
    /// Version.
    pub version: String,
    /// Digest.
    pub sha256: String,
}

/// The input.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StoredInput {
    /// As given.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Digest.
    pub sha256: String,
}

/// What the app declares.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StoredApp {
    /// Package name.
    pub package: String,
    /// Name shown to users.
    pub label: String,
    /// `versionName`.
    pub version_name: String,
    /// `versionCode`.
    pub version_code: u64,
    /// `minSdkVersion`.
    #[serde(default)]
    pub min_sdk: Option<u32>,
    /// `targetSdkVersion`.
    #[serde(default)]
    pub target_sdk: Option<u32>,
    /// Signers.
    pub signers: Vec<StoredSigner>,
    /// Permissions.
    pub permissions: Vec<StoredPermission>,
    /// Components.
    pub components: Vec<StoredComponent>,
}

/// A signer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StoredSigner {
    /// SHA-256 of the certificate.
    pub sha256: String,
    /// Subject of the certificate.
    #[serde(default)]
    pub subject: String,
}

/// A permission.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StoredPermission {
    /// Name.
    pub name: String,
    /// `maxSdkVersion`.
    #[serde(default)]
    pub max_sdk: Option<u32>,
    /// Something could need it.
    pub used: bool,
}

/// A component.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StoredComponent {
    /// Element.
    pub kind: String,
    /// Class name.
    pub name: String,
    /// Reachable by other apps.
    pub exported: bool,
    /// Whose it is.
    pub owner: Owner,
}

/// What was not seen.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StoredReach {
    /// Hardening product.
    #[serde(default)]
    pub packer: Option<StoredNamed>,
    /// `given`, `embedded` or `none`.
    #[serde(default)]
    pub policy: String,
    /// Share of classes without a known owner.
    #[serde(default)]
    pub unknown_classes_percent: f64,
}

/// An id.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StoredNamed {
    /// In the signatures.
    pub id: String,
}

/// A third party.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StoredSdk {
    /// Id in the signatures.
    pub id: String,
    /// Name.
    pub name: String,
    /// Vendor.
    #[serde(default)]
    pub vendor: String,
    /// May process personal information.
    pub collects: bool,
    /// Version, where it was found.
    #[serde(default)]
    pub version: Option<String>,
    /// Whether it does anything.
    pub presence: String,
}

/// An item that an owner takes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StoredPi {
    /// Taxonomy id.
    pub item: String,
    /// Never a finding by itself.
    #[serde(default)]
    pub inventory_only: bool,
    /// Whose code.
    pub owner: Owner,
    /// `before`, `after` or `unknown`.
    pub consent: String,
    /// Phases.
    pub phases: Vec<String>,
}

/// A host.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StoredEndpoint {
    /// Host name.
    pub host: String,
    /// Some address is in clear text.
    pub cleartext: bool,
    /// Country code.
    #[serde(default)]
    pub country: String,
    /// Who names it.
    pub owners: Vec<Owner>,
}

/// How a rule ended.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StoredOutcome {
    /// Rule id.
    pub rule: String,
    /// Its title.
    pub title: String,
    /// How it ended.
    pub verdict: Verdict,
    /// Findings.
    pub findings: Vec<StoredFinding>,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StoredFinding {
    /// Stable over rebuilds.
    pub fingerprint: String,
    /// Violation or risk.
    pub verdict: Verdict,
    /// How bad.
    pub severity: Severity,
    /// What it is about.
    pub about: About,
    /// What was found.
    pub explanation: String,
}

impl StoredReport {
    /// Reads a JSON report.
    ///
    /// # Errors
    /// [`Error::Report`] when the file is no report of this schema, [`Error::Io`] when it cannot be read.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|error| Error::io(path, error))?;
        Self::parse(&bytes).map_err(|detail| Error::Report { path: path.to_string_lossy().into_owned(), detail })
    }

    /// Reads the text of a report.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(bytes: &[u8]) -> std::result::Result<Self, String> {
        check_schema(bytes, SCHEMA)?;
        serde_json::from_slice(bytes).map_err(|error| format!("not a whole {SCHEMA} report: {error}"))
    }

    /// What was just found, as it would be read back.
    ///
    /// # Errors
    /// Never for reports of this program.
    pub fn of(report: &Report) -> Result<Self> {
        let fail =
            |error: serde_json::Error| Error::Report { path: report.input.path.clone(), detail: error.to_string() };
        serde_json::from_value(serde_json::to_value(report).map_err(fail)?).map_err(fail)
    }

    /// All findings with their rules.
    pub fn findings(&self) -> impl Iterator<Item = (&StoredOutcome, &StoredFinding)> {
        self.outcomes.iter().flat_map(|outcome| outcome.findings.iter().map(move |finding| (outcome, finding)))
    }
}

/// Refuses JSON whose `schema` is another one.
///
/// # Errors
/// What was found and what was expected.
pub fn check_schema(bytes: &[u8], wanted: &str) -> std::result::Result<(), String> {
    let found = schema_of(bytes)?;
    if found == wanted {
        return Ok(());
    }
    let found = if found.is_empty() { "no schema".to_owned() } else { format!("schema {found:?}") };
    Err(format!("it has {found}, and {wanted:?} is expected; another version of mingcha may have written it"))
}

/// The `schema` that a JSON text names, empty when it names none.
///
/// # Errors
/// When it is no JSON object.
pub fn schema_of(bytes: &[u8]) -> std::result::Result<String, String> {
    #[derive(Deserialize)]
    struct Head {
        #[serde(default)]
        schema: String,
    }
    let head: Head = serde_json::from_slice(bytes).map_err(|error| format!("not a JSON report: {error}"))?;
    Ok(head.schema)
}

/// True when a file holds JSON rather than an app.
pub fn is_json(path: &Path) -> bool {
    use std::io::Read as _;
    let mut head = [0u8; 64];
    let Ok(read) = std::fs::File::open(path).and_then(|mut file| file.read(&mut head)) else { return false };
    let head = head.get(..read).unwrap_or_default();
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    head.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

#[cfg(test)]
mod tests {
    use super::StoredReport;

    #[test]
    fn another_schema_is_refused_by_name() {
        let error = StoredReport::parse(br#"{"schema": "mingcha.report/9"}"#).unwrap_err();
        assert!(error.contains("mingcha.report/9") && error.contains("mingcha.report/1"), "{error}");
        assert!(StoredReport::parse(b"{}").unwrap_err().contains("no schema"));
        assert!(StoredReport::parse(b"PK").unwrap_err().contains("not a JSON report"));
    }
}
