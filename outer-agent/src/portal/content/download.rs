//! Sending a document: whole or one range of it (RFC 9110, section 14), read ahead by one piece.

use crate::portal::content::document::percent_encoded;
use crate::portal::problem::{Outcome, Problem};
use crate::portal::server::delivery::{Delivery, Sent};
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ferry_format::encoding::hex::to_hex;
use ferry_format::record::DocumentRef;
use hyper::body::{Frame, SizeHint};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::task::{JoinHandle, spawn_blocking};

/// Bytes that are read at once: two pieces are in memory for each download.
const PIECE_BYTES: u64 = 256 * 1024;
/// Media types that a browser may show or play; everything else is downloaded.
pub const SHOWN: [&str; 7] = [
    "application/pdf",
    "audio/mpeg",
    "image/jpeg",
    "image/png",
    "text/plain; charset=utf-8",
    "video/mp4",
    "video/x-m4v",
];
/// What everything else is sent as.
pub const OTHER: &str = "application/octet-stream";
/// A document runs nothing, reaches nothing, and has no origin.
const SANDBOX: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; \
     frame-ancestors 'none'; sandbox";
/// The same for PDFs: browsers do not open their viewer in a sandbox.
const NO_SANDBOX: &str = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; plugin-types \
     application/pdf; frame-ancestors 'none'";
/// How long a public document may be kept by others.
const PUBLIC: &str = "public, max-age=60";

/// Sends a document of a person; nobody on the way may keep it. `sent` is told how much of it was written.
///
/// # Errors
/// A name or media type that no header can carry.
pub fn send(file: File, document: &DocumentRef, asked: &HeaderMap, sent: Option<Sent>) -> Outcome<Response> {
    respond(file, document, asked, "no-store", sent)
}

/// Sends a public document, or says that the reader's copy is still good.
///
/// # Errors
/// As [`send`].
pub fn send_public(file: File, document: &DocumentRef, asked: &HeaderMap) -> Outcome<Response> {
    if asked.get(header::IF_NONE_MATCH).is_some_and(|tags| names(tags, &entity_tag(document))) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        set_cache(&mut response, document, PUBLIC)?;
        return Ok(response);
    }
    respond(file, document, asked, PUBLIC, None)
}

fn respond(
    file: File,
    document: &DocumentRef,
    asked: &HeaderMap,
    cache: &'static str,
    sent: Option<Sent>,
) -> Outcome<Response> {
    let all = document.bytes;
    let (range, is_part) = match asked_range(asked, document) {
        Asked::Whole => (0..all, false),
        Asked::Part(range) => (range, true),
        Asked::Nothing => {
            let mut response = Problem::Refused(StatusCode::RANGE_NOT_SATISFIABLE).into_response();
            response.headers_mut().insert(header::CONTENT_RANGE, value(&format!("bytes */{all}"))?);
            return Ok(response);
        }
    };
    let mut response = Response::new(Body::new(Content::new(file, range.clone())));
    if let Some(sent) = sent {
        response.extensions_mut().insert(Delivery::new(range.start, sent));
    }
    let shown = SHOWN.contains(&document.media_type.as_str());
    let (how, media_type) = if shown { ("inline", document.media_type.as_str()) } else { ("attachment", OTHER) };
    let policy = if media_type == "application/pdf" { NO_SANDBOX } else { SANDBOX };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, value(media_type)?);
    let disposition = format!("{how}; filename*=UTF-8''{}", percent_encoded(&document.name));
    headers.insert(header::CONTENT_DISPOSITION, value(&disposition)?);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    if is_part {
        headers.insert(header::CONTENT_RANGE, value(&format!("bytes {}-{}/{all}", range.start, range.end - 1))?);
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    set_cache(&mut response, document, cache)?;
    Ok(response)
}

fn set_cache(response: &mut Response, document: &DocumentRef, cache: &'static str) -> Outcome<()> {
    response.headers_mut().insert(header::ETAG, value(&entity_tag(document))?);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    Ok(())
}

fn value(text: &str) -> Outcome<HeaderValue> {
    HeaderValue::from_str(text).map_err(|_| Problem::Ours("a header could not be made".into()))
}

/// A document never changes under its digest: a strong tag.
fn entity_tag(document: &DocumentRef) -> String {
    format!("\"{}\"", to_hex(&document.sha256))
}

/// Whether a list of tags names this one; weak tags name it too where only its sameness is asked.
pub fn names(tags: &HeaderValue, tag: &str) -> bool {
    let tags = tags.to_str().unwrap_or_default();
    tags.split(',').map(str::trim).any(|t| t == "*" || t.strip_prefix("W/").unwrap_or(t) == tag)
}

