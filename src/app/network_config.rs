//! Network security configuration (`res/xml/…`).
//!
//! Source: developer.android.com "Network security configuration".

use crate::formats::axml::{self, Element, Value};
use crate::formats::{Decoded, FormatError};

/// A rule for a set of domains, or for all when `domains` is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficRule {
    /// Domains it names.
    pub domains: Vec<String>,
    /// `cleartextTrafficPermitted`, `None` when inherited.
    pub cleartext: Option<bool>,
    /// 1-based line; 0 when unknown.
    pub line: u32,
}

/// What the configuration allows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkConfig {
    /// Entry path.
    pub file: String,
    /// `<base-config>` and `<domain-config>` rules in document order; debug overrides are left out.
    pub rules: Vec<TrafficRule>,
}

impl NetworkConfig {
    /// Decodes the document.
    ///
    /// # Errors
    /// See [`axml::parse`].
    pub fn read(file: &str, data: &[u8]) -> Result<Self, FormatError> {
        let Decoded { value: document, .. } = axml::parse(data)?;
        let mut out = Self { file: file.to_owned(), rules: Vec::new() };
        for (index, element) in document.elements.iter().enumerate() {
            if !matches!(element.name.as_ref(), "base-config" | "domain-config") {
                continue;
            }
            let children = document
                .elements
                .iter()
                .filter(|child| child.parent == u32::try_from(index).ok() && child.name == "domain");
            // The text of <domain> is character data, which the compiled form keeps beside the
            // element; `axml` gives it as the element's text.
            let domains = children
                .filter_map(|child| child.text.as_ref().map(|text| text.trim().to_owned()))
                .filter(|text| !text.is_empty())
                .collect();
            out.rules.push(TrafficRule { domains, cleartext: cleartext(element), line: element.line });
        }
        Ok(out)
    }

    /// What `<base-config>` says of cleartext.
    pub fn base_cleartext(&self) -> Option<&TrafficRule> {
        self.rules.iter().find(|rule| rule.domains.is_empty())
    }
}

fn cleartext(element: &Element<'_>) -> Option<bool> {
    match element.attributes.iter().find(|attribute| attribute.name == "cleartextTrafficPermitted")?.value {
        Value::Bool(flag) => Some(flag),
        Value::Text(ref text) => Some(text == "true"),
        _ => None,
    }
}
