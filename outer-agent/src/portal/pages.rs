//! The pages, in Chinese, rendered on the server: they work without JavaScript.

use crate::portal::app::{App, database};
use crate::portal::document::{self, Visitor};
use crate::portal::login::{self, Credentials};
use crate::portal::problem::{Outcome, Problem};
use crate::portal::session::{self, Session};
use crate::portal::view::{self, Case, CaseLine, Item};
use crate::portal::{api, message};
use askama::Template;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

/// Longest request body, in bytes: a message of 2,000 characters, percent-encoded.
const BODY_BYTES_MAX: usize = 32 * 1024;
/// Longest time until an answer begins.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Only what this host serves, and nothing that runs.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// All routes.
pub fn router(app: Arc<App>) -> Router {
    let header =
        |name, value: &'static str| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    Router::new()
        .route("/", get(home))
        .route("/style.css", get(style))
        .route("/public/{kind}", get(public))
        .route("/public/{kind}/{id}/document", get(public_document))
        .route("/login", get(login_page).post(log_in))
        .route("/logout", post(log_out))
        .route("/cases", get(cases))
        .route("/cases/{id}", get(case))
        .route("/cases/{id}/messages", post(leave_message))
        .route("/documents/{kind}/{id}/open", post(open_document))
        .nest("/api/v1", api::routes())
        .fallback(|| async { Problem::NotFound })
        .layer(RequestBodyLimitLayer::new(BODY_BYTES_MAX))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_TIMEOUT))
        .layer(CsrfLayer::new())
        .layer(CatchPanicLayer::new())
        .layer(header(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "same-origin"))
        .layer(header(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"))
        .layer(header(header::CACHE_CONTROL, "no-store"))
        .with_state(app)
}

fn render(page: &impl Template) -> Outcome<Response> {
    let html = page.render().map_err(|e| Problem::Ours(format!("a page could not be made: {e}")))?;
    Ok(Html(html).into_response())
}

async fn style() -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")];
    (headers, include_str!("../../templates/style.css"))
}

/// A public kind with its newest entries.
struct Shelf {
    kind: String,
    name: String,
    items: Vec<Item>,
    more: usize,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    court: String,
    name: Option<String>,
    shelves: Vec<Shelf>,
}

/// Entries of each public kind on the first page.
const HOME_ITEMS: usize = 5;

async fn home(State(app): State<Arc<App>>, headers: HeaderMap) -> Outcome<Response> {
    let token = session::token(&headers);
    let page = database(&app, move |app, conn| {
        let name = session::find(conn, app, token.as_deref()).ok().map(|s| s.name);
        let mut shelves = Vec::new();
        for (kind, title) in view::public_kinds(app) {
            let mut items = view::public(conn, app, &kind)?;
            let more = items.len().saturating_sub(HOME_ITEMS);
            items.truncate(HOME_ITEMS);
            shelves.push(Shelf { kind, name: title, items, more });
        }
        Ok(HomePage { court: app.court_name.clone(), name, shelves })
    });
    render(&page.await?)
}

#[derive(Template)]
#[template(path = "public.html")]
struct PublicPage {
    court: String,
    name: Option<String>,
    title: String,
    items: Vec<Item>,
}

async fn public(State(app): State<Arc<App>>, Path(kind): Path<String>, headers: HeaderMap) -> Outcome<Response> {
    let token = session::token(&headers);
    let page = database(&app, move |app, conn| {
        let name = session::find(conn, app, token.as_deref()).ok().map(|s| s.name);
        let items = view::public(conn, app, &kind)?;
        let title = app.catalogue.kinds.get(&kind).map(|k| k.zh.clone()).unwrap_or_default();
        Ok(PublicPage { court: app.court_name.clone(), name, title, items })
    });
    render(&page.await?)
}

