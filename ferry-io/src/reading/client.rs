//! The agent's end: starts `ferry-reader`, asks it, and starts it again where it ended. Whatever goes wrong there is a document
//! that was not read.

use crate::reading::answer::Reading;
use crate::reading::canary;
use crate::reading::wire::{Request, ask, receive_reading};
use crate::texts::errors as texts;
use ferry_format::reason::ReasonCode;
use ferry_format::text::Text;
use ferry_format::texts::errors::io as io_text;
use std::fs::File;
use std::io::{ErrorKind, Result};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The reader's program, beside the agent's.
const PROGRAM: &str = "ferry-reader";
/// Longest wait for one document: somewhat more than the reader gives itself.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// A reader that is started when it is first needed.
pub struct Reader {
    program: PathBuf,
    running: Option<Running>,
}

/// A process that reads.
struct Running {
    socket: Option<UnixStream>,
    child: Child,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It ends when its socket closes; one that hangs is killed.
        drop(self.socket.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Default for Reader {
    fn default() -> Self {
        Self { program: beside_this_program(), running: None }
    }
}

impl Reader {
    /// A reader whose program is another file.
    #[cfg(test)]
    pub(crate) fn at(program: &str) -> Self {
        Self { program: program.into(), running: None }
    }

    /// Reads a document, whose file may stand anywhere. What cannot be asked is a document that was not read.
    pub fn read(&mut self, document: &File, media_type: &str) -> Reading {
        match self.ask(document, media_type) {
            Ok(reading) => reading,
            Err(e) => {
                // The next document gets another process.
                self.running = None;
                Reading::none(match e.kind() {
                    ErrorKind::NotFound | ErrorKind::PermissionDenied => ReasonCode::PdfReaderUnavailable,
                    ErrorKind::WouldBlock | ErrorKind::TimedOut => ReasonCode::PdfTooSlow,
                    _ => ReasonCode::ReaderFailed,
                })
            }
        }
    }

    /// Reads a document that is known, through every wall between it and the agent.
    ///
    /// # Errors
    /// Why nothing can be read here, which says what is missing.
    pub fn prove(&mut self) -> std::result::Result<(), Text> {
        let document = canary::document().map_err(|e| io_text(&e))?;
        let answered = self.ask(&document, "application/pdf");
        if answered.is_err() {
            self.running = None;
        }
        canary::verdict(&answered.map_err(|e| texts::reader_not_started(self.program.display(), io_text(&e)))?)
    }

    fn ask(&mut self, document: &File, media_type: &str) -> Result<Reading> {
        if self.running.is_none() {
            self.running = Some(start(&self.program)?);
        }
        let socket = self.running.as_mut().and_then(|running| running.socket.as_mut());
        let socket = socket.ok_or(ErrorKind::NotConnected)?;
        ask(socket, &Request { media_type: media_type.to_owned() }, document)?;
        receive_reading(socket)
    }
}

fn start(program: &PathBuf) -> Result<Running> {
    let (ours, theirs) = UnixStream::pair()?;
    ours.set_read_timeout(Some(ANSWER_MAX))?;
    ours.set_write_timeout(Some(ANSWER_MAX))?;
    let mut command = Command::new(program);
    command.env_clear().stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::null());
    Ok(Running { socket: Some(ours), child: command.spawn()? })
}

/// The tests of a crate lie in a folder below the programs.
fn beside_this_program() -> PathBuf {
    let folder = std::env::current_exe().ok().and_then(|program| Some(program.parent()?.to_owned()));
    let Some(folder) = folder else { return PathBuf::from(PROGRAM) };
    let beside = folder.join(PROGRAM);
    match folder.parent().map(|above| above.join(PROGRAM)) {
        Some(above) if !beside.exists() && above.exists() => above,
        _ => beside,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn without_its_program_nothing_is_read_and_the_proof_names_it() {
        let mut reader = Reader::at("/usr/bin/no-ferry-reader");
        let document = tempfile::tempfile().unwrap();
        assert!(reader.read(&document, "application/pdf").is_without_reader());
        assert!(reader.prove().unwrap_err().english().contains("/usr/bin/no-ferry-reader"));
    }

    #[test]
    fn a_reader_that_ends_or_answers_something_else_has_read_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let document = tempfile::tempfile().unwrap();
        for (name, script) in
            [("ends", "exit 1"), ("other", "printf '\\4\\0\\0\\0junk' >&0"), ("short", "printf '\\4\\0' >&0")]
        {
            let program = dir.path().join(name);
            std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
            std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
            let mut reader = Reader::at(program.to_str().unwrap());
            for _ in 0..2 {
                assert_eq!(reader.read(&document, "text/plain").not_read(), Some(ReasonCode::ReaderFailed), "{name}");
            }
        }
    }
}
