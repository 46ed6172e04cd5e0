//! A sandboxed child process for parsers of hostile files: Bubblewrap gives it no network, no view of other
//! processes and no files but the programs below `/usr`, read-only, and no system calls but those that a reader needs; its memory,
//! processor time, wall-clock time and output are bounded. It ends with this process.

use crate::fs::syscalls;
use crate::texts::errors as texts;
use ferry_format::text::{Text, TextError};
use ferry_format::texts::errors::io as io_text;
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::process::{Resource, getrlimit};
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How often the child is polled.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// How much of a child's error output is kept, in bytes.
const STDERR_BYTES_MAX: u64 = 4096;
/// Arguments of Bubblewrap. Every namespace is required except the control group (`-try`), which hides nothing.
const BWRAP_ARGS: [&str; 19] = [
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
];
/// Path of our own program inside the sandbox.
const OWN_PROGRAM: &str = "/ferry-reader";

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

/// The filter of system calls, compiled once.
static FILTER: OnceLock<Vec<u8>> = OnceLock::new();

/// Starts sandboxed children.
pub struct Sandbox {
    bwrap: PathBuf,
    /// A program from outside `/usr`.
    program: Option<PathBuf>,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self { bwrap: PathBuf::from("/usr/bin/bwrap"), program: None }
    }
}

impl Sandbox {
    /// A sandbox with Bubblewrap at another path.
    #[cfg(test)]
    pub(crate) fn at(bwrap: &str) -> Self {
        Self { bwrap: bwrap.into(), program: None }
    }

    /// Runs a program of `/usr` with a file as its input.
    ///
    /// # Errors
    /// The child cannot be waited for. One that does not start is [`ChildResult::Failed`].
    pub fn run(&self, program: &[&str], input: Stdio, bounds: &Limits) -> std::io::Result<ChildResult> {
        let limits = [
            format!("--as={}", within_own(Resource::As, bounds.memory)),
            format!("--cpu={}", within_own(Resource::Cpu, bounds.cpu_s)),
            "--fsize=0".into(),
            "--core=0".into(),
        ];
        let spawned = self.command(&limits, program).and_then(|(mut command, _filter)| {
            command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
        });
        match spawned {
            Ok(child) => watch(child, bounds),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                Ok(ChildResult::Failed(texts::child_not_installed(self.bwrap.display())))
            }
            Err(e) => Ok(ChildResult::Failed(texts::about(self.bwrap.display(), io_text(&e)))),
        }
    }

    /// The same with a program from outside `/usr`, mounted at `/ferry-reader` inside.
    #[must_use]
    pub fn with_program(mut self, program: &Path) -> Self {
        self.program = Some(program.to_owned());
        self
    }

    /// Starts a long-running program with a socket as its input. Its processor time has no limit: the caller sets a timeout for
    /// each answer.
    ///
    /// # Errors
    /// Bubblewrap cannot be started.
    pub fn start(&self, program: &[&str], input: Stdio, memory: u64) -> std::io::Result<Child> {
        let limits = [format!("--as={}", within_own(Resource::As, memory)), "--fsize=0".into(), "--core=0".into()];
        let (mut command, _filter) = self.command(&limits, program)?;
        command.stdin(input).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
    }

    /// Bubblewrap with its walls, then the limits, then the program; and the filter, which must be open until it is started.
    fn command(&self, limits: &[String], program: &[&str]) -> std::io::Result<(Command, OwnedFd)> {
        let mut command = Command::new(&self.bwrap);
        command.args(BWRAP_ARGS);
        if let Some(own) = &self.program {
            command.arg("--ro-bind").arg(own).arg(OWN_PROGRAM);
        }
        let filter = match FILTER.get() {
            Some(filter) => filter,
            None => {
                let compiled = syscalls::filter()?;
                FILTER.get_or_init(|| compiled)
            }
        };
        let filter = inheritable(filter)?;
        command.args(["--remount-ro", "/", "--seccomp", &filter.as_raw_fd().to_string(), "--", "/usr/bin/prlimit"]);
        command.args(limits).arg("--").args(program).env_clear().current_dir("/");
        Ok((command, filter))
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

/// A limit no higher than that of this process, which a child cannot raise.
fn within_own(resource: Resource, wanted: u64) -> u64 {
    getrlimit(resource).maximum.map_or(wanted, |own| own.min(wanted))
}

/// Bytes that a child reads from a descriptor of the same number.
fn inheritable(bytes: &[u8]) -> std::io::Result<OwnedFd> {
    let mut file = File::from(memfd_create("filter", MemfdFlags::ALLOW_SEALING)?);
    file.write_all(bytes)?;
    file.rewind()?;
    // A child that is started at the same time has it too.
    fcntl_add_seals(&file, SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
    Ok(file.into())
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

    #[test]
    fn a_machine_without_bubblewrap_has_no_sandbox() {
        let bounds = Limits { memory: 256 << 20, cpu_s: 5, wall: Duration::from_secs(20), output: 1 << 20 };
        let nowhere = Sandbox::at("/usr/bin/no-bwrap");
        assert!(nowhere.unavailable(&["/usr/bin/true"], &bounds).unwrap().english().contains("bubblewrap"));
    }
}