async fn public_document(State(app): State<Arc<App>>, Path((kind, id)): Path<(String, String)>) -> Outcome<Response> {
    document::open_public(&app, kind, id).await
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    court: String,
    name: Option<String>,
    wrong: bool,
}

async fn login_page(State(app): State<Arc<App>>) -> Outcome<Response> {
    render(&LoginPage { court: app.court_name.clone(), name: None, wrong: false })
}

async fn log_in(State(app): State<Arc<App>>, Form(typed): Form<Credentials>) -> Outcome<Response> {
    match login::log_in(&app, typed).await {
        Ok((token, _)) => {
            let mut response = Redirect::to("/cases").into_response();
            let cookie = HeaderValue::from_str(&session::cookie(&token));
            response.headers_mut().insert(header::SET_COOKIE, cookie.map_err(|_| Problem::Ours("cookie".into()))?);
            Ok(response)
        }
        Err(Problem::WrongLogIn) => {
            let page = render(&LoginPage { court: app.court_name.clone(), name: None, wrong: true })?;
            Ok((StatusCode::UNAUTHORIZED, page).into_response())
        }
        Err(other) => Err(other),
    }
}

/// A form with nothing but the session's token.
#[derive(Deserialize)]
struct Signed {
    csrf: String,
}

async fn log_out(State(app): State<Arc<App>>, headers: HeaderMap, Form(form): Form<Signed>) -> Outcome<Response> {
    let token = session::token(&headers);
    database(&app, move |app, conn| {
        session::find(conn, app, token.as_deref())?.check_form(&form.csrf)?;
        session::end(conn, token.as_deref().unwrap_or_default())
    })
    .await?;
    let mut response = Redirect::to("/").into_response();
    let cookie = HeaderValue::from_str(&session::cookie("")).map_err(|_| Problem::Ours("cookie".into()))?;
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

#[derive(Template)]
#[template(path = "cases.html")]
struct CasesPage {
    court: String,
    name: Option<String>,
    session: Session,
    cases: Vec<CaseLine>,
}

async fn cases(State(app): State<Arc<App>>, headers: HeaderMap) -> Outcome<Response> {
    let token = session::token(&headers);
    let page = database(&app, move |app, conn| {
        let session = session::find(conn, app, token.as_deref())?;
        let cases = view::cases(conn, app, &session)?;
        Ok(CasesPage { court: app.court_name.clone(), name: Some(session.name.clone()), session, cases })
    });
    render(&page.await?)
}

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage {
    court: String,
    name: Option<String>,
    session: Session,
    case: Case,
    characters_max: usize,
}

async fn case(State(app): State<Arc<App>>, Path(id): Path<String>, headers: HeaderMap) -> Outcome<Response> {
    let token = session::token(&headers);
    let page = database(&app, move |app, conn| {
        let session = session::find(conn, app, token.as_deref())?;
        let tx = conn.transaction()?;
        let case = view::case(&tx, app, &session, &id)?;
        let name = Some(session.name.clone());
        let court = app.court_name.clone();
        Ok(CasePage { court, name, session, case, characters_max: message::CHARACTERS_MAX })
    });
    render(&page.await?)
}

async fn open_document(
    State(app): State<Arc<App>>,
    Path(which): Path<(String, String)>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<Signed>,
) -> Outcome<Response> {
    let visitor = Visitor::new(peer.ip(), &headers);
    document::open(&app, session::token(&headers), Some(form.csrf), which, visitor).await
}

#[derive(Deserialize)]
struct MessageForm {
    csrf: String,
    text: String,
}

async fn leave_message(
    State(app): State<Arc<App>>,
    Path(case_id): Path<String>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<MessageForm>,
) -> Outcome<Response> {
    let back = Redirect::to(&format!("/cases/{}#messages", document::percent_encoded(&case_id)));
    let token = session::token(&headers);
    message::leave(&app, token, Some(form.csrf), case_id, form.text, peer.ip()).await?;
    Ok(back.into_response())
}
