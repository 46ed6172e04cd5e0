//! The system calls that a reader of documents needs, as a seccomp filter for Bubblewrap. Every other is answered as if the kernel
//! did not have it: new namespaces, mounts, sockets, keyrings, io_uring, tracing, and whatever is invented later.

use ferry_format::text::TextError;
use seccompiler::TargetArch;
use serde_json::{Value, json};
use std::io::{Error, Result};

/// Calls of every architecture.
const NEEDED: [&str; 104] = [
    "arch_prctl",
    "brk",
    "clock_getres",
    "clock_gettime",
    "clock_nanosleep",
    "close",
    "close_range",
    "dup",
    "dup3",
    "execve",
    "exit",
    "exit_group",
    "faccessat",
    "faccessat2",
    "fadvise64",
    "fallocate",
    "fcntl",
    "fstat",
    "fstatfs",
    "ftruncate",
    "futex",
    "get_robust_list",
    "getcwd",
    "getdents64",
    "getegid",
    "geteuid",
    "getgid",
    "getgroups",
    "getpgid",
    "getpid",
    "getppid",
    "getpriority",
    "getrandom",
    "getresgid",
    "getresuid",
    "getrlimit",
    "getrusage",
    "getsid",
    "getsockopt",
    "gettid",
    "gettimeofday",
    "getuid",
    "ioctl",
    "kill",
    "lseek",
    "madvise",
    "membarrier",
    "mincore",
    "mmap",
    "mprotect",
    "mremap",
    "msync",
    "munmap",
    "nanosleep",
    "newfstatat",
    "openat",
    "pipe2",
    "ppoll",
    "prctl",
    "pread64",
    "prlimit64",
    "pselect6",
    "pwrite64",
    "read",
    "readlinkat",
    "readv",
    "recvfrom",
    "recvmsg",
    "restart_syscall",
    "rseq",
    "rt_sigaction",
    "rt_sigpending",
    "rt_sigprocmask",
    "rt_sigreturn",
    "rt_sigsuspend",
    "rt_sigtimedwait",
    "sched_get_priority_max",
    "sched_getaffinity",
    "sched_getparam",
    "sched_getscheduler",
    "sched_yield",
    "sendmsg",
    "sendto",
    "set_robust_list",
    "set_tid_address",
    "setitimer",
    "setpgid",
    "setrlimit",
    "shutdown",
    "sigaltstack",
    "splice",
    "statfs",
    "statx",
    "sysinfo",
    "tgkill",
    "times",
    "tkill",
    "umask",
    "uname",
    "unlinkat",
    "wait4",
    "waitid",
    "write",
    "writev",
];
/// Older forms of them, which only x86-64 has.
const NEEDED_X86_64: [&str; 16] = [
    "access", "alarm", "dup2", "fork", "getpgrp", "lstat", "open", "pipe", "poll", "readlink", "select", "stat",
    "time", "unlink", "vfork", "getdents",
];
/// Flags of `clone` that make namespaces: CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
const NEW_NAMESPACES: u64 = 0x7e02_0080;
/// How a call that is not there is answered.
const ENOSYS: u32 = 38;

/// The filter as the kernel reads it.
///
/// # Errors
/// An architecture for which there is none.
pub fn filter() -> Result<Vec<u8>> {
    let architecture = std::env::consts::ARCH;
    let failed = |e: &dyn std::fmt::Display| Error::other(TextError(ferry_format::text::Text::verbatim(e.to_string())));
    let target = TargetArch::try_from(architecture).map_err(|e| failed(&e))?;
    let is_x86_64 = architecture == "x86_64";
    let older = if is_x86_64 { &NEEDED_X86_64[..] } else { &[] };
    let needed = NEEDED.iter().filter(|name| is_x86_64 || **name != "arch_prctl").chain(older);
    let mut rules: Vec<Value> = needed.map(|name| json!({"syscall": name})).collect();
    // `clone3` has its flags in memory, where no filter sees them: programs use `clone` where it is not there.
    let no_namespace = json!([{"index": 0, "type": "qword", "op": {"masked_eq": NEW_NAMESPACES}, "val": 0}]);
    rules.push(json!({"syscall": "clone", "args": no_namespace}));
    let filter = json!({"reader": {"mismatch_action": {"errno": ENOSYS}, "match_action": "allow", "filter": rules}});
    let compiled = seccompiler::compile_from_json(filter.to_string().as_bytes(), target).map_err(|e| failed(&e))?;
    let program = compiled.get("reader").ok_or_else(|| failed(&"no filter"))?;
    let mut bytes = Vec::with_capacity(program.len() * 8);
    for instruction in program {
        bytes.extend_from_slice(&instruction.code.to_ne_bytes());
        bytes.extend_from_slice(&[instruction.jt, instruction.jf]);
        bytes.extend_from_slice(&instruction.k.to_ne_bytes());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_filter_for_this_machine_and_the_kernel_takes_no_longer_one() {
        let instructions = filter().unwrap().len() / 8;
        assert!((100..4096).contains(&instructions), "{instructions}");
    }
}
