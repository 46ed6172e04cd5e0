//! `inner-agent`: the intranet side of the bridge. Modules stand in the order of the data's path.

mod cli;
mod config;
mod agent;
mod source;
mod export;
mod import;
mod run;
mod status;
mod report;

fn main() -> std::process::ExitCode {
    ferry_channel::failure::report(cli::run())
}
