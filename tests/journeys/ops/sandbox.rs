//! The sandbox in which hostile documents are parsed, with the real Bubblewrap.

use ferry_io::fs::sandbox::{ChildResult, Limits, Sandbox};
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

/// As case H12: what a parser does not need is not there, however much the kernel offers.
#[test]
fn a_child_makes_no_namespace_and_no_socket_and_has_no_keyring_and_no_io_uring() {
    let python = |script: &str| {
        let program = ["/usr/bin/python3", "-I", "-S", "-c", script];
        matches!(Sandbox::default().run(&program, Stdio::null(), &BOUNDS).unwrap(), ChildResult::Output(_))
    };
    assert!(python("print(1)"), "Python runs inside");
    // unshare and clone with new user namespace; AF_PACKET, AF_UNIX; keyctl; io_uring_setup; ptrace; mount; clone3.
    for call in [
        "libc.unshare(0x10000000)",
        "libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0)",
        "libc.socket(17, 3, 0)",
        "libc.socket(1, 1, 0)",
        "libc.syscall(250, 0, 0, 0, 0)",
        "libc.syscall(425, 1, 0)",
        "libc.syscall(101, 0, 0, 0, 0)",
        "libc.mount(b'a', b'/', b'tmpfs', 0, None)",
        "libc.syscall(435, 0, 0)",
    ] {
        let script = format!(
            "import ctypes,os;libc=ctypes.CDLL(None,use_errno=True);r={call};e=ctypes.get_errno();os._exit(0 if r==-1 and e==38 else 1)"
        );
        assert!(python(&script), "{call} is answered");
    }
}
