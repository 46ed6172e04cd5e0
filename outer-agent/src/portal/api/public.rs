//! Public records (articles 7 and 14).

use crate::portal::api::answer::Answer;
use crate::portal::api::channel::Public;
use crate::portal::api::openapi::File;
use crate::portal::api::paging::{self, Page, Paged, Paging, StrictQuery};
use crate::portal::api::problem_details::ApiProblem;
use crate::portal::api::schema::{Item, PublicKind};
use crate::portal::content::document::Documents;
use crate::portal::content::public_index::{
    Category, Entry, PublicIndexCache, QUERY_CHARACTERS_MAX, is_public, public_record,
};
use crate::portal::court::Court;
use crate::portal::database::Database;
use crate::portal::i18n::format::Formatter;
use crate::portal::problem::{Outcome, Problem};
use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use rusqlite::Connection;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// List public kinds
///
/// The kinds of public records.
#[utoipa::path(get, path = "/public", operation_id = "listPublicKinds", tag = "public", security(("channel-token" = []), ("channel-certificate" = [])), params(Paging),
    responses((status = 200, description = "A page of kinds.", body = Page<PublicKind>)))]
pub async fn kinds(
    State(court): State<Arc<Court>>,
    _: Public,
    uri: OriginalUri,
    StrictQuery(paging): StrictQuery<Paging>,
) -> Answer<Paged<PublicKind>> {
    let public = court.catalogue.kinds.iter().filter(|(_, kind)| is_public(kind));
    Ok(paging.cut(public.collect(), &uri, |(id, kind)| Ok(PublicKind { id: id.clone(), name: kind.zh.clone() }))?)
}

/// List public records
///
/// The public records of a kind, newest first.
#[utoipa::path(get, path = "/public/{kind}", operation_id = "listPublicItems", tag = "public", security(("channel-token" = []), ("channel-certificate" = [])),
    params(("kind" = String, Path, description = "Kind id.", example = "announcement"), Paging),
    responses((status = 200, description = "A page of records.", body = Page<Item>)))]
pub async fn items(
    State(database): State<Arc<Database>>,
    State(court): State<Arc<Court>>,
    State(index): State<Arc<PublicIndexCache>>,
    _: Public,
    Path(kind): Path<String>,
    uri: OriginalUri,
    StrictQuery(paging): StrictQuery<Paging>,
) -> Answer<Paged<Item>> {
    let page = database.read(|conn| {
        let index = index.get(conn, &court)?;
        let entries = &index.category(&kind).ok_or(Problem::NotFound)?.entries;
        let ids = entries.iter().map(|entry| &entry.id).collect();
        paging.cut(ids, &uri, |id: &String| public_item(conn, &court, &kind, id))
    });
    Ok(page?)
}

/// A search.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words, separated by spaces, that title or case number must contain.
    #[param(min_length = 1, max_length = 60, example = "公告")]
    q: String,
    /// Page number.
    #[serde(default = "paging::first")]
    #[param(value_type = u32, minimum = 1, maximum = 1_000_000, default = 1)]
    page: paging::UpTo<{ paging::PAGE_MAX }>,
    /// Items per page.
    #[serde(default = "paging::per_page")]
    #[param(value_type = u32, minimum = 1, maximum = 200, default = 50)]
    per_page: paging::UpTo<{ paging::PER_PAGE_MAX }>,
}

/// Search public records
///
/// Public records with all words of the query, newest first.
#[utoipa::path(get, path = "/search", operation_id = "searchPublicItems", tag = "public", security(("channel-token" = []), ("channel-certificate" = [])),
    params(SearchQuery),
    responses((status = 200, description = "A page of records.", body = Page<Item>)))]
pub async fn search(
    State(database): State<Arc<Database>>,
    State(court): State<Arc<Court>>,
    State(index): State<Arc<PublicIndexCache>>,
    _: Public,
    uri: OriginalUri,
    StrictQuery(query): StrictQuery<SearchQuery>,
) -> Answer<Paged<Item>> {
    let SearchQuery { q, page, per_page } = query;
    if !(1..=QUERY_CHARACTERS_MAX).contains(&q.chars().count()) {
        return Err(ApiProblem::Query);
    }
    let page = database.read(|conn| {
        let index = index.get(conn, &court)?;
        let item = |(category, entry): (&Category, &Entry)| public_item(conn, &court, &category.kind, &entry.id);
        Paging { page, per_page }.cut(index.search(&q), &uri, item)
    });
    Ok(page?)
}

/// Read a public record
///
/// One public record.
#[utoipa::path(get, path = "/public/{kind}/{id}", operation_id = "getPublicItem", tag = "public", security(("channel-token" = []), ("channel-certificate" = [])),
    params(("kind" = String, Path, description = "Kind id."), ("id" = String, Path, description = "Record id.")),
    responses((status = 200, description = "The record.", body = Item)))]
pub async fn item(
    State(database): State<Arc<Database>>,
    State(court): State<Arc<Court>>,
    _: Public,
    Path((kind, id)): Path<(String, String)>,
) -> Answer<Json<Item>> {
    Ok(Json(database.read(|conn| public_item(conn, &court, &kind, &id))?))
}

/// Read the document of a public record
///
/// The bytes of its document.
#[utoipa::path(get, path = "/public/{kind}/{id}/document", operation_id = "getPublicDocument", tag = "public", security(("channel-token" = []), ("channel-certificate" = [])),
    params(("kind" = String, Path, description = "Kind id."), ("id" = String, Path, description = "Record id.")),
    responses(File))]
pub async fn document(
    State(documents): State<Arc<Documents>>,
    _: Public,
    Path((kind, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer<Response> {
    Ok(documents.read_public(&kind, &id, &headers)?)
}

fn public_item(conn: &Connection, court: &Court, kind: &str, id: &str) -> Outcome<Item> {
    Item::read(conn, court, public_record(conn, Formatter::chinese(court), kind, id)?)
}
