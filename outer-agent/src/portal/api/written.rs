//! What the person writes to the court: messages (article 10) and requests for access (article 4).

use crate::portal::api::channel::{Caller, Party};
use crate::portal::api::page::{Asked, Page, Paged, Paging};
use crate::portal::api::shape::Written;
use crate::portal::api::{Answer, Body, cases, created};
use crate::portal::state::{App, reading};
use crate::portal::problem::Problem;
use crate::portal::content::messages;
use crate::portal::content::messages::{CHARACTERS_MAX, Writing};
use axum::extract::{OriginalUri, Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// 留言。A message.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// 内容，不能只有空白。Its text; more than blanks.
    #[schema(min_length = 1, max_length = 2000, example = "请问执行款何时发放？")]
    text: String,
}

/// 查阅申请。A request for access.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessRequest {
    /// 申请查阅什么。Access to what: a code of the catalogue.
    #[schema(min_length = 1, example = "recording")]
    subject: String,
    /// 内容，不能只有空白。What exactly; more than blanks.
    #[schema(min_length = 1, max_length = 2000, example = "申请查阅十一月二十日的执行录像。")]
    text: String,
}

/// 已提交。What was submitted.
#[derive(Serialize, ToSchema)]
pub struct Submitted {
    /// 编号。Its id.
    #[schema(example = "0123456789abcdef0123456789abcdef")]
    id: String,
}

/// 本人的留言和回复，最新的在前
///
/// The person's messages with the replies, newest first.
#[utoipa::path(get, path = "/cases/{id}/messages", operation_id = "listMessages", tag = "written",
    params(("id" = String, Path, description = "案件编号。A case."), Paging),
    responses((status = 200, description = "一页留言。A page of messages.", body = Page<Written>)))]
pub async fn messages(
    State(app): State<Arc<App>>,
    Party(caller): Party,
    Path(id): Path<String>,
    uri: OriginalUri,
    Asked(paging): Asked<Paging>,
) -> Answer<Paged<Written>> {
    let case = reading(&app, |app, conn| cases::find(conn, app, &caller, &id))?;
    Ok(paging.of(case.messages, &uri, |written| Ok(Written::new(&app, written)))?)
}

/// 给承办人留言
///
/// Leaves the handler a message. The same text within a minute is one message; with `Idempotency-Key`, the same key is.
#[utoipa::path(post, path = "/cases/{id}/messages", operation_id = "leaveMessage", tag = "written", request_body = Message,
    params(("id" = String, Path, description = "案件编号。A case."),
        ("Idempotency-Key" = Option<String>, Header, description = "渠道给这次提交的编号，重复提交只算一次。What the channel calls this attempt.",
         min_length = 1, max_length = 128)),
    responses((status = 201, description = "已提交。It was submitted.", body = Submitted),
        (status = 409, description = "此编号下已提交过另一内容。Another text was submitted under this Idempotency-Key.")))]
pub async fn leave_message(
    State(app): State<Arc<App>>,
    Party(caller): Party,
    Path(id): Path<String>,
    Body(message): Body<Message>,
) -> Answer<Response> {
    submit(&app, caller, id, Writing::Message, message.text).await
}

/// 本人的查阅申请和回复，最新的在前
///
/// The person's requests for access with the replies, newest first.
#[utoipa::path(get, path = "/cases/{id}/requests", operation_id = "listAccessRequests", tag = "written",
    params(("id" = String, Path, description = "案件编号。A case."), Paging),
    responses((status = 200, description = "一页申请。A page of requests.", body = Page<Written>)))]
pub async fn requests(
    State(app): State<Arc<App>>,
    Party(caller): Party,
    Path(id): Path<String>,
    uri: OriginalUri,
    Asked(paging): Asked<Paging>,
) -> Answer<Paged<Written>> {
    let case = reading(&app, |app, conn| cases::find(conn, app, &caller, &id))?;
    Ok(paging.of(case.requests, &uri, |written| Ok(Written::new(&app, written)))?)
}

/// 申请查阅录音录像、正卷材料
///
/// Asks for access to recordings or the file. Repeated like a message, it is one request.
#[utoipa::path(post, path = "/cases/{id}/requests", operation_id = "askAccess", tag = "written", request_body = AccessRequest,
    params(("id" = String, Path, description = "案件编号。A case."),
        ("Idempotency-Key" = Option<String>, Header, description = "渠道给这次提交的编号，重复提交只算一次。What the channel calls this attempt.",
         min_length = 1, max_length = 128)),
    responses((status = 201, description = "已提交。It was submitted.", body = Submitted),
        (status = 409, description = "此编号下已提交过另一内容。Another text was submitted under this Idempotency-Key.")))]
pub async fn ask_access(
    State(app): State<Arc<App>>,
    Party(caller): Party,
    Path(id): Path<String>,
    Body(request): Body<AccessRequest>,
) -> Answer<Response> {
    submit(&app, caller, id, Writing::Request(request.subject), request.text).await
}

async fn submit(app: &Arc<App>, caller: Caller, id: String, writing: Writing, text: String) -> Answer<Response> {
    // Before it is cleaned: what the schema refuses is refused.
    if text.chars().count() > CHARACTERS_MAX {
        return Err(Problem::Invalid(|words| words.long_text).into());
    }
    let id = messages::submit(app, caller.actor(), id, writing, text, caller.visitor).await?;
    Ok(created(Submitted { id }))
}
