//! Sending a document.

use crate::portal::document::percent_encoded;
use crate::portal::problem::{Outcome, Problem};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use ferry_format::hex::to_hex;
use ferry_format::record::DocumentRef;
use std::ops::Range;
use tokio_util::io::ReaderStream;

/// Read buffer of a download, bytes.
const DOWNLOAD_BUFFER_BYTES: usize = 64 * 1024;
/// Media types that a browser may show; everything else is downloaded.
pub const SHOWN: [&str; 5] = ["application/pdf", "image/jpeg", "image/png", "text/plain; charset=utf-8", "video/mp4"];
/// What everything else is sent as.
pub const OTHER: &str = "application/octet-stream";

/// Called once, with the bytes that were sent.
pub type Sent = Box<dyn FnOnce(Range<u64>) + Send>;

/// Sends it.
pub fn send(file: std::fs::File, document: &DocumentRef, _: &HeaderMap, sent: Option<Sent>) -> Outcome<Response> {
    let file = tokio::fs::File::from_std(file);
    let shown = SHOWN.contains(&document.media_type.as_str());
    let how = if shown { "inline" } else { "attachment" };
    let disposition = format!("{how}; filename*=UTF-8''{}", percent_encoded(&document.name));
    let media_type = if shown { document.media_type.as_str() } else { OTHER };
    let ours = |_| Problem::Ours("a header could not be made".into());
    let mut response = Response::new(Body::from_stream(ReaderStream::with_capacity(file, DOWNLOAD_BUFFER_BYTES)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(media_type).map_err(ours)?);
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition).map_err(ours)?);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(document.bytes));
    headers.insert(header::ETAG, HeaderValue::from_str(&format!("\"{}\"", to_hex(&document.sha256))).map_err(ours)?);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(sent) = sent {
        sent(0..document.bytes);
    }
    Ok(response)
}
