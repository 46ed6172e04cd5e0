//! The API for client channels (article 2): what the pages can do, as JSON.

#![allow(unused_qualifications, reason = "the annotations of the description are written out with them")]

mod answer;
mod cases;
mod channel;
mod documents;
mod messages;
mod openapi;
mod paging;
pub mod problem_details;
mod public;
mod schema;
mod sessions;

use crate::portal::content::messages as content_messages;
use crate::portal::http::accepted_language;
use crate::portal::i18n::format::Formatter;
use crate::portal::problem::Problem;
use crate::portal::state::AppState;
use answer::BASE;
use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{any, get};
use ferry_format::text::Language;
use problem_details::ApiProblem;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Longest time until a response starts.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

/// The operations: one annotation routes and describes each.
fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::head())
        .routes(routes!(public::kinds))
        .routes(routes!(public::items))
        .routes(routes!(public::item))
        .routes(routes!(public::document))
        .routes(routes!(public::search))
        .routes(routes!(sessions::list, sessions::log_in, sessions::end_others))
        .routes(routes!(sessions::end))
        .routes(routes!(cases::cases))
        .routes(routes!(cases::case))
        .routes(routes!(cases::items))
        .routes(routes!(messages::messages, messages::leave_message))
        .routes(routes!(messages::requests, messages::request_access))
        .routes(routes!(documents::served))
        .routes(routes!(documents::read))
        .routes(routes!(documents::open))
        .routes(routes!(documents::sign))
        .routes(routes!(documents::follow))
        .routes(routes!(documents::receipt))
}

/// Everything at and below [`BASE`]; every problem has the same form.
pub fn routes(state: &AppState) -> Router<AppState> {
    let (router, description) = operations().split_for_parts();
    let english = Formatter { court: &state.court, language: Language::English };
    let description = openapi::complete_description(description, &content_messages::subjects(english));
    let below = router
        .route("/openapi.json", get(|| async { ([(header::CONTENT_TYPE, "application/json")], description) }))
        .fallback(not_found);
    Router::new()
        .nest(BASE, below)
        .route(&format!("{BASE}/"), any(not_found))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, RESPONSE_TIMEOUT))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(render_problems))
}

/// What exists nowhere.
pub async fn not_found() -> ApiProblem {
    Problem::NotFound.into()
}

/// Writes the details of failed responses in the caller's language.
pub async fn render_problems(request: Request, next: Next) -> Response {
    let language = accepted_language(request.headers());
    problem_details::with_details(next.run(request).await, language)
}
