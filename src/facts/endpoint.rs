//! Addresses of the network that the app names.

use std::collections::BTreeMap;

use super::index::{CodeIndex, Tag};
use super::{Sources, code_evidence};
use crate::evidence::Evidence;
use crate::owners::OwnerId;

/// Most places kept for one host.
const MAX_PLACES: usize = 4;

/// A host with the addresses that name it.
#[derive(Debug, Clone, Default)]
pub struct Endpoint {
    /// Host in lower case, without port.
    pub host: String,
    /// First address as it stands.
    pub url: String,
    /// An address begins with `http:`.
    pub cleartext: Option<String>,
    /// Whose code or resource names it; empty for resources.
    pub owners: Vec<OwnerId>,
    /// Places, those in clear text first.
    pub places: Vec<Evidence>,
    /// Country code by data, empty when unknown.
    pub country: String,
}

/// All hosts that look like endpoints, by name.
pub fn collect(sources: &Sources<'_>, index: &CodeIndex) -> Vec<Endpoint> {
    let mut out: BTreeMap<String, Endpoint> = BTreeMap::new();
    for hit in index.hits.iter().filter(|hit| hit.tag == Tag::Url) {
        let Some(url) = sources.program.dex(hit.site.dex).and_then(|dex| dex.string(hit.site.index)) else { continue };
        add(sources, &mut out, &url, Some(sources.owner_of(hit.site.body)), || code_evidence(sources, &hit.site, &url));
    }
    for resource in &sources.app.resources.strings {
        for (locale, text) in &resource.texts {
            if let Some(url) = text.split_whitespace().find(|word| word.starts_with("http")) {
                let place = || Evidence::Resource {
                    id: format!("{:#010x}", resource.id),
                    name: format!("{}/{}", resource.kind, resource.name),
                    locale: locale.clone(),
                    text: text.clone(),
                };
                add(sources, &mut out, url, None, place);
            }
        }
    }
    for library in &sources.app.native {
        for text in library.strings.iter().filter(|text| text.starts_with("http")) {
            let owner = sources
                .owners
                .rows()
                .find(|(_, _, row)| {
                    row.native_libs.iter().any(|pattern| crate::owners::matches_glob(pattern, &library.name))
                })
                .map(|(owner, _, _)| owner);
            add(sources, &mut out, text, owner, || Evidence::Native {
                library: library.path.clone(),
                symbol: text.clone(),
            });
        }
    }
    out.into_values().collect()
}

fn add(
    sources: &Sources<'_>,
    out: &mut BTreeMap<String, Endpoint>,
    url: &str,
    owner: Option<OwnerId>,
    place: impl FnOnce() -> Evidence,
) {
    let Some(host) = host_of(url) else { return };
    let row = host_row(sources, &host);
    if row.is_some_and(|row| row.not_endpoint) {
        return;
    }
    let endpoint = out.entry(host.clone()).or_insert_with(|| Endpoint {
        host,
        url: url.to_owned(),
        country: row.map(|row| row.country.clone()).unwrap_or_default(),
        ..Endpoint::default()
    });
    endpoint.owners.extend(owner.filter(|owner| !endpoint.owners.contains(owner)));
    let clear = url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http:"));
    if clear && endpoint.cleartext.is_none() {
        endpoint.cleartext = Some(url.to_owned());
        endpoint.places.insert(0, place());
    } else if endpoint.places.len() < MAX_PLACES {
        endpoint.places.push(place());
    }
}

/// The longest matching row.
fn host_row<'k>(sources: &Sources<'k>, host: &str) -> Option<&'k crate::knowledge::schema::HostRow> {
    let mut rest = host;
    loop {
        if let Some(row) = sources.knowledge.hosts().iter().find(|row| row.domain == rest) {
            return Some(row);
        }
        rest = rest.split_once('.')?.1;
    }
}

/// Host of an address; `None` for what cannot be called: no dot, placeholders, local and reserved names.
fn host_of(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#', '\\', '"', '\'', '<', ' ']).next()?;
    let host = authority.rsplit('@').next()?.split(':').next()?.to_ascii_lowercase();
    let labels: Vec<&str> = host.split('.').collect();
    let valid = labels.len() >= 2
        && labels.iter().all(|label| {
            !label.is_empty()
                && label.len() < 64
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        });
    let top = labels.last().copied().unwrap_or_default();
    let is_address = labels.len() == 4 && labels.iter().all(|label| label.parse::<u8>().is_ok());
    let is_private = is_address
        && (host.starts_with("10.")
            || host.starts_with("127.")
            || host.starts_with("192.168.")
            || host.starts_with("0.")
            || host.starts_with("172.")
                && labels.get(1).and_then(|part| part.parse::<u8>().ok()).is_some_and(|part| (16..32).contains(&part)));
    // RFC 2606 and RFC 6761 names never resolve.
    let is_reserved = matches!(top, "test" | "example" | "invalid" | "localhost" | "local")
        || host == "example.com"
        || host.ends_with(".example.com")
        || host == "example.org"
        || host == "example.net";
    (valid
        && !is_private
        && !is_reserved
        && (is_address || top.bytes().all(|byte| byte.is_ascii_alphabetic()) && top.len() >= 2))
        .then_some(host)
}

#[cfg(test)]
mod tests {
    use super::host_of;

    #[test]
    fn only_callable_hosts_count() {
        assert_eq!(host_of("http://API.Shop.cn:8080/v1?x"), Some("api.shop.cn".into()));
        assert_eq!(host_of("https://user@a.b.com"), Some("a.b.com".into()));
        assert_eq!(host_of("http://8.8.8.8/x"), Some("8.8.8.8".into()));
        for bad in [
            "http://",
            "http://%s/x",
            "http://localhost:80",
            "http://192.168.1.1",
            "http://10.0.2.2/",
            "https://example.com/a",
            "http://a.test",
            "http://foo",
            "http://{host}.com",
        ] {
            assert_eq!(host_of(bad), None, "{bad}");
        }
    }
}
