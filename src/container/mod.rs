//! Finds the entries of an app package and reads them as Android would.
//!
//! Owns which bytes an entry name means: duplicates, false flags, unknown methods, the position of
//! the central directory. Enforces [`Limits`](crate::limits::Limits) while inflating. Never looks
//! inside an entry, except at its first bytes to tell what it is.

mod central_directory;
mod input;

pub use central_directory::{Archive, Entry, MAGIC_PEEK};
pub use input::{Bytes, Input, InputKind, Package};
