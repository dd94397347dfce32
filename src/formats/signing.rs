//! APK signatures: the signing block (v2, v3, v3.1), PKCS #7 of v1, and X.509 certificates.
//!
//! Sources: source.android.com "APK Signature Scheme v2/v3/v3.1", RFC 5652 (SignedData), RFC 5280.
//! This reads who signed; it is not a verifier: digests and signatures are not checked.

use md5::Md5;
use serde::Serialize;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

use super::bytes::{slice_at, u32_at, u64_at};
use super::{Decoded, Flaw, FormatError};

const MAGIC: &[u8] = b"APK Sig Block 42";
const V2: u32 = 0x7109_871a;
const V3: u32 = 0xf053_68c0;
const V31: u32 = 0x1b93_ad61;
/// Ids and signers beyond this are hostile.
const MAX_ITEMS: usize = 256;

/// The APK Signing Block.
#[derive(Debug, Clone, Default)]
pub struct SigningBlock<'a> {
    /// Ids of all pairs in the block.
    pub ids: Vec<u32>,
    /// Signers of the known schemes.
    pub signers: Vec<BlockSigner<'a>>,
}

/// One signer of the block.
#[derive(Debug, Clone)]
pub struct BlockSigner<'a> {
    /// `v2`, `v3` or `v3.1`.
    pub scheme: &'static str,
    /// Certificates in DER, the signer's own first.
    pub certificates: Vec<&'a [u8]>,
}

/// Facts of a certificate, as app filing and store listings ask for them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// SHA-256 of the DER bytes, lower-case hexadecimal.
    pub sha256: String,
    /// SHA-1 of the DER bytes.
    pub sha1: String,
    /// MD5 of the DER bytes.
    pub md5: String,
    /// Subject, e.g. `C=CN, O=Example`; empty when unreadable.
    pub subject: String,
    /// Issuer.
    pub issuer: String,
    /// Serial number, hexadecimal.
    pub serial: String,
    /// Start of validity, ISO 8601.
    pub not_before: String,
    /// End of validity, ISO 8601.
    pub not_after: String,
    /// `RSA`, `EC`, `DSA` or the algorithm's OID.
    pub public_key_algorithm: String,
    /// Key size in bits, 0 when unknown.
    pub public_key_bits: u32,
    /// RSA modulus or key bits, hexadecimal: the public key (公钥) of China's app filing.
    pub public_key: String,
}

/// Finds and reads the signing block that ends where the central directory begins; `None` when
/// there is none.
pub fn signing_block(data: &[u8], central_directory_offset: u64) -> Option<Decoded<SigningBlock<'_>>> {
    let end = usize::try_from(central_directory_offset).ok()?;
    let magic_at = end.checked_sub(16)?;
    if slice_at(data, magic_at, 16)? != MAGIC {
        return None;
    }
    let mut flaws = Vec::new();
    let mut block = SigningBlock::default();
    let size = usize::try_from(u64_at(data, magic_at.checked_sub(8)?)?).ok()?;
    let start = end
        .checked_sub(size)
        .and_then(|start| start.checked_sub(8))
        .filter(|start| u64_at(data, *start) == Some(size as u64));
    let Some(start) = start else {
        flaws.push(Flaw::new(
            "signing-block-size",
            magic_at,
            format!("the two sizes of the signing block differ or reach outside the file ({size} bytes)"),
        ));
        return Some(Decoded { value: block, flaws });
    };
    let mut at = start.saturating_add(8);
    let pairs_end = magic_at.saturating_sub(8);
    while at.saturating_add(12) <= pairs_end && block.ids.len() < MAX_ITEMS {
        let length = u64_at(data, at).and_then(|length| usize::try_from(length).ok()).unwrap_or(usize::MAX);
        let body = at.saturating_add(8);
        let Some(pair) =
            slice_at(data, body, length).filter(|_| length >= 4 && body.saturating_add(length) <= pairs_end)
        else {
            flaws.push(Flaw::new("signing-block-pair", at, format!("a pair of {length} bytes does not fit")));
            break;
        };
        let id = u32_at(pair, 0).unwrap_or(0);
        block.ids.push(id);
        let scheme = match id {
            V2 => "v2",
            V3 => "v3",
            V31 => "v3.1",
            _ => "",
        };
        if !scheme.is_empty() && signers(pair.get(4..).unwrap_or_default(), scheme, &mut block.signers).is_none() {
            flaws.push(Flaw::new(
                "signing-block-signers",
                body,
                format!("the {scheme} signers cannot be read to their end"),
            ));
        }
        at = body.saturating_add(length);
    }
    Some(Decoded { value: block, flaws })
}

