//! Access flags of classes, fields and methods (Dalvik executable format, `access_flags`).

/// For the class's own code alone.
pub const PRIVATE: u32 = 0x2;
/// Of the class rather than its objects.
pub const STATIC: u32 = 0x8;
/// Set once.
pub const FINAL: u32 = 0x10;
/// An interface.
pub const INTERFACE: u32 = 0x200;
/// Left to subclasses.
pub const ABSTRACT: u32 = 0x400;
/// Makes objects, or initialises the class.
pub const CONSTRUCTOR: u32 = 0x1_0000;
