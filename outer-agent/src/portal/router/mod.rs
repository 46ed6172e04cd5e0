//! All routes: the pages with the API, and the API alone. Every response gets its headers, and every failed one a body.

mod request_guard;

use crate::portal::api;
use crate::portal::state::AppState;
use crate::portal::web::{self, problem_page};
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::set_header::SetResponseHeaderLayer;

/// Only what this host serves, and no code.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The pages and the API.
pub fn pages_and_api(state: AppState) -> Router {
    let router = web::routes()
        .merge(api::routes(&state))
        .layer(from_fn(request_guard::guard))
        .layer(from_fn_with_state(state.clone(), problem_page::render_problem));
    with_headers(router).with_state(state)
}

/// The API without the pages.
pub fn api_only(state: AppState) -> Router {
    // A path outside the API gets the same problem details.
    let unknown = Router::new().fallback(api::not_found).layer(from_fn(api::render_problems));
    let router = unknown.merge(api::routes(&state)).layer(from_fn(request_guard::guard));
    with_headers(router).with_state(state)
}

/// Adds the headers of every response.
fn with_headers(router: Router<AppState>) -> Router<AppState> {
    let header =
        |name, value: &'static str| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    router
        .layer(header(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "same-origin"))
        .layer(header(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"))
        .layer(header(header::CACHE_CONTROL, "no-store"))
}
