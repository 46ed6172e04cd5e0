//! What is open to everyone (article 7, and judgments by article 14).

use crate::portal::app::{App, reading};
use crate::portal::asked::Asked;
use crate::portal::document;
use crate::portal::pages::frame::Frame;
use crate::portal::pages::render;
use crate::portal::problem::Outcome;
use crate::portal::session;
use crate::portal::view::{self, Item};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

pub async fn style() -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")];
    (headers, include_str!("../../../templates/style.css"))
}

/// A public kind with its newest entries.
struct Shelf {
    kind: String,
    name: String,
    items: Vec<Item>,
    more: usize,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    shelves: Vec<Shelf>,
}

/// Entries of each public kind on the first page.
const HOME_ITEMS: usize = 5;

pub async fn home(State(app): State<Arc<App>>, asked: Asked) -> Outcome<Response> {
    let page = reading(&app, |app, conn| {
        let session = session::find(conn, app, &asked.reader()).ok();
        let mut shelves = Vec::new();
        for (kind, title) in view::public_kinds(app) {
            let mut items = view::public(conn, app, &kind)?;
            let more = items.len().saturating_sub(HOME_ITEMS);
            items.truncate(HOME_ITEMS);
            shelves.push(Shelf { kind, name: title, items, more });
        }
        Ok(HomePage { frame: Frame::new(app, &asked, session.as_ref()), shelves })
    });
    render(&page?)
}

#[derive(Template)]
#[template(path = "public.html")]
struct PublicPage {
    frame: Frame,
    title: String,
    items: Vec<Item>,
}

pub async fn kind(State(app): State<Arc<App>>, Path(kind): Path<String>, asked: Asked) -> Outcome<Response> {
    let page = reading(&app, |app, conn| {
        let session = session::find(conn, app, &asked.reader()).ok();
        let items = view::public(conn, app, &kind)?;
        let title = app.catalogue.kinds.get(&kind).map(|k| k.zh.clone()).unwrap_or_default();
        Ok(PublicPage { frame: Frame::new(app, &asked, session.as_ref()), title, items })
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
