//! Where an answer goes: a disk that is full, or a reader that has gone.

use ferry_testkit::stage::{Court, program};
use std::fs::File;
use std::process::{Output, Stdio};

fn run(court: &Court, command: &str, stdout: impl Into<Stdio>) -> Output {
    let mut agent = program("inner-agent");
    agent.arg("--config").arg(court.path("inner.toml")).arg(command);
    let out = agent.stdout(stdout).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    court.secrets().check_output(out)
}

#[test]
fn output_that_a_full_disk_cannot_store_is_reported_after_the_work_is_done() {
    let court = Court::new(3);
    let out = run(&court, "export", File::options().write(true).open("/dev/full").unwrap());
    let output = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(74), "{output}");
    assert!(
        output.contains("standard output") && output.contains("FERRY-E0601") && output.contains("hint: "),
        "{output}"
    );
    assert_eq!(court.files("channel/up/sent").len(), 1);
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let court = Court::new(3);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let out = run(&court, "export", writer.try_clone().unwrap());
    assert!(out.status.success() && out.stderr.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(court.files("channel/up/sent").len(), 1);
    let mut maker = program("make-court");
    maker.args(["--cases", "3", "--seed", "1"]).arg(court.path("another"));
    let out = maker.stdout(writer).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    assert!(out.status.success() && out.stderr.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
}
