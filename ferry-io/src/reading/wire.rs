//! Messages between an agent and its reader, over a Unix socket: a request is one line of JSON with the open document beside it,
//! an answer is its length in four bytes (little-endian) and JSON.

use crate::reading::answer::Reading;
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Error, ErrorKind, IoSlice, IoSliceMut, Read, Result, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;

/// Longest answer: the texts of one document, escaped.
const READING_BYTES_MAX: usize = 96 << 20;
/// Longest request.
const REQUEST_BYTES_MAX: usize = 4096;

/// What is asked of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Its media type, as it crosses.
    pub media_type: String,
}

/// Sends a request with its document.
pub fn ask(socket: &UnixStream, request: &Request, document: &File) -> Result<()> {
    let line = serde_json::to_vec(request)?;
    let descriptors = [document.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    control.push(SendAncillaryMessage::ScmRights(&descriptors));
    let sent = sendmsg(socket, &[IoSlice::new(&line)], &mut control, SendFlags::NOSIGNAL)?;
    if sent == line.len() { Ok(()) } else { Err(ErrorKind::WriteZero.into()) }
}

/// The next request and its document; nothing once the other side has gone.
///
/// # Errors
/// The socket, and a message that is no request.
pub fn receive_request(socket: &UnixStream) -> Result<Option<(Request, File)>> {
    let mut line = [0; REQUEST_BYTES_MAX];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let received = loop {
        match recvmsg(socket, &mut [IoSliceMut::new(&mut line)], &mut control, RecvFlags::CMSG_CLOEXEC) {
            Err(Errno::INTR) => {}
            other => break other?,
        }
    };
    if received.bytes == 0 {
        return Ok(None);
    }
    let descriptors = control.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
        _ => None,
    });
    let document: Option<OwnedFd> = descriptors.flatten().next();
    let document = document.ok_or(ErrorKind::InvalidData)?;
    Ok(Some((parse(&line[..received.bytes])?, File::from(document))))
}

/// Sends an answer.
///
/// # Errors
/// The socket, and an answer that is too long.
pub fn reply<T: Serialize>(socket: &mut UnixStream, answer: &T) -> Result<()> {
    let bytes = serde_json::to_vec(answer)?;
    let length = u32::try_from(bytes.len()).ok().filter(|n| *n as usize <= READING_BYTES_MAX);
    let length = length.ok_or(ErrorKind::InvalidData)?;
    socket.write_all(&length.to_le_bytes())?;
    socket.write_all(&bytes)
}

/// Receives an answer.
///
/// # Errors
/// The socket, and an answer that is too long or of another form.
pub fn receive<T: DeserializeOwned>(socket: &mut UnixStream) -> Result<T> {
    let mut length = [0; 4];
    socket.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > READING_BYTES_MAX {
        return Err(ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; length];
    socket.read_exact(&mut bytes)?;
    parse(&bytes)
}

/// Receives a reading.
///
/// # Errors
/// As [`receive`].
pub fn receive_reading(socket: &mut UnixStream) -> Result<Reading> {
    receive(socket)
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|e| Error::new(ErrorKind::InvalidData, e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Seek;

    #[test]
    fn a_request_brings_its_document_and_an_answer_comes_back_whole() {
        let (agent, mut reader) = UnixStream::pair().unwrap();
        let mut document = tempfile::tempfile().unwrap();
        document.write_all(b"contents").unwrap();
        document.rewind().unwrap();
        let request = Request { media_type: "text/plain".into() };
        ask(&agent, &request, &document).unwrap();
        let (received, mut file) = receive_request(&reader).unwrap().unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!((received, text.as_str()), (request, "contents"));
        let reading = Reading { pages: 3, texts: vec!["文".repeat(100_000)], ..Reading::default() };
        let sent = reading.clone();
        let thread = std::thread::spawn(move || reply(&mut reader, &sent));
        let mut agent = agent;
        assert_eq!(receive_reading(&mut agent).unwrap(), reading);
        thread.join().unwrap().unwrap();
        assert!(receive_request(&agent).unwrap().is_none(), "the other side has gone");
    }
}
