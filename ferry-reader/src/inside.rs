//! The end inside the sandbox: parses documents one after the other, in Rust only. It keeps running between documents; where one of
//! them ends it, [`crate::serve`] starts another.

use crate::pdf::{self, PdfFacts};
use crate::{package, plain_text};
use ferry_format::reason::ReasonCode;
use ferry_io::reading::answer::Reading;
use ferry_io::reading::wire::{receive_request, reply};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Result;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;

/// Longest document that is read into memory, bytes.
pub const DOCUMENT_BYTES_MAX: u64 = 256 << 20;
/// Longest text of a text file, bytes: the decoded text is at most three times as long.
const PLAIN_TEXT_BYTES_MAX: usize = 16 << 20;
/// Forms within forms are read on the stack.
const STACK_BYTES: usize = 64 << 20;

/// What the parsers found in a document.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Facts {
    /// Of a PDF.
    Pdf(Box<PdfFacts>),
    /// Of any other, which has one reader.
    Other(Reading),
}

/// Answers requests on this socket until the other end closes.
///
/// # Errors
/// The socket.
pub fn serve(socket: BorrowedFd<'_>) -> Result<()> {
    let mut socket = UnixStream::from(socket.try_clone_to_owned()?);
    while let Some((request, document)) = receive_request(&socket)? {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        let reader = thread.spawn(move || parse(&document, &request.media_type))?;
        // A parser that panics has read nothing; its process is not trusted with the next document.
        let Ok(facts) = reader.join() else { return Err(std::io::ErrorKind::Other.into()) };
        reply(&mut socket, &facts)?;
    }
    Ok(())
}

fn parse(document: &File, media_type: &str) -> Facts {
    let none = |reason| Facts::Other(Reading::none(reason));
    let Ok(bytes) = bytes_of(document) else { return none(ReasonCode::ReaderFailed) };
    let Some(bytes) = bytes else { return none(ReasonCode::LongerThanScanner) };
    match media_type.split(';').next().unwrap_or_default() {
        "application/pdf" => pdf::read(&bytes).map_or_else(none, |facts| Facts::Pdf(Box::new(facts))),
        "text/plain" if bytes.len() > PLAIN_TEXT_BYTES_MAX => none(ReasonCode::LongerThanScanner),
        "text/plain" => match plain_text::decode(&bytes) {
            Some((_, charset)) if !is_declared(media_type, charset) => none(ReasonCode::CharsetUnknown),
            Some((text, charset)) => {
                let charset = Some(charset.to_owned());
                Facts::Other(Reading { texts: vec![text], charset, ..Reading::default() })
            }
            None => none(ReasonCode::CharsetUnknown),
        },
        other => match package::Kind::of(other) {
            Some(kind) => Facts::Other(package::read(&bytes, kind)),
            None => none(ReasonCode::TypeWithoutText),
        },
    }
}

/// Whether a text is served in the encoding that it has: what a browser reads otherwise, nobody has read.
fn is_declared(media_type: &str, charset: &str) -> bool {
    let declared = media_type.split_once("charset=").map(|(_, declared)| declared.to_ascii_lowercase());
    declared.is_none_or(|declared| charset.to_ascii_lowercase().starts_with(&declared))
}

/// The whole document, wherever its file stands: another reader of the same file reads on from there. Nothing where it is too
/// long.
fn bytes_of(document: &File) -> Result<Option<Vec<u8>>> {
    let length = document.metadata()?.len();
    if length > DOCUMENT_BYTES_MAX {
        return Ok(None);
    }
    let mut bytes = vec![0; length as usize];
    document.read_exact_at(&mut bytes, 0)?;
    Ok(Some(bytes))
}
