//! A sandboxed child process for parsers of hostile files: Bubblewrap gives it no network, no view of other
//! processes and no files but the programs below `/usr`, read-only; its memory, processor time, wall-clock time and
//! output are bounded. It ends with this process.

use crate::texts::errors as texts;
use ferry_format::text::{Text, TextError};
use ferry_format::texts::errors::io as io_text;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How often the child is polled.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// How much of a child's error output is kept, in bytes.
const STDERR_BYTES_MAX: u64 = 4096;
/// Arguments of Bubblewrap. Every namespace is required except the control group (`-try`), which hides nothing.
const BWRAP_ARGS: [&str; 22] = [
    "--unshare-user",
    "--unshare-ipc",
    "--unshare-pid",
    "--unshare-net",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--die-with-parent",
    "--new-session",
    "--cap-drop",
    "ALL",
    "--ro-bind",
    "/usr",
    "/usr",
    "--symlink",
    "usr/lib",
    "/lib",
    "--symlink",
    "usr/lib64",
    "/lib64",
    "--remount-ro",
    "/",
    "--",
];

/// What a child may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Memory, bytes.
    pub memory: u64,
    /// Processor seconds.
    pub cpu_s: u64,
    /// Wall-clock time.
    pub wall: Duration,
    /// Bytes of output that are read.
    pub output: u64,
}

/// How a child ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChildResult {
    /// It succeeded with this output.
    Output(Vec<u8>),
    /// It wrote more than its limit.
    TooMuchOutput,
    /// It ran longer than its limit.
    TimedOut,
    /// It failed, with the first line of its error output.
    Failed(Text),
}

/// Starts sandboxed children.
pub struct Sandbox {
    bwrap: PathBuf,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self { bwrap: PathBuf::from("/usr/bin/bwrap") }
    }
}

impl Sandbox {
    /// A sandbox with Bubblewrap at another path.
    #[cfg(test)]
    pub(crate) fn at(bwrap: &str) -> Self {
        Self { bwrap: bwrap.into() }
    }

    /// Runs a program of `/usr` with a file as its input.
    ///
    /// # Errors
    /// The child cannot be waited for. One that does not start is [`ChildResult::Failed`].
    pub fn run(&self, program: &[&str], input: Stdio, bounds: &Limits) -> std::io::Result<ChildResult> {
        let limits = [
            format!("--as={}", bounds.memory),
            format!("--cpu={}", bounds.cpu_s),
            "--fsize=0".into(),
            "--core=0".into(),
            "--".into(),
        ];
        let spawned = Command::new(&self.bwrap)
            .args(BWRAP_ARGS)
            .arg("/usr/bin/prlimit")
            .args(limits)
            .args(program)
            .env_clear()
            .current_dir("/")
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        match spawned {
            Ok(child) => watch(child, bounds),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                Ok(ChildResult::Failed(texts::child_not_installed(self.bwrap.display())))
            }
            Err(e) => Ok(ChildResult::Failed(texts::about(self.bwrap.display(), io_text(&e)))),
        }
    }

    /// Why this program cannot run here, if it cannot: Bubblewrap, its namespaces, or the program itself.
    pub fn unavailable(&self, program: &[&str], bounds: &Limits) -> Option<Text> {
        match self.run(program, Stdio::null(), bounds) {
            Ok(ChildResult::Output(_)) => None,
            Ok(ChildResult::Failed(why)) => Some(why),
            Ok(ChildResult::TooMuchOutput | ChildResult::TimedOut) => {
                Some(texts::child_does_not_end(program.join(" ")))
            }
            Err(e) => Some(io_text(&e)),
        }
    }
}

fn watch(mut child: Child, bounds: &Limits) -> std::io::Result<ChildResult> {
    // When the limit is reached the pipe is closed, and the child fails to write.
    let out = reader(child.stdout.take(), bounds.output + 1);
    let complaint = reader(child.stderr.take(), STDERR_BYTES_MAX);
    let began = Instant::now();
    let status = loop {
        match child.try_wait()? {
            Some(status) => break Some(status),
            None if began.elapsed() > bounds.wall => {
                child.kill()?;
                child.wait()?;
                break None;
            }
            None => std::thread::sleep(POLL_INTERVAL),
        }
    };
    let bytes = out()?;
    let complaint = complaint()?;
    Ok(match status {
        None => ChildResult::TimedOut,
        Some(_) if bytes.len() as u64 > bounds.output => ChildResult::TooMuchOutput,
        Some(status) if status.success() => ChildResult::Output(bytes),
        Some(status) => {
            let said = String::from_utf8_lossy(&complaint);
            let line: String = said.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
            ChildResult::Failed(Text::verbatim(if line.is_empty() { status.to_string() } else { line }))
        }
    })
}

/// Reads a pipe on a thread of its own, so that neither pipe can block the other.
fn reader(pipe: Option<impl Read + Send + 'static>, limit: u64) -> impl FnOnce() -> std::io::Result<Vec<u8>> {
    let thread = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        match pipe {
            Some(pipe) => pipe.take(limit).read_to_end(&mut bytes).map(|_| bytes),
            None => Ok(bytes),
        }
    });
    move || thread.join().map_err(|_| TextError(texts::child_reader_stopped()))?
}

/// The same file again, as a child's input.
pub fn input(file: &File) -> std::io::Result<Stdio> {
    Ok(Stdio::from(file.try_clone()?))
}

#[cfg(test)]
mod tests {
    use super::*;

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
            std::thread::sleep(POLL_INTERVAL);
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
        let nowhere = Sandbox::at("/usr/bin/no-bwrap");
        assert!(nowhere.unavailable(&["/usr/bin/true"], &BOUNDS).unwrap().english().contains("bubblewrap"));
        let here = Sandbox::default();
        assert_eq!(here.unavailable(&["/usr/bin/true"], &BOUNDS), None);
        assert!(here.unavailable(&["/usr/bin/no-pdftotext"], &BOUNDS).unwrap().english().contains("no-pdftotext"));
    }
}
