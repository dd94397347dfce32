//! Personal information that other apps can ask an exported content provider for.

use super::consent::{Times, call_step};
use super::pi_access::PiFact;
use super::{Sources, site_evidence};
use crate::app::App;
use crate::app::manifest::{Component, ComponentKind};
use crate::code::BodyId;
use crate::evidence::{Evidence, OwnerKind};

/// One item behind one provider that any app may call.
#[derive(Debug)]
pub struct ExposureFact<'k> {
    /// The provider.
    pub component: &'k Component,
    /// Taxonomy id.
    pub item: String,
    /// The provider's own methods take it; else something that they call.
    pub is_direct: bool,
    /// Where it is taken, each with the calls from the provider.
    pub places: Vec<Evidence>,
}

/// What the platform calls before any other app can.
const BEFORE: [&str; 4] = ["<init>", "<clinit>", "onCreate", "attachInfo"];
/// Places kept for one item of one provider.
const MAX_PLACES: usize = 4;

/// Content providers that other apps may call, whatever permission they ask for.
pub fn exported_providers(app: &App) -> impl Iterator<Item = &Component> {
    app.components
        .iter()
        .filter(|component| component.kind == ComponentKind::Provider && component.exported && component.enabled)
}

/// True when only apps of the same signer, or holders of a permission that others must ask for, can read.
fn is_guarded(app: &App, provider: &Component) -> bool {
    let permission = if provider.read_permission.is_empty() { &provider.permission } else { &provider.read_permission };
    if permission.is_empty() {
        return false;
    }
    // A permission of level normal is granted to whoever asks.
    app.declared_permissions
        .iter()
        .find(|declared| declared.name == *permission)
        .is_none_or(|declared| declared.protection_level & 0xf != 0)
}

/// Follows the calls from what other apps can call of each open provider to where items are taken.
pub fn collect<'k>(sources: &Sources<'k>, pi: &[PiFact], times: &Times<'_, '_>) -> Vec<ExposureFact<'k>> {
    let program = sources.program;
    let mut out = Vec::new();
    for component in exported_providers(sources.app).filter(|component| !is_guarded(sources.app, component)) {
        let Some(class) = program.find_dotted(component.class()) else { continue };
        let (before, callable): (Vec<BodyId>, Vec<BodyId>) = program
            .bodies_of(class)
            .partition(|body| program.body_name(*body).is_none_or(|name| BEFORE.contains(&name.name.as_str())));
        let reached = times.phases().excursion(&before, &callable);
        for fact in pi.iter().filter(|fact| sources.owners.kind(fact.owner) != OwnerKind::Library) {
            let mut direct = Vec::new();
            let mut indirect = Vec::new();
            for access in fact.accesses.iter().filter(|access| access.certain && !access.is_callback) {
                let (Some(body), Evidence::Code { offset, refers_to, .. }) = (access.body, &access.evidence) else {
                    continue;
                };
                let Some(steps) = reached.path(body, *offset) else { continue };
                let mut place = site_evidence(sources, body, *offset, refers_to);
                if let Evidence::Code { path, .. } = &mut place {
                    *path = steps.iter().map(|step| call_step(sources, step)).collect();
                }
                let is_own = program.body(body).is_some_and(|body| body.class == class);
                if is_own { &mut direct } else { &mut indirect }.push(place);
            }
            let is_direct = !direct.is_empty();
            let mut places = if is_direct { direct } else { indirect };
            places.truncate(MAX_PLACES);
            if !places.is_empty() {
                out.push(ExposureFact { component, item: fact.item.clone(), is_direct, places });
            }
        }
    }
    out
}
