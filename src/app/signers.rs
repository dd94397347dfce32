//! Who signed the package, over all signature schemes.

use serde::Serialize;

use super::note_flaws;
use crate::container::Archive;
use crate::evidence::Anomaly;
use crate::formats::signing::{self, Certificate};
use crate::limits::{Budget, Limits};

/// A signing certificate and the schemes that carry it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signer {
    /// `v1`, `v2`, `v3`, `v3.1`.
    pub schemes: Vec<String>,
    /// The certificate.
    #[serde(flatten)]
    pub certificate: Certificate,
}

/// Reads the signers; who they claim to be, not whether the signatures hold.
pub(super) fn read(archive: &Archive, limits: &Limits, budget: &Budget, anomalies: &mut Vec<Anomaly>) -> Vec<Signer> {
    let mut out: Vec<Signer> = Vec::new();
    let mut add = |scheme: &str, der: &[u8], anomalies: &mut Vec<Anomaly>| {
        let decoded = signing::certificate(der);
        if let Some(known) = out.iter_mut().find(|known| known.certificate.sha256 == decoded.value.sha256) {
            if !known.schemes.iter().any(|known| known == scheme) {
                known.schemes.push(scheme.to_owned());
            }
            return;
        }
        note_flaws(anomalies, "signature", decoded.flaws);
        out.push(Signer { schemes: vec![scheme.to_owned()], certificate: decoded.value });
    };
    for entry in archive.entries() {
        let name = entry.name.to_ascii_uppercase();
        let is_block = name.strip_prefix("META-INF/").is_some_and(|file| !file.contains('/'))
            && [".RSA", ".DSA", ".EC"].iter().any(|end| name.ends_with(end));
        if !is_block {
            continue;
        }
        let Ok(data) = archive.read(entry, limits, budget) else { continue };
        match signing::pkcs7_certificates(&data) {
            Ok(certificates) => {
                if let Some(first) = certificates.first() {
                    add("v1", first, anomalies);
                }
            }
            Err(error) => anomalies.push(Anomaly {
                kind: "signature-v1".into(),
                place: entry.name.clone(),
                offset: Some(error.offset as u64),
                detail: error.detail,
            }),
        }
    }
    if let Some(block) = signing::signing_block(archive.data(), archive.central_directory_offset) {
        note_flaws(anomalies, "signing block", block.flaws);
        for signer in &block.value.signers {
            if let Some(first) = signer.certificates.first() {
                add(signer.scheme, first, anomalies);
            }
        }
    }
    out
}
