//! What all handlers of the API share: path, result, strict JSON bodies.

use crate::portal::api::problem_details::ApiProblem;
use axum::extract::{FromRequest, Json, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Path of the API.
pub const BASE: &str = "/api/v1";

/// The result of a handler.
pub type Answer<T> = Result<T, ApiProblem>;

/// A body of exactly this JSON.
pub struct StrictJson<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for StrictJson<T> {
    type Rejection = ApiProblem;

    async fn from_request(request: Request, state: &S) -> Answer<Self> {
        Ok(Self(Json::from_request(request, state).await?.0))
    }
}

/// The response to a creating request.
pub fn created<T: Serialize>(created: T) -> Response {
    (StatusCode::CREATED, Json(created)).into_response()
}
