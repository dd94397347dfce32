//! Places as SARIF locations: files of the package as nested artifacts, classes and methods as logical locations.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::plain;
use crate::evidence::Evidence;
use crate::report::Report;
use crate::report::escape::{shortened, uri_path};
use crate::report::text::{evidence_line, safe};

/// Stands for the folder in which the scan ran.
pub(super) const BASE: &str = "%SRCROOT%";
/// Characters of a sentence or text shown beside its place.
const SNIPPET: usize = 400;

/// The run's artifacts and logical locations, as places are named.
pub(super) struct Places<'r> {
    report: &'r Report,
    artifacts: Vec<Value>,
    /// Artifact by parent and URI.
    known: BTreeMap<(Option<usize>, String), usize>,
    logical: Vec<Value>,
    /// Logical location by kind and name.
    named: BTreeMap<(&'static str, String), usize>,
}

impl<'r> Places<'r> {
    /// With the scanned file as the first artifact.
    pub(super) fn new(report: &'r Report) -> Self {
        let mut places =
            Self { report, artifacts: Vec::new(), known: BTreeMap::new(), logical: Vec::new(), named: BTreeMap::new() };
        places.file(&report.input.path, "analysisTarget");
        if let Some(Value::Object(target)) = places.artifacts.first_mut() {
            target.insert("length".into(), json!(report.input.size));
            target.insert("hashes".into(), json!({ "sha-256": report.input.sha256 }));
        }
        places
    }

    pub(super) fn artifacts(&self) -> &[Value] {
        &self.artifacts
    }

    pub(super) fn logical(&self) -> &[Value] {
        &self.logical
    }

    /// A file beside the scan.
    fn file(&mut self, path: &str, role: &str) -> usize {
        let encoded = uri_path(path);
        let location = if path.starts_with('/') {
            json!({ "uri": format!("file://{encoded}") })
        } else {
            // A colon or two slashes in front would be read as a scheme or a host.
            json!({ "uri": encoded.trim_start_matches("./"), "uriBaseId": BASE })
        };
        self.artifact(None, encoded, json!({ "location": location, "roles": [role] }))
    }

    /// A file inside the scanned one; of split sets, inside the split that stands before the `!`.
    fn entry(&mut self, path: &str) -> usize {
        let mut parent = 0usize;
        for part in path.split('!') {
            let encoded = uri_path(part.trim_start_matches('/'));
            let artifact = json!({ "location": { "uri": encoded }, "parentIndex": parent });
            parent = self.artifact(Some(parent), encoded, artifact);
        }
        parent
    }

    fn artifact(&mut self, parent: Option<usize>, uri: String, artifact: Value) -> usize {
        let next = self.artifacts.len();
        let index = *self.known.entry((parent, uri)).or_insert(next);
        if index == next {
            self.artifacts.push(artifact);
        }
        index
    }

    /// The policy's file; several that were given count as one and have no file of their own.
    fn policy(&mut self) -> usize {
        let file = &self.report.reach.policy_file;
        match self.report.reach.policy {
            "embedded" => self.entry(file),
            _ if file.is_empty() || file.contains(" + ") => 0,
            _ => self.file(file, "referencedOnCommandLine"),
        }
    }

    fn physical(&self, artifact: usize, line: u32, snippet: &str) -> Value {
        let location = self.artifacts.get(artifact).and_then(|value| value.get("location"));
        let mut at = location.and_then(Value::as_object).cloned().unwrap_or_default();
        at.insert("index".into(), json!(artifact));
        let mut out = Map::new();
        out.insert("artifactLocation".into(), Value::Object(at));
        if line > 0 {
            let mut region = json!({ "startLine": line });
            if let Some(fields) = region.as_object_mut().filter(|_| !snippet.is_empty()) {
                fields.insert("snippet".into(), json!({ "text": safe(&shortened(snippet, SNIPPET)) }));
            }
            out.insert("region".into(), region);
        }
        Value::Object(out)
    }

