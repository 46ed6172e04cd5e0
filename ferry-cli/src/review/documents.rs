//! Documents: each is decrypted when it is asked for, into a file without a name, and shown so that nothing of it can run.
//! A PDF is drawn page by page by a program in a sandbox; the browser only gets pictures.

use crate::output::values;
use crate::review::draft::Draft;
use crate::review::pages::PageQuery;
use crate::review::reading::ReadingView;
use crate::review::respond::{self, PageFrame};
use crate::review::state::ReviewState;
use crate::review::view::card::reason_text;
use crate::texts::errors;
use crate::texts::review_page as t;
use askama::Template;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use ferry_format::FormatError;
use ferry_format::frame::manifest::Entry;
use ferry_format::text::Text;
use ferry_format::texts::errors::io as io_text;
use ferry_io::Result as Outcome;
use ferry_io::fs::sandbox::{ChildResult, Limits, Sandbox, input};
use std::fs::File;
use std::io::{Seek, Write};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::io::ReaderStream;

/// Bytes of a text that its page shows.
const TEXT_BYTES_MAX: usize = 256 * 1024;
/// What drawing one page of a PDF may use.
const LIMITS: Limits = Limits { memory: 1 << 30, cpu_s: 30, wall: Duration::from_secs(60), output: 32 << 20 };
const PDF_DRAWER: &str = "/usr/bin/pdftoppm";
const PDF_PAGE_COUNTER: &str = "/usr/bin/pdfinfo";
const DOTS_PER_INCH: &str = "110";
/// A document in a frame: an origin of its own, no script, nothing loaded.
const FRAME_POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'";
/// Pictures that a browser shows by itself. A vector picture is none of them: it can contain scripts.
const PICTURES: [&str; 5] = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"];

/// How a document is shown.
enum DocumentView {
    /// Its beginning, and whether that is all.
    Text(String, bool),
    /// In a frame.
    Picture,
    /// Page `number` of `last`.
    Pages { number: u64, last: u64 },
    /// Why it is not; it can only be saved.
    NotShown(Text),
}

#[derive(Template)]
#[template(path = "review/document.html")]
struct DocumentPage {
    frame: PageFrame,
    entry: u32,
    name: String,
    media_type: String,
    size: String,
    reason: Option<Text>,
    reading: ReadingView,
    view: DocumentView,
}

/// A document's page.
pub async fn page(
    State(state): State<Arc<ReviewState>>,
    Path((_, number)): Path<(String, u32)>,
    Query(turned): Query<PageQuery>,
) -> Response {
    respond::page(state, move |state| {
        let mut draft = state.draft()?;
        let entry = document(&mut draft, number)?;
        let view = view(&mut draft, &entry, turned.page.unwrap_or(1))?;
        let reading = ReadingView::of(&decrypted(&mut draft, &entry)?, &entry.media_type);
        let reading = reading.map_err(|e| errors::temporary_file(io_text(&e)))?;
        Ok(DocumentPage {
            frame: PageFrame::of(state, &state.summary(&draft), "item"),
            entry: number,
            name: values::safe(&entry.name),
            media_type: values::safe(&entry.media_type),
            size: values::bytes(entry.raw_bytes),
            reason: reason_text(&entry.reason),
            reading,
            view,
        })
    })
    .await
}

fn document(draft: &mut Draft, number: u32) -> Outcome<Entry> {
    let entry = draft.entry(number)?;
    if entry.records == 0 { Ok(entry) } else { Err(errors::item_not_found()) }
}

/// The media type without its parameters.
fn plain_type(entry: &Entry) -> &str {
    entry.media_type.split(';').next().unwrap_or_default().trim()
}

fn view(draft: &mut Draft, entry: &Entry, number: u64) -> Outcome<DocumentView> {
    let media_type = plain_type(entry);
    if PICTURES.contains(&media_type) {
        return Ok(DocumentView::Picture);
    }
    if media_type.starts_with("text/") {
        let (text, is_whole) = beginning(draft, entry)?;
        return Ok(DocumentView::Text(text, is_whole));
    }
    if media_type != "application/pdf" {
        return Ok(DocumentView::NotShown(t::not_shown()));
    }
    let file = decrypted(draft, entry)?;
    Ok(match in_sandbox(&[PDF_PAGE_COUNTER, "-"], &file)? {
        Ok(output) => {
            let output = String::from_utf8_lossy(&output).into_owned();
            let pages = output.lines().find_map(|l| l.strip_prefix("Pages:")).and_then(|n| n.trim().parse().ok());
            let last: u64 = pages.unwrap_or(1).max(1);
            DocumentView::Pages { number: number.clamp(1, last), last }
        }
        Err(why) => DocumentView::NotShown(t::cannot_be_drawn(values::safe_text(&why))),
    })
}

