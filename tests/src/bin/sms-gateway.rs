//! A small SMS gateway that stands in for a court's own.

fn main() -> std::process::ExitCode {
    ferry_channel::failure::report(ferry_tests::sms_gateway::command())
}
