//! A third party as a policy tells of it, with what is said of it by column.

use std::ops::Range;

/// Bytes of the last word of a name.
const SDK_BYTES: usize = 3;

/// What a column or label stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The SDK or product.
    Name,
    /// The company behind it.
    Vendor,
    /// What it is used for.
    Purpose,
    /// Personal information that it collects.
    Items,
    /// Permissions that it uses.
    Permissions,
    /// Where its own rules can be read.
    Link,
    /// In what way it collects.
    Means,
}

/// One third party as a list describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Bytes of [`super::Policy::text`] from the name to the last cell.
    pub span: Range<usize>,
    /// Name as written: the cell of the name, or the line over the labelled lines.
    pub name: Range<usize>,
    /// Cells that say something.
    pub cells: Vec<(Column, Range<usize>)>,
    /// Where it comes from.
    pub source: Source,
}

/// Where the entry of a third party comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A list of third parties.
    List,
    /// What may be such a list; whether it describes a third party is for the name to show.
    Loose,
    /// Running prose.
    Prose,
}

impl Row {
    /// True when the cell says something.
    pub fn has(&self, column: Column) -> bool {
        self.cells.iter().any(|(known, _)| *known == column)
    }

    /// True when byte `offset` of the text lies in a cell of the column.
    pub fn covers(&self, column: Column, offset: usize) -> bool {
        self.cells.iter().any(|(known, span)| *known == column && span.contains(&offset))
    }
}

/// True for a name that says itself that it is an SDK's.
pub(super) fn is_named_sdk(name: &str) -> bool {
    name.to_ascii_lowercase().contains("sdk")
}

/// True for 甲SDK and 甲SDK（乙公司）.
pub(super) fn ends_as_sdk(name: &str) -> bool {
    let name = name.split(['（', '(']).next().unwrap_or_default();
    is_named_sdk(name.get(name.trim_end().len().saturating_sub(SDK_BYTES)..).unwrap_or_default())
}

pub(super) fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}