/// The beginning of a text, with deceptive characters made visible, and whether that is all of it.
fn beginning(draft: &mut Draft, entry: &Entry) -> Outcome<(String, bool)> {
    let mut bytes = Vec::new();
    let mut enough = false;
    let read = draft.document(entry, |piece| {
        bytes.extend_from_slice(piece);
        enough = bytes.len() > TEXT_BYTES_MAX;
        if enough { Err(FormatError::Io(std::io::ErrorKind::Interrupted.into())) } else { Ok(()) }
    });
    match read {
        Err(e) if !enough => return Err(e),
        _ => {}
    }
    bytes.truncate(TEXT_BYTES_MAX);
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.split('\n').map(|line| values::safe(line.trim_end_matches('\r')));
    Ok((lines.collect::<Vec<_>>().join("\n"), !enough))
}

/// The document in a file that has no name and is gone with this process.
fn decrypted(draft: &mut Draft, entry: &Entry) -> Outcome<File> {
    let mut file = tempfile::tempfile().map_err(|e| errors::temporary_file(io_text(&e)))?;
    draft.document(entry, |piece| Ok(file.write_all(piece)?))?;
    file.rewind().map_err(|e| errors::temporary_file(io_text(&e)))?;
    Ok(file)
}

/// The output of a program in a sandbox, or why it gave none.
fn in_sandbox(program: &[&str], file: &File) -> Outcome<Result<Vec<u8>, Text>> {
    let run = input(file).and_then(|input| Sandbox::default().run(program, input, &LIMITS));
    Ok(match run.map_err(|e| errors::sandbox_does_not_start(io_text(&e)))? {
        ChildResult::Output(bytes) => Ok(bytes),
        ChildResult::TooMuchOutput => Err(t::too_much_output()),
        ChildResult::TimedOut => Err(t::too_slow()),
        ChildResult::Failed(why) => Err(why),
    })
}

/// A drawn page.
pub async fn picture(
    State(state): State<Arc<ReviewState>>,
    Path((_, entry, number)): Path<(String, u32, u64)>,
) -> Response {
    respond::respond(state, move |state| {
        let file = {
            let mut draft = state.draft()?;
            let entry = document(&mut draft, entry)?;
            decrypted(&mut draft, &entry)?
        };
        let number = number.to_string();
        let drawn = in_sandbox(&[PDF_DRAWER, "-png", "-r", DOTS_PER_INCH, "-f", &number, "-l", &number, "-"], &file)?;
        let drawn = drawn.map_err(errors::page_not_drawn)?;
        Ok(([(header::CONTENT_TYPE, "image/png")], drawn).into_response())
    })
    .await
}

/// A picture as it is, for a frame.
pub async fn raw(State(state): State<Arc<ReviewState>>, Path((_, number)): Path<(String, u32)>) -> Response {
    send(state, number, true).await
}

/// A document to be saved.
pub async fn file(State(state): State<Arc<ReviewState>>, Path((_, number)): Path<(String, u32)>) -> Response {
    send(state, number, false).await
}

async fn send(state: Arc<ReviewState>, number: u32, in_frame: bool) -> Response {
    respond::respond(state, move |state| {
        let mut draft = state.draft()?;
        let entry = document(&mut draft, number)?;
        let file = decrypted(&mut draft, &entry)?;
        let picture = PICTURES.iter().find(|known| in_frame && **known == plain_type(&entry));
        let mut response = Response::new(Body::from_stream(ReaderStream::new(tokio::fs::File::from_std(file))));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(FRAME_POLICY));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(entry.raw_bytes));
        let media_type = picture.copied().unwrap_or("application/octet-stream");
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        if picture.is_none() {
            headers.insert(header::CONTENT_DISPOSITION, attachment(&entry.name));
        }
        Ok(response)
    })
    .await
}

/// Saves under the last part of its name (RFC 6266, RFC 8187).
fn attachment(name: &str) -> HeaderValue {
    let last = name.rsplit('/').next().unwrap_or_default();
    let coded: String = last
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-._".contains(&b) { (b as char).to_string() } else { format!("%{b:02X}") }
        })
        .collect();
    let value = HeaderValue::from_str(&format!("attachment; filename*=UTF-8''{coded}"));
    value.unwrap_or(HeaderValue::from_static("attachment"))
}