/// What part of a document is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    Part(Range<u64>),
    /// Nothing that it has.
    Nothing,
}

fn asked_range(asked: &HeaderMap, document: &DocumentRef) -> Asked {
    // A condition that does not hold, and a date, which says less than the tag: the whole.
    if asked.get(header::IF_RANGE).is_some_and(|tag| tag.as_bytes() != entity_tag(document).as_bytes()) {
        return Asked::Whole;
    }
    let mut ranges = asked.get_all(header::RANGE).iter();
    match (ranges.next().and_then(|v| v.to_str().ok()), ranges.next()) {
        (Some(text), None) => range_of(text, document.bytes),
        _ => Asked::Whole,
    }
}

/// One range of `all` bytes. What is malformed, of another unit or more than one range is ignored, as the RFC allows.
fn range_of(text: &str, all: u64) -> Asked {
    let Some((unit, range)) = text.split_once('=') else { return Asked::Whole };
    let Some((first, last)) = range.trim().split_once('-') else { return Asked::Whole };
    if !unit.eq_ignore_ascii_case("bytes") || range.contains(',') {
        return Asked::Whole;
    }
    let number = |digits: &str| match digits {
        "" => Some(None),
        digits if digits.bytes().all(|b| b.is_ascii_digit()) => Some(Some(digits.parse().unwrap_or(u64::MAX))),
        _ => None,
    };
    let range = match (number(first), number(last)) {
        (Some(Some(first)), Some(None)) => first..all,
        (Some(Some(first)), Some(Some(last))) if first <= last => first..all.min(last.saturating_add(1)),
        (Some(None), Some(Some(length))) => all.saturating_sub(length)..all,
        _ => return Asked::Whole,
    };
    if range.is_empty() { Asked::Nothing } else { Asked::Part(range) }
}

/// A part of a file as a body.
struct Content {
    file: Arc<File>,
    /// Handed to the connection up to here.
    given: u64,
    /// Read, or being read, up to here.
    read: u64,
    end: u64,
    reading: Option<JoinHandle<io::Result<Bytes>>>,
}

impl Content {
    fn new(file: File, range: Range<u64>) -> Self {
        let Range { start, end } = range;
        Self { file: Arc::new(file), given: start, read: start, end, reading: None }
    }

    fn read_ahead(&mut self) {
        let (file, at) = (self.file.clone(), self.read);
        let bytes = PIECE_BYTES.min(self.end - at);
        self.read += bytes;
        self.reading = (bytes > 0).then(|| {
            spawn_blocking(move || {
                let mut piece = vec![0; bytes as usize];
                file.read_exact_at(&mut piece, at)?;
                Ok(piece.into())
            })
        });
    }
}

impl HttpBody for Content {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.reading.is_none() {
            self.read_ahead();
        }
        let Some(reading) = self.reading.as_mut() else { return Poll::Ready(None) };
        let piece = ready!(Pin::new(reading).poll(cx)).map_err(io::Error::other).flatten();
        self.reading = None;
        if let Ok(piece) = &piece {
            self.given += piece.len() as u64;
            self.read_ahead();
        }
        Poll::Ready(Some(piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.given == self.end
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.end - self.given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use std::io::Write;

    #[test]
    fn a_range_is_what_the_rfc_says() {
        for (text, expected) in [
            ("bytes=0-0", Asked::Part(0..1)),
            ("bytes=5-", Asked::Part(5..10)),
            ("bytes=-3", Asked::Part(7..10)),
            ("bytes=-30", Asked::Part(0..10)),
            ("Bytes=8-99999999999999999999999", Asked::Part(8..10)),
            ("bytes=10-", Asked::Nothing),
            ("bytes=-0", Asked::Nothing),
            ("bytes=99999999999999999999999-", Asked::Nothing),
            ("bytes=3-2", Asked::Whole),
            ("bytes=0-1,3-4", Asked::Whole),
            ("bytes=-", Asked::Whole),
            ("bytes=+1-2", Asked::Whole),
            ("bytes=a-b", Asked::Whole),
            ("lines=0-1", Asked::Whole),
            ("bytes", Asked::Whole),
        ] {
            assert_eq!(range_of(text, 10), expected, "{text}");
        }
        assert_eq!(range_of("bytes=0-", 0), Asked::Nothing);
    }

    #[tokio::test]
    async fn a_part_of_a_file_is_given_in_pieces_whole() {
        let bytes = 3 * PIECE_BYTES + 7;
        let content: Vec<u8> = (0..bytes).map(|n| n as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&content).unwrap();
        let part = to_bytes(Body::new(Content::new(file, 1..bytes)), usize::MAX).await.unwrap();
        assert!(part == content[1..]);
    }
}
