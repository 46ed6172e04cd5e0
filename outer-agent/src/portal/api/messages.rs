//! What the person writes to the court: messages (article 10) and access requests (article 4).

use crate::portal::api::answer::{Answer, StrictJson, created};
use crate::portal::api::channel::{Caller, Party};
use crate::portal::api::paging::{Page, Paged, Paging, StrictQuery};
use crate::portal::api::schema::Thread;
use crate::portal::auth::session::Sessions;
use crate::portal::content::case_view::Cases;
use crate::portal::content::messages::{CHARACTERS_MAX, MessageBox, Submission};
use crate::portal::i18n::format::Formatter;
use crate::portal::problem::Problem;
use axum::extract::{OriginalUri, Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A message.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Text; not only spaces.
    #[schema(min_length = 1, max_length = 2000, example = "请问执行款何时发放？")]
    text: String,
}

/// An access request.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessRequest {
    /// What access is requested to: a code of the catalogue.
    #[schema(min_length = 1, example = "recording")]
    subject: String,
    /// Text; not only spaces.
    #[schema(min_length = 1, max_length = 2000, example = "申请查阅十一月二十日的执行录像。")]
    text: String,
}

/// What was submitted.
#[derive(Serialize, ToSchema)]
pub struct Submitted {
    /// Its id.
    #[schema(example = "0123456789abcdef0123456789abcdef")]
    id: String,
}

/// List messages
///
/// The person's messages in a case with the replies, newest first.
#[utoipa::path(get, path = "/cases/{id}/messages", operation_id = "listMessages", tag = "message",
    params(("id" = String, Path, description = "Case id."), Paging),
    responses((status = 200, description = "A page of messages.", body = Page<Thread>)))]
pub async fn messages(
    State(sessions): State<Arc<Sessions>>,
    State(cases): State<Arc<Cases>>,
    Party(caller): Party,
    Path(id): Path<String>,
    uri: OriginalUri,
    StrictQuery(paging): StrictQuery<Paging>,
) -> Answer<Paged<Thread>> {
    let case = sessions
        .read(&caller.reader(), |conn, session| cases.find(conn, Formatter::chinese(&cases.court), session, &id))?;
    Ok(paging.cut(case.threads.messages, &uri, |thread| Ok(Thread::new(&cases.court, thread)))?)
}

/// Send a message
///
/// Sends the handler a message. The same text within a minute is one message; so is a request repeated with the same
/// `Idempotency-Key`.
#[utoipa::path(post, path = "/cases/{id}/messages", operation_id = "leaveMessage", tag = "message", request_body = Message,
    params(("id" = String, Path, description = "Case id."),
        ("Idempotency-Key" = Option<String>, Header, description = "The channel's name of this submission: repeated, it counts once.",
         min_length = 1, max_length = 128)),
    responses((status = 201, description = "Submitted.", body = Submitted),
        (status = 409, description = "Another text was submitted under this Idempotency-Key.")))]
pub async fn leave_message(
    State(messages): State<Arc<MessageBox>>,
    Party(caller): Party,
    Path(id): Path<String>,
    StrictJson(message): StrictJson<Message>,
) -> Answer<Response> {
    submit(&messages, caller, id, Submission::Message, message.text).await
}

/// List access requests
///
/// The person's access requests in a case with the replies, newest first.
#[utoipa::path(get, path = "/cases/{id}/requests", operation_id = "listAccessRequests", tag = "message",
    params(("id" = String, Path, description = "Case id."), Paging),
    responses((status = 200, description = "A page of access requests.", body = Page<Thread>)))]
pub async fn requests(
    State(sessions): State<Arc<Sessions>>,
    State(cases): State<Arc<Cases>>,
    Party(caller): Party,
    Path(id): Path<String>,
    uri: OriginalUri,
    StrictQuery(paging): StrictQuery<Paging>,
) -> Answer<Paged<Thread>> {
    let case = sessions
        .read(&caller.reader(), |conn, session| cases.find(conn, Formatter::chinese(&cases.court), session, &id))?;
    Ok(paging.cut(case.threads.requests, &uri, |thread| Ok(Thread::new(&cases.court, thread)))?)
}

/// Request access
///
/// Requests access to recordings or the main-volume file. Repeated requests count once, as with messages.
#[utoipa::path(post, path = "/cases/{id}/requests", operation_id = "askAccess", tag = "message", request_body = AccessRequest,
    params(("id" = String, Path, description = "Case id."),
        ("Idempotency-Key" = Option<String>, Header, description = "The channel's name of this submission: repeated, it counts once.",
         min_length = 1, max_length = 128)),
    responses((status = 201, description = "Submitted.", body = Submitted),
        (status = 409, description = "Another text was submitted under this Idempotency-Key.")))]
pub async fn request_access(
    State(messages): State<Arc<MessageBox>>,
    Party(caller): Party,
    Path(id): Path<String>,
    StrictJson(request): StrictJson<AccessRequest>,
) -> Answer<Response> {
    submit(&messages, caller, id, Submission::AccessRequest(request.subject), request.text).await
}

async fn submit(
    messages: &Arc<MessageBox>,
    caller: Caller,
    case_id: String,
    submission: Submission,
    text: String,
) -> Answer<Response> {
    // The schema bounds the text as it was sent, before it is cleaned.
    if text.chars().count() > CHARACTERS_MAX {
        return Err(Problem::Invalid(|m| m.writing.long_text).into());
    }
    let id = messages.submit(caller.actor(), case_id, submission, text, caller.visitor).await?;
    Ok(created(Submitted { id }))
}
