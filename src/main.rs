//! Command line of mingcha.
fn main() {}
