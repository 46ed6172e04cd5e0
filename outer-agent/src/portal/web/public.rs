//! What is open to everyone (article 7, and judgments by article 14).

use crate::portal::state::{App, reading};
use crate::portal::web::request_context::Asked;
use crate::portal::content::document;
use crate::portal::web::frame::Frame;
use crate::portal::web::render;
use crate::portal::problem::{Outcome, Problem};
use crate::portal::auth::session;
use crate::portal::content::public_index;
use crate::portal::content::public_index::{Entry, Page, QUERY_CHARACTERS_MAX, Shelf};
use crate::portal::content::view;
use crate::portal::content::view::Item;
use crate::portal::i18n::format::Voice;
use crate::store::visible;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use ferry_format::record::catalogue::Kind;
use serde::Deserialize;
use std::sync::Arc;

/// Entries of each kind on the first page.
const HOME_ENTRIES: usize = 5;

/// A file that is the same for everyone until the next version of the portal.
fn file(media_type: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "max-age=3600")], text).into_response()
}

pub async fn style() -> Response {
    file("text/css; charset=utf-8", include_str!("../../../templates/style.css"))
}

pub async fn icon() -> Response {
    file("image/svg+xml", include_str!("../../../templates/icon.svg"))
}

/// An entry as it is listed.
struct EntryLine {
    kind: String,
    id: String,
    title: String,
    /// Its type or what else tells it from others, or its kind where kinds are mixed; or empty.
    label: String,
    day: String,
}

impl EntryLine {
    fn new(voice: Voice<'_>, kind: &str, entry: &Entry, label: String) -> Self {
        Self {
            kind: kind.to_owned(),
            id: entry.id.clone(),
            title: entry.title.clone(),
            label,
            day: if entry.day.is_empty() { String::new() } else { voice.day(&entry.day) },
        }
    }
}

/// A code by which a list is narrowed.
struct Type {
    code: String,
    name: String,
}

fn types(voice: Voice<'_>, kind: &Kind) -> Vec<Type> {
    let table = public_index::code_field(kind).into_iter().flat_map(|(_, table)| table);
    table.map(|(code, zh)| Type { code: code.clone(), name: voice.code(zh).to_owned() }).collect()
}

fn label_of(types: &[Type], entry: &Entry) -> String {
    types.iter().find(|t| t.code == entry.code).map_or_else(|| entry.note.clone(), |t| t.name.clone())
}

/// A public kind with its newest entries.
struct ShelfPart {
    kind: String,
    name: String,
    types: Vec<Type>,
    entries: Vec<EntryLine>,
    total: usize,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    shelves: Vec<ShelfPart>,
    query: String,
}

pub async fn home(State(app): State<Arc<App>>, asked: Asked) -> Outcome<Response> {
    let page = reading(&app, |app, conn| {
        let session = session::find(conn, app, &asked.reader()).ok();
        let voice = asked.voice(app);
        let part = |shelf: &Shelf| {
            let kind = app.catalogue.kinds.get(&shelf.kind)?;
            let types = types(voice, kind);
            let newest = shelf.entries.iter().take(HOME_ENTRIES);
            let entries = newest.map(|e| EntryLine::new(voice, &shelf.kind, e, label_of(&types, e))).collect();
            let name = voice.kind(kind).to_owned();
            Some(ShelfPart { kind: shelf.kind.clone(), name, types, entries, total: shelf.entries.len() })
        };
        let shelves = app.known.shelves(conn, app)?.all.iter().filter_map(part).collect();
        Ok(HomePage { frame: Frame::new(app, &asked, session.as_ref()), shelves, query: String::new() })
    });
    render(&page?)
}

/// How a list is asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// Number of a page.
    pub page: String,
    r#type: String,
    q: String,
}

#[derive(Template)]
#[template(path = "public.html")]
struct PublicPage {
    frame: Frame,
    title: String,
    path: String,
    /// What the links to other pages keep, with its `&`.
    query_of_page: String,
    types: Vec<Type>,
    type_code: String,
    page: Page<EntryLine>,
    searching: bool,
    query: String,
    is_feed: bool,
}

