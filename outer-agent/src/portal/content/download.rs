//! Sends a document: whole or one range of it (RFC 9110, section 14), read ahead by one chunk.

use crate::portal::content::delivery::{Delivery, OnSent};
use crate::portal::http::{etag_matches, percent_encoded};
use crate::portal::problem::{Outcome, Problem};
use crate::texts::portal as texts;
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

/// Bytes read at once: each download has two chunks in memory.
const CHUNK_BYTES: u64 = 256 * 1024;
/// Media types that a browser may show or play; everything else is downloaded.
pub const SHOWN_TYPES: [&str; 9] = [
    "application/pdf",
    "audio/mpeg",
    "image/jpeg",
    "image/png",
    "text/plain; charset=gb18030",
    "text/plain; charset=utf-16",
    "text/plain; charset=utf-8",
    "video/mp4",
    "video/x-m4v",
];
/// Media type of everything else.
pub const OTHER_TYPE: &str = "application/octet-stream";
/// A document runs no code, loads nothing, and has no origin.
const SANDBOX: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; \
     frame-ancestors 'none'; sandbox";
/// The same for PDFs: browsers do not open their viewer in a sandbox.
const NO_SANDBOX: &str = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; plugin-types \
     application/pdf; frame-ancestors 'none'";
/// How long caches may keep a public document.
const PUBLIC: &str = "public, max-age=60";

/// Sends a document of a person; no cache may keep it. `on_sent` is called with the bytes that were written.
///
/// # Errors
/// A name or media type that no header can carry.
pub fn send(file: File, document: &DocumentRef, request: &HeaderMap, on_sent: Option<OnSent>) -> Outcome<Response> {
    respond(file, document, request, "no-store", on_sent)
}

/// Sends a public document, or tells the reader that their copy is current.
///
/// # Errors
/// As [`send`].
pub fn send_public(file: File, document: &DocumentRef, request: &HeaderMap) -> Outcome<Response> {
    if request.get(header::IF_NONE_MATCH).is_some_and(|tags| etag_matches(tags, &entity_tag(document))) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        set_cache(&mut response, document, PUBLIC)?;
        return Ok(response);
    }
    respond(file, document, request, PUBLIC, None)
}

fn respond(
    file: File,
    document: &DocumentRef,
    request: &HeaderMap,
    cache: &'static str,
    on_sent: Option<OnSent>,
) -> Outcome<Response> {
    let all = document.bytes;
    let (range, is_part) = match requested_range(request, document) {
        RangeRequest::Whole => (0..all, false),
        RangeRequest::Part(range) => (range, true),
        RangeRequest::Unsatisfiable => {
            let mut response = Problem::Refused(StatusCode::RANGE_NOT_SATISFIABLE).into_response();
            response.headers_mut().insert(header::CONTENT_RANGE, value(&format!("bytes */{all}"))?);
            return Ok(response);
        }
    };
    let mut response = Response::new(Body::new(FileBody::new(file, range.clone())));
    if let Some(on_sent) = on_sent {
        response.extensions_mut().insert(Delivery::new(range.start, on_sent));
    }
    let shown = SHOWN_TYPES.contains(&document.media_type.as_str());
    let (how, media_type) = if shown { ("inline", document.media_type.as_str()) } else { ("attachment", OTHER_TYPE) };
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
    HeaderValue::from_str(text).map_err(|_| Problem::internal(&texts::invalid_header()))
}

/// A strong tag: a document never changes under its digest.
fn entity_tag(document: &DocumentRef) -> String {
    format!("\"{}\"", to_hex(&document.sha256))
}

/// The requested part of a document.
#[derive(Debug, PartialEq, Eq)]
enum RangeRequest {
    Whole,
    Part(Range<u64>),
    /// Beyond its end.
    Unsatisfiable,
}