/// A 32-bit length and as many bytes, and what stands behind them.
fn prefixed(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u32_at(data, 0)? as usize;
    Some((slice_at(data, 4, length)?, data.get(length.checked_add(4)?..)?))
}

fn signers<'a>(pair: &'a [u8], scheme: &'static str, out: &mut Vec<BlockSigner<'a>>) -> Option<()> {
    let (mut all, _) = prefixed(pair)?;
    while !all.is_empty() && out.len() < MAX_ITEMS {
        let (signer, rest) = prefixed(all)?;
        let (signed_data, _) = prefixed(signer)?;
        let (_digests, after) = prefixed(signed_data)?;
        let (mut list, _) = prefixed(after)?;
        let mut certificates = Vec::new();
        while !list.is_empty() && certificates.len() < MAX_ITEMS {
            let (certificate, next) = prefixed(list)?;
            certificates.push(certificate);
            list = next;
        }
        out.push(BlockSigner { scheme, certificates });
        all = rest;
    }
    Some(())
}

/// One DER or BER element: tag, contents, whole element, rest.
struct Element<'a> {
    tag: u8,
    contents: &'a [u8],
    whole: &'a [u8],
    rest: &'a [u8],
}

fn element(data: &[u8]) -> Option<Element<'_>> {
    element_within(data, 16)
}

fn element_within(data: &[u8], depth: u32) -> Option<Element<'_>> {
    let tag = *data.first()?;
    let first = *data.get(1)?;
    if first == 0x80 {
        // Indefinite length (BER): contents run to the end-of-contents mark.
        let depth = depth.checked_sub(1)?;
        let mut at = 2usize;
        loop {
            let rest = data.get(at..)?;
            if rest.starts_with(&[0, 0]) {
                let end = at.checked_add(2)?;
                return Some(Element {
                    tag,
                    contents: data.get(2..at)?,
                    whole: data.get(..end)?,
                    rest: data.get(end..)?,
                });
            }
            at = at.checked_add(element_within(rest, depth)?.whole.len())?;
        }
    }
    let (length, header) = if first < 0x80 {
        (usize::from(first), 2usize)
    } else {
        let count = usize::from(first & 0x7f);
        if count > 4 {
            return None;
        }
        let bytes = slice_at(data, 2, count)?;
        (bytes.iter().fold(0usize, |value, byte| value << 8 | usize::from(*byte)), count.checked_add(2)?)
    };
    let end = header.checked_add(length)?;
    Some(Element { tag, contents: data.get(header..end)?, whole: data.get(..end)?, rest: data.get(end..)? })
}

/// Certificates of a `META-INF/*.RSA|DSA|EC` file (RFC 5652 `SignedData`), the signer's first.
///
/// # Errors
/// When the structure is not a `SignedData` or carries no certificate.
pub fn pkcs7_certificates(der: &[u8]) -> Result<Vec<&[u8]>, FormatError> {
    let mut found =
        certificates_of(der).ok_or_else(|| FormatError::new("PKCS #7", 0, "no SignedData with certificates"))?;
    if found.0.is_empty() {
        return Err(FormatError::new("PKCS #7", 0, "SignedData without certificates"));
    }
    if let Some(signer) = found.1 {
        // issuer and serial stand in the certificate just as in the SignerInfo.
        let matches = |certificate: &&[u8]| {
            memchr::memmem::find(certificate, signer.0).is_some()
                && memchr::memmem::find(certificate, signer.1).is_some()
        };
        if let Some(position) = found.0.iter().position(matches) {
            found.0.swap(0, position);
        }
    }
    Ok(found.0)
}

type SignerId<'a> = (&'a [u8], &'a [u8]);

