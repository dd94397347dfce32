//! Addresses of the network that the app names.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::index::{CodeIndex, Tag};
use super::{Sources, code_evidence};
use crate::code::BodyId;
use crate::evidence::Evidence;
use crate::formats::dex::RefKind;
use crate::knowledge::Knowledge;
use crate::knowledge::schema::{HostRow, SdkFile, SdkRow};
use crate::owners::OwnerId;

/// Most places kept for one host.
const MAX_PLACES: usize = 4;

/// Whose host it is, by data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Company or product.
    pub name: String,
    /// Country code of the company, empty when unknown.
    pub country: String,
    /// Id of the SDK whose host it is, where it tells.
    pub sdk: String,
    /// The domain of the data that matched.
    pub domain: String,
}

/// A host with the addresses that name it.
#[derive(Debug, Clone, Default)]
pub struct Endpoint {
    /// Host in lower case, without port.
    pub host: String,
    /// First address as it stands.
    pub url: String,
    /// An address begins with `http:`.
    pub cleartext: Option<String>,
    /// Whose code, library or file names it; empty for resources.
    pub owners: Vec<OwnerId>,
    /// Places, those in clear text first.
    pub places: Vec<Evidence>,
    /// Only code that opens pages for people to read names it.
    pub is_link: bool,
    /// Whose host it is, where data tells.
    pub party: Option<Party>,
}

impl Endpoint {
    /// Country code by data, empty when unknown.
    pub fn country(&self) -> &str {
        self.party.as_ref().map_or("", |party| &party.country)
    }
}

/// What is known of domains.
struct Domains<'k>(FxHashMap<&'k str, Domain<'k>>);

enum Domain<'k> {
    Row(&'k HostRow),
    Sdk(&'k SdkFile, &'k SdkRow),
}

impl<'k> Domains<'k> {
    /// Rows on hosts win over the hosts that SDKs list.
    fn new(knowledge: &'k Knowledge) -> Self {
        let mut out = FxHashMap::default();
        for file in knowledge.sdks() {
            for row in &file.sdk {
                for host in &row.hosts {
                    out.entry(host.as_str()).or_insert(Domain::Sdk(file, row));
                }
            }
        }
        out.extend(knowledge.hosts().iter().map(|row| (row.domain.as_str(), Domain::Row(row))));
        Self(out)
    }

    /// The longest domain that `host` is or lies in.
    fn of(&self, host: &str) -> Option<(&'k str, &Domain<'k>)> {
        let mut rest = host;
        loop {
            if let Some((domain, row)) = self.0.get_key_value(rest) {
                return Some((domain, row));
            }
            rest = rest.split_once('.')?.1;
        }
    }

    /// Whose the host of an address is; `Err` when nobody calls it.
    fn party(&self, host: &str, url: &str) -> Result<Option<Party>, ()> {
        let Some((domain, row)) = self.of(host) else { return Ok(None) };
        let domain = domain.to_owned();
        match row {
            Domain::Row(row) if row.not_endpoint => Err(()),
            Domain::Row(row) if is_name(row, url) => Err(()),
            Domain::Row(row) => {
                Ok(Some(Party { name: row.owner.clone(), country: row.country.clone(), sdk: row.sdk.clone(), domain }))
            }
            Domain::Sdk(file, row) => {
                let name = if file.vendor_en.is_empty() { &row.name_en } else { &file.vendor_en };
                Ok(Some(Party { name: name.clone(), country: file.country.clone(), sdk: row.id.clone(), domain }))
            }
        }
    }
}

/// True for an address that only names something, by its path.
fn is_name(row: &HostRow, url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default();
    row.names.iter().any(|name| path.starts_with(name.as_str()))
}

/// All hosts that look like endpoints, by name.
pub fn collect(sources: &Sources<'_>, index: &CodeIndex) -> Vec<Endpoint> {
    let mut found = Found { domains: Domains::new(sources.knowledge), hosts: BTreeMap::new() };
    for hit in index.hits.iter().filter(|hit| hit.tag == Tag::Url) {
        let Some(url) = sources.program.dex(hit.site.dex).and_then(|dex| dex.string(hit.site.index)) else { continue };
        let is_link = opens_pages(sources, hit.site.body);
        let place = || code_evidence(sources, &hit.site, &url);
        found.add(&url, is_link, Some(sources.owner_of(hit.site.body)), place);
    }
    for resource in &sources.app.resources.strings {
        for (locale, text) in &resource.texts {
            if let Some(url) = text.split_whitespace().find(|word| word.starts_with("http")) {
                found.add(url, false, None, || resource.place(locale, text));
            }
        }
    }
    for library in &sources.app.native {
        let mut urls = library.strings.iter().filter(|text| text.starts_with("http")).peekable();
        let owner = urls.peek().map(|_| sources.owners.of_native(library).0);
        for text in urls {
            found.add(text, false, owner, || Evidence::Native { library: library.path.clone(), symbol: text.clone() });
        }
    }
    for asset in &sources.app.assets {
        for text in &asset.addresses {
            found.add(text, false, None, || Evidence::Asset { path: asset.path.clone(), text: text.clone() });
        }
    }
    for rule in sources.app.network_config.iter().flat_map(|config| &config.rules) {
        for domain in &rule.domains {
            let url = format!("https://{domain}/");
            let file = sources.app.network_config.as_ref().map(|config| config.file.clone()).unwrap_or_default();
            found.add(&url, false, None, || Evidence::Layout {
                file: file.clone(),
                view: "domain-config".into(),
                attribute: "domain".into(),
                text: domain.clone(),
                line: rule.line,
            });
        }
    }
    found.hosts.into_values().collect()
}

