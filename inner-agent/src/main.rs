//! `inner-agent`: the intranet side of the bridge. Modules stand from the bottom up: each uses only those above it in this list.
#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")
)]

mod texts;
mod config;
mod limits;
mod court_day;
mod identity_number;
mod platform_time;
mod output;
mod store;
mod context;
mod source;
mod screening;
mod reconcile;
mod import;
mod notify;
mod recovery;
mod export;
mod report;
mod review;
mod jobs;
mod status;
mod daemon;
mod cli;

/// Records are made on one thread and dropped on another, which the system's allocator serialises.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    ferry_channel::runtime::log::begin();
    ferry_io::output::exit::report(cli::run())
}