fn requested_range(request: &HeaderMap, document: &DocumentRef) -> RangeRequest {
    // A condition that fails, or a date, which is weaker than the tag: the whole document.
    if request.get(header::IF_RANGE).is_some_and(|tag| tag.as_bytes() != entity_tag(document).as_bytes()) {
        return RangeRequest::Whole;
    }
    let mut ranges = request.get_all(header::RANGE).iter();
    match (ranges.next().and_then(|v| v.to_str().ok()), ranges.next()) {
        (Some(text), None) => range_of(text, document.bytes),
        _ => RangeRequest::Whole,
    }
}

/// One range of `all` bytes. A malformed range, another unit and several ranges are ignored, as the RFC allows.
fn range_of(text: &str, all: u64) -> RangeRequest {
    let Some((unit, range)) = text.split_once('=') else { return RangeRequest::Whole };
    let Some((first, last)) = range.trim().split_once('-') else { return RangeRequest::Whole };
    if !unit.eq_ignore_ascii_case("bytes") || range.contains(',') {
        return RangeRequest::Whole;
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
        _ => return RangeRequest::Whole,
    };
    if range.is_empty() { RangeRequest::Unsatisfiable } else { RangeRequest::Part(range) }
}

/// A part of a file as a body.
struct FileBody {
    file: Arc<File>,
    /// Handed to the connection up to here.
    handed: u64,
    /// Read, or being read, up to here.
    read: u64,
    end: u64,
    reading: Option<JoinHandle<io::Result<Bytes>>>,
}

impl FileBody {
    fn new(file: File, range: Range<u64>) -> Self {
        let Range { start, end } = range;
        Self { file: Arc::new(file), handed: start, read: start, end, reading: None }
    }

    fn read_ahead(&mut self) {
        let (file, at) = (self.file.clone(), self.read);
        let bytes = CHUNK_BYTES.min(self.end - at);
        self.read += bytes;
        self.reading = (bytes > 0).then(|| {
            spawn_blocking(move || {
                let mut chunk = vec![0; bytes as usize];
                file.read_exact_at(&mut chunk, at)?;
                Ok(chunk.into())
            })
        });
    }
}

impl HttpBody for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.reading.is_none() {
            self.read_ahead();
        }
        let Some(reading) = self.reading.as_mut() else { return Poll::Ready(None) };
        let chunk = ready!(Pin::new(reading).poll(cx)).map_err(io::Error::other).flatten();
        self.reading = None;
        if let Ok(chunk) = &chunk {
            self.handed += chunk.len() as u64;
            self.read_ahead();
        }
        Poll::Ready(Some(chunk.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.handed == self.end
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.end - self.handed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use std::io::Write;

    #[test]
    fn ranges_are_read_as_the_rfc_says() {
        for (text, expected) in [
            ("bytes=0-0", RangeRequest::Part(0..1)),
            ("bytes=5-", RangeRequest::Part(5..10)),
            ("bytes=-3", RangeRequest::Part(7..10)),
            ("bytes=-30", RangeRequest::Part(0..10)),
            ("Bytes=8-99999999999999999999999", RangeRequest::Part(8..10)),
            ("bytes=10-", RangeRequest::Unsatisfiable),
            ("bytes=-0", RangeRequest::Unsatisfiable),
            ("bytes=99999999999999999999999-", RangeRequest::Unsatisfiable),
            ("bytes=3-2", RangeRequest::Whole),
            ("bytes=0-1,3-4", RangeRequest::Whole),
            ("bytes=-", RangeRequest::Whole),
            ("bytes=+1-2", RangeRequest::Whole),
            ("bytes=a-b", RangeRequest::Whole),
            ("lines=0-1", RangeRequest::Whole),
            ("bytes", RangeRequest::Whole),
        ] {
            assert_eq!(range_of(text, 10), expected, "{text}");
        }
        assert_eq!(range_of("bytes=0-", 0), RangeRequest::Unsatisfiable);
    }

    #[tokio::test]
    async fn a_part_of_a_file_is_sent_completely_in_chunks() {
        let bytes = 3 * CHUNK_BYTES + 7;
        let content: Vec<u8> = (0..bytes).map(|n| n as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&content).unwrap();
        let part = to_bytes(Body::new(FileBody::new(file, 1..bytes)), usize::MAX).await.unwrap();
        assert!(part == content[1..]);
    }
}
