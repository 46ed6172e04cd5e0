//! The person's cases, and what they may see of them (article 3).

use crate::portal::api::answer::Answer;
use crate::portal::api::channel::Party;
use crate::portal::api::paging::{self, Page, Paged, Paging, StrictQuery};
use crate::portal::api::schema::{Case, CaseLine, Item};
use crate::portal::auth::session::Sessions;
use crate::portal::content::case_view::Cases;
use crate::portal::i18n::format::Formatter;
use crate::portal::problem::Outcome;
use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;

/// List the person's cases
///
/// The cases of the logged-in person, newest first.
#[utoipa::path(get, path = "/cases", operation_id = "listCases", tag = "case", params(Paging),
    responses((status = 200, description = "A page of cases.", body = Page<CaseLine>)))]
pub async fn cases(
    State(sessions): State<Arc<Sessions>>,
    State(cases): State<Arc<Cases>>,
    Party(caller): Party,
    uri: OriginalUri,
    StrictQuery(paging): StrictQuery<Paging>,
) -> Answer<Paged<CaseLine>> {
    let page = sessions.read(&caller.reader(), |conn, session| {
        let all = cases.list(conn, Formatter::chinese(&cases.court), session)?;
        paging.cut(all, &uri, |case| CaseLine::read(conn, &cases.court, case))
    });
    Ok(page?)
}

/// Read a case
///
/// The case's own record, and its parties.
#[utoipa::path(get, path = "/cases/{id}", operation_id = "getCase", tag = "case",
    params(("id" = String, Path, description = "Case id.")),
    responses((status = 200, description = "The case.", body = Case)))]
pub async fn case(
    State(sessions): State<Arc<Sessions>>,
    State(cases): State<Arc<Cases>>,
    Party(caller): Party,
    Path(id): Path<String>,
) -> Answer<Json<Case>> {
    let case = sessions.read(&caller.reader(), |conn, session| {
        let case = cases.find(conn, Formatter::chinese(&cases.court), session, &id)?;
        let members = case.members.into_iter().map(|member| Item::read(conn, &cases.court, member));
        Ok(Case {
            id: case.id,
            item: Item::read(conn, &cases.court, case.record)?,
            members: members.collect::<Outcome<_>>()?,
            steps: case.steps.len(),
        })
    });
    Ok(Json(case?))
}

/// Which items of a case are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[into_params(parameter_in = Query)]
pub struct ItemQuery {
    /// Only items of this kind.
    #[param(example = "service")]
    kind: Option<String>,
    /// Page number.
    #[serde(default = "paging::first")]
    #[param(value_type = u32, minimum = 1, maximum = 1_000_000, default = 1)]
    page: paging::UpTo<{ paging::PAGE_MAX }>,
    /// Items per page.
    #[serde(default = "paging::per_page")]
    #[param(value_type = u32, minimum = 1, maximum = 200, default = 50)]
    per_page: paging::UpTo<{ paging::PER_PAGE_MAX }>,
}

/// List the items of a case
///
/// Steps and documents of the case, newest first.
#[utoipa::path(get, path = "/cases/{id}/items", operation_id = "listCaseItems", tag = "case",
    params(("id" = String, Path, description = "Case id."), ItemQuery),
    responses((status = 200, description = "A page of records.", body = Page<Item>)))]
pub async fn items(
    State(sessions): State<Arc<Sessions>>,
    State(cases): State<Arc<Cases>>,
    Party(caller): Party,
    Path(id): Path<String>,
    uri: OriginalUri,
    StrictQuery(query): StrictQuery<ItemQuery>,
) -> Answer<Paged<Item>> {
    let ItemQuery { kind, page, per_page } = query;
    let page = sessions.read(&caller.reader(), |conn, session| {
        let mut items = cases.find(conn, Formatter::chinese(&cases.court), session, &id)?.steps;
        items.retain(|item| kind.as_ref().is_none_or(|kind| item.kind == *kind));
        Paging { page, per_page }.cut(items, &uri, |item| Item::read(conn, &cases.court, item))
    });
    Ok(page?)
}
