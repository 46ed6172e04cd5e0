//! The JSON API under the pages: the same abilities, with the session as a bearer token.

use crate::portal::app::{App, database};
use crate::portal::login::{self, Credentials};
use crate::portal::problem::{Outcome, Problem};
use crate::portal::who::{Actor, Reader, Visitor};
use crate::portal::writing::{self, Writing};
use crate::portal::{service, session, view};
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;

/// The routes below `/api/v1`.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/public/{kind}", get(public))
        .route("/session", post(log_in).delete(log_out))
        .route("/cases", get(cases))
        .route("/cases/{id}", get(case))
        .route("/cases/{id}/messages", post(leave_message))
        .route("/documents/{kind}/{id}", post(open_document))
        .fallback(|| async { Problem::NotFound.json() })
}

fn answer<T: Serialize>(outcome: Outcome<T>) -> Response {
    match outcome {
        Ok(value) => Json(value).into_response(),
        Err(problem) => problem.json(),
    }
}

/// A cookie is no credential here: a foreign page could make the browser send it.
fn reader(headers: &HeaderMap) -> Reader {
    Reader { token: bearer(headers), via: "api".into() }
}

fn actor(headers: &HeaderMap) -> Actor {
    Actor { reader: reader(headers), form: None }
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(|token| token.trim().to_owned())
}

async fn public(State(app): State<Arc<App>>, Path(kind): Path<String>) -> Response {
    answer(database(&app, move |app, conn| view::public(conn, app, &kind)).await)
}

async fn log_in(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Json(typed): Json<Credentials>,
) -> Response {
    let outcome = login::log_in(&app, typed, reader(&headers), Visitor::new(peer.ip(), &headers)).await;
    let idle_s = app.session_limits.idle_s;
    answer(outcome.map(|(token, session)| json!({ "token": token, "name": session.name, "idle_seconds": idle_s })))
}

async fn log_out(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let who = reader(&headers);
    let ended = database(&app, move |app, conn| {
        let session = session::find(conn, app, &who)?;
        session::end(conn, app, &session, &session.handle())
    });
    match ended.await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(problem) => problem.json(),
    }
}

async fn cases(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let who = reader(&headers);
    let found = database(&app, move |app, conn| {
        let session = session::find(conn, app, &who)?;
        view::cases(conn, app, &session)
    });
    answer(found.await)
}

async fn case(State(app): State<Arc<App>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let who = reader(&headers);
    let found = database(&app, move |app, conn| {
        let session = session::find(conn, app, &who)?;
        let tx = conn.transaction()?;
        view::case(&tx, app, &session, &id)
    });
    answer(found.await)
}

async fn open_document(
    State(app): State<Arc<App>>,
    Path(which): Path<(String, String)>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    let opened = service::open(&app, actor(&headers), which, Visitor::new(peer.ip(), &headers)).await;
    match opened {
        Ok(opened) => {
            service::follow(&app, reader(&headers), opened.token, headers).await.unwrap_or_else(Problem::json)
        }
        Err(problem) => problem.json(),
    }
}

#[derive(Deserialize)]
struct MessageBody {
    text: String,
}

async fn leave_message(
    State(app): State<Arc<App>>,
    Path(case_id): Path<String>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Json(body): Json<MessageBody>,
) -> Response {
    let visitor = Visitor::new(peer.ip(), &headers);
    match writing::submit(&app, actor(&headers), case_id, Writing::Message, body.text, visitor).await {
        Ok(_) => StatusCode::CREATED.into_response(),
        Err(problem) => problem.json(),
    }
}
