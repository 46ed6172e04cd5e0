//! `outer-agent`: the internet side of the bridge. A module imports only from those above it.
#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")
)]

mod texts;
mod store;
mod config;
mod context;
mod recovery;
mod ingest;
mod reply;
mod portal;
mod status;
mod daemon;
mod cli;

/// Records are allocated on one thread and freed on another, which the system's allocator serialises.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    ferry_channel::runtime::log::begin();
    ferry_io::output::exit::report(cli::run())
}
