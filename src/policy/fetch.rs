//! A policy that is given by its address, fetched with the system's `curl`: its certificate store and proxy
//! settings are the user's own, and no network code is built into the scanner.

use std::io::Read as _;
use std::process::{Command, Stdio};

/// Seconds that the whole transfer may take.
const MAX_SECONDS: &str = "30";
const MAX_REDIRECTS: &str = "5";

/// True for an http or https address.
pub(super) fn is_address(name: &str) -> bool {
    let lower = name.get(..8).unwrap_or(name).to_ascii_lowercase();
    lower.starts_with("https://") || lower.starts_with("http://")
}

/// The bytes at an address, at most `limit`.
///
/// # Errors
/// What went wrong and what to do, when there is no `curl`, the server does not answer with the page, or the
/// answer is too large.
pub(super) fn fetch(address: &str, limit: u64) -> Result<Vec<u8>, String> {
    let cure = "save the page from a browser as displayed and give the file";
    let mut child = Command::new("curl")
        .args(["--silent", "--show-error", "--fail", "--location", "--compressed", "--globoff"])
        .args(["--proto", "=http,https", "--proto-redir", "=http,https"])
        .args(["--max-redirs", MAX_REDIRECTS, "--max-time", MAX_SECONDS, "--"])
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("curl, which fetches addresses, cannot be started ({error}); {cure}"))?;
    let mut bytes = Vec::new();
    let read = child.stdout.take().map(|out| out.take(limit.saturating_add(1)).read_to_end(&mut bytes));
    let is_large = u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit;
    if is_large {
        // It would wait for a reader for ever.
        let _ = child.kill();
    }
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    if is_large {
        return Err(format!("the answer is longer than {limit} bytes; give the text of the policy alone"));
    }
    if let Some(Err(error)) = read {
        return Err(error.to_string());
    }
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().next().unwrap_or("no answer").trim_start_matches("curl: ").to_owned();
        return Err(format!("it could not be fetched: {said}; {cure}"));
    }
    Ok(bytes)
}
