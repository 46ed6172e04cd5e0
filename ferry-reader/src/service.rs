//! The end that an agent talks to: gives each document to the readers in their sandboxes, both at once, and puts together what
//! they say.

use crate::failure::Failure;
use crate::inside::Facts;
use crate::{poppler, verdict};
use ferry_format::reason::ReasonCode;
use ferry_io::fs::sandbox::Sandbox;
use ferry_io::reading::answer::Reading;
use ferry_io::reading::wire::{Request, ask, receive, receive_request, reply};
use std::fs::File;
use std::io::{ErrorKind, Result, Seek};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};
use std::time::Duration;

/// Longest time for one document in Rust.
const WALL: Duration = Duration::from_secs(20);
/// Memory of the parsers in Rust, bytes.
const MEMORY: u64 = 2 << 30;

/// Answers requests on this socket until the agent closes it.
///
/// # Errors
/// The socket.
pub fn serve(socket: BorrowedFd<'_>) -> Result<()> {
    let mut socket = UnixStream::from(socket.try_clone_to_owned()?);
    let mut parser = Parser::default();
    while let Some((request, document)) = receive_request(&socket)? {
        reply(&mut socket, &read(&mut parser, &request, &document))?;
    }
    Ok(())
}

fn read(parser: &mut Parser, request: &Request, mut document: &File) -> Reading {
    // Poppler reads on from where the file stands.
    if document.rewind().is_err() {
        return Reading::none(ReasonCode::ReaderFailed);
    }
    let is_pdf = request.media_type == "application/pdf";
    std::thread::scope(|scope| {
        let second = is_pdf.then(|| scope.spawn(|| poppler::read(document)));
        let facts = parser.parse(request, document);
        let second = second.map(|thread| thread.join().unwrap_or(Err(Failure::Document(ReasonCode::ReaderFailed))));
        match (facts, second) {
            (Ok(Facts::Pdf(facts)), Some(second)) => verdict::of_pdf(*facts, second),
            (Ok(Facts::Other(reading)), _) => reading,
            (Ok(Facts::Pdf(_)), None) => Reading::none(ReasonCode::ReaderFailed),
            (Err(Failure::Document(reason)), _) => Reading::none(reason),
            (Err(Failure::Unavailable(what)), _) => Reading::unavailable(&what),
        }
    })
}

/// The parsers in Rust, in one long-running process.
#[derive(Default)]
struct Parser {
    running: Option<(UnixStream, Child)>,
}

impl Parser {
    fn parse(&mut self, request: &Request, document: &File) -> std::result::Result<Facts, Failure> {
        let answer = self.try_parse(request, document);
        answer.map_err(|e| {
            self.end();
            match e.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut => Failure::Document(ReasonCode::PdfTooSlow),
                _ => match Sandbox::default().unavailable(&["/usr/bin/true"], &poppler::LIMITS) {
                    Some(what) => Failure::Unavailable(what),
                    None => Failure::Document(ReasonCode::ReaderFailed),
                },
            }
        })
    }

    fn try_parse(&mut self, request: &Request, document: &File) -> Result<Facts> {
        if self.running.is_none() {
            self.running = Some(start()?);
        }
        let Some((socket, _)) = &mut self.running else { return Err(ErrorKind::NotConnected.into()) };
        ask(socket, request, document)?;
        receive(socket)
    }

    fn end(&mut self) {
        if let Some((socket, mut child)) = self.running.take() {
            drop(socket);
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Parser {
    fn drop(&mut self) {
        self.end();
    }
}

fn start() -> Result<(UnixStream, Child)> {
    let (ours, theirs) = UnixStream::pair()?;
    ours.set_read_timeout(Some(WALL))?;
    ours.set_write_timeout(Some(WALL))?;
    let program = std::env::current_exe()?;
    let input = Stdio::from(OwnedFd::from(theirs));
    let child = Sandbox::default().with_program(&program).start(&["/ferry-reader", "inside"], input, MEMORY)?;
    Ok((ours, child))
}
