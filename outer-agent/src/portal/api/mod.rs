//! The API for other channels (article 2): what the pages can do, as JSON, for whoever has a credential of his own.

#![allow(unused_qualifications, reason = "the annotations of the description are written out with them")]

pub mod channel;
mod cases;
mod documents;
mod openapi;
mod pace;
mod page;
mod public;
mod refusal;
mod sessions;
mod shape;
mod written;

use crate::portal::state::App;
use crate::portal::problem::Problem;
use crate::portal::content::messages;
use axum::extract::{FromRequest, Json, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Router, middleware};
use refusal::Refusal;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Where the API lies.
pub const BASE: &str = "/api/v1";
/// Longest time until an answer begins.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// What a handler answers.
type Answer<T> = Result<T, Refusal>;

/// The operations: each is routed and described by one annotation.
fn operations() -> OpenApiRouter<Arc<App>> {
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
        .routes(routes!(written::messages, written::leave_message))
        .routes(routes!(written::requests, written::ask_access))
        .routes(routes!(documents::served))
        .routes(routes!(documents::read))
        .routes(routes!(documents::open))
        .routes(routes!(documents::sign))
        .routes(routes!(documents::follow))
        .routes(routes!(documents::receipt))
}

/// Everything at and below [`BASE`]; every refusal has one form.
pub fn routes(app: &App) -> Router<Arc<App>> {
    let (router, described) = operations().split_for_parts();
    let described = openapi::finished(described, &messages::subjects(app));
    let below = router
        .route("/openapi.json", get(|| async { ([(header::CONTENT_TYPE, "application/json")], described) }))
        .fallback(not_found);
    Router::new()
        .nest(BASE, below)
        .route(&format!("{BASE}/"), any(not_found))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_TIMEOUT))
        .layer(CatchPanicLayer::new())
        .layer(middleware::map_response(refusal::in_one_form))
}

/// What the layers around refuse.
pub fn refused(status: StatusCode) -> Response {
    Refusal::Status(status).into_response()
}

/// What is nowhere.
pub async fn not_found() -> Refusal {
    Problem::NotFound.into()
}

/// A body of exactly this JSON.
struct Body<T>(T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Answer<Self> {
        Ok(Self(Json::from_request(request, state).await?.0))
    }
}

/// Something that was made.
fn created<T: serde::Serialize>(made: T) -> Response {
    (StatusCode::CREATED, Json(made)).into_response()
}
