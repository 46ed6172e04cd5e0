//! What is open to everyone (articles 7 and 14).

use crate::portal::api::Answer;
use crate::portal::api::channel::Public;
use crate::portal::api::openapi::File;
use crate::portal::api::page::{self, Asked, Page, Paged, Paging};
use crate::portal::api::refusal::Refusal;
use crate::portal::api::shape::{Item, PublicKind};
use crate::portal::state::{App, reading};
use crate::portal::problem::Problem;
use crate::portal::content::public_index::{Entry, QUERY_CHARACTERS_MAX, Shelf};
use crate::portal::content::{document, view};
use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// 公开内容的类别
///
/// The kinds of what is open to everyone.
#[utoipa::path(get, path = "/public", operation_id = "listPublicKinds", tag = "public", security(("channel-token" = []), ("channel-certificate" = [])), params(Paging),
    responses((status = 200, description = "一页类别。A page of kinds.", body = Page<PublicKind>)))]
pub async fn kinds(
    State(app): State<Arc<App>>,
    _: Public,
    uri: OriginalUri,
    Asked(paging): Asked<Paging>,
) -> Answer<Paged<PublicKind>> {
    Ok(paging.of(view::public_kinds(&app), &uri, |(id, name)| Ok(PublicKind { id, name }))?)
}

/// 一类公开内容，最新的在前
///
/// What is open to everyone of a kind, newest first.
#[utoipa::path(get, path = "/public/{kind}", operation_id = "listPublicItems", tag = "public", security(("channel-token" = []), ("channel-certificate" = [])),
    params(("kind" = String, Path, description = "类别代号。A kind.", example = "announcement"), Paging),
    responses((status = 200, description = "一页。A page of records.", body = Page<Item>)))]
pub async fn items(
    State(app): State<Arc<App>>,
    _: Public,
    Path(kind): Path<String>,
    uri: OriginalUri,
    Asked(paging): Asked<Paging>,
) -> Answer<Paged<Item>> {
    let page = reading(&app, |app, conn| {
        let shelves = app.known.shelves(conn, app)?;
        let entries = &shelves.of(&kind).ok_or(Problem::NotFound)?.entries;
        let ids = entries.iter().map(|entry| &entry.id).collect();
        paging.of(ids, &uri, |id: &String| Item::read(conn, app, view::public_item(conn, app, &kind, id)?))
    });
    Ok(page?)
}

/// What is searched for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[into_params(parameter_in = Query)]
pub struct Sought {
    /// 标题、案号等须含有的各词，以空格分开。Words, with blanks between them, that a title or a case number must have.
    #[param(min_length = 1, max_length = 60, example = "公告")]
    q: String,
    /// 第几页。Number of the page.
    #[serde(default = "page::first")]
    #[param(value_type = u32, minimum = 1, maximum = 1_000_000, default = 1)]
    page: page::UpTo<{ page::PAGE_MAX }>,
    /// 每页几条。Items of a page.
    #[serde(default = "page::per_page")]
    #[param(value_type = u32, minimum = 1, maximum = 200, default = 50)]
    per_page: page::UpTo<{ page::PER_PAGE_MAX }>,
}

/// 检索公开内容，最新的在前
///
/// Searches what is open to everyone, newest first.
#[utoipa::path(get, path = "/search", operation_id = "searchPublicItems", tag = "public", security(("channel-token" = []), ("channel-certificate" = [])),
    params(Sought),
    responses((status = 200, description = "一页。A page of records.", body = Page<Item>)))]
pub async fn search(
    State(app): State<Arc<App>>,
    _: Public,
    uri: OriginalUri,
    Asked(sought): Asked<Sought>,
) -> Answer<Paged<Item>> {
    let Sought { q, page, per_page } = sought;
    if !(1..=QUERY_CHARACTERS_MAX).contains(&q.chars().count()) {
        return Err(Refusal::Query);
    }
    let page = reading(&app, |app, conn| {
        let shelves = app.known.shelves(conn, app)?;
        let make = |(shelf, entry): (&Shelf, &Entry)| {
            Item::read(conn, app, view::public_item(conn, app, &shelf.kind, &entry.id)?)
        };
        Paging { page, per_page }.of(shelves.search(&q), &uri, make)
    });
    Ok(page?)
}

/// 一条公开内容
///
/// A record that is open to everyone.
#[utoipa::path(get, path = "/public/{kind}/{id}", operation_id = "getPublicItem", tag = "public", security(("channel-token" = []), ("channel-certificate" = [])),
    params(("kind" = String, Path, description = "类别代号。A kind."), ("id" = String, Path, description = "编号。A record.")),
    responses((status = 200, description = "该条。The record.", body = Item)))]
pub async fn item(
    State(app): State<Arc<App>>,
    _: Public,
    Path((kind, id)): Path<(String, String)>,
) -> Answer<Json<Item>> {
    let item = reading(&app, |app, conn| Item::read(conn, app, view::public_item(conn, app, &kind, &id)?));
    Ok(Json(item?))
}

/// 一条公开内容的文件
///
/// The document of a record that is open to everyone.
#[utoipa::path(get, path = "/public/{kind}/{id}/document", operation_id = "getPublicDocument", tag = "public", security(("channel-token" = []), ("channel-certificate" = [])),
    params(("kind" = String, Path, description = "类别代号。A kind."), ("id" = String, Path, description = "编号。A record.")),
    responses(File))]
pub async fn document(
    State(app): State<Arc<App>>,
    _: Public,
    Path((kind, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer<Response> {
    Ok(document::read_public(&app, kind, id, headers).await?)
}
