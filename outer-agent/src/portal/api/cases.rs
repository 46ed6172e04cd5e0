//! The person's cases and what of them he may see (article 3).

use crate::portal::api::Answer;
use crate::portal::api::channel::{Caller, Party};
use crate::portal::api::page::{self, Asked, Page, Paged, Paging};
use crate::portal::api::shape::{Case, CaseLine, Item};
use crate::portal::state::{App, reading};
use crate::portal::problem::Outcome;
use crate::portal::auth::session;
use crate::portal::content::view;
use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use rusqlite::Connection;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// 本人的案件
///
/// The person's cases, newest first.
#[utoipa::path(get, path = "/cases", operation_id = "listCases", tag = "case", params(Paging),
    responses((status = 200, description = "一页案件。A page of cases.", body = Page<CaseLine>)))]
pub async fn cases(
    State(app): State<Arc<App>>,
    Party(caller): Party,
    uri: OriginalUri,
    Asked(paging): Asked<Paging>,
) -> Answer<Paged<CaseLine>> {
    let page = reading(&app, |app, conn| {
        let session = session::find(conn, app, &caller.reader())?;
        paging.of(view::cases(conn, app, &session)?, &uri, |line| CaseLine::read(conn, app, line))
    });
    Ok(page?)
}

/// 一个案件
///
/// A case: its own record, and who belongs to it.
#[utoipa::path(get, path = "/cases/{id}", operation_id = "getCase", tag = "case",
    params(("id" = String, Path, description = "案件编号。A case.")),
    responses((status = 200, description = "该案件。The case.", body = Case)))]
pub async fn case(State(app): State<Arc<App>>, Party(caller): Party, Path(id): Path<String>) -> Answer<Json<Case>> {
    let case = reading(&app, |app, conn| {
        let case = find(conn, app, &caller, &id)?;
        let members = case.members.into_iter().map(|member| Item::read(conn, app, member));
        Ok(Case {
            id: case.id,
            item: Item::read(conn, app, case.head)?,
            members: members.collect::<Outcome<_>>()?,
            steps: case.steps.len(),
        })
    });
    Ok(Json(case?))
}

/// Which items of a case are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// 只要这一类。Those of this kind alone.
    #[param(example = "service")]
    kind: Option<String>,
    /// 第几页。Number of the page.
    #[serde(default = "page::first")]
    #[param(value_type = u32, minimum = 1, maximum = 1_000_000, default = 1)]
    page: page::UpTo<{ page::PAGE_MAX }>,
    /// 每页几条。Items of a page.
    #[serde(default = "page::per_page")]
    #[param(value_type = u32, minimum = 1, maximum = 200, default = 50)]
    per_page: page::UpTo<{ page::PER_PAGE_MAX }>,
}

/// 案件的节点、文书等，最新的在前
///
/// The steps and documents of a case, newest first.
#[utoipa::path(get, path = "/cases/{id}/items", operation_id = "listCaseItems", tag = "case",
    params(("id" = String, Path, description = "案件编号。A case."), Wanted),
    responses((status = 200, description = "一页。A page of records.", body = Page<Item>)))]
pub async fn items(
    State(app): State<Arc<App>>,
    Party(caller): Party,
    Path(id): Path<String>,
    uri: OriginalUri,
    Asked(wanted): Asked<Wanted>,
) -> Answer<Paged<Item>> {
    let Wanted { kind, page, per_page } = wanted;
    let page = reading(&app, |app, conn| {
        let mut items = find(conn, app, &caller, &id)?.steps;
        items.retain(|item| kind.as_ref().is_none_or(|kind| item.kind == *kind));
        Paging { page, per_page }.of(items, &uri, |item| Item::read(conn, app, item))
    });
    Ok(page?)
}

/// A case of the person.
pub fn find(conn: &Connection, app: &App, caller: &Caller, id: &str) -> Outcome<view::Case> {
    let session = session::find(conn, app, &caller.reader())?;
    view::case(conn, app, &session, id)
}
