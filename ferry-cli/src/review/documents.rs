//! Documents: each is decrypted when it is asked for, into a file without a name, and shown so that nothing of it can run.
//! A PDF is drawn page by page by a program behind walls; the browser only gets pictures.

use crate::review::desk::Desk;
use crate::review::draft::Draft;
use crate::review::pages::{Frame, Turned, answered, shown};
use crate::show;
use askama::Template;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use ferry_format::FormatError;
use ferry_format::frame::manifest::Entry;
use ferry_io::exit_code::{BAD_DATA, IO};
use ferry_io::fs::sandbox::{Bounds, Ended, Sandbox, input};
use ferry_io::{Error, Result as Outcome};
use std::fs::File;
use std::io::{Seek, Write};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::io::ReaderStream;

/// Bytes of a text that its page shows.
const TEXT_BYTES_MAX: usize = 256 * 1024;
/// What drawing one page of a PDF may use.
const BOUNDS: Bounds = Bounds { memory: 1 << 30, cpu_s: 30, wall: Duration::from_secs(60), output: 32 << 20 };
/// Draws pages.
const DRAWS: &str = "/usr/bin/pdftoppm";
/// Counts them.
const COUNTS: &str = "/usr/bin/pdfinfo";
/// Dots for each inch of a drawn page.
const DOTS: &str = "110";
/// A document in a frame: an origin of its own, no script, nothing loaded.
const CAGE: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'";
/// Pictures that a browser shows by itself. A vector picture is none of them: it can hold scripts.
const PICTURES: [&str; 5] = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"];

/// How a document is shown.
enum Shown {
    /// Its beginning, and whether that is all.
    Text(String, bool),
    /// In a frame.
    Picture,
    /// Page `number` of `last`.
    Pages { number: u64, last: u64 },
    /// Why not; only to be saved.
    Not(String),
}

#[derive(Template)]
#[template(path = "review/document.html")]
struct DocumentPage {
    frame: Frame,
    entry: u32,
    name: String,
    media_type: String,
    size: String,
    reason: String,
    shown: Shown,
}

/// A document's page.
pub async fn page(
    State(desk): State<Arc<Desk>>,
    Path((_, number)): Path<(String, u32)>,
    Query(turned): Query<Turned>,
) -> Response {
    shown(desk, move |desk| {
        let mut draft = desk.draft()?;
        let entry = document(&mut draft, number)?;
        let shown = how(&mut draft, &entry, turned.page.unwrap_or(1))?;
        let head = desk.head(&draft);
        Ok(DocumentPage {
            frame: Frame::of(desk, &head, "item"),
            entry: number,
            name: show::safe(&entry.name),
            media_type: show::safe(&entry.media_type),
            size: show::bytes(entry.raw_bytes),
            reason: show::safe(&entry.reason),
            shown,
        })
    })
    .await
}

fn document(draft: &mut Draft, number: u32) -> Outcome<Entry> {
    let entry = draft.entry(number)?;
    if entry.records == 0 {
        return Ok(entry);
    }
    Err(FormatError::Input { what: format!("entry {number}"), why: "it is no document".into() }.into())
}

/// The type without its parameters.
fn bare(entry: &Entry) -> &str {
    entry.media_type.split(';').next().unwrap_or_default().trim()
}

fn how(draft: &mut Draft, entry: &Entry, number: u64) -> Outcome<Shown> {
    if PICTURES.contains(&bare(entry)) {
        return Ok(Shown::Picture);
    }
    if bare(entry).starts_with("text/") {
        let (text, whole) = beginning(draft, entry)?;
        return Ok(Shown::Text(text, whole));
    }
    if bare(entry) != "application/pdf" {
        return Ok(Shown::Not("此类文件不在页面内显示 Files of this type are not shown inside a page".into()));
    }
    let file = decrypted(draft, entry)?;
    Ok(match behind_walls(&[COUNTS, "-"], &file)? {
        Ok(told) => {
            let told = String::from_utf8_lossy(&told).into_owned();
            let pages = told.lines().find_map(|l| l.strip_prefix("Pages:")).and_then(|n| n.trim().parse().ok());
            let last: u64 = pages.unwrap_or(1).max(1);
            Shown::Pages { number: number.clamp(1, last), last }
        }
        Err(why) => Shown::Not(format!("不能绘出 it cannot be drawn: {}", show::safe(&why))),
    })
}

/// The beginning of a text, with what deceives made visible, and whether that is all of it.
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
    let lines = text.split('\n').map(|line| show::safe(line.trim_end_matches('\r')));
    Ok((lines.collect::<Vec<_>>().join("\n"), !enough))
}

/// The document in a file that has no name and is gone with this process.
fn decrypted(draft: &mut Draft, entry: &Entry) -> Outcome<File> {
    let failed = |e: std::io::Error| Error::new(IO, "FERRY-E0744", format!("temporary file: {e}"), "free some space");
    let mut file = tempfile::tempfile().map_err(failed)?;
    draft.document(entry, |piece| Ok(file.write_all(piece)?))?;
    file.rewind().map_err(failed)?;
    Ok(file)
}

fn behind_walls(program: &[&str], file: &File) -> Outcome<Result<Vec<u8>, String>> {
    let run = input(file).and_then(|input| Sandbox::default().run(program, input, &BOUNDS));
    let ended =
        run.map_err(|e| Error::new(IO, "FERRY-E0746", e.to_string(), "install bubblewrap and poppler-utils"))?;
    Ok(match ended {
        Ended::Well(bytes) => Ok(bytes),
        Ended::TooLong => Err("too much output".into()),
        Ended::TooSlow => Err("it takes too long".into()),
        Ended::Failed(why) => Err(why),
    })
}

/// A drawn page.
pub async fn picture(State(desk): State<Arc<Desk>>, Path((_, entry, number)): Path<(String, u32, u64)>) -> Response {
    answered(desk, move |desk| {
        let file = {
            let mut draft = desk.draft()?;
            let entry = document(&mut draft, entry)?;
            decrypted(&mut draft, &entry)?
        };
        let number = number.to_string();
        let drawn = behind_walls(&[DRAWS, "-png", "-r", DOTS, "-f", &number, "-l", &number, "-"], &file)?;
        let hint = "save the document and open it with care, or refuse it";
        let drawn = drawn.map_err(|why| Error::new(BAD_DATA, "FERRY-E0746", format!("the page: {why}"), hint))?;
        Ok(([(header::CONTENT_TYPE, "image/png")], drawn).into_response())
    })
    .await
}

/// A picture as it is, for a frame.
pub async fn raw(State(desk): State<Arc<Desk>>, Path((_, number)): Path<(String, u32)>) -> Response {
    sent(desk, number, true).await
}

/// A document to be saved.
pub async fn file(State(desk): State<Arc<Desk>>, Path((_, number)): Path<(String, u32)>) -> Response {
    sent(desk, number, false).await
}

async fn sent(desk: Arc<Desk>, number: u32, in_frame: bool) -> Response {
    answered(desk, move |desk| {
        let mut draft = desk.draft()?;
        let entry = document(&mut draft, number)?;
        let file = decrypted(&mut draft, &entry)?;
        let picture = PICTURES.iter().find(|known| in_frame && **known == bare(&entry));
        let mut response = Response::new(Body::from_stream(ReaderStream::new(tokio::fs::File::from_std(file))));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CAGE));
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
