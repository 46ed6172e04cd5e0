//! The programs under test: where they are, and in which language they print.

use std::path::PathBuf;
use std::process::Command;

/// One of our programs, beside the running one or, for a test, in the folder above it.
pub fn binary(name: &str) -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let folder = here.parent().unwrap();
    let folder = if folder.ends_with("deps") { folder.parent().unwrap() } else { folder };
    let path = folder.join(name);
    assert!(path.exists(), "{} is not built: run `cargo build` first", path.display());
    path
}

/// A script of `ops`. Ready programs are told by `FERRY_OPS` where the scripts are; others know where they were built.
pub fn script(name: &str) -> PathBuf {
    let built = concat!(env!("CARGO_MANIFEST_DIR"), "/../ops");
    std::env::var_os("FERRY_OPS").map_or_else(|| PathBuf::from(built), PathBuf::from).join(name)
}

/// A command of one of our programs. It prints English, whatever the locale of the machine.
pub fn program(name: &str) -> Command {
    let mut command = Command::new(binary(name));
    in_english(&mut command);
    command
}

/// Makes our programs print English where another program starts them (`timeout`, `strace`, `prlimit`).
pub fn in_english(command: &mut Command) -> &mut Command {
    // Not LC_ALL, of which bash complains where no such locale is installed.
    command.env("LC_ALL", "").env("LC_MESSAGES", "en")
}

/// Sets the clock of a program so many seconds away from the real one.
pub(super) fn set_clock(command: &mut Command, ahead_s: i64) {
    command.env("LD_PRELOAD", fake_clock()).env("FAKETIME", format!("{ahead_s:+}"));
    // A clock that is set does not change how fast time passes, nor what a file system says.
    command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1").env("NO_FAKE_STAT", "1");
}

/// The library that sets a program's clock, of Debian's package `faketime`.
fn fake_clock() -> PathBuf {
    let of_machine = |e: std::fs::DirEntry| e.path().join("faketime/libfaketimeMT.so.1");
    let mut found = std::fs::read_dir("/usr/lib").unwrap().flatten().map(of_machine).filter(|p| p.exists());
    found.next().expect("libfaketime is missing: run `ops/need faketime`")
}