pub async fn kind(
    State(app): State<Arc<App>>,
    Path(kind_id): Path<String>,
    Query(wanted): Query<Wanted>,
    asked: Asked,
) -> Outcome<Response> {
    let page = reading(&app, |app, conn| {
        let session = session::find(conn, app, &asked.reader()).ok();
        let voice = asked.voice(app);
        let shelves = app.known.shelves(conn, app)?;
        let shelf = shelves.of(&kind_id).ok_or(Problem::NotFound)?;
        let kind = app.catalogue.kinds.get(&kind_id).ok_or(Problem::NotFound)?;
        let types = types(voice, kind);
        // What is no type of this kind narrows nothing.
        let type_code = types.iter().find(|t| t.code == wanted.r#type).map(|t| t.code.clone()).unwrap_or_default();
        let entries: Vec<&Entry> =
            shelf.entries.iter().filter(|e| type_code.is_empty() || e.code == type_code).collect();
        let line = |e| EntryLine::new(voice, &kind_id, e, label_of(&types, e));
        Ok(PublicPage {
            frame: Frame::new(app, &asked, session.as_ref()),
            title: voice.kind(kind).to_owned(),
            path: format!("/public/{}", document::percent_encoded(&kind_id)),
            query_of_page: if type_code.is_empty() {
                String::new()
            } else {
                format!("type={}&", document::percent_encoded(&type_code))
            },
            page: Page::of(&entries, &wanted.page, line),
            types,
            type_code,
            searching: false,
            query: String::new(),
            is_feed: super::feed::is_in(kind),
        })
    });
    render(&page?)
}

pub async fn search(State(app): State<Arc<App>>, Query(wanted): Query<Wanted>, asked: Asked) -> Outcome<Response> {
    let page = reading(&app, |app, conn| {
        let session = session::find(conn, app, &asked.reader()).ok();
        let voice = asked.voice(app);
        let query: String = wanted.q.trim().chars().take(QUERY_CHARACTERS_MAX).collect();
        let shelves = app.known.shelves(conn, app)?;
        let found = shelves.search(&query);
        let line = |(shelf, e): &(&Shelf, &Entry)| {
            let kind = app.catalogue.kinds.get(&shelf.kind);
            let label = kind.map(|k| voice.kind(k).to_owned()).unwrap_or_default();
            EntryLine::new(voice, &shelf.kind, e, label)
        };
        let found: Vec<&(&Shelf, &Entry)> = found.iter().collect();
        Ok(PublicPage {
            frame: Frame::new(app, &asked, session.as_ref()),
            title: asked.words().search_title.to_owned(),
            path: "/search".to_owned(),
            query_of_page: format!("q={}&", document::percent_encoded(&query)),
            types: Vec::new(),
            type_code: String::new(),
            page: Page::of(&found, &wanted.page, line),
            searching: true,
            query,
            is_feed: false,
        })
    });
    render(&page?)
}

#[derive(Template)]
#[template(path = "public_item.html")]
struct ItemPage {
    frame: Frame,
    item: Item,
}

pub async fn item(
    State(app): State<Arc<App>>,
    Path((kind_id, id)): Path<(String, String)>,
    asked: Asked,
) -> Outcome<Response> {
    let page = reading(&app, |app, conn| {
        let session = session::find(conn, app, &asked.reader()).ok();
        app.catalogue.kinds.get(&kind_id).filter(|k| public_index::is_public(k)).ok_or(Problem::NotFound)?;
        let record = visible::record(conn, &kind_id, &id)?.ok_or(Problem::NotFound)?;
        let item = view::item(asked.voice(app), &record, None);
        Ok(ItemPage { frame: Frame::new(app, &asked, session.as_ref()), item })
    });
    render(&page?)
}

pub async fn document(
    State(app): State<Arc<App>>,
    Path((kind, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Outcome<Response> {
    document::read_public(&app, kind, id, headers).await
}
