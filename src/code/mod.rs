//! What the bytecode of all DEX files together can do.
//!
//! [`Program`] decodes every method once, in parallel, into compact references; [`constants`] says
//! which constants reach a call. Nothing here knows which API is private.

#![forbid(unsafe_code)]

pub mod constants;
mod hierarchy;
mod program;
mod targets;

pub use program::{Body, BodyId, Class, ClassId, DexUnit, MethodName, Program, display_class};
pub use targets::{Bits, MethodTarget, MethodTargets, Site, SiteTargets};
