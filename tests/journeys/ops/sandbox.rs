//! The sandbox in which hostile documents are parsed, with the real Bubblewrap, and the reader of PDFs in it.

use ferry_format::reason::ReasonCode;
use ferry_format::record::catalogue::Catalogue;
use ferry_format::record::policy::Policy;
use ferry_io::fs::pdf_text::{Extracted, extract};
use ferry_io::fs::sandbox::{ChildResult, Limits, Sandbox};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const BOUNDS: Limits = Limits { memory: 256 << 20, cpu_s: 5, wall: Duration::from_secs(20), output: 1 << 20 };

fn inside(script: &str, bounds: &Limits) -> ChildResult {
    Sandbox::default().run(&["/usr/bin/bash", "-c", script], Stdio::null(), bounds).unwrap()
}

/// Whether a script does what it says, outside the sandbox and inside it.
fn succeeds(script: &str) -> (bool, bool) {
    let outside = Command::new("/usr/bin/bash").args(["-c", script]).output().unwrap();
    (outside.status.success(), matches!(inside(script, &BOUNDS), ChildResult::Output(_)))
}

#[test]
fn a_child_reads_and_writes_no_file_outside() {
    let dir = tempfile::tempdir().unwrap();
    let secret = dir.path().join("secret");
    std::fs::write(&secret, "110105\n").unwrap();
    let secret = secret.display();
    for script in [
        format!("read -r line < {secret}"),
        "read -r line < /etc/passwd".into(),
        "read -r line < /proc/self/status".into(),
        format!("echo x >> {secret}"),
        "[ -e /etc ]".into(),
        "[ -e /home ]".into(),
        "[ -e /tmp ]".into(),
    ] {
        assert_eq!(succeeds(&script), (true, false), "{script}");
    }
    for path in ["/x", "/usr/x", "/usr/bin/x"] {
        assert!(matches!(inside(&format!(": > {path}"), &BOUNDS), ChildResult::Failed(_)), "{path} was written");
    }
    assert_eq!(inside("echo here", &BOUNDS), ChildResult::Output(b"here\n".to_vec()), "the shell itself runs");
}

#[test]
fn a_child_reaches_no_network_and_no_other_process() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    assert_eq!(succeeds(&format!("exec 3<>/dev/tcp/127.0.0.1/{port}")), (true, false));
    assert_eq!(succeeds(&format!("kill -0 {}", std::process::id())), (true, false));
}

#[test]
fn a_child_gets_no_environment() {
    assert_eq!(inside("echo \"$HOME$CARGO_MANIFEST_DIR\"", &BOUNDS), ChildResult::Output(b"\n".to_vec()));
}

#[test]
fn a_child_that_hangs_is_ended_with_everything_it_started() {
    let bounds = Limits { wall: Duration::from_millis(300), ..BOUNDS };
    let began = Instant::now();
    let seconds = format!("{}.5", 100_000 + std::process::id());
    assert_eq!(
        inside(&format!("/usr/bin/sleep {seconds} & /usr/bin/sleep {seconds}; :"), &bounds),
        ChildResult::TimedOut
    );
    assert!(began.elapsed() < Duration::from_secs(5));
    let left = || {
        let mut commands = std::fs::read_dir("/proc").unwrap().flatten();
        commands.any(|p| std::fs::read(p.path().join("cmdline")).is_ok_and(|c| has(&c, seconds.as_bytes())))
    };
    let deadline = Instant::now() + Duration::from_secs(5);
    while left() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(!left(), "a process of the child goes on");
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|w| w == part)
}

#[test]
fn a_child_that_floods_its_output_is_ended() {
    let began = Instant::now();
    let bounds = Limits { output: 10_000, ..BOUNDS };
    assert_eq!(inside("while :; do echo 1101051949; done", &bounds), ChildResult::TooMuchOutput);
    assert!(matches!(inside("while :; do echo 1101051949 >&2 || exit 1; done", &bounds), ChildResult::Failed(_)));
    assert!(began.elapsed() < Duration::from_secs(15));
    assert_eq!(inside("printf '%010000d' 1", &bounds), ChildResult::Output([&[b'0'; 9999][..], b"1"].concat()));
}

#[test]
fn a_child_that_takes_memory_or_processor_time_is_ended() {
    let take = ["/usr/bin/dd", "bs=128M", "count=1", "if=/usr/bin/bash"];
    let run = |bounds| Sandbox::default().run(&take, Stdio::null(), &bounds).unwrap();
    let much = Limits { output: 64 << 20, ..BOUNDS };
    assert!(matches!(run(much), ChildResult::Output(_)), "it fits into 256 MiB");
    assert!(matches!(run(Limits { memory: 64 << 20, ..much }), ChildResult::Failed(_)));
    let began = Instant::now();
    let spin = inside("while :; do :; done", &Limits { cpu_s: 1, ..BOUNDS });
    assert!(matches!(spin, ChildResult::Failed(_)) && began.elapsed() < Duration::from_secs(15), "{spin:?}");
}

#[test]
fn a_missing_program_is_named() {
    let here = Sandbox::default();
    assert_eq!(here.unavailable(&["/usr/bin/true"], &BOUNDS), None);
    assert!(here.unavailable(&["/usr/bin/no-pdftotext"], &BOUNDS).unwrap().english().contains("no-pdftotext"));
}

fn text_of(bytes: &[u8], media_type: &str) -> Extracted {
    let catalogue = Catalogue::from_toml(include_str!("../../../config/catalogue.toml")).unwrap();
    let policy = Policy::from_toml(include_str!("../../../config/policy.toml"), &catalogue).unwrap();
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    extract(&mut file, media_type, &policy).unwrap()
}

#[test]
fn a_document_that_cannot_be_read_completely_has_no_text() {
    assert_eq!(text_of(b"%PDF-1.7\nno document", "application/pdf"), Extracted::None(ReasonCode::PdfUnreadable));
    assert!(matches!(text_of(&[0; 64], "video/mp4"), Extracted::None(_)));
    assert_eq!(text_of("机密★".as_bytes(), "text/plain; charset=utf-8"), Extracted::Text("机密★".into()));
    assert!(matches!(text_of(&vec![b' '; 65 << 20], "text/plain"), Extracted::None(_)), "the policy says 64 MiB");
}
