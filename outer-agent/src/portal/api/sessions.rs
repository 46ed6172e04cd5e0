//! A person's sessions (article 9). One that began through a channel is good through this channel alone.

use crate::portal::api::channel::Party;
use crate::portal::api::page::{Asked, Page, Paged, Paging};
use crate::portal::api::shape::SessionLine;
use crate::portal::api::{Answer, Body, created};
use crate::portal::state::{App, database, reading};
use crate::portal::auth::login;
use crate::portal::auth::login::Credentials;
use crate::portal::auth::session;
use axum::extract::{OriginalUri, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// 登录信息：证件号码，和本院要求的其他各项。What a person logs in with: his number, and what else the court asks for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// 身份证号码或者统一社会信用代码。Identity or organisation number.
    #[schema(example = "110101199001011234")]
    identity: String,
    /// 姓名或者名称。Name.
    #[serde(default)]
    #[schema(example = "张三")]
    name: String,
    /// 预留的手机号码。Telephone number.
    #[serde(default)]
    #[schema(example = "13800000000")]
    phone: String,
    /// 查询码。Query code.
    #[serde(default)]
    #[schema(example = "20481632")]
    code: String,
    /// 密码。Password.
    #[serde(default)]
    #[schema(example = "")]
    password: String,
}

/// 登录会话。A session that began.
#[derive(Serialize, ToSchema)]
pub struct Begun {
    /// 会话令牌，此后放在 Ferry-Session 中。The token for `Ferry-Session`.
    token: String,
    /// 用于结束此会话的编号。What it is ended by.
    #[schema(example = "0123456789abcdef01234567")]
    handle: String,
    /// 姓名或者名称。Name of who logged in.
    #[schema(example = "张三")]
    name: String,
    /// 多少秒不用即失效。Seconds until it ends without being used.
    #[schema(minimum = 1, example = 900)]
    idle_seconds: i64,
}

/// 登录
///
/// Logs a person in.
#[utoipa::path(post, path = "/sessions", operation_id = "beginSession", tag = "session", request_body = Login,
    security(("channel-token" = []), ("channel-certificate" = [])),
    responses((status = 201, description = "会话。The session.", body = Begun)))]
pub async fn log_in(State(app): State<Arc<App>>, Party(caller): Party, Body(typed): Body<Login>) -> Answer<Response> {
    let Login { identity, name, phone, code, password } = typed;
    let typed = Credentials { identity, name, phone, code, password };
    let (token, session) = login::log_in(&app, typed, caller.reader(), caller.visitor).await?;
    let handle = session.handle();
    Ok(created(Begun { token, handle, name: session.name, idle_seconds: app.session_limits.idle_s }))
}

/// 本人的登录会话
///
/// The person's sessions, in all channels.
#[utoipa::path(get, path = "/sessions", operation_id = "listSessions", tag = "session", params(Paging),
    responses((status = 200, description = "一页会话。A page of sessions.", body = Page<SessionLine>)))]
pub async fn list(
    State(app): State<Arc<App>>,
    Party(caller): Party,
    uri: OriginalUri,
    Asked(paging): Asked<Paging>,
) -> Answer<Paged<SessionLine>> {
    let sessions = reading(&app, |app, conn| {
        let session = session::find(conn, app, &caller.reader())?;
        session::list(conn, app, &session)
    });
    Ok(paging.of(sessions?, &uri, |listed| Ok(SessionLine::new(&app, listed)))?)
}

/// 结束本人的其他会话
///
/// Ends all sessions of the person but this one, in all channels.
#[utoipa::path(delete, path = "/sessions", operation_id = "endOtherSessions", tag = "session",
    responses((status = 204, description = "已结束。They ended.")))]
pub async fn end_others(State(app): State<Arc<App>>, Party(caller): Party) -> Answer<StatusCode> {
    let ended = database(&app, move |app, conn| {
        let session = session::act(conn, app, &caller.actor())?;
        session::end_others(conn, &session)
    });
    ended.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// 退出，或者结束本人的另一会话
///
/// Ends a session of the person: this one, or another.
#[utoipa::path(delete, path = "/sessions/{handle}", operation_id = "endSession", tag = "session",
    params(("handle" = String, Path, description = "会话编号。What it is ended by.")),
    responses((status = 204, description = "已结束。It ended.")))]
pub async fn end(State(app): State<Arc<App>>, Party(caller): Party, Path(handle): Path<String>) -> Answer<StatusCode> {
    let ended = database(&app, move |app, conn| {
        let session = session::act(conn, app, &caller.actor())?;
        session::end(conn, app, &session, &handle)
    });
    ended.await?;
    Ok(StatusCode::NO_CONTENT)
}
