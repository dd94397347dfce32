//! Which resources the app itself shows: those that its own code, its layouts or its manifest name.

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::{Sources, reach};
use crate::app::resources::{Layout, StringResource};
use crate::code::ClassId;
use crate::formats::dex::RefKind;

/// Classes that one task looks through.
const CHUNK: usize = 256;

/// Resources that something names. What lies in the table of the package and is named by nothing, or by third
/// parties alone, is not what the app offers.
#[derive(Debug, Default)]
pub struct Used {
    /// Ids that the app's own code names.
    by_app: FxHashSet<u32>,
    /// Ids that third parties' code names.
    by_others: FxHashSet<u32>,
    /// Constants of the app's own code: DEX file and string.
    constants: FxHashSet<(u32, u32)>,
    /// Ids that layouts of the app name.
    in_layouts: FxHashSet<u32>,
    /// Code is hidden or unreadable: everything counts as used.
    is_blind: bool,
}

impl Used {
    /// Looks through all code.
    pub fn new(sources: &Sources<'_>) -> Self {
        let program = sources.program;
        let classes: Vec<ClassId> = program.class_ids().collect();
        let mut out =
            classes.par_chunks(CHUNK).map(|part| Self::of_classes(sources, part)).reduce(Self::default, Self::and);
        out.is_blind =
            out.by_app.is_empty() || !sources.app.incomplete.is_empty() || !reach::packers(sources).is_empty();
        let own = sources.app.layouts.iter().filter(|layout| !out.is_others(layout));
        let in_layouts = own.flat_map(|layout| &layout.references).copied().collect();
        Self { in_layouts, ..out }
    }

    fn of_classes(sources: &Sources<'_>, classes: &[ClassId]) -> Self {
        let (program, mut out) = (sources.program, Self::default());
        for class in classes {
            let is_others = sources.owners.is_third_party(sources.owners.of_class(*class));
            for body in program.bodies_of(*class) {
                for reference in program.references(body) {
                    match reference.kind {
                        RefKind::Resource if is_others => _ = out.by_others.insert(reference.resource()),
                        RefKind::Resource => _ = out.by_app.insert(reference.resource()),
                        RefKind::String if !is_others => {
                            out.constants.insert((program.dex_of(body), reference.index));
                        }
                        _ => {}
                    }
                }
            }
        }
        out
    }

    fn and(mut self, other: Self) -> Self {
        self.by_app.extend(other.by_app);
        self.by_others.extend(other.by_others);
        self.constants.extend(other.constants);
        self
    }

    /// True for a layout that third parties' code alone names.
    pub fn is_others(&self, layout: &Layout) -> bool {
        !self.is_blind && self.by_others.contains(&layout.id) && !self.by_app.contains(&layout.id)
    }

    /// True when the app's own code names a resource.
    pub fn is_named_by_app(&self, id: u32) -> bool {
        self.by_app.contains(&id)
    }

    /// True for a text that the app may show.
    pub fn shows(&self, sources: &Sources<'_>, text: &StringResource) -> bool {
        // Lists are named by what fills a view, in ways too many to follow.
        if self.is_blind || text.kind != "string" || sources.app.resources.referenced.contains(&text.id) {
            return true;
        }
        // `getIdentifier` finds resources by name.
        let by_name = || {
            let dexes = (0_u32..).zip(&sources.program.dexes);
            let mut found = dexes.filter_map(|(dex, unit)| Some((dex, unit.dex.find_string(text.name.as_bytes())?)));
            found.any(|constant| self.constants.contains(&constant))
        };
        self.by_app.contains(&text.id) || self.in_layouts.contains(&text.id) || by_name()
    }
}
