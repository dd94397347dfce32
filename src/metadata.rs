//! What is declared about an app outside its package: store listing, operator, filings. A TOML or JSON file that
//! the user gives; nothing of it is looked up or verified.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use toml::de::{DeTable, DeValue};

use crate::date::Date;
use crate::error::{Error, Result};
use crate::evidence::Evidence;

/// A key of the file: its name, an example, what it is in Chinese and in English.
pub type Key = (&'static str, &'static str, &'static str, &'static str);

/// The keys, in the order of their documentation.
pub const KEYS: [Key; 16] = [
    ("name", "示例商城", "应用在应用商店中的名称", "name of the app in the store"),
    ("store", "应用宝", "应用来源（应用商店名称）", "store that the app was taken from"),
    ("listing_url", "https://store.example.com/app/1", "商店详情页地址", "address of the store's page"),
    ("category", "购物", "商店分类", "category in the store"),
    ("updated", "2026-05-31", "商店标注的更新日期", "date of the last update in the store"),
    ("description", "网上购物平台", "商店简介", "description in the store"),
    ("operator", "示例科技有限公司", "运营者（开发者）名称", "operator (developer)"),
    ("operator_contact", "privacy@example.com", "运营者联系方式", "contact of the operator"),
    (
        "privacy_policy_url",
        "https://example.com/privacy",
        "商店标注的隐私政策地址",
        "privacy policy as the store links it",
    ),
    ("icp", "京ICP备12345678号", "网站 ICP 备案号或许可证号", "ICP number of the operator's site"),
    ("app_filing", "京ICP备12345678号-1A", "App 备案号", "filing number of the app"),
    ("mlps", "11010012345-00001", "网络安全等级保护备案证明编号", "number of the MLPS filing"),
    ("education_filing", "教APP备1100001号", "教育移动应用备案号", "filing number of an education app"),
    ("game_licence", "国新出审〔2026〕1号", "游戏出版批准文号（版号）", "licence of a game"),
    ("dsmm", "DSMM-2026-0001", "数据安全能力成熟度（DSMM）证书编号", "DSMM certificate"),
    ("note", "复检", "备注", "remark"),
];

/// What was declared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Metadata {
    /// The file.
    pub file: String,
    /// Values by key.
    #[serde(flatten)]
    values: BTreeMap<&'static str, String>,
}

impl Metadata {
    /// Reads a TOML or, where its name ends in `.json`, a JSON file.
    ///
    /// # Errors
    /// [`Error::Settings`] with file and line for what is no such file, for unknown keys and for values of the
    /// wrong kind.
    pub fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::Usage(format!("{}: the metadata cannot be read: {error}", path.display())))?;
        let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        let reader = Reader { file: path.to_string_lossy().into_owned(), text: &text };
        let entries = if is_json { reader.json()? } else { reader.toml()? };
        let mut out = Self { file: reader.file.clone(), values: BTreeMap::new() };
        for (at, key, value) in entries {
            let Some((known, ..)) = KEYS.iter().find(|(known, ..)| *known == key) else {
                return Err(reader.unknown(at, &key));
            };
            if *known == "updated" && Date::parse(&value).is_none() {
                return Err(reader.error(at, &format!("{value:?} is no day; write updated = 2026-05-31")));
            }
            if value.is_empty() {
                return Err(reader.error(at, &format!("{known} is empty; leave out what is not known")));
            }
            out.values.insert(known, value);
        }
        Ok(out)
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// Takes a key out.
    pub fn forget(&mut self, key: &str) {
        self.values.remove(key);
    }

    /// The date of the last update in the store.
    pub fn updated(&self) -> Option<Date> {
        self.get("updated").and_then(Date::parse)
    }

    /// The value of a key as evidence.
    pub fn evidence(&self, key: &str) -> Option<Evidence> {
        self.get(key).map(|value| Evidence::Declared { key: key.to_owned(), value: value.to_owned() })
    }
}

/// The JSON schema of the file.
pub fn schema() -> serde_json::Value {
    let text = |(name, example, zh, en): &Key| {
        let mut shape = serde_json::json!({
            "type": "string", "minLength": 1, "description": format!("{en} {zh}"), "examples": [example],
        });
        if let (true, Some(fields)) = (*name == "updated", shape.as_object_mut()) {
            fields.insert("format".into(), "date".into());
        }
        ((*name).to_owned(), shape)
    };
    serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "mingcha metadata",
        "description": "What is declared about an app outside its package; docs/metadata.md.",
        "type": "object",
        "properties": KEYS.iter().map(text).collect::<serde_json::Map<_, _>>(),
        "additionalProperties": false,
    })
}

struct Reader<'t> {
    file: String,
    text: &'t str,
}

/// Place, key and value.
type Entry = (usize, String, String);

impl Reader<'_> {
    fn toml(&self) -> Result<Vec<Entry>> {
        let table = DeTable::parse(self.text)
            .map_err(|error| self.error(error.span().map_or(0, |span| span.start), error.message()))?;
        let mut out = Vec::new();
        for (key, value) in table.get_ref() {
            let at = key.span().start;
            let text = match value.get_ref() {
                DeValue::String(text) => text.trim().to_owned(),
                DeValue::Datetime(day) => day.to_string(),
                _ => return Err(self.no_text(at, key.get_ref())),
            };
            out.push((at, key.get_ref().to_string(), text));
        }
        Ok(out)
    }

    fn json(&self) -> Result<Vec<Entry>> {
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(self.text.trim_start_matches('\u{feff}')).map_err(|error| {
                let lines = self.text.split_inclusive('\n').take(error.line().saturating_sub(1));
                self.error(lines.map(str::len).sum(), &error.to_string())
            })?;
        let mut out = Vec::new();
        for (key, value) in &object {
            let at = self.text.find(&format!("{}", serde_json::Value::from(key.as_str()))).unwrap_or(0);
            let text = value.as_str().ok_or_else(|| self.no_text(at, key))?;
            out.push((at, key.clone(), text.trim().to_owned()));
        }
        Ok(out)
    }

    fn no_text(&self, at: usize, key: &str) -> Error {
        if KEYS.iter().any(|(known, ..)| *known == key) {
            return self.error(at, &format!("{key} takes a text in quotes"));
        }
        self.unknown(at, key)
    }

    fn unknown(&self, at: usize, key: &str) -> Error {
        let nearest = KEYS
            .iter()
            .max_by(|a, b| strsim::jaro_winkler(a.0, key).total_cmp(&strsim::jaro_winkler(b.0, key)))
            .map(|(name, ..)| *name)
            .unwrap_or_default();
        let known: Vec<&str> = KEYS.iter().map(|(name, ..)| *name).collect();
        self.error(at, &format!("unknown key {key:?}; did you mean {nearest:?}? Known: {}", known.join(", ")))
    }

    fn error(&self, at: usize, detail: &str) -> Error {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count().saturating_add(1);
        Error::Settings { file: self.file.clone(), line, detail: detail.to_owned() }
    }
}
