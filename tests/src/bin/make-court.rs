//! `make-court`: makes a court, or changes one the way a working day does.

fn main() -> std::process::ExitCode {
    ferry_channel::failure::report(ferry_tests::court::command())
}
