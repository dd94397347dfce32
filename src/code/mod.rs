//! What the bytecode of all DEX files together can do.
//!
//! [`Program`] decodes every method once, in parallel, into compact references; [`constants`] says
//! which constants reach a call; [`Phases`] says from where code is reached, and [`Fresh`] what of it a
//! fresh install reaches before anybody has agreed to anything. Nothing here knows which API is private.

#![forbid(unsafe_code)]

mod blocks;
mod class_fields;
pub mod constants;
mod dispatch;
mod entry_points;
mod fields;
mod fresh;
mod functions;
mod hierarchy;
mod messages;
mod phases;
mod program;
mod reachability;
mod roles;
mod tables;
mod targets;
mod values;
mod views;

pub use blocks::{is_initialiser, parameter_registers, parameter_types};
pub use dispatch::{CallOf, Dispatch};
pub use entry_points::{Entry, EntryPoints};
pub use fresh::StoredKey;
pub use functions::COMPOSER;
pub use phases::{Answered, Beginning, Consent, Excursion, Fresh, Guard, Handler, Names, Phase, Phases, Step, Taps};
pub use program::{Body, BodyId, Class, ClassId, DexUnit, MethodName, Program, display_class};
pub use reachability::{EdgeKind, World, dotted, outer};
pub use roles::Roles;
pub use tables::{MAX_CALL_TARGETS, Tables};
pub use targets::{Bits, MethodTarget, MethodTargets, Site, SiteTargets};
pub use views::{BINDER, Views};
