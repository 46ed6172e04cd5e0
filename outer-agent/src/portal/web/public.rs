//! Public records (article 7, and judgments by article 14).

use crate::portal::content::document::Documents;
use crate::portal::content::public_index::{
    self, Category, Entry, Page, PublicIndexCache, QUERY_CHARACTERS_MAX, public_record,
};
use crate::portal::content::record_view::RecordView;
use crate::portal::http::percent_encoded;
use crate::portal::i18n::format::Formatter;
use crate::portal::problem::{Outcome, Problem};
use crate::portal::site::request_context::RequestContext;
use crate::portal::site::{Frame, Site};
use crate::portal::web::render::render;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use ferry_format::record::catalogue::Kind;
use serde::Deserialize;
use std::sync::Arc;

/// Entries of each category on the home page.
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

/// A record in a list.
struct EntryLine {
    kind: String,
    id: String,
    title: String,
    /// Its type or note; its kind where kinds are mixed; or empty.
    label: String,
    date: String,
}

impl EntryLine {
    fn new(formatter: Formatter<'_>, kind: &str, entry: &Entry, label: String) -> Self {
        Self {
            kind: kind.to_owned(),
            id: entry.id.clone(),
            title: entry.title.clone(),
            label,
            date: if entry.date.is_empty() { String::new() } else { formatter.date(&entry.date) },
        }
    }
}

/// A code by which a list is filtered.
struct RecordType {
    code: String,
    name: String,
}

fn types(formatter: Formatter<'_>, kind: &Kind) -> Vec<RecordType> {
    let table = public_index::code_field(kind).into_iter().flat_map(|(_, table)| table);
    table.map(|(code, zh)| RecordType { code: code.clone(), name: formatter.code(zh).to_owned() }).collect()
}

fn label_of(types: &[RecordType], entry: &Entry) -> String {
    types.iter().find(|t| t.code == entry.code).map_or_else(|| entry.note.clone(), |t| t.name.clone())
}

/// A category with its newest entries.
struct CategoryPart {
    kind: String,
    name: String,
    types: Vec<RecordType>,
    entries: Vec<EntryLine>,
    total: usize,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    categories: Vec<CategoryPart>,
    query: String,
}

pub async fn home(
    State(site): State<Arc<Site>>,
    State(index): State<Arc<PublicIndexCache>>,
    request: RequestContext,
) -> Outcome<Response> {
    let page = site.read_for_everyone(&request, |conn, frame| {
        let formatter = request.formatter(&site.court);
        let part = |category: &Category| {
            let kind = site.court.catalogue.kinds.get(&category.kind)?;
            let types = types(formatter, kind);
            let newest = category.entries.iter().take(HOME_ENTRIES);
            let line = |e| EntryLine::new(formatter, &category.kind, e, label_of(&types, e));
            let entries = newest.map(line).collect();
            let name = formatter.kind(kind).to_owned();
            Some(CategoryPart { kind: category.kind.clone(), name, types, entries, total: category.entries.len() })
        };
        let categories = index.get(conn, &site.court)?.categories.iter().filter_map(part).collect();
        Ok(HomePage { frame, categories, query: String::new() })
    });
    render(&page?)
}

/// The query of a list.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// Number of a page.
    pub page: String,
    r#type: String,
    q: String,
}

#[derive(Template)]
#[template(path = "public_list.html")]
struct ListPage {
    frame: Frame,
    title: String,
    path: String,
    /// What links to other pages keep, with its `&`.
    kept_query: String,
    types: Vec<RecordType>,
    type_code: String,
    page: Page<EntryLine>,
    searching: bool,
    query: String,
    is_feed: bool,
}

pub async fn category(
    State(site): State<Arc<Site>>,
    State(index): State<Arc<PublicIndexCache>>,
    Path(kind_id): Path<String>,
    Query(list): Query<ListQuery>,
    request: RequestContext,
) -> Outcome<Response> {
    let page = site.read_for_everyone(&request, |conn, frame| {
        let formatter = request.formatter(&site.court);
        let index = index.get(conn, &site.court)?;
        let category = index.category(&kind_id).ok_or(Problem::NotFound)?;
        let kind = site.court.catalogue.kinds.get(&kind_id).ok_or(Problem::NotFound)?;
        let types = types(formatter, kind);
        // An unknown type filters nothing.
        let type_code = types.iter().find(|t| t.code == list.r#type).map(|t| t.code.clone()).unwrap_or_default();
        let entries: Vec<&Entry> =
            category.entries.iter().filter(|e| type_code.is_empty() || e.code == type_code).collect();
        let line = |e| EntryLine::new(formatter, &kind_id, e, label_of(&types, e));
        Ok(ListPage {
            frame,
            title: formatter.kind(kind).to_owned(),
            path: format!("/public/{}", percent_encoded(&kind_id)),
            kept_query: if type_code.is_empty() {
                String::new()
            } else {
                format!("type={}&", percent_encoded(&type_code))
            },
            page: Page::of(&entries, &list.page, line),
            types,
            type_code,
            searching: false,
            query: String::new(),
            is_feed: public_index::is_judgment(kind),
        })
    });
    render(&page?)
}

pub async fn search(
    State(site): State<Arc<Site>>,
    State(index): State<Arc<PublicIndexCache>>,
    Query(list): Query<ListQuery>,
    request: RequestContext,
) -> Outcome<Response> {
    let page = site.read_for_everyone(&request, |conn, frame| {
        let formatter = request.formatter(&site.court);
        let query: String = list.q.trim().chars().take(QUERY_CHARACTERS_MAX).collect();
        let index = index.get(conn, &site.court)?;
        let found = index.search(&query);
        let line = |(category, e): &(&Category, &Entry)| {
            let kind = site.court.catalogue.kinds.get(&category.kind);
            let label = kind.map(|k| formatter.kind(k).to_owned()).unwrap_or_default();
            EntryLine::new(formatter, &category.kind, e, label)
        };
        let found: Vec<&(&Category, &Entry)> = found.iter().collect();
        Ok(ListPage {
            frame,
            title: request.messages().public.search_title.to_owned(),
            path: "/search".to_owned(),
            kept_query: format!("q={}&", percent_encoded(&query)),
            types: Vec::new(),
            type_code: String::new(),
            page: Page::of(&found, &list.page, line),
            searching: true,
            query,
            is_feed: false,
        })
    });
    render(&page?)
}

#[derive(Template)]
#[template(path = "public_record.html")]
struct RecordPage {
    frame: Frame,
    record: RecordView,
}

pub async fn record(
    State(site): State<Arc<Site>>,
    Path((kind, id)): Path<(String, String)>,
    request: RequestContext,
) -> Outcome<Response> {
    let page = site.read_for_everyone(&request, |conn, frame| {
        let record = public_record(conn, request.formatter(&site.court), &kind, &id)?;
        Ok(RecordPage { frame, record })
    });
    render(&page?)
}

pub async fn document(
    State(documents): State<Arc<Documents>>,
    Path((kind, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Outcome<Response> {
    documents.read_public(&kind, &id, &headers)
}
