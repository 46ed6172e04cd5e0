//! The `ferry` command: for reviewers, operators, auditors and scripts. No configuration, no state.
#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")
)]

mod texts;
mod output;
mod options;
mod batch;
mod catalogue;
mod decision;
mod review;
mod cmd;

fn main() -> std::process::ExitCode {
    ferry_io::output::exit::report(cmd::run())
}
