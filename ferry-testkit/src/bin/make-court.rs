//! `make-court`: makes a court, or changes one the way a working day does.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros, reason = "tests set the stage themselves")]

fn main() -> std::process::ExitCode {
    ferry_io::output::exit::report(ferry_testkit::court::command())
}
