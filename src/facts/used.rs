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
    /// Ids that third parties' code, or a screen that never opens, names.
    by_others: FxHashSet<u32>,
    /// Constants of the app's own code: DEX file and string.
    constants: FxHashSet<(u32, u32)>,
    /// Ids that layouts of the app name.
    in_layouts: FxHashSet<u32>,
    /// Activities of the app's own that the manifest does not declare: the system never opens them.
    undeclared: FxHashSet<ClassId>,
    /// Code is hidden or unreadable.
    hides_code: bool,
    /// So is what names resources: everything counts as used.
    is_blind: bool,
}

/// What every screen that the manifest declares inherits from.
pub(super) const ACTIVITY: &str = "android.app.Activity";

/// See [`Used::is_undeclared`].
fn undeclared(sources: &Sources<'_>) -> FxHashSet<ClassId> {
    let program = sources.program;
    let mut alive = FxHashSet::default();
    for component in &sources.app.components {
        let mut next = program.find_dotted(component.class());
        while let Some(class) = next.filter(|class| alive.insert(*class)) {
            next = program.superclass(class).and_then(|parent| program.find(parent));
        }
    }
    let is_activity = |class: &ClassId| {
        let ancestor = program.platform_ancestor(*class);
        ancestor.is_some_and(|ancestor| sources.knowledge.framework().inherits(&ancestor, ACTIVITY))
    };
    let own = program.class_ids().filter(|class| !sources.owners.is_third_party(sources.owners.of_class(*class)));
    own.filter(|class| !alive.contains(class)).filter(is_activity).collect()
}

impl Used {
    /// Looks through all code.
    pub fn new(sources: &Sources<'_>) -> Self {
        let program = sources.program;
        let classes: Vec<ClassId> = program.class_ids().collect();
        let undeclared = undeclared(sources);
        let of = |part| Self::of_classes(sources, part, &undeclared);
        let mut out = classes.par_chunks(CHUNK).map(of).reduce(Self::default, Self::and);
        out.hides_code = !sources.app.incomplete.is_empty() || !reach::packers(sources).is_empty();
        out.is_blind = out.hides_code || out.by_app.is_empty();
        let own = sources.app.layouts.iter().filter(|layout| !out.is_others(layout));
        let in_layouts = own.flat_map(|layout| &layout.references).copied().collect();
        Self { in_layouts, undeclared, ..out }
    }

    fn of_classes(sources: &Sources<'_>, classes: &[ClassId], undeclared: &FxHashSet<ClassId>) -> Self {
        let (program, mut out) = (sources.program, Self::default());
        for class in classes {
            let is_others =
                sources.owners.is_third_party(sources.owners.of_class(*class)) || undeclared.contains(class);
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

    /// True for a layout that third parties' code, or a screen that never opens, alone names.
    pub fn is_others(&self, layout: &Layout) -> bool {
        !self.is_blind && self.by_others.contains(&layout.id) && !self.by_app.contains(&layout.id)
    }

    /// True for a class of the app's own that is an activity, stands behind none that the manifest declares, and so
    /// is never opened.
    pub fn is_undeclared(&self, class: ClassId) -> bool {
        !self.hides_code && self.undeclared.contains(&class)
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
