//! The platform's class hierarchy, from `signatures/framework/hierarchy.tsv`.

use rustc_hash::FxHashMap;

/// Superclasses and interfaces of the platform's classes, by dotted name.
#[derive(Debug, Default)]
pub struct Framework {
    parents: FxHashMap<&'static str, (&'static str, &'static str)>,
}

impl Framework {
    /// Indexes lines of `class<TAB>superclass<TAB>interfaces<TAB>flags`; `#` starts a comment.
    pub(super) fn new(text: &'static str) -> Self {
        let mut parents = FxHashMap::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split('\t');
            if let (Some(class), Some(parent)) = (columns.next(), columns.next()) {
                parents.insert(class, (parent, columns.next().unwrap_or_default()));
            }
        }
        Self { parents }
    }

    /// True when the platform knows `class` (dotted).
    pub fn knows(&self, class: &str) -> bool {
        self.parents.contains_key(class)
    }

    /// True when `class` is `wanted` or inherits from it, both dotted.
    pub fn inherits(&self, class: &str, wanted: &str) -> bool {
        self.inherits_within(class, wanted, 32)
    }

    fn inherits_within(&self, class: &str, wanted: &str, depth: u32) -> bool {
        if class == wanted {
            return true;
        }
        let Some((parent, interfaces)) = self.parents.get(class) else { return false };
        let Some(depth) = depth.checked_sub(1) else { return false };
        let up = |name: &str| !name.is_empty() && name != "-" && self.inherits_within(name, wanted, depth);
        up(parent) || interfaces.split(',').any(up)
    }
}
