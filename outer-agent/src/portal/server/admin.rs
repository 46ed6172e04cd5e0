//! The private listener: health, readiness and metrics, for the operator's own network and nobody else.

use crate::portal::cache::generation::Generation;
use crate::portal::server::tls::Certificates;
use crate::portal::server::metrics;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use ferry_io::clock::now_s;
use ferry_io::error::{Error, Result};
use ferry_io::exit_code::CONFIGURATION;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The text format of OpenMetrics.
const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What health and readiness are seen from.
#[derive(Clone)]
pub struct Watched {
    /// The store.
    pub generation: Arc<Generation>,
    /// The certificate.
    pub certificates: Arc<Certificates>,
}

/// Refuses an address that strangers could reach.
///
/// # Errors
/// A wildcard or public address.
pub fn check(listen: SocketAddr) -> Result<()> {
    let is_private = match listen.ip().to_canonical() {
        IpAddr::V4(a) => a.is_loopback() || a.is_private() || a.is_link_local(),
        IpAddr::V6(a) => a.is_loopback() || a.is_unique_local() || a.is_unicast_link_local(),
    };
    if is_private {
        return Ok(());
    }
    let message = format!("`portal.private.listen`: {listen} could be reached by strangers");
    Err(Error::new(CONFIGURATION, "FERRY-E0651", message, "name a loopback or private address, such as 127.0.0.1"))
}

/// Serves until `stop`.
///
/// # Errors
/// A listener that fails.
pub async fn serve(listener: TcpListener, watched: Watched, stop: CancellationToken) -> std::io::Result<()> {
    let router = Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/metrics", get(all_metrics))
        .with_state(watched);
    axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await
}

/// The process goes on: this is answered by the threads that serve visitors.
async fn health() -> &'static str {
    "ok\n"
}

/// It could serve a visitor now.
async fn ready(State(watched): State<Watched>) -> Response {
    let why = match watched.generation.number() {
        None => "the store cannot be read\n",
        Some(0) => "nothing was published yet\n",
        Some(_) if watched.certificates.not_after_s() <= now_s() => "the certificate has ended\n",
        Some(_) => return "ok\n".into_response(),
    };
    (StatusCode::SERVICE_UNAVAILABLE, why).into_response()
}

async fn all_metrics(State(watched): State<Watched>) -> Response {
    metrics::certificate_ends(watched.certificates.not_after_s());
    metrics::visible_generation(watched.generation.number().unwrap_or(0));
    match metrics::render() {
        Ok(text) => ([(header::CONTENT_TYPE, METRICS_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_strangers_cannot_reach_are_private() {
        for good in ["127.0.0.1:1", "10.1.2.3:1", "192.168.0.1:1", "[::1]:1", "[fd00::1]:1"] {
            assert!(check(good.parse().unwrap()).is_ok(), "{good}");
        }
        for bad in ["0.0.0.0:1", "[::]:1", "8.8.8.8:1", "[2001:db8::1]:1", "[::ffff:8.8.8.8]:1"] {
            assert_eq!(check(bad.parse().unwrap()).unwrap_err().code, "FERRY-E0651", "{bad}");
        }
    }
}
