//! The pages, rendered on the server: they work without JavaScript.

mod account;
mod case;
mod feed;
mod frame;
mod preferences;
mod problem_page;
pub mod public;
pub mod request_context;
mod service;

use crate::portal::api;
use crate::portal::state::App;
use crate::portal::problem::{Outcome, Problem};
use crate::portal::server::request_guard;
use askama::Template;
use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

/// Longest time until an answer begins.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Only what this host serves, and nothing that runs.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// All routes.
pub fn router(app: Arc<App>) -> Router {
    let router = Router::new()
        .route("/", get(public::home))
        .route("/style.css", get(public::style))
        .route("/icon.svg", get(public::icon))
        .route("/favicon.ico", get(public::icon))
        .route("/preferences", post(preferences::set))
        .route("/search", get(public::search))
        .route("/feeds/judgments.xml", get(feed::judgments))
        .route("/public/{kind}", get(public::kind))
        .route("/public/{kind}/{id}", get(public::item))
        .route("/public/{kind}/{id}/document", get(public::document))
        .route("/login", get(account::log_in_page).post(account::log_in))
        .route("/logout", post(account::log_out))
        .route("/cases", get(case::cases))
        .route("/cases/{id}", get(case::case))
        .route("/cases/{id}/messages", post(case::leave_message))
        .route("/cases/{id}/requests", post(case::request_access))
        .route("/documents/{kind}/{id}/file", get(service::read))
        .route("/documents/{kind}/{id}/open", post(service::open))
        .route("/documents/{kind}/{id}/sign", post(service::sign))
        .route("/files/{token}", get(service::follow))
        .route("/receipts/{id}", get(service::receipt))
        .route("/sessions", get(account::sessions))
        .route("/sessions/end-others", post(account::end_other_sessions))
        .route("/sessions/{handle}/end", post(account::end_session))
        .fallback(|| async { Problem::NotFound })
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_TIMEOUT))
        .layer(CsrfLayer::new())
        .layer(CatchPanicLayer::new())
        .merge(api::routes(&app))
        .layer(from_fn(request_guard::answered))
        .layer(from_fn_with_state(app.clone(), problem::say));
    with_headers(router).with_state(app)
}

/// The API without the pages.
pub fn api_alone(app: Arc<App>) -> Router {
    let router = api::routes(&app).fallback(api::not_found).layer(from_fn(request_guard::answered));
    with_headers(router).with_state(app)
}

/// The headers of every answer.
fn with_headers(router: Router<Arc<App>>) -> Router<Arc<App>> {
    let header =
        |name, value: &'static str| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    router
        .layer(header(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "same-origin"))
        .layer(header(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"))
        .layer(header(header::CACHE_CONTROL, "no-store"))
}

fn html(page: &impl Template) -> Outcome<String> {
    page.render().map_err(|e| Problem::Ours(format!("a page could not be made: {e}")))
}

fn render(page: &impl Template) -> Outcome<Response> {
    Ok(Html(html(page)?).into_response())
}

/// A form with nothing but the session's token.
#[derive(Deserialize)]
struct Signed {
    csrf: String,
}
