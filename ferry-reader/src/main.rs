//! `ferry-reader`: started by an agent with a socket as its input, it answers what each document says. Started again by itself
//! inside the sandbox, with `inside`, it is the one that parses.

use std::os::fd::AsFd;
use std::process::ExitCode;

fn main() -> ExitCode {
    let is_inside = std::env::args().nth(1).is_some_and(|word| word == "inside");
    let stdin = std::io::stdin();
    let done = if is_inside { ferry_reader::inside::serve(stdin.as_fd()) } else { ferry_reader::serve(stdin.as_fd()) };
    if done.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
