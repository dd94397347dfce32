//! What ids are called in one language, and the texts of reports.

use super::Lang;
use crate::knowledge::Knowledge;

/// Names and texts out of the signatures; an id that they do not know stands for itself.
#[derive(Debug, Clone, Copy)]
pub struct Names<'k> {
    /// The signatures.
    pub knowledge: &'k Knowledge,
    /// The language.
    pub lang: Lang,
}

impl Names<'_> {
    /// A text of `wording.toml`.
    pub fn say(&self, id: &str) -> String {
        self.pick(id, self.knowledge.text(id).map(|row| (&row.zh, &row.en)))
    }

    /// An item of personal information.
    pub fn item(&self, id: &str) -> String {
        self.pick(id, self.knowledge.item(id).map(|row| (&row.zh, &row.en)))
    }

    /// An SDK or library.
    pub fn sdk(&self, id: &str) -> String {
        self.pick(id, self.knowledge.sdk(id).map(|(_, row)| (&row.name_zh, &row.name_en)))
    }

    /// A permission.
    pub fn permission(&self, name: &str) -> String {
        self.pick(name, self.knowledge.permission(name).map(|row| (&row.label_zh, &row.label_en)))
    }

    /// Something that a policy says.
    pub fn content(&self, id: &str) -> String {
        self.pick(id, self.knowledge.content(id).map(|row| (&row.zh, &row.en)))
    }

    /// Names in a row.
    pub fn list(&self, names: impl IntoIterator<Item = String>) -> String {
        names.into_iter().collect::<Vec<_>>().join(self.lang.pick("、", ", "))
    }

    fn pick(&self, id: &str, names: Option<(&String, &String)>) -> String {
        let name = names.map(|(zh, en)| self.lang.pick(zh, en)).filter(|name| !name.is_empty());
        name.unwrap_or(id).to_owned()
    }
}
