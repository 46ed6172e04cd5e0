//! Why a request of a client channel fails: RFC 9457 problem details in the caller's language, and nothing else.

use crate::portal::i18n::messages::Messages;
use crate::portal::problem::Problem;
use axum::body::Body;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ferry_format::text::Language;
use serde::Serialize;
use std::borrow::Cow;
use std::time::Duration;
use utoipa::ToSchema;

/// Media type of every problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// A failed request.
#[derive(Clone, Debug)]
pub enum ApiProblem {
    /// A problem that pages have, too.
    Portal(Problem),
    /// No credential, or an unknown one.
    NoChannel,
    /// The channel may not call this operation.
    NoRight,
    /// The channel calls too fast; how long to wait.
    TooFast(Duration),
    /// `Ferry-Party-Address` is not an IP address.
    PartyAddress,
    /// `Idempotency-Key` is invalid.
    IdempotencyKey,
    /// The query has an unknown key or a value out of range.
    Query,
    /// The body is not the JSON of the description.
    Json,
    /// A status that a layer below gave without a body.
    Status(StatusCode),
}

impl From<Problem> for ApiProblem {
    fn from(problem: Problem) -> Self {
        Self::Portal(problem)
    }
}

impl From<QueryRejection> for ApiProblem {
    fn from(_: QueryRejection) -> Self {
        Self::Query
    }
}

impl From<JsonRejection> for ApiProblem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection.status() {
            // Details would repeat what was sent.
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Self::Json,
            other => Self::Status(other),
        }
    }
}

/// Problem details (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDetails {
    /// Kind of problem; stable.
    #[serde(rename = "type")]
    #[schema(example = "urn:ferry:problem:not-found")]
    kind: String,
    /// Title, in the language of Accept-Language.
    #[schema(example = "Not found")]
    title: &'static str,
    /// What to do, in the language of Accept-Language.
    #[schema(example = "It does not exist, or it does not concern you.")]
    detail: Cow<'static, str>,
    /// HTTP status.
    #[schema(example = 404, minimum = 400, maximum = 599)]
    status: u16,
}

impl ApiProblem {
    fn status(&self) -> StatusCode {
        match self {
            Self::Portal(problem) => problem.status(),
            Self::NoChannel => StatusCode::UNAUTHORIZED,
            Self::NoRight => StatusCode::FORBIDDEN,
            Self::TooFast(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::PartyAddress | Self::IdempotencyKey | Self::Query | Self::Json => StatusCode::BAD_REQUEST,
            Self::Status(status) => *status,
        }
    }

    /// The stable code, the title, and what to do.
    fn text(&self, m: &'static Messages) -> (&'static str, &'static str, Cow<'static, str>) {
        let a = &m.api;
        let (code, title, detail) = match self {
            Self::Portal(problem) => return problem.text(m),
            Self::NoChannel => ("no-channel", a.no_channel, a.no_channel_detail),
            Self::NoRight => ("no-right", a.no_right, a.no_right_detail),
            Self::TooFast(_) => ("too-fast", a.too_fast, a.too_fast_detail),
            Self::PartyAddress => ("party-address", a.party_address, a.party_address_detail),
            Self::IdempotencyKey => ("idempotency-key", a.idempotency_key, a.idempotency_key_detail),
            Self::Query => ("query", a.query, a.query_detail),
            Self::Json => ("json", a.json, a.json_detail),
            Self::Status(StatusCode::NOT_FOUND) => return Problem::NotFound.text(m),
            Self::Status(status) => status_text(*status, m),
        };
        (code, title, detail.into())
    }
}

fn status_text(status: StatusCode, m: &'static Messages) -> (&'static str, &'static str, &'static str) {
    let a = &m.api;
    match status {
        StatusCode::METHOD_NOT_ALLOWED => ("method", a.method, a.method_detail),
        StatusCode::PAYLOAD_TOO_LARGE => ("too-large", a.too_large, a.too_large_detail),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("media-type", a.media_type, a.media_type_detail),
        StatusCode::RANGE_NOT_SATISFIABLE => ("range", a.range, a.range_detail),
        StatusCode::SERVICE_UNAVAILABLE => ("timeout", a.timeout, a.timeout_detail),
        s if s.is_server_error() => ("failed", a.failed, a.failed_detail),
        _ => ("request", a.request, a.request_detail),
    }
}

/// Without a body: [`with_details`] writes it in the caller's language.
impl IntoResponse for ApiProblem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        let mut set = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                response.headers_mut().insert(name, value);
            }
        };
        match &self {
            Self::NoChannel => set(header::WWW_AUTHENTICATE, "Bearer realm=\"ferry\""),
            Self::Portal(problem) => {
                if problem.status() == StatusCode::UNAUTHORIZED {
                    set(header::WWW_AUTHENTICATE, "Ferry-Session realm=\"party\"");
                }
                problem.log();
            }
            Self::TooFast(wait) => set(header::RETRY_AFTER, &wait.as_secs_f64().ceil().to_string()),
            _ => {}
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives every failed response its problem details: those of a handler, and those that a layer gave a bare status (a wrong
/// method, a body that is too long, a panic). Other headers stay.
pub fn with_details(mut response: Response, language: Language) -> Response {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || has_details(&response) {
        return response;
    }
    let problem = response.extensions_mut().remove::<ApiProblem>().unwrap_or(ApiProblem::Status(status));
    // Otherwise it would become a page.
    response.extensions_mut().remove::<Problem>();
    let (code, title, detail) = problem.text(Messages::of(language));
    let details = ProblemDetails { kind: format!("urn:ferry:problem:{code}"), title, detail, status: status.as_u16() };
    *response.body_mut() = Body::from(serde_json::to_string(&details).unwrap_or_default());
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json; charset=utf-8"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.as_str()));
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    response
}

fn has_details(response: &Response) -> bool {
    let media_type = response.headers().get(header::CONTENT_TYPE);
    media_type.is_some_and(|v| v.as_bytes().starts_with(PROBLEM_JSON.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;

    #[tokio::test]
    async fn problem_details_are_in_the_language_of_the_caller() {
        for (language, title) in [(Language::Chinese, "渠道未经认证"), (Language::English, "Channel not authenticated")]
        {
            let response = with_details(ApiProblem::NoChannel.into_response(), language);
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
            assert_eq!(response.headers()[header::CONTENT_LANGUAGE], language.as_str());
            let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
            let details: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!((&details["title"], &details["status"]), (&title.into(), &401.into()));
            assert_eq!(details["type"], "urn:ferry:problem:no-channel");
        }
    }
}
