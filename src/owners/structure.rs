//! Owners of renamed classes, by what reaches them.
//!
//! A class that only classes of one third party refer to, directly or through other nameless classes, is that
//! third party's. What the app itself refers to may be anybody's and stays unknown.

use rayon::prelude::*;

use super::{APP, OwnerId, UNKNOWN};
use crate::code::Program;
use crate::formats::dex::RefKind;

/// Who reaches a nameless class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reached {
    /// Nobody so far.
    Not,
    By(OwnerId),
    /// Several, or the app.
    Many,
}

impl Reached {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Not, known) | (known, Self::Not) => known,
            (Self::By(a), Self::By(b)) if a == b => self,
            _ => Self::Many,
        }
    }
}

/// Gives nameless classes of `by_class` the owner that alone reaches them; returns which.
pub(super) fn attribute(program: &Program<'_>, by_class: &mut [OwnerId]) -> Vec<u32> {
    if !by_class.contains(&UNKNOWN) {
        return Vec::new();
    }
    let edges = edges(program, by_class);
    let mut reached: Vec<Reached> = vec![Reached::Not; by_class.len()];
    let mut outgoing: Vec<Vec<u32>> = vec![Vec::new(); by_class.len()];
    let mut queue = Vec::new();
    for (from, to) in edges {
        let owner = by_class.get(from as usize).copied().unwrap_or(UNKNOWN);
        if owner == UNKNOWN {
            if let Some(list) = outgoing.get_mut(from as usize) {
                list.push(to);
            }
            continue;
        }
        let root = if owner == APP { Reached::Many } else { Reached::By(owner) };
        join(&mut reached, to, root, &mut queue);
    }
    while let Some(class) = queue.pop() {
        let state = reached.get(class as usize).copied().unwrap_or(Reached::Not);
        for next in outgoing.get(class as usize).cloned().unwrap_or_default() {
            join(&mut reached, next, state, &mut queue);
        }
    }
    let mut out = Vec::new();
    for (class, (owner, state)) in (0u32..).zip(by_class.iter_mut().zip(&reached)) {
        if let (UNKNOWN, Reached::By(by)) = (*owner, state) {
            *owner = *by;
            out.push(class);
        }
    }
    out
}

fn join(reached: &mut [Reached], class: u32, by: Reached, queue: &mut Vec<u32>) {
    if let Some(slot) = reached.get_mut(class as usize) {
        let joined = slot.and(by);
        if joined != *slot {
            *slot = joined;
            queue.push(class);
        }
    }
}

/// References of classes to nameless classes: code, supertypes, fields.
fn edges(program: &Program<'_>, by_class: &[OwnerId]) -> Vec<(u32, u32)> {
    let is_nameless = |class: u32| by_class.get(class as usize) == Some(&UNKNOWN);
    // The nameless class behind each method, field and type of every file.
    let tables: Vec<[Vec<u32>; 3]> = (0..program.dexes.len() as u32)
        .into_par_iter()
        .map(|number| {
            let Some(dex) = program.dex(number) else { return Default::default() };
            let types: Vec<u32> = (0..dex.type_count() as u32)
                .map(|index| {
                    let class = program.class_of_type(number, index).map(|class| class.0);
                    class.filter(|class| is_nameless(*class)).unwrap_or(u32::MAX)
                })
                .collect();
            let at = |index: u32| types.get(index as usize).copied().unwrap_or(u32::MAX);
            let methods = (0..dex.method_count() as u32)
                .map(|index| dex.method(index).map_or(u32::MAX, |method| at(method.class)))
                .collect();
            let fields = (0..dex.field_count() as u32)
                .map(|index| dex.field(index).map_or(u32::MAX, |field| at(field.class)))
                .collect();
            [methods, fields, types]
        })
        .collect();
    let per_task: Vec<Vec<(u32, u32)>> = program
        .body_tasks()
        .map(|bodies| {
            let mut out = Vec::new();
            for body in bodies {
                let Some(from) = program.body(body).map(|row| row.class.0) else { continue };
                let Some([methods, fields, types]) = tables.get(program.dex_of(body) as usize) else { continue };
                for reference in program.references(body) {
                    let table = match reference.kind {
                        RefKind::Invoke => methods,
                        RefKind::FieldGet | RefKind::FieldPut => fields,
                        RefKind::New | RefKind::Class => types,
                        RefKind::String | RefKind::Custom | RefKind::Handle | RefKind::Resource => continue,
                    };
                    match table.get(reference.index as usize) {
                        Some(to) if *to != u32::MAX && *to != from => out.push((from, *to)),
                        _ => {}
                    }
                }
            }
            out.sort_unstable();
            out.dedup();
            out
        })
        .collect();
    let mut out: Vec<(u32, u32)> = per_task.into_iter().flatten().collect();
    for class in program.class_ids() {
        let parents = program.superclass(class).into_iter().chain(program.interfaces(class));
        let parents = parents.filter_map(|name| program.find(name)).map(|parent| parent.0);
        out.extend(parents.filter(|parent| is_nameless(*parent)).map(|parent| (class.0, parent)));
    }
    out
}
