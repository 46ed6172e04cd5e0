//! The pages, rendered on the server: they work without JavaScript.

mod account;
mod case;
mod documents;
mod feed;
mod preferences;
pub mod problem_page;
mod public;
mod render;

use crate::portal::problem::Problem;
use crate::portal::state::AppState;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::timeout::TimeoutLayer;

/// Longest time until a response starts.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

/// The routes of the pages.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(public::home))
        .route("/style.css", get(public::style))
        .route("/icon.svg", get(public::icon))
        .route("/favicon.ico", get(public::icon))
        .route("/preferences", post(preferences::set))
        .route("/search", get(public::search))
        .route("/feeds/judgments.xml", get(feed::judgments))
        .route("/public/{kind}", get(public::category))
        .route("/public/{kind}/{id}", get(public::record))
        .route("/public/{kind}/{id}/document", get(public::document))
        .route("/login", get(account::login_page).post(account::log_in))
        .route("/logout", post(account::log_out))
        .route("/cases", get(case::cases))
        .route("/cases/{id}", get(case::case))
        .route("/cases/{id}/messages", post(case::leave_message))
        .route("/cases/{id}/requests", post(case::request_access))
        .route("/documents/{kind}/{id}/file", get(documents::read))
        .route("/documents/{kind}/{id}/open", post(documents::open))
        .route("/documents/{kind}/{id}/sign", post(documents::sign))
        .route("/files/{token}", get(documents::follow))
        .route("/receipts/{id}", get(documents::receipt))
        .route("/sessions", get(account::sessions))
        .route("/sessions/end-others", post(account::end_other_sessions))
        .route("/sessions/{handle}/end", post(account::end_session))
        .fallback(|| async { Problem::NotFound })
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, RESPONSE_TIMEOUT))
        .layer(CsrfLayer::new())
        .layer(CatchPanicLayer::new())
}
