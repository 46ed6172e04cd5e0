//! A small SMS gateway that stands in for a court's own.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")]

fn main() -> std::process::ExitCode {
    ferry_io::output::exit::report(ferry_testkit::sms_gateway::command())
}