fn certificates_of(der: &[u8]) -> Option<(Vec<&[u8]>, Option<SignerId<'_>>)> {
    let content_info = element(der)?;
    let content_type = element(content_info.contents)?;
    let explicit = element(content_type.rest)?;
    let signed_data = element(explicit.contents)?;
    let mut rest = signed_data.contents;
    let mut certificates = Vec::new();
    let mut signer = None;
    while !rest.is_empty() {
        let part = element(rest)?;
        if part.tag == 0xa0 {
            let mut list = part.contents;
            while let Some(certificate) = element(list) {
                if certificate.tag == 0x30 && certificates.len() < MAX_ITEMS {
                    certificates.push(certificate.whole);
                }
                list = certificate.rest;
            }
        } else if part.tag == 0x31 && !certificates.is_empty() {
            signer = signer_id(part.contents);
        }
        rest = part.rest;
    }
    Some((certificates, signer))
}

fn signer_id(set: &[u8]) -> Option<SignerId<'_>> {
    let info = element(set)?;
    let version = element(info.contents)?;
    let id = element(version.rest)?;
    let issuer = element(id.contents)?;
    let serial = element(issuer.rest)?;
    Some((issuer.whole, serial.whole))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len().saturating_mul(2)), |mut text, byte| {
        for nibble in [byte >> 4, byte & 0xf] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
        text
    })
}

/// Digests and, where they can be read, the fields of a certificate.
pub fn certificate(der: &[u8]) -> Decoded<Certificate> {
    let mut out = Certificate {
        sha256: hex(&Sha256::digest(der)),
        sha1: hex(&Sha1::digest(der)),
        md5: hex(&Md5::digest(der)),
        ..Certificate::default()
    };
    let mut flaws = Vec::new();
    match X509Certificate::from_der(der) {
        Ok((_, parsed)) => {
            out.subject = parsed.subject().to_string();
            out.issuer = parsed.issuer().to_string();
            out.serial = hex(parsed.raw_serial());
            out.not_before = iso(parsed.validity().not_before.timestamp());
            out.not_after = iso(parsed.validity().not_after.timestamp());
            public_key(&parsed, &mut out);
        }
        Err(error) => {
            flaws.push(Flaw::new("certificate", 0, format!("the certificate's fields cannot be read: {error}")))
        }
    }
    Decoded { value: out, flaws }
}

fn public_key(certificate: &X509Certificate<'_>, out: &mut Certificate) {
    let key = certificate.public_key();
    match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => {
            let modulus = rsa
                .modulus
                .iter()
                .position(|byte| *byte != 0)
                .and_then(|first| rsa.modulus.get(first..))
                .unwrap_or_default();
            out.public_key_algorithm = "RSA".into();
            out.public_key_bits = u32::try_from(rsa.key_size()).unwrap_or(0);
            out.public_key = hex(modulus);
        }
        Ok(PublicKey::EC(point)) => {
            out.public_key_algorithm = "EC".into();
            out.public_key_bits = u32::try_from(point.key_size()).unwrap_or(0);
            out.public_key = hex(point.data());
        }
        Ok(PublicKey::DSA(value)) => {
            out.public_key_algorithm = "DSA".into();
            out.public_key = hex(value);
        }
        _ => {
            out.public_key_algorithm = key.algorithm.algorithm.to_id_string();
            out.public_key = hex(&key.subject_public_key.data);
        }
    }
}

/// Seconds since 1970 as `YYYY-MM-DDThh:mm:ssZ` (proleptic Gregorian calendar).
fn iso(timestamp: i64) -> String {
    let days = timestamp.div_euclid(86_400);
    let second = timestamp.rem_euclid(86_400);
    // Civil-from-days by 400-year eras that start on 1 March.
    let shifted = days.saturating_add(719_468);
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era.saturating_mul(400) + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::{iso, pkcs7_certificates, signing_block};

    #[test]
    fn dates_follow_the_calendar() {
        assert_eq!(iso(0), "1970-01-01T00:00:00Z");
        assert_eq!(iso(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(iso(4_102_444_799), "2099-12-31T23:59:59Z");
        assert_eq!(iso(-1), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn nonsense_is_refused_without_panic() {
        for length in 0..64 {
            let data = vec![0x30; length];
            assert!(pkcs7_certificates(&data).is_err());
            assert!(signing_block(&data, length as u64).is_none());
        }
        assert!(signing_block(b"xxxxxxxxAPK Sig Block 42", 24).is_none_or(|found| found.value.signers.is_empty()));
    }
}
