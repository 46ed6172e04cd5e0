//! `inner-agent`: the intranet side of the bridge. Modules stand in the order of the data's path.

mod cli;
mod config;
mod agent;
mod session;
mod source;
mod export;
mod reconcile;
mod import;
mod run;
mod status;

fn main() -> std::process::ExitCode {
    ferry_channel::failure::report(cli::run())
}