    /// A reference to a logical location, which is made on its first use.
    fn name(&mut self, kind: &'static str, full: &str, short: &str, more: Option<(&str, Value)>) -> Value {
        let full = safe(full);
        let next = self.logical.len();
        let index = *self.named.entry((kind, full.clone())).or_insert(next);
        if index == next {
            let mut fields = Map::new();
            fields.insert("name".into(), json!(safe(short)));
            fields.insert("fullyQualifiedName".into(), json!(full));
            fields.insert("kind".into(), json!(kind));
            fields.extend(more.map(|(name, value)| (name.to_owned(), value)));
            self.logical.push(Value::Object(fields));
        }
        json!({ "index": index, "fullyQualifiedName": full, "kind": kind })
    }

    /// A class, and a method of it.
    fn method(&mut self, class: &str, method: &str) -> Vec<Value> {
        let simple = class.rsplit('.').next().unwrap_or(class);
        let of_class = self.name("type", class, simple, None);
        let parent = of_class.get("index").cloned().unwrap_or_default();
        let of_method = self.name("function", &format!("{class}.{method}"), method, Some(("parentIndex", parent)));
        vec![of_method, of_class]
    }

    /// A frame of a call path, `com.example.A.b(A.java:7)`, whose file is not known.
    pub(super) fn frame(&mut self, frame: &str) -> Value {
        let name = frame.split('(').next().unwrap_or(frame);
        let (class, method) = name.rsplit_once('.').unwrap_or(("", name));
        let logical = self.method(class, method);
        json!({ "message": { "text": plain(frame) }, "logicalLocations": logical })
    }

    /// A piece of evidence as a location.
    pub(super) fn location(&mut self, evidence: &Evidence) -> Value {
        let (physical, logical, properties) = match evidence {
            Evidence::Manifest { package, element, name, line } => {
                let file = if package.is_empty() { String::new() } else { format!("{package}!") };
                let artifact = self.entry(&format!("{file}AndroidManifest.xml"));
                let logical = self.name("element", &format!("{element}/{name}"), element, None);
                (self.physical(artifact, *line, ""), vec![logical], None)
            }
            Evidence::Code { class, method, descriptor, dex, offset, owner, refers_to, source, .. } => {
                let artifact = self.entry(dex);
                let properties = json!({
                    "descriptor": safe(descriptor),
                    "codeUnitOffset": offset,
                    "owner": owner,
                    "refersTo": safe(refers_to),
                    "source": safe(source),
                });
                (self.physical(artifact, 0, ""), self.method(class, method), Some(properties))
            }
            Evidence::Constant { class, field, dex, .. } => {
                let artifact = self.entry(dex);
                let logical = self.name("member", &format!("{class}.{field}"), field, None);
                (self.physical(artifact, 0, ""), vec![logical], None)
            }
            Evidence::Classes { class, dex, .. } => {
                let artifact = self.entry(dex);
                let simple = class.rsplit('.').next().unwrap_or(class);
                (self.physical(artifact, 0, ""), vec![self.name("type", class, simple, None)], None)
            }
            Evidence::Resource { id, name, .. } => {
                let artifact = self.entry("resources.arsc");
                let logical = self.name("resource", name, id, None);
                (self.physical(artifact, 0, ""), vec![logical], None)
            }
            Evidence::Layout { file, line, text, .. } => {
                let artifact = self.entry(file);
                (self.physical(artifact, *line, text), Vec::new(), None)
            }
            Evidence::Native { library, symbol } => {
                let artifact = self.entry(library);
                let logical =
                    if symbol.is_empty() { Vec::new() } else { vec![self.name("member", symbol, symbol, None)] };
                (self.physical(artifact, 0, ""), logical, None)
            }
            Evidence::Asset { path, .. } => {
                let artifact = self.entry(path);
                (self.physical(artifact, 0, ""), Vec::new(), None)
            }
            Evidence::Policy { quote, line, .. } => {
                let artifact = self.policy();
                (self.physical(artifact, if artifact == 0 { 0 } else { *line }, quote), Vec::new(), None)
            }
            Evidence::Absent { .. } | Evidence::Declared { .. } | Evidence::Redacted { .. } => {
                (self.physical(0, 0, ""), Vec::new(), None)
            }
        };
        let mut out = Map::new();
        out.insert("physicalLocation".into(), physical);
        if !logical.is_empty() {
            out.insert("logicalLocations".into(), Value::Array(logical));
        }
        out.insert("message".into(), json!({ "text": plain(&evidence_line(evidence)) }));
        out.extend(properties.map(|properties| ("properties".to_owned(), properties)));
        Value::Object(out)
    }
}
