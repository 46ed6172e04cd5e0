//! `inner-agent`: the intranet side of the bridge. Modules stand in the order of the data's path.
#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")
)]

mod cli;
mod config;
mod agent;
mod alarm;
mod session;
mod texts;
mod source;
mod store;
mod export;
mod reconcile;
mod recovery;
mod review;
mod import;
mod notify;
mod propose;
mod run;
mod status;
mod report;

/// Records are made on one thread and dropped on another, which the system's allocator serialises.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    ferry_channel::runtime::log::begin();
    ferry_io::output::exit::report(cli::run())
}