/// True when the method opens what it names in another app, a browser.
fn opens_pages(sources: &Sources<'_>, body: BodyId) -> bool {
    let Some(dex) = sources.program.dex(sources.program.dex_of(body)) else { return false };
    let Some(view) = dex.find_string(VIEW.as_bytes()) else { return false };
    let mut all = sources.program.references(body);
    all.any(|reference| reference.kind == RefKind::String && reference.index == view)
}

/// `Intent.ACTION_VIEW`.
const VIEW: &str = "android.intent.action.VIEW";

/// Where the law does not call a recipient overseas (个人信息保护法 art. 38: 境外).
const MAINLAND: &str = "CN";

impl Party {
    /// True for companies abroad; `None` when the country is not known.
    pub fn is_abroad(&self) -> Option<bool> {
        (!self.country.is_empty()).then(|| self.country != MAINLAND)
    }
}

/// Hosts by name, with what is known of their domains.
struct Found<'k> {
    domains: Domains<'k>,
    hosts: BTreeMap<String, Endpoint>,
}

impl Found<'_> {
    fn add(&mut self, url: &str, is_link: bool, owner: Option<OwnerId>, place: impl FnOnce() -> Evidence) {
        let Some(host) = host_of(url) else { return };
        let Ok(party) = self.domains.party(&host, url) else { return };
        let endpoint = self.hosts.entry(host.clone()).or_insert_with(|| Endpoint {
            host,
            url: url.to_owned(),
            party,
            is_link: true,
            ..Endpoint::default()
        });
        endpoint.is_link &= is_link;
        endpoint.owners.extend(owner.filter(|owner| !endpoint.owners.contains(owner)));
        let clear = url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http:"));
        if clear && endpoint.cleartext.is_none() {
            endpoint.cleartext = Some(url.to_owned());
            endpoint.places.insert(0, place());
        } else if endpoint.places.len() < MAX_PLACES {
            endpoint.places.push(place());
        }
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
    let is_address = labels.len() == 4 && labels.iter().all(|label| label.parse::<u8>().is_ok());
    let is_private = is_address
        && (host.starts_with("10.")
            || host.starts_with("127.")
            || host.starts_with("192.168.")
            || host.starts_with("0.")
            || host.starts_with("172.")
                && labels.get(1).and_then(|part| part.parse::<u8>().ok()).is_some_and(|part| (16..32).contains(&part)));
    // RFC 2606 names never resolve; reserved endings are no public suffix.
    let is_reserved =
        ["example.com", "example.org", "example.net"].contains(&host.as_str()) || host.ends_with(".example.com");
    (valid && !is_private && !is_reserved && (is_address || is_public(&host))).then_some(host)
}

/// Ends in a top-level domain that exists: `javax.xml.XMLConstants` does not.
fn is_public(host: &str) -> bool {
    let label = host.rsplit('.').next().unwrap_or(host);
    in_top_level(&public_suffix::DEFAULT_PROVIDER, label)
}

/// Whether the first level of the public suffix list, which is sorted, holds a label.
fn in_top_level<T: public_suffix::Table>(_list: &public_suffix::ListProvider<T>, label: &str) -> bool {
    let count = usize::try_from(T::NUM_TLD).unwrap_or_default();
    let text_of = |node: u32| {
        let length = node & ((1 << T::NODES_BITS_TEXT_LENGTH) - 1);
        let start = (node >> T::NODES_BITS_TEXT_LENGTH) & ((1 << T::NODES_BITS_TEXT_OFFSET) - 1);
        let (start, length) = (usize::try_from(start).ok()?, usize::try_from(length).ok()?);
        T::TEXT.get(start..start.checked_add(length)?)
    };
    T::NODES
        .get(..count)
        .is_some_and(|nodes| nodes.binary_search_by(|node| text_of(*node).unwrap_or_default().cmp(label)).is_ok())
}

#[cfg(test)]
mod tests {
    use super::{host_of, is_name};
    use crate::knowledge::Knowledge;

    #[test]
    fn scopes_of_authorisation_are_no_calls() {
        let knowledge = Knowledge::embedded();
        let row = knowledge.hosts().iter().find(|row| row.domain == "www.googleapis.com").unwrap();
        assert!(is_name(row, "https://www.googleapis.com/auth/games_lite"));
        assert!(!is_name(row, "https://www.googleapis.com/geolocation/v1"));
        assert!(!is_name(row, "https://www.googleapis.com"));
    }

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
            "http://javax.xml.XMLConstants/feature",
            "http://printer.local/",
            "http://a.invalid",
            "http://a.localhost",
            "http://a.example",
        ] {
            assert_eq!(host_of(bad), None, "{bad}");
        }
    }
}
