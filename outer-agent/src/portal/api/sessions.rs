//! A person's sessions (article 9). A session that started in a channel is valid in this channel only.

use crate::portal::api::answer::{Answer, StrictJson, created};
use crate::portal::api::channel::Party;
use crate::portal::api::paging::{Page, Paged, Paging, StrictQuery};
use crate::portal::api::schema::SessionLine;
use crate::portal::auth::Credentials;
use crate::portal::auth::login::Login;
use crate::portal::auth::session::{self, Sessions};
use crate::portal::court::Court;
use axum::extract::{OriginalUri, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// The details that a person logs in with: the number, and what else the court asks for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogIn {
    /// Identity or organisation number.
    #[schema(example = "110101199001011234")]
    identity: String,
    /// Name.
    #[serde(default)]
    #[schema(example = "张三")]
    name: String,
    /// Telephone number.
    #[serde(default)]
    #[schema(example = "13800000000")]
    phone: String,
    /// Query code.
    #[serde(default)]
    #[schema(example = "20481632")]
    code: String,
    /// Password.
    #[serde(default)]
    #[schema(example = "")]
    password: String,
}

/// A session that started.
#[derive(Serialize, ToSchema)]
pub struct StartedSession {
    /// The token for `Ferry-Session`.
    token: String,
    /// The name by which the session is ended.
    #[schema(example = "0123456789abcdef01234567")]
    handle: String,
    /// Name of the person.
    #[schema(example = "张三")]
    name: String,
    /// Seconds until the session ends when it is not used.
    #[schema(minimum = 1, example = 900)]
    idle_seconds: i64,
}

/// Log in
///
/// Starts a session for a person.
#[utoipa::path(post, path = "/sessions", operation_id = "beginSession", tag = "session", request_body = LogIn,
    security(("channel-token" = []), ("channel-certificate" = [])),
    responses((status = 201, description = "The session.", body = StartedSession)))]
pub async fn log_in(
    State(login): State<Arc<Login>>,
    State(sessions): State<Arc<Sessions>>,
    Party(caller): Party,
    StrictJson(typed): StrictJson<LogIn>,
) -> Answer<Response> {
    let LogIn { identity, name, phone, code, password } = typed;
    let typed = Credentials { identity, name, phone, code, password };
    let (token, session) = login.log_in(typed, caller.reader(), caller.visitor).await?;
    let handle = session.handle();
    Ok(created(StartedSession { token, handle, name: session.name, idle_seconds: sessions.idle_s() }))
}

/// List sessions
///
/// The person's sessions in all channels.
#[utoipa::path(get, path = "/sessions", operation_id = "listSessions", tag = "session", params(Paging),
    responses((status = 200, description = "A page of sessions.", body = Page<SessionLine>)))]
pub async fn list(
    State(sessions): State<Arc<Sessions>>,
    State(court): State<Arc<Court>>,
    Party(caller): Party,
    uri: OriginalUri,
    StrictQuery(paging): StrictQuery<Paging>,
) -> Answer<Paged<SessionLine>> {
    let listed = sessions.read(&caller.reader(), |conn, session| sessions.list(conn, session))?;
    Ok(paging.cut(listed, &uri, |listed| Ok(SessionLine::new(&court, listed)))?)
}

/// End other sessions
///
/// Ends all sessions of the person except this one, in all channels.
#[utoipa::path(delete, path = "/sessions", operation_id = "endOtherSessions", tag = "session",
    responses((status = 204, description = "Ended.")))]
pub async fn end_others(State(sessions): State<Arc<Sessions>>, Party(caller): Party) -> Answer<StatusCode> {
    sessions.write(caller.actor(), |_, conn, session| session::end_others(conn, session)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End a session
///
/// Ends this session or another session of the person.
#[utoipa::path(delete, path = "/sessions/{handle}", operation_id = "endSession", tag = "session",
    params(("handle" = String, Path, description = "Handle of the session.")),
    responses((status = 204, description = "Ended.")))]
pub async fn end(
    State(sessions): State<Arc<Sessions>>,
    Party(caller): Party,
    Path(handle): Path<String>,
) -> Answer<StatusCode> {
    sessions.write(caller.actor(), move |sessions, conn, session| sessions.end(conn, session, &handle)).await?;
    Ok(StatusCode::NO_CONTENT)
}
