//! Command line of mingcha.

use std::process::ExitCode;

/// A scan makes many small values on all cores; the allocators of musl and glibc are slow at that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    mingcha::cli::run()
}
